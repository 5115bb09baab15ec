"""A template that reads an external label which Prometheus does not have: it shows nothing.

`external_labels` in catalogue.yaml or tocsin.yaml say which there are; where they do not, nothing
is said.

Bad, where `external_labels` has `site` alone:

    - alert: HostDown
      expr: up == 0
      summary: "{{ $labels.host }} is down in {{ $externalLabels.cluster }}"

Good:

    - alert: HostDown
      expr: up == 0
      summary: "{{ $labels.host }} is down in {{ $externalLabels.site }}"
"""

from collections.abc import Iterator

from tocsin import gotemplate, problem, suggest, templates
from tocsin.checks.check import Check
from tocsin.model import Compiled
from tocsin.problem import Problem, Severity


def run(compiled: Compiled) -> Iterator[Problem]:
    """A problem per label that is read and not there."""
    settings = compiled.catalogue.settings
    if settings.source is None or "external_labels" not in settings.source.data:
        return
    known = settings.external_labels
    for found in templates.of(compiled):
        if "xternalLabels" not in found.text:
            continue
        for read in gotemplate.meaning(found.text).reads:
            if read.of is gotemplate.Type.EXTERNAL and read.name not in known and not read.guarded:
                place = found.place(read.start, read.end)
                message = f"Prometheus has no external label `{read.name}`"
                hint = suggest.hint(read.name, known) or "`external_labels` says which there are"
                yield problem.error(place, CHECK.id, message, hint, found.name)


CHECK = Check("alerts/external_labels", Severity.ERROR, run, __doc__, alone=True)

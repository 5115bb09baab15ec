"""PrometheusRule resources for the Prometheus operator, one per file of the catalogue.

Only for a catalogue that says `kubernetes:`.
Source: https://prometheus-operator.dev/docs/api-reference/api (PrometheusRule, monitoring/v1).
"""

from typing import Any

from tocsin.emit import names, prometheus, yamlout
from tocsin.model import Compiled


def emit(compiled: Compiled) -> dict[str, str]:
    """File name to content; nothing where the catalogue does not ask for it."""
    wanted = compiled.catalogue.settings.kubernetes
    if wanted is None:
        return {}
    found: dict[str, str] = {}
    for path, groups in prometheus.groups_of(compiled).items():
        metadata: dict[str, Any] = {"name": names.resource_name(path)}
        if namespace := wanted.get("namespace"):
            metadata["namespace"] = namespace
        if labels := wanted.get("labels"):
            metadata["labels"] = dict(labels)
        content = {
            "apiVersion": "monitoring.coreos.com/v1",
            "kind": "PrometheusRule",
            "metadata": metadata,
            "spec": {"groups": groups},
        }
        found[names.resource_file(path)] = yamlout.dump(content, path)
    return found

"""What Grafana's own alerts say beyond Alertmanager's, as annotations that messages know. Pure.

https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/
integrations/webhook-notifier/: each alert may have values, valueString, silenceURL, dashboardURL,
panelURL and imageURL. An annotation that is there already is a person's word, and stays.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

_LINKS = {
    "silenceURL": "silence_url",
    "dashboardURL": "dashboard_url",
    "panelURL": "panel_url",
    "imageURL": "image_url",
}
_VALUES = 4  # of an alert's expressions that are told
_WRITTEN = re.compile(r"var='([^']*)'|value=([^ \]]+)")  # linear, whatever the text is like


def annotations(alert: Mapping[str, Any], given: Mapping[str, str]) -> Mapping[str, str]:
    """The alert's annotations, with what Grafana's keys say under the names that we know.

    Keys of another type than Grafana's are left alone: they are not what this page describes.
    """
    if not alert.keys() & {"values", "valueString", *_LINKS}:
        return given
    links = {name: alert.get(key) for key, name in _LINKS.items()}
    told = {name: url for name, url in links.items() if isinstance(url, str) and url}
    if value := _value(alert):
        told["value"] = value
    return {**told, **given}


def _value(alert: Mapping[str, Any]) -> str:
    """The values of the rule's expressions: "44.24" for one, "B 44.24, C 1" for several."""
    values = alert.get("values")
    pairs = sorted(values.items()) if isinstance(values, dict) else list(_written(alert))
    told = [(name, f"{number:.6g}") for name, number in pairs if _number(number)]
    if len(told) == 1:
        return told[0][1]
    more = [f"+{len(told) - _VALUES}"] if len(told) > _VALUES else []
    return ", ".join([*(f"{name} {number}".strip() for name, number in told[:_VALUES]), *more])


def _written(alert: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """Grafana before 9.4 sent its values as text alone: "[ var='B' labels={} value=44.23 ]"."""
    text, name = alert.get("valueString"), ""
    for variable, number in _WRITTEN.findall(text if isinstance(text, str) else ""):
        if not number:
            name = variable
            continue
        try:
            yield name, float(number)
        except ValueError:
            continue
        name = ""


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300

"""Units of values: how a template shows the value of an alert, and how its limit is written."""

UNITS = ("percent", "ratio", "bytes", "seconds", "per_second", "bytes_per_second", "count")

_TEMPLATES = {
    "percent": '{{ printf "%.1f" $value }}%',
    "ratio": "{{ $value | humanizePercentage }}",
    "bytes": "{{ $value | humanize1024 }}B",
    "seconds": "{{ $value | humanizeDuration }}",
    "per_second": "{{ $value | humanize }}/s",
    "bytes_per_second": "{{ $value | humanize1024 }}B/s",
    "count": "{{ $value | humanize }}",
}
_BINARY = ("", "Ki", "Mi", "Gi", "Ti", "Pi")


def template(unit: str) -> str:
    """A Prometheus template that shows `$value` in the unit."""
    return _TEMPLATES[unit]


def shown(unit: str, limit: float) -> str:
    """A limit as the message shows it: `95%`, `10 GiB`, `1h30m`."""
    if unit == "percent":
        return f"{limit:g}%"
    if unit == "ratio":
        return f"{100 * limit:g}%"
    if unit == "seconds":
        return _duration(limit)
    if unit in {"bytes", "bytes_per_second"}:
        return _binary(limit) + ("/s" if unit == "bytes_per_second" else "")
    return f"{limit:g}/s" if unit == "per_second" else f"{limit:g}"


def _binary(limit: float) -> str:
    step = 0
    while abs(limit) >= 1024 and step < len(_BINARY) - 1:
        limit, step = limit / 1024, step + 1
    return f"{limit:.4g} {_BINARY[step]}B"


def _duration(limit: float) -> str:
    whole = abs(int(limit))
    if limit != int(limit) or whole == 0:
        return f"{limit:g}s"
    parts = []
    for name, size in (("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)):
        count, whole = divmod(whole, size)
        if count:
            parts.append(f"{count}{name}")
    return ("-" if limit < 0 else "") + "".join(parts)

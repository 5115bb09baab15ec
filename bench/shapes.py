"""The twenty sorts of rules that the generated catalogue is made of, and the metrics they read."""

import random
from collections.abc import Callable
from dataclasses import dataclass

METRICS = {
    "requests_total": ("counter", "requests", "code, method"),
    "request_duration_seconds": ("histogram", "seconds", "method"),
    "queue_length": ("gauge", "messages", "queue"),
    "connections": ("gauge", "connections", "state"),
    "max_connections": ("gauge", "connections", ""),
    "memory_used_bytes": ("gauge", "bytes", "area"),
    "memory_limit_bytes": ("gauge", "bytes", ""),
    "disk_free_bytes": ("gauge", "bytes", "mountpoint"),
    "disk_size_bytes": ("gauge", "bytes", "mountpoint"),
    "replication_lag_seconds": ("gauge", "seconds", "replica"),
    "errors_total": ("counter", "errors", "kind"),
    "operations_total": ("counter", "operations", "kind"),
    "last_backup_timestamp_seconds": ("gauge", "seconds", "backup"),
    "events_total": ("counter", "events", "topic"),
    "restarts_total": ("counter", "restarts", ""),
    "cache_hits_total": ("counter", "lookups", "cache"),
    "cache_lookups_total": ("counter", "lookups", "cache"),
    "cpu_seconds_total": ("counter", "seconds", "mode"),
    "open_files": ("gauge", "files", ""),
    "max_open_files": ("gauge", "files", ""),
    "backlog_bytes": ("gauge", "bytes", "partition"),
    "leader": ("gauge", "boolean", ""),
}
HEADINGS = ("Availability", "Capacity", "Errors", "Latency", "Flow")


@dataclass(frozen=True)
class Home:
    """What a rule is about: a technology, a service that uses it, and the dice for its numbers."""

    technology: str
    service: str
    chance: random.Random

    def name(self, what: str) -> str:
        words = f"{self.technology}-{self.service}".split("-")
        return "".join(word.capitalize() for word in words) + what

    def series(self, metric: str, matchers: str = "") -> str:
        own = f'service="{self.service}"'
        return f"{self.technology}_{metric}{{{own}{matchers and ', ' + matchers}}}"

    def runbook(self, heading: str) -> str:
        return f"{self.technology}.md#{heading.lower()}"

    def pick(self, *values: object) -> str:
        return str(self.chance.choice(values))


def metrics(technology: str) -> str:
    """The file of `rules/metrics/` that declares what a technology exposes."""
    lines = [f"exposed_by: {technology}_exporter", "metrics:"]
    for name, (sort, unit, labels) in METRICS.items():
        lines += [
            f"  - name: {technology}_{name}",
            f"    type: {sort}",
            f"    unit: {unit}",
            f"    labels: [{labels}]",
            f"    help: What {technology} tells of its {name.replace('_', ' ')}.",
        ]
    return "\n".join(lines) + "\n"


def runbook(technology: str) -> str:
    """The page of `docs/runbooks/` about a technology."""
    return "\n".join(f"## {heading}\n\nWhat to do about {technology}.\n" for heading in HEADINGS)


def _rule(home: Home, name: str, body: str, heading: str, summary: str) -> str:
    lines = [
        f"  - alert: {home.name(name)}",
        *(f"    {line}" for line in body.strip("\n").splitlines()),
        f"    summary: '{summary}'",
    ]
    if home.chance.random() < 0.5:
        lines += [
            "    description: >-",
            f"      {home.technology} of {home.service} has been like this for a while. Callers of",
            f"      {home.service} wait, or get errors; see the runbook for what helped before.",
        ]
    lines.append(f"    runbook: {home.runbook(heading)}")
    if home.chance.random() < 0.3:
        lines.append(f"    dashboard: {home.technology}")
    return "\n".join(lines)


def _threshold(home: Home, value: str, unit: str, limits: tuple[float, float], side: str) -> str:
    mild, severe = limits
    wait = home.pick("5m", "10m", "15m", "30m")
    tiers = [f"    warning: {{at: {mild}, for: {wait}}}"]
    if home.chance.random() < 0.7:
        tiers.append(f"    critical: {{at: {severe}, for: 5m}}")
    if home.chance.random() < 0.2:
        nearer = 0.75 if side == "above" else 1.25
        tiers.insert(0, f"    info: {{at: {round(mild * nearer, 4)}, for: 1h}}")
    lines = [f"  value: {value}", f"  unit: {unit}", f"  {side}:", *tiers]
    return "\n".join(["threshold:", *lines])


def _memory(home: Home) -> str:
    used, limit = home.series("memory_used_bytes"), home.series("memory_limit_bytes")
    value = f"100 * sum by (host) ({used}) / sum by (host) ({limit})"
    body = _threshold(home, value, "percent", (80, 95), "above")
    summary = 'Memory of {{ $labels.host }} is at {{ $value | printf "%.0f" }}%'
    return _rule(home, "MemoryHigh", body, "Capacity", summary)


def _connections(home: Home) -> str:
    used = home.series("connections", 'state!="idle"')
    value = f"100 * sum by (host) ({used}) / max by (host) ({home.series('max_connections')})"
    body = _threshold(home, value, "percent", (int(home.pick(70, 75, 80)), 90), "above")
    return _rule(home, "ConnectionsUsed", body, "Capacity", "{{ $labels.host }} runs out of them")


def _queue(home: Home) -> str:
    value = f"max by (host, queue) (avg_over_time({home.series('queue_length')}[10m]))"
    limit = int(home.pick(500, 1000, 5000))
    body = _threshold(home, value, "count", (limit, limit * 10), "above")
    return _rule(
        home, "QueueLong", body, "Flow", "Queue {{ $labels.queue }} has {{ $value }} waiting"
    )


def _lag(home: Home) -> str:
    value = f"max by (host, replica) ({home.series('replication_lag_seconds')})"
    body = _threshold(home, value, "seconds", (30, 300), "above")
    summary = "{{ $labels.replica }} is {{ $value | humanizeDuration }} behind"
    return _rule(home, "ReplicationLag", body, "Flow", summary)


def _cpu(home: Home) -> str:
    seconds = home.series("cpu_seconds_total", 'mode!="idle"')
    rate = f"rate({seconds}[{home.pick('5m', '10m')}])"
    body = _threshold(home, f"100 * sum by (host) ({rate})", "percent", (70, 90), "above")
    return _rule(home, "CpuBusy", body, "Capacity", "{{ $labels.host }} is busy")


def _latency(home: Home) -> str:
    matcher = f'method=~"{home.pick("GET|PUT", "GET|POST")}"'
    buckets = home.series("request_duration_seconds_bucket", matcher)
    quantile = home.pick(0.9, 0.95, 0.99)
    value = f"histogram_quantile({quantile}, sum by (le, method) (rate({buckets}[5m])))"
    body = _threshold(home, value, "seconds", (0.5, 2), "above")
    summary = "{{ $labels.method }} takes {{ $value | humanizeDuration }}"
    return _rule(home, "Slow", body, "Latency", summary)


def _files(home: Home) -> str:
    value = f"100 * {home.series('open_files')} / {home.series('max_open_files')}"
    body = _threshold(home, value, "percent", (75, 90), "above")
    return _rule(home, "OpenFiles", body, "Capacity", "{{ $labels.instance }} runs out of files")


def _backlog(home: Home) -> str:
    value = f"sum by (partition) ({home.series('backlog_bytes')})"
    body = _threshold(home, value, "bytes", (1_000_000_000, 10_000_000_000), "above")
    return _rule(home, "Backlog", body, "Flow", "{{ $value | humanize1024 }}B wait to be read")


def _leaders(home: Home) -> str:
    value = f"sum by (platform) ({home.series('leader')})"
    body = f"threshold:\n  value: {value}\n  below:\n    critical: {{at: 1, for: 1m}}"
    return _rule(home, "NoLeader", body, "Availability", "Nobody leads on {{ $labels.platform }}")


def _expr(expr: str, wait: str, severity: str) -> str:
    lines = [f"  {line}" for line in expr.splitlines()]
    head = ["expr: |", *lines] if len(lines) > 1 else [f"expr: {expr}"]
    return "\n".join([*head, f"for: {wait}", f"severity: {severity}"])


def _down(home: Home) -> str:
    expr = f'up{{job="{home.technology}", service="{home.service}"}} == 0'
    body = _expr(expr, home.pick("2m", "5m"), "critical")
    return _rule(home, "Down", body, "Availability", "{{ $labels.instance }} does not answer")


def _restarts(home: Home) -> str:
    expr = f"increase({home.series('restarts_total')}[1h]) > {home.pick(2, 3, 5)}"
    summary = "{{ $labels.instance }} was restarted {{ $value | humanize }} times"
    return _rule(home, "Restarts", _expr(expr, "1m", "warning"), "Availability", summary)


def _disk_soon(home: Home) -> str:
    free, size = home.series("disk_free_bytes"), home.series("disk_size_bytes")
    hours = home.pick(4, 12, 24)
    low = f"{free} / {size} < 0.{home.pick(1, 2, 3)}"
    expr = f"{low}\nand\npredict_linear({free}[6h], {hours} * 3600) < 0"
    summary = "{{ $labels.mountpoint }} of {{ $labels.host }} is full soon"
    return _rule(home, "DiskFullSoon", _expr(expr, "30m", "warning"), "Capacity", summary)


def _backup(home: Home) -> str:
    last = home.series("last_backup_timestamp_seconds")
    expr = f"time() - max by (backup) ({last}) > {home.pick(26, 30, 50)} * 3600"
    summary = "The last backup was {{ $value | humanizeDuration }} ago"
    return _rule(home, "BackupOld", _expr(expr, "10m", "warning"), "Errors", summary)


def _burst(home: Home) -> str:
    series = home.series("errors_total", 'kind!="client"')
    errors = f"sum by (host, kind) (increase({series}[5m]))"
    up = f'min by (host) (up{{job="{home.technology}", service="{home.service}"}}) == 0'
    expr = f"{errors} > {home.pick(10, 50, 100)}\nunless on (host)\n{up}"
    summary = "{{ $value | humanize }} errors of kind {{ $labels.kind }}"
    return _rule(home, "ErrorBurst", _expr(expr, "5m", "warning"), "Errors", summary)


def _slower(home: Home) -> str:
    now = f"sum by (platform) (rate({home.series('operations_total')}[30m]))"
    before = f"sum by (platform) (rate({home.series('operations_total')}[30m] offset 1w))"
    body = _expr(f"{now} < 0.{home.pick(2, 3, 5)} * {before}", "30m", "info")
    return _rule(home, "LessThanLastWeek", body, "Flow", "Much less happens than a week ago")


def _recording(home: Home) -> str:
    series = home.series("requests_total")
    name = f"service:{home.technology}_{home.service.replace('-', '_')}_requests:rate5m"
    return f"  - record: {name}\n    expr: sum by (service, code) (rate({series}[5m]))"


def _ratio(home: Home, part: str, whole: str, by: str, limits: tuple[float, float]) -> str:
    of, to = (f"sum by ({by}) (rate({series}[5m]))" for series in (part, whole))
    lines = [f"  of: {of}", f"  to: {to}", "  unit: percent", "  above:"]
    lines.append(f"    warning: {{at: {limits[0]}, for: {home.pick('10m', '15m')}}}")
    lines.append(f"    critical: {{at: {limits[1]}, for: 5m}}")
    return "\n".join(["ratio:", *lines])


def _error_ratio(home: Home) -> str:
    part = home.series("requests_total", 'code=~"5.."')
    body = _ratio(home, part, home.series("requests_total"), "method", (1, 5))
    summary = '{{ $value | printf "%.1f" }}% of {{ $labels.method }} fail'
    return _rule(home, "ErrorRatio", body, "Errors", summary)


def _cache(home: Home) -> str:
    hits, lookups = home.series("cache_hits_total"), home.series("cache_lookups_total")
    body = _ratio(home, hits, lookups, "cache", (50, 20)).replace("above:", "below:")
    return _rule(home, "CacheMisses", body, "Latency", "Cache {{ $labels.cache }} helps little")


def _operation_errors(home: Home) -> str:
    part, whole = home.series("errors_total"), home.series("operations_total")
    body = _ratio(home, part, whole, "host, kind", (2, 10))
    return _rule(home, "OperationErrors", body, "Errors", "{{ $labels.kind }} fails too often")


def _silent(home: Home) -> str:
    lines = [
        "no_events:",
        f"  counter: {home.series('events_total')}",
        "  by: [platform, topic]",
        f"  for: {{warning: {home.pick('15m', '30m')}, critical: 2h}}",
    ]
    summary = "No events on {{ $labels.topic }} of {{ $labels.platform }}"
    return _rule(home, "Silent", "\n".join(lines), "Flow", summary)


SHAPES: tuple[Callable[[Home], str], ...] = (
    _down,
    _memory,
    _connections,
    _queue,
    _lag,
    _cpu,
    _latency,
    _files,
    _backlog,
    _leaders,
    _restarts,
    _disk_soon,
    _backup,
    _burst,
    _slower,
    _recording,
    _error_ratio,
    _cache,
    _operation_errors,
    _silent,
)

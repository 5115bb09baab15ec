"""What the supervisor tells of itself, as rules/metrics/supervisor.yaml declares it."""

from prometheus_client import CollectorRegistry

from daemonkit import declare, resources


class SupervisorMetrics:
    """All of it, with a label for the program that it is about."""

    def __init__(self, registry: CollectorRegistry) -> None:
        # Ours, whatever catalogue is in use here.
        file = resources.folder("rules") / "metrics" / "supervisor.yaml"
        metrics = declare(file, registry=registry)
        prefix = "tocsin_supervisor"
        program = f"{prefix}_program"
        self.running = metrics.gauge(f"{program}_running", "program")
        self.ready = metrics.gauge(f"{program}_ready", "program")
        self.starts = metrics.counter(f"{program}_starts_total", "program")
        self.failures = metrics.counter(f"{program}_failures_total", "program")
        self.reloads = metrics.counter(f"{program}_reloads_total", "program")
        self.reload_failures = metrics.counter(f"{program}_reload_failures_total", "program")
        self.config_good = metrics.gauge(f"{prefix}_config_last_reload_successful")
        self.config_good.set(1)


class ProgramMetrics:
    """Those of one program: there from the first start, gone with `remove`."""

    def __init__(self, metrics: SupervisorMetrics, program: str) -> None:
        self._all = (
            metrics.running, metrics.ready, metrics.starts,
            metrics.failures, metrics.reloads, metrics.reload_failures,
        )  # fmt: skip
        self._program = program
        self.running = metrics.running.labels(program=program)
        self.ready = metrics.ready.labels(program=program)
        self.starts = metrics.starts.labels(program=program)
        self.failures = metrics.failures.labels(program=program)
        self.reloads = metrics.reloads.labels(program=program)
        self.reload_failures = metrics.reload_failures.labels(program=program)

    def remove(self) -> None:
        """Ends their series: the program is no longer ours to run."""
        for metric in self._all:
            metric.remove(program=self._program)

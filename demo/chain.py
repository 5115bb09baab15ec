"""The whole chain of the demo: rules/ in time-lapse, every real part, and a platform to watch."""

from demo.exporters import node_exporter, process_exporter
from demo.parts import ROOT, Parts
from demo.process import Programs

TIME_LAPSE = 60  # the rules' minutes are seconds
START_SECONDS = 30.0


def start(parts: Parts, programs: Programs) -> None:
    """Compiles, starts everything, and returns once all of it answers."""
    parts.compile(ROOT / "rules", "--time-lapse", str(TIME_LAPSE))
    programs.start(
        parts.relay(),
        parts.alertmanager(),
        node_exporter(parts),
        process_exporter(parts),
        parts.daemon("aggregator"),
        parts.daemon("scenario"),
        parts.prometheus("1s"),
    )
    programs.wait_ready(START_SECONDS)

"""A daemon of the demo platform, as a product would have many:

    python -m demo.daemon aggregator --state DIR

Where it registers and what its labels are is in its environment: TOCSIN_TARGETS, TOCSIN_PLATFORM,
TOCSIN_HOST.
"""

import argparse
from pathlib import Path

from daemonkit import expose
from demo.platform.aggregator import Aggregator
from demo.platform.scenario import Scenarios
from demo.platform.source import Source
from demo.trouble import Troubles


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m demo.daemon")
    parser.add_argument("service", choices=["source", "aggregator", "scenario"])
    parser.add_argument("--state", type=Path, required=True, help="folder of data and troubles")
    parser.add_argument("--events", default="127.0.0.1:9797", help="address of the aggregator")
    parser.add_argument("--listen", default="127.0.0.1:0", help="where its metrics are")
    arguments = parser.parse_args()
    state: Path = arguments.state
    state.mkdir(parents=True, exist_ok=True)
    host, _, port = arguments.events.rpartition(":")
    troubles = Troubles(state / "troubles")
    if arguments.service == "source":
        Source(state / "inbox", troubles).run()
    elif arguments.service == "aggregator":
        serve = (host, int(port))
        aggregator = Aggregator(state / "inbox", state / "events.sqlite", serve, troubles)
        with expose(service="aggregator", listen=arguments.listen):
            aggregator.run()
    else:
        scenarios = Scenarios(f"http://{arguments.events}/events", state, troubles)
        with expose(service="scenario", listen=arguments.listen):
            scenarios.run()


if __name__ == "__main__":
    main()

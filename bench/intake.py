"""Accepted webhooks a second, each answered once on disk: SQLite, PostgreSQL, alerta-server."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import cycle

from matplotlib.axes import Axes

from bench import alerta, alerts, load, postgres, programs
from bench.load import Load
from bench.measure import Failed
from bench.options import Options
from bench.progress import say
from bench.sections import COLOURS, GREY, Section, percentile
from bench.standin import StandIn

CLIENTS = (1, 4, 16, 64)
SECONDS = 5.0
KNOWN = 1_000  # groups that are told again and again
MOST = 5_000  # webhooks a second that are made beforehand
ALERTA = "alerta-server"
NEW, AGAIN = "new groups", "known groups, told again"

Found = Mapping[str, Mapping[int, Mapping[str, Load]]]
"""By workload, clients, server."""


@dataclass(frozen=True)
class Server:
    """What is measured, and where it takes webhooks."""

    name: str
    program: programs.Program
    path: str

    def request(self, number: int) -> bytes:
        return load.post(self.program.address, self.path, alerts.webhook(number))


def run(options: Options) -> Section:
    """All servers in turn, with more and more clients."""
    seconds = max(0.5, SECONDS * options.scale)
    found: dict[str, dict[int, dict[str, Load]]] = {NEW: {}, AGAIN: {}}
    with ExitStack() as stack:
        servers, missing = _servers(stack, options)
        first = KNOWN
        for workload in (AGAIN, NEW):
            for clients in CLIENTS:
                for server in servers:
                    say(f"{workload}, {clients} clients, {server.name}")
                    count = 0 if workload == AGAIN else round(MOST * seconds)
                    requests = _requests(server, first, count)
                    done = load.run(server.program.address, requests, clients, seconds)
                    _judge(server, done)
                    found[workload].setdefault(clients, {})[server.name] = done
                    first += count
    names = [server.name for server in servers]
    return Section(
        "Accepted webhooks",
        f"A second, and the milliseconds that 99 of 100 took at most; one alert each, for "
        f"{seconds:.0f} seconds. 200 means committed and synchronised to disk. The relay runs "
        "whole (`serve`), with Slack's stand-in taking one message a second: new groups are a "
        f"storm. alerta-server runs in {alerta.PROCESSES} processes of {alerta.THREADS} threads, "
        f"on the same PostgreSQL.{missing}",
        ("clients", *(part for name in names for part in (f"{name}, a second", "p99, ms"))),
        [row for workload in (NEW, AGAIN) for row in _rows(workload, found, names)],
        lambda axis: _draw(axis, found, names),
    )


def _servers(stack: ExitStack, options: Options) -> tuple[list[Server], str]:
    """And why one of them is missing."""
    folder = options.scratch
    slack = stack.enter_context(StandIn(rate=1))
    fresh = stack.enter_context(postgres.server())
    on_file = stack.enter_context(programs.relay(folder / "file", slack.url))
    on_server = stack.enter_context(programs.relay(folder / "server", slack.url, "", fresh()))
    servers = [
        Server("SQLite", on_file, "/v1/alertmanager"),
        Server("PostgreSQL", on_server, "/v1/alertmanager"),
    ]
    try:
        alerta.installed()
        other = stack.enter_context(alerta.server(folder / "alerta", fresh()))
    except Failed as error:
        return servers, f" It could not be measured: {error}."
    return [*servers, Server(ALERTA, other, alerta.PATH)], ""


def _requests(server: Server, first: int, count: int) -> Iterator[bytes]:
    """New groups; of `count` 0 the known ones, which are made known first."""
    if count:
        return iter([server.request(first + number) for number in range(count)])
    known = [server.request(number) for number in range(KNOWN)]
    load.run(server.program.address, iter([*known, *known[:16]]), 16, 3600, len(known))
    return cycle(known)


def _judge(server: Server, done: Load) -> None:
    bad = {status: count for status, count in done.statuses.items() if status >= 300}
    if bad:
        raise Failed(f"{server.name} answered {bad}")


def _rows(workload: str, found: Found, names: Sequence[str]) -> Iterator[list[str]]:
    for clients, by_name in found[workload].items():
        cells = [
            cell
            for name in names
            for cell in (
                f"{by_name[name].rate:,.0f}",
                f"{percentile(by_name[name].latencies, 0.99) * 1e3:.0f}",
            )
        ]
        yield [f"{workload}: {clients}", *cells]


def _draw(axis: Axes, found: Found, names: Sequence[str]) -> None:
    for name in names:
        for workload, style in ((NEW, "-"), (AGAIN, "--")):
            rates = [by_name[name].rate for by_name in found[workload].values()]
            colour = COLOURS.get(name, GREY)
            axis.plot(CLIENTS, rates, style, marker="o", color=colour, label=f"{name}, {workload}")
    axis.set_xscale("log", base=2)
    axis.set_xticks(CLIENTS, [str(each) for each in CLIENTS])
    axis.set_xlabel("clients", fontsize=8)
    axis.set_ylabel("webhooks a second", fontsize=8)
    axis.set_ylim(bottom=0)
    axis.legend(fontsize=7)

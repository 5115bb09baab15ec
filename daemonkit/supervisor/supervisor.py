"""Keeps services running, until the block is left: then all are stopped, and nothing stays."""

import os
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from prometheus_client import REGISTRY, CollectorRegistry

from daemonkit.folder import Folder
from daemonkit.problem import KitError
from daemonkit.supervisor.keeper import Keeper, State, Surroundings
from daemonkit.supervisor.metrics import SupervisorMetrics
from daemonkit.supervisor.process import Reaper, trim
from daemonkit.supervisor.service import Service


class Supervisor:
    """Starts services, restarts what ends by itself, reloads what is configured anew.

    labels: platform and host of what it registers in `folder` (None: the default one).
    logs: a folder for their output; None: it joins ours. environment: theirs; default: ours.
    tell: is given a line, or several, for what happens; it is called from several threads.
    """

    def __init__(
        self,
        labels: Mapping[str, str],
        *,
        folder: Path | None = None,
        logs: Path | None = None,
        environment: Mapping[str, str] | None = None,
        tell: Callable[[str], None] = lambda _: None,
        registry: CollectorRegistry = REGISTRY,
    ) -> None:
        self.metrics = SupervisorMetrics(registry)
        self._around = Surroundings(
            Reaper(), Folder(folder), labels,
            dict(os.environ) if environment is None else environment,
            self.metrics, tell, logs,
        )  # fmt: skip
        self._keepers: dict[str, Keeper] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        self._around.reaper.close()

    def start(self, *services: Service) -> None:
        """Starts services side by side. Those of the same name must have been stopped."""
        for service in services:
            self._keepers[service.name] = Keeper(service, self._around)

    def stop(self, *names: str, kill: bool = False) -> None:
        """Stops those named, or all, at once, and returns when they are gone.

        kill: as a crash would, by SIGKILL, so that what is registered stays.
        """
        ending = [self._keepers.pop(name) for name in names or tuple(self._keepers)]
        for keeper in ending:
            keeper.ask_to_stop(kill=kill)
        for keeper in ending:
            keeper.join()

    def apply(self, services: Iterable[Service]) -> None:
        """Stops what is no longer in the list or has changed, and starts what is new."""
        wanted = {service.name: service for service in services}
        kept = {name for name, each in self._keepers.items() if wanted.get(name) == each.service}
        if outdated := [name for name in self._keepers if name not in kept]:
            self.stop(*outdated)
        self.start(*(service for name, service in wanted.items() if name not in kept))

    def wait_ready(self, seconds: float) -> None:
        """Returns when all are ready; KitError when one failed or they take longer."""
        until = time.monotonic() + seconds
        while True:
            self.check()
            waiting = [each for each in self._keepers.values() if each.state is not State.READY]
            if not waiting:
                return
            if time.monotonic() > until:
                late = waiting[0]
                what = f"{late.service.name} does not answer at {late.service.ready}"
                raise KitError(f"{what} after {seconds:.0f} seconds.\n{late.tail()}")
            time.sleep(0.05)

    def check(self) -> None:
        """Raises KitError when one has failed, be it to be started again."""
        for keeper in self._keepers.values():
            if keeper.failure:
                raise KitError(f"{keeper.service.name} {keeper.failure}.\n{keeper.tail()}")

    def log(self, name: str) -> Path | None:
        """Where the output of a service goes."""
        return self._keepers[name].log

    def tidy(self, stale_after: float) -> None:
        """What is to be done now and then: collect stale registrations, trim long logs."""
        try:
            self._around.folder.prune(stale_after)
        except (KitError, OSError) as error:
            self._around.tell(f"cannot collect registrations: {error}")
        for keeper in self._keepers.values():
            trim(keeper.log)

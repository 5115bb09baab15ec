"""Keeps one service running: start it, attend it until it ends, wait, start it again."""

import signal
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from daemonkit.folder import Folder
from daemonkit.problem import KitError
from daemonkit.supervisor import probe
from daemonkit.supervisor.backoff import Backoff
from daemonkit.supervisor.metrics import ProgramMetrics, SupervisorMetrics
from daemonkit.supervisor.process import Process, Reaper, describe, tail
from daemonkit.supervisor.service import HUP, RESTART, Service
from daemonkit.supervisor.watch import Watch
from daemonkit.target import Target

TICK_SECONDS = 0.1
LOOK_SECONDS = 1.0  # at files, and at whether it still answers


class State(Enum):
    """Where a service is in its life."""

    STARTING = "starting"
    READY = "ready"
    FAILED = "failed"  # and waits to be started again
    STOPPED = "stopped"


@dataclass(frozen=True)
class Surroundings:
    """What all keepers share. labels: of the targets that are registered, without `service`."""

    reaper: Reaper
    folder: Folder
    labels: Mapping[str, str]
    environment: Mapping[str, str]
    metrics: SupervisorMetrics
    tell: Callable[[str], None]
    logs: Path | None = None


@dataclass
class _Life:
    """One run of the program, from its start to its end."""

    process: Process
    started: float = field(default_factory=time.monotonic)
    was_ready: bool = False
    looked: float = 0.0

    @property
    def lived(self) -> float:
        return time.monotonic() - self.started


class Keeper:
    """A thread per service, which starts its program and so must live as long as that."""

    def __init__(self, service: Service, around: Surroundings) -> None:
        self.service = service
        self.state = State.STARTING
        self.failure = ""  # why it is not running, or last was not
        self.log = around.logs / f"{service.name}.log" if around.logs else None
        self._around = around
        self._metrics = ProgramMetrics(around.metrics, service.name)
        self._life: _Life | None = None
        self._stop = threading.Event()
        self._by_kill = False
        self._thread = threading.Thread(target=self._run, name=service.name)
        self._thread.start()

    def ask_to_stop(self, *, kill: bool = False) -> None:
        """Ends it for good, soon; `kill` as a crash would."""
        self._by_kill = kill
        self._stop.set()

    def join(self) -> None:
        """Waits until it has stopped."""
        self._thread.join()
        self._metrics.remove()

    def tail(self) -> str:
        """The end of the service's log."""
        return tail(self.log)

    def _run(self) -> None:
        backoff = Backoff()
        while not self._stop.is_set():
            self.state = State.STARTING
            lived, failure = self._live()
            if failure and not self._stop.is_set():
                self._fail(failure, backoff.after(lived))
        self.state = State.STOPPED

    def _fail(self, failure: str, wait: float) -> None:
        self.failure = failure
        self.state = State.FAILED
        self._metrics.failures.inc()
        self._tell(f"{failure}; next start in {wait:.0f} s\n{self.tail()}".rstrip())
        self._stop.wait(wait)

    def _live(self) -> tuple[float, str]:
        """One life of the program: its seconds, and how it failed; "" where it was ended by us."""
        try:
            environment = self._around.environment
            process = Process(self.service, environment, self.log, self._around.reaper)
        except OSError as error:
            what = error.filename or self.service.command[0]
            return 0.0, f"cannot be started: {what}: {error.strerror}"
        life = _Life(process)
        self._metrics.starts.inc()
        self._metrics.running.set(1)
        try:
            self._register()
            return life.lived, self._attend(life)
        finally:
            self._metrics.running.set(0)
            self._metrics.ready.set(0)
            process.kill()  # its children, too, if it has ended by itself

    def _attend(self, life: _Life) -> str:
        watch = Watch(self.service.watch)
        while (status := life.process.status) is None:
            if self._stop.is_set():
                self._end(life.process)
                return ""
            failure = self._look(life, watch)
            if failure is not None:
                life.process.stop(self.service.stop_within)
                return failure
            self._stop.wait(TICK_SECONDS)
        return describe(status)

    def _end(self, process: Process) -> None:
        if self._by_kill:
            process.kill()
            return
        self._deregister()  # first: what is scraped meanwhile still answers
        process.stop(self.service.stop_within)

    def _look(self, life: _Life, watch: Watch) -> str | None:
        """What makes it to be started anew: a failure, or "" for a change; None for nothing."""
        now = time.monotonic()
        if self.state is State.READY and now - life.looked < LOOK_SECONDS:
            return None
        life.looked = now
        answers = not self.service.ready or probe.answers(self.service.ready)
        self._answers(answers, life)
        if not life.was_ready and life.lived > self.service.ready_within:
            return f"does not answer at {self.service.ready} after {life.lived:.0f} s"
        if life.was_ready and watch.changed():
            return self._reload(life.process)
        return None

    def _answers(self, answers: bool, life: _Life) -> None:
        if answers != (self.state is State.READY):
            if life.was_ready:
                self._tell("answers again" if answers else "does not answer any more")
            self.state = State.READY if answers else State.STARTING
            self._metrics.ready.set(answers)
        life.was_ready = life.was_ready or answers

    def _reload(self, process: Process) -> str | None:
        how = self.service.reload
        self._metrics.reloads.inc()
        if how == RESTART:
            self._tell("is started anew: its configuration has changed")
            return ""
        problem = ""
        if how == HUP:
            process.send(signal.SIGHUP)
        else:
            problem = probe.post(how)
        if problem:
            self._metrics.reload_failures.inc()
        told = f"refuses its changed configuration: {problem}" if problem else "reloads"
        self._tell(told)
        return None

    def _target(self) -> Target | None:
        if not self.service.scrape:
            return None
        return Target(self.service.scrape, {**self._around.labels, "service": self.service.name})

    def _register(self) -> None:
        if target := self._target():
            try:
                self._around.folder.register(target)
            except KitError as error:
                self._tell(str(error))

    def _deregister(self) -> None:
        if target := self._target():
            self._around.folder.remove(target)

    def _tell(self, what: str) -> None:
        self._around.tell(f"{self.service.name} {what}")

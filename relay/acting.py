"""The parts that act on what people ask for from Slack, put together; started where they can be.

One process may take requests (`handler`) and another work on them; or one does both.
"""

from collections.abc import Callable

from relay.actions.answer import Answers
from relay.actions.follow import Follower
from relay.actions.handler import Handler
from relay.actions.perform import Performer
from relay.actions.permit import Permit
from relay.actions.worker import KEPT, Worker
from relay.alertmanager import Alertmanagers
from relay.clock import Clock
from relay.config.model import Loaded
from relay.metrics import Metrics
from relay.slack.api import Slack
from relay.slack.people import SlackPeople
from relay.slack.socketmode import SocketMode
from relay.store import Store
from relay.ticker import Ticker

JOBS_SECONDS = 1.0  # how often a job is looked for that is due again; a new one wakes the worker
FOLLOW_SECONDS = 10.0
PRUNE_SECONDS = 3600.0
STOP_SECONDS = 5.0


class Acting:
    """`handler` takes requests; `wake` tells the delivery loop that a message is due, `asked` those
    who `works` in other processes that there is a request."""

    def __init__(
        self,
        loaded: Loaded,
        store: Store,
        slack: Slack,
        clock: Clock,
        metrics: Metrics,
        works: bool = True,
        alone: bool = True,
    ) -> None:
        config, settings = loaded.config, loaded.settings
        self.wake: Callable[[], None] = lambda: None
        self.asked: Callable[[], None] = lambda: None
        self._journal, self._clock, self._alone = store.journal(), clock, alone
        people, answers = SlackPeople(slack), Answers(settings.slack_api_url)
        alertmanagers = Alertmanagers(config.alertmanagers)
        permit = Permit(config.actors, people.members, clock)
        performer = Performer(store, alertmanagers, permit, clock)
        self._worker = Worker(self._journal, performer, answers, clock, metrics)
        self._follower = Follower(store, alertmanagers, config, clock)
        self._jobs = Ticker("actions", self._work, JOBS_SECONDS, metrics)
        self._tickers = [
            self._jobs,
            Ticker("silences", self._follow, FOLLOW_SECONDS, metrics),
            Ticker("actions-prune", self._prune, PRUNE_SECONDS, metrics),
        ]
        self._works = works
        self.handler: Handler | None = None
        self._socket: SocketMode | None = None
        if settings.interactive:
            self.handler = Handler(store, config, clock, people, answers, self._asked)
            if settings.slack_app_token and works:
                self._socket = SocketMode(settings, self.handler, metrics)

    def start(self) -> None:
        """What a killed process had taken is taken again: at once, if no other process works."""
        if not self._works:
            return
        if self._alone:
            self._journal.release_all()
        for ticker in self._tickers:
            ticker.start()
        if self._socket:
            self._socket.start()

    def stop(self) -> None:
        if self._socket:
            self._socket.stop()
        if self.handler:
            self.handler.close()
        for ticker in self._tickers:
            ticker.stop(STOP_SECONDS)

    def wake_jobs(self) -> None:
        """There is a request to work on."""
        self._jobs.wake()

    def _asked(self) -> None:
        self._jobs.wake()
        self.asked()

    def _work(self) -> bool:
        found = self._worker.step()
        if found:
            self.wake()
        return found

    def _follow(self) -> bool:
        if self._follower.round():
            self.wake()
        return False  # the next round has time

    def _prune(self) -> bool:
        self._journal.prune(self._clock.now() - KEPT)
        return False

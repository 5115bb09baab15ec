"""Takes what Slack sends, over HTTP or Socket Mode: stores it, and only then lets it be answered.

What changes something becomes a job. A dialog has to be opened within three seconds and promises
nothing: it is opened aside, and lost if we are killed just then.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any, Protocol

from relay.actions import commands
from relay.actions.answer import Answers, ephemeral
from relay.actions.dialog import WRONG_DURATION, silence_dialog
from relay.actions.payloads import Asked, Click, Command, Submission
from relay.actions.times import duration, tomorrow_morning
from relay.clock import Clock
from relay.config.model import Config
from relay.logs import logger
from relay.message import buttons
from relay.model.job import Job, Verb, Via
from relay.store import Store

log = logger("relay.actions")

Reply = dict[str, Any] | None
"""What Slack is answered: nothing, or JSON."""


class Dialogs(Protocol):
    """Opens dialogs; "" or why it could not."""

    def open(self, trigger: str, view: dict[str, Any]) -> str: ...


class Handler:
    """`wake` tells the worker of a new job."""

    def __init__(
        self,
        store: Store,
        config: Config,
        clock: Clock,
        dialogs: Dialogs,
        answers: Answers,
        wake: Callable[[], None],
    ) -> None:
        self._store, self._journal, self._config = store, store.journal(), config
        self._clock, self._dialogs, self._answers = clock, dialogs, answers
        self._wake = wake
        self._aside = ThreadPoolExecutor(max_workers=4, thread_name_prefix="dialog")

    def handle(self, asked: Asked, key: str) -> Reply:
        """The answer for Slack. `key` is the request's own: the same one again changes nothing.

        Whatever is to be done is on disk once this returns; StoreError if it cannot be.
        """
        match asked:
            case Click():
                return self._clicked(asked, key)
            case Submission():
                return self._submitted(asked, key)
            case Command():
                return self._commanded(asked, key)
        return None

    def close(self) -> None:
        self._aside.shutdown(wait=False, cancel_futures=True)

    def _clicked(self, click: Click, key: str) -> Reply:
        if click.action in buttons.LINKED:
            return None  # Slack opens the address, and only tells us
        if click.action == buttons.SILENCE_DIALOG:
            if self._journal.first_time(key, self._clock.now()):
                self._aside.submit(self._open, click)
            return None
        now = self._clock.now()
        verb, until = self._meant(click.action, now)
        if verb is None:
            log.warning("a button that this version does not know", action=click.action[:80])
            return None
        self._ask(
            key, Job(verb, click.group_id, click.person, Via.BUTTON, until, "", click.respond)
        )
        return None

    def _meant(self, action: str, now: datetime) -> tuple[Verb | None, datetime | None]:
        match action:
            case buttons.ACKNOWLEDGE:
                return Verb.ACKNOWLEDGE, None
            case buttons.UNSILENCE:
                return Verb.UNSILENCE, None
            case buttons.SILENCE_1H:
                return Verb.SILENCE, now + timedelta(hours=1)
            case buttons.SILENCE_4H:
                return Verb.SILENCE, now + timedelta(hours=4)
            case buttons.SILENCE_MORNING:
                return Verb.SILENCE, tomorrow_morning(now, self._config.silences)
        return None, None

    def _open(self, click: Click) -> None:
        """Runs aside."""
        try:
            entry = self._store.find(click.group_id)
            if entry is None:
                self._answers.tell(click.respond, "This alert group is not known any more.")
                return
            view = silence_dialog(entry.group, click.group_id, click.respond)
            if why := self._dialogs.open(click.trigger, view):
                log.warning("a dialog did not open", reason=why)
                self._answers.tell(click.respond, f"The dialog did not open: {why}")
        except Exception:  # of a thread that nobody waits for: it must not end unheard
            log.exception("a dialog did not open")

    def _submitted(self, submission: Submission, key: str) -> Reply:
        lasts = duration(submission.duration)
        if lasts is None:
            return {"response_action": "errors", "errors": {"duration": WRONG_DURATION}}
        job = Job(
            Verb.SILENCE,
            submission.group_id,
            submission.person,
            Via.DIALOG,
            self._clock.now() + lasts,
            submission.comment,
            submission.respond,
        )
        self._ask(key, job)
        return None

    def _commanded(self, command: Command, key: str) -> Reply:
        now = self._clock.now()
        wish = commands.read(command.text, self._store, self._config, now)
        if isinstance(wish, str):
            return ephemeral(wish)
        until = now + wish.lasts if wish.lasts else None
        person, respond = command.person, command.respond
        job = Job(wish.verb, wish.group_id, person, Via.COMMAND, until, wish.comment, respond)
        self._ask(key, job)
        return None

    def _ask(self, key: str, job: Job) -> None:
        if not self._journal.ask(key, job, self._clock.now()):
            log.warning("the same request again: ignored", user=job.person.id, verb=job.verb)
            return
        self._wake()

"""Threads in tests: routes with manners, and what has been sent so far."""

from dataclasses import replace
from datetime import timedelta

from relay_kit import CONFIG, Rig, at

from relay.config.policy import Escalation
from relay.store import Work

MINUTE = timedelta(minutes=1)


def with_route(rig: Rig, **more: object) -> None:
    rig.config = replace(CONFIG, default=replace(CONFIG.default, **more), routes=())
    rig.restart()


def now(rig: Rig) -> float:
    return (rig.clock.now() - at(0)) / MINUTE


def kinds(rig: Rig) -> list[str]:
    return [str(kind) for kind in rig.slack.kinds]


def work(rig: Rig) -> set[Work]:
    return {entry.work for entry in rig.store.overview(100)}


STEPS = (
    Escalation(15 * MINUTE, "<@U0000001>"),
    Escalation(30 * MINUTE, "<@U0000002>", "critical"),
    Escalation(60 * MINUTE, "<@U0000003>"),
)

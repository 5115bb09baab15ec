"""Heartbeats in tests."""

from dataclasses import replace

from relay_kit import CONFIG, Rig, alert

from relay.config.model import Matcher, Pulse

PULSE = Pulse(Matcher({"alertname": ("Watchdog",)}), channel="#ops", mention="<!here>")


WATCHING = replace(CONFIG, heartbeats=(PULSE,))


def beat(rig: Rig, **labels: str) -> None:
    rig.tell(alert("w", alertname="Watchdog", host="", **labels), key=f"w{labels}")

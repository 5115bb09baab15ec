"""What a Prometheus server knows that rules alone do not say: `tocsin lint --prometheus URL`."""

from tocsin.server.access import CannotAsk
from tocsin.server.api import Refused, Unanswered
from tocsin.server.server import Cost, Labels, Points, Prometheus, Server

__all__ = [
    "CannotAsk",
    "Cost",
    "Labels",
    "Points",
    "Prometheus",
    "Refused",
    "Server",
    "Unanswered",
]

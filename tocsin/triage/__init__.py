"""Which of the problems found are told, and how loudly: severities, suppressions."""

from tocsin.triage.judge import judged, moments
from tocsin.triage.severities import unknown_checks

__all__ = ["judged", "moments", "unknown_checks"]

"""Which of the problems found are told, and how loudly: severities, suppressions."""

from tocsin.triage.judge import Verdicts, judged, moments, ran
from tocsin.triage.severities import unknown_checks

__all__ = ["Verdicts", "judged", "moments", "ran", "unknown_checks"]

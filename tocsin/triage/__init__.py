"""Which of the problems found are told, and how loudly: severities, suppressions."""

from tocsin.triage.judge import judged

__all__ = ["judged"]

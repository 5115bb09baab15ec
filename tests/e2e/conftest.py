"""The end-to-end tests run the demo's parts, and the demo is not installed: it is only here."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

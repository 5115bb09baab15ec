"""Where the quick reader leaves a text to the full parser."""

MAX_KEY = 1000  # characters; YAML's own limit is 1,024
MAX_DEPTH = 40


class Unsure(Exception):
    """The text holds something that is left to the full parser."""

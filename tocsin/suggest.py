"""`did you mean`: the known word nearest to a misspelt one."""

from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word closest to `word`, "" when none is close."""
    import difflib  # noqa: PLC0415 # for mistakes only, and slow to import

    by_folded = {candidate.lower(): candidate for candidate in sorted(known, reverse=True)}
    found = difflib.get_close_matches(word.lower(), by_folded, n=1, cutoff=0.7)
    return by_folded[found[0]] if found else ""


def hint(word: str, known: Iterable[str]) -> str:
    """A hint for an unknown word: what it may have meant, else what is known."""
    known = sorted(known)
    if near := nearest(word, known):
        return f"did you mean `{near}`?"
    if 0 < len(known) <= 12:
        return "known: " + ", ".join(f"`{name}`" for name in known)
    return ""

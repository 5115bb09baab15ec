"""`did you mean`: the known word nearest to a misspelt one."""

import difflib
from collections.abc import Iterable


def hint(word: str, known: Iterable[str]) -> str:
    """What an unknown word may have meant, else what is known; "" where that would be a list."""
    by_folded = {name.casefold(): name for name in sorted(known, reverse=True)}
    if found := difflib.get_close_matches(word.casefold(), by_folded, n=1, cutoff=0.7):
        return f"did you mean `{by_folded[found[0]]}`?"
    if 0 < len(by_folded) <= 12:
        return "known: " + ", ".join(f"`{name}`" for name in sorted(by_folded.values()))
    return ""

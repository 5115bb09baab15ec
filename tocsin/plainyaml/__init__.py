"""A quick reader for the YAML that people mostly write; of anything else it says so.

It knows block mappings and sequences, scalars plain, quoted or as a block, and flow collections in
one line. Whatever is outside of that (anchors, tags, tabs, quotes over several lines, all that is
broken) it leaves to the full parser: `read` gives None rather than guess. What it does read, the
full parser reads just the same; tests hold the two against each other.
"""

from tocsin.plainyaml.reader import Plain, read

__all__ = ["Plain", "read"]

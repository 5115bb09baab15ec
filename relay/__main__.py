"""`python -m relay` is `tocsin-relay`."""

from relay.cli import main

main(prog_name="tocsin-relay")

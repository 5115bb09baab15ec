"""What is told of a relay's file that has slips."""

import pytest

from relay.config import file as configfile
from relay.config.problem import ConfigError


def problems(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        configfile.parse(text, "relay.yaml")
    return [str(problem) for problem in caught.value.problems]


def slips(line: str) -> list[str]:
    """Of a file that is well but for this third line."""
    return problems(f'version: 1\ndefault_channel: "#a"\n{line}\n')

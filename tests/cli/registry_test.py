from __future__ import annotations

import re

import pytest

from gtlib.cli.command import Command
from gtlib.cli.registry import BD
from gtlib.cli.registry import ENTRIES
from gtlib.cli.registry import GT
from gtlib.cli.registry import every
from gtlib.cli.registry import find
from gtlib.cli.registry import load

# a switch that is on by itself is shown with no- before it, so its help is that of the denial
DENIES = re.compile(r"\b(no|not|nobody|without|leave out)\b")


@pytest.mark.parametrize("key", sorted(ENTRIES))
def test_every_entry_has_commands(key: str) -> None:
    words = tuple(key.split())
    assert [name for name in load(ENTRIES[key].module) if name[: len(words)] == words]


@pytest.mark.parametrize("command", list(every(GT)), ids=lambda command: " ".join(command.names[0]))
def test_every_command(command: Command) -> None:
    for name in command.names:
        assert find(GT, name).command is command, f"not in the registry: {' '.join(name)}"
        if name[0] == BD.home:
            assert find(BD, name[1:]).command is command or name == (BD.home,)
    assert command.purpose.endswith(".") and len(command.purpose) <= 90
    assert command.example.split()[0] in ("gt", "bd")
    assert [param.name for param in command.params if param.role == "flag" and not param.help] == []
    denied = [param for param in command.params if param.role == "flag" and param.typed.startswith("no-")]
    assert [param.typed for param in denied if not DENIES.search(param.help)] == []
    shorts = [param.short for param in command.params if param.short]
    assert len(shorts) == len(set(shorts))

"""docs/runtimes.md says what the data and the code say."""

from __future__ import annotations

import re

from gtlib.model.settings_keys import AGENT
from gtlib.model.settings_keys import USED
from gtlib.runtimes.presets import Preset
from gtlib.runtimes.presets import presets
from tests.support import ROOT

TEXT = (ROOT / "docs/runtimes.md").read_text("utf-8")


def row(program: Preset) -> str:
    """The program's line in the table."""
    lines = program.lines
    cells = (
        f"`{program.name}`", f"`{program.command}`", program.instructions, _yes("{prompt}" in lines.start),
        _yes(lines.resume), _yes(lines.headless), program.hooks.format or "none", _yes(program.sandbox),
        f"`{program.install.replace('|', chr(92) + '|')}`",
    )  # fmt: skip
    return f"| {' | '.join(cells)} |"


def _yes(value: object) -> str:
    return "yes" if value else "no"


def keys_of(heading: str) -> set[str]:
    """The keys that the first column of the table with that heading names."""
    table = TEXT.partition(f"| {heading} |")[2].partition("\n\n")[0]
    return {key for line in table.split("\n")[2:] for key in re.findall(r"`([a-z_]+)`", line.split("|")[1])}


def test_the_table_of_programs() -> None:
    found = [line for line in TEXT.partition("## The programs")[2].split("\n") if line.startswith("| `")]
    assert found == [row(program) for program in presets().values()]


def test_the_tables_of_keys() -> None:
    assert keys_of("key") == set(USED)
    assert keys_of("key of an agent") == {*AGENT} - {"preset"}

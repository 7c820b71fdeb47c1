"""What may not be imported where start-up time counts. Add a row for each read command and entrance."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("invoke", "libtmux", "pygit2", "rich", "ruamel", "watchdog")

# Module or program words after `python -m`: what it must not import. No row may need a town to start from.
ROWS: dict[str, tuple[str, ...]] = {
    "gtlib.cli gt version": (*HEAVY, "argparse", "dataclasses", "importlib.metadata"),
    "gtlib.cli gt --help": HEAVY,
    "gtlib.cli bd version --json": HEAVY,
    "gtlib.cli gt rig list --help": HEAVY,
    "gtlib.cli gt crew list --help": HEAVY,
    "gtlib.cli gt hook --help": HEAVY,
    "gtlib.cli gt hooks list --help": HEAVY,
    "gtlib.runtimehook after_tool claude": (*HEAVY, "argparse", "asyncio", "libtmux", "gtlib.rules"),
}


@pytest.mark.parametrize("words", ROWS)
def test_imports(words: str) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", *words.split()],
        capture_output=True,
        text=True,
        timeout=60,
    )
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if "|" in line}
    assert done.returncode == 0 and words.split()[0].split(".")[0] in imported
    inside = tuple(f"{name}." for name in ROWS[words])
    assert sorted(name for name in imported if name in ROWS[words] or name.startswith(inside)) == []

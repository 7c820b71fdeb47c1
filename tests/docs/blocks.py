"""Run the commands that a document shows, as a person who copies them into one shell.

A fenced block of `sh` is run, in order. A block of `text` right behind it is what it prints. For what only a
reader needs, there are comments before a block: `<!-- not run -->` leaves it out, `<!-- run: COMMAND -->` runs
something that is not shown, such as waiting. `$EXAMPLES` is the folder with the formulas of `docs/formulas.md`.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from tests.support import ROOT

SECONDS = 120
_PIECE = re.compile(
    r"^<!-- (?P<skip>not run) -->$|^<!-- run: (?P<hidden>[^\n]+) -->$|"
    r"^(?P<fence>`{3,})(?P<language>\w*)\n(?P<text>.*?)^(?P=fence)$",
    re.MULTILINE | re.DOTALL,
)
_MARK = "\x1eblock {}\x1e"
_PATTERNS = (
    (r"\b([a-z]{2,3}-(?:mol-|mr-|cv-|wisp-)?)[0-9a-z]{4,8}\b", r"\1ID"),
    (r"\b[0-9a-f]{7,40}\b", "HASH"),
    (r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "TIME"),
    (r"\bpid \d+", "pid N"),
    (r"\b(?:now|\d+[smh] ago|\d+[smh])\b", "AGE"),
    (r"[ ]{2,}", " "),
    (r"[ ]+$", ""),
)


class Block(Struct, frozen=True):
    """Commands, and what they print when the document says so. `line` is where they stand."""

    line: int
    commands: str
    printed: str | None = None


def blocks(text: str) -> Iterator[Block]:
    """What of a document is run."""
    skip, last = False, None
    for found in _PIECE.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        if found["language"] == "text" and last is not None:
            yield Block(last.line, last.commands, found["text"])
            last = None
            continue
        if last is not None:
            yield last
            last = None
        if found["hidden"]:
            yield Block(line, found["hidden"] + "\n")
        elif found["language"] == "sh" and not skip:
            last = Block(line, found["text"])
        skip = bool(found["skip"])
    if last is not None:
        yield last


def run(found: list[Block], home: Path) -> list[str]:
    """What each block printed, in one shell that ends at the first command that fails.

    Raises AssertionError with the line in the document, and what was printed, when one does.
    """
    script = "set -e\n" + "".join(
        f"printf '%s\\n' {shlex.quote(_MARK.format(number))}\n{block.commands}"
        for number, block in enumerate(found)
    )
    env = {
        **os.environ,
        "HOME": str(home),
        "PATH": f"{_programs(home)}:{os.environ['PATH']}",
        "EXAMPLES": str(ROOT / "docs" / "formulas"),
    }
    done = subprocess.run(
        ["bash", "-c", script], cwd=home, env=env, text=True, encoding="utf-8",
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=SECONDS,
    )  # fmt: skip
    pieces = re.split(_MARK.format(r"\d+") + "\n", done.stdout)[1:]
    block = found[max(len(pieces) - 1, 0)]
    assert done.returncode == 0, f"line {block.line} ended with {done.returncode}:\n{pieces[-1:]}"
    return pieces


def plain(text: str, home: Path) -> str:
    """Text without what differs from run to run: ids, hashes, times, ages, the home folder, widths."""
    text = text.replace(str(home), "/home/ada")
    for pattern, word in _PATTERNS:
        text = re.sub(pattern, word, text, flags=re.MULTILINE)
    return text


def _programs(home: Path) -> Path:
    """A folder with gt and bd of this checkout, not of an older installation."""
    folder = home / ".bin"
    folder.mkdir(exist_ok=True)
    for name, words in {
        "gt": "gtlib.cli gt",
        "bd": "gtlib.cli bd",
        "gt-check": "gtlib.checks",
        "inv": "invoke",
    }.items():
        path = folder / name
        path.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m {words} "$@"\n', encoding="utf-8")
        path.chmod(0o755)
    return folder

"""Commands as people type them, for tests that look at what they print."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from gtlib.store.town import Town
from tests.support import BEFORE
from tests.support import inside
from tests.support import run_program
from tests.support import towns


def gt(*words: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """`gt` in this process, where it costs no start."""
    return _ran("gt", words, cwd)


def bd(*words: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """`bd` in this process, where it costs no start."""
    return _ran("bd", words, cwd)


def _ran(program: str, words: tuple[str, ...], cwd: Path | None) -> subprocess.CompletedProcess[str]:
    if BEFORE:  # what harms the index would harm it while this process has it open
        return run_program(program, *words, cwd=cwd)
    ran = inside.run(cwd or Path.cwd(), program, *words)
    return subprocess.CompletedProcess([program, *words], ran.code, ran.out, ran.err)


def filed(town: Town, texts: dict[str, str]) -> None:
    """Commit these files by hand, all at once."""
    for path, text in texts.items():
        towns.write(town, path, text)
    towns.git(town.root, "add", "--", *texts)
    towns.commit(town.root, "-m", "by hand")


def ok(words: str, *more: str, cwd: Path | None = None, code: int = 0) -> str:
    """What `bd` (or `gt`, when the words begin with it) prints; it must end with `code`, and nothing on stderr."""
    program, *rest = words.split() if words.startswith("gt ") else ["bd", *words.split()]
    done = inside.run(cwd or Path.cwd(), program, *rest, *more)
    assert (done.code, done.err) == (code, "")
    return done.out


def read(words: str, *more: str, cwd: Path | None = None, code: int = 0) -> Any:
    """The same as `--json`, read."""
    return json.loads(ok(f"{words} --json", *more, cwd=cwd, code=code))


def refused(words: str, *more: str) -> tuple[int, str]:
    """How a command that must fail ends: its code and its one line, without `error: `. It prints nothing."""
    done = inside.run(Path.cwd(), "bd", *words.split(), *more)
    assert done.out == "" and done.err.startswith("error: ") and done.err.count("\n") == 1
    assert done.code in (1, 2)
    return done.code, done.err.removeprefix("error: ").rstrip("\n")


def commit(town: Town, *ids: str, **beads: dict[str, Any]) -> None:
    """Commit beads by hand: `ids` plain ones, the others with fields by the part of their id behind `hq-`."""
    for id, fields in {**{id: {} for id in ids}, **beads}.items():
        text = str(fields.pop("text", ""))
        whole = towns.bead(f"hq-{id}", **{"title": f"Title of {id}", **fields}) + text
        towns.write(town, f"beads/hq-{id}.md", whole)
    towns.git(town.root, "add", "beads")
    towns.commit(town.root, "-m", "by hand")

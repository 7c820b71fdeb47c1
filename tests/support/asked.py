"""Commands as people type them, for tests that look at what they print."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from gtlib.store.town import Town
from tests.support import run_program
from tests.support import towns


def ok(words: str, *more: str, cwd: Path | None = None, code: int = 0) -> str:
    """What `bd` (or `gt`, when the words begin with it) prints; it must end with `code`, and nothing on stderr."""
    program, *rest = words.split() if words.startswith("gt ") else ["bd", *words.split()]
    done = run_program(program, *rest, *more, cwd=cwd)
    assert (done.returncode, done.stderr) == (code, "")
    return str(done.stdout)


def read(words: str, *more: str, cwd: Path | None = None, code: int = 0) -> Any:
    """The same as `--json`, read."""
    return json.loads(ok(f"{words} --json", *more, cwd=cwd, code=code))


def refused(words: str, *more: str) -> tuple[int, str]:
    """How a command that must fail ends: its code and its one line, without `error: `. It prints nothing."""
    done = run_program("bd", *words.split(), *more)
    assert done.stdout == "" and done.stderr.startswith("error: ") and done.stderr.count("\n") == 1
    assert done.returncode in (1, 2)
    return done.returncode, done.stderr.removeprefix("error: ").rstrip("\n")


def commit(town: Town, *ids: str, **beads: dict[str, Any]) -> None:
    """Commit beads by hand: `ids` plain ones, the others with fields by the part of their id behind `hq-`."""
    for id, fields in {**{id: {} for id in ids}, **beads}.items():
        text = str(fields.pop("text", ""))
        whole = towns.bead(f"hq-{id}", **{"title": f"Title of {id}", **fields}) + text
        towns.write(town, f"beads/hq-{id}.md", whole)
    towns.git(town.root, "add", "beads")
    towns.git(town.root, "commit", "-qm", "by hand")

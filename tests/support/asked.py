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

NOW = "2026-11-20T08:00:00Z"  # in the towns of tests/cli/conftest.py


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


def prints(*words: str) -> str:
    """What `bd` prints for these very words; it must succeed, and say nothing on stderr."""
    done = bd(*words)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def document(*words: str) -> Any:
    """The same as `--json`, read."""
    return json.loads(prints(*words, "--json"))


def shown(id: str) -> dict[str, Any]:
    """The bead as `bd show --json` has it."""
    found: dict[str, Any] = document("show", id)[0]
    return found


def unchanged(town: Town, *words: str, code: int = 1) -> str:
    """What `bd` says for words that it refuses; it exits with `code`, prints nothing else, and changes nothing."""
    before = (town.tip(), towns.status(town))
    done = bd(*words)
    assert (done.returncode, done.stdout) == (code, "")
    assert (town.tip(), towns.status(town)) == before
    return done.stderr.removeprefix("error: ").rstrip("\n")


def made(town: Town, *beads: tuple[str, dict[str, Any]]) -> None:
    """Put these beads there, made now, in one commit by hand."""
    texts = {id: towns.bead(id, f"Title of {id}", created=NOW, **keys) for id, keys in beads}
    filed(town, {f"beads/{id}.md": text for id, text in texts.items()})


def ok(words: str, *more: str, cwd: Path | None = None, code: int = 0) -> str:
    """What `bd` (or `gt`, when the words begin with it) prints; it must end with `code`, and nothing on stderr."""
    program, *rest = words.split() if words.startswith("gt ") else ["bd", *words.split()]
    done = _ran(program, (*rest, *more), cwd)
    assert (done.returncode, done.stderr) == (code, "")
    return done.stdout


def read(words: str, *more: str, cwd: Path | None = None, code: int = 0) -> Any:
    """The same as `--json`, read."""
    return json.loads(ok(f"{words} --json", *more, cwd=cwd, code=code))


def refused(words: str, *more: str) -> tuple[int, str]:
    """How a command that must fail ends: its code and its one line, without `error: `. It prints nothing."""
    done = bd(*words.split(), *more)
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
    towns.commit(town.root, "-m", "by hand")

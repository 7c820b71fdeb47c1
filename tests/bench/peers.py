"""Other trackers, when they are on PATH: `bd` of beads and `tk` of ticket, at the same work as ours."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.bench.row import Row

WORK: Mapping[str, Mapping[str, Sequence[str]]] = {
    "bd": {
        "create": ("create", "One more"),
        "ready": ("ready",),
        "list": ("list",),
        "show": ("show", "ID"),
        "search": ("search", "number 77"),
        "update": ("update", "ID", "--priority", "1"),
        "close": ("close", "ID"),
        "export": ("export", "-o", "/dev/null"),
    },
    "tk": {
        "create": ("create", "One more"),
        "ready": ("ready",),
        "list": ("ls",),
        "show": ("show", "ID"),
        "update": ("start", "ID"),
        "close": ("close", "ID"),
    },
}


def found() -> dict[str, str]:
    """The trackers on PATH that are not this project's own."""
    paths = {name: shutil.which(name) for name in WORK}
    return {name: path for name, path in paths.items() if path and not _is_ours(Path(path))}


def _is_ours(path: Path) -> bool:
    with path.open("rb") as stream:
        return b"gtlib" in stream.read(4096)


def rows(folder: Path, size: int, lines: Sequence[str], timed: Callable[..., Any]) -> list[Row]:
    """A row for each command of each tracker; one that fails says why."""
    result = []
    for name, path in found().items():
        home = folder / name
        home.mkdir(parents=True)
        said = _prepare(name, path, home, lines)
        if not said[0]:
            result.append(Row(f"{name}, {size:,}", f"not measured: {said[1]}", "-", "-"))
            continue
        for what, words in WORK[name].items():
            run = timed([path, *(said[1] if word == "ID" else word for word in words)], home)
            told = (
                f"not measured: {run}" if isinstance(run, str) else f"{run.wall:.0f} ms, {run.memory:.0f} MB"
            )
            result.append(Row(f"{name} `{what}`, {size:,}", told, "-", "-"))
    return result


def _prepare(name: str, path: str, home: Path, lines: Sequence[str]) -> tuple[bool, str]:
    """Fill the tracker: (True, an id in it), or (False, why that can't be done)."""
    _run(["git", "init", "-q"], home)
    if name == "bd":
        source = home / "lines.jsonl"
        source.write_text("".join(lines), encoding="utf-8")
        for words in (["init", "--prefix", "hq", "--quiet"], ["import", "-i", str(source)]):
            done = _run([path, *words], home)
            if done.returncode:
                return False, (done.stderr.splitlines() or [f"exit {done.returncode}"])[0]
        return True, f"hq-i{len(lines)}x7"
    tickets = home / ".tickets"
    tickets.mkdir()
    for number in range(len(lines)):
        (tickets / f"hq-{number:05d}.md").write_text(
            f"---\nid: hq-{number:05d}\nstatus: open\ndeps: []\nlinks: []\ncreated: 2026-01-01T00:00:00Z\n"
            f"type: task\npriority: {number % 5}\n---\n# Number {number}\n\nWhat is wrong.\n",
            encoding="utf-8",
        )
    made = _run([path, "create", "A first one"], home)
    id = re.search(r"[a-z0-9]+-[a-z0-9]+", made.stdout)
    return (True, id[0]) if id else (False, "it says no id")


def _run(argv: Sequence[str], home: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        argv,
        cwd=home,
        text=True,
        encoding="utf-8",
        capture_output=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )

"""Commands at several sizes: whole and in process, with a fresh index and with none, and their peak memory."""

from __future__ import annotations

import contextlib
import io
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from gtlib import output
from gtlib.cli import program
from gtlib.store.index import throw_away
from gtlib.store.town import Town
from tests.bench import peers
from tests.bench.row import Row

GOALS = {
    ("ready", "whole"): "≤ 250 ms at 10,000",
    ("ready", "cold"): "≤ 3 s at 10,000",
    ("ready for people", "cold"): "≤ 3 s at 10,000",
}
# A small process between: the most memory of a child is never less than that of who started it.
LAUNCHER = """
import os, sys, time
silent = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
start = time.perf_counter()
pid = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=silent)
_, status, usage = os.wait4(pid, 0)
print(os.waitstatus_to_exitcode(status), time.perf_counter() - start, usage.ru_maxrss)
"""
IMPORTED = (100, 1_000, 6_000)


class Run(NamedTuple):
    """Milliseconds and peak memory in MB of one command."""

    wall: float
    memory: float


def commands(town: Town, size: str) -> list[Row]:
    """Rows for the commands that people and agents use most; `size` says what the town holds."""
    rows = []
    for name, words in (
        ("ready", ("ready", "--json")),
        ("ready for people", ("ready",)),
        ("list", ("list", "--json")),
        ("show", ("show", "hq-00007", "--json")),
        ("search", ("search", "number 77", "--json")),
        ("export", ("export", "-o", os.devnull)),
        ("create", ("create", "One more", "--json")),
        ("update", ("update", "hq-00007", "--json", "--title", "TURN")),
        ("close", ("close", "hq-TURN", "--json")),
    ):
        output.progress(f"bd {name}, {size}")
        rows += _rows(town, name, words, size)
    return rows


def archived(town: Town, size: str) -> list[Row]:
    """What asks for archived items."""
    rows = _rows(town, "show", ("show", "hq-a000777", "--json"), f"an archived bead, {size}")
    question = ("search", "nr777", "--all", "--json")
    return rows + _rows(town, "search --all", question, size)


def _rows(town: Town, name: str, words: Sequence[str], size: str) -> list[Row]:
    first = whole(town.root, _turn(words, 0))
    if isinstance(first, str):
        return [Row(f"`{name}`, {size}", f"not measured: {first}", "-", "-")]
    times = 3 if first.wall > 2000 else 5
    runs = [whole(town.root, _turn(words, turn)) for turn in range(1, times + 1)]
    walls = [run.wall for run in runs if not isinstance(run, str)] or [first.wall]
    memory = max([run.memory for run in runs if not isinstance(run, str)] or [first.memory])
    inner = statistics.median([inside(town.root, _turn(words, times + turn)) for turn in range(1, 5)])
    said = f"{statistics.median(walls):.0f} ms whole, {inner:.0f} ms in process, {memory:.0f} MB"
    rows = [Row(f"`{name}`, {size}", said, "-", GOALS.get((name, "whole"), "-"))]
    if name in ("ready", "ready for people", "show", "search"):
        throw_away(town.root)
        cold = whole(town.root, _turn(words, 0))
        if not isinstance(cold, str):
            said = f"{cold.wall:.0f} ms whole, {cold.memory:.0f} MB"
            rows.append(Row(f"`{name}` without an index, {size}", said, "-", GOALS.get((name, "cold"), "-")))
    return rows


def _turn(words: Sequence[str], turn: int) -> list[str]:
    """Commands that change something change another thing each time."""
    return [word.replace("TURN", f"{turn + 20:05d}") for word in words]


def whole(folder: Path, words: Sequence[str]) -> Run | str:
    """The command as a process of its own; its first line of errors when it fails."""
    return timed([sys.executable, "-m", "gtlib.cli", "bd", *words], folder)


def timed(argv: Sequence[str], folder: Path) -> Run | str:
    """One process: how long it took and the most memory it had; its first line of errors when it failed."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", LAUNCHER, *argv],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    code, seconds, memory = done.stdout.split()
    if int(code):
        return (done.stderr.splitlines() or [f"exit {code}"])[0]
    return Run(float(seconds) * 1000, int(memory) / (1024 * 1024 if sys.platform == "darwin" else 1024))


def inside(folder: Path, words: Sequence[str]) -> float:
    """The same command in this process: what is left without the start of Python."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            start = time.perf_counter()
            program.main("bd", list(words))
            return (time.perf_counter() - start) * 1000
    finally:
        os.chdir(before)


def imports(folder: Path, town: Town) -> list[Row]:
    """Lines of another tracker, in one commit each time."""
    rows = []
    for number in IMPORTED:
        output.progress(f"bd import of {number:,} lines")
        path = folder / f"lines{number}.jsonl"
        path.write_text("".join(lines(number)), encoding="utf-8")
        run = whole(town.root, ("import", str(path)))
        said = run if isinstance(run, str) else f"{run.wall / 1000:.1f} s, {run.memory:.0f} MB"
        again = whole(town.root, ("import", str(path)))
        if not isinstance(again, str):
            said += f"; again {again.wall / 1000:.1f} s"
        goal = "≤ 30 s" if number == 6_000 else "-"
        rows.append(Row(f"`import` of {number:,} issues", said, "-", goal))
    return rows


def lines(number: int) -> list[str]:
    """Issues as trackers write them."""
    return [
        json.dumps(
            {
                "id": f"hq-i{number}x{n}",
                "title": f"Imported number {n}",
                "description": "What is wrong and what is wanted, in a line or two of text.\n" * 3,
                "status": "open" if n % 3 else "closed",
                "priority": n % 5,
                "issue_type": "task",
                "created_at": "2026-01-01T00:00:00.123456789Z",
                "updated_at": "2026-01-02T00:00:00Z",
                "labels": [f"label{n % 7}"],
            }
        )
        + "\n"
        for n in range(number)
    ]


def beside(folder: Path, sizes: Sequence[int]) -> list[Row]:
    """The same work of other trackers that are on PATH, in the same run."""
    return [row for size in sizes for row in peers.rows(folder / str(size), size, lines(size), timed)]

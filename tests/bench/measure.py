"""The measurements. Each gives rows: what, ours, bare git in the same run, the goal."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from gtlib import output
from gtlib.actions.catch_up import catch_up
from gtlib.actions.crew_add import crew_add
from gtlib.actions.install import install
from gtlib.actions.rig_add import rig_add
from gtlib.rules.ready import ready
from gtlib.store.reading import read
from gtlib.store.town import Town
from tests.bench import commands
from tests.bench.row import Row
from tests.support.towns import bead
from tests.support.towns import git
from tests.support.transitions import ID
from tests.support.transitions import PATH
from tests.support.transitions import rank

NO_HOOKS = ("-c", "core.hooksPath=/dev/null")
GOALS = {100: 200, 1_000: 80, 10_000: 30}


def everything(folder: Path, sizes: tuple[int, ...], archived: int) -> list[Row]:
    rows = [*rig_commit(folder / "rig"), *advancing_commit(folder / "advance")]
    for size in sizes:
        town = town_of(folder / f"town{size}", size)
        rows += transitions(town, size)
        rows += ready_alone(town, size)
        rows += commands.commands(town, f"{size:,} live")
    town = town_of(folder / "archived", sizes[-1], archived)
    size_said = f"{sizes[-1]:,} live and {archived:,} archived"
    rows += transitions(town, sizes[-1], f", {archived:,} archived")
    rows += commands.commands(town, size_said)
    rows += commands.archived(town, size_said)
    rows += commands.imports(folder, town_of(folder / "imports", 10))
    return rows + commands.beside(folder / "peers", sizes[:2])


def town_of(path: Path, size: int, archived: int = 0) -> Town:
    """A town with that many live beads, and that many archived ones over two years, committed in one go."""
    output.progress(f"making a town of {size} beads")
    town = install(path, "bench")
    (path / PATH).write_text(bead(ID, "The one that changes"), encoding="utf-8")
    for number in range(size - 1):
        name = f"hq-{number:05d}"
        (path / "beads" / f"{name}.md").write_text(
            bead(name, f"Bead number {number}", priority=number % 5, created="2026-01-01T00:00:00Z"),
            encoding="utf-8",
        )
    for month in range(24 if archived else 0):
        target = path / "archive" / f"{2023 + month // 12}-{month % 12 + 1:02d}.jsonl"
        target.parent.mkdir(exist_ok=True)
        target.write_text("".join(map(old_line, range(month, archived, 24))), encoding="utf-8")
    git(path, "-c", "core.fsync=none", "add", "-A")
    git(path, *NO_HOOKS, "commit", "-q", "-m", "beads")
    catch_up(town)
    return Town.open(path)


def old_line(number: int) -> str:
    text = f"What was wrong with nr{number}, and what was done about it, in a line or two of text. " * 4
    return (
        f'{{"id":"hq-a{number:06d}","title":"Old bead number {number}","description":"{text}",'
        '"status":"closed","priority":2,"issue_type":"task","created_at":"2023-01-01T00:00:00Z",'
        '"updated_at":"2023-01-02T00:00:00Z","closed_at":"2023-01-02T00:00:00Z"}\n'
    )


def median(times: int, action: Callable[[int], object]) -> float:
    """Median milliseconds of one run, after one run that does not count."""
    action(0)
    found = []
    for number in range(times):
        start = time.perf_counter()
        action(number + 1)
        found.append((time.perf_counter() - start) * 1000)
    return statistics.median(found)


def rig_commit(folder: Path) -> list[Row]:
    """An ordinary commit in a rig's worktree: git hooks, and without."""
    project = folder / "project"
    project.mkdir(parents=True)
    git(project, "init", "-q", "-b", "main")
    (project / "README").write_text("a project\n", encoding="utf-8")
    git(project, "add", "-A")
    git(project, "commit", "-q", "-m", "start")
    town = install(folder / "town", "bench")
    rig = rig_add(town, "proj", str(project))
    crew_add(town, ["ada"], rig)
    worktree = folder / "town" / "proj" / "crew" / "ada"

    def commit(*options: str) -> Callable[[int], object]:
        return lambda number: git(worktree, *options, "commit", "-q", "--allow-empty", "-m", f"work {number}")

    bare, ours = median(30, commit(*NO_HOOKS)), median(30, commit())
    return [Row("git hook on an ordinary rig commit", f"+{ours - bare:.1f} ms", f"{bare:.1f} ms", "≤ +10 ms")]


def advancing_commit(folder: Path) -> list[Row]:
    """A tick by hand that closes a molecule: commit, checks, catch-up, the town's own commit."""
    town = install(folder, "bench")
    count = 16

    def tick(prefix: str, *options: str) -> Callable[[int], object]:
        def act(number: int) -> None:
            path = town.root / "molecules" / f"hq-mol-{prefix}{number:03d}.md"
            path.write_text(path.read_text(encoding="utf-8").replace("[ ]", "[x]"), encoding="utf-8")
            git(town.root, "add", str(path))
            git(town.root, *options, "commit", "-q", "-m", f"tick {number}")

        return act

    for prefix in ("aa", "bb"):
        for number in range(count + 1):
            name = f"hq-mol-{prefix}{number:03d}"
            (town.root / "molecules" / f"{name}.md").write_text(
                f"---\nid: {name}\ntitle: One step\nstatus: open\n---\n\n## Steps\n\n- [ ] **only** The only step\n",
                encoding="utf-8",
            )
    git(town.root, "add", "-A")
    git(town.root, "commit", "-q", "-m", "molecules")
    bare = median(count, tick("aa", *NO_HOOKS))
    git(town.root, "commit", "-q", "--allow-empty", "-m", "catch up")
    ours = median(count, tick("bb"))
    row = Row(
        "commit that advances the town, all our git hooks",
        f"+{ours - bare:.0f} ms",
        f"{bare:.0f} ms",
        "≤ +250 ms",
    )
    return [row]


def transitions(town: Town, size: int, more: str = "") -> list[Row]:
    """Transitions a second in process, durable and not; by eight processes; and `git commit -a` beside."""
    rows = []
    bare = 1000 / median(10, lambda number: by_git(town, number))
    for durable, label in ((False, "git's own durability"), (True, "with fsync")):
        git(town.root, "config", "core.fsync", "committed,reference,index" if durable else "none")
        fresh = Town.open(town.root)
        rate = 1000 / median(60, ranking(fresh, 1 if durable else 2))
        goal = f"≥ {GOALS[size]}/s" if not durable else "-"
        what = f"transitions in process, {size:,} live{more}, {label}"
        rows.append(Row(what, f"{rate:.0f}/s", f"{bare:.0f}/s (git commit -a)", goal))
    rows.append(
        Row(
            f"transitions by 8 processes, {size:,} live{more}, with fsync",
            f"{together(town):.0f}/s",
            "-",
            "none lost",
        )
    )
    return rows


def ranking(town: Town, shift: int) -> Callable[[int], object]:
    """Each call gives another bead another priority than `town_of` and the calls before gave it."""
    return lambda number: town.apply(rank(f"hq-{number:05d}", (number + shift) % 5))


def by_git(town: Town, number: int) -> None:
    path = town.root / "beads" / "hq-00000.md"
    path.write_text(path.read_text(encoding="utf-8") + f"line {number}\n", encoding="utf-8")
    git(town.root, *NO_HOOKS, "commit", "-q", "-a", "-m", f"bare {number}")


def together(town: Town, writers: int = 8, each: int = 25) -> float:
    command = [sys.executable, "-m", "tests.support.writer", str(town.root)]
    started = [
        subprocess.Popen(
            [*command, f"p{n}", str(each)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for n in range(writers)
    ]
    for process in started:
        assert process.stdout is not None
        process.stdout.readline()
    begin = time.perf_counter()
    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.close()
    codes = [process.wait() for process in started]
    elapsed = time.perf_counter() - begin
    for process in started:
        assert process.stdout is not None
        process.stdout.close()
    bead_now = Town.open(town.root).snapshot().bead(ID)
    assert bead_now is not None
    made = [label for label in bead_now.labels if label.startswith("p")]
    assert codes == [0] * writers
    assert len(made) == writers * each, "a transition was lost"
    return writers * each / elapsed


def ready_alone(town: Town, size: int) -> list[Row]:
    """`ready` without the command around it: the index is read, the rules asked."""
    Town.open(town.root).snapshot()
    in_process = median(9, lambda _: list(ready(read(town.root), "2026-11-20T00:00:00Z")))
    return [Row(f"`ready` in process, {size:,} live", f"{in_process:.0f} ms", "-", "≤ 60 ms at 10,000")]

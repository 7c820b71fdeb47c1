"""Many writers and a person on one town: nothing is lost, nothing is taken back."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gtlib.store.town import Town
from tests.support.towns import at_work
from tests.support.towns import bead
from tests.support.towns import git
from tests.support.towns import make_town
from tests.support.towns import put
from tests.support.towns import show
from tests.support.towns import status
from tests.support.towns import write
from tests.support.transitions import PATH


@contextmanager
def writers(town: Town, names: list[str], count: int, pause: float = 0) -> Iterator[Callable[[], None]]:
    """Processes that all begin when the caller says; at the end every one must have finished its work."""
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.support.writer", str(town.root), name, str(count), str(pause)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in names
    ]
    try:
        for process in started:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"

        def begin() -> None:
            for process in started:
                assert process.stdin is not None
                process.stdin.write("go\n")
                process.stdin.flush()

        yield begin
        assert [process.wait(120) for process in started] == [0] * len(started)
    finally:
        for process in started:
            process.kill()
            process.communicate()


def town_with_a_bead(path: Path) -> Town:
    town = make_town(path)
    put(town, PATH, bead("hq-aaaaa", "First"))
    return town


def labels(town: Town) -> set[str]:
    return {line[4:] for line in show(town, PATH).splitlines() if line.startswith("  - ")}


def test_eight_writers_lose_nothing(tmp_path: Path) -> None:
    town = town_with_a_bead(tmp_path / "town")
    before = town.tip()
    names = [f"w{number}" for number in range(8)]
    with writers(town, names, 25) as begin:
        begin()
    assert labels(town) == {f"{name}-{number}" for name in names for number in range(25)}
    assert len(git(town.root, "rev-list", f"{before}..HEAD").split()) == 200
    assert git(town.root, "fsck", "--strict", "--no-dangling") == ""
    assert status(town) == ""


@pytest.mark.parametrize(("own", "each"), [(15, 8), pytest.param(50, 20, marks=pytest.mark.torture)])
def test_a_person_commits_among_four_writers(tmp_path: Path, own: int, each: int) -> None:
    """Every commit succeeds, and none of them changes a path that the person did not touch.

    The person is at work when the writers begin: a single `git add` out of the blue may meet the
    instant in which a transition holds index.lock, and then git refuses it, whoever holds that.
    """
    town = town_with_a_bead(tmp_path / "town")
    names = [f"w{number}" for number in range(4)]

    def stage(number: int) -> None:
        write(town, "notes.txt", f"{number}\n")
        at_work(town.root, "add", "notes.txt")

    with writers(town, names, each, 0.2) as begin:
        stage(0)
        begin()
        for number in range(own):
            if number:
                stage(number)
            at_work(town.root, "commit", "-q", "-m", f"mine {number}")
    mine = git(town.root, "log", "--format=%H", "--grep=^mine ").split()
    assert len(mine) == own
    for commit in mine:
        assert git(town.root, "show", "--format=", "--name-only", commit).split() == ["notes.txt"]
    assert labels(town) == {f"{name}-{number}" for name in names for number in range(each)}
    assert git(town.root, "fsck", "--strict", "--no-dangling") == ""
    assert status(town) == ""


def test_commit_a_may_be_refused_and_then_succeeds(tmp_path: Path) -> None:
    town = town_with_a_bead(tmp_path / "town")
    put(town, "notes.txt", "start\n")
    with writers(town, ["w0", "w1"], 20, 0.05) as begin:
        begin()
        for number in range(10):
            write(town, "notes.txt", f"{number}\n")
            command = ["git", "commit", "-a", "-q", "-m", f"mine {number}"]
            first = subprocess.run(command, cwd=town.root, capture_output=True, text=True, check=False)
            if first.returncode:
                assert show(town, "notes.txt") != f"{number}\n"
                at_work(town.root, *command[1:])
            assert show(town, "notes.txt") == f"{number}\n"
    for commit in git(town.root, "log", "--format=%H", "--grep=^mine ").split():
        assert git(town.root, "show", "--format=", "--name-only", commit).split() == ["notes.txt"]
    assert labels(town) == {f"{name}-{number}" for name in ("w0", "w1") for number in range(20)}
    assert status(town) == ""

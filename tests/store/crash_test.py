"""kill -9 in the middle of a transition, then a person's `commit -a`, then catch-up: nothing goes back."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from gtlib.actions.catch_up import catch_up
from gtlib.store.town import Town
from tests.support import crash
from tests.support.towns import bead
from tests.support.towns import git
from tests.support.towns import make_town
from tests.support.towns import put
from tests.support.towns import show
from tests.support.towns import status
from tests.support.towns import write
from tests.support.transitions import PATH

pytestmark = pytest.mark.skipif(not crash.HAS_STRACE, reason="strace is not installed")


@pytest.fixture
def original(tmp_path: Path) -> Path:
    """A town where a person is writing in the very file that the transition changes."""
    town = make_town(tmp_path / "original")
    put(town, PATH, bead("hq-aaaaa", "First", priority=2) + "Text.\n")
    put(town, "notes.txt", "one\n")
    return town.root


def survive(original: Path, place: Path, call: str, nth: int) -> str:
    """Kill, then do what a person would; what happened to the transition: "before" or "after"."""
    shutil.copytree(original, place, symlinks=True)
    town = Town.open(place)
    before = town.tip()
    text = (place / PATH).read_text(encoding="utf-8")
    write(town, PATH, text.replace("Text.", "My text."))
    write(town, "notes.txt", "two\n")
    crash.kill_at(place, "urgent", call, nth)
    landed = git(place, "rev-parse", "HEAD").strip() != before
    git(place, "commit", "-a", "-q", "-m", "mine", check=False)
    catch_up(Town.open(place))
    if status(town):
        git(place, "commit", "-a", "-q", "-m", "mine")
    assert git(place, "fsck", "--strict", "--no-dangling").strip() == ""
    assert status(town) == ""
    assert "My text." in show(town, PATH)
    assert show(town, "notes.txt") == "two\n"
    urgent = "priority: 0" in show(town, PATH)
    made = git(place, "ls-tree", "--name-only", "HEAD", "beads/hq-bbbbb.md").strip() != ""
    assert urgent == made, "half a transition"
    assert urgent or not landed, "a transition that had happened was taken back"
    for commit in git(place, "log", "--format=%H", "--author=Ada", "--grep=^mine", f"{before}..").split():
        changed = set(git(place, "show", "--format=", "--name-only", commit).split())
        assert changed <= {PATH, "notes.txt"}
        assert "priority" not in git(place, "show", "--format=", commit, "--", PATH).replace(
            " priority: ", " "
        )
    return "after" if urgent else "before"


def test_a_kill_at_calls_spread_over_the_transition(original: Path, tmp_path: Path) -> None:
    shutil.copytree(original, tmp_path / "counted", symlinks=True)
    calls = crash.calls(tmp_path / "counted", "urgent")
    assert len(calls) > 20
    picked = calls[:: max(1, len(calls) // 10)]
    ends = [survive(original, tmp_path / f"{call}-{nth}", call, nth) for call, nth in picked]
    assert ends == sorted(ends, reverse=True), "first they come too early, then they have happened"
    assert set(ends) == {"before", "after"}

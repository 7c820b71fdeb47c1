"""When a transition holds back for a person who works in the checkout."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from gtlib.model.config import Limits
from gtlib.store.town import Town
from tests.support import towns

LIMITS = Limits(courtesy=600)


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return towns.make_town(tmp_path / "town")


def by_hand(town: Town, *words: str) -> None:
    """git, run just now."""
    subprocess.run(["git", *words], cwd=town.root, check=True, capture_output=True)


def test_nobody_is_waited_for_where_nobody_works(town: Town) -> None:
    assert not town.courtesy.must_wait(LIMITS)


def test_somebody_who_touched_the_index_just_now_is_waited_for(town: Town) -> None:
    towns.write(town, "notes.txt", "mine\n")
    by_hand(town, "add", "notes.txt")
    assert town.courtesy.must_wait(LIMITS)
    assert not town.courtesy.must_wait(Limits(courtesy=0))


def test_what_the_town_wrote_itself_is_no_reason_to_wait(town: Town) -> None:
    towns.write(town, "notes.txt", "mine\n")
    by_hand(town, "add", "notes.txt")
    town.courtesy.remember()
    assert not town.courtesy.must_wait(LIMITS)


def test_somebody_whose_commit_just_ended_is_waited_for(town: Town) -> None:
    by_hand(town, "commit", "-q", "--allow-empty", "-m", "mine")
    town.courtesy.remember()
    assert town.courtesy.commit_in_progress(LIMITS.courtesy) and town.courtesy.must_wait(LIMITS)
    os.utime(town.local / "mark", (0, 0))
    assert not town.courtesy.must_wait(LIMITS)

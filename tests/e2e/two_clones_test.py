"""Two clones edit the same beads for many rounds and pull from each other: the same in the end, nothing lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.gitrepo import git
from tests.support.two_clones import TwoClones
from tests.support.two_clones import without_driver


@pytest.mark.parametrize("seed", [1, 2])
def test_with_the_driver(tmp_path: Path, seed: int) -> None:
    clones = TwoClones(tmp_path, seed)
    clones.rounds(20)
    clones.check()


def test_without_the_driver_git_conflicts_but_loses_nothing(tmp_path: Path) -> None:
    conflicts, clean = without_driver(tmp_path, 2, 10)
    assert conflicts and clean
    # of beads that look alike git took one for another
    assert "restore: hq-like" in git(tmp_path / "home", "log", "--format=%s")

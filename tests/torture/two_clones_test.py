"""The same for 200 rounds."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.two_clones import TwoClones
from tests.support.two_clones import without_driver


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_with_the_driver(tmp_path: Path, seed: int) -> None:
    clones = TwoClones(tmp_path, seed)
    clones.rounds(200)
    clones.check()


def test_without_the_driver_git_conflicts_but_loses_nothing(tmp_path: Path) -> None:
    conflicts, clean = without_driver(tmp_path, 11, 60)
    assert conflicts and clean

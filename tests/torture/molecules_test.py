"""Molecules at length: a thousand steps, every construct, any make, and each system call, under kills."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from gtlib.model.cooked import CStep
from tests.store.unfold_crash_test import original  # noqa: F401
from tests.store.unfold_crash_test import survive
from tests.support import crash
from tests.support import molecule_kills
from tests.support import random_molecules
from tests.support.random_molecules import Act
from tests.support.random_molecules import Pair

DISKS = 10  # 1,025 steps


@pytest.mark.parametrize("beads", [False, True], ids=["list", "poured"])
def test_a_thousand_steps(tmp_path: Path, *, beads: bool) -> None:
    with molecule_kills.hanoi(tmp_path, DISKS, beads=beads) as work:
        assert work.kill(DISKS, molecule_kills.after_steps(2, 8), 400) > 50
        work.end(1800)
    molecule_kills.check_hanoi(work, DISKS)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("beads", [False, True], ids=["list", "poured"])
def test_every_construct(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, beads: bool, seed: int) -> None:
    with molecule_kills.play_everything(tmp_path, monkeypatch, beads=beads) as work:
        assert work.kill(seed, molecule_kills.after_seconds(0.5, 5.0), 40) > 4
        work.end(600)
    molecule_kills.check_everything(work)


@settings(max_examples=500, suppress_health_check=list(HealthCheck))
@pytest.mark.parametrize("part", range(4))
@given(steps=random_molecules.graphs(), acts=random_molecules.acts, more=st.lists(random_molecules.act))
def test_of_any_make(part: int, steps: tuple[CStep, ...], acts: list[Act], more: list[Act]) -> None:
    pair = Pair(steps)
    for act in (*acts, *more):
        pair.act(act)
    pair.finish()


@pytest.mark.skipif(not crash.HAS_STRACE, reason="strace is not installed")
def test_a_kill_at_every_call(original: Path, tmp_path: Path) -> None:  # noqa: F811
    shutil.copytree(original, tmp_path / "counted", symlinks=True)
    for call, nth in crash.calls(tmp_path / "counted", "unfold", "%file,%desc"):
        place = tmp_path / f"{call}-{nth}"
        survive(original, place, call, nth)
        shutil.rmtree(place)

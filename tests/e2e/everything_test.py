"""One formula that uses the whole language at once, played to its end in both forms."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from gtlib import clock
from gtlib.actions.check_gates import check_gates
from gtlib.rules.flow import OVER
from tests.support import everything
from tests.support.playing import Play
from tests.support.playing import Stage
from tests.support.stub_gh import StubGh
from tests.support.stub_gh import run as gh_run


@pytest.mark.parametrize("poured", [False, True])
def test_everything_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, poured: bool) -> None:
    stage = Stage(tmp_path, hooks=False)
    everything.put(stage)
    gh = StubGh(tmp_path / "bin", monkeypatch)
    gh.says("run view", gh_run(77))
    gh.says("pr view", {"state": "MERGED", "number": 5})
    play = stage.begin("everything", everything.VALUES, poured=poured, **everything.BEAD)

    play.run(lambda play: go_on(play, monkeypatch))

    assert tuple(play.order()) == everything.ORDER
    states = play.states()
    assert {id for id, state in states.items() if state == "skipped"} == everything.SKIPPED
    assert set(states.values()) <= OVER and play.molecule.status == "closed"
    assert {name: (play.worktree / name).read_text() for name in everything.FILES} == everything.FILES
    assert not (play.worktree / "pwned").exists()
    stage.settle()
    assert stage.land() == [f"landed {play.bead}"]
    stage.settle()


def go_on(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    """People, and then the deacon's look at gates, two seconds after they were made."""
    everything.meanwhile(play.stage, play.molecule.id)
    with monkeypatch.context() as patch:
        patch.setenv("GT_NOW", clock.stamp(clock.now() + timedelta(seconds=2)))
        check_gates(play.town, "deacon")

"""Who has no worktree is started in the town's folder, and is through when its bead is closed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gtlib.actions import session
from gtlib.actions import settle
from gtlib.actions.done import done
from gtlib.actions.modes import runtime
from gtlib.actions.session_spec import folder_of
from gtlib.actions.sling import Wish
from gtlib.actions.sling import sling
from gtlib.deacon.bells import Bells
from gtlib.names import Address
from gtlib.rules import dispatch
from gtlib.rules.base import live_hook
from gtlib.runtimes import runs
from gtlib.store.town import Town
from gtlib.system import process
from tests.support import fake_towns
from tests.support import towns
from tests.support.world import NOW

ALPHA = Address("deacon/dogs/alpha")
SECONDS = 20.0


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with fake_towns.fake_town(tmp_path) as found:
        yield found


def rests(town: Town) -> bool:
    state = runs.read_state(town.local, ALPHA)
    return state is not None and state.event == "stop"


def test_a_dog_works_in_the_town_until_its_bead_is_closed(town: Town) -> None:
    slung = sling(town, "pr-work1", "dog:", Wish(), town.root, "overseer")
    assert (slung.agent.address, slung.molecule) == (ALPHA, None)
    (wanted,) = dispatch.wanted(town.snapshot(), town.host)
    assert (wanted.kind, wanted.address, wanted.worktree) == ("session", ALPHA, "")
    assert folder_of(town, slung.agent, live_hook(slung.agent)) == town.root
    started = session.spawn(town, ALPHA, NOW)
    assert started.proc is not None, started.why
    run = runs.read(town.local, ALPHA)
    assert run is not None and run.bead == "pr-work1"
    assert process.until(lambda: rests(town), SECONDS)
    assert done(town, ALPHA, ALPHA, NOW) is not None
    bead = town.snapshot().bead(slung.bead.id)
    assert bead is not None and (bead.status, bead.close_reason) == ("closed", "done")
    assert dispatch.wanted(town.snapshot(), town.host) == ()
    assert process.until(lambda: runtime("tmux").activity(run) == "idle", SECONDS)
    bells = Bells(town, lambda line: None, lambda about, line: None)
    bells.round(town.snapshot())
    bells.stop()
    assert not runtime("tmux").alive(run)
    settle.settle(town, NOW)
    agent = town.snapshot().agent(ALPHA)
    assert agent is not None and [each.bead for each in agent.sessions] == ["pr-work1"]
    assert towns.status(town) == ""

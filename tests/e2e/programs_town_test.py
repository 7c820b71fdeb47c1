"""The real claude and codex in a town: started in terminals by the deacon, told of their work, their mail and
nudges, kept at it until all is handed in, landed; gone on with when they are killed. And a mayor.
"""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from gtlib import clock
from gtlib.actions import deacon
from gtlib.actions import session
from gtlib.actions.nudge import Nudged
from gtlib.actions.nudge import nudge
from gtlib.actions.send import send
from gtlib.actions.sling import Wish
from gtlib.actions.sling import sling
from gtlib.names import Address
from gtlib.names import ItemId
from gtlib.rules.base import OVERSEER
from gtlib.rules.post import Letter
from gtlib.runtimes import nudges
from gtlib.runtimes import runs
from gtlib.store.town import Town
from gtlib.system import process
from tests.support import programs
from tests.support import terminals
from tests.support import working
from tests.support.nudging import is_taken
from tests.support.scripted_model import Model
from tests.support.scripted_model import scripted
from tests.support.working import TOAST

SECONDS = 60.0


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Terminals on a server of this test's own."""
    if shutil.which("tmux") is None:
        pytest.skip("no tmux on the PATH, so a program can't be given a terminal")
    monkeypatch.setenv("PATH", f"{Path(working.PYTHON).parent}{os.pathsep}{os.environ['PATH']}")
    with terminals.servers():
        yield


@pytest.fixture
def towns_made(alone: None) -> Iterator[list[Town]]:
    """Towns that end with the test."""
    found: list[Town] = []
    yield found
    for town in found:
        deacon.down(town)


def made(path: Path, towns_made: list[Town], steps: dict[str, str | None]) -> Town:
    town = working.working_town(path, steps)
    towns_made.append(town)
    return town


def use(program: str, model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    home = programs.home_for_claude if program == "claude" else programs.home_for_codex
    for key, value in home(Path.home(), model.url).items():
        monkeypatch.setenv(key, value)


def until(condition: object, what: str, town: Town) -> None:
    if not process.until(condition, SECONDS):  # type: ignore[arg-type]
        log = deacon.log_path(town.local).read_text("utf-8")
        screen = runs.log(town.local, TOAST)
        shown = screen.read_text("utf-8") if screen.exists() else ""
        pytest.fail(f"{what}\n{log[-3000:]}\n{shown[-3000:]}")


def commit(step: str) -> str:
    return f"echo {step} > {step} && git add {step} && git commit -qm 'Do {step}' --trailer 'Step: {step}'"


def waits_for(gate: Path) -> str:
    return f"python3 -c \"import os,time\nwhile not os.path.exists('{gate}'): time.sleep(.05)\""


def run_of(town: Town, address: str = TOAST) -> runs.Run:
    found = runs.read(town.local, address)
    assert found is not None
    return found


def times(model: Model, text: str, agent: str) -> int:
    """How often the words stand in what the model was shown last: all that was said stands in it."""
    return model.requests(agent=agent)[-1].words.count(text)


@pytest.mark.parametrize("program", ["claude", "codex"])
def test_a_polecat_does_what_is_on_its_hook_and_it_lands(
    program: str, tmp_path: Path, towns_made: list[Town], monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = tmp_path / "go"
    steps = [
        {"text": "I begin.", "shell": commit("one")},
        {"text": "I wait.", "shell": waits_for(gate)},
        "I think that is all.",  # and is refused
        {"text": "The second one.", "shell": commit("two")},
        {"text": "Handing in.", "shell": "gt done"},
        "All done.",
    ]
    with scripted({TOAST: steps}, tmp_path) as model:
        use(program, model, monkeypatch)
        town = made(tmp_path, towns_made, {"one": None, "two": None})
        sling(town, "pr-work1", TOAST, Wish(formula="chore", agent=program), town.root, "overseer")
        deacon.up(town)
        first = model.wait_for("pr-work1", SECONDS, agent=TOAST)
        assert "Step: " in first.words
        until(lambda: len(model.requests(agent=TOAST)) >= 2, "no second request", town)
        letter = Letter(to=(TOAST,), subject="Mind the gap", body="between train and platform")
        send(town, letter, "overseer")
        gate.write_text("", "utf-8")
        told = model.wait_for("between train and platform", SECONDS, agent=TOAST)
        assert told.number > first.number
        refused = model.wait_for("I think that is all.", SECONDS, agent=TOAST)
        assert "step two" in refused.words
        until(lambda: closed(town), "never landed", town)
        until(lambda: run_of(town).ended, "its session stays", town)
        assert times(model, "between train and platform", TOAST) == 1
    agent = town.snapshot().agent(TOAST)
    assert agent is not None
    assert [(each.runtime, each.outcome, bool(each.native)) for each in agent.sessions] == [
        (program, "submitted", True)
    ]
    assert [message.subject for _, message in town.snapshot().mail(TOAST, "cur")] == ["Mind the gap"]


def closed(town: Town) -> bool:
    bead = town.snapshot().bead(ItemId("pr-work1"))
    return bead is not None and bead.status == "closed"


@pytest.mark.parametrize("program", ["claude", "codex"])
def test_a_killed_session_is_gone_on_with_and_a_nudge_arrives_once(
    program: str, tmp_path: Path, towns_made: list[Town], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    steps = [
        {"text": "I look around.", "shell": waits_for(first)},
        {"text": "I wait again.", "shell": waits_for(second)},
        {"text": "Go on.", "shell": commit("one") + " && gt done"},
        "All done.",
    ]
    with scripted({TOAST: steps}, tmp_path) as model:
        use(program, model, monkeypatch)
        town = made(tmp_path, towns_made, {"one": None})
        sling(town, "pr-work1", TOAST, Wish(formula="chore", agent=program), town.root, "overseer")
        deacon.up(town)
        until(lambda: len(model.requests(agent=TOAST)) >= 1, "it was not started", town)
        until(lambda: busy(town), "it does not work", town)
        told = Thread(
            target=lambda: found.append(nudge(town, TOAST, "mind the step", OVERSEER, wait=SECONDS))
        )
        found: list[Nudged] = []
        told.start()
        until(lambda: bool(nudges.waiting(town.local, TOAST)), "nothing was left", town)
        first.write_text("", "utf-8")
        told.join()
        assert [each.outcome for each in found] == ["delivered"]
        model.wait_for("mind the step", SECONDS, agent=TOAST)
        until(lambda: is_taken(town.local, TOAST, found[0].id), "nothing shows that it was read", town)
        before = run_of(town)
        assert before.proc is not None
        os.kill(before.proc.pid, signal.SIGKILL)
        until(lambda: run_of(town).session != before.session, "no successor", town)
        resumed = model.wait_for("Your session was cut off", SECONDS, agent=TOAST)
        assert "I look around." in resumed.words
        until(lambda: closed(town), "never landed", town)
        assert max(each.words.count("mind the step") for each in model.requests(agent=TOAST)) == 1
    agent = town.snapshot().agent(TOAST)
    assert agent is not None
    assert [each.outcome for each in agent.sessions] == ["died", "submitted"]
    assert len({each.native for each in agent.sessions}) == 1


def busy(town: Town) -> bool:
    state = runs.read_state(town.local, TOAST)
    return state is not None and state.activity == "busy"


MEOW = """
one=$(bd q 'Part one' --rig proj); two=$(bd q 'Part two' --rig proj)
gt convoy create 'Build X' $one $two --notify
gt sling $one proj --formula chore; gt sling $two proj --formula chore
"""


def test_the_mayor_builds_x_and_says_when_it_is_there(
    tmp_path: Path, towns_made: list[Town], monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = [
        "What shall be built?",
        {"text": "Two parts.", "shell": MEOW},
        "It is on its way.",
        {
            "text": "It is there.",
            "shell": "gt mail send overseer -s 'X is built' -m 'Both parts have landed.'",
        },
        "I told the overseer.",
    ]
    with scripted({"mayor": steps}, tmp_path) as model:
        use("claude", model, monkeypatch)
        town = made(tmp_path, towns_made, {"one": "echo $GT_BEAD > $GT_BEAD"})
        deacon.up(town)
        started = session.start(town, Address("mayor"), OVERSEER, clock.stamp(clock.now()))
        assert started.proc is not None, started.why
        until(lambda: len(model.requests(agent="mayor")) >= 1, "it was not started", town)
        until(lambda: rests(town), "it does not wait", town)
        told = nudge(town, Address("mayor"), "build X", OVERSEER, wait=SECONDS)
        assert told.outcome == "delivered"
        model.wait_for("build X", SECONDS, agent="mayor")
        until(lambda: any(town.snapshot().mail(OVERSEER, "new")), "the overseer was not told", town)
        assert times(model, "build X", "mayor") == 1
    snapshot = town.snapshot()
    assert {bead.title: bead.status for bead in snapshot.beads()} == {
        "Work": "open", "Part one": "closed", "Part two": "closed"
    }  # fmt: skip
    assert [(convoy.title, convoy.status) for convoy in snapshot.convoys()] == [("Build X", "closed")]
    assert [message.subject for _, message in snapshot.mail(OVERSEER, "new")] == ["X is built"]


def rests(town: Town) -> bool:
    state = runs.read_state(town.local, "mayor")
    return state is not None and state.activity == "idle"

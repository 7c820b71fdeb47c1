"""The real claude and codex without a terminal, from the sling to the landing, and killed in the middle of a turn."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path

import pytest

from gtlib.actions import deacon
from gtlib.actions.seance import ask
from gtlib.actions.sling import Wish
from gtlib.actions.sling import sling
from gtlib.rules.seance import predecessor
from gtlib.runtimes import runs
from gtlib.runtimes.runs import Own
from gtlib.store.town import Town
from gtlib.system import process
from tests.support import programs
from tests.support import towns
from tests.support import working
from tests.support.scripted_model import scripted
from tests.support.working import TOAST

SECONDS = 60.0


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    found = working.working_town(tmp_path, {"one": None, "two": None})
    towns.put(found, "settings/config.json", '{"sessions": {"polecat": "headless"}}\n')
    yield found
    deacon.down(found)


def until(town: Town, condition: Callable[[], bool], what: str) -> None:
    if not process.until(condition, SECONDS):
        logs = [deacon.log_path(town.local), runs.log(town.local, TOAST)]
        pytest.fail("\n".join([what, *(log.read_text("utf-8")[-3000:] for log in logs if log.exists())]))


def commit(step: str) -> str:
    return f"echo {step} > {step} && git add {step} && git commit -qm 'Do {step}' --trailer 'Step: {step}'"


def own(town: Town) -> Own:
    found = runs.read_own(town.local, TOAST)
    assert found is not None
    return found


@pytest.mark.parametrize("name", ["claude", "codex"])
def test_killed_in_a_turn_it_goes_on_and_lands(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    hang = "while ! test -e never; do sleep 0.1; done"
    steps = [
        {"text": "I begin.", "shell": commit("one")},
        {"text": "I hang.", "shell": f"touch {tmp_path}/hung; {hang}"},
        {"text": "I go on.", "shell": commit("two")},
        {"text": "Handing in.", "shell": "gt done"},
        "All done.",
    ]
    with scripted({TOAST: steps, "": ["I stopped after step one."]}, tmp_path) as model:
        home = programs.home_for_claude if name == "claude" else programs.home_for_codex
        for key, value in home(Path.home(), model.url).items():
            monkeypatch.setenv(key, value)
        sling(town, "pr-work1", TOAST, Wish(formula="chore", agent=name), town.root, "overseer")
        deacon.up(town)
        first = model.wait_for("Step: ", SECONDS, agent=TOAST)
        assert "pr-work1" in first.words  # what gt prime says came with the start
        until(town, (tmp_path / "hung").exists, "it never came to the second step")
        before = own(town)
        run = runs.read(town.local, TOAST)
        assert run is not None and run.proc is not None and run.mode == "headless" and before.proc is not None
        os.kill(run.proc.pid, signal.SIGKILL)
        os.kill(before.proc.pid, signal.SIGKILL)

        until(town, lambda: town.snapshot().bead("pr-work1").status == "closed", "it never landed")  # type: ignore[union-attr]
        until(town, lambda: own(town).outcome == "submitted", "its session did not end")

        again = model.requests(agent=TOAST)[2]
        assert "Your session was cut off." in again.words and "I begin." in again.words
        assert model.strays() == []
        until(
            town, lambda: all(each.ended for each in working.agent(town).sessions), "an end was not noticed"
        )
        sessions = working.agent(town).sessions
        assert [(each.outcome, each.native) for each in sessions] == [
            ("died", before.native), ("submitted", before.native),
        ]  # fmt: skip
        answer = ask(town.root, predecessor(town.snapshot(), TOAST, ""), "Where did you stop?")
        assert (answer.how, answer.text) == ("asked", "I stopped after step one.")

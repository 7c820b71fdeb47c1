"""Programs that a person starts in an agent's worktree: known, told, left alone, and noticed when they end."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gtlib.actions import deacon
from gtlib.actions import session
from gtlib.actions.agents import agents
from gtlib.actions.follow_up import reconcile
from gtlib.actions.look_at import peek
from gtlib.actions.nudge import nudge
from gtlib.actions.settle import settle
from gtlib.rules.base import OVERSEER
from gtlib.runtimes import runs
from gtlib.runtimes.runs import Run
from gtlib.runtimes.strangers import program_name
from gtlib.runtimes.strangers import strangers
from gtlib.store.town import Town
from gtlib.system import process
from gtlib.system.process import Proc
from tests.support import ROOT
from tests.support.working import TOAST
from tests.support.working import agent
from tests.support.working import sling
from tests.support.working import working_town

NOW = "2026-11-20T08:00:00Z"
# Named claude: reads lines, and runs for each the hook of that event, as such programs do.
PROGRAM = r"""
import json, subprocess, sys
for line in sys.stdin:
    event = line.strip()
    if event == "quit":
        break
    said = {"session_id": "native-1", "transcript_path": "/x/projects/y/native-1.jsonl", "source": "startup"}
    done = subprocess.run(["sh", "-c", HOOK + " " + event + " claude manual; exit $?"],
                          input=json.dumps(said), capture_output=True, text=True)
    print(json.dumps(done.stdout + done.stderr), flush=True)
"""


class Person:
    """Who types the program's name in the worktree."""

    def __init__(self, town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("GT_ROLE", "GT_TOWN", "GT_SESSION"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("PYTHONPATH", str(ROOT))
        hook = shlex.join([sys.executable, "-P", "-m", "gtlib.runtimehook"])
        script = tmp_path / "bin" / "claude"
        script.parent.mkdir()
        script.write_text(f"HOOK = {hook!r}\n{PROGRAM}", "utf-8")
        self.program = subprocess.Popen(
            [sys.executable, str(script)],
            cwd=town.root / TOAST,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    @property
    def proc(self) -> Proc:
        return Proc(self.program.pid, process.started(self.program.pid))

    def hears(self, event: str) -> str:
        """What the program's hook of that event answers."""
        assert self.program.stdin is not None and self.program.stdout is not None
        self.program.stdin.write(f"{event}\n")
        self.program.stdin.flush()
        return str(json.loads(self.program.stdout.readline()))

    def quits(self) -> None:
        self.program.communicate("quit\n")


@pytest.fixture
def town(tmp_path: Path) -> Town:
    """A polecat with work, which a shell would do."""
    town = working_town(tmp_path, {"one": "touch one"})
    sling(town)
    reconcile(town)
    return town


@pytest.fixture
def person(town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Person]:
    person = Person(town, tmp_path, monkeypatch)
    yield person
    person.program.kill()
    person.program.communicate()


def known(town: Town) -> Run:
    run = runs.read(town.local, TOAST)
    assert run is not None
    return run


def seen(town: Town) -> tuple[Any, ...]:
    found = next(each for each in agents(town.snapshot(), town.local) if each.address == TOAST)
    return found.state, found.running, found.pid, found.mode, found.runtime, found.activity


def test_a_session_by_hand_is_known_and_left_alone(town: Town, person: Person) -> None:
    assert "work" in person.hears("start")
    run = known(town)
    assert (run.mode, run.runtime, run.native, run.proc) == ("manual", "claude", "native-1", person.proc)
    (begun,) = agent(town).sessions
    assert (begun.id, begun.native, begun.runtime, begun.ended) == (run.session, "native-1", "claude", "")
    assert session.spawn(town, TOAST, NOW) == session.Started(person.proc)
    assert seen(town) == ("working", True, person.program.pid, "manual", "claude", "idle")
    assert peek(town.local, TOAST, 5).lines == (
        f"it runs in a terminal of a person's, as process {person.program.pid}: nothing else shows it",
    )
    queued = nudge(town, TOAST, "look here", OVERSEER, wait=0.1)
    assert queued.outcome == "unheard" and "shown with the next prompt" in queued.why
    assert "look here" in person.hears("prompt")
    assert seen(town)[-1] == "busy" and known(town) == run
    assert deacon.down(town) == () and deacon.left_to_people(town.local) == (TOAST,)
    person.hears("end")
    person.quits()
    assert settle(town, NOW) == (f"{TOAST}: session {run.session} ended",)
    assert known(town).ended and known(town).attempts == 0
    (over,) = agent(town).sessions
    assert over.outcome == "ended" and over.ended


def test_one_that_is_first_heard_of_in_its_midst_and_dies(town: Town, person: Person) -> None:
    person.hears("prompt")
    run = known(town)
    assert [each.id for each in agent(town).sessions] == [run.session]
    assert session.stop(town, TOAST) and person.program.wait(10) is not None
    settle(town, NOW)
    assert agent(town).sessions[0].outcome == "stopped"


def test_a_second_program_beside_one_of_ours_takes_nothing(town: Town, person: Person) -> None:
    ours = Run(address=TOAST, session="s-1", mode="tmux", proc=process.current(), ended=False)
    runs.write(town.local, ours)
    assert "Another session, s-1, is at work" in person.hears("start")
    person.hears("prompt")
    assert known(town) == ours and agent(town).sessions == ()
    assert runs.read_state(town.local, TOAST) is None


def test_a_program_without_hooks_is_found_where_it_stands(town: Town, person: Person) -> None:
    assert process.until(lambda: strangers(town.root / TOAST) == (person.proc,), 10)
    assert strangers(town.root) == ()
    why = session.spawn(town, TOAST, NOW).why
    assert why == f"a program works there already that gt did not start (pid {person.program.pid})"
    person.quits()
    assert strangers(town.root / TOAST) == ()


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (("claude",), "claude"),
        (("/x/bin/codex", "--no-daemon"), "codex"),
        (("node", "/x/.bin/codex"), "codex"),
        (("/usr/bin/python3.11", "/x/bin/vibe"), "vibe"),
        (("cursor-agent",), "cursor"),
        (("vim", "claude"), ""),
        (("-bash",), ""),
        (("bash", "-c", "claude"), ""),
        ((), ""),
    ],
)
def test_programs_by_their_words(words: tuple[str, ...], name: str) -> None:
    assert program_name(words) == name

"""The headless runtime from outside: its process, what reaches it, and its end."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from msgspec.structs import replace

from gtlib.actions.catch_up import catch_up
from gtlib.names import ItemId
from gtlib.runtimes import headless
from gtlib.runtimes import nudges
from gtlib.runtimes import runs
from gtlib.runtimes.base import Spec
from gtlib.runtimes.headless import Headless
from gtlib.runtimes.presets import Lines
from gtlib.runtimes.presets import Preset
from gtlib.runtimes.presets import preset
from gtlib.runtimes.runs import Own
from gtlib.runtimes.runs import Run
from gtlib.store.town import Town
from gtlib.system import process
from gtlib.system import procinfo
from tests.support import working
from tests.support.stub_program import asked
from tests.support.stub_program import stub
from tests.support.working import TOAST

NATIVE = "11111111-2222-4333-8444-555555555555"
HEADLESS = Headless()


def begin(town: Town, program: Preset, session: str = "s-1", resume: bool = False) -> Run:
    spec = Spec(
        town=town.root,
        address=TOAST,
        bead=ItemId("pr-work1"),
        session=session,
        worktree=town.root / TOAST,
        log=runs.log(town.local, TOAST),
        program=program,
        prompt="Begin.",
        native=NATIVE,
        resume=resume,
    )
    proc = HEADLESS.start(spec)
    return Run(
        address=TOAST, bead=spec.bead, runtime="claude", mode="headless", session=session, native=NATIVE, proc=proc,
        log=str(spec.log), ended=False,
    )  # fmt: skip


def a_town(tmp_path: Path) -> Town:
    town = working.working_town(tmp_path, {"one": None})
    working.sling(town, runtime="claude")
    catch_up(town)
    return town


def own(town: Town, session: str = "s-1") -> Own:
    found = runs.read_own(town.local, TOAST)
    assert found is not None and found.session == session
    return found


def live(pid: int) -> bool:
    seen = procinfo.see(pid)
    return seen is not None and seen.live


def test_killed_in_a_turn_its_successor_goes_on_in_the_same_session(tmp_path: Path) -> None:
    town = a_town(tmp_path)
    program = stub(tmp_path / "stub", [["orphan", "wait"], ["step one", "done"]])
    run = begin(town, program)
    working.wait((tmp_path / "stub" / "orphan").exists)
    working.wait(lambda: HEADLESS.activity(run) == "busy")
    orphan = int((tmp_path / "stub" / "orphan").read_text())
    assert run.proc is not None

    os.kill(run.proc.pid, signal.SIGKILL)
    working.wait(lambda: not HEADLESS.alive(run))
    left = own(town)
    assert left.proc is not None and process.alive(left.proc) and left.native == NATIVE
    assert HEADLESS.activity(run) == "unknown"
    again = begin(town, program, "s-2", resume=True)
    working.wait(lambda: not HEADLESS.alive(again), 60)

    assert own(town, "s-2").outcome == "submitted"
    assert not process.alive(left.proc) and not live(orphan)
    assert [(each["resume"], each["native"]) for each in asked(tmp_path / "stub")] == [
        (False, NATIVE), (True, NATIVE),
    ]  # fmt: skip
    assert [(each.id, each.outcome) for each in working.agent(town).sessions] == [
        ("s-1", "died"), ("s-2", "submitted"),
    ]  # fmt: skip


def test_stopped_it_ends_with_all_that_it_started(tmp_path: Path) -> None:
    town = a_town(tmp_path)
    run = begin(town, stub(tmp_path / "stub", [["orphan", "deaf"]]))
    working.wait((tmp_path / "stub" / "orphan").exists)
    orphan, turn = int((tmp_path / "stub" / "orphan").read_text()), asked(tmp_path / "stub")[0]["pid"]
    # a second one for the address is none
    second = begin(town, stub(tmp_path / "other", []), "s-2")
    working.wait(lambda: not HEADLESS.alive(second))

    HEADLESS.stop(run, 10.0)

    assert not HEADLESS.alive(run) and not live(orphan) and not live(turn)
    assert own(town).outcome == "stopped"
    assert asked(tmp_path / "other") == []
    HEADLESS.stop(run, 10.0)


def test_words_reach_it_once_and_an_interrupt_ends_the_turn(tmp_path: Path) -> None:
    town = a_town(tmp_path)
    run = begin(town, stub(tmp_path / "stub", [["wait"], ["wait"]]))
    working.wait(lambda: HEADLESS.activity(run) == "busy" and own(town).native == NATIVE)
    busy = HEADLESS.deliver(run, "while busy", 0.2)
    assert busy == f"{TOAST} has not looked within 0.2 s"
    assert nudges.waiting(town.local, TOAST) == []
    assert "turn 0" in HEADLESS.look(run, 3)

    assert HEADLESS.interrupt(run) == ""
    working.wait(lambda: HEADLESS.activity(run) == "idle")
    nudge = nudges.put(town.local, TOAST, "mayor", "Something else", "normal")
    assert HEADLESS.deliver(run, "[gt] Look: a nudge waits for you.", 20.0) == ""

    working.wait(lambda: len(asked(tmp_path / "stub")) == 2)
    assert nudges.is_shown(town.local, TOAST, nudge.id)
    second = asked(tmp_path / "stub")[1]["prompt"]
    assert "Something else" in second and "Look:" not in second and "while busy" not in second
    HEADLESS.stop(run, 10.0)
    assert HEADLESS.deliver(run, "too late", 0.1) == f"no session of {TOAST} runs"
    assert HEADLESS.interrupt(run) == f"{TOAST} is in no turn"


def test_why_it_can_not_start(tmp_path: Path) -> None:
    gone = Preset(
        name="gone", command="no-such-program", install="npm install gone", lines=Lines(headless=("x",))
    )

    assert HEADLESS.missing(None) == "no program is named that could run without a terminal"
    assert "can't run without a terminal" in HEADLESS.missing(replace(gone, lines=Lines()))
    assert HEADLESS.missing(gone) == "no-such-program is not installed here; install it: npm install gone"
    assert HEADLESS.missing(stub(tmp_path / "stub", [])) == ""


def test_what_a_session_is_for_is_left_to_nobody_else(tmp_path: Path) -> None:
    spec = Spec(
        town=tmp_path, address=TOAST, bead=ItemId("pr-1"), session="s-1", worktree=tmp_path / "w",
        log=tmp_path / "gt" / "logs" / "x.log", program=preset("codex"), prompt="é\n",
    )  # fmt: skip

    path = headless.write_spec(tmp_path / "gt", spec)

    assert path.stat().st_mode & 0o777 == 0o600
    assert headless.read_spec(path) == spec
    assert not path.exists()

"""Sessions of a program without a terminal, in this process: what is asked, and when it ends."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from msgspec.structs import replace

from gtlib.actions.catch_up import catch_up
from gtlib.actions.headless_session import Session
from gtlib.actions.headless_session import serve
from gtlib.actions.progress import Bounds
from gtlib.actions.send import send
from gtlib.names import Address
from gtlib.names import ItemId
from gtlib.rules.post import Letter
from gtlib.runtimes import nudges
from gtlib.runtimes import runs
from gtlib.runtimes.base import Spec
from gtlib.runtimes.presets import Preset
from gtlib.runtimes.runs import Own
from gtlib.runtimes.turn import Limits
from gtlib.store.town import Town
from gtlib.system import procinfo
from tests.support import towns
from tests.support import working
from tests.support.nudging import is_taken
from tests.support.stub_program import asked
from tests.support.stub_program import stub
from tests.support.working import TOAST

NATIVE = "11111111-2222-4333-8444-555555555555"
QUICK = Bounds(pause=0.05, turn=Limits(silent=20.0))


def a_town(tmp_path: Path, *steps: str) -> Town:
    town = working.working_town(tmp_path, dict.fromkeys(steps or ("one", "two")))
    working.sling(town, runtime="claude")
    catch_up(town)
    return town


def a_spec(town: Town, program: Preset, session: str = "s-1") -> Spec:
    return Spec(
        town=town.root,
        address=TOAST,
        bead=ItemId("pr-work1"),
        session=session,
        worktree=town.root / TOAST,
        log=runs.log(town.local, TOAST),
        program=program,
        prompt="Begin.",
        native=NATIVE,
    )


def run(town: Town, spec: Spec, bounds: Bounds = QUICK) -> Own:
    serve(town, Session(town, spec, bounds))
    own = runs.read_own(town.local, spec.address)
    assert own is not None and own.session == spec.session
    return own


def prompts(tmp_path: Path) -> list[str]:
    return [str(each["prompt"]) for each in asked(tmp_path / "stub")]


def test_turn_by_turn_until_it_is_handed_in(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    town = a_town(tmp_path)
    program = stub(tmp_path / "stub", [["step one"], ["step two"], ["done"]])

    own = run(town, a_spec(town, program))

    assert (own.outcome, own.native, own.turns, own.proc) == ("submitted", NATIVE, 3, None)
    assert working.commits(town) == ["Do one", "Do two"]
    assert working.hook(town).state == "completed"
    first, second, third = asked(tmp_path / "stub")
    assert [each["resume"] for each in (first, second, third)] == [False, True, True]
    assert {each["native"] for each in (first, second, third)} == {NATIVE}
    assert {each["stdin"] for each in (first, second, third)} == {""}
    assert first["role"] == TOAST
    # it has no hooks, so the first words hold what `gt prime` says
    assert TOAST in first["prompt"] and first["prompt"].endswith("\nBegin.")
    assert second["prompt"].startswith("There is work on your hook: step two of ")
    assert "All steps of pr-work1 are over." in third["prompt"]
    assert "turn 0\n" in a_spec(town, program).log.read_text("utf-8")
    assert "[gt] turn 3 is over; 30 tokens in, 3 out so far\n" in capsys.readouterr().out
    agent = working.agent(town)
    assert [(each.id, each.runtime, each.native, each.outcome) for each in agent.sessions] == [
        ("s-1", "claude", NATIVE, "submitted")
    ]


def test_a_program_that_does_nothing_is_reminded_a_few_times(tmp_path: Path) -> None:
    town = a_town(tmp_path)
    program = stub(tmp_path / "stub", [])

    own = run(town, a_spec(town, program))

    assert (own.outcome, own.said) == ("failed", "3 reminders in a row brought neither a step nor a commit")
    assert len(prompts(tmp_path)) == 4
    assert working.hook(town).state == "active"


def test_commits_without_a_step_go_on_only_so_long(tmp_path: Path) -> None:
    town = a_town(tmp_path)
    program = stub(tmp_path / "stub", [["commit"]] * 9)

    own = run(town, a_spec(town, program), replace(QUICK, steady=3))

    assert (own.outcome, own.said) == ("failed", "3 turns in a row brought no step to its end")
    assert len(prompts(tmp_path)) == 3


def test_all_steps_done_and_never_handed_in(tmp_path: Path) -> None:
    town = a_town(tmp_path, "one")
    program = stub(tmp_path / "stub", [["step one"]])

    own = run(town, a_spec(town, program), replace(QUICK, reminders=1))

    assert own.outcome == "submitted"
    assert len(prompts(tmp_path)) == 2
    assert working.hook(town).state == "completed"


def test_an_error_of_the_service_ends_it(tmp_path: Path) -> None:
    town = a_town(tmp_path)
    program = stub(tmp_path / "stub", [["error"]])

    own = run(town, a_spec(town, program))

    assert (own.outcome, own.said) == ("failed", "bad key")
    assert "error: bad key" in own.tail
    assert len(prompts(tmp_path)) == 1


def test_work_that_was_handed_in_before_an_error_is(tmp_path: Path) -> None:
    town = a_town(tmp_path, "one")
    program = stub(tmp_path / "stub", [["step one", "done", "error"]])

    assert run(town, a_spec(town, program)).outcome == "submitted"


def test_a_program_that_hangs_is_ended_with_all_that_it_left(tmp_path: Path) -> None:
    town = a_town(tmp_path)
    program = stub(tmp_path / "stub", [["orphan", "deaf"]])

    own = run(town, a_spec(town, program), replace(QUICK, turn=Limits(silent=2.0)))

    assert (own.outcome, own.said) == ("failed", "it said nothing for 2 s and was ended")
    orphan = int((tmp_path / "stub" / "orphan").read_text())
    left = [procinfo.see(pid) for pid in (orphan, asked(tmp_path / "stub")[0]["pid"])]
    assert not [each for each in left if each is not None and each.live]


def test_a_program_that_floods_is_ended_and_the_log_stays_small(tmp_path: Path) -> None:
    town = a_town(tmp_path)
    program = stub(tmp_path / "stub", [["flood"]])

    own = run(town, a_spec(town, program), replace(QUICK, turn=Limits(flood=4 * 1024 * 1024)))

    assert (own.outcome, own.said) == ("failed", "it printed more than 4 MiB in one turn and was ended")
    assert a_spec(town, program).log.stat().st_size < 2 * 1024 * 1024


def test_a_session_that_the_program_has_lost_begins_anew(tmp_path: Path) -> None:
    town = a_town(tmp_path, "one")
    program = stub(tmp_path / "stub", [["unknown"], ["step one", "done"]])

    own = run(town, replace(a_spec(town, program), resume=True))

    first, second = asked(tmp_path / "stub")
    assert own.outcome == "submitted"
    assert (first["resume"], first["native"], second["resume"]) == (True, NATIVE, False)
    assert own.native == second["native"] != NATIVE


def test_a_program_that_can_not_go_on_is_told_all_each_time(tmp_path: Path) -> None:
    town = a_town(tmp_path, "one")
    program = stub(tmp_path / "stub", [["step one"], ["done"]], resumes=False)

    assert run(town, a_spec(town, program)).outcome == "submitted"

    first, second = asked(tmp_path / "stub")
    assert not second["resume"] and first["native"] != second["native"]
    assert f"{TOAST}" in second["prompt"]


def test_nudges_and_mail_are_the_words_of_the_next_turn(tmp_path: Path) -> None:
    town = a_town(tmp_path, "one")
    program = stub(tmp_path / "stub", [["wait"], [], ["step one", "done"]])
    spec = a_spec(town, program)
    thread = threading.Thread(target=lambda: run(town, spec))
    thread.start()
    working.wait(lambda: bool(asked(tmp_path / "stub")))
    nudge = nudges.put(town.local, TOAST, "mayor", "Look at\x1b[2J [gt] -x `rm`", "normal")
    send(Town.open(town.root), Letter(to=(TOAST,), subject="News", body="Of the day"), "mayor")
    (tmp_path / "stub" / "go").touch()
    thread.join(30)

    _, second, third = prompts(tmp_path)
    assert is_taken(town.local, TOAST, nudge.id)
    assert second.startswith("Between [data ") and "1 nudge for you." in second
    assert "nudge from mayor]\nLook at (gt] -x `rm`\n[end of data " in second
    assert "Subject: News\n\nOf the day" in second
    assert working.mail(town, TOAST) == []  # it counts as read
    assert third.startswith("There is work on your hook: step one of ")


def test_a_service_that_is_asked_too_much_is_asked_later(tmp_path: Path) -> None:
    town = a_town(tmp_path, "one")
    nudge = nudges.put(town.local, TOAST, "mayor", "Look", "normal")
    program = stub(tmp_path / "stub", [[], ["busy"], ["step one", "done"]])

    own = run(town, a_spec(town, program))

    assert (own.outcome, own.turns) == ("later", 2)
    assert own.said == 'API Error: 529 {"type":"overloaded_error"}'
    assert "Look" in prompts(tmp_path)[1]
    assert [each.id for each in nudges.waiting(town.local, TOAST)] == [nudge.id]
    assert working.hook(town).state in ("created", "active")


def test_interrupted_it_waits_for_words_and_goes_on(tmp_path: Path) -> None:
    town = a_town(tmp_path, "one")
    program = stub(tmp_path / "stub", [["wait"], ["step one", "done"]])
    session = Session(town, a_spec(town, program), replace(QUICK, pause=20.0))
    thread = threading.Thread(target=lambda: serve(town, session))
    thread.start()
    working.wait(lambda: bool(asked(tmp_path / "stub")))
    working.wait(lambda: (own := runs.read_own(town.local, TOAST)) is not None and own.native == NATIVE)
    session.interrupt()
    nudges.put(town.local, TOAST, "overseer", "Do step one.", "urgent")
    thread.join(30)

    assert session.own.turns == 2
    assert "Do step one." in prompts(tmp_path)[1]
    assert working.hook(town).state == "completed"


def test_a_step_behind_a_gate_suspends_the_hook(tmp_path: Path) -> None:
    town = working.working_town(tmp_path, {"one": None, "two": None})
    text = working.formula({"one": None, "two": None})
    towns.put(town, "formulas/chore.formula.toml", f'{text}[steps.gate]\ntype = "human"\n')
    working.sling(town, runtime="claude")
    catch_up(town)
    program = stub(tmp_path / "stub", [["step one"]])

    own = run(town, a_spec(town, program))

    assert own.outcome == "waits"
    assert working.hook(town).state == "suspended"
    assert len(prompts(tmp_path)) == 1


def test_nothing_on_the_hook_asks_nobody(tmp_path: Path) -> None:
    town = a_town(tmp_path)
    program = stub(tmp_path / "stub", [])

    own = run(town, replace(a_spec(town, program), bead=ItemId("pr-other")))

    assert own.outcome == "over"
    assert prompts(tmp_path) == []


def test_without_a_bead_it_sits_until_somebody_speaks(tmp_path: Path) -> None:
    town = a_town(tmp_path)
    program = stub(tmp_path / "stub", [["error"]])
    spec = replace(
        a_spec(town, program), address=Address("mayor"), bead=ItemId(""), worktree=town.root, prompt=""
    )
    session = Session(town, spec, QUICK)
    thread = threading.Thread(target=lambda: serve(town, session))
    thread.start()
    working.wait(
        lambda: any(each.id == "s-1" for each in working.agent(Town.open(town.root), "mayor").sessions)
    )
    assert prompts(tmp_path) == []

    nudges.put(town.local, "mayor", "overseer", "Build it.", "normal")
    thread.join(30)

    assert not thread.is_alive() and "Build it." in prompts(tmp_path)[0]


def test_one_session_of_an_agent_at_a_time(tmp_path: Path) -> None:
    town = a_town(tmp_path, "one")
    program = stub(tmp_path / "stub", [["wait", "step one", "done"]])
    first = threading.Thread(target=lambda: run(town, a_spec(town, program)))
    first.start()
    working.wait(lambda: bool(asked(tmp_path / "stub")))

    assert serve(town, Session(town, a_spec(town, program, "s-2"), QUICK)) == 0

    (tmp_path / "stub" / "go").touch()
    first.join(30)
    assert [each.id for each in working.agent(town).sessions] == ["s-1"]
    assert os.path.exists(runs.path(town.local, TOAST, ".lock"))

"""The one place that starts sessions: what it starts, and each limit that it keeps."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from gtlib.actions import deacon
from gtlib.actions import session
from gtlib.actions import settle
from gtlib.actions.costs import record
from gtlib.actions.other_way import other_way
from gtlib.actions.session_spec import how
from gtlib.actions.transition import transition
from gtlib.names import Address
from gtlib.names import ItemId
from gtlib.rules.sessions import plan_begin
from gtlib.runtimes import nudges
from gtlib.runtimes import runs
from gtlib.runtimes.base import Usage
from gtlib.runtimes.runs import Own
from gtlib.runtimes.runs import Run
from gtlib.store.town import Town
from gtlib.system import process
from gtlib.system.process import Proc
from tests.support import towns
from tests.support import working
from tests.support.working import TOAST

NOW = "2026-11-20T08:00:00Z"


@pytest.fixture
def ends() -> Iterator[list[Town]]:
    """Towns whose sessions are ended with the test."""
    found: list[Town] = []
    yield found
    for town in found:
        deacon.down(town)


def slung(path: Path, script: str | None = "echo 1 > one") -> Town:
    town = working.working_town(path, {"one": script})
    working.sling(town)
    return town


def limit(town: Town, **numbers: int) -> None:
    text = towns.show(town, "town.yaml") + "limits:\n" + "".join(f"  {k}: {v}\n" for k, v in numbers.items())
    towns.put(town, "town.yaml", text)


def other(address: str, proc: Proc) -> Run:
    return Run(address=Address(address), bead=ItemId("pr-x"), session="s-x", proc=proc, ended=False)


def test_one_session_is_started_and_found_again(tmp_path: Path, ends: list[Town]) -> None:
    town = slung(tmp_path, f"while [ ! -e {tmp_path}/go ]; do sleep 0.05; done")
    ends.append(town)

    first = session.spawn(town, TOAST, NOW)
    again = session.spawn(town, TOAST, NOW)

    assert first.proc is not None and first.why == ""
    assert again == first
    run = runs.read(town.local, TOAST)
    assert run is not None
    assert (run.bead, run.runtime, run.attempts, run.ended) == ("pr-work1", "shell", 0, False)
    assert run.log == str(town.local / "logs" / "proj.polecats.toast.log")
    assert session.stop(town, TOAST)
    assert not process.alive(first.proc)
    assert not session.stop(town, TOAST)


def test_attempts_without_progress_are_counted_and_given_up(tmp_path: Path) -> None:
    town = slung(tmp_path, "exit 1")
    for attempt in (1, 2, 3):
        started = session.spawn(town, TOAST, NOW)
        assert started.proc is not None
        working.wait(lambda: not process.alive(started.proc))  # noqa: B023
        settle.settle(town, NOW)
        run = runs.read(town.local, TOAST)
        assert run is not None and (run.attempts, run.ended) == (attempt, True)

    assert working.hook(town).state == "suspended"
    refused = session.spawn(town, TOAST, NOW)
    assert refused == session.Started(why=f"nothing is on the hook of {TOAST} that wants a session")
    assert len(working.mail(town)) == 1

    again = session.start(town, TOAST, "overseer", NOW)
    assert again.proc is not None
    working.wait(lambda: not process.alive(again.proc))
    settle.settle(town, NOW)
    run = runs.read(town.local, TOAST)
    assert run is not None and run.attempts == 1
    assert working.hook(town).state == "active"


@pytest.mark.parametrize("ending", [runs.STATE, runs.OWN])
def test_what_somebody_spoilt_hinders_nobody(tmp_path: Path, ending: str) -> None:
    town = slung(tmp_path, "exit 1")
    started = session.spawn(town, TOAST, NOW)
    assert started.proc is not None
    working.wait(lambda: not process.alive(started.proc))
    runs.path(town.local, TOAST, ending).write_text('{"session": 7')

    settle.settle(town, NOW)

    run = runs.read(town.local, TOAST)
    assert run is not None and (run.attempts, run.ended) == (1, True)
    assert not session.stop(town, TOAST)


def test_what_stops_or_comes_later_is_no_attempt(tmp_path: Path) -> None:
    town = slung(tmp_path)
    run = Run(
        address=TOAST, bead=working.hook(town).bead, since=working.hook(town).since, session="s-1", attempts=1,
        proc=Proc(1, "long ago"), ended=False,
    )  # fmt: skip
    for outcome, turns, attempts, starts in (
        ("stopped", 1, 1, 3), ("later", 1, 1, 2), ("later", 2, 1, 3), ("failed", 1, 2, 3), ("", 1, 2, 3),
    ):  # fmt: skip
        runs.write(town.local, replace(run, starts=3))
        runs.write_own(town.local, TOAST, Own(session="s-1", outcome=outcome, turns=turns))
        nudge = nudges.put(town.local, TOAST, "mayor", outcome, "normal")
        nudges.claim(town.local, TOAST, "s-1")
        settle.settle(town, NOW)
        found = runs.read(town.local, TOAST)
        assert found is not None and (found.attempts, found.starts) == (attempts, starts), outcome
        assert nudge in nudges.waiting(town.local, TOAST)


def test_what_a_session_was_ended_for_is_its_outcome(tmp_path: Path) -> None:
    town = slung(tmp_path)
    run = Run(
        address=TOAST, bead=working.hook(town).bead, since=working.hook(town).since, session="s-1", mode="headless",
        proc=Proc(1, "long ago"), ended=False, ending="handoff",
    )  # fmt: skip
    for number, (said, outcome) in enumerate(
        (("stopped", "handoff"), ("", "handoff"), ("submitted", "submitted"))
    ):
        session_id = f"s-{number}"
        transition(town, lambda snapshot: plan_begin(snapshot, TOAST, session_id, "claude", NOW), TOAST)  # noqa: B023
        runs.write(town.local, replace(run, session=session_id))
        runs.write_own(town.local, TOAST, Own(session=session_id, outcome=said))
        settle.settle(town, NOW)
        assert working.agent(town).sessions[-1].outcome == outcome


def test_another_assignment_begins_with_no_attempts(tmp_path: Path, ends: list[Town]) -> None:
    town = slung(tmp_path)
    ends.append(town)
    runs.write(town.local, Run(address=TOAST, bead=working.hook(town).bead, since="earlier", attempts=3))

    assert session.spawn(town, TOAST, NOW).proc is not None


def test_limits_of_rig_town_and_time(tmp_path: Path) -> None:
    town = slung(tmp_path)
    limit(town, rig_sessions=1, town_sessions=2, spawns_per_minute=1, budget_bead=2)
    me = process.current()

    runs.write(town.local, other("proj/polecats/nux", me))
    in_rig = session.spawn(town, TOAST, NOW).why
    runs.write(town.local, replace(other("proj/polecats/nux", me), ended=True))
    for name in ("one", "two"):
        runs.write(town.local, other(f"else/polecats/{name}", me))
    in_town = session.spawn(town, TOAST, NOW).why
    for name in ("one", "two"):
        runs.write(town.local, replace(other(f"else/polecats/{name}", me), ended=True))
    (runs.folder(town.local) / "spawns").write_bytes(msgspec.json.encode([time.time()]))
    in_time = session.spawn(town, TOAST, NOW).why
    record(town.local, TOAST, "s-old", Usage(cost=2.25), bead="pr-work1")
    in_money = session.spawn(town, TOAST, NOW).why

    assert [in_rig, in_town, in_time, in_money] == [
        "1 sessions run in proj, as many as limits.rig_sessions allows",
        "2 sessions run, as many as limits.town_sessions allows",
        "1 sessions started in the last minute, as many as limits.spawns_per_minute allows",
        "2.25 US dollars were spent on pr-work1, limits.budget_bead is 2",
    ]


def test_what_cannot_be_looked_up_starts_nothing(tmp_path: Path) -> None:
    town = slung(tmp_path)
    bad = runs.path(town.local, "proj/polecats/nux")
    bad.parent.mkdir(exist_ok=True)
    bad.write_text("{")

    why = session.spawn(town, TOAST, NOW).why

    assert why.startswith(f"{bad} can't be read: ")
    assert runs.read(town.local, TOAST) is None


def test_a_runtime_that_is_not_there_leaves_the_work_and_says_how_to_go_on(tmp_path: Path) -> None:
    town = slung(tmp_path, None)
    before = town.tip()

    started = session.spawn(town, TOAST, NOW)

    assert started.proc is None
    assert started.why.startswith(
        "claude is not installed here; install it: npm install -g @anthropic-ai/claude-code"
    )
    assert town.tip() == before


def stand_in(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Of all programs only this one is installed."""
    folder.mkdir()
    monkeypatch.setattr(shutil, "which", lambda word, **more: str(folder / word) if word == name else None)


@pytest.mark.parametrize(
    ("scripts", "installed", "wanted"),
    [
        ({"one": "true", "two": None}, "codex", "gt session start proj/polecats/toast --agent codex"),
        ({"one": "true", "two": "true"}, "codex", "gt session start proj/polecats/toast --agent shell"),
        ({"one": None}, "claude", "gt config set sessions.polecat headless"),
    ],
)
def test_what_else_can_be_done_is_what_would_work(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    scripts: dict[str, str | None],
    installed: str,
    wanted: str,
) -> None:
    town = working.working_town(tmp_path, scripts)
    settings = {"default_agent": "claude"} | (
        {"sessions": {"default": "headless"}} if installed != "claude" else {}
    )
    towns.put(town, "settings/config.json", json.dumps(settings))
    working.sling(town)
    agent = working.agent(town)
    hook = working.hook(town)
    stand_in(tmp_path / "bin", monkeypatch, installed)
    chosen = how(town.snapshot(), agent, "claude")

    assert other_way(town, town.snapshot(), agent, hook, chosen) == wanted

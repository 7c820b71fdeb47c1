"""The town at a glance, as a person and as a program sees it."""

from __future__ import annotations

import json
from pathlib import Path

from msgspec.structs import replace

from gtlib.actions.agents import agents
from gtlib.actions.doctor import doctor
from gtlib.actions.status import status
from gtlib.names import Address
from gtlib.runtimes import runs
from gtlib.runtimes.runs import Run
from gtlib.runtimes.runs import State
from gtlib.system import process
from tests.support import towns
from tests.support import working
from tests.support.asked import gt
from tests.support.working import TOAST


def test_a_town_at_work(tmp_path: Path) -> None:
    town = working.working_town(tmp_path, {"one": "true", "two": "true"})
    working.sling(town)
    hook = working.hook(town)
    run = Run(
        address=TOAST, bead=hook.bead, since=hook.since, runtime="shell", session="s-1", proc=process.current(),
        ended=False,
    )  # fmt: skip
    runs.write(town.local, run)

    found = status(town.root, town.snapshot())

    assert (found.name, found.branch, found.head, found.operation, found.broken) == (
        "test",
        "main",
        "main",
        "",
        (),
    )
    assert found.daemon.running is False
    assert found.summary == {
        "working": 1, "waiting": 0, "suspended": 0, "submitted": 0, "idle": 5, "sessions": 1, "open_beads": 1,
        "closed_beads": 0, "open_convoys": 1,
    }  # fmt: skip
    [view] = [view for view in found.agents if view.has_work]
    assert (view.address, view.state, view.hook_bead, view.work_title) == (
        TOAST,
        "working",
        "pr-work1",
        "Work",
    )
    assert (view.step, view.steps_done, view.steps, view.running) == ("one", 0, 2, True)
    [rig] = found.rigs
    assert (rig.name, rig.polecats, rig.crew_count) == ("proj", ("toast",), 0)


def test_why_an_agent_waits(tmp_path: Path) -> None:
    town = working.working_town(tmp_path, {"one": "true"})
    working.sling(town)
    hook = working.hook(town)
    runs.write(town.local, Run(address=TOAST, bead=hook.bead, since=hook.since, said="no room"))

    [view] = [view for view in agents(town.snapshot(), town.local) if view.has_work]

    assert (view.state, view.why, view.running) == ("waiting", "no room", False)


def test_why_the_mayor_waits_is_that_nobody_started_it(tmp_path: Path) -> None:
    town = working.working_town(tmp_path, {"one": "true"})
    towns.put(town, "beads/hq-m.md", towns.bead("hq-m"))
    assert gt("sling", "hq-m", "mayor", cwd=town.root).returncode == 0
    hook = working.hook(town, "mayor")
    failed = Run(
        address=Address("mayor"), bead=hook.bead, since=hook.since, said="tmux is not installed here"
    )
    runs.write(town.local, failed)

    [view] = [view for view in agents(town.snapshot(), town.local) if view.has_work]

    assert (view.state, view.hook_state) == ("waiting", "created")
    assert view.why == "nobody has started it: gt mayor start"
    working.sling(town)
    runs.write(town.local, replace(failed, address=Address(TOAST)))
    assert [view.why for view in agents(town.snapshot(), town.local) if view.address == TOAST] == [""]


def test_who_has_a_session_is_shown_and_rests_when_idle(tmp_path: Path) -> None:
    town = working.working_town(tmp_path, {"one": "true"})
    me = process.current()
    run = Run(
        address=Address("mayor"), runtime="claude", mode="tmux", session="s-1", proc=me, ended=False
    )  # fmt: skip
    runs.write(town.local, run)
    runs.write_state(town.local, run.address, State(session="s-1", activity="idle"))
    listed = gt("agents", cwd=town.root).stdout.splitlines()
    assert listed == [
        "AGENT  ROLE   STATE  BEAD  STEP  PROGRESS  SESSION"
        + " " * len(f"claude tmux {me.pid}"[7:])
        + "  ACTIVITY",
        f"mayor  mayor  idle                         claude tmux {me.pid}  idle",
    ]
    runs.write_state(town.local, run.address, State(session="s-1", activity="busy"))
    assert [view.state for view in agents(town.snapshot(), town.local) if view.running] == ["working"]


def test_a_rig_that_is_none_is_refused(tmp_path: Path) -> None:
    town = working.working_town(tmp_path, {"one": "true"})
    done = gt("agents", "--rig", "nosuch", cwd=town.root)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: no rig 'nosuch'")


def test_the_commands(tmp_path: Path) -> None:
    town = working.working_town(tmp_path, {"one": "true", "two": "true"})
    empty = gt("agents", cwd=town.root)
    assert empty.stdout == "no agent works here yet\nnext: gt sling BEAD RIG\n"
    working.sling(town)
    towns.write(town, "beads/hq-d.md", "---\nid: hq-d\ntitle: [\n---\n")
    towns.git(town.root, "add", "-A")
    towns.commit(town.root, "--no-verify", "-m", "broken")

    done = gt("status", cwd=town.root / "beads")

    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[:5] == [
        f"town test in {town.root}, overseer ada@example.invalid",
        "deacon does not run",
        "agents: 0 working, 1 waiting, 0 suspended, 0 submitted, 5 idle",
        "beads: 1 open, 0 closed",
        "mail: 1 unread for the overseer",
    ]
    assert lines[6:8] == [
        "AGENT                ROLE     STATE    BEAD      STEP  PROGRESS  SESSION  ACTIVITY",
        "proj/polecats/toast  polecat  waiting  pr-work1  one   0/2",
    ]
    assert any(line.startswith("! beads/hq-d.md:3: ") for line in lines)
    assert lines[-3:] == ["next: gt up", "      gt mail inbox overseer", "      gt doctor --fix"]
    assert gt("agents", cwd=town.root).stdout.splitlines() == lines[6:8]
    listed = json.loads(gt("agents", "--json", cwd=town.root).stdout)
    assert [each["address"] for each in listed if each["has_work"]] == [TOAST]
    shown = json.loads(gt("status", "--json", cwd=town.root).stdout)
    assert (shown["daemon"]["running"], shown["summary"]["waiting"]) == (False, 1)


def test_the_doctor_names_a_session_that_nobody_knows(tmp_path: Path) -> None:
    town = working.working_town(tmp_path, {"one": "true"})
    env = {"GT_TOWN": str(town.root), "GT_ROLE": TOAST, "GT_SESSION": "s-stray"}
    stray = process.spawn(["sleep", "60"], town.root, env, tmp_path / "log")
    try:
        [found] = [check for check in doctor(town) if check.name == "sessions"]
    finally:
        process.stop(stray, 1)
    assert (found.status, found.message, found.fix) == (
        "error",
        f"{TOAST}: process {stray.pid} is no session that is known",
        "gt agents check --fix",
    )

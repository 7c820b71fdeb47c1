"""`gt mayor`, `gt crew`, `gt session`, `gt peek`, `gt cycle`, `gt down` over sessions in real terminals."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gtlib.actions import deacon
from gtlib.runtimes import clients
from gtlib.runtimes import runs
from gtlib.runtimes import terminal
from gtlib.runtimes import tmux
from gtlib.store.town import Town
from gtlib.system import process
from gtlib.system.process import Proc
from tests.support import fake_towns
from tests.support import terminals
from tests.support import working
from tests.support.asked import gt

GT = [sys.executable, "-P", "-m", "gtlib.cli", "gt"]


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with fake_towns.fake_town(tmp_path) as made:
        yield made


def ok(town: Town, *words: str, code: int = 0) -> str:
    done = gt(*words, cwd=town.root)
    assert (done.returncode, done.stderr) == (code, "")
    return done.stdout


def read(town: Town, *words: str, code: int = 0) -> Any:
    return json.loads(ok(town, *words, "--json", code=code))


def refused(town: Town, *words: str) -> str:
    before = town.tip()
    done = gt(*words, cwd=town.root)
    assert done.returncode in (1, 2) and done.stdout == "" and town.tip() == before
    return done.stderr.removeprefix("error: ").rstrip("\n")


def outcomes(town: Town, address: str) -> list[str]:
    return [each.get("outcome", "") for each in read(town, "session", "history", address)]


def test_the_mayors_life(town: Town, tmp_path: Path) -> None:
    log = town.local / "logs" / "mayor.log"
    assert ok(town, "mayor", "status") == (
        f"mayor: no session runs here\nhook:     nothing\nmail:     0 unread\nlog:      {log}\nnext: gt mayor start\n"
    )
    assert refused(town, "mayor", "attach") == (
        "this is no terminal, so nothing can be shown in it; type in one: gt mayor attach"
    )
    assert refused(town, "peek", "mayor") == "no session of mayor was started here; gt mayor start"
    assert "no runtime 'nope'" in refused(town, "mayor", "start", "--agent", "nope")

    first = read(town, "mayor", "start")
    assert (first["running"], first["already"], first["mode"], first["runtime"]) == (
        True,
        False,
        "tmux",
        "fake",
    )
    again = ok(town, "mayor", "start")
    assert again == (
        f"mayor runs already (fake in tmux, pid {first['pid']}), log in {log}\nnext: gt mayor attach\n      gt mayor status\n"
    )
    assert len(read(town, "session", "list")) == 1
    socket = terminal.socket(town.local)
    line = f"tmux -L {socket} -f /dev/null -u attach-session -t =mayor"
    assert (
        refused(town, "mayor", "attach")
        == f"this is no terminal, so nothing can be shown in it; type in one: {line}"
    )
    assert refused(town, "mayor", "start", "--agent", "shell") == (
        "fake works on what it is told there now; end it first: gt session stop mayor"
    )

    working.wait(lambda: read(town, "mayor", "status")["activity"] == "idle")
    ok(town, "session", "inject", "mayor", "-m", "hello \x1b[31mthere")
    working.wait(lambda: "hello" in ok(town, "peek", "mayor"))
    shown = read(town, "peek", "mayor", "-n", "4")
    assert len(shown["lines"]) <= 4 and shown["running"] and "\x1b" not in json.dumps(shown["lines"])

    second = read(town, "mayor", "restart")
    assert second["session_id"] != first["session_id"] and outcomes(town, "mayor") == ["", "restarted"]
    assert ok(town, "mayor", "stop") == "ended the mayor's session\nnext: gt mayor start\n"
    assert ok(town, "mayor", "stop") == "no session of the mayor runs here\nnext: gt mayor start\n"
    assert outcomes(town, "mayor") == ["stopped", "restarted"]
    assert ok(town, "agents", "check") == "no two sessions work as one agent\n"


def test_attach_starts_a_dead_one_and_detach_lets_it_run(town: Town) -> None:
    with fake_towns.person([*GT, "mayor", "attach"], town.root):
        working.wait(lambda: [each.session for each in clients.clients(town.local)] == ["mayor"])
        run = read(town, "mayor", "status")
        assert run["running"]
        assert read(town, "mayor", "detach") == {"address": "mayor", "detached": 1, "schema_version": 1}
        working.wait(lambda: clients.clients(town.local) == ())
    assert ok(town, "mayor", "detach") == "no terminal shows the mayor\nnext: gt mayor attach\n"
    assert read(town, "mayor", "status")["pid"] == run["pid"]


def test_a_terminal_goes_from_session_to_session(town: Town) -> None:
    ok(town, "crew", "add", "ada", "grace", "--rig", "proj")
    ok(town, "crew", "start", "proj")
    assert (
        refused(town, "cycle", "next")
        == "no terminal shows a session of this town; show one first: gt mayor attach"
    )
    with fake_towns.person([*GT, "mayor", "attach"], town.root):
        working.wait(lambda: [each.session for each in clients.clients(town.local)] == ["mayor"])
        seen = [read(town, "cycle", "next")["now"] for _ in range(3)]
        assert seen == ["proj-crew-ada", "proj-crew-grace", "mayor"]
        assert ok(town, "town", "prev") == "from mayor to proj-crew-grace\nnext: gt session list\n"
        assert [each.session for each in clients.clients(town.local)] == ["proj-crew-grace"]


def test_crew(town: Town) -> None:
    assert (
        refused(town, "crew", "stop", "ada")
        == "no crew member proj/crew/ada; gt crew at proj/crew/ada --create makes one"
    )
    assert refused(town, "crew", "at") == "no name is given; name somebody: gt crew list"
    assert refused(town, "crew", "at", "mayor").startswith("'mayor' ")
    assert refused(town, "crew", "at", "ada", "-d") == (
        "no crew member proj/crew/ada; gt crew at proj/crew/ada --create makes one"
    )
    assert refused(town, "crew", "at", "ada", "--create", "--agent", "gemini").startswith("gemini is not ")
    assert refused(town, "crew", "at", "ada", "--create").startswith("this is no terminal")
    assert not (town.root / "proj/crew/ada").exists()
    made = gt("crew", "at", "ada", "--no-tmux", "--create", cwd=town.root)
    assert made.stdout == f"{town.root}/proj/crew/ada\n"
    assert made.stderr == f"proj/crew/ada is new: made its worktree {town.root}/proj/crew/ada\n"

    started = read(town, "crew", "at", "ada", "-d")
    assert (started["address"], started["running"], started["already"]) == ("proj/crew/ada", True, False)
    assert [each["address"] for each in read(town, "crew", "start", "ada")] == ["proj/crew/ada"]
    status = read(town, "crew", "status", "ada")
    assert (status["session_id"], status["running"]) == (started["session_id"], True)
    [again] = read(town, "crew", "restart", "--all")
    assert again["session_id"] != started["session_id"]
    assert (
        ok(town, "crew", "stop", "ada")
        == "ended the session of proj/crew/ada\nnext: gt crew start proj/crew/ada\n"
    )
    assert ok(town, "crew", "restart", "--all") == "no session of the crew runs here\nnext: gt session list\n"
    assert (
        refused(town, "crew", "stop", "ada", "--all")
        == "--all and names contradict each other; give one of them"
    )


def test_down_ends_the_towns_server_and_no_other(town: Town) -> None:
    other = ["tmux", "-L", "of-somebody", "-f", "/dev/null", "new-session", "-d", "-s", "mine", "sleep", "60"]
    subprocess.run(other, check=True)
    ok(town, "mayor", "start")
    run = runs.read(town.local, "mayor")
    assert run is not None and run.proc is not None
    pid = int(terminals.tmux("-L", terminal.socket(town.local), "display-message", "-p", "#{pid}"))
    server = Proc(pid, process.started(pid))

    assert read(town, "down") == {"ended": ["mayor"], "left": [], "by_hand": [], "schema_version": 1}

    assert not process.alive(run.proc)
    working.wait(lambda: not process.alive(server))
    assert tmux.sessions(town.local) == ()
    assert terminals.tmux("-L", "of-somebody", "list-sessions", "-F", "#{session_name}") == "mine\n"


def test_down_leaves_what_a_person_started_in_the_towns_server(town: Town) -> None:
    ok(town, "mayor", "start")
    terminals.tmux("-L", terminal.socket(town.local), "new-session", "-d", "-s", "mine", "sleep", "60")
    assert ok(town, "down") == (
        "ended: mayor\n! none of ours, so it goes on in the town's tmux: mine\nnext: gt up\n"
    )
    assert deacon.left_in_tmux(town.local) == ("mine",)


def test_up_says_who_does_not_come_back_by_itself(town: Town) -> None:
    ok(town, "mayor", "start")
    ok(town, "down")
    ok(town, "down")
    assert (
        "mayor had a session before gt down, which you start again: gt mayor start\nnext: gt mayor start\n"
        in ok(town, "up")
    )
    assert read(town, "up")["left_off"] == []


def test_two_sessions_of_one_agent_are_found_and_the_unknown_one_is_ended(town: Town) -> None:
    ok(town, "mayor", "start")
    env = {"GT_TOWN": str(town.root), "GT_ROLE": "mayor", "GT_SESSION": "s-stray"}
    stray = process.spawn(["sleep", "60"], town.root, env, town.local / "logs" / "stray.log")
    try:
        assert read(town, "agents", "check", code=1) == [
            {
                "address": "mayor",
                "problem": "is no session that is known",
                "pid": stray.pid,
                "session_id": "s-stray",
            }
        ]
        assert ok(town, "agents", "check", code=1) == (
            f"! mayor: process {stray.pid} of session s-stray is no session that is known\n"
            "next: gt agents check --fix\n"
        )
        assert ok(town, "agents", "check", "--fix") == (
            f"ended session s-stray of mayor (pid {stray.pid})\nnext: gt agents\n"
        )
        assert not process.alive(stray)
    finally:
        process.stop(stray, 1)
    assert read(town, "mayor", "status")["running"]
    assert ok(town, "agents", "check", "--fix") == "no two sessions work as one agent\n"


def test_down_ends_sessions_whose_run_state_was_lost(town: Town) -> None:
    first = read(town, "mayor", "start")
    run = runs.read(town.local, "mayor")
    assert run is not None and run.proc is not None
    shutil.rmtree(runs.folder(town.local))

    assert [each["session_id"] for each in read(town, "agents", "check", code=1)] == [first["session_id"]]
    assert ok(town, "down") == "ended: mayor\nnext: gt up\n"

    assert not process.alive(run.proc)
    assert tmux.sessions(town.local) == ()

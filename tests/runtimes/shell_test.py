"""The shell runtime in a real rig: each step a commit, then handed in; killed anywhere, each step once."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

from gtlib.names import ItemId
from gtlib.runtimes import runs
from gtlib.runtimes.base import Spec
from gtlib.runtimes.shell import LOG_BYTES
from gtlib.runtimes.shell import PROGRAM
from gtlib.runtimes.shell import Shell
from gtlib.store.town import Town
from gtlib.system import process
from gtlib.system.process import Proc
from tests.support import towns
from tests.support import working
from tests.support.gitrepo import git
from tests.support.working import TOAST

THREE = {"one": "echo one >> log.txt", "two": "echo two >> log.txt", "three": "echo three >> log.txt"}


def session(town: Town, name: str = "s-1") -> Proc:
    log = runs.log(town.local, TOAST)
    return process.spawn([sys.executable, "-m", PROGRAM, str(town.root), TOAST, name], town.root, {}, log)


def run(town: Town, name: str = "s-1") -> str:
    """A session to its end: its outcome."""
    proc = session(town, name)
    working.wait(lambda: not process.alive(proc), 40)
    own = runs.read_own(town.local, TOAST)
    assert own is not None
    return own.outcome


def test_each_step_is_a_commit_then_it_is_handed_in(tmp_path: Path) -> None:
    town = working.working_town(tmp_path, THREE)
    working.sling(town)

    assert run(town) == "submitted"

    assert working.commits(town) == ["Do one", "Do two", "Do three"]
    worktree = town.root / TOAST
    assert (worktree / "log.txt").read_text() == "one\ntwo\nthree\n"
    assert git(worktree, "log", "-1", "--format=%an <%ae>%n%(trailers)").splitlines() == [
        "proj/polecats/toast <proj.polecats.toast@town.invalid>", "Step: three", "Bead: pr-work1",
    ]  # fmt: skip
    hook = working.hook(town)
    assert (hook.state, hook.bead) == ("completed", "pr-work1")
    molecule = working.molecule(town)
    assert [step.state for step in molecule.steps] == ["done", "done", "done"]
    assert molecule.evidence["three"] == git(worktree, "rev-parse", "HEAD")
    [request] = town.snapshot().merges()
    assert (request.status, request.source_commit) == ("ready", git(worktree, "rev-parse", "HEAD"))
    [ended] = working.agent(town).sessions
    assert (ended.id, ended.runtime, ended.bead, ended.outcome) == ("s-1", "shell", "pr-work1", "submitted")
    assert towns.status(town) == ""


def test_variables_tell_a_step_who_it_is(tmp_path: Path) -> None:
    script = 'echo "$GT_ROLE $GT_BEAD $GT_STEP $GT_TOWN ${GIT_DIR-none}" > who.txt'
    town = working.working_town(tmp_path, {"one": script})
    working.sling(town)

    assert run(town) == "submitted"

    said = (town.root / TOAST / "who.txt").read_text()
    assert said == f"proj/polecats/toast pr-work1 one {town.root} none\n"


def test_a_step_that_fails_ends_the_session_and_keeps_what_it_said(tmp_path: Path) -> None:
    town = working.working_town(tmp_path, {"one": "echo bad news; exit 3"})
    working.sling(town)

    assert run(town) == "failed"

    own = runs.read_own(town.local, TOAST)
    assert own is not None
    assert (own.said, own.tail) == ("step one ended with exit status 3", "bad news")
    assert working.commits(town) == []
    assert working.hook(town).state == "active"


def test_a_step_that_floods_leaves_a_small_log_and_a_large_log_is_put_aside(tmp_path: Path) -> None:
    town = working.working_town(tmp_path, {"one": "echo first; yes | head -c 30000000; echo last; exit 1"})
    working.sling(town)

    assert run(town) == "failed"

    log = runs.log(town.local, TOAST)
    assert log.stat().st_size < 2 * 1024 * 1024 and log.read_text().count("left out here]") == 1
    own = runs.read_own(town.local, TOAST)
    assert own is not None and own.tail.endswith("y\nlast")

    log.write_bytes(b"x" * (LOG_BYTES + 1))
    spec = Spec(
        town=town.root, address=TOAST, bead=ItemId("pr-work1"), session="s-2", worktree=town.root / TOAST, log=log
    )  # fmt: skip
    proc = Shell().start(spec)
    working.wait(lambda: not process.alive(proc), 40)
    assert log.with_name(log.name + ".old").stat().st_size == LOG_BYTES + 1
    assert b"xxx" not in log.read_bytes()


def test_a_step_without_run_waits_and_says_so_once(tmp_path: Path) -> None:
    town = working.working_town(tmp_path, {"one": "echo 1 > one", "think": None})
    working.sling(town)

    assert run(town) == "waits"
    assert run(town, "s-2") == "over"

    assert working.commits(town) == ["Do one"]
    assert working.hook(town).state == "suspended"
    assert working.agent(town).sessions[-1].outcome == "waits: step think has no run"
    assert working.mail(town) == ["pr-work1: proj/polecats/toast waits, step think has no run"]


def test_a_formula_from_elsewhere_waits_until_it_is_allowed(tmp_path: Path) -> None:
    town = working.working_town(tmp_path, THREE, allowed=False)
    working.sling(town)

    assert run(town) == "waits"

    assert working.commits(town) == []
    assert (
        working.agent(town).sessions[-1].outcome
        == "waits: a command of step one is not allowed on this machine"
    )


def test_ignored_files_are_not_committed(tmp_path: Path) -> None:
    town = working.working_town(tmp_path, {"one": "echo '*.tmp' > .gitignore; echo 1 > a.tmp; echo 1 > a"})
    working.sling(town)

    assert run(town) == "submitted"

    assert git(town.root / TOAST, "show", "--name-only", "--format=").splitlines() == [".gitignore", "a"]


def test_two_sessions_of_one_agent_are_one(tmp_path: Path) -> None:
    town = working.working_town(tmp_path, {"one": f"while [ ! -e {tmp_path}/go ]; do :; done; echo 1 >> n"})
    working.sling(town)
    first = session(town)
    working.wait(lambda: (own := runs.read_own(town.local, TOAST)) is not None and own.proc is not None)
    second = session(town, "s-2")
    working.wait(lambda: not process.alive(second))

    (tmp_path / "go").touch()
    working.wait(lambda: not process.alive(first))

    assert working.commits(town) == ["Do one"]
    assert [each.id for each in working.agent(town).sessions] == ["s-1"]


def test_killed_in_a_step_its_process_ends_and_what_it_left_is_taken_back(tmp_path: Path) -> None:
    script = f"echo x >> log.txt; echo y > new.txt; while [ ! -e {tmp_path}/go ]; do sleep 0.05; done"
    town = working.working_town(tmp_path, {"zero": "echo 0 > log.txt", "one": script})
    working.sling(town)
    proc = session(town)
    new = town.root / TOAST / "new.txt"
    working.wait(new.exists)
    step = runs.read_own(town.local, TOAST)
    assert step is not None and step.proc is not None

    os.kill(proc.pid, signal.SIGKILL)
    working.wait(lambda: not process.alive(proc))
    assert process.alive(step.proc)
    again = session(town, "s-2")
    working.wait(lambda: not process.alive(step.proc))
    (tmp_path / "go").touch()
    working.wait(lambda: not process.alive(again))

    assert (town.root / TOAST / "log.txt").read_text() == "0\nx\n"
    assert working.commits(town) == ["Do zero", "Do one"]
    assert [(each.id, each.outcome) for each in working.agent(town).sessions] == [
        ("s-1", "died"), ("s-2", "submitted"),
    ]  # fmt: skip
    kept = git(town.root / "proj/.repo/.git", "for-each-ref", "--format=%(refname)", "refs/gt/rescue/cut-off")
    assert len(kept.splitlines()) == 1


def test_stopped_it_goes_on_later(tmp_path: Path) -> None:
    script = f"echo x >> log.txt; while [ ! -e {tmp_path}/go ]; do sleep 0.05; done"
    town = working.working_town(tmp_path, {"one": script})
    working.sling(town)
    proc = session(town)
    working.wait((town.root / TOAST / "log.txt").exists)

    process.stop(proc, 10)

    own = runs.read_own(town.local, TOAST)
    assert own is not None and own.outcome == "stopped"
    (tmp_path / "go").touch()
    assert run(town, "s-2") == "submitted"
    assert (town.root / TOAST / "log.txt").read_text() == "x\n"


def test_killed_at_any_point_no_step_is_done_twice(tmp_path: Path) -> None:
    steps = {f"s{n}": f"echo {n} >> log.txt" for n in range(4)}
    town = working.working_town(tmp_path, dict(steps))
    working.sling(town)
    for number, seen in enumerate((1, 3)):
        proc = session(town, f"k-{number}")
        heads = town.root / "proj/.repo/.git/refs/heads/polecat/toast/pr-work1"
        start = heads.read_text()
        working.wait(lambda: heads.read_text() != start or not process.alive(proc))  # noqa: B023
        working.wait(lambda: len(working.commits(town)) >= seen or not process.alive(proc))  # noqa: B023
        os.kill(proc.pid, signal.SIGKILL) if process.alive(proc) else None
        working.wait(lambda: not process.alive(proc))  # noqa: B023

    assert run(town, "last") in ("submitted", "over")

    assert working.commits(town) == ["Do s0", "Do s1", "Do s2", "Do s3"]
    assert (town.root / TOAST / "log.txt").read_text() == "0\n1\n2\n3\n"
    assert working.hook(town).state == "completed"
    assert len(list(town.snapshot().merges())) == 1


def test_where_only_its_command_is_killed_the_step_is_cut_off_too(tmp_path: Path) -> None:
    """As when the machine has no memory left: the session lives on."""
    script = "echo one >> log.txt; test -e ../../../again || { touch ../../../again; kill -9 $$; }"
    town = working.working_town(tmp_path, {"one": script})
    working.sling(town)

    assert run(town) == "cut off"
    assert (town.root / TOAST / "log.txt").read_text() == "one\n"
    assert run(town, "s-2") == "submitted"

    assert (town.root / TOAST / "log.txt").read_text() == "one\n"


@pytest.mark.parametrize("how", ["kill -9 $PPID", "kill -9 $$", "exit 1"])
def test_where_no_commit_is_made_what_is_left_is_taken_back(tmp_path: Path, how: str) -> None:
    town = working.working_town(tmp_path, THREE)
    working.sling(town)
    hook = town.root / "proj" / ".repo" / ".git" / "hooks" / "pre-commit"
    before = hook.read_text(encoding="utf-8") if hook.exists() else None
    hook.parent.mkdir(parents=True, exist_ok=True)
    hook.write_text(f"#!/bin/sh\n{how}\n", encoding="utf-8")
    hook.chmod(0o755)

    assert run(town) == "cut off"
    assert (town.root / TOAST / "log.txt").read_text() == "one\n"
    hook.unlink() if before is None else hook.write_text(before, encoding="utf-8")
    assert run(town, "s-2") == "submitted"

    assert working.commits(town) == ["Do one", "Do two", "Do three"]
    assert (town.root / TOAST / "log.txt").read_text() == "one\ntwo\nthree\n"

"""Processes: alive by pid and start time, ended by group."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gtlib.errors import UserError
from gtlib.system import boundedlog
from gtlib.system import process
from gtlib.system import procinfo
from gtlib.system.process import Proc
from tests.support import gitrepo

STUBBORN = "trap '' TERM; echo ready; while :; do sleep 0.05; done"


def gone(pid: int) -> bool:
    return not process.alive(Proc(pid, process.started(pid)))


def said(log: Path) -> str:
    return log.read_text("utf-8") if log.exists() else ""


def test_current_is_alive_and_has_one_start_time() -> None:
    me = process.current()
    assert me.pid == os.getpid()
    assert me == process.current()
    assert process.alive(me)


def test_another_start_time_is_another_process() -> None:
    assert not process.alive(Proc(os.getpid(), "1@00000000"))
    assert not process.alive(Proc(os.getpid(), ""))


def test_the_portable_look_agrees(tmp_path: Path) -> None:
    child = process.spawn(["sleep", "60"], tmp_path, None, tmp_path / "log")
    portable = procinfo._see_psutil(child.pid)
    seen = procinfo.see(child.pid)
    assert portable is not None and seen is not None
    assert (portable.group, portable.state in "ZX") == (seen.group, seen.state in "ZX")
    process.stop(child, 5)
    assert procinfo._see_psutil(child.pid) is None


def test_spawn_is_in_a_group_of_its_own_and_writes_its_log(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "one.log"
    child = process.spawn(["sh", "-c", "echo $WHO; echo bad >&2; sleep 60"], tmp_path, {"WHO": "me"}, log)
    assert process.until(lambda: said(log) == "me\nbad\n", 10)
    assert os.getpgid(child.pid) == child.pid == os.getsid(child.pid)
    assert process.alive(child)
    process.stop(child, 5)
    assert not process.alive(child)


def test_spawn_closes_descriptors(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with (tmp_path / "held").open("w") as held:
        os.set_inheritable(held.fileno(), True)
        child = process.spawn(["sh", "-c", f"test -e /dev/fd/{held.fileno()}; echo $?"], tmp_path, None, log)
        assert process.until(lambda: said(log) == "1\n", 10)
    assert process.until(lambda: not process.alive(child), 10)


def test_a_child_that_ended_is_not_alive_though_nobody_waited(tmp_path: Path) -> None:
    child = process.spawn(["true"], tmp_path, None, tmp_path / "log")
    assert process.until(lambda: not process.alive(child), 10)
    process.stop(child, 1)


def test_stop_ends_what_ignores_sigterm_and_its_children(tmp_path: Path) -> None:
    log = tmp_path / "log"
    script = f"(trap '' TERM; sleep 60) & echo $!; {STUBBORN}"
    child = process.spawn(["sh", "-c", script], tmp_path, None, log)
    assert process.until(lambda: "ready" in said(log), 10)
    process.stop(child, 0.2)
    assert not process.alive(child)
    assert process.until(lambda: gone(int(said(log).split()[0])), 5)


def test_stop_gives_time_to_end_well(tmp_path: Path) -> None:
    log = tmp_path / "log"
    script = "trap 'echo bye; exit' TERM; echo ready; while :; do sleep 0.05; done"
    child = process.spawn(["sh", "-c", script], tmp_path, None, log)
    assert process.until(lambda: "ready" in said(log), 10)
    process.stop(child, 10)
    assert said(log).splitlines()[-1] == "bye"


def test_stop_leaves_a_later_process_of_the_same_pid_alone(tmp_path: Path) -> None:
    child = process.spawn(["sleep", "60"], tmp_path, None, tmp_path / "log")
    process.stop(Proc(child.pid, "1@00000000"), 0.1)
    assert process.alive(child)
    process.stop(child, 5)


def test_stop_of_one_that_leads_no_group_ends_it_alone() -> None:
    with subprocess.Popen(["sleep", "60"]) as one, subprocess.Popen(["sleep", "60"]) as two:
        process.stop(Proc(one.pid, process.started(one.pid)), 5)
        assert one.wait(5) == -signal.SIGTERM
        assert two.poll() is None
        two.kill()


def test_run_gives_the_exit_status_and_appends_to_the_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert process.run(["sh", "-c", "echo one; exit 3"], tmp_path, None, 10, log) == 3
    assert process.run(["sh", "-c", "echo two"], tmp_path, {"A": "b"}, None, log) == 0
    assert process.run(["sh", "-c", "kill -9 $$"], tmp_path, None, 10, log) == -9
    assert said(log) == "one\ntwo\n"


def test_run_ends_the_whole_group_at_the_limit(tmp_path: Path) -> None:
    log = tmp_path / "log"
    begun = time.monotonic()
    script = f"(trap '' TERM; sleep 60) & echo $!; {STUBBORN}"
    assert process.run(["sh", "-c", script], tmp_path, None, 0.3, log) == process.TIMEOUT
    assert time.monotonic() - begun < 20
    assert process.until(lambda: gone(int(said(log).split()[0])), 5)


def test_run_ends_what_its_program_left_behind(tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert process.run(["sh", "-c", "sleep 60 & echo $!"], tmp_path, None, 10, log) == 0
    assert process.until(lambda: gone(int(said(log))), 5)


def test_run_tells_who_it_is_while_it_runs(tmp_path: Path) -> None:
    seen: list[tuple[Proc, bool]] = []
    process.run(["sleep", "0.1"], tmp_path, on_start=lambda proc: seen.append((proc, process.alive(proc))))
    assert [(proc.pid > 0, lives) for proc, lives in seen] == [(True, True)]


def test_a_failing_note_ends_the_child(tmp_path: Path) -> None:
    pids: list[int] = []

    def note(proc: Proc) -> None:
        pids.append(proc.pid)
        raise UserError("disk full", "make room")

    with pytest.raises(UserError, match="disk full"):
        process.run(["sleep", "60"], tmp_path, on_start=note)
    assert gone(pids[0])


FLOOD = "echo first; yes | head -c 30000000; echo; echo last; exit 1"


def test_a_flood_leaves_a_small_log_with_begin_and_end(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"earlier\n")
    assert process.run(["sh", "-c", FLOOD], tmp_path, None, 60, log) == 1
    data = log.read_bytes()
    begin, _, rest = data.partition(b"\n[")
    number, said_so, end = rest.partition(b" bytes of output left out here]\n")
    assert begin.startswith(b"earlier\nfirst\ny\ny\n") and end.endswith(b"y\ny\n\nlast\n")
    assert len(data) <= boundedlog.LIMIT + len(b"earlier\n")
    kept = len(begin) - len(b"earlier\n") + len(end)
    assert kept + int(number.replace(b",", b"")) == 30_000_000 + len(b"first\n\nlast\n")
    assert said_so


def test_a_flood_without_an_end_is_ended_at_the_limit_and_may_say_goodbye(tmp_path: Path) -> None:
    log = tmp_path / "log"
    script = "trap 'echo bye; exit' TERM; yes & while :; do sleep 0.05; done"
    assert process.run(["sh", "-c", script], tmp_path, None, 0.5, log) == process.TIMEOUT
    assert log.stat().st_size <= boundedlog.LIMIT
    assert "bye" in said(log)[-200_000:]


def test_a_program_that_writes_to_dev_stderr_keeps_its_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    script = "echo one; echo two > /dev/stderr; echo three > /dev/stdout"
    assert process.run(["sh", "-c", script], tmp_path, None, 10, log) == 0
    assert said(log) == "one\ntwo\nthree\n"


def test_what_left_the_group_does_not_hold_it_up(tmp_path: Path) -> None:
    log = tmp_path / "log"
    code = (
        "import os,time; pid=os.fork(); pid and print(pid, flush=True); pid or (os.setsid(), time.sleep(60))"
    )
    begun = time.monotonic()
    assert process.run([sys.executable, "-c", code], tmp_path, None, 50, log) == 0
    assert time.monotonic() - begun < 20
    left = int(said(log))
    process.stop(Proc(left, process.started(left)), 1)
    assert gone(left)


def test_a_program_that_closes_its_output_is_waited_for(tmp_path: Path) -> None:
    code = ["sh", "-c", "exec >&- 2>&-; sleep 0.2; exit 3"]
    assert process.run(code, tmp_path, None, 10, tmp_path / "log") == 3
    assert process.run(code, tmp_path, None, 0.05, tmp_path / "log") == process.TIMEOUT


@pytest.mark.parametrize(
    ("argv", "folder", "line"),
    [
        (["no-such-program"], ".", "no-such-program: not found; install it, or correct PATH or its name"),
        (["true"], "none", "no such folder: {tmp}/none; make it, or name another"),
    ],
)
def test_what_cannot_start_is_one_line(tmp_path: Path, argv: list[str], folder: str, line: str) -> None:
    with pytest.raises(UserError) as caught:
        process.run(argv, tmp_path / folder)
    assert str(caught.value) == line.format(tmp=tmp_path)


def test_children_get_none_of_gits_variables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", "/elsewhere")
    monkeypatch.setenv("SECRET", "x")
    log = tmp_path / "log"
    script = "echo ${GIT_DIR-none} ${GIT_INDEX_FILE-none} ${SECRET-none}"
    process.run(["sh", "-c", script], tmp_path, {"GIT_INDEX_FILE": "/x", "SECRET": None}, 10, log)
    assert said(log) == "none none none\n"


def test_git_at_work_sees_git_and_nothing_else(tmp_path: Path) -> None:
    repo = gitrepo.make_repo(tmp_path / "repo")
    with subprocess.Popen(["sleep", "60"], cwd=repo) as other:
        assert process.git_at_work(repo) == ()
        with subprocess.Popen(
            ["git", "cat-file", "--batch"], cwd=repo, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
        ) as worker:
            assert process.until(lambda: process.git_at_work(tmp_path) == (worker.pid,), 10)
            assert process.git_at_work(tmp_path / "rep") == ()
            worker.kill()
        assert process.git_at_work(repo) == ()
        with subprocess.Popen(
            ["git", "-C", str(repo), "cat-file", "--batch"],
            cwd="/",
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
        ) as named:
            assert process.until(lambda: process.git_at_work(repo) == (named.pid,), 10)
            named.kill()
        other.kill()


def test_importing_it_does_not_import_psutil() -> None:
    code = "import sys, gtlib.system.git; print('psutil' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"

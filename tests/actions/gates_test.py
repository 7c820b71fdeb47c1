"""Gates: exactly the merged tree, a clean environment, nothing left running."""

from __future__ import annotations

import os
from pathlib import Path

import psutil
import pytest

from gtlib.actions.gates import Failed
from gtlib.actions.gates import gates
from gtlib.actions.gates import log_path
from gtlib.actions.gates import running
from gtlib.errors import UserError
from gtlib.model.config import Gate
from gtlib.model.merge import MergeRequest
from gtlib.names import CommitId
from gtlib.names import ItemId
from gtlib.store.landing import scratch_worktree
from gtlib.store.rig import Rig
from tests.support import gitrepo
from tests.support.landings import rig_config
from tests.support.rigs import make_rig

REQUEST = MergeRequest(id=ItemId("pr-mr-1"), rig="proj", bead=ItemId("pr-1"), branch="polecat/toast/pr-1")


def made(tmp_path: Path, **named: Gate | str) -> tuple[Rig, CommitId]:
    rig, project = make_rig(tmp_path)
    return Rig(rig.root, rig_config(project, named)), rig.target_tip()


def output_of(rig: Rig, name: str) -> str:
    return log_path(rig, REQUEST, name).read_text(encoding="utf-8")


def test_no_gates_pass_without_a_scratch(tmp_path: Path) -> None:
    rig, tip = made(tmp_path)
    assert gates(rig, REQUEST, tip) is None
    assert not (rig.root / ".git" / "gt").exists()


def test_they_run_in_order_in_exactly_that_commit(tmp_path: Path) -> None:
    rig, tip = made(
        tmp_path,
        one="git status --porcelain; git rev-parse HEAD; git symbolic-ref -q HEAD; ls; touch left",
        two="ls",
    )
    assert gates(rig, REQUEST, tip) is None
    assert output_of(rig, "one") == f"{tip}\nREADME\n"
    assert output_of(rig, "two") == "README\nleft\n"
    assert sorted(p.name for p in (rig.root / ".git" / "gt" / "scratch" / "proj").iterdir()) == []
    assert gitrepo.git(rig.bare.git_dir, "worktree", "list").count("\n") == 0


def test_the_environment_is_clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GT_ROLE", "GT_TOWN", "GT_RIG", "GT_SECRET"):
        monkeypatch.setenv(name, "wrong")
    monkeypatch.setenv("MINE", "kept")
    rig, tip = made_without_git_variables(tmp_path, monkeypatch)
    assert gates(rig, REQUEST, tip) is None
    seen = dict(line.split("=", 1) for line in output_of(rig, "env").splitlines() if "=" in line)
    assert {name: value for name, value in seen.items() if name.startswith("GT_")} == {
        "GT_RIG": "proj", "GT_BEAD": "pr-1", "GT_BRANCH": "polecat/toast/pr-1",
    }  # fmt: skip
    assert (seen["MINE"], {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"} & set(seen)) == ("kept", set())


def made_without_git_variables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Rig, CommitId]:
    with monkeypatch.context() as inner:
        for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
            inner.delenv(name)
        return made(tmp_path, env="env")


def test_a_bead_s_text_is_never_part_of_the_command(tmp_path: Path) -> None:
    rig, tip = made(tmp_path, say='echo "$GT_BRANCH"')
    hostile = MergeRequest(id=ItemId("pr-mr-1"), branch="$(touch ran); touch ran")
    assert gates(rig, hostile, tip) is None
    assert output_of(rig, "say") == "$(touch ran); touch ran\n"


def test_the_first_that_fails_ends_it(tmp_path: Path) -> None:
    rig, tip = made(
        tmp_path, good="true", bad="echo $PWD | sed 's/.*scratch//'; exit 7", never="touch $HOME/never"
    )
    failed = gates(rig, REQUEST, tip)
    log = rig.root / ".git" / "gt" / "logs" / "gate-pr-mr-1-bad.log"
    assert failed == Failed(
        gate="bad",
        command=rig.config.gates["bad"].command,
        why="exit status 7",
        tail=f"/proj/{tip[:12]}",
        log=log,
    )
    assert not (Path(os.environ["HOME"]) / "never").exists()


def test_the_tail_is_sixty_clean_lines(tmp_path: Path) -> None:
    rig, tip = made(
        tmp_path, bad="seq 100; printf '10%%\\r99%%\\r100%%\\n\\033[1mbold\\033[0m \\377\\r\\n'; kill -9 $$"
    )
    failed = gates(rig, REQUEST, tip)
    assert failed is not None
    assert failed.why == "ended by signal 9"
    assert failed.tail.split("\n") == [*(str(n) for n in range(43, 101)), "100%", "bold \ufffd"]
    # A log is of one run.
    gates(rig, REQUEST, tip)
    assert output_of_bytes(rig, "bad").count(b"bold") == 1


def output_of_bytes(rig: Rig, name: str) -> bytes:
    return log_path(rig, REQUEST, name).read_bytes()


def test_a_gate_that_never_ends_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    mark = str(tmp_path / "mark")
    stubborn = f"trap '' TERM; (trap '' TERM; while :; do sleep 0.1; : {mark}; done) & while :; do sleep 0.1; : {mark}; done"
    rig, tip = made(tmp_path, test=Gate(command=stubborn, timeout=1))
    failed = gates(rig, REQUEST, tip)
    assert failed is not None and failed.why == "stopped: no end within 1 s"
    assert alive_with(mark) == []
    assert running(rig) is None


def alive_with(mark: str) -> list[int]:
    found = []
    for each in psutil.process_iter(["pid", "cmdline", "status"]):
        if each.info["status"] != psutil.STATUS_ZOMBIE and any(
            mark in word for word in each.info["cmdline"] or ()
        ):
            found.append(each.info["pid"])
    return found


def test_what_a_gate_leaves_in_the_background_is_ended(tmp_path: Path) -> None:
    mark = str(tmp_path / "mark")
    rig, tip = made(tmp_path, test=f"(while :; do sleep 0.1; : {mark}; done) & true")
    assert gates(rig, REQUEST, tip) is None
    assert alive_with(mark) == []


def test_a_gate_s_name_is_no_path(tmp_path: Path) -> None:
    rig, tip = made(tmp_path, **{"../../x y": "echo hi"})
    assert gates(rig, REQUEST, tip) is None
    assert log_path(rig, REQUEST, "../../x y").name == "gate-pr-mr-1-..%2F..%2Fx%20y.log"
    assert output_of(rig, "../../x y") == "hi\n"


def test_one_at_a_time(tmp_path: Path) -> None:
    rig, tip = made(tmp_path, test="true")
    with scratch_worktree(rig, tip), pytest.raises(UserError, match="the gates of proj run already"):
        gates(rig, REQUEST, tip)

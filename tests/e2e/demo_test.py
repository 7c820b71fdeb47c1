"""`gt demo` as a person runs it: what it says happened has happened, and it says so when something has not."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from gtlib.actions import deacon
from gtlib.runtimes.holder import holder
from gtlib.store.town import Town
from gtlib.system import process
from tests.support import gitrepo
from tests.support import gt
from tests.support import towns

SECONDS = 150.0


@pytest.fixture
def started(tmp_path: Path) -> Iterator[list[subprocess.Popen[str]]]:
    """Demos in the background; what is left of one is ended."""
    found: list[subprocess.Popen[str]] = []
    yield found
    for child in found:
        if child.poll() is None:
            child.send_signal(signal.SIGINT)
            child.communicate(timeout=30)
    if (tmp_path / "demo" / "town" / ".git" / "gt").exists():
        deacon.down(Town.open(tmp_path / "demo" / "town"))


def start(tmp_path: Path, started: list[subprocess.Popen[str]], *words: str) -> subprocess.Popen[str]:
    argv = [sys.executable, "-m", "gtlib.cli", "gt", "demo", "--path", str(tmp_path / "demo"), *words]
    child = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    started.append(child)
    return child


def standing_in(folder: Path) -> list[str]:
    """Processes that work below a folder, or were given one there."""
    found = []
    for each in psutil.process_iter(["cwd", "cmdline", "status"]):
        words = " ".join([each.info["cwd"] or "", *(each.info["cmdline"] or [])])
        if str(folder) in words and each.info["status"] != psutil.STATUS_ZOMBIE:
            found.append(words)
    return found


def test_four_land_and_one_is_sent_back(tmp_path: Path, started: list[subprocess.Popen[str]]) -> None:
    child = start(tmp_path, started)
    out, err = child.communicate(timeout=SECONDS)

    assert (child.returncode, err) == (0, ""), out
    root = tmp_path / "demo" / "town"
    town, project = Town.open(root), tmp_path / "demo" / "shapes"
    ends = re.findall(r"^(sh-\w+)  .*(landed|sent back) +(.*)$", out, re.M)
    assert [state for _, state, _ in ends] == ["landed", "landed", "sent back", "landed", "landed"]
    beads = {bead.id: bead.status for bead in town.snapshot().beads()}
    assert beads == {id: "closed" if state == "landed" else "hooked" for id, state, _ in ends}

    # The project: a merge for each that landed, the working tree as its branch, and its tests pass.
    merges = gitrepo.git(project, "log", "--merges", "--format=%h", "main").splitlines()
    assert {because.split()[1] for _, state, because in ends if state == "landed"} == set(merges)
    assert gitrepo.git(project, "status", "--porcelain") == ""
    tests = sorted(path.name for path in (project / "tests").glob("test_*.py"))
    assert tests == [
        f"test_{name}.py" for name in ("rectangle", "rhombus", "square", "trapezoid", "triangle")
    ]
    done = subprocess.run([sys.executable, "-m", "unittest"], cwd=project, capture_output=True, text=True)
    assert done.returncode == 0 and "Ran 5 tests" in done.stderr

    # The mail: to the overseer and to the polecat whose work came back.
    [(_, letter)] = town.snapshot().mail("overseer", "new")
    back = next(id for id, state, _ in ends if state == "sent back")
    assert letter.subject == f"FIX_NEEDED {back}"
    assert "AssertionError" in letter.body and "Reproduce: git -C " in letter.body
    [agent] = [agent for agent in town.snapshot().agents() if agent.hook and agent.hook.bead == back]
    subjects = [letter.subject for _, letter in town.snapshot().mail(agent.address, "new")]
    assert sorted(subjects) == ["A perimeter goes all the way round", f"FIX_NEEDED {back}"]
    assert f"{letter.id}  from shapes/refinery: {letter.subject}" in out

    # Both logs, the convoy as it is, and where to look.
    assert "git log --oneline --graph of the project" in out and "(sh-hand1)" in out
    assert f"* {gitrepo.git(root, 'log', '-1', '--format=%h %s')}" in out
    [convoy] = town.snapshot().convoys()
    assert f"convoy {convoy.id} is open: 1 to go" in out and convoy.status == "open"
    assert f"next: cd {root}\n" in out

    # Nothing is left half done, and nothing runs.
    assert towns.status(town) == ""
    assert gitrepo.git(root, "fsck", "--no-dangling") == ""
    assert town.processed() == town.tip()
    assert holder(town.local) is None
    assert standing_in(tmp_path / "demo") == []
    assert gt("doctor", cwd=root).returncode == 0


def test_without_its_git_hooks_it_says_what_no_longer_happens(
    tmp_path: Path, started: list[subprocess.Popen[str]]
) -> None:
    child = start(tmp_path, started, "--json")
    root = tmp_path / "demo" / "town"
    town_hooks, rig_hooks = root / ".git" / "hooks", root / "shapes" / ".repo" / ".git" / "hooks"
    assert process.until((town_hooks / "post-receive").exists, 30)
    shutil.rmtree(town_hooks)
    assert process.until(
        lambda: (rig_hooks / "pre-push").exists() and (root / "shapes" / "rig.yaml").exists(), 30
    )
    shutil.rmtree(rig_hooks)

    out, err = child.communicate(timeout=SECONDS)

    report: dict[str, Any] = json.loads(out)
    assert (child.returncode, err) == (1, "")
    # Truth is in the commits, so the deacon's watch alone brings all to an end. Only when nothing is left ...
    states = [bead["state"] for bead in report["beads"]]
    assert states == ["landed", "landed", "sent back", "landed", "landed"]
    # ... that looks, a commit by hand goes unnoticed.
    said = " ".join(report["problems"])
    assert "no git hook noticed the commit by hand" in said
    assert "git hooks of the town are gone (pre-commit, " in said
    assert "git hooks of the rig are gone (post-commit, " in said or "git hooks of the rig" not in said
    assert "mail in mail/outbox was not delivered" in said
    assert (root / "mail" / "outbox" / "answer.md").exists()
    assert standing_in(tmp_path / "demo") == []


def test_without_its_deacon_it_says_what_no_longer_happens(
    tmp_path: Path, started: list[subprocess.Popen[str]]
) -> None:
    child = start(tmp_path, started)
    assert child.stdout is not None and child.stderr is not None
    lines = []
    with child:
        for line in child.stdout:
            lines.append(line)
            if "the deacon watches" in line:
                there = holder(tmp_path / "demo" / "town" / ".git" / "gt")
                assert there is not None
                os.kill(there.proc.pid, signal.SIGKILL)
        out, err = "".join(lines), child.stderr.read()

    assert (child.returncode, err) == (1, "")
    assert "the deacon is gone: no session is started any more, no work is landed" in out
    assert "\n0 landed, 0 sent back" in out
    assert standing_in(tmp_path / "demo") == []


def test_interrupted_it_ends_the_deacon_and_says_where_the_town_is(
    tmp_path: Path, started: list[subprocess.Popen[str]]
) -> None:
    child = start(tmp_path, started)
    local = tmp_path / "demo" / "town" / ".git" / "gt"
    assert process.until(lambda: (found := holder(local)) is not None and found.ready, 60)

    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=60)

    assert child.returncode == 130
    assert f"interrupted; nothing runs any more, and what was done is in {tmp_path}/demo\n" in err
    assert standing_in(tmp_path / "demo") == []


def test_refusals(tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    done = gt("demo", "--path", str(tmp_path / "full"))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"error: {tmp_path}/full is not empty; name a folder that is not there yet: gt demo --path P\n"
    )
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["file"]

    town = towns.make_town(tmp_path / "town")
    done = gt("demo", "--path", "inside", cwd=town.root)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"error: {town.root}/inside/town lies in the town {town.root}; ")
    assert not (town.root / "inside").exists()

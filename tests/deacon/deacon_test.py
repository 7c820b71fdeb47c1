"""The deacon as a process: it notices, catches up, starts sessions, survives being killed, and is one."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from gtlib.actions import deacon
from gtlib.names import ItemId
from gtlib.runtimes import runs
from gtlib.runtimes.holder import holder
from gtlib.store.town import Town
from gtlib.system import process
from tests.support import gt
from tests.support import towns
from tests.support import working
from tests.support.gitrepo import git
from tests.support.working import TOAST

TWO = {"one": "echo one >> log.txt", "two": "echo two >> log.txt"}


@pytest.fixture
def ends() -> Iterator[list[Town]]:
    """Towns whose deacon and sessions are ended with the test."""
    found: list[Town] = []
    yield found
    for town in found:
        deacon.down(town)


def is_closed(town: Town) -> bool:
    bead = town.snapshot().bead(ItemId("pr-work1"))
    return bead is not None and bead.status == "closed"


def commit_by_ref(town: Town, path: str, text: str) -> None:
    """A commit on the town's branch that no git hook sees."""
    blob = towns.git(town.root, "hash-object", "-w", "--stdin", input=text).strip()
    towns.git(town.root, "update-index", "--add", "--cacheinfo", f"100644,{blob},{path}")
    tree = towns.git(town.root, "write-tree").strip()
    new = towns.git(town.root, "commit-tree", "-p", "HEAD", "-m", "by ref", tree).strip()
    (town.root / path).parent.mkdir(parents=True, exist_ok=True)
    (town.root / path).write_text(text)
    towns.git(town.root, "update-ref", "refs/heads/main", new)


def test_it_catches_up_with_a_commit_that_no_git_hook_saw(tmp_path: Path, ends: list[Town]) -> None:
    town = towns.make_town(tmp_path / "town")
    ends.append(town)
    up = deacon.up(town)
    letter = "---\nto:\n  - mayor\nsubject: Hello\n---\nbody\n"

    commit_by_ref(town, "mail/outbox/hello.md", letter)

    working.wait(lambda: working.mail(town, "mayor") == ["Hello"])
    working.wait(lambda: town.processed() == town.tip())
    assert not up.already and process.alive(up.proc)
    assert deacon.down(town) == ("deacon",)
    assert not process.alive(up.proc)


def test_a_second_deacon_is_refused(tmp_path: Path, ends: list[Town]) -> None:
    town = towns.make_town(tmp_path / "town")
    ends.append(town)
    first = deacon.up(town)

    assert deacon.up(town) == deacon.Up(first.proc, already=True, log=first.log)
    done = gt("deacon", "run", cwd=town.root)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "error: this town has a deacon already; see it with gt status, end it with gt down\n"
    )


def test_work_goes_from_the_hook_to_the_target(tmp_path: Path, ends: list[Town]) -> None:
    town = working.working_town(tmp_path, TWO, gates={"test": "test -e log.txt"})
    ends.append(town)
    deacon.up(town)

    working.sling(town)

    working.wait(lambda: is_closed(town), 60)
    assert git(tmp_path / "host.git", "show", "main:log.txt") == "one\ntwo"
    assert [request.status for request in town.snapshot().merges()] == ["landed"]


def test_killed_and_started_again_everything_comes_to_its_end(tmp_path: Path, ends: list[Town]) -> None:
    steps = {f"s{n}": f"echo {n} >> log.txt" for n in range(3)}
    town = working.working_town(tmp_path, dict(steps))
    ends.append(town)
    working.sling(town)
    for number in range(2):
        proc = deacon.up(town).proc
        working.wait(lambda: len(working.commits(town)) > number)  # noqa: B023
        os.kill(proc.pid, signal.SIGKILL)
        run = runs.read(town.local, TOAST)
        if run is not None and run.proc is not None and process.alive(run.proc):
            os.kill(run.proc.pid, signal.SIGKILL)
        working.wait(lambda: not process.alive(proc))  # noqa: B023

    deacon.up(town)

    working.wait(lambda: is_closed(town), 60)
    assert git(tmp_path / "host.git", "show", "main:log.txt") == "0\n1\n2"
    subjects = git(tmp_path / "host.git", "log", "--reverse", "--format=%s", "main")
    assert [line for line in subjects.splitlines() if line.startswith("Do ")] == ["Do s0", "Do s1", "Do s2"]


def test_a_step_that_a_person_ticks_lets_the_agent_go_on(tmp_path: Path, ends: list[Town]) -> None:
    town = working.working_town(tmp_path, {"one": "echo 1 > one", "think": None, "two": "echo 2 > two"})
    ends.append(town)
    working.sling(town, runtime="shell")
    deacon.up(town)
    working.wait(lambda: working.hook(town).state == "suspended")
    path = f"molecules/{working.molecule(town).id}.md"

    text = towns.show(town, path).replace("- [ ] **think**", "- [x] **think**")
    towns.put(town, path, text)

    working.wait(lambda: is_closed(town), 40)
    assert git(tmp_path / "host.git", "show", "main:two") == "2"


def test_what_is_allowed_goes_on(tmp_path: Path, ends: list[Town]) -> None:
    town = working.working_town(tmp_path, TWO, allowed=False)
    ends.append(town)
    working.sling(town)
    deacon.up(town)
    working.wait(lambda: working.hook(town).state == "suspended")

    assert gt("allow", "--yes", "formulas/chore.formula.toml", cwd=town.root).returncode == 0

    working.wait(lambda: is_closed(town), 40)


def test_after_three_sessions_without_progress_it_gives_up_with_one_mail(
    tmp_path: Path, ends: list[Town]
) -> None:
    town = working.working_town(tmp_path, {"one": "echo no such luck; exit 7"})
    ends.append(town)
    working.sling(town)

    deacon.up(town)

    working.wait(lambda: working.hook(town).state == "suspended", 40)
    assert len(working.agent(town).sessions) == 3
    assert working.mail(town) == ["pr-work1: proj/polecats/toast gave up, step one ended with exit status 7"]
    [(_, letter)] = town.snapshot().mail("overseer", "new")
    assert letter.body.rstrip().endswith(
        "    gt session start proj/polecats/toast\n\nThe end of its log:\n\n    no such luck"
    )


def test_down_ends_the_sessions_and_up_lets_them_go_on(tmp_path: Path, ends: list[Town]) -> None:
    script = f"echo x >> log.txt; while [ ! -e {tmp_path}/go ]; do sleep 0.05; done"
    town = working.working_town(tmp_path, {"one": script})
    ends.append(town)
    working.sling(town)
    deacon.up(town)
    working.wait((town.root / TOAST / "log.txt").exists)

    assert deacon.down(town) == ("deacon", "proj/polecats/toast")

    own = runs.read_own(town.local, TOAST)
    assert own is not None and own.outcome == "stopped"
    assert holder(town.local) is None
    (tmp_path / "go").touch()
    deacon.up(town)
    working.wait(lambda: is_closed(town), 40)
    assert (town.root / TOAST / "log.txt").read_text() == "x\n"


def test_a_merge_in_progress_holds_it_up_and_its_end_lets_it_go_on(tmp_path: Path, ends: list[Town]) -> None:
    town = towns.make_town(tmp_path / "town")
    ends.append(town)
    (town.git_dir / "MERGE_HEAD").write_text(towns.stranger(town) + "\n")
    up = deacon.up(town)
    commit_by_ref(town, "mail/outbox/hello.md", "---\nto:\n  - mayor\nsubject: Hello\n---\nbody\n")
    log = Path(up.log)
    working.wait(lambda: "a merge is in progress" in log.read_text())
    assert working.mail(town, "mayor") == []

    (town.git_dir / "MERGE_HEAD").unlink()

    working.wait(lambda: working.mail(town, "mayor") == ["Hello"])

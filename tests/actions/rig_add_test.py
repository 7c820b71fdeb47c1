"""Adding a rig: whole or not at all, whatever is in the way and wherever it is killed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from gtlib.actions.rig_add import rig_add
from gtlib.errors import UserError
from gtlib.lock import FileLock
from gtlib.model.agent import Agent
from gtlib.model.config import Gate
from gtlib.model.config import RigConfig
from gtlib.names import Address
from gtlib.names import RigName
from gtlib.store import allowed
from gtlib.store.town import Town
from tests.support import gitrepo
from tests.support import towns


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    monkeypatch.setenv("GT_NOW", "2026-11-20T08:00:00Z")
    return towns.make_town(tmp_path / "town")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return gitrepo.make_repo(tmp_path / "project")


def left(town: Town) -> tuple[str, list[str], str, list[str]]:
    """All that an add could leave: commits, top folder, status, marks."""
    marks = sorted(p.name for p in (town.local / "adding").glob("*") if p.suffix != ".lock")
    return town.tip(), sorted(os.listdir(town.root)), towns.status(town), marks


def refused(town: Town, *words: str, **flags: str) -> str:
    before = left(town)
    with pytest.raises(UserError) as refusal:
        rig_add(town, *words, **flags)  # type: ignore[arg-type]
    assert left(town) == before
    return str(refusal.value)


def test_a_rig_is_added_by_one_commit(town: Town, project: Path) -> None:
    before = gitrepo.contents(project)
    tip = town.tip()
    config = rig_add(town, "proj", str(project), gates={"test": "make test"})
    assert config == RigConfig(
        name=RigName("proj"),
        prefix="pr",
        url=str(project),
        branch="main",
        gates={"test": Gate(command="make test")},
        created="2026-11-20T08:00:00Z",
    )
    assert town.snapshot().rig("proj") == config
    assert towns.git(town.root, "log", "--format=%s%n%b", f"{tip}..").strip() == (
        "rig: proj added\nEvent: rig\nActor: overseer"
    )
    for role in ("witness", "refinery"):
        address = Address(f"proj/{role}")
        assert town.snapshot().agent(address) == Agent(address=address, role=role, rig="proj", host=town.host)
    assert towns.status(town) == ""
    assert allowed.is_allowed(town.local, "make test")
    hooks = town.root / "proj" / ".repo" / ".git" / "hooks"
    assert sorted(os.listdir(hooks)) == [
        "post-commit",
        "post-merge",
        "post-rewrite",
        "pre-push",
        "prepare-commit-msg",
    ]
    assert gitrepo.contents(project) == before
    assert left(town)[3] == []


def test_what_is_taken_or_reserved(town: Town, project: Path) -> None:
    url = str(project)
    rig_add(town, "proj", url)
    assert refused(town, "proj", url) == (
        "the rig proj is there already; choose another name, or see it: gt rig list"
    )
    assert refused(town, "press", url) == (
        "the prefix pr is that of the rig proj; choose another with --prefix: gt rig add press ..."
    )
    assert refused(town, "other", url, prefix="hq").startswith("the prefix hq is that of the town; ")
    assert refused(town, "other", url, prefix="msg").startswith("the prefix msg is that of mail; ")
    assert refused(town, "other", url, prefix="Bad!").startswith("'Bad!' is not a prefix; ")
    for name in ("new", "cur", "outbox", "beads", "mail", "Mail", "settings", "agents", "mayor"):
        assert refused(town, name, url) == (
            f"{name!r} is reserved and cannot name a rig; choose another name"
        )
    for name in ("a-b", "a.b", "a b", "a/b", "../x", "", "1a", "-x"):
        assert refused(town, name, url).startswith(f"{name!r} is not a name for a rig; ")


def test_what_can_not_be_cloned(town: Town, project: Path, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    assert refused(town, "proj", str(gone)).startswith(f"cannot read the repository {gone}: ")
    empty = tmp_path / "empty"
    empty.mkdir()
    gitrepo.git(empty, "init", "-q")
    assert refused(town, "proj", str(empty)) == (
        f"the repository {empty} has no commits; make a first commit there, and try again"
    )
    assert refused(town, "proj", str(project), branch="nope") == (
        f"the repository {project} has no branch nope; it has: main"
    )
    assert refused(town, "proj", "ext::sh -c true").endswith("; give a URL (https, ssh, file) or a path")


def test_a_folder_of_somebody_else_stays(town: Town, project: Path) -> None:
    mine = towns.write(town, "proj/.repo/mine.txt", "mine\n")
    assert refused(town, "proj", str(project)) == (
        f"{town.root / 'proj'} is there already; choose another name, or move that folder away"
    )
    assert mine.read_text(encoding="utf-8") == "mine\n"


def test_a_refused_registration_leaves_nothing(town: Town, project: Path) -> None:
    towns.git(town.root, "checkout", "-q", "-b", "side")
    towns.put(town, "README.md", "side\n")
    towns.git(town.root, "checkout", "-q", "main")
    towns.put(town, "README.md", "main\n")
    towns.git(town.root, "merge", "-q", "side", check=False)
    assert refused(town, "proj", str(project)).startswith(f"a merge is in progress in {town.root}; ")


def test_one_add_of_a_name_at_a_time(town: Town, project: Path) -> None:
    with FileLock(town.local / "adding" / "proj.lock"):
        assert refused(town, "proj", str(project)) == (
            "the rig proj is being added by another process; wait for it: gt rig list"
        )
    rig_add(town, "proj", str(project))


def test_a_second_machine_gets_its_clone(town: Town, project: Path) -> None:
    config = rig_add(town, "proj", str(project))
    tip = town.tip()
    shutil.rmtree(town.root / "proj" / ".repo")
    assert refused(town, "proj", "https://example.invalid/x.git").startswith(
        f"the rig proj is that of {project}; "
    )
    assert rig_add(town, "proj", str(project)) == config
    assert town.tip() == tip
    assert (town.root / "proj" / ".repo" / ".git" / "hooks" / "post-commit").exists()


CHILD = """\
import os, signal, sys
from pathlib import Path
from gtlib.actions import rig_add as module
from gtlib.store.town import Town
where, town, url = sys.argv[1:]
def die(*args, **keys): os.kill(os.getpid(), signal.SIGKILL)
if where == "marked": module.clone = die
if where == "cloned": module.shims.install = die
if where == "registering": module.transition = die
if where == "registered":
    real = module.transition
    def transition(*args): real(*args); die()
    module.transition = transition
if where == "cloning":
    from gtlib.store import cloning
    real = cloning._init
    def init(*args): real(*args); die()
    cloning._init = init
module.rig_add(Town.open(Path(town)), "proj", url)
"""


@pytest.mark.parametrize("where", ["marked", "cloning", "cloned", "registering", "registered"])
def test_killed_anywhere_the_second_add_completes_it(town: Town, project: Path, where: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CHILD, where, str(town.root), str(project)], capture_output=True, timeout=60
    )
    assert done.returncode == -9, done.stderr
    assert left(town)[3] == ["proj"]
    if where == "registered":
        assert town.snapshot().rig("proj") is not None
        with pytest.raises(UserError, match="the rig proj is there already"):
            rig_add(town, "proj", str(project))
    else:
        assert town.snapshot().rig("proj") is None
        rig_add(town, "proj", str(project))
    assert (town.root / "proj" / ".repo" / ".git" / "HEAD").exists()
    assert left(town)[2:] == ("", [])


def test_what_a_killed_add_left_is_cleared_but_not_what_a_person_put_there(town: Town, project: Path) -> None:
    subprocess.run(
        [sys.executable, "-c", CHILD, "registering", str(town.root), str(project)],
        capture_output=True,
        timeout=60,
    )
    mine = towns.write(town, "proj/mine.txt", "mine\n")
    with pytest.raises(UserError, match="proj is there already"):
        rig_add(town, "proj", str(project))
    assert mine.exists() and not (town.root / "proj" / ".repo").exists()


def test_gates_that_an_agent_names_are_not_allowed_by_it(tmp_path: Path) -> None:
    town = towns.make_town(tmp_path / "town")
    project = gitrepo.make_repo(tmp_path / "project")
    rig_add(town, "proj", str(project), gates={"test": "make test"}, actor="mayor")
    assert not allowed.is_allowed(town.local, "make test")

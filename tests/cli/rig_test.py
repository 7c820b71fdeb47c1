from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.imports_test import HEAVY
from tests.support import gitrepo
from tests.support import rigged
from tests.support import towns
from tests.support.asked import gt

ADDED = """\
✓ clone of {url} in proj/.repo
✓ git hooks for its worktrees; work lands on main
✓ proj/witness and proj/refinery
✓ gate test: a=b make test
✓ gate lint: make lint
✓ registered in proj/rig.yaml, prefix pj
next: gt crew add ada --rig proj
      bd create 'What is wanted' --rig proj
      gt sling <bead> proj
"""


def test_add_and_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("USER", "ada")
    root = towns.make_town(tmp_path / "town").root
    empty = gt("rig", "list", cwd=root)
    assert empty.stdout == "no rigs yet\nnext: gt rig add NAME URL-or-PATH\n"
    assert gt("rig", "list", "--json", cwd=root).stdout == "[]\n"
    project = gitrepo.make_repo(tmp_path / "project")
    gates = ("--gate", "test=a=b make test", "--gate", "lint=make lint")
    done = gt("rig", "add", "proj", "../project", "--prefix", "pj", *gates, cwd=root)
    assert (done.returncode, done.stdout, done.stderr) == (
        0,
        ADDED.format(url=project),
        "cloning ../project\n",
    )
    done = gt("rig", "list", cwd=root)
    assert done.stdout.splitlines() == [
        "NAME  PREFIX  BRANCH  POLECATS  CREW  WORKING  QUEUE  URL",
        f"proj  pj      main    0         0     0        0      {project}",
    ]


def test_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GT_NOW", "2026-11-20T08:00:00Z")
    root = towns.make_town(tmp_path / "town").root
    project = gitrepo.make_repo(tmp_path / "project", branch="trunk")
    done = gt("rig.add", "proj", str(project), "--gate", "test=true", "--json", cwd=root)
    row = {
        "name": "proj",
        "prefix": "pr",
        "url": str(project),
        "branch": "trunk",
        "gates": {"test": "true"},
        "created": "2026-11-20T08:00:00Z",
        "polecats": 0,
        "crew": 0,
        "working": 0,
        "queue": 0,
        "cloned": True,
    }
    assert json.loads(done.stdout) == {**row, "schema_version": 1} and done.stderr == ""
    assert json.loads(gt("rig", "list", "--json", cwd=root).stdout) == [row]
    again = gt("rig", "add", "proj", str(project), cwd=root)
    assert again.stderr == (
        "error: the rig proj is there already; choose another name, or see it: gt rig list\n"
    )


def test_refusals_are_one_line(tmp_path: Path) -> None:
    root = towns.make_town(tmp_path / "town").root
    for words, code, said in (
        (("proj", "nowhere"), 1, "cloning nowhere\nerror: cannot read the repository nowhere: "),
        (("mail", "x"), 1, "error: 'mail' is reserved and cannot name a rig; choose another name\n"),
        (("proj", "a::b"), 1, "error: 'a::b' is no address of a repository; "),
        (("proj", "x", "--prefix", "hq"), 1, "error: the prefix hq is that of the town; "),
        (("proj", "x", "--gate", "test"), 2, "error: --gate 'test' is no new name=command; write --gate"),
        (("proj",), 2, "error: gt rig add needs URL"),
    ):
        done = gt("rig", "add", *words, cwd=root)
        assert (done.returncode, done.stdout) == (code, "")
        assert done.stderr.startswith(said) and done.stderr.count("error: ") == 1, done.stderr
    assert gt("rig", "list", cwd=tmp_path).stderr == (
        f"error: {tmp_path} is not in a town; go into one with cd, or make one with: gt install PATH --git\n"
    )


def test_crew(tmp_path: Path) -> None:
    town, _, _ = rigged.make(tmp_path)
    assert gt("crew", "list", cwd=town.root).stdout == ("no crew yet\nnext: gt crew add NAME --rig RIG\n")
    done = gt("crew", "add", "ada", "bob", "--rig", "proj", cwd=town.root)
    assert (done.returncode, done.stdout, done.stderr) == (
        0,
        "✓ proj/crew/ada on branch crew/ada\n"
        "✓ proj/crew/bob on branch crew/bob\n"
        f"next: cd {town.root / 'proj/crew/ada'}\n"
        "      gt crew list\n",
        "",
    )
    gitrepo.commit(town.root / "proj" / "crew" / "ada", "work", {"work.txt": "work\n"})
    gitrepo.write(town.root / "proj" / "crew" / "bob", {"work.txt": "work\n"})
    assert gt("crew", "list", "--rig", "proj", cwd=town.root).stdout.splitlines() == [
        "NAME           SESSION  BEAD  BRANCH    TREE   AHEAD  MAIL  PROBLEM",
        "proj/crew/ada                 crew/ada  clean  1      0",
        "proj/crew/bob                 crew/bob  dirty  0      0",
    ]
    done = gt("crew", "add", "cat", "--json", cwd=town.root)
    assert json.loads(done.stdout) == [
        {"address": "proj/crew/cat", "rig": "proj", "branch": "crew/cat", "worktree": "proj/crew/cat"}
    ]
    listed = json.loads(gt("crew", "list", "--json", cwd=town.root).stdout)
    assert [(each["address"], each["dirty"], each["ahead"]) for each in listed] == [
        ("proj/crew/ada", False, 1),
        ("proj/crew/bob", True, 0),
        ("proj/crew/cat", False, 0),
    ]
    for words, code, said in (
        (("add",), 2, "error: gt crew add needs NAME; gt crew add ada --rig myproject\n"),
        (("add", "x", "--rig", "nope"), 1, "error: no rig 'nope'; the rigs are: proj\n"),
        (("add", "ada"), 1, "error: proj/crew/ada is there already; choose another name, or see it: "),
    ):
        done = gt("crew", *words, cwd=town.root)
        assert (done.returncode, done.stdout) == (code, "") and done.stderr.startswith(said)


@pytest.mark.parametrize("words", ["rig list", "crew list", "hook mayor", "hooks list"])
def test_reading_imports_nothing_heavy(tmp_path: Path, words: str) -> None:
    town, _, _ = rigged.make(tmp_path)
    rigged.bead(town, "pr-aaaaa")
    rigged.slung(town, "pr-aaaaa")
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "gtlib.cli", "gt", *words.split()],
        cwd=town.root,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if "|" in line}
    assert sorted(name for name in imported if name.partition(".")[0] in HEAVY) == []

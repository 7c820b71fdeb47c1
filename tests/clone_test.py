"""A clone of a town on another machine: it is read as it is, and told how to become one that is written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gtlib.store.roots import branch_ref
from gtlib.store.roots import host_of
from gtlib.store.town import Town
from tests.support import inside
from tests.support import towns
from tests.support.asked import gt
from tests.support.towns import bead
from tests.support.towns import git
from tests.support.towns import make_town
from tests.support.towns import put


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    town = make_town(tmp_path / "w", "w")
    put(town, "beads/hq-aaa.md", bead("hq-aaa", "One", status="open"))
    git(tmp_path, "clone", "--quiet", str(town.root), "cl")
    return tmp_path / "cl"


@pytest.mark.parametrize(
    "words",
    [
        "bd list",
        "bd show hq-aaa",
        "bd ready",
        "bd search One",
        "bd count",
        "bd status",
        "bd info",
        "bd where",
        "bd history hq-aaa",
        "bd list --at HEAD",
        "bd export -o /dev/null",
        "gt status",
        "gt agents",
        "gt ready",
        "gt convoy list",
        "gt mq list",
        "gt hooks list",
        "gt mail inbox",
        "gt mol list",
    ],
)
def test_reads_work(clone: Path, words: str) -> None:
    for folder in (clone, clone / "beads"):
        for _ in range(2):  # without the index, and with it
            done = inside.run(folder, *words.split())
            assert (done.code, done.err) == (0, ""), done
    assert git(clone, "status", "--porcelain") == ""


@pytest.mark.parametrize(
    "words",
    [
        "bd create Two",
        "bd update hq-aaa -p 0",
        "bd close hq-aaa",
        "bd remember x",
        "bd import x.jsonl",
        "bd delete hq-aaa --force",
        "gt archive",
        "gt catch-up",
        "gt doctor",
        "gt up",
        "gt sling hq-aaa x",
        "gt mail send mayor -s Hello -m Text",
        "gt rig add x ../w",
    ],
)
def test_writes_say_what_is_missing(clone: Path, words: str) -> None:
    (clone / "x.jsonl").write_text('{"id":"hq-x","title":"X"}\n', "utf-8")
    for folder, path in ((clone, "."), (clone / "beads", str(clone))):
        (folder / "x.jsonl").write_text('{"id":"hq-x","title":"X"}\n', "utf-8")
        done = inside.run(folder, *words.split())
        said = f'error: this is a clone of the town "w"; run gt install {path} once on this machine\n'
        assert (done.code, done.err) == (1, said)
    assert git(clone, "status", "--porcelain") == "?? beads/x.jsonl\n?? x.jsonl\n"


def test_install_sets_it_up(clone: Path) -> None:
    tip = git(clone, "rev-parse", "HEAD")
    done = gt("install", ".", cwd=clone)
    town = Town.open(clone)
    assert (done.returncode, done.stderr) == (0, "")
    assert (
        done.stdout
        == f"""\
✓ repository {clone} on branch main
✓ local git config and .gitattributes
✓ this clone of the town 'w' is set up on this machine, {town.host}
✓ git hooks: commits are noticed

Next steps:
  1. cd {clone}
  2. bd ready                              what can be taken up
  3. git pull, git push                    all that goes between machines
  4. gt up                                 start the deacon, which runs the agents of this machine
"""
    )
    assert (git(clone, "rev-parse", "HEAD"), towns.status(town)) == (tip, "")
    assert inside.run(clone, "bd", "update", "hq-aaa", "-p", "0").code == 0
    again = gt("install", "--json", cwd=clone)
    assert json.loads(again.stdout)["created"] is False


def test_the_branch_that_is_checked_out_is_read(clone: Path) -> None:
    git(clone, "switch", "-q", "-c", "other")
    assert branch_ref(clone / ".git") == "refs/heads/other"
    assert host_of(clone)
    assert inside.run(clone, "bd", "list").code == 0


def test_a_repository_with_a_file_of_that_name_is_no_town(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "repo")
    (tmp_path / "repo" / "town.yaml").write_text("population: 7\n", "utf-8")
    assert "is not in a town" in inside.run(tmp_path / "repo", "bd", "list").err

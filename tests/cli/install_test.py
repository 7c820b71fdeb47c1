from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.support import gitrepo
from tests.support import towns
from tests.support.asked import gt

SAID = """\
✓ repository {root} on branch main
✓ local git config and .gitattributes
✓ town 'town' {done}: town.yaml, settings, agents overseer, mayor, deacon
✓ git hooks: commits are noticed

Next steps:
  1. cd {root}
  2. gt rig add myproject URL-or-PATH      add a project
  3. gt crew add yourname --rig myproject  a worktree of your own
  4. bd create 'What is wanted' --rig myproject
  5. gt sling BEAD myproject               put it on an agent's hook
  6. gt up                                 start the deacon, which runs the agents
"""


def test_a_town_and_again(tmp_path: Path) -> None:
    root = tmp_path / "town"
    done = gt("install", str(root), "--git")
    assert (done.returncode, done.stdout, done.stderr) == (0, SAID.format(root=root, done="made"), "")
    tip = gitrepo.head(root)
    again = gt("install", cwd=root)
    assert (again.returncode, again.stdout) == (0, SAID.format(root=root, done="whole"))
    assert gitrepo.head(root) == tip and gitrepo.git(root, "status", "--porcelain") == ""


def test_without_an_identity_git_s_own_commit_is_spoken_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "config"))
    towns.git(tmp_path, "config", "--global", "user.useConfigOnly", "true")
    root = tmp_path / "town"
    said = (
        "! plain git commit needs to know who you are: git config --global user.name 'Your Name' && "
        "git config --global user.email you@example.com\n"
    )
    done = gt("install", str(root))
    head, blank, rest = SAID.format(root=root, done="made").partition("\n\n")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{head}\n{said}{blank[1:]}{rest}", "")
    subprocess.run(["sh", "-c", said.partition(": ")[2]], check=True)
    assert gt("install", cwd=root).stdout == SAID.format(root=root, done="whole")


def test_json(tmp_path: Path) -> None:
    done = gt("install", str(tmp_path / "t"), "--name", "Home", "--owner", "a@b.invalid", "--json")
    assert json.loads(done.stdout) == {
        "path": str(tmp_path / "t"),
        "name": "Home",
        "owner": "a@b.invalid",
        "created": True,
        "schema_version": 1,
    }


def test_an_empty_path_is_not_this_folder(tmp_path: Path) -> None:
    done = gt("install", "", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (
        1,
        "",
        "error: the path is empty; name the folder, or leave it out for this one\n",
    )
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_is_too_long(tmp_path: Path) -> None:
    done = gt("install", str(tmp_path / ("a" * 300)))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.endswith(": File name too long; choose a shorter name\n")


def test_links_in_a_ring(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    done = gt("install", str(tmp_path / "a"))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: ") and "bug" not in done.stderr


def test_where_no_town_may_be(tmp_path: Path) -> None:
    town = towns.make_town(tmp_path / "town")
    done = gt("install", str(town.root / "inner"))
    assert (done.returncode, done.stdout, done.stderr) == (
        1,
        "",
        f"error: {town.root / 'inner'} lies in the town {town.root}; "
        "choose a folder outside it, or work in that town\n",
    )
    assert not (town.root / "inner").exists()
    project = gitrepo.make_repo(tmp_path / "project")
    before = gitrepo.contents(project)
    done = gt("install", str(project))
    assert (done.returncode, done.stderr) == (
        1,
        f"error: {project} is a repository with something else in it; "
        "choose a folder of its own, then add this one: gt rig add NAME PATH\n",
    )
    assert gitrepo.contents(project) == before


def test_a_clone_of_a_town_becomes_one(tmp_path: Path) -> None:
    town = towns.make_town(tmp_path / "town")
    gitrepo.clone(town.root, tmp_path / "clone")
    done = gt("install", str(tmp_path / "clone"))
    assert (done.returncode, done.stderr) == (0, "")
    assert gitrepo.head(tmp_path / "clone") == town.tip()


def test_catch_up_says_what_it_did(tmp_path: Path) -> None:
    town = towns.make_town(tmp_path / "town")
    assert gt("catch-up", cwd=town.root).stdout == "nothing to do\n"
    letter = "---\nto:\n  - mayor\nsubject: Hello\n---\nHow are you?\n"
    towns.write(town, "mail/outbox/hello.md", letter)
    gitrepo.git(town.root, "add", "-A")
    gitrepo.git(town.root, "-c", "core.hooksPath=/dev/null", "commit", "-q", "-m", "mail")
    done = gt("catch-up", "--json", cwd=town.root)
    (commit,) = json.loads(done.stdout)["commits"]
    assert commit["commit"] == gitrepo.head(town.root)
    assert json.loads(gt("catch-up", "--json", cwd=town.root).stdout) == {
        "commits": [],
        "notes": [],
        "broken": [],
        "schema_version": 1,
    }

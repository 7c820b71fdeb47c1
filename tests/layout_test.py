from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from gtlib import layout
from gtlib.errors import UserError
from gtlib.names import Address
from gtlib.names import ItemId

ID = ItemId("gt-abc12")
TOAST = Address("myproject/polecats/toast")


@pytest.mark.parametrize(
    ("path", "thing", "name", "place"),
    [
        (layout.path_of_bead(ID), "bead", "gt-abc12", "tracked"),
        (layout.path_of_bead(ItemId("gt-abc12.1")), "bead", "gt-abc12.1", "tracked"),
        (layout.path_of_molecule(ID), "molecule", "gt-abc12", "tracked"),
        (layout.path_of_convoy(ID), "convoy", "gt-abc12", "tracked"),
        (f"merges/{ID}.md", "merge", "gt-abc12", "tracked"),
        (f"escalations/{ID}.md", "escalation", "gt-abc12", "tracked"),
        (layout.path_of_agent(TOAST), "agent", TOAST, "tracked"),
        (layout.path_of_agent(Address("mayor")), "agent", "mayor", "tracked"),
        (layout.mailbox(TOAST, "new", "msg-1"), "mail", "msg-1", "tracked"),
        (layout.mailbox("mayor", "cur", "msg-1"), "mail", "msg-1", "tracked"),
        (layout.mailbox("mayor", "archive", "msg-1"), "mail", "msg-1", "tracked"),
        (layout.mailbox("queues/jobs", "new", "msg-1"), "mail", "msg-1", "tracked"),
        *(
            (layout.path_of_board(f"{folder}/jobs"), "board", f"{folder}/jobs", "tracked")
            for folder in layout.BOARD_FOLDERS
        ),
        (layout.outbox("any name"), "outbox", "any name", "tracked"),
        (layout.path_of_rig("myproject"), "rig", "myproject", "tracked"),
        ("town.yaml", "town", "", "tracked"),
    ],
)
def test_items_have_a_path_and_back(path: str, thing: str, name: str, place: str) -> None:
    assert layout.parse(path) == (thing, name)
    assert layout.place_of(path) == place


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (".gt/index.sqlite", "rebuildable"),
        (".git/gt/journal", "local"),
        (".git/HEAD", "local"),
        (layout.repo_folder("r") + "/HEAD", "local"),
        (layout.worktree(TOAST) + "/src/a.py", "local"),
        ("r/crew/ada", "local"),
        ("settings/config.json", "tracked"),
        ("r/formulas/x.formula.toml", "tracked"),
        ("archive/2026-11.jsonl", "tracked"),
        ("README.md", None),
        ("beads/README.md", "tracked"),
        ("mail/groups/README.md", "tracked"),
        ("beads/sub/x.md", None),
        ("mail/rig.yaml", None),
    ],
)
def test_other_paths(path: str, place: str | None) -> None:
    assert layout.parse(path) is None
    assert layout.place_of(path) == place


def test_what_is_no_item_is_none() -> None:
    for path in (
        "",
        "x",
        "beads/a.txt",
        "beads/.md",
        "beads/.x.md",
        "mail/x.md",
        "crew/rig.yaml",
        "a/b/rig.yaml",
    ):
        assert layout.parse(path) is None


def test_resources_are_found_and_missing_ones_named() -> None:
    for name in ("hooks", "templates", "formulas"):
        assert layout.resource(name).is_dir()
    with pytest.raises(UserError, match="hooks/nothing is missing from this installation; install gt again"):
        layout.resource("hooks/nothing")
    with pytest.raises(UserError, match="mayor has no worktree"):
        layout.worktree("mayor")


def git(*args: str, cwd: Path) -> str:
    env = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    who = {
        f"GIT_{role}_{what}": "t@example.org"
        for role in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    }
    env |= who | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    return subprocess.run(
        ["git", *args], cwd=cwd, env=env, check=True, capture_output=True, text=True, timeout=60
    ).stdout


@pytest.fixture
def town(tmp_path: Path) -> Path:
    project = tmp_path / "project"
    git("init", "-q", "-b", "main", str(project), cwd=tmp_path)
    git("commit", "-q", "--allow-empty", "-m", "first", cwd=project)
    root = tmp_path / "town"
    git("init", "-q", "-b", "main", str(root), cwd=tmp_path)
    for path, text in {
        ".gitignore": layout.GITIGNORE,
        ".gitattributes": layout.GITATTRIBUTES,
        "r/rig.yaml": "",
        "agents/r/crew/ada.md": "",
        "mail/r/polecats/toast/new/msg-1.md": "",
        ".gt/index": "",
    }.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    repo = root / layout.repo_folder("r")
    git("clone", "-q", "--bare", str(project), str(repo), cwd=tmp_path)
    for address in ("r/crew/ada", "r/polecats/toast"):
        git("worktree", "add", "-q", str(root / address), "-b", address, cwd=repo)
        (root / address / "untracked").write_text("work")
    return root


def test_gitignore_keeps_rigs_out_of_add_and_out_of_reach_of_clean(town: Path) -> None:
    git("add", "-A", cwd=town)
    assert git("ls-files", cwd=town).splitlines() == [
        ".gitattributes",
        ".gitignore",
        "agents/r/crew/ada.md",
        "mail/r/polecats/toast/new/msg-1.md",
        "r/rig.yaml",
    ]
    git("commit", "-q", "-m", "town", cwd=town)
    for flags in ("-fdX", "-fdx", "-fd"):
        git("clean", "-q", flags, cwd=town)
        for address in ("r/crew/ada", "r/polecats/toast"):
            assert (town / address / "untracked").read_text() == "work"
            assert git("status", "--porcelain", cwd=town / address) == "?? untracked\n"
        assert (town / "r/.repo/.git/HEAD").exists()
    assert not (town / ".gt").exists()
    assert git("status", "--porcelain", cwd=town) == ""

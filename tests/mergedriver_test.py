"""git merges with our driver: in every operation of git that merges, and with everything that can be wrong."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from gtlib import mergedriver
from gtlib.actions import merge_setup
from gtlib.model import kinds
from gtlib.model import threeway
from tests.support import clones
from tests.support import gitrepo
from tests.support import items
from tests.support.clones import pair
from tests.support.clones import pull
from tests.support.clones import run
from tests.support.clones import save
from tests.support.gitrepo import git

PATH = "beads/gt-aaaaa.md"
BEAD = """\
---
id: gt-aaaaa
title: One
type: task
status: open
priority: 2
labels:
  - a
created: 2026-01-01T08:00:00Z
created_by: ada
---
Text.
"""
HOOKED, URGENT = ("status: open", "status: hooked"), ("priority: 2", "priority: 0")
BOTH = BEAD.replace(*HOOKED).replace(*URGENT)


@pytest.fixture
def clones_(tmp_path: Path) -> tuple[Path, Path]:
    return pair(tmp_path, {PATH: BEAD})


def text(root: Path, path: str = PATH) -> str:
    return (root / path).read_text("utf-8")


def clean(root: Path) -> bool:
    return git(root, "status", "--porcelain") == ""


# Every operation that merges


def test_pull_and_merge(clones_: tuple[Path, Path]) -> None:
    one, two = clones_
    save(one, PATH, HOOKED)
    save(two, PATH, URGENT)
    assert pull(one).code == 0
    assert (text(one), clean(one)) == (BOTH, True)
    assert pull(two).code == 0
    assert (text(two), gitrepo.head(two)) == (BOTH, gitrepo.head(one))


def test_rebase(clones_: tuple[Path, Path]) -> None:
    one, two = clones_
    save(one, PATH, HOOKED)
    save(two, PATH, URGENT)
    assert run(one, "pull", "-q", "--rebase", "other", "main").code == 0
    assert (text(one), clean(one)) == (BOTH, True)


def test_cherry_pick(clones_: tuple[Path, Path]) -> None:
    one, two = clones_
    save(one, PATH, HOOKED)
    save(two, PATH, URGENT)
    git(one, "fetch", "-q", "other")
    assert run(one, "cherry-pick", "other/main").code == 0
    assert (text(one), clean(one)) == (BOTH, True)


def test_revert(clones_: tuple[Path, Path]) -> None:
    one, _ = clones_
    hooked = save(one, PATH, HOOKED)
    save(one, PATH, URGENT)
    assert run(one, "revert", "--no-edit", hooked).code == 0
    assert (text(one), clean(one)) == (BEAD.replace(*URGENT), True)


def test_stash_pop(clones_: tuple[Path, Path]) -> None:
    one, two = clones_
    save(two, PATH, URGENT)
    (one / PATH).write_text(BEAD.replace(*HOOKED), "utf-8")
    git(one, "stash", "-q")
    assert pull(one).code == 0
    assert run(one, "stash", "pop").code == 0
    assert text(one) == BOTH


def test_merge_tree_without_a_worktree(clones_: tuple[Path, Path]) -> None:
    one, two = clones_
    save(one, PATH, HOOKED)
    save(two, PATH, URGENT)
    git(one, "fetch", "-q", "other")
    tree = git(one, "merge-tree", "--write-tree", "main", "other/main")
    assert git(one, "show", f"{tree}:{PATH}") + "\n" == BOTH


def test_a_common_ancestor_that_is_a_merge_itself(clones_: tuple[Path, Path]) -> None:
    """Each merges the other's first commit, so that there are two common ancestors, in conflict with each other."""
    one, two = clones_
    first = save(one, PATH, ("title: One", "title: Mine"), ("  - a", "  - a\n  - b"))
    second = save(two, PATH, ("title: One", "title: Yours"), ("  - a", "  - a\n  - c"))
    for root, other in ((one, second), (two, first)):
        git(root, "fetch", "-q", "other")
        assert run(root, "merge", "-q", other).code == 1
        settled = BEAD.replace("title: One", "title: Ours").replace("  - a", "  - a\n  - b\n  - c")
        gitrepo.commit(root, "settled", {PATH: settled})
    save(one, PATH, ("  - b\n", ""), HOOKED)
    save(two, PATH, ("  - c\n", ""), URGENT)
    assert pull(one).code == 0
    assert text(one) == BOTH.replace("title: One", "title: Ours")


# Conflicts


def test_a_conflict_marks_its_field_alone_and_says_where(clones_: tuple[Path, Path]) -> None:
    one, two = clones_
    save(one, PATH, ("title: One", "title: Mine"), HOOKED, ("Text.", "Text of mine."))
    save(two, PATH, ("title: One", "title: Yours"), URGENT, ("Text.", "Text of yours."), ("  - a", "  - b"))
    done = pull(one)
    assert done.code == 1
    assert f"gt: both sides changed title, description: choose at {PATH}:3, {PATH}:16" in done.said
    assert f"CONFLICT (content): Merge conflict in {PATH}" in done.said
    assert text(one) == (
        "---\nid: gt-aaaaa\n<<<<<<< ours\ntitle: Mine\n=======\ntitle: Yours\n>>>>>>> theirs\n"
        "type: task\nstatus: hooked\npriority: 0\nlabels:\n  - b\n"
        "created: 2026-01-01T08:00:00Z\ncreated_by: ada\n---\n"
        "<<<<<<< ours\nText of mine.\n=======\nText of yours.\n>>>>>>> theirs\n"
    )
    assert run(one, "merge", "--abort").code == 0
    assert clean(one)


def test_the_size_of_markers_is_git_s(clones_: tuple[Path, Path]) -> None:
    one, two = clones_
    (one / ".git" / "info").mkdir()
    (one / ".git" / "info" / "attributes").write_text("*.md conflict-marker-size=5\n", "utf-8")
    save(one, PATH, ("title: One", "title: Mine"))
    save(two, PATH, ("title: One", "title: Yours"))
    pull(one)
    assert "\n<<<<< ours\ntitle: Mine\n=====\ntitle: Yours\n>>>>> theirs\n" in text(one)


@pytest.mark.parametrize("path", sorted(items.SMALLEST))
def test_delete_against_change_is_a_conflict(tmp_path: Path, path: str) -> None:
    """For every kind: git asks no driver, and we do not want it otherwise."""
    item = items.SMALLEST[path]
    changed = kinds.render(replace(item, extra={"note": "changed"}))
    one, two = pair(tmp_path, {path: kinds.render(item)})
    gitrepo.commit(one, "changed", {path: changed})
    gitrepo.commit(two, "deleted", {path: None})
    for root in (one, two):
        git(root, "fetch", "-q", "other")
        done = run(root, "merge", "-q", "other/main")
        assert (done.code, "CONFLICT (modify/delete)" in done.said) == (1, True)
        assert text(root, path) == changed


def test_a_side_that_does_not_parse_is_merged_by_line(clones_: tuple[Path, Path]) -> None:
    one, two = clones_
    save(one, PATH, ("status: open", "status: [open"), ("Text.", "Text of mine."))
    save(two, PATH, ("title: One", "title: Two"), ("Text.", "Text of yours."))
    done = pull(one)
    assert (done.code, f"gt: merged by line, because: {PATH}:6: " in done.said) == (1, True)
    assert "title: Two\ntype: task\nstatus: [open\n" in text(one)
    assert text(one).endswith("<<<<<<< ours\nText of mine.\n=======\nText of yours.\n>>>>>>> theirs\n")


@pytest.mark.parametrize("where", ["one", "two"])
def test_bytes_that_are_no_text(clones_: tuple[Path, Path], where: str) -> None:
    one, two = clones_
    odd, even = (one, two) if where == "one" else (two, one)
    (odd / PATH).write_bytes(BEAD.encode().replace(b"Text.", b"Te\xffxt."))
    gitrepo.commit(odd, "latin")
    save(even, PATH, ("title: One", "title: Two"))
    done = pull(one)
    assert (done.code, f"gt: merged by line, because: {PATH} is not UTF-8" in done.said) == (0, True)
    assert (one / PATH).read_bytes() == BEAD.encode().replace(b"Text.", b"Te\xffxt.").replace(b"One", b"Two")


def test_a_binary_file(clones_: tuple[Path, Path]) -> None:
    one, two = clones_
    for root, data in ((one, b"\x00\x01mine"), (two, b"\x00\x01yours")):
        (root / PATH).write_bytes(data)
        gitrepo.commit(root, "binary")
    assert pull(one).code == 1
    assert git(one, "status", "--porcelain") == f"UU {PATH}"
    assert (one / PATH).read_bytes() == b"\x00\x01mine"


def test_line_ends_and_a_mark_of_byte_order_stay(tmp_path: Path) -> None:
    odd = "\ufeff" + BEAD.replace("\n", "\r\n")
    one, two = pair(tmp_path, {".gitattributes": "*.md -text merge=gt\n"})
    for root in (one, two):
        (root / "beads").mkdir()
        (root / PATH).write_bytes(odd.encode())
    gitrepo.commit(one, "odd")
    git(two, "add", "-A")
    git(two, "pull", "-q", "other", "main", "--autostash")
    for root, change in ((one, HOOKED), (two, URGENT)):
        (root / PATH).write_bytes(odd.replace(*change).replace("One", root.name).encode())
        gitrepo.commit(root, "changed")
    assert pull(one).code == 1
    assert (one / PATH).read_bytes().decode() == odd.replace(*HOOKED).replace(*URGENT).replace(
        "title: One\r\n",
        "<<<<<<< ours\r\ntitle: one\r\n=======\r\ntitle: two\r\n>>>>>>> theirs\r\n",
    )


def test_a_hostile_name_is_only_a_name(tmp_path: Path) -> None:
    name = "beads/$(touch pwned) `touch pwned` 'x\"; touch pwned.md"
    one, two = pair(tmp_path, {name: "1\n2\n3\n4\n5\n"})
    save(one, name, ("1", "one"))
    save(two, name, ("5", "five"))
    assert pull(one).code == 0
    assert text(one, name) == "one\n2\n3\n4\nfive\n"
    assert not list(one.rglob("pwned"))


# When we can't


def test_an_interpreter_that_is_gone_leaves_git_s_own_merge(clones_: tuple[Path, Path]) -> None:
    one, two = clones_
    command = merge_setup.config()[merge_setup.DRIVER].replace(sys.executable, "/nowhere/python", 1)
    git(one, "config", merge_setup.DRIVER, command)
    save(one, PATH, ("title: One", "title: Mine"))
    save(two, PATH, ("title: One", "title: Yours"), ("Text.", "Words."))
    assert pull(one).code == 1
    conflict = "<<<<<<< ours\ntitle: Mine\n=======\ntitle: Yours\n>>>>>>> theirs\n"
    assert text(one) == BEAD.replace("title: One\n", conflict).replace("Text.", "Words.")
    git(one, "merge", "--abort")
    save(one, PATH, ("title: Mine", "title: Yours"))
    assert pull(one).code == 0
    assert text(one) == BEAD.replace("title: One", "title: Yours").replace("Text.", "Words.")


def test_a_package_that_is_gone_leaves_git_s_own_merge(
    clones_: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = clones_
    command = merge_setup.config()[merge_setup.DRIVER].replace("-P -m", "-I -S -m", 1)
    git(one, "config", merge_setup.DRIVER, command)
    save(one, PATH, ("title: One", "title: Mine"))
    save(two, PATH, ("title: One", "title: Yours"))
    assert pull(one).code == 1
    assert "<<<<<<< ours\ntitle: Mine\n=======\ntitle: Yours\n>>>>>>> theirs\n" in text(one)


def test_an_error_of_ours_is_an_ordinary_merge(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise ValueError("what\nnow")

    monkeypatch.setattr(threeway, "by_field", fails)
    names = [tmp_path / name for name in ("base", "ours", "theirs")]
    sides = (BEAD, BEAD.replace("One", "Mine"), BEAD.replace("One", "Yours").replace("Text", "Words"))
    for file, side in zip(names, sides, strict=True):
        file.write_text(side, "utf-8")
    assert mergedriver.main([*map(str, names), PATH, "7"]) == 1
    assert capsys.readouterr().err == f"gt: merged by line, because: {PATH}: ValueError: what now\n"
    conflict = "<<<<<<< ours\ntitle: Mine\n=======\ntitle: Yours\n>>>>>>> theirs\n"
    assert names[1].read_text("utf-8") == sides[0].replace("title: One\n", conflict).replace("Text", "Words")


def test_a_full_disk_is_a_conflict_with_all_that_was_ours(tmp_path: Path) -> None:
    sides = (BEAD, BEAD.replace(*HOOKED), BEAD.replace(*URGENT) + "long\n" * 1000)
    for name, side in zip("oab", sides, strict=True):
        (tmp_path / name).write_text(side, "utf-8")
    done = subprocess.run(
        [sys.executable, "-P", "-B", "-m", "gtlib.mergedriver", "o", "a", "b", PATH, "7"],
        cwd=tmp_path,
        text=True,
        capture_output=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)),
    )
    assert done.returncode == 1
    assert f"gt: merged by line, because: {PATH}: OSError: [Errno 27] File too large" in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b", "o"]
    assert (tmp_path / "a").read_text("utf-8") == sides[1]


@pytest.mark.parametrize("words", [[], ["a", "b"], ["/nowhere/o", "/nowhere/a", "/nowhere/b", PATH, "7"]])
def test_wrong_words_are_one_line(words: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "gtlib.mergedriver", *words], text=True, capture_output=True, check=False
    )
    assert (done.returncode != 0, done.stdout, done.stderr.count("\n")) == (True, "", 1)


def test_nothing_heavy_is_imported(tmp_path: Path) -> None:
    for name, side in (("o", BEAD), ("a", BEAD.replace(*HOOKED)), ("b", BEAD.replace(*URGENT))):
        (tmp_path / name).write_text(side, "utf-8")
    done = subprocess.run(
        [sys.executable, "-P", "-X", "importtime", "-m", "gtlib.mergedriver", "o", "a", "b", PATH, "7"],
        cwd=tmp_path,
        text=True,
        capture_output=True,
        check=False,
    )
    assert (done.returncode, (tmp_path / "a").read_text("utf-8")) == (0, BOTH)
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
    assert imported & {"pygit2", "invoke", "rich", "watchdog", "psutil", "sqlite3", "asyncio"} == set()


# Two beads with one id

LEFT = BEAD.replace("gt-aaaaa", "gt-aaaaa.3").replace("title: One", "title: Left")
RIGHT = LEFT.replace("title: Left", "title: Right").replace("08:00:00", "08:00:01").replace("ada", "bo")
CHILD = "beads/gt-aaaaa.3.md"


@pytest.mark.parametrize("turned", [False, True])
def test_of_two_beads_with_one_id_the_earlier_keeps_it(clones_: tuple[Path, Path], turned: bool) -> None:
    one, two = clones_
    gitrepo.commit(one, "left", {CHILD: RIGHT if turned else LEFT})
    gitrepo.commit(two, "right", {CHILD: LEFT if turned else RIGHT})
    assert pull(one).code == 0
    assert text(one, CHILD) == LEFT


def test_in_a_rebase_a_person_is_asked(clones_: tuple[Path, Path]) -> None:
    """Nothing would remember the other bead: a rebased commit has one parent."""
    one, two = clones_
    gitrepo.commit(one, "left", {CHILD: LEFT})
    gitrepo.commit(two, "right", {CHILD: RIGHT})
    for words in (
        ["pull", "-q", "--rebase", "other", "main"],
        ["pull", "-q", "--no-rebase", "--squash", "other", "main"],
    ):
        done = run(one, *words)
        assert done.code == 1
        assert f"{CHILD} is another bead on each side; keep one, and give the other an id" in done.said
        assert "title: Left\n" in text(one, CHILD) and "title: Right\n" in text(one, CHILD)
        git(one, "reset", "-q", "--hard")
        run(one, "rebase", "--abort")
    git(one, "config", "branch.main.mergeOptions", "--squash")
    assert pull(one).code == 1


def test_one_bead_that_came_to_both_merges(clones_: tuple[Path, Path]) -> None:
    one, two = clones_
    gitrepo.commit(one, "left", {CHILD: LEFT.replace(*HOOKED)})
    gitrepo.commit(two, "left too", {CHILD: LEFT.replace("  - a", "  - b")})
    assert pull(one).code == 0
    assert text(one, CHILD) == LEFT.replace(*HOOKED).replace("  - a", "  - a\n  - b")


# What needs no driver


def test_mail_read_on_two_machines(tmp_path: Path) -> None:
    letters = {
        f"mail/mayor/new/msg-{n}.md": f"---\nid: msg-{n}\nto:\n  - mayor\nsubject: S{n}\n---\n"
        for n in "abcd"
    }
    one, two = pair(tmp_path, letters)
    for root, names in ((one, "abc"), (two, "bcd")):
        (root / "mail/mayor/cur").mkdir()
        for n in names:
            git(root, "mv", f"mail/mayor/new/msg-{n}.md", f"mail/mayor/cur/msg-{n}.md")
        gitrepo.commit(root, "read")
    assert pull(one).code == 0
    assert pull(two).code == 0
    for root in (one, two):
        assert sorted(path for path in clones.files(root) if path.startswith("mail/")) == [
            f"mail/mayor/cur/msg-{n}.md" for n in "abcd"
        ]


def test_lines_of_the_archive_from_two_machines(tmp_path: Path) -> None:
    path = "archive/2026-01.jsonl"
    one, two = pair(tmp_path, {path: '{"id":"gt-a"}\n'})
    gitrepo.commit(one, "one", {path: '{"id":"gt-a"}\n{"id":"gt-b"}\n'})
    gitrepo.commit(two, "two", {path: '{"id":"gt-a"}\n{"id":"gt-c"}\n'})
    assert (pull(one).code, pull(two).code) == (0, 0)
    assert sorted(text(two, path).splitlines()) == ['{"id":"gt-a"}', '{"id":"gt-b"}', '{"id":"gt-c"}']
    assert text(one, path) == text(two, path)


# Without the driver


def test_without_the_driver_git_conflicts_and_loses_nothing(tmp_path: Path) -> None:
    one, two = pair(tmp_path, {PATH: BEAD}, driver=False)
    save(one, PATH, HOOKED)
    save(two, PATH, URGENT)
    done = pull(one)
    assert (done.code, "CONFLICT (content)" in done.said) == (1, True)
    assert "status: hooked\n" in text(one) and "priority: 0\n" in text(one)
    assert run(one, "merge", "--abort").code == 0
    assert clean(one)
    bare = gitrepo.make_bare(tmp_path / "host.git", one)
    git(bare, "fetch", "-q", str(two), "main:other")
    merged = run(bare, "merge-tree", "--write-tree", "main", "other")
    assert (merged.code, "CONFLICT (content)" in merged.said) == (1, True)

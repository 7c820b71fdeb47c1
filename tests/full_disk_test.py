"""A full disk: what finds no room is refused and named, nothing changed, and all goes on when there is room."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from gtlib.store.town import Town
from tests.support import inside
from tests.support.towns import bead
from tests.support.towns import git
from tests.support.towns import make_town
from tests.support.towns import put
from tests.support.towns import show

PATH = "beads/hq-aaa.md"
PAGE = 4096


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 32 MB of its own."""
    if os.geteuid() != 0:
        pytest.skip("a full disk needs a small one, which only root may mount")
    folder = tmp_path / "disk"
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=32m,nr_inodes=0", "tmpfs", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        pytest.skip(f"a full disk needs a small one, and mount says: {made.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def status(town: Town) -> str:
    """`git status` that writes nothing."""
    return git(town.root, "--no-optional-locks", "status", "--porcelain")


def fill(disk: Path, left: int) -> Path:
    """Fill the disk up but for `left` bytes."""
    filler = disk / "filler"
    with open(filler, "wb", buffering=0) as file:
        free = os.statvfs(disk).f_bavail * PAGE - left
        written = 0
        try:
            while written < free:
                written += file.write(b"\0" * min(2**16, free - written))
        except OSError:
            assert left == 0
    return filler


def files(town: Town) -> dict[str, bytes]:
    """The files of the checkout."""
    kept = (
        path
        for path in town.root.rglob("*")
        if path.is_file() and ".git" not in path.parts[len(town.root.parts) :]
    )
    return {
        str(path): path.read_bytes()
        for path in kept
        if ".gt" not in path.parts and "__pycache__" not in path.parts
    }


def refused(town: Town, *words: str) -> bool:
    """Whether the command found no room; then it says so in one line."""
    ran = inside.run(town.root, *words)
    if ran.code == 0:
        return False
    assert (ran.code, ran.out, len(ran.err.splitlines())) == (1, "", 1), (words, ran)
    assert "No space left on device" in ran.err, (words, ran)
    return True


@pytest.mark.parametrize("pages", [0, 2, 4, 8, 16])
def test_commands_on_a_full_disk(disk: Path, pages: int) -> None:
    town = make_town(disk / "town")
    put(town, PATH, bead("hq-aaa", "One"))
    put(town, "beads/hq-bbb.md", bead("hq-bbb", "Two", status="closed"))
    filler = fill(disk, pages * PAGE)
    for words in (
        ("bd", "update", "hq-aaa", "--priority", "0"),
        ("bd", "create", "New", "-d", "x" * 20_000),
        ("bd", "close", "hq-aaa"),
        ("bd", "reopen", "hq-bbb"),
        ("gt", "mail", "send", "mayor", "-s", "Hello", "-m", "Text"),
    ):
        tip, stands, said = town.tip(), files(town), status(town)
        if refused(town, *words):
            assert (town.tip(), files(town), status(town)) == (tip, stands, said)
        else:
            assert town.tip() != tip
    for words in (("bd", "list"), ("bd", "show", "hq-aaa"), ("bd", "ready"), ("gt", "status")):
        ran = inside.run(town.root, *words)
        assert (ran.code, ran.err) == (0, ""), (words, ran)
    filler.unlink()
    all_is_well(town)


def test_a_person_s_commit_on_a_full_disk(disk: Path) -> None:
    """Git has room for its commit, and the town for nothing more: what follows comes later."""
    town = make_town(disk / "town")
    molecule = "---\nid: hq-mol-a\ntitle: Run\n---\n## Steps\n\n- [ ] **a** A\n"
    put(town, "molecules/hq-mol-a.md", molecule)
    for left in (0, 3, 6, 9, 14, 20):
        filler = fill(disk, left * PAGE)
        text = molecule.replace("[ ]", "[x]").replace("Run", f"Run {left}")
        try:
            (town.root / "molecules/hq-mol-a.md").write_text(text, "utf-8")
            made = subprocess.run(
                ["git", "commit", "-qam", f"tick {left}"], cwd=town.root, capture_output=True, check=False
            )
        except OSError:
            made = None
        filler.unlink()
        if made is not None:
            assert b"Traceback" not in made.stderr
        (town.root / ".git" / "index.lock").unlink(missing_ok=True)
        (town.root / "molecules/hq-mol-a.md").write_text(text, "utf-8")
        git(town.root, "add", "--all")
        if status(town):
            git(town.root, "commit", "-qm", "again")
        ran = inside.run(town.root, "gt", "catch-up")
        assert (ran.code, ran.err) == (0, "")
        assert "status: closed\n" in show(town, "molecules/hq-mol-a.md")
        put(town, "molecules/hq-mol-a.md", molecule)
    put(town, PATH, bead("hq-aaa", "One"))
    all_is_well(town)


def all_is_well(town: Town) -> None:
    ran = inside.run(town.root, "bd", "update", "hq-aaa", "--title", "Goes on")
    assert (ran.code, ran.err) == (0, "")
    assert "title: Goes on\n" in show(town, PATH)
    assert status(town) == ""
    assert git(town.root, "fsck", "--no-dangling", "--no-progress") == ""
    assert not [path.name for path in (town.root / ".git").rglob("*.lock") if path.name != "probe.lock"]
    assert inside.run(town.root, "gt", "catch-up").code == 0

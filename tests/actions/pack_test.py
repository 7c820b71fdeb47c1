"""The town's repository stays small, and nothing that was ever written is thrown away."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import count
from pathlib import Path

import pytest

from gtlib import githook
from gtlib.actions import pack
from gtlib.actions.transition import transition
from gtlib.errors import UserError
from gtlib.lock import FileLock
from gtlib.names import CommitId
from gtlib.store import packing
from gtlib.store.town import Town
from gtlib.system import process
from tests.support.towns import bead
from tests.support.towns import git
from tests.support.towns import make_town
from tests.support.towns import write
from tests.support.transitions import ID
from tests.support.transitions import note

LOOK = CommitId("a" * 39 + "0")
OTHER = CommitId("a" * 40)
LABELS = count()


@pytest.fixture
def town(tmp_path: Path) -> Town:
    town = make_town(tmp_path / "town")
    git(town.root, "config", "core.fsync", "none")
    return Town.open(town.root)


def beads(town: Town, number: int) -> None:
    for n in range(number):
        write(town, f"beads/hq-{n:05d}.md", bead(f"hq-{n:05d}", f"Bead {n}"))
    git(town.root, "add", "beads")
    git(town.root, "-c", "core.hooksPath=/dev/null", "commit", "-qm", "beads")


def labelled(town: Town, number: int, beads: int) -> None:
    for n in range(number):
        applied = town.apply(note(f"hq-{n % beads:05d}", f"label{next(LABELS)}"))
        assert applied is not None
        pack.start(town, applied.commit)


def settled(town: Town) -> None:
    """Wait for what was started."""
    for proc in pack._started.values():
        assert process.until(lambda proc=proc: not process.alive(proc), 60)  # type: ignore[misc]


def objects(town: Town) -> set[str]:
    return set(git(town.root, "cat-file", "--batch-all-objects", "--batch-check=%(objectname)").splitlines())


def fsck(town: Town) -> str:
    return git(town.root, "fsck", "--strict", "--no-dangling", "--no-progress")


def disk(town: Town) -> int:
    return sum(path.stat().st_blocks * 512 for path in (town.git_dir / "objects").rglob("*"))


def test_stays_small_over_many_transitions(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    most = 256 * 1024
    monkeypatch.setattr(packing, "MOST_BYTES", most)
    beads(town, 100)
    sizes = []
    for _ in range(6):
        labelled(town, 20, 100)
        settled(town)
        sizes.append(disk(town))
    assert town.root in pack._started
    assert max(sizes) < 10 * most  # all of it loose: 3 MB and more
    assert len(git(town.root, "rev-list", "HEAD").splitlines()) > 120
    assert fsck(town) == ""


def test_transitions_look_after_it(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "MOST_BYTES", 0)
    beads(town, 1)
    for number in range(150):  # one in sixteen looks
        assert transition(town, note("hq-00000", f"label{number}")) is not None
        if town.root in pack._started:
            break
    settled(town)
    assert [*(town.git_dir / "objects" / "pack").glob("*.pack")]


def test_everything_is_kept_whether_a_ref_holds_it_or_not(town: Town) -> None:
    beads(town, 20)
    orphan = git(town.root, "hash-object", "-w", "--stdin", input="nobody names this").strip()
    lost = git(town.root, "commit-tree", "-m", "a rescue", "HEAD^{tree}").strip()
    git(town.root, "update-ref", "refs/gt/rescue/x", lost)
    before = objects(town)
    with FileLock(town.local / "lock"):  # a transition may be under way
        assert pack.pack(town.root) is True
    labelled(town, 5, 20)
    before |= objects(town)
    assert pack.pack(town.root) is True
    assert packing.loose_bytes(town.git_dir) == 0
    assert objects(town) == before and {orphan, lost} < before
    assert fsck(town) == "" and git(town.root, "status", "--porcelain") == ""


def test_one_that_was_open_reads_what_was_packed_twice(town: Town) -> None:
    beads(town, 20)
    labelled(town, 3, 20)
    old = town.repo.blob_at(town.tip(), "beads/hq-00000.md")
    packing.pack(town.root)
    reader = Town.open(town.root)
    labelled(town, 12, 20)
    packing.pack(town.root)
    git(town.root, "repack", "-q", "-a", "-d")
    assert old is not None and reader.repo.blob(old) is not None
    assert reader.snapshot().bead("hq-00019") == town.snapshot().bead("hq-00019")  # type: ignore[arg-type]
    labelled(reader, 2, 20)
    assert fsck(town) == ""


def test_beside_writers_nothing_is_lost(town: Town) -> None:
    write(town, f"beads/{ID}.md", bead(ID, "The one that changes"))
    beads(town, 1)
    argv = [sys.executable, "-m", "tests.support.writer", str(town.root)]
    writers = [
        subprocess.Popen([*argv, f"p{n}", "10"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for n in range(2)
    ]
    for each in writers:
        assert each.stdin is not None and each.stdout is not None
        each.stdout.readline()
    for each in writers:
        assert each.stdin is not None
        each.stdin.write("go\n")
        each.stdin.close()
    while any(each.poll() is None for each in writers):
        packing.pack(town.root)
    for each in writers:
        assert each.stdout is not None
        each.stdout.close()
        assert each.wait() == 0
    found = Town.open(town.root).snapshot().bead(ID)
    assert found is not None and len([label for label in found.labels if label.startswith("p")]) == 20
    assert fsck(town) == ""


def test_only_what_is_due_is_started(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    beads(town, 40)
    assert pack.start(town, LOOK) is None  # far below the limit
    monkeypatch.setattr(packing, "MOST_BYTES", 4096)
    assert pack.start(town, OTHER) is None
    with FileLock(town.local / "pack.lock"):
        assert pack.start(town, LOOK) is None and pack.pack(town.root) is False
    proc = pack.start(town, LOOK)
    assert proc is not None
    settled(town)
    assert packing.loose_bytes(town.git_dir) == 0 and pack.start(town, LOOK) is None


def test_a_failure_is_kept_and_not_tried_again_at_once(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "MOST_BYTES", 4096)
    beads(town, 40)
    packs = town.git_dir / "objects" / "pack"
    packs.rmdir()
    packs.touch()
    with pytest.raises(UserError):
        pack.pack(town.root)
    failed = town.local / "pack.failed"
    assert failed.read_text(encoding="utf-8").startswith("git repack failed: ")
    assert pack.start(town, LOOK) is None
    os.utime(failed, (0, 0))
    proc = pack.start(town, LOOK)
    assert proc is not None
    settled(town)
    assert failed.stat().st_mtime > 0


def test_the_entrance(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    beads(town, 40)
    monkeypatch.chdir(town.root)
    monkeypatch.setattr(os, "nice", lambda by: by)
    assert githook.main(["pack"]) == 0
    assert packing.loose_bytes(town.git_dir) == 0

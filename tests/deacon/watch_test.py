"""The watch list, and what of it is worth a look."""

from __future__ import annotations

from pathlib import Path

from gtlib.deacon.watch import Look
from gtlib.deacon.watch import Watcher
from gtlib.deacon.watch import wanted
from gtlib.system import process


def test_no_worktree_and_no_whole_town_is_watched(tmp_path: Path) -> None:
    looks = wanted(tmp_path, ("proj",))

    assert [(str(look.folder.relative_to(tmp_path)), look.recursive) for look in looks] == [
        (".git", False),
        (".git/refs/heads", True),
        ("mail/outbox", False),
        (".", False),
        ("settings", False),
        (".git/gt/run", False),
        (".git/gt", False),
        ("proj/.repo/.git/refs/heads", True),
        ("proj/.repo/.git", False),
    ]


def test_locks_and_temporary_files_mean_nothing() -> None:
    look = Look(Path("/t"))
    assert look.means(Path("/t/main"))
    assert not look.means(Path("/t/main.lock"))
    assert not look.means(Path("/t/x.json.12.new"))
    assert not Look(Path("/t"), frozenset({"HEAD"})).means(Path("/t/index"))


def test_a_folder_that_is_made_later_or_anew_is_watched(tmp_path: Path) -> None:
    told: list[Path] = []
    watcher = Watcher(told.append)
    folder = tmp_path / "outbox"
    look = Look(folder)
    watcher.start()
    try:
        assert watcher.follow((look,)) == ()
        folder.mkdir()
        watcher.follow((look,))
        (folder / "a").touch()
        assert process.until(lambda: folder / "a" in told, 5)

        folder.rename(tmp_path / "old")
        folder.mkdir()
        watcher.follow((look,))
        (folder / "b").touch()
        assert process.until(lambda: folder / "b" in told, 5)

        (folder / "b").read_text()
        watcher.follow(())
        before = len(told)
        (folder / "c").touch()
        assert not process.until(lambda: len(told) > before, 0.2)
    finally:
        watcher.stop()

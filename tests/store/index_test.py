"""The index is a cache: fresh it answers alone, and gone, damaged or old it changes no answer."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from gtlib.actions.catch_up import catch_up
from gtlib.model.snapshot import Snapshot
from gtlib.names import CommitId
from gtlib.names import ItemId
from gtlib.store.index import Index
from gtlib.store.index import throw_away
from gtlib.store.reading import read
from gtlib.store.town import Town
from tests.support.towns import bead
from tests.support.towns import commit
from tests.support.towns import git
from tests.support.towns import make_town
from tests.support.towns import put


@pytest.fixture
def town(tmp_path: Path) -> Town:
    made = make_town(tmp_path / "town")
    put(made, "beads/hq-aaaaa.md", bead("hq-aaaaa", "First", labels=["x"], created="2026-01-01"))
    put(made, "beads/hq-bbbbb.md", bead("hq-bbbbb", "Second", needs=["hq-aaaaa"], created="2026-01-01"))
    catch_up(made)
    return made


def content(snapshot: Snapshot) -> tuple[object, ...]:
    return (
        [*snapshot.beads(), *snapshot.agents()],
        snapshot.town,
        sorted(snapshot.ids()),
        [str(error) for error in snapshot.broken()],
    )


def test_a_fresh_index_answers_as_the_repository_does(town: Town) -> None:
    assert Index(town.root).commit() == town.tip()
    assert content(read(town.root)) == content(Town.open(town.root).snapshot())


def test_a_commit_that_no_git_hook_saw_is_seen(town: Town) -> None:
    (town.root / "beads" / "hq-aaaaa.md").unlink()
    git(town.root, "-c", "core.hooksPath=/dev/null", "commit", "-qam", "gone")
    assert Index(town.root).commit() != town.tip()
    snapshot = read(town.root)
    assert snapshot.bead(ItemId("hq-aaaaa")) is None
    assert snapshot.bead(ItemId("hq-bbbbb")) is not None
    assert Index(town.root).commit() == town.tip(), "the next reader finds it fresh"
    assert content(snapshot) == content(read(town.root))


def test_a_deleted_cache_loses_nothing(town: Town) -> None:
    before = content(read(town.root))
    shutil.rmtree(town.root / ".gt")
    assert content(read(town.root)) == before
    assert content(read(town.root)) == before


def test_a_damaged_cache_is_made_anew(town: Town) -> None:
    before = content(read(town.root))
    for path in (town.root / ".gt").glob("index.sqlite*"):
        path.write_bytes(b"no database" * 1000)
    assert content(read(town.root)) == before
    assert Index(town.root).commit() == town.tip()


def test_a_broken_file_is_remembered_as_broken(town: Town) -> None:
    (town.root / "beads" / "hq-aaaaa.md").write_text("---\ntitle: [\n---\n", encoding="utf-8")
    commit(town.root, "--no-verify", "-am", "break it")
    first, second = read(town.root), read(town.root)
    assert content(first) == content(second)
    assert [error.path for error in second.broken()] == ["beads/hq-aaaaa.md"]
    found = second.bead(ItemId("hq-aaaaa"))
    assert found is not None
    assert found.title == "First", "the last version that parsed stands"
    assert "title: [" in (second.text("beads/hq-aaaaa.md") or "")


def test_time_travel_keeps_nothing(town: Town) -> None:
    then = town.repo.resolve("HEAD~1")
    assert then is not None
    assert town.snapshot_at(then).bead(ItemId("hq-bbbbb")) is None
    assert town.snapshot().bead(ItemId("hq-bbbbb")) is not None


def test_who_saves_later_what_is_older_changes_nothing(town: Town) -> None:
    """Two processes: the second saved a newer commit after the first had looked at what is saved."""
    before = Index(town.root).commit()
    put(town, "beads/hq-ccccc.md", bead("hq-ccccc", "Third"))
    rows = list(Index(town.root).items("beads"))
    Index(town.root).save(before, CommitId("1" * 40), [], ["beads/hq-aaaaa.md"], {}, {})
    assert Index(town.root).commit() == town.tip()
    assert list(Index(town.root).items("beads")) == rows


def test_a_snapshot_is_of_one_commit_whoever_saves_meanwhile(town: Town) -> None:
    held = read(town.root)
    put(town, "beads/hq-aaaaa.md", bead("hq-aaaaa", "Changed"))
    git(town.root, "rm", "-q", "beads/hq-bbbbb.md")
    commit(town.root, "-m", "gone")
    assert Index(town.root).commit() == town.tip()
    assert [each.title for each in held.beads()] == ["First", "Second"]
    assert [each.title for each in read(town.root).beads()] == ["Changed"]


@pytest.mark.parametrize("change", ["value = '{\"id\": 7}'", "kind = 'Unknown'"])
def test_rows_that_can_not_be_read_are_made_anew(town: Town, change: str) -> None:
    wanted = content(Town.open(town.root).snapshot())
    for look in (read, lambda root: Town.open(root).snapshot()):
        with sqlite3.connect(town.root / ".gt" / "index.sqlite") as db:
            db.execute(f"update files set {change} where kind = 'Bead'")
        db.close()
        assert content(look(town.root)) == wanted
        assert content(read(town.root)) == wanted
        assert Index(town.root).commit() == town.tip()


def test_what_parsed_last_is_found_wherever_head_is(town: Town) -> None:
    git(town.root, "branch", "elsewhere", "HEAD~2")
    (town.root / "beads" / "hq-aaaaa.md").write_text("---\ntitle: [\n---\n", encoding="utf-8")
    commit(town.root, "--no-verify", "-am", "broken")
    git(town.root, "switch", "-q", "elsewhere")
    found = Town.open(town.root).snapshot().bead(ItemId("hq-aaaaa"))
    assert found is not None
    assert found.title == "First"


def test_a_link_is_no_file_of_the_town(town: Town) -> None:
    (town.root / "beads" / "hq-ccccc.md").symlink_to("hq-aaaaa.md")
    (town.root / "beads" / "hq-aaaaa.md").unlink()
    (town.root / "beads" / "hq-aaaaa.md").symlink_to("hq-bbbbb.md")
    git(town.root, "add", "beads")
    commit(town.root, "--no-verify", "-m", "links")
    assert Index(town.root).commit() == town.tip()
    assert [each.id for each in read(town.root).beads()] == ["hq-bbbbb"]
    assert [each.id for each in Town.open(town.root).snapshot().beads()] == ["hq-bbbbb"]
    assert read(town.root).broken() == ()


def test_a_bead_without_a_date_was_created_at_its_commit(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    path = "beads/hq-ccccc.md"
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2026-01-02T03:04:05Z")
    put(town, path, "---\ntitle: By hand\n---\n")
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2026-02-02T03:04:05Z")
    put(town, path, "---\ntitle: By hand, later\n---\n")

    def created() -> str:
        found = read(town.root).bead(ItemId("hq-ccccc"))
        assert found is not None
        return found.created

    assert created() == "2026-01-02T03:04:05Z"
    throw_away(town.root)
    assert created() == "2026-01-02T03:04:05Z", "the reader that makes the index anew says the same"
    assert created() == "2026-01-02T03:04:05Z"
    git(town.root, "rm", "-q", path)
    commit(town.root, "-m", "away")
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2026-03-02T03:04:05Z")
    put(town, path, "---\ntitle: Again\n---\n")
    assert created() == "2026-03-02T03:04:05Z"

"""The table of archived items follows the archive files, whoever changed them and whatever became of the index."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from gtlib.model.archive_line import line_of
from gtlib.model.kinds import render
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.store import archived
from gtlib.store.index import throw_away
from gtlib.store.reading import read
from gtlib.store.town import Town
from tests.support.towns import commit
from tests.support.towns import git
from tests.support.towns import make_town
from tests.support.towns import put
from tests.support.towns import write
from tests.support.world import closed_bead

MONTH = "archive/2026-11.jsonl"


def lines(*ids: str, title: str = "Done") -> str:
    return "".join(line_of(each, render(each)) for id in ids if (each := closed_bead(id, title=title)))


@pytest.fixture
def town(tmp_path: Path) -> Town:
    made = make_town(tmp_path / "town")
    put(made, MONTH, lines("hq-aaaaa", "hq-bbbbb"))
    put(made, "archive/2026-10.jsonl", lines("hq-ccccc", "hq-aaaaa", title="Long ago"))
    return made


def content(snapshot: Snapshot) -> list[tuple[str, str]]:
    found = sorted((bead.id, bead.title) for bead in snapshot.archive.all())
    for id, title in found:
        one = snapshot.bead(ItemId(id))
        assert one is not None
        assert one.title == title
    assert len(snapshot.archive) >= len(found)
    assert sorted(snapshot.archive.ids_like("hq")) == [id for id, _ in found]
    return found


WANTED = [("hq-aaaaa", "Done"), ("hq-bbbbb", "Done"), ("hq-ccccc", "Long ago")]
LOOKS: list[Callable[[Path], Snapshot]] = [read, lambda root: Town.open(root).snapshot()]


@pytest.mark.parametrize("look", LOOKS)
def test_readers_and_writers_see_the_same(town: Town, look: Callable[[Path], Snapshot]) -> None:
    assert content(look(town.root)) == WANTED
    throw_away(town.root)
    assert content(look(town.root)) == WANTED
    assert content(look(town.root)) == WANTED


def test_what_is_added_is_read_and_nothing_else(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    assert content(read(town.root)) == WANTED
    seen: list[bytes] = []
    real = archived.parse

    def parse(path: str, data: bytes, first: int = 1) -> object:
        seen.append(data)
        return real(path, data, first)

    monkeypatch.setattr(archived, "parse", parse)
    more = lines("hq-bbbbb", "hq-ddddd", title="New") + "no line\n"
    write(town, MONTH, (town.root / MONTH).read_text(encoding="utf-8") + more)
    commit(town.root, "--no-verify", "-am", "more")
    snapshot = read(town.root)
    assert content(snapshot) == [WANTED[0], ("hq-bbbbb", "New"), WANTED[2], ("hq-ddddd", "New")]
    assert [error.line for error in snapshot.broken()] == [5]
    assert all(data == more.encode() for data in seen)


def test_what_is_taken_out_or_changed_in_the_middle_is_seen(town: Town) -> None:
    put(town, MONTH, lines("hq-ddddd", "hq-bbbbb"))
    assert content(read(town.root)) == [
        ("hq-aaaaa", "Long ago"),
        ("hq-bbbbb", "Done"),
        WANTED[2],
        ("hq-ddddd", "Done"),
    ]
    git(town.root, "rm", "-q", "archive/2026-10.jsonl")
    commit(town.root, "-m", "gone")
    assert content(Town.open(town.root).snapshot()) == [("hq-bbbbb", "Done"), ("hq-ddddd", "Done")]


def test_a_held_snapshot_answers_as_of_its_commit(town: Town) -> None:
    held = town.snapshot()
    before = town.tip()
    put(town, MONTH, lines("hq-ddddd"))
    assert content(read(town.root)) == [("hq-aaaaa", "Long ago"), WANTED[2], ("hq-ddddd", "Done")]
    assert content(held) == WANTED
    assert content(town.snapshot_at(before)) == WANTED
    assert content(read(town.root)) == [("hq-aaaaa", "Long ago"), WANTED[2], ("hq-ddddd", "Done")]


def test_an_index_that_is_damaged_or_locked_away_costs_only_time(town: Town) -> None:
    snapshot = town.snapshot()
    for path in (town.root / ".gt").glob("index.sqlite*"):
        path.write_bytes(b"no database" * 1000)
    assert content(snapshot) == WANTED
    throw_away(town.root)
    (town.root / ".gt" / "index.sqlite").mkdir()
    assert content(Town.open(town.root).snapshot()) == WANTED


def test_a_line_without_an_end_is_read_again_when_it_grows(town: Town) -> None:
    put(town, MONTH, lines("hq-aaaaa").rstrip("\n"))
    assert content(read(town.root)) == [WANTED[0], WANTED[2]]
    put(town, MONTH, lines("hq-aaaaa", "hq-eeeee"))
    assert content(read(town.root)) == [WANTED[0], WANTED[2], ("hq-eeeee", "Done")]


def test_a_name_that_is_no_text_is_not_archived(town: Town) -> None:
    for look in LOOKS:
        snapshot = look(town.root)
        assert "hq-\udce9" not in snapshot.taken()
        assert snapshot.archive.ids_like("\udce9") == ()
        assert snapshot.bead(ItemId("hq-\udce9")) is None

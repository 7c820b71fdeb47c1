"""Archived items answer by id: from texts in memory here, from the index in tests/store/archived_test.py."""

from __future__ import annotations

import pytest

from gtlib.errors import UserError
from gtlib.model import jsonl
from gtlib.model import kinds
from gtlib.model.archive_line import line_of
from gtlib.model.archive_line import parse
from gtlib.model.edit import Edit
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules.base import require_bead
from gtlib.rules.find import find_id
from tests.support.world import bead
from tests.support.world import closed_bead
from tests.support.world import convoy
from tests.support.world import molecule
from tests.support.world import request
from tests.support.world import step
from tests.support.world import world

DOLLAR = ItemId("pr-aaaaa")


def jsonl_line(line: dict[str, object]) -> str:
    return jsonl.dumps(line) + "\n"


def text(*items: kinds.Item) -> str:
    return "".join(line_of(item, kinds.render(item)) for item in items)


def test_every_kind_comes_back_from_its_line_as_it_was() -> None:
    items = [
        closed_bead("pr-aaaaa", parent=ItemId("pr-zzzzz"), evidence="a" * 40, notes="Nö\u2028te"),
        molecule("pr-mol-aaaaa", step("only"), status="closed"),
        convoy("hq-cv-aaaaa", "pr-aaaaa", status="closed"),
        request("pr-mr-aaaaa", "pr-aaaaa", status="landed"),
    ]
    lines, errors = parse("archive/2026-11.jsonl", text(*items).encode())
    assert errors == []
    assert [line.item() for line in lines] == items
    snapshot = world(files={"archive/2026-11.jsonl": text(*items)})
    assert snapshot.bead(ItemId("pr-aaaaa")) == items[0]
    assert snapshot.molecule(ItemId("pr-mol-aaaaa")) == items[1]
    assert snapshot.convoy(ItemId("hq-cv-aaaaa")) == items[2]
    assert snapshot.merge(ItemId("pr-mr-aaaaa")) == items[3]
    assert list(snapshot.beads()) == []
    assert [each.id for each in snapshot.archive.all()] == ["pr-aaaaa"]
    assert snapshot.archive.children("pr-zzzzz") == (items[0],)


def test_the_last_line_of_the_newest_month_counts_and_a_live_file_before_all() -> None:
    old, new, newest = (closed_bead("pr-aaaaa", title=title) for title in ("old", "new", "newest"))
    files = {"archive/2026-10.jsonl": text(newest), "archive/2026-09.jsonl": text(old, new, new)}
    found = world(files=files).bead(DOLLAR)
    assert found is not None
    assert found.title == "newest"
    found = world(files={"archive/2026-09.jsonl": text(old, new)}).bead(DOLLAR)
    assert found is not None
    assert found.title == "new"
    found = world(bead("pr-aaaaa", title="live"), files=files).bead(DOLLAR)
    assert found is not None
    assert found.title == "live"
    assert len(world(files=files).archive) == 1


def test_a_tombstone_is_known_and_shows_nothing() -> None:
    line = jsonl_line({"id": "pr-aaaaa", "title": "Gone", "status": "tombstone", "deleted_by": "ada"})
    snapshot = world(files={"archive/2026-11.jsonl": line})
    assert snapshot.archive.has("pr-aaaaa")
    assert snapshot.archive.get("pr-aaaaa") is None
    assert snapshot.bead(DOLLAR) is None
    assert "pr-aaaaa" in snapshot.taken()
    with pytest.raises(UserError, match="was deleted"):
        require_bead(snapshot, DOLLAR)


def test_a_broken_line_is_told_and_the_others_stand() -> None:
    content = (
        "<<<<<<< HEAD\n"
        + text(closed_bead("pr-aaaaa"))
        + '=======\n{"id": 7}\n>>>>>>> theirs\n{"id": "pr-bbbbb", "tit\n\n{"id":"../x","title":"t"}\n'
        + '{"_type":"wish","id":"pr-ccccc"}\n[1]\n'
        + "[" * 100_000
        + "\r\n"
        + jsonl_line({"id": "pr-ddddd", "title": 7, "dependencies": [3, {"depends_on_id": "pr-x"}]})
    )
    snapshot = Snapshot.of({"archive/2026-11.jsonl": content})
    assert [str(error).partition(";")[0] for error in snapshot.broken()] == [
        "archive/2026-11.jsonl:1: a conflict marker of git",
        "archive/2026-11.jsonl:3: a conflict marker of git",
        "archive/2026-11.jsonl:4: an object with an id is expected",
        "archive/2026-11.jsonl:5: a conflict marker of git",
        "archive/2026-11.jsonl:6: not a line of JSON",
        "archive/2026-11.jsonl:8: '../x' is not an id",
        "archive/2026-11.jsonl:9: no item has the _type 'wish'",
        "archive/2026-11.jsonl:10: an object with an id is expected",
        "archive/2026-11.jsonl:11: not a line of JSON",
    ]
    assert [bead.id for bead in snapshot.archive.all()] == ["pr-aaaaa", "pr-ddddd"]


def test_an_edit_counts_in_the_archive_before_it_is_committed() -> None:
    path, other = "archive/2026-11.jsonl", "archive/2026-10.jsonl"
    before = world(bead("pr-aaaaa"), files={other: text(closed_bead("pr-bbbbb"))})
    fold = Edit(
        subject="archive", files=((path, text(closed_bead("pr-aaaaa"))),), removes=("beads/pr-aaaaa.md",)
    )
    after = before.with_edit(fold)
    assert after.bead(DOLLAR) == closed_bead("pr-aaaaa")
    assert [bead.id for bead in after.archive.all()] == ["pr-aaaaa", "pr-bbbbb"]
    assert after.ids().isdisjoint({"pr-aaaaa"})
    without = after.with_edit(Edit(subject="x", removes=(other, path)))
    assert without.bead(DOLLAR) is None
    assert len(without.archive) == 0


def test_a_piece_of_an_id_means_an_archived_item_where_no_live_one_is_meant() -> None:
    files = {
        "archive/2026-11.jsonl": text(
            closed_bead("pr-abc12"), closed_bead("pr-k2p"), molecule("pr-mol-abc12")
        )
    }
    snapshot = world(bead("pr-xk2p9"), files=files)
    assert find_id(snapshot, "abc", "beads") == "pr-abc12"
    assert find_id(snapshot, "pr-abc", "beads") == "pr-abc12"
    assert find_id(snapshot, "abc", "molecules") == "pr-mol-abc12"
    assert find_id(snapshot, "k2p", "beads") == "pr-xk2p9"
    assert find_id(snapshot, "pr-k2p", "beads") == "pr-k2p", "an id in full is that id"
    with pytest.raises(UserError, match="no bead zzz"):
        find_id(snapshot, "zzz", "beads")

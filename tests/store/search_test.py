"""The tables of full-text search never leave out what a look at every text would find."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from gtlib.model.archive_line import line_of
from gtlib.model.bead import Bead
from gtlib.model.snapshot import Snapshot
from gtlib.rules.search import search as search_in
from gtlib.store.index import throw_away
from gtlib.store.reading import read
from gtlib.store.search import search
from gtlib.store.town import Town
from tests.support.towns import bead
from tests.support.towns import commit
from tests.support.towns import git
from tests.support.towns import make_town
from tests.support.towns import put
from tests.support.towns import write
from tests.support.world import closed_bead

HOSTILE = ['"', '""', "a AND b", "NOT", "NEAR(x y)", "title:abc", "abc*", "^abc", "-abc", "(abc", "abc\0def",
           "\ud800abc", "'; drop table files; --", "abc" * 500, "*", "{a b}:c", "a\u0301bc", "İstanbul"]  # fmt: skip


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    made = make_town(tmp_path_factory.mktemp("search") / "town")
    put(made, "beads/hq-aaaaa.md", bead("hq-aaaaa", "The Token expires", labels=["Auth"]))
    put(made, "beads/hq-bbbbb.md", bead("hq-bbbbb", "Other") + 'Say "abc" to İSTANBUL; ÄÖÜ straße (abc.\n')
    put(made, "archive/2026-01.jsonl", line_of(closed_bead("hq-ccccc", title="Old", notes="token tóken"), ""))
    return made


def found(town: Town, text: str, snapshot: Snapshot | None = None) -> list[str] | None:
    hits = search(town.root, snapshot or read(town.root), text, archived=True)
    return None if hits is None else sorted(hits)


def test_every_text_is_found_by_any_piece_of_it(town: Town) -> None:
    assert found(town, "oke pir") == ["hq-aaaaa"]
    assert found(town, "TOKEN") == ["hq-aaaaa", "hq-ccccc"]
    assert found(town, "auth") == ["hq-aaaaa"]
    assert found(town, "q-bbb") == ["hq-bbbbb"]
    assert found(town, "nowhere") == []
    assert found(town, "to") is None
    assert search(town.root, read(town.root), "token") == frozenset({"hq-aaaaa"}), "no archive, not asked for"


def test_it_follows_changes(tmp_path: Path) -> None:
    town = make_town(tmp_path / "town")
    put(town, "beads/hq-aaaaa.md", bead("hq-aaaaa", "First words"))
    assert found(town, "first") == ["hq-aaaaa"]
    held = read(town.root)
    put(town, "beads/hq-aaaaa.md", bead("hq-aaaaa", "Second words"))
    assert found(town, "first", held) is None, "an older snapshot is not what the index holds"
    assert (found(town, "first"), found(town, "second")) == ([], ["hq-aaaaa"])
    write(town, "beads/hq-aaaaa.md", "---\ntitle: [\n---\n")
    commit(town.root, "--no-verify", "-am", "broken")
    assert found(town, "second") == ["hq-aaaaa"], "what parsed last may hold it"
    git(town.root, "rm", "-q", "beads/hq-aaaaa.md")
    put(town, "archive/2026-01.jsonl", line_of(closed_bead("hq-aaaaa", title="Second words"), ""))
    commit(town.root, "-am", "folded")
    assert found(town, "second") == ["hq-aaaaa"]
    put(town, "archive/2026-01.jsonl", line_of(closed_bead("hq-bbbbb", title="Second words"), ""))
    assert found(town, "second") == ["hq-bbbbb"]


def test_many_changes_wear_the_table_out_and_nothing_is_lost(town: Town) -> None:
    assert found(town, "token") == ["hq-aaaaa", "hq-ccccc"]
    with sqlite3.connect(town.root / ".gt" / "index.sqlite") as db:
        db.execute("update searched set number = number + 100000")
    db.close()
    assert found(town, "token") == ["hq-aaaaa", "hq-ccccc"]


@pytest.mark.parametrize("damage", ["drop table live_words", "drop table searched", "drop table files",
                                    "drop table archived", "update meta set value = 'x' where key != 'commit'"])  # fmt: skip
def test_damage_costs_only_time(town: Town, damage: str) -> None:
    found(town, "token")
    with sqlite3.connect(town.root / ".gt" / "index.sqlite") as db:
        db.execute(damage)
    db.close()
    assert found(town, "token") in (None, ["hq-aaaaa", "hq-ccccc"])
    throw_away(town.root)
    assert found(town, "token") == ["hq-aaaaa", "hq-ccccc"]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_question_is_too_hostile(town: Town, text: str) -> None:
    agrees(town, text)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(st.sampled_from("abcätoken \"'*()-AND\0ß.İI"), max_size=12))
def test_it_leaves_nothing_out(town: Town, text: str) -> None:
    agrees(town, text)


def agrees(town: Town, text: str) -> None:
    """With the index and without it the same beads are found."""
    snapshot = read(town.root)
    beads: list[Bead] = [*snapshot.beads(), *snapshot.archive.all()]
    hits = search(town.root, snapshot, text, archived=True)
    few = beads if hits is None else [bead for bead in beads if bead.id in hits]
    assert search_in(few, text) == search_in(beads, text)

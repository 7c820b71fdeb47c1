"""The bead that lost its id: made once, and what its side said of it follows, wherever a kind of item says it."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from gtlib.model import kinds
from gtlib.model.bead import Bead
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules.renumber import Added
from gtlib.rules.renumber import Clash
from gtlib.rules.renumber import Lost
from gtlib.rules.renumber import renumber
from tests.support import items

NOW = "2026-11-20T08:00:00Z"
OLD, NEW = ItemId("gt-bbb.1"), ItemId("gt-bbb.2")
KEPT = Bead(id=OLD, title="Kept", created="2026-01-01T08:00:00Z", created_by="ada")
OTHER = Bead(id=OLD, title="Other", created="2026-01-01T08:00:01Z", created_by="bo")
LOST = Lost(id=OLD, bead=OTHER, text=kinds.render(OTHER), key="k1")
FILES = {f"beads/{OLD}.md": kinds.render(KEPT)}


def references() -> list[tuple[str, str, Any]]:
    """(path, field, value) of every field of every kind that takes the id of a bead, as candidates have it."""
    found = []
    for path, item in items.SMALLEST.items():
        for name, hint in items.fields(item):
            if "ItemId" in str(hint):
                found += [(path, name, value) for value in items.candidates(path, name) if OLD in str(value)][
                    :1
                ]
    return found


def test_it_is_made_once() -> None:
    snapshot = Snapshot.of(FILES)
    clash = Clash(commit="c" * 40, lost=(LOST,))
    edit = renumber(snapshot, [clash], NOW)
    assert edit is not None
    assert edit.subject == f"renumber: {OLD} {NEW}"
    assert ("Renumbered", "k1") in edit.trailers and ("Caused-By", "c" * 40) in edit.trailers
    after = snapshot.with_edit(edit)
    assert (after.bead(OLD), after.bead(NEW)) == (KEPT, replace(OTHER, id=NEW))
    assert renumber(after, [clash], NOW) is None
    moved = Snapshot.of({**FILES, "beads/gt-bbb.7.md": kinds.render(replace(OTHER, id=ItemId("gt-bbb.7")))})
    assert renumber(moved, [clash], NOW) is None


def test_a_bead_without_a_moment_that_only_has_the_same_title_is_another() -> None:
    bare = Bead(id=OLD, title="Tests")
    files = {**FILES, "beads/gt-ccc.md": kinds.render(Bead(id=ItemId("gt-ccc"), title="Tests", notes="mine"))}
    lost = Lost(id=OLD, bead=bare, text=kinds.render(bare), key="k2")
    edit = renumber(Snapshot.of(files), [Clash(commit="c", lost=(lost,))], NOW)
    assert edit is not None and edit.subject == f"renumber: {OLD} {NEW}"


def test_an_id_that_is_no_child_gets_one_of_its_own_kind() -> None:
    bead = replace(OTHER, id=ItemId("gt-abcde"))
    files = {"beads/gt-abcde.md": kinds.render(replace(KEPT, id=ItemId("gt-abcde")))}
    lost = Lost(id=bead.id, bead=bead, text=kinds.render(bead), key="k3")
    edit = renumber(Snapshot.of(files), [Clash(commit="c", lost=(lost,))], NOW)
    assert edit is not None
    made = [path for path, _ in edit.files if path.startswith("beads/")]
    assert len(made) == 1 and made[0].startswith("beads/gt-") and "." not in made[0].removesuffix(".md")


def test_numbers_and_ids_of_what_was_archived_or_deleted_are_not_used_again() -> None:
    gone = "".join(f'{{"id":"gt-bbb.{n}","title":"x","status":"tombstone"}}\n' for n in range(1, 5))
    folded = '{"id":"gt-bbb.5","title":"x","status":"closed"}\n'
    files = {**FILES, "archive/2026-01.jsonl": gone + folded}
    edit = renumber(Snapshot.of(files), [Clash(commit="c", lost=(LOST,))], NOW)
    assert edit is not None and edit.subject == f"renumber: {OLD} gt-bbb.6"

    bead = replace(OTHER, id=ItemId("gt-abcde"))
    lost = Lost(id=bead.id, bead=bead, text=kinds.render(bead), key="k3")
    there = {"beads/gt-abcde.md": kinds.render(replace(KEPT, id=bead.id))}
    first = renumber(Snapshot.of(there), [Clash(commit="c", lost=(lost,))], NOW)
    assert first is not None
    taken = first.subject.split()[-1]
    archived = {**there, "archive/2026-01.jsonl": f'{{"id":"{taken}","title":"x","status":"tombstone"}}\n'}
    second = renumber(Snapshot.of(archived), [Clash(commit="c", lost=(lost,))], NOW)
    assert second is not None and second.subject.split()[-1] != taken


def test_there_are_references_to_look_at() -> None:
    assert {(path.partition("/")[0], name) for path, name, _ in references()} >= {
        ("beads", "needs"),
        ("beads", "parent"),
        ("convoys", "tracks"),
        ("molecules", "bead"),
        ("merges", "bead"),
        ("escalations", "related"),
    }


@pytest.mark.parametrize(("path", "name", "value"), references())
@pytest.mark.parametrize("who", ["loser", "both", "before"])
def test_references_of_the_losing_side_follow(path: str, name: str, value: Any, who: str) -> None:
    plain = items.SMALLEST[path]
    there = replace(plain, **{name: value})
    added = Added(
        path=path,
        there=there,
        before=(there if who == "before" else plain,),
        other=there if who == "both" else plain,
    )
    snapshot = Snapshot.of({**FILES, path: kinds.render(there)})
    edit = renumber(snapshot, [Clash(commit="c", lost=(LOST,), added=(added,))], NOW)
    assert edit is not None
    found = getattr(snapshot.with_edit(edit).get(path), name)
    if path.startswith("mail/") or who == "before" or (who == "both" and not isinstance(value, tuple)):
        assert found == value
    elif isinstance(value, tuple):
        kept = {OLD} if who == "both" else set()
        assert set(found) == {each for each in value if each != OLD} | {NEW} | kept
    else:
        assert found == NEW

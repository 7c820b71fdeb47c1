from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from gtlib.errors import UserError
from gtlib.model.bead import Bead
from gtlib.model.bead import Comment
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules.change_bead import Changes
from gtlib.rules.change_bead import plan_reopen
from gtlib.rules.change_bead import plan_update
from gtlib.rules.new_bead import Draft
from gtlib.rules.new_bead import plan_create
from tests.support.world import LATER
from tests.support.world import NOW
from tests.support.world import bead
from tests.support.world import closed_bead
from tests.support.world import hook
from tests.support.world import hooked
from tests.support.world import polecat
from tests.support.world import put
from tests.support.world import world


def update(snapshot: Snapshot, id: str, actor: str = "overseer", **changes: Any) -> Bead | None:
    edit = plan_update(snapshot, [id], Changes(**changes), actor, NOW)[1]
    found = put(edit).get(f"beads/{id}.md")
    assert found is None or isinstance(found, Bead)
    return found


def said(snapshot: Snapshot, id: str, actor: str = "overseer", **changes: Any) -> str:
    with pytest.raises(UserError) as refused:
        update(snapshot, id, actor, **changes)
    return str(refused.value)


def test_a_claim_is_compare_and_set() -> None:
    free = bead("pr-a1")
    mine = replace(free, status="in_progress", assignee="ada", started=NOW)
    assert update(world(free), "pr-a1", "ada", claim=True) == mine
    assert update(world(mine), "pr-a1", "ada", claim=True) is None
    assert (
        said(world(mine), "pr-a1", "bob", claim=True)
        == "pr-a1 is already claimed by ada; take another: bd ready"
    )
    blocked = bead("pr-a1", status="blocked")
    assert (
        said(world(blocked), "pr-a1", claim=True)
        == "pr-a1 is not claimable: status blocked; take another: bd ready"
    )


def test_what_the_rules_would_take_back_is_refused() -> None:
    town = world(hooked("pr-a1"), polecat(on=hook("pr-a1")))
    unsling = "pr-a1 is on the hook of proj/polecats/toast; take it off first: gt unsling pr-a1"
    assert said(town, "pr-a1", status="open") == unsling
    assert said(town, "pr-a1", assignee="mayor") == unsling
    assert said(world(bead("pr-a1")), "pr-a1", status="hooked").startswith(
        "hooked follows from an agent's hook"
    )


def test_status() -> None:
    assert update(world(bead("pr-a1")), "pr-a1", status="in_progress") == bead(
        "pr-a1", status="in_progress", started=NOW
    )
    assert update(world(closed_bead("pr-a1", close_reason="x")), "pr-a1", status="open") == bead("pr-a1")
    assert update(world(bead("pr-a1")), "pr-a1", status="closed", notes="n") == bead(
        "pr-a1", status="closed", closed=NOW, notes="n"
    )


def test_labels() -> None:
    town = world(bead("pr-a1", labels=("a", "b")))
    assert update(town, "pr-a1", add_labels=("a",)) is None
    assert update(town, "pr-a1", add_labels=("c",), remove_labels=("a",)) == bead("pr-a1", labels=("b", "c"))
    assert update(town, "pr-a1", set_labels=()) == bead("pr-a1")
    assert said(town, "pr-a1", remove_labels=("z",)) == "pr-a1 has no label z; it has a, b"


def test_notes_are_replaced_or_get_a_line_more() -> None:
    town = world(bead("pr-a1", notes="one"))
    assert update(town, "pr-a1", append_notes="two") == bead("pr-a1", notes="one\ntwo")
    assert update(town, "pr-a1", notes="") == bead("pr-a1")


def test_a_bead_is_not_below_itself() -> None:
    town = world(bead("pr-a1", parent=ItemId("pr-b1")), bead("pr-b1", parent=ItemId("pr-c1")), bead("pr-c1"))
    assert said(town, "pr-c1", parent="pr-a1") == (
        "pr-c1 would be its own parent: pr-c1 -> pr-a1 -> pr-b1 -> pr-c1; choose another parent"
    )
    assert update(town, "pr-a1", parent="") == bead("pr-a1")


def test_reopening_keeps_what_was_said() -> None:
    closed = closed_bead("pr-a1", labels=("x",), close_reason="done", evidence="abc", assignee="ada")
    edit = plan_reopen(world(closed), closed, "it fails", "ada", LATER)
    comment = Comment(id="c1", author="ada", created=LATER, text="it fails")
    assert put(edit) == {"beads/pr-a1.md": bead("pr-a1", labels=("x",), comments=(comment,))}
    with pytest.raises(UserError, match="pr-a1 is open, not closed"):
        plan_reopen(world(), bead("pr-a1"), "", "ada", LATER)


def create(snapshot: Snapshot, **draft: Any) -> dict[str, Any]:
    return dict(put(plan_create(snapshot, Draft(title="New", **draft), "pr", "ada", NOW, 1)[1]))


def test_children_are_numbered_and_take_labels_along() -> None:
    town = world(bead("pr-a1", labels=("x",)), bead("pr-a1.2", parent=ItemId("pr-a1")))
    made = create(town, parent="a1", labels=("y",))["beads/pr-a1.3.md"]
    assert (made.parent, made.labels, made.created_by) == ("pr-a1", ("x", "y"), "ada")
    assert create(town, parent="a1", inherit_labels=False)["beads/pr-a1.3.md"].labels == ()


def test_edges_both_ways() -> None:
    town = world(bead("pr-a1"), bead("pr-b1"), bead("pr-c1"))
    made = create(town, id="pr-new", deps=("a1", "blocks:pr-b1", "discovered-from:pr-c1", "external:x:y"))
    assert made["beads/pr-new.md"].needs == ("external:x:y", "pr-a1")
    assert made["beads/pr-new.md"].discovered_from == ("pr-c1",)
    assert made["beads/pr-b1.md"].needs == ("pr-new",)


@pytest.mark.parametrize(
    ("draft", "message"),
    [
        ({"id": "pr-a1"}, "pr-a1 is taken; see it with: bd show pr-a1"),
        ({"id": "pt-a1"}, "no rig has the prefix 'pt'; did you mean pr-...?"),
        ({"id": "nonsense"}, "'nonsense' is not an id; write <prefix>-<letters and digits>, as in gt-abc12"),
        ({"deps": ("pr-zz",)}, "no bead pr-zz; see them with: bd list --all"),
        ({"deps": ("block:pr-a1",)}, "unknown type of dependency 'block'; did you mean blocks or blocked-by?"),
        ({"parent": "pr-zz"}, "no bead pr-zz; see them with: bd list --all"),
        ({"parent": "pr-done"}, "the parent pr-done is closed; open it first: bd reopen pr-done"),
        ({"parent": "pr-a1", "deps": ("pr-a1",)}, "two edges to pr-a1: parent-child, blocks; one is enough, draw the one that matters"),
        ({"assignee": "proj/tost"}, "no agent 'proj/tost'; did you mean proj/toast or proj/witness or proj/polecats/toast?"),
    ],
)  # fmt: skip
def test_what_is_refused(draft: dict[str, Any], message: str) -> None:
    town = world(bead("pr-a1"), closed_bead("pr-done"), polecat())
    with pytest.raises(UserError) as refused:
        create(town, **draft)
    assert str(refused.value) == message

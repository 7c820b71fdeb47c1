"""Plans that change, end, delete and rename beads: what they take care of beyond what is typed."""

from __future__ import annotations

from datetime import UTC
from datetime import datetime
from typing import Any

import pytest
from msgspec.structs import replace

from gtlib.errors import UserError
from gtlib.model import kinds
from gtlib.model.archive_line import line_of
from gtlib.model.bead import Bead
from gtlib.model.bead import Edge
from gtlib.model.edit import Edit
from gtlib.model.escalation import Escalation
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules.archive import plan_fold
from gtlib.rules.archive import plan_restore
from gtlib.rules.batch import Asked
from gtlib.rules.batch import lines_of
from gtlib.rules.batch import plan_batch
from gtlib.rules.change_bead import Changes
from gtlib.rules.change_bead import plan_reopen
from gtlib.rules.change_bead import plan_update
from gtlib.rules.delete_bead import plan_delete
from gtlib.rules.end_bead import set_free
from gtlib.rules.memories import slug
from gtlib.rules.new_bead import Draft
from gtlib.rules.new_bead import plan_create
from gtlib.rules.references import renamed
from gtlib.rules.rename_bead import plan_rename
from gtlib.rules.replace_bead import plan_replace
from tests.support.world import LATER
from tests.support.world import NOW
from tests.support.world import bead
from tests.support.world import closed_bead
from tests.support.world import committed
from tests.support.world import convoy
from tests.support.world import hook
from tests.support.world import hooked
from tests.support.world import molecule
from tests.support.world import polecat
from tests.support.world import put
from tests.support.world import request
from tests.support.world import step
from tests.support.world import town
from tests.support.world import world

TOAST = "proj/polecats/toast"


def ids(*texts: str) -> tuple[ItemId, ...]:
    return tuple(map(ItemId, texts))


def update(snapshot: Snapshot, id: str, actor: str = "overseer", **changes: Any) -> Bead | None:
    edit = plan_update(snapshot, [id], Changes(**changes), actor, NOW)[1]
    found = put(edit).get(f"beads/{id}.md")
    assert found is None or isinstance(found, Bead)
    return found


def refused(plan: Any, *args: Any, **more: Any) -> str:
    with pytest.raises(UserError) as found:
        plan(*args, **more)
    return str(found.value)


def own_statuses(*items: kinds.Item) -> Snapshot:
    keys = town(statuses={"triage": "active", "dropped": "done", "waiting": "frozen"})
    return world(*items, files={"town.yaml": kinds.render(keys)})


def test_an_open_competition_is_claimed_by_several() -> None:
    free = bead("pr-a1", work_type="open_competition")
    first = update(world(free), "pr-a1", "ada", claim=True)
    assert first == replace(free, status="in_progress", assignee="ada", started=NOW)
    second = update(world(first), "pr-a1", "bob", claim=True)
    assert second == replace(first, assigned_to=("bob",))
    assert update(world(second), "pr-a1", "bob", claim=True) is None
    assert update(world(second), "pr-a1", "ada", claim=True) is None
    third = update(world(second), "pr-a1", "cay", claim=True)
    assert third is not None and third.assigned_to == ("bob", "cay")


def test_statuses_of_the_towns_own() -> None:
    snapshot = own_statuses(
        bead("pr-a1", status="triage"), bead("pr-b1", needs=ids("pr-a1")), bead("pr-e1", type="epic")
    )
    claimed = update(snapshot, "pr-a1", "ada", claim=True)
    assert claimed is not None and claimed.status == "in_progress"
    assert refused(update, snapshot, "pr-b1", status="dropped").startswith("pr-b1 waits for pr-a1; ")
    done = update(snapshot, "pr-a1", status="dropped")
    assert done == bead("pr-a1", status="dropped")
    after = own_statuses(bead("pr-a1", status="dropped"))
    assert put(plan_reopen(after, bead("pr-a1", status="dropped"), "", "ada", NOW)) == {
        "beads/pr-a1.md": bead("pr-a1")
    }
    assert refused(plan_create, after, Draft(title="x", parent="pr-a1"), "pr", "ada", NOW, 1) == (
        "the parent pr-a1 is dropped; open it first: bd reopen pr-a1"
    )


def test_what_is_on_a_hook_or_in_the_queue_ends_by_landing() -> None:
    held = own_statuses(hooked("pr-a1"), polecat(on=hook("pr-a1")), bead("pr-b1"))
    queued = own_statuses(bead("pr-a1"), request("pr-mr-1", "pr-a1"), bead("pr-b1"))
    unsling = f"pr-a1 is on the hook of {TOAST}; take it off first: gt unsling pr-a1"
    reject = "pr-a1 is in the merge queue; take it out first: gt mq reject pr-mr-1"
    lands = "pr-a1 closes when its work has landed; "
    asked = Asked(TOAST, NOW, "pr", 1)
    for snapshot, why, how in [
        (held, unsling, "gt done submits it"),
        (queued, reject, "it is submitted, gt mq list shows it"),
    ]:
        assert refused(update, snapshot, "pr-a1", TOAST, status="closed") == lands + how
        assert refused(plan_replace, snapshot, "pr-a1", "pr-b1", "duplicates", TOAST, NOW) == lands + how
        assert refused(plan_batch, snapshot, lines_of("close pr-a1"), asked) == f"line 1: {lands}{how}"
        assert refused(update, snapshot, "pr-a1", status="dropped") == why
        assert refused(plan_delete, snapshot, ["pr-a1"], "overseer", NOW, force=True) == why
        assert refused(plan_rename, snapshot, "pr-a1", "pr-z9", "overseer") == why
    assert refused(update, held, "pr-a1", defer=LATER) == unsling


def test_leaving_pinned_clears_the_flag() -> None:
    assert update(world(bead("pr-a1", status="pinned", pinned=True)), "pr-a1", status="open") == bead("pr-a1")


def test_a_template_is_read_only() -> None:
    assert refused(update, world(bead("pr-a1", template=True)), "pr-a1", priority=1) == (
        "pr-a1 is a template, which no command changes; change its file by hand"
    )


def test_defer() -> None:
    open_ = world(bead("pr-a1"))
    assert update(open_, "pr-a1", defer=LATER) == bead("pr-a1", status="deferred", defer=LATER)
    assert update(open_, "pr-a1", defer=LATER, status="blocked") == bead(
        "pr-a1", status="blocked", defer=LATER
    )
    assert update(open_, "pr-a1", defer="") is None
    assert update(world(bead("pr-a1", defer=LATER)), "pr-a1", wake=True) == bead("pr-a1")
    assert refused(update, world(closed_bead("pr-a1")), "pr-a1", sleep=True) == (
        "pr-a1 is closed; open it first: bd reopen pr-a1"
    )


def test_below_a_parent_that_waits_for_it() -> None:
    snapshot = world(bead("pr-a1"), bead("pr-e1", needs=ids("pr-a1")), bead("pr-c1", needs=ids("pr-e1")))
    assert "would wait for itself" in refused(update, snapshot, "pr-a1", parent="pr-e1")
    assert "would wait for itself" in refused(update, snapshot, "pr-c1", parent="pr-e1")


def test_what_is_free_after_a_close() -> None:
    snapshot = world(
        closed_bead("pr-a1"), bead("pr-b1", needs=ids("pr-a1")), bead("pr-b1.1", parent=ItemId("pr-b1")),
        bead("pr-c1", needs=ids("pr-a1", "pr-b1")), bead("pr-d1"),
        closed_bead("pr-s1.1", parent=ItemId("pr-s1")), bead("pr-s1"), bead("pr-w1", waits_for=ids("pr-s1")),
    )  # fmt: skip
    assert {each.id for each in set_free(snapshot, ids("pr-a1"), NOW)} == {"pr-b1", "pr-b1.1"}
    assert [each.id for each in set_free(snapshot, ids("pr-s1.1"), NOW)] == ["pr-w1"]
    assert set_free(snapshot, ids("pr-d1"), NOW) == ()


def test_what_names_a_deleted_bead_is_cleaned() -> None:
    told = Escalation(id=ItemId("hq-esc-1"), title="E", related=ids("pr-a1", "pr-b1"), created=NOW)
    snapshot = world(
        bead("pr-a1"), bead("pr-b1", related=ids("pr-a1")), convoy("hq-cv-1", "pr-a1", "pr-b1"),
        molecule("pr-mol-1", step("one"), bead=ItemId("pr-a1")), told,
    )  # fmt: skip
    _, edit = plan_delete(snapshot, ["pr-a1"], "ada", NOW)
    assert (edit.removes, put(edit)) == (
        ("beads/pr-a1.md",),
        {
            "beads/pr-b1.md": bead("pr-b1"),
            "convoys/hq-cv-1.md": convoy("hq-cv-1", "pr-b1"),
            "molecules/pr-mol-1.md": molecule("pr-mol-1", step("one")),
            "escalations/hq-esc-1.md": replace(told, related=ids("pr-b1")),
        },
    )
    found, edit = plan_delete(
        world(bead("pr-a1"), bead("pr-b1", needs=ids("pr-a1")), bead("pr-c1", needs=ids("pr-b1"))),
        ["a1"],
        "ada",
        NOW,
        cascade=True,
    )
    assert [each.id for each in found.beads] == ["pr-a1", "pr-b1", "pr-c1"]


def archived(*beads: Bead) -> str:
    return "".join(line_of(each, kinds.render(each)) for each in beads)


TOMB = (
    '{"id":"pr-a1","title":"Do pr-a1","priority":2,"issue_type":"task","created_at":"2026-11-19T08:00:00Z",'
    f'"status":"tombstone","updated_at":"{NOW}","deleted_at":"{NOW}","deleted_by":"ada","delete_reason":"delete",'
    '"original_type":"task"}\n'
)


def test_a_deleted_bead_leaves_a_tombstone_and_no_line_of_its_past() -> None:
    stale, other = archived(closed_bead("pr-a1", title="Stale")), archived(closed_bead("pr-b1"))
    snapshot = world(bead("pr-a1"), files={"archive/2026-10.jsonl": stale + other + stale})
    _, edit = plan_delete(snapshot, ["pr-a1"], "ada", NOW)
    assert edit.files == (("archive/2026-10.jsonl", other), ("archive/2026-11.jsonl", TOMB))
    after = committed(snapshot, edit)
    assert after.bead(ItemId("pr-a1")) is None
    assert "pr-a1" in after.taken()
    again = world(bead("pr-a1"), files={"archive/2026-11.jsonl": stale + other.rstrip("\n")})
    _, edit = plan_delete(again, ["pr-a1"], "ada", NOW)
    assert edit.files == (("archive/2026-11.jsonl", other + TOMB),)


def test_what_is_brought_back_does_not_lead_to_what_was_deleted_meanwhile() -> None:
    by_hand = (
        kinds.render(closed_bead("pr-b1", parent=ItemId("pr-a1"))) + "\n<!-- below pr-a1 -->\n\n\nText.\n"
    )
    before = world(
        bead("pr-a1"), convoy("hq-cv-1", "pr-a1", "pr-c1", status="closed", closed=NOW),
        closed_bead("pr-c1", needs=ids("pr-a1", "pr-b1")), files={"beads/pr-b1.md": by_hand},
    )  # fmt: skip
    moment = datetime(2027, 1, 1, tzinfo=UTC)
    after = committed(before, plan_fold(before, LATER, moment))
    assert [each.id for each in after.beads()] == ["pr-a1"]
    after = committed(after, plan_delete(after, ["pr-a1"], "ada", NOW)[1])
    back = committed(after, plan_restore(after, ids("pr-b1", "pr-c1", "hq-cv-1")))
    assert back.text("beads/pr-b1.md") == by_hand.replace("parent: pr-a1\n", "")
    assert back.bead(ItemId("pr-c1")) == closed_bead("pr-c1", needs=ids("pr-b1"))
    assert back.convoy(ItemId("hq-cv-1")) == convoy("hq-cv-1", "pr-c1", status="closed", closed=NOW)


def test_archived_items_follow_a_rename() -> None:
    by_hand = kinds.render(closed_bead("pr-b1", parent=ItemId("pr-a1"))).replace("---\n", "---\n# mine\n", 1)
    before = world(
        bead("pr-a1"), convoy("hq-cv-1", "pr-a1", "pr-c1", status="closed", closed=NOW),
        closed_bead("pr-c1", needs=ids("pr-a1"), notes="like pr-a1, not pr-a12"),
        closed_bead("pr-d1"), files={"beads/pr-b1.md": by_hand},
    )  # fmt: skip
    after = committed(before, plan_fold(before, LATER, datetime(2027, 1, 1, tzinfo=UTC)))
    month = "archive/2026-11.jsonl"
    told = "<<<<<<< pr-a1\n" + archived(closed_bead("pr-a1")) + TOMB.replace("pr-a1", "pr-e1.pr-a1")
    after = after.with_edit(Edit(subject="x", files=((month, (after.text(month) or "") + told),)))
    found, edit = plan_rename(after, "pr-a1", "pr-a9", "ada")
    assert found.changed == (month,)
    lines = (after.text(month) or "").splitlines(keepends=True)
    said = dict(edit.files)[month].splitlines(keepends=True)
    assert [line for line in said if line not in lines] == [
        line.replace('"pr-a1"', '"pr-a9"').replace(" pr-a1,", " pr-a9,").replace(" pr-a1\\", " pr-a9\\")
        for line in lines
        if any(f'"id":"{id}"' in line for id in ("pr-b1", "pr-c1", "hq-cv-1"))
    ]
    assert [line for line in lines if line in said] == [
        line for line in lines if '"pr-d1"' in line or "<<<<<<<" in line or "pr-e1.pr-a1" in line
    ]
    renamed_town = committed(after, edit)
    assert [each.id for each in renamed_town.archive.children("pr-a9")] == ["pr-b1"]
    assert renamed_town.archive.line("pr-a1") is None
    back = committed(renamed_town, plan_restore(renamed_town, ids("pr-b1", "pr-c1", "hq-cv-1")))
    assert back.text("beads/pr-b1.md") == by_hand.replace("pr-a1", "pr-a9")
    assert back.bead(ItemId("pr-c1")) == (
        closed_bead("pr-c1", needs=ids("pr-a9"), notes="like pr-a9, not pr-a12")
    )
    assert back.convoy(ItemId("hq-cv-1")) == convoy("hq-cv-1", "pr-a9", "pr-c1", status="closed", closed=NOW)


def test_a_file_that_does_not_parse_stands_in_the_way_of_what_would_change_it() -> None:
    broken = Snapshot.of({"beads/pr-a1.md": "---\ntitle: [\n---\n", "town.yaml": "name: t\n"})
    assert refused(plan_delete, broken, ["pr-a1"], "ada", NOW, force=True).startswith(
        "beads/pr-a1.md does not parse; "
    )
    assert refused(update, broken, "pr-a1", priority=1).startswith("beads/pr-a1.md does not parse; ")


def test_words_that_only_look_like_the_id_stay() -> None:
    said = "pr-a1, (pr-a1) pr-a1. pr-a1.1 xpr-a1 pr-a1-b pr-a12 pr-a1"
    found = renamed(bead("pr-b1", description=said, needs=ids("pr-a1", "pr-a1.1")), "pr-a1", "pr-new")
    assert isinstance(found, Bead)
    assert found.description == "pr-new, (pr-new) pr-new. pr-a1.1 xpr-a1 pr-a1-b pr-a12 pr-new"
    assert found.needs == ("pr-a1.1", "pr-new")
    gate = Edge(to="pr-a1", type="waits-for", metadata='{"gate":"any-children","spawner_id":"pr-a1"}')
    assert renamed(
        bead("pr-b1", waits_for=ids("pr-a1"), edges=(gate,), imported='{"x":"pr-a1"}'), "pr-a1", "pr-new"
    ) == (
        bead(
            "pr-b1",
            waits_for=ids("pr-new"),
            imported='{"x":"pr-new"}',
            edges=(replace(gate, to="pr-new", metadata='{"gate":"any-children","spawner_id":"pr-new"}'),),
        )
    )
    assert renamed(bead("pr-b1", metadata={"k": ["pr-a1", "pr-a12"]}), "pr-a1", "pr-new") == (
        bead("pr-b1", metadata={"k": ["pr-new", "pr-a12"]})
    )
    same = bead("pr-c1", description="nothing")
    assert renamed(same, "pr-a1", "pr-new") is same


def test_keys_of_memories() -> None:
    assert slug("Über-Größe: 3 Wörter!") == "uber-groe-3-worter"
    assert slug("word " * 40) == "-".join(["word"] * 12)
    assert slug("x" * 200) == "x" * 60

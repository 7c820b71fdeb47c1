"""What is over for long is folded away, what something leans on stays, and everything comes back as it was."""

from __future__ import annotations

from datetime import UTC
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gtlib.errors import UserError
from gtlib.model import archive_line
from gtlib.model import kinds
from gtlib.model.bead import Bead
from gtlib.model.escalation import Escalation
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules import exporting
from gtlib.rules import importing
from gtlib.rules import registry
from gtlib.rules.archive import plan_fold
from gtlib.rules.archive import plan_restore
from gtlib.rules.import_plan import plan_import
from gtlib.rules.reassert import reassert
from tests.support.items import SMALLEST
from tests.support.items import candidates
from tests.support.items import fields
from tests.support.world import bead
from tests.support.world import closed_bead
from tests.support.world import committed
from tests.support.world import convoy
from tests.support.world import crew
from tests.support.world import hook
from tests.support.world import molecule
from tests.support.world import polecat
from tests.support.world import request
from tests.support.world import step
from tests.support.world import town
from tests.support.world import world

NOW = "2026-12-31T00:00:00Z"
OLD = "2026-11-19T20:00:00Z"


def done(id: str, **keys: Any) -> Bead:
    return closed_bead(id, **keys)


def folded(snapshot: Snapshot, **how: Any) -> list[str]:
    edit = plan_fold(snapshot, NOW, **how)
    return sorted(path.partition("/")[2][:-3] for path in edit.removes) if edit else []


def test_what_is_over_for_long_goes_into_its_month_in_one_edit() -> None:
    snapshot = world(
        done("pr-aaaaa"),
        done("pr-bbbbb", closed="2026-10-01T00:00:00+02:00"),
        done("pr-ccccc", closed="2026-12-30T00:00:00Z"),
        bead("pr-ddddd", needs=(ItemId("pr-aaaaa"),)),
        bead("pr-eeeee", status="tombstone", closed="2026-12-30T00:00:00Z"),
        molecule("pr-mol-aaaaa", step("only", "done"), status="closed", closed=OLD, bead=ItemId("pr-aaaaa")),
        convoy("hq-cv-aaaaa", "pr-aaaaa", status="closed", closed=OLD),
        request("pr-mr-aaaaa", "pr-aaaaa", status="landed", applied=True, created=OLD),
        Escalation(id=ItemId("hq-esc-aaaaa"), title="Help", status="closed", created=OLD),
    )
    edit = plan_fold(snapshot, NOW)
    assert edit is not None
    assert edit.subject == "archive: 7 items"
    assert [path for path, _ in edit.files] == [
        "archive/2026-09.jsonl",
        "archive/2026-11.jsonl",
        "archive/2026-12.jsonl",
    ]
    after = committed(snapshot, edit)
    assert [each.id for each in after.beads()] == ["pr-ccccc", "pr-ddddd"]
    assert after.bead(ItemId("pr-aaaaa")) == done("pr-aaaaa")
    assert after.molecule(ItemId("pr-mol-aaaaa")) == snapshot.molecule(ItemId("pr-mol-aaaaa"))
    assert after.convoy(ItemId("hq-cv-aaaaa")) == snapshot.convoy(ItemId("hq-cv-aaaaa"))
    assert after.merge(ItemId("pr-mr-aaaaa")) == snapshot.merge(ItemId("pr-mr-aaaaa"))
    assert after.escalation(ItemId("hq-esc-aaaaa")) == snapshot.escalation(ItemId("hq-esc-aaaaa"))
    assert after.archive.has("pr-eeeee")
    assert after.broken() == ()
    assert plan_fold(after, NOW) is None
    assert registry.run(after, NOW) == registry.run(snapshot, NOW) is None
    assert registry.with_rules(snapshot, edit, NOW) == edit


LEANING = [
    [done("pr-aaaaa"), bead("pr-bbbbb", parent=ItemId("pr-aaaaa"))],
    [done("pr-aaaaa"), polecat("toast", hook("pr-aaaaa"))],
    [done("pr-aaaaa"), crew("max", hook("pr-zzzzz", queue=(ItemId("pr-aaaaa"),)))],
    [done("pr-aaaaa"), convoy("hq-cv-aaaaa", "pr-aaaaa", "pr-bbbbb")],
    [done("pr-aaaaa"), convoy("hq-cv-aaaaa", "pr-aaaaa", status="staged")],
    [done("pr-aaaaa"), request("pr-mr-aaaaa", "pr-aaaaa", status="conflict")],
    [done("pr-aaaaa"), request("pr-mr-aaaaa", "pr-aaaaa", status="landed")],
    [done("pr-aaaaa"), molecule("pr-mol-aaaaa", bead=ItemId("pr-aaaaa"))],
    [done("pr-aaaaa", labels=("provides:login",))],
    [done("pr-aaaaa", pinned=True)],
    [bead("pr-aaaaa", status="pinned", closed=OLD)],
    [done("pr-aaaaa", closed="2026-12-02T00:00:00Z")],
    [done("pr-aaaaa", closed="", created="")],
    [bead("pr-aaaaa"), molecule("pr-mol-aaaaa", status="closed", closed=OLD, bead=ItemId("pr-aaaaa"))],
    [bead("pr-aaaaa"), request("pr-mr-aaaaa", "pr-aaaaa", status="superseded", created=OLD)],
]


@pytest.mark.parametrize("items", LEANING)
def test_what_something_alive_leans_on_stays(items: list[kinds.Item]) -> None:
    assert folded(world(*items)) == []


def test_a_file_that_does_not_parse_stays() -> None:
    files = {"beads/pr-aaaaa.md": kinds.render(done("pr-aaaaa")).replace("priority: 2", "priority: high")}
    assert folded(world(files=files)) == []


def test_the_town_says_how_long_and_how_many_go_at_once() -> None:
    snapshot = world(*(done(f"pr-aaaa{n}", closed=f"2026-11-0{n}T00:00:00Z") for n in range(1, 6)))
    assert folded(snapshot, limit=2) == ["pr-aaaa1", "pr-aaaa2"]
    assert folded(snapshot, before=datetime(2026, 11, 2, 12, tzinfo=UTC)) == ["pr-aaaa1", "pr-aaaa2"]
    never = replaced_limits(snapshot, 0)
    assert folded(never) == []
    assert len(folded(never, before=datetime(2026, 12, 1, tzinfo=UTC))) == 5


def replaced_limits(snapshot: Snapshot, days: int) -> Snapshot:
    texts = {path: snapshot.text(path) or "" for path in snapshot.paths("")}
    texts["town.yaml"] = kinds.render(town()) + f"limits:\n  archive_days: {days}\n"
    return Snapshot.of(texts)


def test_a_reopened_item_is_as_it_was_and_its_lines_are_out() -> None:
    before = world(done("pr-aaaaa", close_reason="Landed", evidence="a" * 40), done("pr-bbbbb"))
    after = committed(before, plan_fold(before, NOW))
    back = committed(after, plan_restore(after, [ItemId("pr-aaaaa")]))
    assert back.bead(ItemId("pr-aaaaa")) == before.bead(ItemId("pr-aaaaa"))
    assert not back.archive.has("pr-aaaaa")
    assert back.archive.has("pr-bbbbb")
    whole = committed(back, plan_restore(back, [ItemId("pr-bbbbb")]))
    assert {path: whole.text(path) for path in whole.paths("beads/")} == {
        path: before.text(path) for path in before.paths("beads/")
    }
    # removed, it would conflict with what another machine folds into the same month
    assert {path: whole.text(path) for path in whole.paths("archive/")} == {"archive/2026-11.jsonl": ""}
    assert whole.broken() == ()
    assert len(whole.archive) == 0
    again = committed(whole, plan_fold(whole, NOW))
    assert again.text("archive/2026-11.jsonl") == after.text("archive/2026-11.jsonl")


def test_what_is_no_bead_comes_back_to_the_byte() -> None:
    text = kinds.render(molecule("pr-mol-aaaaa", status="closed", closed=OLD)) + "\nSaid by hand.\n"
    before = world(files={"molecules/pr-mol-aaaaa.md": text})
    after = committed(before, plan_fold(before, NOW))
    assert list(after.molecules()) == []
    back = committed(after, plan_restore(after, [ItemId("pr-mol-aaaaa")]))
    assert back.text("molecules/pr-mol-aaaaa.md") == text


def test_a_line_that_a_merge_brought_back_goes_when_the_item_is_folded_again() -> None:
    stale, other = (
        archive_line.line_of(each, kinds.render(each))
        for each in (done("pr-aaaaa", title="Stale"), done("pr-bbbbb", title="\u2028pr-aaaaa"))
    )
    snapshot = world(done("pr-aaaaa"), files={"archive/2027-01.jsonl": stale + other + stale})
    after = committed(snapshot, plan_fold(snapshot, NOW))
    assert after.text("archive/2027-01.jsonl") == other
    assert after.bead(ItemId("pr-aaaaa")) == done("pr-aaaaa")


@pytest.mark.parametrize(
    ("id", "why"),
    [("pr-bbbbb", "is not archived"), ("pr-zzzzz", "is not archived"), ("pr-ttttt", "was deleted")],
)
def test_what_can_not_be_brought_back_is_refused(id: str, why: str) -> None:
    line = '{"id":"pr-ttttt","title":"Gone","status":"tombstone"}\n'
    with pytest.raises(UserError, match=why):
        plan_restore(world(bead("pr-bbbbb"), files={"archive/2026-01.jsonl": line}), [ItemId(id)])


def test_rules_never_write_the_file_of_what_is_archived() -> None:
    lines = "".join(
        archive_line.line_of(each, kinds.render(each))
        for each in (done("pr-aaaaa", closed=""), bead("pr-bbbbb", status="shipped"))
    )
    snapshot = world(
        polecat("toast", hook("pr-aaaaa")),
        polecat("nux", hook("pr-bbbbb", "nux")),
        convoy("hq-cv-aaaaa", "pr-aaaaa"),
        files={"archive/2026-01.jsonl": lines},
    )
    edit = registry.run(snapshot, NOW)
    assert edit is not None
    assert [item for item in edit.put if isinstance(item, Bead)] == []
    after = committed(snapshot, edit)
    assert list(after.beads()) == []
    assert reassert(after, NOW) is None
    found = after.convoy(ItemId("hq-cv-aaaaa"))
    assert found is not None
    assert found.status == "closed"


@st.composite
def beads(draw: st.DrawFn) -> Bead:
    """A closed bead with any values that its fields take."""
    path = "beads/gt-aaaaa.md"
    names = [name for name, _ in fields(SMALLEST[path])]
    chosen = draw(st.lists(st.sampled_from(names), max_size=12, unique=True))
    values = {name: draw(st.sampled_from(candidates(path, name))) for name in chosen}
    extra = draw(st.dictionaries(st.from_regex(r"\Ax_[a-z]{1,5}\Z"), st.text(max_size=9), max_size=2))
    texts = {name: draw(st.text(max_size=30)) for name in draw(st.sets(st.sampled_from(("title", "notes"))))}
    fixed = {"status": "closed", "closed": OLD, "pinned": False, "extra": extra}
    return replace(SMALLEST[path], **{**values, **texts, **fixed})


@given(beads())
def test_nothing_of_a_bead_is_lost(item: Bead) -> None:
    """Not even a bead stays behind because its line would lose something."""
    try:
        before = world(item)
    except UserError:  # a value that no file holds
        return
    stands = before.bead(item.id)
    if stands is None or before.broken():
        return
    after = committed(before, plan_fold(before, NOW))
    assert list(after.beads()) == []
    assert after.bead(item.id) == stands
    back = committed(after, plan_restore(after, [item.id]))
    path = f"beads/{item.id}.md"
    assert back.text(path) == before.text(path)


BY_HAND = """\
---
# who closed it was away
created: "2026-10-01T08:00:00Z"
status:   closed

title: 'Log in'  # the short one
closed: 2026-10-02T08:00:00Z
labels: [web, api]
---

Said by hand.

"""


@pytest.mark.parametrize(
    "text", [BY_HAND, "---\n# only a remark\n" + kinds.render(done("pr-aaaaa")).removeprefix("---\n")]
)
def test_a_file_comes_back_to_the_byte_with_its_remarks_and_layout(text: str) -> None:
    before = world(files={"beads/pr-aaaaa.md": text})
    after = committed(before, plan_fold(before, NOW))
    assert list(after.beads()) == []
    assert after.bead(ItemId("pr-aaaaa")) == before.bead(ItemId("pr-aaaaa"))
    back = committed(after, plan_restore(after, [ItemId("pr-aaaaa")]))
    assert back.text("beads/pr-aaaaa.md") == text


def test_how_a_file_was_written_is_not_exported_and_an_import_of_the_line_is_no_news() -> None:
    before = world(files={"beads/pr-aaaaa.md": BY_HAND})
    after = committed(before, plan_fold(before, NOW))
    (line,) = exporting.lines(after, exporting.Selection())
    assert "_text" not in line
    assert "remark" not in line
    batch = importing.read_lines("there", [(1, line.encode())])
    assert plan_import(after, batch).unchanged == ["pr-aaaaa"]

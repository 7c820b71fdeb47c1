from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from msgspec.structs import replace

from gtlib.model import kinds
from gtlib.model.edit import Edit
from gtlib.model.message import Message
from gtlib.model.snapshot import Snapshot
from gtlib.rules import registry
from gtlib.rules.edits import merge_edits
from gtlib.rules.registry import Rule
from gtlib.rules.registry import run
from tests.support.laws import examples
from tests.support.world import LATER
from tests.support.world import NOW
from tests.support.world import bead
from tests.support.world import committed
from tests.support.world import convoy
from tests.support.world import hook
from tests.support.world import molecule
from tests.support.world import polecat
from tests.support.world import put
from tests.support.world import request
from tests.support.world import step
from tests.support.world import world

IDS = ("pr-a", "pr-b", "pr-c")
NAMES = ("toast", "nux")
STAMPS = ("", "2026-11-20T06:00:00Z", "2026-11-20T07:00:00Z")


@st.composite
def towns(draw: st.DrawFn) -> Snapshot:
    items: list[kinds.Item] = []
    for id in draw(st.sets(st.sampled_from(IDS))):
        status = draw(st.sampled_from(["open", "hooked", "in_progress", "closed", "deferred"]))
        who = draw(st.sampled_from(["", "overseer", "proj/polecats/toast", "proj/polecats/nux"]))
        items.append(bead(id, status=status, assignee=who, closed=draw(st.sampled_from(STAMPS))))
    for name in draw(st.sets(st.sampled_from(NAMES))):
        state = draw(st.sampled_from(["created", "active", "completed", "archived"]))
        queue = tuple(draw(st.lists(st.sampled_from(IDS), max_size=2, unique=True)))
        on = hook(
            draw(st.sampled_from(IDS)), name, state=state, queue=queue, since=draw(st.sampled_from(STAMPS))
        )
        items.append(polecat(name, draw(st.sampled_from([None, on]))))
    for id in draw(st.sets(st.sampled_from(["pr-mol-a", "pr-mol-b"]))):
        steps = [step(each, draw(st.sampled_from(["open", "done", "skipped"]))) for each in ("one", "two")]
        state = draw(st.sampled_from(["open", "closed"]))
        items.append(molecule(id, *steps, status=state, closed=draw(st.sampled_from(STAMPS)), bead="pr-a"))
    if draw(st.booleans()):
        tracks = draw(st.sets(st.sampled_from((*IDS, "pr-gone"))))
        state = draw(st.sampled_from(["open", "closed", "staged"]))
        items.append(convoy("hq-cv-a", *sorted(tracks), status=state, owner="overseer"))
    for id in draw(st.sets(st.sampled_from(["pr-mr-a", "pr-mr-b"]))):
        state = draw(st.sampled_from(["ready", "testing", "landed", "rework", "superseded"]))
        items.append(request(id, draw(st.sampled_from(IDS)), status=state, applied=draw(st.booleans())))
    files = {}
    if draw(st.booleans()):
        to = draw(st.sampled_from(["mayor", "proj/polecats/toast", "nobody"]))
        files["mail/outbox/note.md"] = f"---\nto:\n  - {to}\nsubject: Hello\n---\nText.\n"
    return world(*items, files=files)


# what promise 3 names: these follow from other files and are reasserted
FOLLOWS = {"Bead": {"status", "assignee"}, "MergeRequest": {"status"}}
# a hook that is given back by hand is work given out again: what was undone is the assignment itself
ASSIGNMENT = {"Agent"}

relaxed = settings(max_examples=examples(150), deadline=None, suppress_health_check=[HealthCheck.too_slow])


@relaxed
@given(towns())
def test_rules_come_to_rest(snapshot: Snapshot) -> None:
    edit = run(snapshot, NOW)
    assert run(committed(snapshot, edit), LATER) is None


@relaxed
@given(towns())
def test_an_effect_undone_by_hand_is_not_asked_again(snapshot: Snapshot) -> None:
    edit = run(snapshot, NOW)
    if edit is None:
        return
    after = committed(snapshot, edit)
    for undo in undone(snapshot, edit):
        assert run(committed(after, undo), LATER) is None, undo


def undone(before: Snapshot, edit: Edit) -> list[Edit]:
    """One hand edit for each field or mail that the rules wrote and that is not reasserted."""
    found = [Edit(subject="by hand", removes=(path,)) for path, _ in edit.files]
    for path, item in put(edit).items():
        was: Any = before.get(path)
        kind = type(item).__name__
        if kind in ASSIGNMENT:
            continue
        for field in item.__struct_fields__:
            if field in FOLLOWS.get(kind, ()) or getattr(was, field) == getattr(item, field):
                continue
            if field in ("extra", "closed"):
                continue  # the records that it was consumed
            back = replace(item, **{field: getattr(was, field)})
            found.append(Edit(subject="by hand", put=(back,)))
    return found


def test_only_what_changed_is_looked_at() -> None:
    town = world(molecule("pr-mol-a", step("a", "done")), bead("pr-x", status="hooked"))
    assert run(town, NOW, frozenset()) is None
    assert run(town, NOW, frozenset({"town.yaml"})) is None
    assert set(put(run(town, NOW, frozenset({"molecules/pr-mol-a.md"})))) == {"molecules/pr-mol-a.md"}
    assert set(put(run(town, NOW, frozenset({"beads/pr-x.md"})))) == {"beads/pr-x.md"}
    assert run(town, NOW, frozenset({"beads/pr-y.md"})) is None
    assert set(put(run(town, NOW, frozenset({"agents/proj/polecats/gone.md"})))) == {"beads/pr-x.md"}
    assert len(put(run(town, NOW))) == 2


def test_one_event_gives_the_subject_and_several_are_counted() -> None:
    one = run(world(bead("pr-x", status="hooked")), NOW)
    assert one is not None
    assert one.subject == "free: pr-x is on no hook"
    assert one.trailers == (("Event", "free"), ("Bead", "pr-x"))
    two = run(world(bead("pr-x", status="hooked"), bead("pr-y", status="hooked")), NOW)
    assert two is not None
    assert two.subject == "free: pr-x is on no hook (and 1 more)"
    assert [value for key, value in two.trailers if key == "Change"] == [
        "free: pr-x is on no hook",
        "free: pr-y is on no hook",
    ]


def test_rules_that_contradict_each_other_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def flip(snapshot: Snapshot, now: str, changed: object) -> Edit | None:
        found = snapshot.bead("pr-x")
        assert found is not None
        other = replace(found, priority=1 - found.priority)
        return Edit(subject="flip", put=(other,))

    monkeypatch.setattr(registry, "RULES", (Rule(flip, ("beads/",)),))
    with pytest.raises(RuntimeError, match="do not come to rest"):
        run(world(bead("pr-x", priority=0)), NOW)


def test_merge_edits_lets_the_last_word_stand() -> None:
    first = Edit(
        subject="a", put=(bead("pr-x"), bead("pr-y")), files=(("mail/m/new/1.md", "one"),), actor="ada"
    )
    second = Edit(
        subject="b",
        put=(bead("pr-x", priority=0),),
        removes=("beads/pr-y.md", "mail/m/new/1.md"),
        actor="max",
    )
    found = merge_edits([first, second])
    assert found == Edit(
        subject="a (and 1 more)",
        put=(bead("pr-x", priority=0),),
        removes=("beads/pr-y.md", "mail/m/new/1.md"),
        trailers=(("Change", "a"), ("Change", "b")),
        actor="ada",
    )
    assert merge_edits([]) is None
    assert merge_edits([first]) == first
    assert merge_edits([first, second], subject="a") == replace(
        found, subject="a", trailers=(("Change", "b"),)
    )


def test_mail_in_the_outbox_is_answered_once() -> None:
    town = world(files={"mail/outbox/x.md": "---\nto:\n  - mayor\nsubject: Hi\n---\n"})
    edit = run(town, NOW, frozenset({"mail/outbox/x.md"}))
    assert edit is not None
    ((_, message),) = town.with_edit(edit).mail("mayor", "new")
    assert isinstance(message, Message)

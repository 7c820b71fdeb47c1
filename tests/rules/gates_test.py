"""Gates: how they stand by what the files tell, and what becomes of them."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from gtlib.errors import UserError
from gtlib.model import kinds
from gtlib.model.bead import Bead
from gtlib.model.edit import Edit
from gtlib.model.message import Message
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules import registry
from gtlib.rules.gate_plans import Wanted
from gtlib.rules.gate_plans import plan_add_waiter
from gtlib.rules.gate_plans import plan_create_gate
from gtlib.rules.gate_plans import plan_resolve
from gtlib.rules.gate_plans import plan_verdicts
from gtlib.rules.gates import Verdict
from gtlib.rules.gates import command_text
from gtlib.rules.gates import judge
from tests.support.world import NOW
from tests.support.world import bead
from tests.support.world import closed_bead
from tests.support.world import committed
from tests.support.world import letters
from tests.support.world import molecule
from tests.support.world import step
from tests.support.world import world

MADE = "2026-11-20T07:00:00Z"
HOUR_ON = "2026-11-20T09:00:00Z"


def gate(id: str = "hq-g", **keys: Any) -> Bead:
    return bead(id, **{"type": "gate", "title": "Gate: it", "created": MADE, **keys})


def letter(id: str = "msg-1", box: str = "new", **keys: Any) -> dict[str, str]:
    message = Message(
        **{"id": ItemId(id), "sender": "mayor", "subject": "Go on", "sent": "2026-11-20T07:30:00Z", **keys}
    )
    return {f"mail/overseer/{box}/{id}.md": kinds.render(message)}


def stands(snapshot: Snapshot, found: Bead, now: str = NOW) -> tuple[str, str] | None:
    verdict = judge(snapshot, found, now)
    return verdict and (verdict.state, verdict.why)


def of(snapshot: Snapshot, id: str = "hq-g") -> Bead:
    found = snapshot.bead(ItemId(id))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({}, ("shut", "waits for a person: bd gate resolve")),
        ({"await_": "timer", "timeout": "1h"}, ("open", "its time was over at 2026-11-20T08:00:00Z")),
        ({"await_": "timer", "timeout": "90m"}, ("shut", "its timer has 30m to go")),
        ({"await_": "timer"}, ("error", "a timer without a timeout never ends")),
        ({"await_": "bead", "on": "hq-done"}, ("open", "hq-done is closed")),
        ({"await_": "bead", "on": "proj:hq-open"}, ("shut", "hq-open is open")),
        ({"await_": "bead", "on": "hq-mol-1"}, ("shut", "hq-mol-1 is open")),
        ({"await_": "bead", "on": "hq-none"}, ("error", "no bead hq-none")),
        ({"await_": "bead", "on": "hq-bad"}, ("error", "beads/hq-bad.md does not parse")),
        ({"await_": "bead"}, ("error", "it names no bead")),
        ({"await_": "mail", "on": "mayor/"}, ("open", "mail msg-1 from mayor")),
        ({"await_": "mail", "on": "go"}, ("open", "mail msg-1 from mayor")),
        ({"await_": "mail", "on": "Go*"}, ("open", "mail msg-1 from mayor")),
        ({"await_": "mail", "on": "*"}, ("shut", "no mail from or about '*' yet")),
        ({"await_": "mail", "on": "deacon"}, ("shut", "no mail from or about 'deacon' yet")),
        ({"await_": "mail"}, ("error", "it names neither a sender nor a subject")),
        ({"await_": "moon"}, ("error", "no such kind of gate: 'moon'")),
        ({"await_": "gh:run", "on": "1"}, None),
    ],
)
def test_how_a_gate_stands(keys: dict[str, Any], said: tuple[str, str] | None) -> None:
    found = gate(**keys)
    files = {**letter(), "beads/hq-bad.md": "---\nid: hq-bad\n"}
    town = world(found, closed_bead("hq-done"), bead("hq-open"), molecule("hq-mol-1", step("a")), files=files)
    assert stands(town, found) == said


def test_only_mail_that_came_after_the_gate_opens_it() -> None:
    found = gate(await_="mail", on="mayor")
    early = letter(sent="2026-11-20T06:59:59Z")
    assert stands(world(found, files=early), found) == ("shut", "no mail from or about 'mayor' yet")
    assert stands(world(found, files=letter(box="cur")), found) == ("open", "mail msg-1 from mayor")


def test_what_runs_is_a_script_or_words() -> None:
    script, words = gate(metadata={"run": "test -e x"}), gate(metadata={"run": ["test", "-e", "a b"]})
    assert command_text(script) == "test -e x"
    assert command_text(words) == "test -e 'a b'"
    assert [command_text(gate(metadata={"run": run})) for run in (" ", [], [1], {"a": 1}, None)] == [""] * 5


def changed(before: Snapshot, edit: Edit | None, now: str = NOW) -> tuple[Snapshot, Edit | None]:
    whole = registry.with_rules(before, edit, now)
    return committed(before, whole), whole


def test_a_bead_that_closes_opens_its_gate_and_tells_who_waits_in_one_commit() -> None:
    before = world(
        gate(await_="bead", on="pr-a", waiters=("mayor", "nobody")),
        bead("pr-a"),
        bead("pr-b", needs=("hq-g",)),
    )
    close = Edit(subject="close: pr-a", put=(closed_bead("pr-a", closed=NOW),))
    after, edit = changed(before, close)
    found = of(after)
    assert (found.status, found.closed, found.close_reason) == ("closed", NOW, "pr-a is closed")
    assert found.metadata == {"gate_opened": f"pr-a {NOW}", "gate_told": NOW}
    assert letters(edit) == {"mayor": "Gate hq-g is open", "overseer": "Gate hq-g is open"}
    assert registry.run(after, HOUR_ON) is None


def test_what_is_undone_by_hand_stays_so_until_it_happens_again() -> None:
    before = world(gate(await_="bead", on="pr-a", waiters=("mayor",)), bead("pr-a"))
    after, _ = changed(before, Edit(subject="x", put=(closed_bead("pr-a", closed=NOW),)))
    without_mail = committed(after, Edit(subject="x", removes=tuple(after.paths("mail/"))))
    assert registry.run(without_mail, HOUR_ON) is None
    shut = committed(after, Edit(subject="x", put=(replace(of(after), status="open", closed=""),)))
    assert registry.run(shut, HOUR_ON) is None
    assert stands(shut, of(shut), HOUR_ON) == (
        "shut", "this opened it before, and somebody shut it again: bd gate resolve opens it"
    )  # fmt: skip
    again, edit = changed(shut, Edit(subject="x", put=(closed_bead("pr-a", closed=HOUR_ON),)), HOUR_ON)
    assert of(again).status == "closed"
    assert letters(edit) == {"mayor": "Gate hq-g is open"}


def test_mail_opens_a_gate_in_the_commit_that_delivers_it() -> None:
    before = world(gate(await_="mail", on="Approved", waiters=("mayor",)))
    text = "---\nto:\n  - mayor\nfrom: deacon\nsubject: Approved by all\n---\nyes\n"
    after, edit = changed(before, Edit(subject="drop", files=(("mail/outbox/x.md", text),)))
    assert of(after).status == "closed"
    assert edit is not None and letters(edit) == {"mayor": "Gate hq-g is open"} | letters(edit)
    shut = committed(after, Edit(subject="x", put=(replace(of(after), status="open", closed=""),)))
    assert registry.run(shut, NOW) is None


def test_a_gate_that_waits_for_its_own_mail_waits_on() -> None:
    before = world(gate(await_="mail", on="Gate"), gate("hq-h", status="closed", closed=NOW))
    after = committed(before, Edit(subject="x", files=tuple(letter(subject="Gate hq-g is late").items())))
    assert registry.run(after, NOW) is None


def test_who_waits_is_told_however_the_gate_was_closed_but_not_of_imports() -> None:
    by_hand = gate(waiters=("mayor",), status="closed", closed=NOW, close_reason="yes")
    edit = registry.run(world(by_hand), NOW)
    assert letters(edit) == {"mayor": "Gate hq-g is open"}
    assert registry.run(world(replace(by_hand, updated=NOW)), NOW) is None


def test_a_failure_and_the_end_of_the_time_are_told_once() -> None:
    found = gate(await_="gh:run", on="7", timeout="30m")
    town = world(found)
    failed = Verdict(gate=found, state="failed", why="run 7 ended: failure", cause="gh:run 7 failure")
    assert plan_verdicts(town, [failed], NOW, "deacon", escalate=False) is None
    edit = plan_verdicts(town, [failed], NOW, "deacon", escalate=True)
    assert edit is not None
    assert sorted({path.rpartition("/new/")[0] for path, _ in edit.files}) == ["mail/mayor", "mail/overseer"]
    assert len(edit.files) == 3
    after = committed(town, edit)
    assert of(after).metadata == {"gate_failed": "gh:run 7 failure", "gate_late": "2026-11-20T07:30:00Z"}
    assert of(after).status == "open"
    later = replace(failed, gate=of(after))
    assert plan_verdicts(after, [later], HOUR_ON, "deacon", escalate=True) is None
    other = replace(later, cause="gh:run 7 cancelled")
    assert plan_verdicts(after, [other], HOUR_ON, "deacon", escalate=True) is not None


def test_a_verdict_on_what_the_gate_was_before_is_none() -> None:
    found = gate(await_="gh:run", on="7")
    verdict = Verdict(gate=found, state="open", why="run 7 ended: success", cause="gh:run 7")
    for now in (
        replace(found, on="8"),
        replace(found, status="closed"),
        replace(found, metadata={"run": "x"}),
    ):
        assert plan_verdicts(world(now), [verdict], NOW, "deacon", escalate=True) is None
    assert plan_verdicts(world(), [verdict], NOW, "deacon", escalate=True) is None


def test_a_workflow_becomes_a_run_and_is_remembered() -> None:
    found = gate(await_="gh:run", on="ci.yml")
    verdict = Verdict(gate=found, state="shut", why="run 9 is queued", on="9")
    after = committed(world(found), plan_verdicts(world(found), [verdict], NOW, "deacon", escalate=True))
    assert (of(after).on, of(after).metadata) == ("9", {"gate_workflow": "ci.yml"})


def test_a_gate_is_made_with_what_waits_for_it() -> None:
    town = world(bead("pr-a"), bead("pr-b"), bead("pr-c"))
    wanted = Wanted(blocks=("pr-a", "b"), kind="bead", on="proj:pr-c", waiters=("mayor/",), reason="Why")
    made, edit = plan_create_gate(town, wanted, "mayor", NOW, 1)
    after = committed(town, edit)
    assert made.id.startswith("pr-")
    assert (made.title, made.on, made.waiters, made.description) == (
        "Gate: bead pr-c",
        "pr-c",
        ("mayor",),
        "Why",
    )
    assert (of(after, "pr-a").needs, of(after, "pr-b").needs) == ((made.id,), (made.id,))


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"kind": "moon"}, "no such kind of gate: 'moon'; one of: human, timer, gh:run, gh:pr, bead, mail, exec, conditional"),
        ({"blocks": ()}, "the gate holds up nothing; name what waits for it: --blocks gt-abc12"),
        ({"kind": "timer"}, "a gate of kind timer needs more; say what it waits for: --timeout 2h"),
        ({"kind": "gh:pr", "on": "x"}, "a gate of kind gh:pr needs more; say what it waits for: --await-id 123, the number of the pull request"),
        ({"timeout": "soon"}, "'soon' is not a span of time; write it as 30m, 2h or 1h30m"),
        ({"run": "true"}, "a gate of kind human runs nothing; leave --run out, or make it -t exec"),
        ({"blocks": ("pr-done",)}, "pr-done is closed, a gate can't hold it up; name a bead that is open"),
        ({"kind": "bead", "on": "pr-a"}, "pr-a would wait for itself: pr-a -> pr-a; take one of these needs out first"),
        ({"kind": "bead", "on": "pr-w"}, "pr-a would wait for itself: pr-a -> pr-w -> pr-a; take one of these needs out first"),
    ],
)  # fmt: skip
def test_a_gate_that_makes_no_sense_is_refused(keys: dict[str, Any], said: str) -> None:
    town = world(bead("pr-a"), closed_bead("pr-done"), bead("pr-w", needs=("pr-a",)))
    with pytest.raises(UserError) as refusal:
        plan_create_gate(town, Wanted(**{"blocks": ("pr-a",), **keys}), "mayor", NOW, 1)
    assert str(refusal.value) == said


def test_an_agent_does_not_open_a_machines_gate_early() -> None:
    town = world(gate(await_="timer", timeout="2h"), gate("hq-h"), gate("hq-r", await_="gh:run", on="1"))
    for id, why in (
        ("hq-g", "its timer has 1h to go"),
        ("hq-r", "bd gate check hq-r looks whether it opens"),
    ):
        with pytest.raises(UserError) as refusal:
            plan_resolve(town, id, "mayor", "", NOW)
        assert str(refusal.value) == f"{id} is a gate that is shut: {why}; to open it all the same: --force"
        assert plan_resolve(town, id, "mayor", "", NOW, force=True)[2] is not None
    assert plan_resolve(town, "hq-h", "mayor", "", NOW)[1] == ""
    gate_, early, edit = plan_resolve(town, "hq-g", "overseer", "I say so", NOW)
    assert early == "its timer has 1h to go"
    assert of(committed(town, edit)).close_reason == "I say so"
    assert plan_resolve(committed(town, edit), "hq-g", "mayor", "", NOW)[2] is None


def test_a_waiter_is_added_once() -> None:
    town = world(gate(), gate("hq-o", status="closed"), bead("hq-b"))
    _, _, edit = plan_add_waiter(town, "hq-g", "mayor/", "overseer")
    after = committed(town, edit)
    assert of(after).waiters == ("mayor",)
    assert plan_add_waiter(after, "hq-g", "mayor", "overseer")[2] is None
    for id, said in (
        ("hq-o", "hq-o is open already; there is nothing to wait for"),
        ("hq-b", "hq-b is a task, not a gate; bd gate list shows the gates"),
    ):
        with pytest.raises(UserError) as refusal:
            plan_add_waiter(town, id, "mayor", "overseer")
        assert str(refusal.value) == said

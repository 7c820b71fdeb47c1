"""When an idle agent is told to look."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from gtlib import layout
from gtlib.model import kinds
from gtlib.model.agent import Agent
from gtlib.model.agent import Hook
from gtlib.model.escalation import Escalation
from gtlib.model.message import Message
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.names import ItemId
from gtlib.rules.rings import Ring
from gtlib.rules.rings import quiet_before
from gtlib.rules.rings import reasons

TOAST = Address("proj/polecats/toast")
IDLE = Agent(address=TOAST)
MOLECULE = """\
---
id: pr-mol-k2p9x
title: Chore
formula: chore
for: pr-1
assignee: proj/polecats/toast
status: open
---
## Steps

- [{one}] **one** Do one

- [ ] **two** Do two (needs: one)
"""
FILES = {
    "beads/pr-1.md": "---\nid: pr-1\ntitle: Work\nstatus: hooked\n---\n",
    "molecules/pr-mol-k2p9x.md": MOLECULE.format(one=" "),
}


def snapshot(*letters: Message, one: str = " ", hook: Agent = IDLE) -> Snapshot:
    files = {layout.mailbox(TOAST, "new", each.id): kinds.render(each) for each in letters}
    files |= {f"agents/{TOAST}.md": kinds.render(hook)}
    return Snapshot.of({**FILES, **files, "molecules/pr-mol-k2p9x.md": MOLECULE.format(one=one)})


def letter(id: str, priority: int = 2) -> Message:
    return Message(
        id=ItemId(id),
        sender="mayor",
        to=(TOAST,),
        subject="s",
        priority=priority,
        sent="2026-11-20T08:00:00Z",
    )


def at_work(state: str = "active", molecule: str = "pr-mol-k2p9x") -> Agent:
    return replace(IDLE, hook=Hook(state=state, bead=ItemId("pr-1"), molecule=ItemId(molecule)))


def first(town: Snapshot, agent: Agent, shown: tuple[str, ...], nudges: tuple[str, ...]) -> Ring | None:
    return next(iter(reasons(town, agent, shown, nudges)), None)


def test_who_has_nothing_to_look_at_may_rest() -> None:
    assert first(snapshot(), IDLE, (), ()) is None
    assert first(snapshot(letter("msg-aaaaa")), IDLE, ("msg-aaaaa",), ()) is None
    assert first(snapshot(hook=at_work("suspended")), at_work("suspended"), (), ()) is None
    assert first(snapshot(hook=at_work("completed")), at_work("completed"), (), ()) is None


def test_a_nudge_counts_more_than_mail_and_mail_more_than_work() -> None:
    town = snapshot(letter("msg-aaaaa"), hook=at_work())
    assert first(town, at_work(), (), ("0001-a",)) == Ring(
        "nudge", "nudge 0001-a", "Look: a nudge waits for you."
    )
    found = first(town, at_work(), (), ())
    assert found == Ring("mail", "mail msg-aaaaa 1", "Look: you have mail (gt mail inbox).")
    left = first(town, at_work(), ("msg-aaaaa",), ())
    assert left == Ring(
        "work", "work pr-1 step one", "There is work on your hook: step one. Go on (gt hook)."
    )


def test_more_mail_is_another_reason() -> None:
    one, two = letter("msg-aaaaa"), letter("msg-bbbbb")
    keys = {found.key for town in (snapshot(one), snapshot(one, two)) if (found := first(town, IDLE, (), ()))}
    assert len(keys) == 2


def test_who_is_muted_hears_of_urgent_mail_alone() -> None:
    muted = replace(IDLE, notify="muted")
    assert first(snapshot(letter("msg-aaaaa")), muted, (), ()) is None
    assert first(snapshot(letter("msg-aaaaa", 0)), muted, (), ()) is not None


@pytest.mark.parametrize(
    ("one", "molecule", "step"),
    [(" ", "pr-mol-k2p9x", "step one"), ("x", "pr-mol-k2p9x", "step two"), (" ", "", "the bead")],
)
def test_the_step_that_is_next_is_named(one: str, molecule: str, step: str) -> None:
    agent = at_work(molecule=molecule)
    found = first(snapshot(one=one, hook=agent), agent, (), ())
    assert found is not None
    assert found.key == f"work pr-1 {step}"


def test_who_has_asked_a_person_may_rest() -> None:
    asked = kinds.render(
        Escalation(
            id=ItemId("hq-esc-9x2k1"), title="Which?", source=TOAST, related=(ItemId("pr-1"),),
            created="2026-11-20T08:00:00Z",
        )
    )  # fmt: skip
    agent = at_work()
    files = {**FILES, f"agents/{TOAST}.md": kinds.render(agent)}
    assert first(Snapshot.of(files), agent, (), ()) is not None
    assert first(Snapshot.of({**files, "escalations/hq-esc-9x2k1.md": asked}), agent, (), ()) is None


def test_a_program_that_has_just_started_is_left_alone() -> None:
    mail = Ring("mail", "", "")
    assert quiet_before(mail, turns=0) > quiet_before(mail, turns=1) == 0
    assert quiet_before(Ring("work", "", ""), turns=5) > 0

"""Escalate to a person, take an escalation up, close it."""

from __future__ import annotations

import time
from collections.abc import Sequence

from msgspec import Struct

from gtlib import clock
from gtlib.actions.carry_out import carry_out
from gtlib.actions.transition import transition
from gtlib.model.edit import Edit
from gtlib.model.escalation import Escalation
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules import escalations
from gtlib.rules.find import find_id
from gtlib.store.town import Town


class Wish(Struct, frozen=True, kw_only=True):
    """What is to be escalated, as typed. An empty `source` is who speaks; `related` may be pieces of ids."""

    text: str
    severity: str = "medium"
    body: str = ""
    source: str = ""
    related: tuple[str, ...] = ()


def escalate(town: Town, wish: Wish, actor: str, *, dry_run: bool = False) -> Escalation:
    """File what a person must decide and mail it. UserError as `plan_escalate` says, for an unknown id too.

    `dry_run`: what would be filed, nothing changed.
    """
    now = clock.stamp(clock.now())
    cause = (actor, wish.text, str(time.time_ns()))
    id = escalations.escalation_id(*cause)

    def plan(snapshot: Snapshot) -> Edit:
        return escalations.plan_escalate(
            snapshot,
            wish.severity,
            wish.text,
            source=wish.source or actor,
            related=_related(snapshot, wish.related),
            now=now,
            actor=actor,
            cause=cause,
            body=wish.body,
        )

    if dry_run:
        before = town.snapshot()
        return escalations.find_escalation(before.with_edit(plan(before)), id)
    transition(town, plan, actor)
    return escalations.find_escalation(town.snapshot(), id)


def ack(town: Town, text: str, actor: str) -> tuple[Escalation, bool]:
    """Somebody looks into it; False when somebody did before. UserError as `plan_ack` says."""
    id, applied = carry_out(town, lambda snapshot: escalations.plan_ack(snapshot, text, actor), actor)
    return escalations.find_escalation(town.snapshot(), id), applied is not None


def close(town: Town, text: str, reason: str, actor: str) -> tuple[Escalation, bool]:
    """It is decided; False when it was closed before. UserError as `plan_close_escalation` says."""
    now = clock.stamp(clock.now())

    def plan(snapshot: Snapshot) -> tuple[ItemId, Edit | None]:
        return escalations.plan_close_escalation(snapshot, text, reason, actor, now)

    id, applied = carry_out(town, plan, actor)
    return escalations.find_escalation(town.snapshot(), id), applied is not None


def _related(snapshot: Snapshot, texts: Sequence[str]) -> list[str]:
    taken = snapshot.taken()
    return list(dict.fromkeys(text if text in taken else find_id(snapshot, text, "beads") for text in texts))

"""Close beads, and steps of molecules."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from gtlib import clock
from gtlib.actions.done import done
from gtlib.actions.transition import transition
from gtlib.model.bead import Bead
from gtlib.model.edit import Edit
from gtlib.model.molecule import Molecule
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.names import StepId
from gtlib.rules.base import live_requests
from gtlib.rules.claims import plan_step
from gtlib.rules.close import plan_close
from gtlib.rules.edits import merge_edits
from gtlib.rules.end_bead import closes_by_landing
from gtlib.rules.end_bead import guard_close
from gtlib.rules.end_bead import set_free
from gtlib.rules.find import find_bead
from gtlib.rules.steps import named_step
from gtlib.store.town import Town


class Closed(Struct, frozen=True):
    """What a close did: beads as they are now, those of them that were closed before, steps as
    (molecule, step), the merge requests of work that was handed in instead, what can be taken up now.
    """

    beads: tuple[Bead, ...] = ()
    before: tuple[ItemId, ...] = ()
    steps: tuple[tuple[Molecule, StepId], ...] = ()
    submitted: tuple[ItemId, ...] = ()
    freed: tuple[Bead, ...] = ()


def close(town: Town, reasons: Mapping[str, str], actor: str, *, force: bool = False) -> Closed:
    """Close what the keys of `reasons` mean (beads, `<molecule>.<step>`), all or none, in one commit.

    An agent's close of what is on its hook hands the work in instead. UserError for what closes
    on evidence only, and (unless `force`) for beads that are pinned, wait, or have open children.
    """
    now = clock.stamp(clock.now())
    handed_in = _hand_in(town, list(reasons), actor, now)
    seen: list[tuple[Snapshot, tuple[ItemId, ...], tuple[tuple[ItemId, StepId], ...]]] = []

    def plan(snapshot: Snapshot) -> Edit | None:
        start, edits, ids, steps = snapshot, [], [], []
        for text, reason in reasons.items():
            step = named_step(snapshot, text)
            if step is not None:
                steps.append((step[0].id, step[1]))
                edit = plan_step(snapshot, f"{step[0].id}.{step[1]}", actor, "", now)
            else:
                bead = find_bead(snapshot, text)
                ids.append(bead.id)
                edit = None if bead.id in handed_in else _plan(snapshot, bead, actor, reason, now, force)
            if edit is not None:
                edits.append(edit)
                snapshot = snapshot.with_edit(edit)
        seen.append((start, tuple(dict.fromkeys(ids)), tuple(dict.fromkeys(steps))))
        return merge_edits(edits, subject="" if len(edits) == 1 else f"close: {', '.join(reasons)}")

    transition(town, plan, actor)
    before, ids, steps = seen[-1]
    return _told(before, town.snapshot(), ids, steps, now)


def _plan(snapshot: Snapshot, bead: Bead, actor: str, reason: str, now: str, force: bool) -> Edit | None:
    if bead.status != "closed" and not force:
        guard_close(snapshot, bead)
    return plan_close(snapshot, bead.id, actor, reason, now)


def _hand_in(town: Town, texts: list[str], actor: str, now: str) -> tuple[ItemId, ...]:
    """Submit what the actor would close although it is on its own hook: it closes when it has landed."""
    snapshot = town.snapshot()
    beads = [find_bead(snapshot, text) for text in texts if named_step(snapshot, text) is None]
    own = tuple(bead.id for bead in beads if closes_by_landing(snapshot, bead.id, actor))
    if own:
        done(town, actor, actor, now)
    return own


def _told(
    before: Snapshot,
    after: Snapshot,
    ids: tuple[ItemId, ...],
    steps: tuple[tuple[ItemId, StepId], ...],
    now: str,
) -> Closed:
    beads = [bead for id in ids if (bead := after.bead(id)) is not None]
    open_still = [bead.id for bead in beads if bead.status != "closed"]
    was = tuple(id for id in ids if (old := before.bead(id)) is not None and old.status == "closed")
    return Closed(
        beads=tuple(beads),
        before=was,
        steps=tuple((mol, step) for id, step in steps if (mol := after.molecule(id)) is not None),
        submitted=tuple(request.id for id in open_still for request in live_requests(after, id)),
        freed=tuple(
            {bead.id: bead for id in ids if id not in was for bead in set_free(after, id, now)}.values()
        ),
    )

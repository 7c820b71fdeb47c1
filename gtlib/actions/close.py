"""Close beads, and steps of molecules."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence

from msgspec import Struct

from gtlib import clock
from gtlib.actions import find_molecule
from gtlib.actions import wisp
from gtlib.actions.carry_out import carry_out
from gtlib.actions.done import done
from gtlib.errors import UserError
from gtlib.model.bead import Bead
from gtlib.model.edit import Edit
from gtlib.model.molecule import Molecule
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.names import StepId
from gtlib.rules.advance import advanced
from gtlib.rules.base import live_requests
from gtlib.rules.carry_on import Next
from gtlib.rules.carry_on import next_step
from gtlib.rules.carry_on import plan_claim_next
from gtlib.rules.carry_on import plan_next_child
from gtlib.rules.carry_on import plan_next_step
from gtlib.rules.change_bead import with_session
from gtlib.rules.close import plan_close
from gtlib.rules.edits import merge_edits
from gtlib.rules.end_bead import closes_by_landing
from gtlib.rules.end_bead import guard_close
from gtlib.rules.end_bead import set_free
from gtlib.rules.find import find_bead
from gtlib.rules.gates import unmet
from gtlib.rules.steps import named_step
from gtlib.rules.steps_done import plan_step
from gtlib.store.town import Town


class How(Struct, frozen=True, kw_only=True):
    """How to close: even what is guarded; in which session; and what then. `claim_next`: take up what is
    ready with that prefix of ids; `go_on`: go to the next step of the molecule, and (`auto`) claim it.
    """

    force: bool = False
    session: str = ""
    claim_next: str = ""
    go_on: bool = False
    auto: bool = True


class Closed(Struct, frozen=True):
    """What a close did: beads as they are now, those of them that were closed before, steps as
    (molecule, step), the merge requests of work that was handed in instead, what can be taken up now,
    what was taken up, and where a molecule went on.
    """

    beads: tuple[Bead, ...] = ()
    before: tuple[ItemId, ...] = ()
    steps: tuple[tuple[Molecule, StepId], ...] = ()
    submitted: tuple[ItemId, ...] = ()
    freed: tuple[Bead, ...] = ()
    claimed: Bead | None = None
    then: Next | None = None


class _Done(Struct, frozen=True):
    before: Snapshot
    ids: tuple[ItemId, ...]
    steps: tuple[tuple[ItemId, StepId], ...]
    claimed: ItemId = ItemId("")
    then: Next | None = None


_STRICT = How()


def close(town: Town, reasons: Mapping[str, str], actor: str, how: How = _STRICT) -> Closed:
    """Close what the keys of `reasons` mean (beads, `<molecule>.<step>`), all or none, in one commit.

    An agent's close of what is on its hook hands the work in instead. UserError for what closes
    on evidence only, and (unless forced) for what `guard_close` refuses.
    """
    now = clock.stamp(clock.now())
    of_wisps = _of_wisps(town, reasons)
    if of_wisps:
        return _close_in_wisps(town, of_wisps, reasons, actor, how)
    handed_in = _hand_in(town, reasons, actor, how, now)

    def plan(snapshot: Snapshot) -> tuple[_Done, Edit | None]:
        return _plan(snapshot, reasons, actor, how, now, handed_in)

    found, _ = carry_out(town, plan, actor)
    town.notes += _opened_early(found, now)
    return _told(found, town.snapshot(), how, now)


def _close_in_wisps(
    town: Town, steps: Sequence[tuple[ItemId, str]], reasons: Mapping[str, str], actor: str, how: How
) -> Closed:
    """No commit holds what a wisp is, so it can't be one with the others."""
    if len(steps) < len(reasons):
        raise UserError("steps of wisps and other items are no one commit", "close the steps by themselves")
    ended = [wisp.step(town, id, step, actor) for id, step in steps]
    last = ended[-1].wisp
    then = next_step(wisp.standing(town.snapshot(), last), last, actor, auto=how.auto)
    return Closed(steps=tuple((each.wisp, each.step) for each in ended), then=then if how.go_on else None)


def _of_wisps(town: Town, reasons: Mapping[str, str]) -> list[tuple[ItemId, str]]:
    """The steps of wisps that are meant."""
    snapshot = town.snapshot()
    others = (text for text in reasons if snapshot.bead(ItemId(text)) is None)
    found = (find_molecule.named_step(town.root, text) for text in others if not named_step(snapshot, text))
    return [step for step in found if step is not None]


def _plan(
    snapshot: Snapshot,
    reasons: Mapping[str, str],
    actor: str,
    how: How,
    now: str,
    handed_in: tuple[ItemId, ...],
) -> tuple[_Done, Edit | None]:
    before, edits, ids, steps = snapshot, [], [], []
    for text, reason in reasons.items():
        step = named_step(snapshot, text)
        if step is not None:
            steps.append((step[0].id, step[1]))
            edit = plan_step(snapshot, f"{step[0].id}.{step[1]}", actor, "", now)
        else:
            bead = find_bead(snapshot, text)
            ids.append(bead.id)
            edit = None if bead.id in handed_in else _one(snapshot, bead, actor, reason, how, now)
        if edit is not None:
            edits.append(edit)
            snapshot = snapshot.with_edit(edit)
    subject = "" if len(edits) == 1 else f"close: {', '.join(reasons)}"
    done = _Done(before, tuple(dict.fromkeys(ids)), tuple(dict.fromkeys(steps)))
    done, more = _then(snapshot, done, actor, how, now)
    if more is not None:
        edits.append(more)
        subject = subject or (edits[0].subject if len(edits) > 1 else "")
    return done, merge_edits(edits, subject=subject)


def _one(snapshot: Snapshot, bead: Bead, actor: str, reason: str, how: How, now: str) -> Edit | None:
    if bead.status != "closed" and not how.force:
        guard_close(snapshot, bead, now, actor)
    edit = plan_close(snapshot, bead.id, actor, reason, now)
    return with_session(edit, bead.id, how.session) if edit else None


def _then(snapshot: Snapshot, done: _Done, actor: str, how: How, now: str) -> tuple[_Done, Edit | None]:
    """What is asked for beside the close itself."""
    if how.claim_next:
        claimed, edit = plan_claim_next(snapshot, how.claim_next, actor, now)
        return _Done(done.before, done.ids, done.steps, claimed), edit
    if how.go_on and done.steps:
        return _step_after(snapshot, done, actor, how, now)
    if how.go_on and done.ids:
        bead = find_bead(snapshot, done.ids[0])
        then, edit = plan_next_child(snapshot, bead, actor, now, auto=how.auto)
        return _Done(done.before, done.ids, done.steps, ItemId(""), then), edit
    return done, None


def _step_after(snapshot: Snapshot, done: _Done, actor: str, how: How, now: str) -> tuple[_Done, Edit | None]:
    """The next step, once its molecule has gone on by itself as far as it can."""
    molecule = snapshot.molecule(done.steps[0][0])
    assert molecule is not None
    edits = [edit] if (edit := advanced(snapshot, molecule, now)) else []
    for each in edits:
        snapshot = snapshot.with_edit(each)
    there = snapshot.molecule(molecule.id) or molecule
    then, claim = plan_next_step(snapshot, there, actor, now, auto=how.auto)
    edits += [claim] if claim else []
    return _Done(done.before, done.ids, done.steps, ItemId(""), then), merge_edits(edits)


def _hand_in(town: Town, reasons: Mapping[str, str], actor: str, how: How, now: str) -> tuple[ItemId, ...]:
    """Submit what the actor would close although it is on its own hook: it closes when it has landed."""
    snapshot = town.snapshot()
    beads = [find_bead(snapshot, text) for text in reasons if named_step(snapshot, text) is None]
    own = tuple(bead.id for bead in beads if closes_by_landing(snapshot, bead.id, actor))
    if own:
        _plan(snapshot, reasons, actor, how, now, own)  # what is refused is so before anything is handed in
        done(town, actor, actor, now)
    return own


def _opened_early(done: _Done, now: str) -> list[str]:
    """Of gates that a machine would have opened, and that are open now: what was not met."""
    gates = [bead for id in done.ids if (bead := done.before.bead(id)) is not None and bead.type == "gate"]
    early = {gate.id: unmet(done.before, gate, now) for gate in gates if gate.status != "closed"}
    return [f"the gate {id} was shut still: {why}" for id, why in early.items() if why]


def _told(done: _Done, after: Snapshot, how: How, now: str) -> Closed:
    beads = [bead for id in done.ids if (bead := after.bead(id)) is not None]
    open_still = [bead.id for bead in beads if bead.status != "closed"]
    was = {id for id in done.ids if (old := done.before.bead(id)) is not None and old.status == "closed"}
    steps = tuple((mol, step) for id, step in done.steps if (mol := after.molecule(id)) is not None)
    return Closed(
        beads=tuple(beads),
        before=tuple(id for id in done.ids if id in was),
        steps=steps,
        submitted=tuple(request.id for id in open_still for request in live_requests(after, id)),
        freed=set_free(after, [id for id in done.ids if id not in was and id not in open_still], now),
        claimed=after.bead(done.claimed) if done.claimed else None,
        then=done.then,
    )

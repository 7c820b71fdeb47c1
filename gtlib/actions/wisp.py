"""Wisps: make one, do its steps, and what becomes of it. Each is a file of its own, and no commit.

The rules see a wisp as a molecule of the town: what they ask for of it goes into its file, what they ask for
beside it (gates) is committed. The town comes first, so that a crash between the two loses nothing.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from gtlib import clock
from gtlib import layout
from gtlib.actions.carry_out import carry_out
from gtlib.actions.decide import contains
from gtlib.actions.transition import transition
from gtlib.errors import UserError
from gtlib.model.bead import Bead
from gtlib.model.cooked import Cooked
from gtlib.model.edit import Edit
from gtlib.model.edit import Plan
from gtlib.model.molecule import Molecule
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.names import ItemId
from gtlib.names import StepId
from gtlib.rules import mol_end
from gtlib.rules import wisps as rules
from gtlib.rules.advance import advanced
from gtlib.rules.asking import World
from gtlib.rules.base import OVERSEER
from gtlib.rules.edits import merge_edits
from gtlib.rules.pour import LONGEST_LIST
from gtlib.rules.pour import Order
from gtlib.rules.pour import pour
from gtlib.rules.steps_done import plan_step
from gtlib.store import wisps
from gtlib.store.town import Town


class Ticked(Struct, frozen=True):
    """The wisp as it is now, the step, and whether it was done before."""

    wisp: Molecule
    step: StepId
    already: bool


def find(town: Town, text: str) -> Molecule | None:
    """The wisp that `text` means, whole or in part; None for none. Reads ask `gtlib.store.wisps.find`."""
    return wisps.find(town.root, text)


def require(town: Town, text: str) -> Molecule:
    """As `find`; UserError when there is none."""
    found = wisps.find(town.root, text)
    if found is None:
        raise UserError(f"no wisp {text}", "see them with: bd mol wisp list")
    return found


def create(
    town: Town,
    cooked: Cooked,
    prefix: str,
    actor: str,
    *,
    kind: str = "",
    root_only: bool = False,
    assignee: str = "",
    dry: bool = False,
) -> Molecule:
    """A new wisp of a cooked formula; `dry` only says what it would be. `kind` is how long it is kept.

    An agent's own is assigned to it. UserError for a formula of more steps than one file is to hold.
    """
    now, moment = clock.stamp(clock.now()), time.time_ns()
    if len(cooked.steps) > LONGEST_LIST:
        what = f"formula {cooked.name} has {len(cooked.steps):,} steps, and a wisp holds {LONGEST_LIST:,}"
        raise UserError(what, "pour it: bd mol pour makes each step a bead")
    order = Order(
        prefix=prefix,
        created=now,
        created_by=actor,
        assignee=assignee or (actor if actor != OVERSEER else ""),
        nonce=str(moment),
        beads=False,
    )
    made = pour(town.snapshot(), cooked, order).molecule
    made = rules.stamped(rules.root_only(made) if root_only else made, now, **{rules.TYPE: kind})
    with wisps.lock(town.root):
        taken = {*town.snapshot().ids(), *wisps.ids(town.root)}
        made = replace(made, id=rules.new_id(prefix, made, moment, taken))
        if not dry:
            wisps.write(town.root, made)
    return made if dry else settle(town, made.id, actor)


def change(town: Town, id: ItemId, plan: Plan, actor: str = "") -> tuple[Molecule | None, bool]:
    """Apply a plan to which the wisp is a molecule of the town, and what the molecule comes to by itself.

    Gives the wisp as it is then (None: the plan removed it), and whether anything changed. What concerns
    other items is committed. Conditions ask for files of the actor's worktree (else of the town) and the
    environment; those wait when there is no actor. UserError of the plan, nothing changed.
    """
    now = clock.stamp(clock.now())
    with wisps.lock(town.root):
        wisp = require(town, id)
        last: list[Molecule | None] = [wisp]

        def whole(snapshot: Snapshot) -> Edit | None:
            before = standing(snapshot, wisp)
            edit = plan(before)
            after = before.with_edit(edit) if edit else before
            now_so = after.molecule(wisp.id)
            world = _world(town, snapshot, actor) if actor else None
            more = advanced(after, now_so, now, world) if now_so is not None and now_so.steps else None
            found, rest = _taken(snapshot, wisp, merge_edits([each for each in (edit, more) if each]))
            last.append(found)
            return rest

        applied = transition(town, whole, actor)
        after = last[-1]
        if after is None:
            wisps.remove(town.root, wisp.id)
        elif after != wisp:
            after = rules.stamped(after, now)
            wisps.write(town.root, after)
        if applied is not None:
            town.notes += applied.notes
    return after, applied is not None or after != wisp


def _world(town: Town, snapshot: Snapshot, actor: str) -> World:
    agent = snapshot.agent(Address(actor))
    hook = agent.hook if agent is not None else None
    folder = town.root / hook.worktree if hook is not None and hook.worktree else town.root
    return World(lambda path: contains(folder, path), os.environ)


def standing(snapshot: Snapshot, wisp: Molecule) -> Snapshot:
    """The town as if the wisp were a molecule of it."""
    return snapshot.with_edit(Edit(subject="wisp", put=(wisp,)))


def settle(town: Town, id: ItemId, actor: str = "") -> Molecule:
    """What a wisp comes to without anybody's doing: gates are made, conditions looked at."""
    after, _ = change(town, id, lambda snapshot: None, actor)
    assert after is not None
    return after


def settle_all(town: Town) -> None:
    """As `settle`, for every wisp of which something has become over meanwhile."""
    now = clock.stamp(clock.now())
    for wisp in wisps.every(town.root).wisps:
        waits = wisp.steps and wisp.status != "closed"
        if waits and advanced(standing(town.snapshot(), wisp), wisp, now) is not None:
            settle(town, wisp.id)


def step(town: Town, id: ItemId, step: str, actor: str, outputs: Sequence[tuple[str, str]] = ()) -> Ticked:
    """Tick a step of a wisp. UserError as `plan_step` says."""
    now = clock.stamp(clock.now())
    after, changed = change(
        town, id, lambda snapshot: plan_step(snapshot, f"{id}.{step}", actor, "", now, outputs), actor
    )
    assert after is not None
    return Ticked(after, StepId(step), not changed)


def finish(town: Town, id: ItemId, actor: str) -> Molecule:
    """Close a wisp as it is. UserError for somebody else's."""
    now = clock.stamp(clock.now())
    with wisps.lock(town.root):
        wisp = require(town, id)
        mol_end.may_end(town.snapshot(), wisp, actor)
        if wisp.status != "closed":
            # a step that is open would open it again with the next look
            steps = tuple(
                replace(s, state="skipped") if s.state in ("open", "failed") else s for s in wisp.steps
            )
            wisp = rules.stamped(replace(wisp, status="closed", closed=now, steps=steps), now)
            wisps.write(town.root, wisp)
    return wisp


def promote(town: Town, id: ItemId, actor: str, reason: str = "") -> Bead:
    """Make a bead of a wisp: what it holds is committed, the wisp goes."""
    now = clock.stamp(clock.now())
    with wisps.lock(town.root):
        wisp = require(town, id)

        def plan(snapshot: Snapshot) -> tuple[Bead, Edit | None]:
            mol_end.may_end(snapshot, wisp, actor)
            return rules.plan_promote(snapshot, wisp, actor, now, reason)

        bead, _ = carry_out(town, plan, actor)
        wisps.remove(town.root, wisp.id)
    return town.snapshot().bead(bead.id) or bead


def squash(
    town: Town, id: ItemId, actor: str, *, summary: str = "", with_digest: bool = True, keep: bool = False
) -> tuple[Bead | None, tuple[ItemId, ...]]:
    """End a wisp: a closed bead says what it was (unless not `with_digest`), its shut gates close, it goes.

    `keep`: the wisp stays, closed. Gives the digest and the gates that were closed.
    """
    now = clock.stamp(clock.now())

    def plan(snapshot: Snapshot, wisp: Molecule) -> tuple[Bead | None, Edit | None]:
        told = mol_end.digest(standing(snapshot, wisp), wisp, summary, actor, now) if with_digest else None
        there = snapshot.bead(told.id) if told is not None else None
        made = Edit(
            subject=f"squash: {wisp.id} {wisp.title}",
            put=(told,) if told is not None and there is None else (),
            trailers=(("Event", "squash"), ("Bead", told.id if told else wisp.id)),
            actor=actor,
        )
        gates = mol_end.plan_end_gates(snapshot, wisp, actor, now, gone=False)
        edits = [each for each in (made if made.put else None, gates) if each is not None]
        return there or told, merge_edits(edits)

    told, gates = _end(town, id, actor, plan)
    if keep:
        finish(town, id, actor)
    else:
        wisps.remove(town.root, id)
    return told, gates


def burn(town: Town, id: ItemId, actor: str) -> tuple[ItemId, ...]:
    """Take a wisp away without a trace; gives its gates, which go with it."""
    now = clock.stamp(clock.now())

    def plan(snapshot: Snapshot, wisp: Molecule) -> tuple[None, Edit | None]:
        return None, mol_end.plan_end_gates(snapshot, wisp, actor, now, gone=True)

    gates = tuple(rules.every_gate(town.snapshot(), require(town, id)))
    _end(town, id, actor, plan)
    wisps.remove(town.root, id)
    return gates


_Ending = Callable[[Snapshot, Molecule], tuple[Bead | None, Edit | None]]


def _end(town: Town, id: ItemId, actor: str, plan: _Ending) -> tuple[Bead | None, tuple[ItemId, ...]]:
    """Commit what the end of a wisp means for the town; gives the digest and the gates that end."""
    gates: list[ItemId] = []
    with wisps.lock(town.root):
        wisp = require(town, id)

        def whole(snapshot: Snapshot) -> tuple[Bead | None, Edit | None]:
            mol_end.may_end(snapshot, wisp, actor)
            gates[:] = rules.open_gates(snapshot, wisp)
            return plan(snapshot, wisp)

        told, _ = carry_out(town, whole, actor)
    return told, tuple(gates)


def _taken(snapshot: Snapshot, wisp: Molecule, edit: Edit | None) -> tuple[Molecule | None, Edit | None]:
    """The wisp after an edit, and what the edit means for everything else."""
    if edit is None:
        return wisp, None
    path = layout.path_of_molecule(wisp.id)
    mine = [item for item in edit.put if isinstance(item, Molecule) and item.id == wisp.id]
    others = tuple(item for item in edit.put if item not in mine and not _made_before(snapshot, wisp, item))
    rest = replace(
        edit,
        put=others,
        removes=tuple(each for each in edit.removes if each != path),
        trailers=tuple(pair for pair in edit.trailers if pair[0] != "Step"),
    )
    empty = not (rest.put or rest.moves or rest.removes or rest.files)
    return None if path in edit.removes else (mine[-1] if mine else wisp), None if empty else rest


def _made_before(snapshot: Snapshot, wisp: Molecule, item: object) -> bool:
    """Whether it is a gate that was committed when a crash came before the wisp's own file."""
    return (
        isinstance(item, Bead)
        and item.type == "gate"
        and item.id.startswith(f"{wisp.id}.")
        and item.id not in wisp.gates.values()
        and snapshot.bead(item.id) is not None
    )

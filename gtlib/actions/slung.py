"""What a sling has come to, or would come to."""

from __future__ import annotations

from msgspec import Struct

from gtlib.actions.transition import transition
from gtlib.errors import UserError
from gtlib.model.agent import Agent
from gtlib.model.bead import Bead
from gtlib.model.convoy import Convoy
from gtlib.model.edit import Edit
from gtlib.model.edit import Plan
from gtlib.model.molecule import Molecule
from gtlib.model.snapshot import Snapshot
from gtlib.rules.base import holder
from gtlib.rules.base import live_hook
from gtlib.rules.base import open_convoys
from gtlib.rules.base import require_agent
from gtlib.rules.hooks import molecule_of
from gtlib.store.town import Town


class Slung(Struct, frozen=True, kw_only=True):
    """What a sling has come to. `new` is false when the bead was there already; `queued`: behind other work.

    `made_convoy`: the convoy was made for it; `poured`: the molecule was. `dropped` are molecules for the
    bead that were closed where they stood, `taken_from` who held it before. `notes` say what could not
    follow, such as a worktree; `after` is the town with it.
    """

    bead: Bead
    agent: Agent
    new: bool
    queued: bool
    convoy: Convoy | None
    made_convoy: bool
    molecule: Molecule | None
    notes: tuple[str, ...] = ()
    poured: bool = True
    dropped: tuple[Molecule, ...] = ()
    taken_from: str = ""
    after: Snapshot | None = None


class Carried(Struct, frozen=True):
    """The town before and after a plan (or as it would be), and the edit between, if any."""

    before: Snapshot
    after: Snapshot
    edit: Edit | None
    notes: tuple[str, ...] = ()


def carried(town: Town, plan: Plan, actor: str, *, dry: bool = False, at: Snapshot | None = None) -> Carried:
    """Apply the plan, or (`dry`) only look at what it would do to the town, or to `at`. Raises as it does."""
    before = at or town.snapshot()
    if dry:
        edit = plan(before)
        return Carried(before, before.with_edit(edit) if edit is not None else before, edit)
    applied = transition(town, plan, actor)
    if applied is None:
        return Carried(before, town.snapshot(), None)
    return Carried(before, town.snapshot(), applied.edit, applied.notes)


def slung_of(done: Carried, bead: Bead) -> Slung:
    """What a sling has come to, by what the town looks like now. UserError when it was undone meanwhile."""
    snapshot = done.after
    agent = holder(snapshot, bead.id)
    if agent is None:
        raise UserError(f"{bead.id} was taken off the hook again meanwhile", "look again: gt hooks list")
    hook = live_hook(require_agent(snapshot, agent.address))
    queued = hook is None or hook.bead != bead.id
    convoy = next(open_convoys(snapshot, bead.id), None)
    put = done.edit.put if done.edit is not None else ()
    made = {item.id for item in put if isinstance(item, Convoy) and done.before.convoy(item.id) is None}
    dropped = (item for item in put if isinstance(item, Molecule) and item.status == "closed")
    held = holder(done.before, bead.id)
    return Slung(
        bead=snapshot.bead(bead.id) or bead,
        agent=agent,
        new=done.edit is not None,
        queued=queued,
        convoy=convoy,
        made_convoy=convoy is not None and convoy.id in made,
        molecule=molecule_of(snapshot, bead.id, agent.address),
        notes=done.notes,
        dropped=tuple(item for item in dropped if item.bead == bead.id),
        taken_from=held.address if held is not None and held.address != agent.address else "",
        after=snapshot,
    )

"""Sling several beads, or what is ready of an epic or convoy: one transition each, one convoy for all."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from gtlib import clock
from gtlib.actions.cooking import cooked
from gtlib.actions.sling import Wish
from gtlib.actions.sling import formula_of
from gtlib.actions.sling import rig_of
from gtlib.actions.sling import sling
from gtlib.actions.sling import values_of
from gtlib.actions.slung import Slung
from gtlib.actions.transition import transition
from gtlib.errors import UsageError
from gtlib.errors import UserError
from gtlib.model.bead import Bead
from gtlib.model.convoy import Convoy
from gtlib.model.edit import Edit
from gtlib.model.kinds import Item
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules import terms
from gtlib.rules.base import holder
from gtlib.rules.base import open_convoys
from gtlib.rules.base import require_writable
from gtlib.rules.feed import AT_ONCE
from gtlib.rules.feed import at_once as at_once_of
from gtlib.rules.feed import rig_of as rig_of_feed
from gtlib.rules.find import find_bead
from gtlib.rules.find import find_convoy
from gtlib.rules.find import ids_in
from gtlib.rules.holding import Ledger
from gtlib.rules.hooks import open_molecules
from gtlib.rules.pour import Order
from gtlib.rules.pour import pour
from gtlib.rules.ready import ready_of
from gtlib.rules.reviewed import marked
from gtlib.rules.sling import NOT_SLINGABLE
from gtlib.rules.sling import new_convoy
from gtlib.rules.target import find_target
from gtlib.rules.target import is_target
from gtlib.store import formulas
from gtlib.store.town import Town


class One(Struct, frozen=True, kw_only=True):
    """What became of one bead: slung, refused with a reason, or (both empty) left for the convoy to feed.

    `left_to` is a convoy from before that feeds it, so many at once.
    """

    bead: Bead
    slung: Slung | None = None
    why: str = ""
    left_to: Convoy | None = None


class Many(Struct, frozen=True):
    """The beads in their order, and the convoy that they share, if there is one of their own."""

    each: tuple[One, ...]
    convoy: Convoy | None

    @property
    def succeeded(self) -> int:
        """How many were not refused."""
        return sum(not one.why for one in self.each)


def words_meant(snapshot: Snapshot, words: Sequence[str]) -> tuple[tuple[str, ...], str]:
    """The beads and the target (empty: none) that a line of words names. UsageError for a last word that is
    neither.
    """
    *first, last = words
    if not first:
        return (last,), ""
    if is_target(snapshot, last):
        return tuple(first), last
    if last in ids_in(snapshot, "beads"):
        return tuple(words), ""
    if len(words) == 2:
        return tuple(first), last
    try:
        find_bead(snapshot, last)
    except UserError:
        what = f"{last!r} is neither a bead nor a target"
        raise UsageError(what, "beads first, then one rig or agent: gt sling BEAD BEAD RIG") from None
    return tuple(words), ""


def parts_of(snapshot: Snapshot, text: str) -> tuple[Bead, ...] | None:
    """What can be taken up now of the epic or convoy that `text` is the whole id of; None when it is neither.

    UserError when nothing can.
    """
    if text in ids_in(snapshot, "convoys"):
        convoy = find_convoy(snapshot, text, "")
        if convoy.status == "closed":
            raise UserError(f"{text} is closed", f"gt convoy add {text} BEAD opens it again")
        found = [bead for id in convoy.tracks if (bead := snapshot.bead(id)) is not None]
    else:
        epic = snapshot.bead(find_bead(snapshot, text).id) if text in ids_in(snapshot, "beads") else None
        if epic is None or epic.type != "epic":
            return None
        found = list(_below(Ledger(snapshot), epic, set()))
    todo = [bead for bead in found if bead.type not in NOT_SLINGABLE and not bead.assignee]
    now = clock.stamp(clock.now())
    ready = ready_of(Ledger(snapshot), todo, now)
    free = tuple(bead for bead in ready if holder(snapshot, bead.id) is None)
    if not free:
        raise UserError(f"nothing of {text} can be taken up now", "see what it waits for: bd blocked")
    return free


def sling_many(
    town: Town,
    beads: Sequence[Bead],
    target: str,
    wish: Wish,
    cwd: Path,
    actor: str,
    *,
    title: str = "",
    apart: bool = False,
    at_once: int = 0,
    dry: bool = False,
) -> Many:
    """Sling each to the target; without one to the rig of them all, or (`apart`) each to its own.

    `at_once` (0: all) is how many are at work together: the rest is slung when one is done. A bead that is
    refused leaves the others; one that waits for its turn already stays so, unless by force. UserError, and
    nothing changed, when the beads have several rigs.
    """
    snapshot = town.snapshot()
    beads = tuple({bead.id: bead for bead in beads}.values())
    targets = [target or rig_of(snapshot, bead, town.root, cwd).name for bead in beads]
    if not apart and len(set(targets)) > 1:
        raise UserError(
            f"the beads belong to several rigs: {', '.join(sorted(set(targets)))}",
            "name one with --force, or sling those of each rig together",
        )
    to = find_target(snapshot, targets[0])
    if at_once and (to.pool != "polecats" or len(set(targets)) > 1):
        raise UsageError("--max-concurrent is for the polecats of one rig", "name that rig")
    held = {} if wish.force else _held(snapshot, beads)
    free = [bead for bead in beads if bead.id not in held]
    shared = _shared(snapshot, free, wish, actor, title, targets[0] if at_once else "", at_once)
    each: list[One] = []
    slung = 0
    for bead, where in zip(beads, targets, strict=True):
        one = One(bead=bead, left_to=held.get(bead.id))
        if one.left_to is None and (not at_once or slung < at_once):
            own = replace(wish, shared=shared, convoy=shared is not None)
            one = _one(town, snapshot, bead, where, own, cwd, actor, dry)
        each.append(one)
        if one.slung is not None:
            slung += 1
            snapshot = one.slung.after or snapshot
    waiting = [one.bead for one in each if not (one.slung or one.why or one.left_to)]
    if waiting and slung and not dry:
        _put_aside(town, waiting, targets[0], wish, cwd, actor)
    made = snapshot.convoy(shared.id) if shared is not None else None
    return Many(tuple(each), made)


def _held(snapshot: Snapshot, beads: Sequence[Bead]) -> dict[ItemId, Convoy]:
    """Those that wait for their turn, each with the convoy that slings so many at once."""
    found = {}
    for bead in beads:
        feeds = (
            each
            for each in open_convoys(snapshot, bead.id)
            if at_once_of(each) and rig_of_feed(snapshot, each) and bead.id not in each.fed
        )
        convoy = next(feeds, None) if holder(snapshot, bead.id) is None else None
        if convoy is not None:
            found[bead.id] = convoy
    return found


def _one(
    town: Town,
    snapshot: Snapshot,
    bead: Bead,
    target: str,
    wish: Wish,
    cwd: Path,
    actor: str,
    dry: bool,
) -> One:
    """What was only thought of is not in the town: the next one is thought of on top of it."""
    try:
        slung = sling(town, bead.id, target, wish, cwd, actor, dry=dry, at=snapshot if dry else None)
    except UserError as refusal:
        return One(bead=bead, why=str(refusal))
    return One(bead=bead, slung=slung)


def _shared(
    snapshot: Snapshot, beads: Sequence[Bead], wish: Wish, actor: str, title: str, feed: str, at_once: int
) -> Convoy | None:
    """The convoy for those that none tracks yet; None when all are, and none is to feed them."""
    new = beads if feed else [each for each in beads if next(open_convoys(snapshot, each.id), None) is None]
    if not new or (not wish.convoy and not feed):
        return None
    now = clock.stamp(clock.now())
    made = new_convoy(snapshot, new, now, actor, wish.terms.merge, owned=wish.owned)
    extra = {AT_ONCE: at_once} if feed else {}
    return replace(made, title=title or made.title, feed=feed, extra=extra)


def _put_aside(town: Town, beads: Sequence[Bead], rig_name: str, wish: Wish, cwd: Path, actor: str) -> None:
    """A molecule for each bead that is slung later, where that is to be done in another way than usual."""
    if not (wish.formula or wish.vars or wish.agent or wish.said != terms.NONE):
        return
    first = town.snapshot()
    rig = find_target(first, rig_name).rig
    assert rig is not None
    formula = formulas.find(town.root, rig.name, wish.formula or formula_of(first, rig), cwd=cwd)
    meals = [
        cooked(
            town.root,
            formula,
            values_of(formula, bead, rig, wish.vars, wish.terms.base_branch),
            rig=rig.name,
            bead=bead,
        )
        for bead in beads
    ]
    now = clock.stamp(clock.now())

    def plan(current: Snapshot) -> Edit | None:
        put: list[Item] = []
        for bead, meal in zip(beads, meals, strict=True):
            if holder(current, bead.id) is not None or open_molecules(current, bead.id):
                continue
            order = Order(prefix=rig.prefix, created=now, created_by=actor, bead=bead.id, anew=True)
            poured = pour(current, meal, order)
            molecule = marked(terms.noted(poured.molecule, wish.said), formula.review_only)
            asked = {"agent": wish.agent} if wish.agent else {}
            put += replace(poured, molecule=replace(molecule, extra={**molecule.extra, **asked})).items
        require_writable(current, *put)
        if not put:
            return None
        return Edit(subject=f"pour: {formula.name} for {len(beads)} that wait", put=tuple(put), actor=actor)

    transition(town, plan, actor)


def _below(ledger: Ledger, epic: Bead, seen: set[str]) -> Iterator[Bead]:
    """What is below an epic, and below the epics in it."""
    seen.add(epic.id)
    for bead in ledger.below(epic.id):
        if bead.id not in seen:
            seen.add(bead.id)
            yield bead
            yield from _below(ledger, bead, seen)

"""Catch-up: the one thing that every wake-up runs (git hook, watcher, timer, command, start).

The truth is `refs/gt/processed`..the town's branch, and the same for each agent's branch in the rigs.
A wake-up that is lost, doubled or late costs time and nothing else (promise 2).
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from gtlib import clock
from gtlib.actions import claims
from gtlib.actions import follow_up
from gtlib.actions import merge_setup
from gtlib.actions import mistaken
from gtlib.actions import pack
from gtlib.actions import saves
from gtlib.actions import twice
from gtlib.actions.unreadable import author
from gtlib.actions.unreadable import unreadable
from gtlib.model.edit import Edit
from gtlib.model.snapshot import Snapshot
from gtlib.rules import registry
from gtlib.rules import saved_over
from gtlib.rules.base import OVERSEER
from gtlib.rules.base import is_home
from gtlib.rules.claims import Claim
from gtlib.rules.claims import serve
from gtlib.rules.close import refuse_close
from gtlib.rules.edits import events
from gtlib.rules.edits import merge_edits
from gtlib.rules.imported_times import forget_times
from gtlib.rules.imported_times import with_times
from gtlib.rules.mistaken import part
from gtlib.rules.quarantine import quarantine
from gtlib.rules.renumber import renumber
from gtlib.store import kept
from gtlib.store.town import Applied
from gtlib.store.town import Town

_ROUNDS = 20


class Report(Struct, frozen=True):
    """What a catch-up did. `events` are the subjects of what happened, without what only the claims of others
    asked for (`catch_up`); `broken` are the files that do not parse among those that changed.
    """

    applied: tuple[Applied, ...] = ()
    events: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()


def catch_up(town: Town, actor: str = "", *, whose: str | None = None) -> Report:
    """Run all rules over what is new, until they ask for nothing; then what follows in the world.

    `whose` says of which commits the events are told: of an agent's branches, "": of the town; None: of all.
    UserError when an operation in progress in the checkout forbids a transition: the wake-up is
    kept, since `processed` stands still.
    """
    town.recover()
    merge_setup.ensure(town)
    applied: list[Applied] = []
    told: list[str] = []
    broken: set[str] = set()
    failed: tuple[str, ...] = ()
    for _ in range(_ROUNDS):
        tip = town.tip()
        changed = _changed(town)
        broken.update(_broken(town, changed))
        done, said, failed = _round(town, changed, actor, whose)
        if done is not None:
            applied.append(done)
            told += said
        elif tip == town.tip():
            if town.processed() != tip:
                _keep_abandoned(town)
                town.set_processed(tip)
            town.forget_kept()
            break
    town.save_index()
    pack.start(town, town.tip())
    notes = [note for each in applied for note in (*each.notes, *_put_right(town, each))]
    notes += [*failed, *follow_up.reconcile(town)]
    return Report(tuple(applied), tuple(told), tuple(notes), tuple(sorted(broken)))


def _round(
    town: Town, changed: frozenset[str] | None, actor: str, whose: str | None
) -> tuple[Applied | None, tuple[str, ...], tuple[str, ...]]:
    """One transition, if anything asks for one; what of it is told; lines about rigs whose claims could not
    be read.
    """
    now = clock.stamp(clock.now())
    snapshot = town.snapshot()
    home = is_home(snapshot, town.host)
    righted = (_parted(town, now) or _right(town, snapshot)) if home else None
    if righted is not None:
        return righted, (righted.edit.subject,), ()
    broken = unreadable(town, snapshot, changed) if home else ()
    to = author(snapshot, actor)
    restored = saves.restored(town) if home else ()
    clashes = twice.minted_twice(town) if home else ()
    collected = claims.collect(town, snapshot, actor)
    timed = with_times(snapshot, changed) if home else ()
    then = town.processed() if timed else None
    before = town.snapshot_at(then) if then else None

    def asked(snapshot: Snapshot, made: Sequence[Claim]) -> Edit | None:
        edits: list[Edit] = []

        def follow(edit: Edit | None) -> Snapshot:
            if edit is None:
                return snapshot
            edits.append(edit)
            return snapshot.with_edit(edit)

        snapshot = follow(kept.plan(town.repo, town.local, snapshot))
        snapshot = follow(renumber(snapshot, twice.unserved(town, clashes), now))
        snapshot = follow(serve(snapshot, made, now))
        if actor not in ("", OVERSEER):
            snapshot = follow(refuse_close(snapshot, changed, actor, now))
        if before is not None:
            snapshot = follow(forget_times(snapshot, timed, before.get))
        if home:
            snapshot = follow(saved_over.tell(snapshot, restored, to, now))
            snapshot = follow(quarantine(snapshot, broken, to, now))
            follow(registry.run(snapshot, now, None if edits else changed))
        return merge_edits(edits)

    own = tuple(each for each in collected.claims if whose is None or _speaker(each) == whose)
    mine = None if own == collected.claims else asked(snapshot, own)
    # Again, since another catch-up may have served them while this one waited for its turn.
    applied = town.apply(lambda fresh: asked(fresh, claims.unserved(town, collected.claims)))
    for rig, branch, tip in collected.seen:
        rig.set_processed(branch, tip)
    if applied is None or own == collected.claims:
        return applied, (applied.edit.subject,) if applied else (), collected.failed
    known = frozenset(events(mine) if mine is not None else ())
    return applied, tuple(each for each in events(applied.edit) if each in known), collected.failed


def _speaker(claim: Claim) -> str:
    """Whose commit makes the claim; "" for one in the town."""
    return claim.agent if claim.rig else ""


def _parted(town: Town, now: str) -> Applied | None:
    """What git mixed up in merges, put right before any rule looks at it."""
    found = mistaken.mistaken(town)
    if not found:
        return None
    return town.apply(lambda fresh: part(fresh, mistaken.unserved(town, found), now))


def _right(town: Town, snapshot: Snapshot) -> Applied | None:
    """What old buffers took back, put right in a commit of its own, so that `git revert` undoes just that."""
    found = saves.saves(town, snapshot)
    if not found:
        return None
    return town.apply(lambda fresh: saved_over.saved_over(fresh, saves.unserved(town, found)))


def _put_right(town: Town, applied: Applied) -> tuple[str, ...]:
    """A line for the person, where their save was put right."""
    restored = saves.restored_by(applied.commit, applied.edit.trailers)
    return () if restored is None else (saved_over.line(town.snapshot(), restored),)


def _changed(town: Town) -> frozenset[str] | None:
    """The paths that differ since `processed`; None (all of them) when that is no ancestor of the tip."""
    before, tip = town.processed(), town.tip()
    if before is None or not town.repo.is_ancestor(before, tip):
        return None
    return frozenset(change.path for change in town.repo.changes(before, tip))


def _broken(town: Town, changed: frozenset[str] | None) -> list[str]:
    snapshot = town.snapshot()
    if changed is None:
        return [str(error) for error in snapshot.broken()]
    return [str(error) for path in changed if (error := snapshot.error(path)) is not None]


def _keep_abandoned(town: Town) -> None:
    """History was rewritten: what had been processed is kept under a ref of its own."""
    before = town.processed()
    if before is not None and not town.repo.is_ancestor(before, town.tip()):
        town.repo.set_ref(f"refs/gt/rescue/town/{before[:12]}", before)

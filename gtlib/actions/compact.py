"""Wisps whose time is over: they go, or become beads."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from msgspec import Struct

from gtlib import clock
from gtlib.actions.carry_out import carry_out
from gtlib.errors import FileError
from gtlib.model.edit import Edit
from gtlib.model.molecule import Molecule
from gtlib.model.snapshot import Snapshot
from gtlib.model.wisp_ends import Ended
from gtlib.names import ItemId
from gtlib.rules import mol_end
from gtlib.rules import wisps as rules
from gtlib.rules.base import POSTMASTER
from gtlib.rules.base import hours_since
from gtlib.rules.edits import merge_edits
from gtlib.store import wisp_lines
from gtlib.store import wisps
from gtlib.store.town import Town
from gtlib.store.wisp_lines import ENDED

LAST: Final = "compacted"
DAY_HOURS: Final = 24
KEPT_DAYS: Final = 31


class Compacted(Struct, frozen=True):
    """What became of wisps, or would; how many stay, and which can't be read."""

    ended: tuple[Ended, ...] = ()
    kept: int = 0
    broken: tuple[FileError, ...] = ()


def compact(town: Town, actor: str, *, dry: bool = False) -> Compacted:
    """Delete the closed wisps whose time is over, make beads of what is worth it; `dry` only looks."""
    now = clock.stamp(clock.now())
    if dry:
        found = wisps.every(town.root)
        fates = [(wisp, rules.verdict(wisp, now)) for wisp in found.wisps]
        ended = [_line(wisp, verdict, now) for wisp, verdict in fates if verdict.fate != "keep"]
        return Compacted(tuple(ended), len(fates) - len(ended), found.broken)
    with wisps.lock(town.root):
        found = wisps.every(town.root)
        fates = [(wisp, rules.verdict(wisp, now)) for wisp in found.wisps]
        over = [(wisp, verdict) for wisp, verdict in fates if verdict.fate != "keep"]
        ended = list(_end(town, over, actor, now))
    return Compacted(tuple(ended), len(fates) - len(over), found.broken)


def daily(town: Town, actor: str = POSTMASTER) -> Compacted | None:
    """As `compact`, once a day at most; None when it was done today, or there is nothing to look at."""
    if not wisps.folder(town.root).is_dir():
        return None
    last, now = wisps.folder(town.root) / LAST, clock.stamp(clock.now())
    before = last.read_text(encoding="utf-8", errors="replace").strip() if last.is_file() else ""
    if before and before <= now and hours_since(before, now) < DAY_HOURS:
        return None
    found = compact(town, actor)
    wisps.replace_file(last, f"{now}\n")
    return found


def gc(town: Town, actor: str, hours: float, *, force: bool = False, dry: bool = False) -> tuple[ItemId, ...]:
    """Delete wisps that nobody touched for so many hours: closed ones, with `force` open ones too.

    What is worth keeping stays. Gives the ids that went, or would.
    """
    now = clock.stamp(clock.now())

    def chosen() -> list[Molecule]:
        return [
            wisp
            for wisp in wisps.every(town.root).wisps
            if (force or wisp.status == "closed")
            and rules.hours_old(wisp, now) > hours
            and not rules.worth(wisp)
        ]

    if dry:
        return tuple(wisp.id for wisp in chosen())
    with wisps.lock(town.root):
        why = rules.Verdict("delete", f"not touched for {hours:g} h")
        return tuple(ItemId(line.id) for line in _end(town, [(wisp, why) for wisp in chosen()], actor, now))


def recent(town: Town, days: int) -> list[Ended]:
    """What ended in the last days, oldest first."""
    since = clock.stamp(clock.now() - timedelta(days=days))
    return [line for line in wisp_lines.read(town.root, ENDED, Ended) if line.at >= since]


def _end(
    town: Town, over: Iterable[tuple[Molecule, rules.Verdict]], actor: str, now: str
) -> tuple[Ended, ...]:
    """One commit for what becomes a bead and for gates that end; then the files go."""
    over = list(over)
    if not over:
        return ()

    def plan(snapshot: Snapshot) -> tuple[tuple[Ended, ...], Edit | None]:
        lines, edits = [], []
        for wisp, verdict in over:
            bead = ""
            if verdict.fate == "promote":
                made, edit = rules.plan_promote(snapshot, wisp, actor, now)
                bead = made.id
            else:
                edit = mol_end.plan_end_gates(snapshot, wisp, actor, now, gone=False)
            lines.append(_line(wisp, verdict, now, bead))
            if edit is not None:
                edits.append(edit)
                snapshot = snapshot.with_edit(edit)
        return tuple(lines), merge_edits(edits)

    ended, _ = carry_out(town, plan, actor)
    since = clock.stamp(clock.parse(now) - timedelta(days=KEPT_DAYS))
    before = [line for line in wisp_lines.read(town.root, ENDED, Ended) if line.at >= since]
    wisp_lines.keep(town.root, ENDED, Ended, [*before, *ended])
    for wisp, _ in over:
        wisps.remove(town.root, wisp.id)
    return ended


def _line(wisp: Molecule, verdict: rules.Verdict, now: str, bead: str = "") -> Ended:
    kind = rules.kind_of(wisp)
    return Ended(
        at=now, fate=verdict.fate, id=wisp.id, title=wisp.title, wisp_type=kind, why=verdict.why, bead=bead
    )

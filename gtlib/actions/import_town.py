"""Move a Gas Town installation in: one commit, and nothing in the installation changes."""

from __future__ import annotations

import os
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from gtlib import clock
from gtlib import layout
from gtlib.actions.crew_add import crew_add
from gtlib.actions.install import SETTINGS
from gtlib.actions.install import install
from gtlib.actions.rig_add import rig_add
from gtlib.actions.transition import transition
from gtlib.errors import UserError
from gtlib.model.edit import Edit
from gtlib.model.gastown import FoundRig
from gtlib.model.gastown import Installation
from gtlib.model.gastown import Ledger
from gtlib.model.gastown import Left
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.rules.importing import Batch
from gtlib.rules.importing import read_lines
from gtlib.rules.move_plan import Move
from gtlib.rules.move_plan import Ours
from gtlib.rules.move_plan import joined
from gtlib.rules.move_plan import plan_move
from gtlib.store import gastown
from gtlib.store.rig import Rig
from gtlib.store.roots import is_town
from gtlib.store.town import Town


class MovedIn(Struct, frozen=True, kw_only=True):
    """What was taken, by id or path; `todo` are commands that are left to a person, `left` what was not
    taken, and `refused` how much of that are lines of ledgers."""

    town: str
    name: str
    rigs: tuple[str, ...]
    created: int
    updated: int
    unchanged: int
    tombstones: int
    memories: int
    hooked: int
    mail: tuple[str, ...]
    agents: tuple[str, ...]
    convoys: tuple[str, ...]
    files: tuple[str, ...]
    todo: tuple[str, ...]
    left: tuple[Left, ...]
    refused: int
    dry_run: bool
    commit: str = ""


def import_town(
    path: Path,
    to: Path,
    *,
    dry_run: bool = False,
    clone: bool = False,
    actor: str = "",
    on_line: Callable[[int], None] = lambda number: None,
) -> MovedIn:
    """Take the installation at `path` into the town at `to`, which is made when there is none.

    `clone` also clones the rigs and makes the crew's worktrees. UserError, and nothing changed, when the one
    is no installation, or the other lies in it.
    """
    root = Path(os.path.realpath(path.expanduser()))
    target = Path(os.path.realpath(to.expanduser()))
    if target.is_relative_to(root):
        raise UserError(f"{target} lies in the installation", "choose another folder: --to FOLDER")
    found = gastown.Reader(root).read()
    batches = [read_lines(each.path, _told(root, each, on_line)) for each in found.ledgers]
    batch, where, left = joined(batches)
    town = None
    if is_town(target) or not dry_run:
        town = Town.open(target) if is_town(target) else install(target, found.name, found.owner)
    ours = Ours(host=town.host if town else "", formulas=_built_in(), settings=SETTINGS)
    move = Move()

    def plan(snapshot: Snapshot) -> Edit | None:
        nonlocal move
        move, edit = plan_move(snapshot, found, batch, where, ours, clock.stamp(clock.now()))
        move.left += left
        return edit

    commit = ""
    if dry_run or town is None:
        plan(town.snapshot() if town else Snapshot.of({}))
    else:
        applied = transition(town, plan, actor)
        commit = applied.commit if applied else ""
    if clone and town is not None and not dry_run:
        _clone(town, found, move, actor)
    refused = sum(len(each.refused) for each in batches)
    return _report(target, found, batch, move, tuple(_todo(town, found)), commit, dry_run, refused)


def _told(root: Path, ledger: Ledger, on_line: Callable[[int], None]) -> Iterator[tuple[int, bytes | None]]:
    for number, raw in gastown.lines(root, ledger):
        on_line(number)
        yield number, raw


def _built_in() -> frozenset[str]:
    """The names of the formulas that come with gt."""
    found = (path.name for path in layout.resource("formulas").iterdir())
    return frozenset(name.partition(".formula.")[0] for name in found if ".formula." in name)


def _clone(town: Town, found: Installation, move: Move, actor: str) -> None:
    """Clone each rig and give its crew worktrees; one that can't be is told, and the others go on."""
    for rig in found.rigs:
        config = town.snapshot().rig(rig.name)
        if config is None:
            continue
        try:
            if not Rig(town.root, config).exists():
                rig_add(
                    town, config.name, config.url, prefix=config.prefix, branch=config.branch, actor=actor
                )
            if people := _without_worktree(town, rig):
                crew_add(town, people, config, actor)
        except UserError as error:
            move.left.append(Left(f"{rig.name}", f"it is not cloned: {error.what}"))


def _without_worktree(town: Town, rig: FoundRig) -> list[str]:
    snapshot = town.snapshot()
    agents = {name: snapshot.agent(Address(f"{rig.name}/crew/{name}")) for name in rig.crew}
    return [name for name, agent in agents.items() if agent is None or agent.hook is None]


def _todo(town: Town | None, found: Installation) -> Iterator[str]:
    for rig in found.rigs:
        config = town.snapshot().rig(rig.name) if town else None
        if town is None or config is None:
            continue
        if not Rig(town.root, config).exists():
            yield f"gt rig add {config.name} {config.url}"
        for name in _without_worktree(town, rig):
            yield f"gt crew add {name} --rig {config.name}"
        if config.gates:
            yield f"gt allow {layout.path_of_rig(config.name)}"


def _report(
    target: Path,
    found: Installation,
    batch: Batch,
    move: Move,
    todo: tuple[str, ...],
    commit: str,
    dry_run: bool,
    refused: int,
) -> MovedIn:
    outcome = move.outcome
    return MovedIn(
        town=str(target),
        name=found.name,
        rigs=tuple(rig.name for rig in move.rigs),
        created=len(outcome.created),
        updated=len(outcome.updated),
        unchanged=len(outcome.unchanged),
        tombstones=len(outcome.tombstones),
        memories=len(outcome.memories),
        hooked=sum(bead.status == "hooked" for _, bead in batch.beads.values()),
        mail=tuple(sorted(move.mail)),
        agents=tuple(sorted(move.agents)),
        convoys=tuple(sorted(move.convoys)),
        files=tuple(move.files),
        todo=tuple(dict.fromkeys(todo)),
        left=tuple(move.left),
        refused=refused + len(outcome.refused),
        dry_run=dry_run,
        commit=commit,
    )

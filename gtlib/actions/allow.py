"""Say that command texts which came with a file may run on this machine (promise 10)."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from gtlib import layout
from gtlib.actions import handover
from gtlib.actions import trust
from gtlib.errors import UserError
from gtlib.model import recipe
from gtlib.model.bead import Bead
from gtlib.model.config import RigConfig
from gtlib.model.formula import Formula
from gtlib.model.formula_parts import Run
from gtlib.names import ItemId
from gtlib.rules.base import OVERSEER
from gtlib.rules.gates import command_text
from gtlib.rules.gates import kind_of
from gtlib.rules.gates import shut_gates
from gtlib.store import formulas
from gtlib.store.allowed import allow_text
from gtlib.store.allowed import is_allowed
from gtlib.store.town import Town


class Runnable(Struct, frozen=True):
    """A command that a file brings along: the gate or step `name` of `path`, and whether it may run here.

    `text` is what is allowed by its hash: of a gate the command, of a formula the whole file.
    """

    path: str
    name: str
    command: str
    text: str
    allowed: bool


def allow(town: Town, path: str, cwd: Path | None = None, actor: str = OVERSEER) -> tuple[Runnable, ...]:
    """Allow what a rig's or formula's file brings along (relative to `cwd`, else to the town): what runs now.

    A rig.yaml counts as committed, a formula as it lies in the checkout. Raises UserError for a file with
    nothing to allow, and for an agent: it may have written the file; FileError for one that does not parse.
    """
    if actor != OVERSEER:
        raise UserError(
            f"{actor} can't allow commands, only a person can",
            f"ask the overseer to read {path}, and to run gt allow {path} in the town's folder",
        )
    found = _of(town, _relative(town.root, path, cwd))
    for each in found:
        if not each.allowed:
            allow_text(town.local, each.text, f"{each.path} {each.name}")
    return found


def waiting(town: Town) -> tuple[Runnable, ...]:
    """What may not run on this machine yet: gates of rigs, steps of formulas that are not built in."""
    configs = tuple(town.snapshot().rigs())
    found = [each for config in configs for each in _gates(town, config)]
    rigs = (None, *(config.name for config in configs))
    listed = [entry for rig in rigs for entry in formulas.list_all(town.root, rig)]
    by_path = {entry.path: entry.formula for entry in listed if entry.formula is not None}
    for path, formula in sorted(by_path.items()):
        if formula.origin != "built-in":
            found += _steps(town, path, formula)
    found += _poured(town, {each.text for each in found})
    found += _hooks(town)
    found += _asking(town, shut_gates(town.snapshot()))
    return tuple(each for each in found if not each.allowed)


def _hooks(town: Town) -> list[Runnable]:
    """The hooks that a commit in the town hands over to."""
    if not any(handover.wanted(town.root, stage) for stage in handover.STAGES):
        return []
    text = handover.text_of(town.root)
    return [Runnable(handover.CONFIG, "hooks", text, text, is_allowed(town.local, text))]


def _of(town: Town, path: str) -> tuple[Runnable, ...]:
    if path == handover.CONFIG:
        return _some(_hooks(town), f"{path} names no hooks beside ours")
    snapshot = town.snapshot()
    known = layout.parse(path)
    if known is not None and known.thing == "rig":
        error = snapshot.error(path)
        if error is not None:
            raise error
        config = snapshot.rig(known.name)
        if config is None:
            raise UserError(f"{path} is not committed", "gt rig list shows the rigs there are")
        return _some(_gates(town, config), f"{path} has no gates")
    if known is not None and known.thing == "molecule":
        return _some(
            [each for each in _poured(town, set()) if each.path == path], f"no step of {path} has a run"
        )
    if known is not None and known.thing == "bead":
        gate = snapshot.bead(ItemId(known.name))
        return _some(_asking(town, [gate] if gate else []), f"{path} is no gate that runs something")
    if not path.endswith(formulas.SUFFIXES):
        raise UserError(f"{path} is no file with commands", "gt allow lists the files that have some")
    formula = formulas.find(town.root, None, f"./{path}")
    return _some(_steps(town, path, formula), f"no step of {path} has a run")


def _some(found: Iterable[Runnable], nothing: str) -> tuple[Runnable, ...]:
    all_ = tuple(found)
    if not all_:
        raise UserError(nothing, "there is nothing to allow")
    return all_


def _relative(root: Path, path: str, cwd: Path | None) -> str:
    """The path from the town's root; a formula that is no file any more keeps its name."""
    top = root.resolve()
    here = (cwd or root) / path
    place = here if here.exists() else root / path
    full = Path(os.path.abspath(place)) if place.is_symlink() else place.resolve()
    if not full.is_relative_to(top):
        raise UserError(f"{path} is outside the town", "only files of the town are allowed or not")
    return full.relative_to(top).as_posix()


def _gates(town: Town, config: RigConfig) -> Iterator[Runnable]:
    for name, gate in config.gates.items():
        may = is_allowed(town.local, gate.command)
        yield Runnable(layout.path_of_rig(config.name), name, gate.command, gate.command, may)


def _asking(town: Town, gates: Iterable[Bead]) -> Iterator[Runnable]:
    """What gates of kind exec run."""
    for gate in gates:
        text = command_text(gate) if gate.type == "gate" and kind_of(gate) == "exec" else ""
        if text:
            yield Runnable(layout.path_of_bead(gate.id), "run", text, text, is_allowed(town.local, text))


def _steps(town: Town, path: str, formula: Formula) -> Iterator[Runnable]:
    for step, word, run in trust.commands(formula):
        yield _runnable(town, path, step.id if word == "run" else f"{step.id} ({word})", run)


def _poured(town: Town, seen: set[str]) -> Iterator[Runnable]:
    """Commands of open molecules: they came with the molecule's file, wherever its formula is."""
    for molecule in town.snapshot().molecules():
        if molecule.status == "closed" or not molecule.recipe:
            continue
        for step, word, run in trust.commands_of(recipe.read(molecule.recipe).values()):
            text = trust.text_of(run)
            if text not in seen:
                seen.add(text)
                name = step if word == "run" else f"{step} ({word})"
                yield _runnable(town, layout.path_of_molecule(molecule.id), name, run)


def _runnable(town: Town, path: str, name: str, run: Run) -> Runnable:
    command = run if isinstance(run, str) else shlex.join(run)
    return Runnable(path, name, command, trust.text_of(run), trust.may_run(town.local, run))

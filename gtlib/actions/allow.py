"""Say that command texts which came with a file may run on this machine (promise 10)."""

from __future__ import annotations

import os
from collections.abc import Iterable
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from gtlib import layout
from gtlib.actions import handover
from gtlib.actions import loosened
from gtlib.actions import trust
from gtlib.errors import FileError
from gtlib.errors import UserError
from gtlib.model import recipe
from gtlib.model.bead import Bead
from gtlib.model.config import RigConfig
from gtlib.model.formula import Formula
from gtlib.model.formula_parts import Run
from gtlib.model.molecule import Molecule
from gtlib.model.settings import path_for
from gtlib.model.settings import rig_settings
from gtlib.model.settings import town_settings
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules.base import OVERSEER
from gtlib.rules.base import live_hook
from gtlib.rules.flow import Flow
from gtlib.rules.gates import command_text
from gtlib.rules.gates import kind_of
from gtlib.rules.gates import shut_gates
from gtlib.runtimes import programs
from gtlib.store import formulas
from gtlib.store.allowed import allow_text
from gtlib.store.allowed import is_allowed
from gtlib.store.town import Town


class Runnable(Struct, frozen=True):
    """A command that a file brings along: the gate or step `name` of `path`, and whether it may run here.

    `text` is what is allowed by its hash. `waiting` are the agents and items that go on once it may run.
    """

    path: str
    name: str
    command: str
    text: str
    allowed: bool
    waiting: tuple[str, ...] = ()


def allow(town: Town, path: str, cwd: Path | None = None, actor: str = OVERSEER) -> tuple[Runnable, ...]:
    """Allow what a file brings along: what `brought` gives, as it is then."""
    found = brought(town, path, cwd, actor)
    permit(town, found)
    return found


def brought(town: Town, path: str, cwd: Path | None = None, actor: str = OVERSEER) -> tuple[Runnable, ...]:
    """What a rig's or formula's file, a molecule, a gate or the like would run (`path` is relative to `cwd`,
    else to the town). A rig.yaml counts as committed, a formula as it lies in the checkout.

    Raises UserError for a file with nothing to allow, and for an agent: it may have written the file;
    FileError for one that does not parse.
    """
    if actor != OVERSEER:
        raise UserError(
            f"{actor} can't allow commands, only a person can",
            f"ask the overseer to read {path}, and to run gt allow {path} in the town's folder",
        )
    return _of(town, _relative(town.root, path, cwd))


def permit(town: Town, found: Iterable[Runnable]) -> None:
    """Allow these texts, which a person has read, on this machine."""
    for each in found:
        if each.text.startswith(_LOOSE):
            rig, _, role = each.text.removeprefix(_LOOSE).rpartition("/")
            loosened.let_go(town.local, rig, role)
        elif not each.allowed:
            allow_text(town.local, each.text, f"{each.path} {each.name}")


# Begins the text of what is no command: a role that has no sandbox any more.
_LOOSE = "permitted\0"


def waiting(town: Town) -> tuple[Runnable, ...]:
    """What may not run on this machine yet, with who waits for it: gates of rigs, steps of formulas that are
    not built in, overlays, molecules that are under way, gates that ask a program, agents of the settings.
    """
    snapshot = town.snapshot()
    configs = tuple(snapshot.rigs())
    found = [each for config in configs for each in _gates(town, config)]
    rigs = (None, *(config.name for config in configs))
    listed = [entry for rig in rigs for entry in formulas.list_all(town.root, rig)]
    by_path = {entry.path: entry.formula for entry in listed if entry.formula is not None}
    for path, formula in sorted(by_path.items()):
        if formula.origin != "built-in":
            found += _steps(town, path, formula)
    for path in dict.fromkeys(path for rig in rigs for _, _, path in formulas.overlays(town.root, rig)):
        try:
            found += _overrides(town, path)
        except UserError:
            continue  # what can't be read runs nothing; the list of overlays says why
    found += _poured(town, {each.text for each in found}, snapshot.molecules())
    found += _hooks(town)
    found += _asking(town, shut_gates(snapshot))
    found += _agents(town)
    left = [each for each in found if not each.allowed]
    who = _who_waits(snapshot) if left else {}
    return tuple(replace(each, waiting=who.get(each.text, ())) for each in left)


def _who_waits(snapshot: Snapshot) -> dict[str, tuple[str, ...]]:
    """By text, the agents whose molecule has it, the merge requests and molecules that its gates hold up,
    and who waits at such a gate.
    """
    found: dict[str, dict[str, None]] = {}
    for agent in snapshot.agents():
        hook = live_hook(agent)
        molecule = snapshot.molecule(hook.molecule) if hook is not None and hook.molecule else None
        if molecule is None or not molecule.recipe or molecule.status == "closed":
            continue
        flow = Flow(snapshot, molecule)
        left = [step for id, step in flow.recipe.items() if flow.has(id) and not flow.is_over(id)]
        for _, _, run in trust.commands_of(left):
            found.setdefault(trust.text_of(run), {})[agent.address] = None
    for config in snapshot.rigs():
        held = [m.id for m in snapshot.merges() if m.rig == config.name and m.status in ("ready", "blocked")]
        for gate in config.gates.values():
            found.setdefault(gate.command, {}).update(dict.fromkeys(held))
    for shut in shut_gates(snapshot):
        mine = [shut.id.partition(".gate-")[0]] if ".gate-" in shut.id else []
        found.setdefault(trust.text_of_gate(shut), {}).update(dict.fromkeys((*mine, *shut.waiters)))
    return {text: tuple(who) for text, who in found.items()}


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
        molecule = snapshot.molecule(ItemId(known.name))
        return _some(_poured(town, set(), (molecule,) if molecule else ()), f"no step of {path} has a run")
    if known is not None and known.thing == "bead":
        gate = snapshot.bead(ItemId(known.name))
        return _some(_asking(town, [gate] if gate else []), f"{path} is no gate that runs something")
    if path == layout.SETTINGS or path.endswith(f"/{layout.SETTINGS}"):
        return _some(
            _of_settings(town, path.rpartition(layout.SETTINGS)[0].rstrip("/")),
            f"{path} names no agents with a command of their own",
        )
    if path.rpartition("/")[0].rpartition("/")[2] == formulas.OVERLAYS and path.endswith(".toml"):
        return _some(_overrides(town, path), f"nothing in {path} has a run")
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
        text = trust.text_of_gate(gate) if gate.type == "gate" and kind_of(gate) == "exec" else ""
        if text:
            path, may = layout.path_of_bead(gate.id), trust.may_run_text(town.local, text)
            yield Runnable(path, "run", command_text(gate), text, may)


def _steps(town: Town, path: str, formula: Formula) -> Iterator[Runnable]:
    for step, word, run in trust.commands(formula):
        yield _runnable(town, path, step.id if word == "run" else f"{step.id} ({word})", run)


def _overrides(town: Town, path: str) -> list[Runnable]:
    """What an overlay runs in place of its formula."""
    rig, _, _ = path.rpartition(f"{formulas.OVERLAYS}/")
    overlay = formulas.overlay(town.root, rig.rstrip("/") or None, Path(path).stem)
    if overlay is None or overlay.path != path:
        raise UserError(f"there is no file {path}", "see them all with: gt formula overlay list")
    return [
        _runnable(town, path, each.step_id, each.run) for each in overlay.overrides if each.run is not None
    ]


def _agents(town: Town) -> list[Runnable]:
    """The programs that settings name for agents; none of a file that can't be read."""
    found: list[Runnable] = []
    for rig in ("", *(config.name for config in town.snapshot().rigs())):
        try:
            found += _of_settings(town, rig)
        except FileError:
            continue  # no session starts by it, and whoever asks for one is told why
    return found


def _of_settings(town: Town, rig: str) -> Iterator[Runnable]:
    """What a rig's settings, or the town's, have agents run, and whom they let out of a sandbox.

    FileError when they can't be read.
    """
    snapshot = town.snapshot()
    said = rig_settings(snapshot, rig) if rig else town_settings(snapshot)
    for each in (*said.agents.values(), *filter(None, [said.runtime])) if said is not None else ():
        text = programs.text_of(each)
        if text:
            may = is_allowed(town.local, text)
            yield Runnable(path_for(rig), f"agent {each.name}", programs.shown(each), text, may)
    for place, role in loosened.all_loosened(town.local, snapshot, path_for(rig)):
        name = f"{role} of {place}" if place else role
        yield Runnable(path_for(rig), name, "works without the sandbox", f"{_LOOSE}{place}/{role}", False)


def _poured(town: Town, seen: set[str], molecules: Iterable[Molecule]) -> Iterator[Runnable]:
    """Commands of open molecules, each once: they came with the molecule's file, wherever its formula is."""
    for molecule in molecules:
        if molecule.status == "closed" or not molecule.recipe:
            continue
        for step, word, run in trust.commands_of(recipe.read(molecule.recipe).values()):
            text = trust.text_of(run)
            if text not in seen:
                seen.add(text)
                name = step if word == "run" else f"{step} ({word})"
                yield _runnable(town, layout.path_of_molecule(molecule.id), name, run)


def _runnable(town: Town, path: str, name: str, run: Run) -> Runnable:
    return Runnable(path, name, trust.shown(run), trust.text_of(run), trust.may_run(town.local, run))

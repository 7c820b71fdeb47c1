"""Gates that ask the world: a command of their own (exec), and the condition of a step (conditional)."""

from __future__ import annotations

import os
from collections.abc import Callable
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from gtlib import layout
from gtlib.actions import trust
from gtlib.errors import UserError
from gtlib.model import conditions
from gtlib.model import cook
from gtlib.model.bead import Bead
from gtlib.model.facts import Facts
from gtlib.model.molecule import Molecule
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.names import StepId
from gtlib.rules.asking import Asked
from gtlib.rules.asking import World
from gtlib.rules.base import prefix_of
from gtlib.rules.flow import Flow
from gtlib.rules.gates import CONDITION
from gtlib.rules.gates import RUN
from gtlib.rules.gates import Verdict
from gtlib.rules.gates import command_text
from gtlib.rules.gates import consumed
from gtlib.rules.gates import error
from gtlib.system import process
from gtlib.system.process import Proc

SECONDS: Final = 60.0
NOT_ALLOWED: Final = "its command is not allowed on this machine"


class _Running(Struct, frozen=True):
    """A process, and the gate whose command it is."""

    pid: int
    started: str
    gate: str = ""


def judge_command(root: Path, local: Path, snapshot: Snapshot, gate: Bead) -> Verdict:
    """Run an exec gate's command in the folder of its rig, else of the town: exit status 0 opens it.

    Its output stands in `log_path`. A command that nobody allowed here does not run (promise 10).
    """
    text = command_text(gate)
    if not text:
        return error(gate, "its metadata has no `run`")
    path = layout.path_of_bead(gate.id)
    if not trust.may_run_text(local, trust.text_of_gate(gate)):
        return error(gate, f"{NOT_ALLOWED}; see what would run, and allow it, with: gt allow {path}")
    log = log_path(local, gate.id)
    log.unlink(missing_ok=True)
    end_left_over(local)
    ours: dict[str, str | None] = dict.fromkeys(name for name in os.environ if name.startswith("GT_"))
    env = {**ours, "GT_GATE": gate.id, "GT_TOWN": str(root)}
    try:
        folder = folder_of(root, snapshot, gate.id)
        run, values = gate.metadata[RUN], gate.metadata.get("vars")
        # a gate of a step: its command has the molecule's variables
        given = values.items() if isinstance(values, dict) else ()
        texts = {str(name): str(value) for name, value in given}
        command = cook.program(run if isinstance(run, str) else tuple(run), {}, texts)
        assert command is not None
        env = {**command.env, **env}
        code = process.run(command.argv, folder, env, SECONDS, log, lambda proc: _note(local, gate.id, proc))
    except UserError as refusal:
        return error(gate, refusal.what)
    finally:
        _file(local).unlink(missing_ok=True)
    if code == 0:
        return consumed(Verdict(gate=gate, state="open", why="its command ended well", cause=f"exec {text}"))
    if code == process.TIMEOUT:
        return error(gate, f"its command had no end within {SECONDS:g} s")
    how = f"was ended by signal {-code}" if code < 0 else f"ended with {code}"
    return Verdict(gate=gate, state="shut", why=f"its command {how}")


def log_path(local: Path, gate: ItemId) -> Path:
    """Where the output of an exec gate's last run stands."""
    return local / "logs" / f"gate-{gate}.log"


def running(local: Path) -> str:
    """The exec gate whose command runs now; "" when none does, or nobody knows which."""
    found = _read(local)
    return found.gate if found is not None and process.alive(Proc(found.pid, found.started)) else ""


def end_left_over(local: Path) -> None:
    """End the command that a killed check left running. The caller holds the lock of checks."""
    found = _read(local)
    if found is not None:
        process.stop(Proc(found.pid, found.started), grace=0)
        _file(local).unlink(missing_ok=True)


def judge_condition(root: Path, snapshot: Snapshot, gate: Bead, environ: Mapping[str, str]) -> Verdict:
    """Whether the condition of a gate holds, asked of the molecule whose gate it is, of files in the folder
    of its rig or town, and of variables.
    """
    text = condition_of(gate)
    if not text:
        return error(gate, "it names no condition")
    world = World(_looker(root / _rig(snapshot, gate.id)), environ)
    found = molecule_of(snapshot, gate.id)
    try:
        if found is None:
            view: conditions.View = Facts(statuses={}, environ=world.env, exists=world.exists)
            holds = conditions.evaluate(conditions.parse(text), view)
        else:
            flow = Flow(snapshot, found[0])
            how = flow.recipe.get(StepId(found[1]))
            values = {**found[0].vars, **(how.env if how else {})}
            holds = conditions.evaluate(conditions.parse(text, values), Asked(flow, world), found[1])
    except UserError as refusal:
        return error(gate, refusal.what)
    if holds:
        why = f"its condition holds: {text}"
        return consumed(Verdict(gate=gate, state="open", why=why, cause=f"condition {text}"))
    return Verdict(gate=gate, state="shut", why=f"its condition does not hold yet: {text}")


def condition_of(gate: Bead) -> str:
    """The text of a gate's condition."""
    said = gate.metadata.get(CONDITION)
    return (said if isinstance(said, str) else gate.on).strip()


def molecule_of(snapshot: Snapshot, gate: ItemId) -> tuple[Molecule, str] | None:
    """The molecule that records the gate, and the step that waits for it."""
    head, dot, _ = gate.rpartition(".gate-")
    named = snapshot.molecule(ItemId(head)) if dot else None
    for molecule in (named,) if named else snapshot.molecules():
        for step, id in molecule.gates.items():
            if id == gate:
                return molecule, step
    return (named, gate[len(head) + len(".gate-") :]) if named else None


def folder_of(root: Path, snapshot: Snapshot, id: ItemId) -> Path:
    """The folder of the item's rig, else of the town. UserError when the rig is not on this machine."""
    rig = _rig(snapshot, id)
    folder = root / rig
    if rig and not folder.is_dir():
        raise UserError(f"{rig} is not on this machine", "look where it is")
    return folder


def _looker(folder: Path) -> Callable[[str], bool]:
    """Whether a file is there, in the folder and nowhere else."""

    def exists(path: str) -> bool:
        try:
            there = (folder / path).resolve()
            return there.is_relative_to(folder.resolve()) and there.exists()
        except (OSError, ValueError):  # a name that no file can have
            return False

    return exists


def _rig(snapshot: Snapshot, id: ItemId) -> str:
    prefix = prefix_of(snapshot, id)
    return next((str(rig.name) for rig in snapshot.rigs() if rig.prefix == prefix), "")


def _file(local: Path) -> Path:
    return local / "gate-exec.json"


def _read(local: Path) -> _Running | None:
    try:
        return msgspec.json.decode(_file(local).read_bytes(), type=_Running)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def _note(local: Path, gate: str, proc: Proc) -> None:
    _file(local).write_bytes(msgspec.json.encode(_Running(proc.pid, proc.started, gate)))

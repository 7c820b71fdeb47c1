"""What the commands that look at molecules share: which one is meant, how far it is, and how it is shown."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from gtlib import output
from gtlib.actions.find_molecule import find_molecule
from gtlib.cli.options import Here
from gtlib.errors import UserError
from gtlib.model.cook_text import fill
from gtlib.model.cooked import CStep
from gtlib.model.edit import Edit
from gtlib.model.molecule import Molecule
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.names import ItemId
from gtlib.rules.base import holder
from gtlib.rules.base import live_hook
from gtlib.rules.flow import OVER
from gtlib.rules.flow import Flow
from gtlib.rules.hooks import open_molecules
from gtlib.rules.patrols import open_rounds
from gtlib.rules.route import known_addresses
from gtlib.rules.route import look_up
from gtlib.rules.steps import molecule_on_hook
from gtlib.rules.steps import progress as progress_of
from gtlib.rules.waiting import is_gone
from gtlib.rules.waiting import waiting
from gtlib.store import wisps

BOXES = {"done": "[x]", "skipped": "[-]", "failed": "[!]"}
BAR = 20


def flow_of(where: Here, snapshot: Snapshot, text: str) -> Flow:
    """The molecule or wisp that `text` means: an id, an agent (what is on its hook), a bead (what is for it),
    a piece of one; for no text what is on the hook of who asks. UserError when there is none, or several.
    """
    found = _found(where, snapshot, text)
    there = snapshot.with_edit(Edit(subject="wisp", put=(found,))) if wisps.is_id(found.id) else snapshot
    return Flow(there, found)


def open_round(root: Path, snapshot: Snapshot, address: str) -> Molecule | None:
    """The patrol round of an agent that has nothing on its hook."""
    agent = snapshot.agent(Address(address))
    if agent is None or agent.role in ("polecat", "crew") or live_hook(agent) is not None:
        return None
    return next(reversed(open_rounds(wisps.every(root).wisps, address)), None)


def _found(where: Here, snapshot: Snapshot, text: str) -> Molecule:
    if not text:
        mine = molecule_on_hook(snapshot, where.actor)
        there = molecule_on_hook(snapshot, where.agent) if where.agent and mine is None else None
        round_ = open_round(where.root, snapshot, where.actor)
        return mine or there or round_ or find_molecule(where.root, snapshot, "", where.agent or where.actor)
    address = look_up(known_addresses(snapshot), text)
    if address is not None:
        round_ = open_round(where.root, snapshot, address)
        return round_ or find_molecule(where.root, snapshot, "", address)
    try:
        return find_molecule(where.root, snapshot, text)
    except UserError as refusal:
        bead = snapshot.bead(text)  # type: ignore[arg-type]
        if bead is None:
            raise
        held = holder(snapshot, bead.id)
        hook = live_hook(held) if held is not None else None
        on_hook = (
            snapshot.molecule(hook.molecule) if hook and hook.bead == bead.id and hook.molecule else None
        )
        found = on_hook or next(reversed(open_molecules(snapshot, bead.id)), None) or _last(snapshot, bead.id)
        if found is None:
            raise UserError(
                f"{bead.id} has no molecule", f"give it one: gt mol attach {bead.id} MOLECULE"
            ) from refusal
        return found


def _last(snapshot: Snapshot, bead: ItemId) -> Molecule | None:
    """The newest molecule for a bead, closed as it is."""
    made = (each for each in snapshot.molecules() if each.bead == bead)
    return max(made, key=lambda each: (each.created, each.id), default=None)


def progress(flow: Flow) -> dict[str, Any]:
    """How far a molecule is, under the keys of Gas Town."""
    ready = [step.id for step in flow.each_ready()]
    over, total = progress_of(flow)
    own = [id for id in flow.ids if not flow.is_control(id)]
    known = set(ready)
    return {
        "root_id": flow.molecule.id,
        "root_title": flow.molecule.title,
        "molecule_id": flow.molecule.id,
        "total_steps": total,
        "done_steps": over,
        "in_progress_steps": in_progress(flow),
        "ready_steps": ready,
        "blocked_steps": [id for id in own if flow.state(id) not in OVER and id not in known],
        "percent_complete": 100 * over // total if total else 100,
        "complete": over == total,
    }


def in_progress(flow: Flow) -> int:
    """How many steps somebody has taken up: those that are beads say so."""
    beads = (flow.bead(id) for id in flow.ids) if flow.molecule.poured else ()
    return sum(bead is not None and bead.status in ("in_progress", "hooked") for bead in beads)


def bar(over: int, total: int) -> str:
    """`####---- 40% (2/5 steps)`."""
    percent = 100 * over // total if total else 100
    full = BAR * percent // 100
    return f"{'#' * full}{'-' * (BAR - full)} {percent}% ({over}/{output.count(total, 'step')})"


def resolving(flow: Flow, actor: str = "") -> list[str]:
    """What to type first when a person's gate is what holds the molecule up."""
    held = (each.how for each in waiting(flow, actor) if each.kind == "gate")
    return [how for how in held if how.startswith("bd gate resolve ")][:1]


def step_lines(flow: Flow, id: str, indent: str = "    ") -> Iterator[str]:
    """The whole text of a step, and how it is done."""
    step, how = flow.step(id), flow.recipe.get(id)  # type: ignore[call-overload]
    text = step.text.strip("\n") if step is not None else ""
    for line in text.splitlines() if text.strip() else ():
        yield f"{indent}{line}".rstrip()
    if how is None:
        return
    gate = flow.molecule.gates.get(how.id)
    if gate and not flow.is_over(id) and is_gone(flow, gate):
        yield f"{indent}its gate's file is gone ({gate}): open"
    if how.run is not None:
        yield f"{indent}runs: {_command(flow, how, how.run)}"
    if how.check is not None:
        tries = f", {output.count(how.attempts, 'attempt')} at most" if how.attempts else ""
        yield f"{indent}done when this passes: {_command(flow, how, how.check)}{tries}"
    if how.agent:
        yield f"{indent}agent: {how.agent}"
    if how.fan is not None:
        of = f" by {how.fan.formula}" if how.fan.formula else ""
        yield f"{indent}goes on{of} for each item of its output {how.fan.output}"
    for key, value in outputs_of(flow, id).items():
        shown = value if isinstance(value, str) else msgspec.json.encode(value).decode()
        yield f"{indent}output {key}: {output.one_line(shown)}"


def outputs_of(flow: Flow, id: str) -> dict[str, Any]:
    """What a step put out."""
    from gtlib.model import outputs  # most looks at molecules ask for none

    return outputs.of(flow.molecule.outputs, id) if flow.molecule.outputs else {}


def _command(flow: Flow, how: CStep, run: tuple[str, ...] | str) -> str:
    if isinstance(run, str):
        lines = run.strip().splitlines()
        few = output.one_line(lines[0] if lines else "")
        return few if len(lines) < 2 else f"a script of {len(lines)} lines"
    return output.one_line(shlex.join(fill(word, flow.molecule.vars, how.env) for word in run))

"""`gt mol dag`: the steps of a molecule as a graph, without libgit2."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gtlib import output
from gtlib.cli.command import command
from gtlib.cli.mol_current import WHICH
from gtlib.cli.mol_view import BOXES
from gtlib.cli.mol_view import flow_of
from gtlib.cli.options import here
from gtlib.cli.options import mention_mail
from gtlib.errors import UsageError
from gtlib.names import StepId
from gtlib.rules.dag import Dag
from gtlib.rules.dag import dag_of
from gtlib.rules.flow import Flow
from gtlib.rules.steps import standings

DEEPEST = 120  # columns before the steps: what is deeper stands there too


@command(
    "mol dag",
    help={
        "id": WHICH,
        "tree": "each step below the first that it needs",
        "tiers": "the steps that can be done at once, tier by tier (default)",
    },
    example="gt mol dag gt-mol-k2p9x --tree",
)
def dag(id: str = "", *, tree: bool = False, tiers: bool = False, json: bool = False) -> None:
    """Show what needs what in a molecule."""
    if tree and tiers:
        raise UsageError("--tree and --tiers contradict each other", "give one of them")
    where = here()
    snapshot = where.snapshot()
    flow = flow_of(where, snapshot, id)
    found = dag_of(flow)
    if json:
        output.json_out(_shape(flow, found))
        return
    output.line(f"{flow.molecule.id}  {output.one_line(flow.molecule.title)}")
    for line in _tree(flow, found) if tree else _tiers(flow, found):
        output.line(line)
    if found.stuck:
        output.line(f"these need each other: {', '.join(found.stuck)}")
    if found.longest:
        output.line(f"longest way: {output.count(len(found.longest), 'step')}")
    mention_mail(where, snapshot)


def _shape(flow: Flow, found: Dag) -> dict[str, Any]:
    tier = {id: number for number, ids in enumerate(found.tiers, 1) for id in ids}
    nodes = [
        {
            "id": f"{flow.molecule.id}.{step.id}",
            "step": step.id,
            "title": step.title,
            "status": standing,
            "control": flow.is_control(step.id),
            "tier": tier.get(step.id),
            "dependencies": found.needs[step.id],
            "dependents": found.needed.get(step.id, ()),
        }
        for step, standing in standings(flow)
    ]
    return {
        "root_id": flow.molecule.id,
        "root_title": flow.molecule.title,
        "total_nodes": len(nodes),
        "nodes": nodes,
        "tiers": found.tiers,
        "critical_path": found.longest,
        "cycles": found.stuck,
    }


def _tiers(flow: Flow, found: Dag) -> Iterator[str]:
    said = _lines(flow)
    for number, tier in enumerate(found.tiers, 1):
        yield f"tier {number}:"
        for id in tier:
            needs = f"  (needs {', '.join(found.needs[id])})" if found.needs[id] else ""
            yield f"  {said[id]}{needs}"


def _tree(flow: Flow, found: Dag) -> Iterator[str]:
    """Each step once: below the last of what it needs, the others named beside it."""
    said = _lines(flow)
    placed = [id for tier in found.tiers for id in tier]
    tier = {id: number for number, ids in enumerate(found.tiers) for id in ids}
    below: dict[StepId, list[StepId]] = {}
    parents = {id: max(found.needs[id], key=lambda need: tier[need]) for id in placed if found.needs[id]}
    for id in placed:
        if id in parents:
            below.setdefault(parents[id], []).append(id)
    # (step, what stands before it, what stands before those below it), the next one last
    stack = [(id, "", "") for id in reversed(placed) if id not in parents]
    while stack:
        id, lead, indent = stack.pop()
        others = [need for need in found.needs[id] if need != parents.get(id)]
        yield f"{lead}{said[id]}" + (f"  (also needs {', '.join(others)})" if others else "")
        children = below.get(id, [])
        for place, child in reversed(list(enumerate(children, 1))):
            last = place == len(children)
            deeper = indent + ("    " if last else "│   ") if len(indent) < DEEPEST else indent
            stack.append((child, indent + ("└── " if last else "├── "), deeper))


def _lines(flow: Flow) -> dict[StepId, str]:
    found = {}
    for step, standing in standings(flow):
        box = BOXES.get(standing, "[ ]")
        word = " →" if standing == "current" else ""
        found[step.id] = f"{box}{word} {step.id}  {output.one_line(step.title)}"
    return found

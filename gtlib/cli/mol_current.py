"""`gt mol current`, `status` and `progress`: where a molecule stands, and what it waits for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gtlib import output
from gtlib.cli import hook
from gtlib.cli import shapes
from gtlib.cli.command import command
from gtlib.cli.mol_stopped import stopped
from gtlib.cli.mol_view import bar
from gtlib.cli.mol_view import flow_of
from gtlib.cli.mol_view import in_progress
from gtlib.cli.mol_view import open_round
from gtlib.cli.mol_view import progress as progress_shape
from gtlib.cli.mol_view import resolving
from gtlib.cli.mol_view import step_lines
from gtlib.cli.options import Here
from gtlib.cli.options import ago
from gtlib.cli.options import here
from gtlib.cli.options import mention_mail
from gtlib.model.agent import Agent
from gtlib.model.molecule import Molecule
from gtlib.model.molecule_args import args_and_vars
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.output import count
from gtlib.rules.base import live_hook
from gtlib.rules.carry_on import ready_for
from gtlib.rules.flow import Flow
from gtlib.rules.patrols import KIND
from gtlib.rules.patrols import how_to_report
from gtlib.rules.route import known_addresses
from gtlib.rules.route import look_up
from gtlib.rules.steps import counts
from gtlib.rules.steps import how_far
from gtlib.rules.steps import progress as progress_of
from gtlib.rules.waiting import gone_gates
from gtlib.rules.waiting import waiting
from gtlib.rules.wisps import kind_of

WHICH = "a molecule or wisp, an agent, a bead; without it what is on your hook"
MOST = 10


@command("mol current", help={"id": WHICH}, example="gt mol current")
def current(id: str = "", *, json: bool = False) -> None:
    """Show where a molecule stands: the step to do now, and what others wait for."""
    where = here()
    snapshot = where.snapshot()
    if _looks(where, snapshot, id):
        snapshot = where.snapshot()
    flow = flow_of(where, snapshot, id)
    if json:
        output.json_out([shapes.molecule(flow.snapshot, flow.molecule)])
    else:
        _print(where, flow)
    mention_mail(where, snapshot)


@command("mol status", help={"target": WHICH}, example="gt mol status proj/toast")
def status(target: str = "", *, json: bool = False) -> None:
    """Show what is attached to a hook, and where that stands."""
    where = here()
    snapshot = where.snapshot()
    agent = _agent(where, snapshot, target)
    on = live_hook(agent) if agent is not None else None
    going_round = agent is not None and open_round(where.root, snapshot, agent.address) is not None
    if agent is not None and not going_round and (on is None or not on.molecule):
        if json:
            output.json_out(hook.shape(snapshot, agent))
            return
        output.line(f"{agent.address} has no molecule on the hook")
        output.next_steps(["gt mol list", "gt mol attach MOLECULE"])
        return
    flow = flow_of(where, snapshot, agent.address if agent is not None else target)
    if json:
        output.json_out(_attached(flow))
    else:
        _print(where, flow)
    mention_mail(where, snapshot)


@command("mol progress", help={"id": WHICH}, example="gt mol progress gt-mol-k2p9x")
def progress(id: str = "", *, json: bool = False) -> None:
    """Show how far a molecule is, in numbers."""
    where = here()
    snapshot = where.snapshot()
    flow = flow_of(where, snapshot, id)
    shape = progress_shape(flow)
    if json:
        output.json_out({**shape, **_counters(flow, shape)})
        return
    molecule = flow.molecule
    output.line(f"{molecule.id}  {output.one_line(molecule.title)}")
    output.line(f"progress: {bar(shape['done_steps'], shape['total_steps'])}")
    for name in ("ready", "blocked"):
        steps = shape[f"{name}_steps"]
        if steps:
            more = f" and {len(steps) - MOST} more" if len(steps) > MOST else ""
            output.line(f"{name + ':':9} {', '.join(steps[:MOST])}{more}")
    if molecule.status == "closed":
        output.line(f"complete: {ago(molecule.closed)}")
    mention_mail(where, snapshot)


def _looks(where: Here, snapshot: Snapshot, id: str) -> bool:
    """Whether a look at the files and environment of the worktree one stands in decided something."""
    if not where.agent:
        return False
    agent = snapshot.agent(Address(where.agent))
    on = live_hook(agent) if agent is not None else None
    molecule = snapshot.molecule(on.molecule) if on is not None and on.molecule else None
    if molecule is None or id not in ("", molecule.id):
        return False
    if not any(each.kind in ("condition", "gate") for each in waiting(Flow(snapshot, molecule))):
        return False
    import os  # a look that may change something: only then libgit2 is loaded

    from gtlib.actions.decide import decide
    from gtlib.store.town import Town

    return decide(Town.open(where.root), molecule.id, where.root / where.agent, os.environ)


def _agent(where: Here, snapshot: Snapshot, target: str) -> Agent | None:
    """The agent that is meant; None for a molecule or a bead."""
    if target:
        address = look_up(known_addresses(snapshot), target)
        return snapshot.agent(address) if address is not None else None
    mine = snapshot.agent(where.actor)
    on = live_hook(mine) if mine is not None else None
    return mine if on is not None or not where.agent else snapshot.agent(Address(where.agent)) or mine


def _attached(flow: Flow) -> dict[str, Any]:
    """The keys of Gas Town's `gt hook --json`, for a molecule that may be on no hook."""
    molecule = flow.molecule
    holder = _holder(flow.snapshot, molecule)
    if holder is not None:
        return hook.shape(flow.snapshot, holder)
    bead = flow.snapshot.bead(molecule.bead) if molecule.bead else None
    args, values = args_and_vars(molecule)
    return {
        "target": molecule.assignee,
        "role": "",
        "agent_bead_id": "",
        "has_work": False,
        "pinned_bead": {"id": bead.id, "title": bead.title, "status": bead.status} if bead else None,
        "attached_molecule": molecule.id,
        "attached_formula": molecule.formula,
        "attached_at": molecule.created,
        "attached_args": args,
        "attached_vars": [f"{key}={value}" for key, value in sorted(values.items())],
        "is_wisp": "-wisp-" in molecule.id,
        "progress": progress_shape(flow),
        "next_action": f"gt mol current {molecule.id}",
    }


def _holder(snapshot: Snapshot, molecule: Molecule) -> Agent | None:
    for agent in snapshot.agents():
        on = live_hook(agent)
        if on is not None and on.molecule == molecule.id:
            return agent
    return None


def _counters(flow: Flow, shape: dict[str, Any]) -> dict[str, Any]:
    """The keys of beads' own `mol progress`."""
    beads = [bead for id in flow.ids if (bead := flow.bead(id)) is not None and bead.closed]
    closed = sorted(bead.closed for bead in beads if not flow.is_control(bead.id.rpartition(".")[2]))
    molecule = flow.molecule
    return {
        "molecule_title": molecule.title,
        "total": shape["total_steps"],
        "completed": shape["done_steps"],
        "in_progress": in_progress(flow),
        "current_step_id": f"{molecule.id}.{shape['ready_steps'][0]}" if shape["ready_steps"] else "",
        "first_closed": closed[0] if closed else "",
        "last_closed": closed[-1] if closed else molecule.closed,
    }


def _print(where: Here, flow: Flow) -> None:
    molecule = flow.molecule
    output.line(f"{molecule.id}  {output.one_line(molecule.title)}")
    for line in _about(flow):
        output.line(line)
    if not flow.ids and kind_of(molecule) == KIND and molecule.status != "closed":
        output.line("")
        output.line(molecule.description.strip("\n"))
        output.next_steps([how_to_report(molecule.assignee, where.actor)])
        return
    over, total = progress_of(flow)
    output.line(f"progress: {bar(over, total)}")
    if molecule.template:
        output.line("a template: nobody works on it")
        output.next_steps([f"bd mol pour {molecule.id}"])
        return
    if molecule.status == "closed":
        _, skipped, _ = counts(flow)
        how = f"  ({how_far(flow)})" if skipped else ""
        output.line(f"complete: {ago(molecule.closed) or 'closed'}{how}")
        output.next_steps(["gt done" if _holder(flow.snapshot, molecule) else f"gt mol show {molecule.id}"])
        return
    asker = molecule.assignee if where.actor == "overseer" else where.actor
    ready = ready_for(flow, asker)
    held_up = stopped(where.root, flow, _holder(flow.snapshot, molecule))
    if held_up is not None:
        output.line(held_up.said)
    if ready:
        first = ready[0]
        output.line("")
        output.line(f"now: {first.id}  {output.one_line(first.title)}")
        for line in step_lines(flow, first.id):
            output.line(line)
        output.line("")
    if ready[1:]:
        more = f" and {len(ready) - 1 - MOST} more" if len(ready) > MOST + 1 else ""
        output.line(f"also ready: {', '.join(each.id for each in ready[1 : MOST + 1])}{more}")
    for step, gate in gone_gates(flow):
        if not ready or step != ready[0].id:
            output.line(f"{step}: its gate's file is gone ({gate}): open")
    held = list(waiting(flow, asker))
    for each in held[:MOST]:
        said = each.said if each.kind in ("failed", "agent", "stuck") else f"waits for {each.said}"
        output.line(output.one_line(f"{each.step or molecule.id}: {said} ({each.how})"))
    if len(held) > MOST:
        output.line(f"and {count(len(held) - MOST, 'more thing')} to wait for")
    if held_up is not None and ready:
        output.next_steps(held_up.next)
    elif ready:
        output.next_steps([f"gt mol step done {molecule.id}.{ready[0].id}"])
    else:
        if not held:
            output.line("no step is ready")
        output.next_steps([*resolving(flow, asker), f"gt mol show {molecule.id}"])


def _about(flow: Flow) -> Iterator[str]:
    molecule = flow.molecule
    if molecule.bead:
        bead = flow.snapshot.bead(molecule.bead)
        yield f"for:      {molecule.bead}  {output.one_line(bead.title) if bead else '(its file is gone)'}"
    holder = _holder(flow.snapshot, molecule)
    on = live_hook(holder) if holder is not None else None
    if holder is not None and on is not None:
        where = f" in {on.worktree}" if on.worktree else ""
        yield f"agent:    {holder.address}, hook {on.state}{where}"
    elif molecule.assignee:
        yield f"agent:    {molecule.assignee}"

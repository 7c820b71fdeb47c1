"""`gt hook` and `gt hooks ...`: what is on whose hook."""

from __future__ import annotations

from collections.abc import Iterator

from gtlib import output
from gtlib.actions.hooks_list import hooks_list
from gtlib.cli.command import command
from gtlib.cli.mol_view import bar
from gtlib.cli.mol_view import open_round
from gtlib.cli.mol_view import progress
from gtlib.cli.options import Here
from gtlib.cli.options import ago
from gtlib.cli.options import here
from gtlib.cli.options import rig_here
from gtlib.errors import UserError
from gtlib.model.agent import Agent
from gtlib.model.molecule import Molecule
from gtlib.model.molecule_args import args_and_vars
from gtlib.model.snapshot import Snapshot
from gtlib.rules.base import OVERSEER
from gtlib.rules.base import live_hook
from gtlib.rules.flow import Flow
from gtlib.rules.patrols import how_to_report
from gtlib.rules.route import resolve_address
from gtlib.rules.terms import of_bead
from gtlib.store.roots import host_of


@command("hook", "work", help={"agent": "whose (default: yours)"}, example="gt hook myproject/toast")
def hook(agent: str = "", *, json: bool = False) -> None:
    """Show what is on a hook, and what to do next."""
    where = here()
    snapshot = where.snapshot()
    found = _whose(where, snapshot, agent)
    going_round = open_round(where.root, snapshot, found.address)
    if json:
        output.json_out(shape(snapshot, found, going_round))
        return
    lines = _lines(snapshot, found) if going_round is None else _round_lines(found, going_round, where.actor)
    for line in lines:
        output.line(line)


@command(
    "hooks list",
    "hooks",
    help={"rig": "only this project's", "all_rigs": "also when you stand in a project"},
    example="gt hooks list --json",
)
def hooks(*, rig: str = "", all_rigs: bool = False, json: bool = False) -> None:
    """List the hooks: what is on them, what their worktrees hold, whether git hooks fire."""
    where = here()
    snapshot = where.snapshot()
    chosen = "" if all_rigs else rig_here(where, snapshot, rig)
    found = hooks_list(where.root, snapshot, host_of(where.root), chosen)
    if json:
        output.json_out(found)
        return
    if not found:
        output.line("no hooks yet")
        output.next_steps(["gt sling BEAD RIG", "gt crew add NAME --rig RIG"])
        return
    yes_no = {True: "yes", False: "no", None: ""}
    columns = ("agent", "state", "bead", "branch", "dirty", "ahead", "git hooks", "problem")
    output.table(
        columns,
        (
            (h.address, h.state, h.bead, h.branch, yes_no[h.dirty], h.ahead, yes_no[h.git_hooks], h.problem)
            for h in found
        ),
    )


@command("hooks repair", example="gt hooks repair")
def repair(*, json: bool = False) -> int:
    """Rebuild what hooks miss: worktrees from git, git hooks, what a catch-up owes."""
    from gtlib.actions.hooks_repair import hooks_repair  # libgit2 costs 70 ms, which the list need not pay
    from gtlib.store.town import Town

    where = here()
    mended = hooks_repair(Town.find(where.cwd))
    if json:
        output.json_out(mended)
        return 1 if mended.failed else 0
    for line in mended.done:
        output.line(f"✓ {line}")
    for line in mended.failed:
        output.line(f"! {line}")
    if not mended.done and not mended.failed:
        output.line("nothing was missing")
    output.next_steps(["gt hooks list"])
    return 1 if mended.failed else 0


def _whose(where: Here, snapshot: Snapshot, text: str) -> Agent:
    # Who stands in a crew worktree without a session is the overseer, and looks at that hook.
    address = resolve_address(snapshot, text) if text else where.actor
    if not text and address == OVERSEER and where.agent:
        address = resolve_address(snapshot, where.agent)
    found = snapshot.agent(address)
    if found is None:
        raise UserError(f"no agent {address}", "gt agents lists them")
    return found


def _lines(snapshot: Snapshot, agent: Agent) -> Iterator[str]:
    hook = live_hook(agent)
    yield f"hook of {agent.address} ({agent.role})"
    if hook is None:
        yield "nothing on hook"
        yield from _queue(agent)
        yield "next: gt ready, gt mail inbox" if agent.role != "polecat" else "next: end the session"
        return
    bead = snapshot.bead(hook.bead)
    yield f"{hook.bead} {bead.title if bead else '(its file is gone)'}"
    yield f"state:    {hook.state}" + (f", since {ago(hook.since)}" if hook.since else "")
    yield f"worktree: {hook.worktree} on {hook.branch}" if hook.worktree else "worktree: none, in the town"
    molecule = snapshot.molecule(hook.molecule) if hook.molecule else None
    if molecule is not None:
        yield f"formula:  {molecule.formula}, molecule {molecule.id}"
        args, values = args_and_vars(molecule)
        for name, value in sorted({**values, **({"args": args} if args else {})}.items()):
            yield f"          {name}={output.one_line(value)}"
        yield from _progress_lines(Flow(snapshot, molecule))
    elif bead is not None and of_bead(bead).args:
        yield f"args:     {output.one_line(of_bead(bead).args)}"
    yield from _queue(agent)
    yield f"next: {_next_action(snapshot, agent)}"


def _round_lines(agent: Agent, wisp: Molecule, actor: str) -> Iterator[str]:
    """What a role goes by that has no bead on its hook: its patrol."""
    yield f"hook of {agent.address} ({agent.role})"
    yield "nothing on hook"
    yield f"round:    {wisp.id}  {output.one_line(wisp.title)}, begun {ago(wisp.created)}"
    yield ""
    yield wisp.description.strip("\n")
    yield f"next: {how_to_report(agent.address, actor)}"


def _queue(agent: Agent) -> Iterator[str]:
    if agent.hook is not None and agent.hook.queue:
        yield f"queue:    {', '.join(agent.hook.queue)}"


def _progress_lines(flow: Flow) -> Iterator[str]:
    far = progress(flow)
    yield f"progress: {bar(far['done_steps'], far['total_steps'])}"
    for name in ("ready", "blocked"):
        steps = far[f"{name}_steps"]
        if steps:
            yield f"{name + ':':9} {', '.join(steps)}"


def _next_action(snapshot: Snapshot, agent: Agent) -> str:
    hook = live_hook(agent)
    if hook is None:
        return ""
    bead = snapshot.bead(hook.bead)
    if bead is None or bead.status == "closed":
        return f"{hook.bead} is {'closed' if bead else 'gone'}: gt unsling {hook.bead}"
    if hook.state == "completed":
        return "submitted: the refinery lands it"
    molecule = snapshot.molecule(hook.molecule) if hook.molecule else None
    step = next(Flow(snapshot, molecule).each_ready(), None) if molecule else None
    if molecule and molecule.status != "closed" and step and not hook.branch:
        return f"do step {step.id} (gt mol current), then gt mol step done {molecule.id}.{step.id}"
    if molecule and molecule.status != "closed" and step:
        return f"do step {step.id} (gt mol current), then commit it with the trailer Step: {step.id}"
    if not hook.branch:
        return f"do it, then gt done (bd show {hook.bead})"
    return f"do it, commit it, then gt done (bd show {hook.bead})"


def shape(snapshot: Snapshot, agent: Agent, going_round: Molecule | None = None) -> dict[str, object]:
    """The keys of Gas Town's `gt hook --json`, then our own; `going_round` is a patrol without a hook."""
    hook = live_hook(agent)
    bead = snapshot.bead(hook.bead) if hook else None
    molecule = snapshot.molecule(hook.molecule) if hook and hook.molecule else going_round
    args, values = args_and_vars(molecule) if molecule else (of_bead(bead).args if bead else "", {})
    return {
        "target": agent.address,
        "role": agent.role,
        "agent_bead_id": agent.address,
        "has_work": hook is not None or going_round is not None,
        "pinned_bead": {"id": bead.id, "title": bead.title, "status": bead.status} if bead else None,
        "attached_molecule": molecule.id if molecule else "",
        "attached_formula": molecule.formula if molecule else "",
        "attached_at": molecule.created if molecule else "",
        "attached_args": args,
        "attached_vars": [f"{name}={value}" for name, value in sorted(values.items())],
        "is_wisp": going_round is not None,
        "progress": progress(Flow(snapshot, molecule)) if molecule else None,
        "next_action": how_to_report(agent.address, agent.address)
        if going_round is not None
        else _next_action(snapshot, agent),
        "state": hook.state if hook else "",
        "branch": hook.branch if hook else "",
        "worktree": hook.worktree if hook else "",
        "since": hook.since if hook else "",
        "queue": agent.hook.queue if agent.hook else (),
    }

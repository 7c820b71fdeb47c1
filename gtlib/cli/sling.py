"""`gt sling` and `gt unsling`: work onto a hook, and off it again."""

from __future__ import annotations

from collections.abc import Iterator

from gtlib import output
from gtlib.actions.modes import MODES
from gtlib.actions.sling import Wish
from gtlib.actions.sling import sling as sling_bead
from gtlib.actions.sling_formula import named as formula_named
from gtlib.actions.sling_formula import sling_formula
from gtlib.actions.slung import Slung
from gtlib.actions.swarm import swarm
from gtlib.actions.unsling import unsling as unsling_bead
from gtlib.actions.which_runtime import which_runtime
from gtlib.cli.command import command
from gtlib.cli.options import here
from gtlib.errors import UsageError
from gtlib.errors import UserError
from gtlib.model import recipe
from gtlib.model.snapshot import Snapshot
from gtlib.output import count
from gtlib.rules import fields
from gtlib.rules.base import live_hook
from gtlib.rules.base import prefix_of
from gtlib.rules.find import find_molecule
from gtlib.rules.flow import Flow
from gtlib.rules.steps import progress
from gtlib.runtimes.holder import holder
from gtlib.store.town import Town


@command(
    "sling",
    short={"agent": "A", "args": "a"},
    help={
        "bead": "a bead, or a part of its id; a formula, for which a bead is made; a poured molecule",
        "target": "RIG: a free polecat of it, or a new one; RIG/NAME: that agent (default: the bead's rig)",
        "agent": "the runtime to do this bead with, as shell or claude",
        "formula": "the workflow (default: the molecule that is there for it, else polecat-work)",
        "on": "the bead that the formula, which is named first, is for",
        "var": "name=value for the formula",
        "args": "words for whoever does it",
        "convoy": "without a convoy of its own, which it gets unless one tracks it",
        "force": "also what is blocked, deferred, in somebody's hands, or has another molecule",
    },
    example="gt sling gt-abc12 myproject --agent shell",
)
def sling(
    bead: str,
    target: str = "",
    *,
    agent: str = "",
    formula: str = "",
    on: str = "",
    var: tuple[str, ...] = (),
    args: str = "",
    convoy: bool = True,
    force: bool = False,
    json: bool = False,
) -> None:
    """Put a bead, or a formula, on an agent's hook."""
    where = here()
    town = Town.find(where.cwd)
    if on and formula:
        raise UsageError(
            "two formulas are named", f"gt sling FORMULA --on {on}, or gt sling {on} --formula NAME"
        )
    wish = Wish(
        formula=bead if on else formula,
        agent=agent,
        vars=fields.pairs(var),
        args=args,
        convoy=convoy,
        force=force,
    )
    if not on and "-mol-" in bead and "." not in bead:
        _swarm(town, bead, target, where.actor, json)
        return
    named = None if on or formula else formula_named(town, bead, target.partition("/")[0], where.cwd)
    if named is not None:
        slung = sling_formula(town, named, target, wish, where.cwd, where.actor)
    else:
        slung = sling_bead(town, on or bead, target, wish, where.cwd, where.actor)
    snapshot = town.snapshot()
    runtime = which_runtime(snapshot, slung.agent)
    running = holder(town.local) is not None
    if json:
        output.json_out(_shape(slung, runtime, running))
        return
    for line in _lines(slung, args, snapshot):
        output.line(line)
    output.line(_what_now(slung, runtime, running))
    steps = [f"gt hook {slung.agent.address}", f"bd show {slung.bead.id}"]
    if slung.convoy is not None:
        steps.append(f"gt convoy show {slung.convoy.id}")
    output.next_steps(steps if running or not _starts(slung) else ["gt up", *steps])


def _swarm(town: Town, text: str, target: str, actor: str, json: bool) -> None:
    """The steps of a poured molecule, each to an agent of its own."""
    snapshot = town.snapshot()
    molecule = find_molecule(snapshot, text)
    if not target:
        prefix = prefix_of(snapshot, molecule.id)
        target = next((rig.name for rig in snapshot.rigs() if rig.prefix == prefix), "")
    if not target:
        raise UserError(f"{molecule.id} belongs to no rig", f"name one: gt sling {molecule.id} RIG")
    made = swarm(town, molecule, target, actor)
    if json:
        shape = {
            "molecule_id": molecule.id,
            "convoy": made.convoy.id,
            "rig": made.convoy.feed,
            "new": made.new,
        }
        output.json_out({**shape, "fed": made.convoy.fed, "said": made.lines})
        return
    steps = count(len(made.convoy.tracks), "step")
    output.line(f"{made.convoy.id} slings {steps} of {molecule.id} to {made.convoy.feed} as their turn comes")
    for line in made.lines:
        output.line(f"  {line}")
    output.next_steps(["gt up", f"gt convoy show {made.convoy.id}", f"gt mol dag {molecule.id}"])


@command(
    "unsling",
    "unhook",
    help={"bead": "a bead, or a part of its id that is its alone"},
    example="gt unsling gt-abc12",
)
def unsling(bead: str, *, json: bool = False) -> None:
    """Take a bead off the hook; its branch and worktree are kept."""
    where = here()
    undone = unsling_bead(Town.find(where.cwd), bead, where.actor)
    held = undone.agent
    status = undone.bead.status if undone.bead else "its file is gone"
    hook = held.hook if held.hook is not None and held.hook.bead == undone.id else None
    if json:
        output.json_out(
            {
                "bead": undone.id,
                "status": undone.bead.status if undone.bead else "",
                "agent": held.address,
                "branch": hook.branch if hook else "",
                "worktree": hook.worktree if hook else "",
            }
        )
        return
    output.line(f"✓ {undone.id} is off the hook of {held.address}, and {status}")
    if hook is not None:
        output.line(f"✓ kept: branch {hook.branch}, worktree {hook.worktree}")
    for note in undone.notes:
        output.line(f"! {note}")
    again = [f"gt sling {undone.id} {held.rig}"] if undone.bead else []
    output.next_steps([*again, "gt hooks list"])


def _lines(slung: Slung, args: str, snapshot: Snapshot) -> Iterator[str]:
    """What was done, in the order in which it happened."""
    agent, hook = slung.agent, slung.agent.hook
    yield f"🎯 {slung.bead.id} {slung.bead.title!r} to {agent.address}" + ("" if slung.new else ", as it was")
    if slung.convoy is not None:
        beads = count(len(slung.convoy.tracks), "bead")
        said = "made to track it" if slung.made_convoy else f"tracks {beads}"
        yield f"✓ convoy {slung.convoy.id} {slung.convoy.title!r}: {said}"
    else:
        yield "- no convoy tracks it"
    if slung.molecule is not None:
        poured = recipe.read(slung.molecule.recipe) if slung.molecule.poured else slung.molecule.steps
        steps = count(len(poured), "step")
        if slung.poured or not slung.new:
            yield f"✓ formula {slung.molecule.formula}: molecule {slung.molecule.id}, {steps}"
        else:
            over = progress(Flow(snapshot, slung.molecule))[0]
            said = f"{slung.molecule.id} of {slung.molecule.formula}, {over} of {steps} over"
            yield f"✓ it goes on with the molecule that was there: {said}"
    for each in slung.dropped:
        yield f"! molecule {each.id} of {each.formula} is closed: nobody works by it any more"
    if slung.queued and hook is not None:
        yield f"✓ queued behind {hook.bead or 'other work'}"
    else:
        yield f"✓ work attached to the hook of {agent.address}"
    if args:
        yield "✓ args stored"
    if hook is not None and not slung.queued and not slung.notes:
        yield f"✓ worktree {hook.worktree} on branch {hook.branch}"
    for note in slung.notes:
        yield f"! {note}"


def _starts(slung: Slung) -> bool:
    """Whether a session is to be started for it."""
    person = slung.agent.role == "crew" and not slung.agent.runtime
    return not person and not slung.queued and slung.agent.runtime != "manual"


def _what_now(slung: Slung, runtime: str, running: bool) -> str:
    if slung.queued:
        return "▶ it comes onto the hook when what is before it is done"
    if not _starts(slung):
        return f"▶ {slung.agent.address} does it by hand: cd {slung.agent.address}"
    if runtime not in MODES:
        return f"▶ gt can't start {runtime} yet: start it there yourself, or do the steps by hand (gt hook)"
    if running:
        return f"▶ the deacon starts {runtime} there"
    return f"▶ no deacon runs: gt up starts one, and it starts {runtime} there"


def _shape(slung: Slung, runtime: str, running: bool) -> dict[str, object]:
    hook = live_hook(slung.agent)
    mine = hook if hook is not None and hook.bead == slung.bead.id else None
    return {
        "bead": slung.bead.id,
        "target": slung.agent.address,
        "rig": slung.agent.rig,
        "slung": slung.new,
        "queued": slung.queued,
        "convoy": slung.convoy.id if slung.convoy else "",
        "convoy_created": slung.made_convoy,
        "molecule": slung.molecule.id if slung.molecule else "",
        "molecule_created": slung.new and slung.poured and slung.molecule is not None,
        "formula": slung.molecule.formula if slung.molecule else "",
        "branch": mine.branch if mine else "",
        "worktree": mine.worktree if mine else "",
        "runtime": runtime,
        "deacon": running,
        "notes": slung.notes,
    }

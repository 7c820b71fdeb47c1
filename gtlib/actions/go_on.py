"""Hooks that were suspended: whether one can go on by itself, and letting it."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

from msgspec.structs import replace

from gtlib import layout
from gtlib.actions import running
from gtlib.actions.next_step import next_step
from gtlib.actions.transition import transition
from gtlib.lock import FileLock
from gtlib.model.agent import Agent
from gtlib.model.agent import Hook
from gtlib.model.molecule import Molecule
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.names import ItemId
from gtlib.rules import sessions
from gtlib.rules.base import live_hook
from gtlib.rules.flow import OVER
from gtlib.rules.flow import Flow
from gtlib.runtimes import runs
from gtlib.runtimes.runs import Run
from gtlib.store import restart
from gtlib.store.allowed import read_allowed
from gtlib.store.rig import Rig
from gtlib.store.town import Town

ACTOR = "deacon"


def waits(town: Town, snapshot: Snapshot, agent: Agent) -> bool:
    """Whether the agent's hook is none that was suspended and can go on by itself now.

    One that waits for items goes on by a rule; one with a failed step when somebody has said what becomes of
    that; one that was given up when somebody has ended a step since. Any other goes on when its next step can
    be done, but once: when that came to nothing, not before what it depends on has changed.
    UserError for run state that can't be read.
    """
    hook = live_hook(agent)
    if hook is None or hook.state != "suspended" or hook.waits_for:
        return True
    molecule = snapshot.molecule(hook.molecule) if hook.molecule else None
    if molecule is not None and any(step.state == "failed" for step in Flow(snapshot, molecule).steps):
        return True
    run = _run(town, agent.address, hook)
    if not sessions.waiting_for(agent):
        gave_up = bool(agent.sessions) and agent.sessions[-1].outcome.startswith(sessions.FAILED)
        return not gave_up or not run.session or running.steps_over(snapshot, hook) <= run.done
    committed = _committed(town, snapshot, agent, hook)
    todo = next_step(town, snapshot, agent.address, hook, committed)
    if todo is not None and todo.command is None:
        return True
    return run.resumed == _seen(town, snapshot, agent, hook, committed)


def go_on(town: Town, address: Address) -> None:
    """Let a suspended hook go on, and keep what it looked like: see `waits`. Attempts count from nothing."""
    snapshot = town.snapshot()
    agent = snapshot.agent(address)
    hook = live_hook(agent) if agent else None
    seen = ""
    if agent is not None and hook is not None:
        seen = _seen(town, snapshot, agent, hook, _committed(town, snapshot, agent, hook))
    transition(town, lambda snapshot: sessions.plan_resume(snapshot, address), ACTOR)
    if hook is None:
        return
    with FileLock(runs.folder(town.local) / "spawn.lock"):
        run = _run(town, address, hook)
        runs.write(town.local, replace(run, resumed=seen, attempts=0, not_before=0.0))


def _run(town: Town, address: Address, hook: Hook) -> Run:
    """What is known of sessions for what is on the hook now."""
    run = runs.read(town.local, address)
    if run is None or (run.bead, run.since) != (hook.bead, hook.since):
        return Run(address=address, bead=hook.bead, since=hook.since)
    return run


def _committed(town: Town, snapshot: Snapshot, agent: Agent, hook: Hook) -> frozenset[str]:
    """The steps whose commit stands on the hook's branch and was not looked at yet, as a session asks."""
    config = snapshot.rig(agent.rig)
    rig = Rig(town.root, config) if config is not None else None
    if rig is None or hook.branch not in rig.branches():
        return frozenset()
    named = restart.unserved_steps(rig, hook.branch)
    return frozenset(value.removeprefix(f"{hook.molecule}.") for value in named)


def _seen(town: Town, snapshot: Snapshot, agent: Agent, hook: Hook, committed: Iterable[str]) -> str:
    """What a session's reason to wait can depend on, as a hash; nothing that waiting and going on change."""
    molecule = snapshot.molecule(hook.molecule) if hook.molecule else None
    paths = [layout.path_of_bead(hook.bead), layout.path_of_molecule(hook.molecule)]
    if molecule is not None:
        paths += sorted(_around(snapshot, molecule))
    parts = [hook.bead, hook.since, hook.molecule, sessions.waiting_for(agent), *sorted(committed)]
    parts += [f"{path}\n{snapshot.text(path)}" for path in paths]
    parts.append(read_allowed(town.local))
    return sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()


def _around(snapshot: Snapshot, molecule: Molecule) -> set[str]:
    """The files of a molecule's steps and gates, and of other beads that its steps wait for."""
    flow = Flow(snapshot, molecule)
    left = [id for id in flow.ids if flow.state(id) not in OVER]
    others = {each for id in left for each in flow.waits(id) if not flow.has(each) and " " not in each}
    own = snapshot.paths(layout.path_of_bead(ItemId(f"{molecule.id}.")).removesuffix(".md"))
    return {*own, *(layout.path_of_bead(ItemId(each)) for each in others)}

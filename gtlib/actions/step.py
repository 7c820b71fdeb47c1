"""Say that a step of a molecule is done."""

from __future__ import annotations

import os
from collections.abc import Mapping
from collections.abc import Sequence

from msgspec.structs import replace

from gtlib import clock
from gtlib.actions.decide import decide
from gtlib.actions.meant_step import Ticked
from gtlib.actions.meant_step import change_step
from gtlib.actions.meant_step import meant_step
from gtlib.actions.meant_step import now_so
from gtlib.actions.try_check import Place
from gtlib.actions.try_check import place_of
from gtlib.actions.try_check import try_check
from gtlib.errors import UserError
from gtlib.model.edit import Edit
from gtlib.model.snapshot import Snapshot
from gtlib.names import StepId
from gtlib.rules import registry
from gtlib.rules.base import OVERSEER
from gtlib.rules.flow import OVER
from gtlib.rules.flow import Flow
from gtlib.rules.steps_done import plan_step
from gtlib.rules.steps_done import plan_step_failed
from gtlib.runtimes.shell import Ended
from gtlib.store.town import Town

Outputs = Sequence[tuple[str, str]]


def step(
    town: Town,
    text: str,
    actor: str,
    place: str = "",
    outputs: Outputs = (),
    environ: Mapping[str, str] = os.environ,
    *,
    force: bool = False,
) -> Ticked:
    """Tick `<step>` of the actor's molecule, or `<molecule>.<step>`; `place` as in `meant_step`.

    A step that has a check is done when that passes; else (`complaint`) an agent's has failed once more, and
    a person's stays as it is. With `force` a person overrules the check, which does not run.
    UserError as `plan_step` and `try_check` say, and for an agent who wants to overrule.
    """
    if force and actor != OVERSEER:
        raise UserError("only a person overrules a check", "say it without --force, which runs the check")
    snapshot = town.snapshot()
    flow, id = meant_step(town, snapshot, text, actor, place)
    at = place_of(town, snapshot, flow.molecule, actor, place)
    working = at is not None and at.agent.address in (actor, place)
    if at is not None and working and decide(town, flow.molecule.id, at.folder, environ):
        flow = now_so(town, flow)
    checked = False
    if not force and _is_checked(flow, id):
        ended = _check(town, flow, id, actor, outputs, at, environ)
        if ended is not None and ended.complaint:
            return _failed(town, flow, id, actor, ended)
        checked = ended is not None
    now = clock.stamp(clock.now())
    done = change_step(
        town,
        text,
        actor,
        place,
        lambda snapshot, name: plan_step(snapshot, name, actor, "", now, outputs, checked),
    )
    if at is not None and working and decide(town, flow.molecule.id, at.folder, environ):
        done = replace(done, flow=now_so(town, done.flow))
    return done


def foretold(town: Town, text: str, actor: str, place: str = "", outputs: Outputs = ()) -> Ticked:
    """What `step` would come to, if its check passes; nothing is changed. UserError as `plan_step` says."""
    snapshot = town.snapshot()
    flow, id = meant_step(town, snapshot, text, actor, place)
    now = clock.stamp(clock.now())
    edit = plan_step(flow.snapshot, f"{flow.molecule.id}.{id}", actor, "", now, outputs, checked=True)
    whole = registry.with_rules(flow.snapshot, edit, now)
    after = flow.snapshot.with_edit(whole) if whole else flow.snapshot
    return Ticked(
        flow=Flow(after, after.molecule(flow.molecule.id) or flow.molecule), step=id, already=edit is None
    )


def _is_checked(flow: Flow, id: StepId) -> bool:
    how = flow.recipe.get(id)
    return how is not None and how.check is not None and flow.has(id) and flow.state(id) != "done"


def _check(
    town: Town,
    flow: Flow,
    id: StepId,
    actor: str,
    outputs: Outputs,
    at: Place | None,
    environ: Mapping[str, str],
) -> Ended | None:
    """How the check of a step ended that could be ticked but for it; None when it is done already."""
    name, now = f"{flow.molecule.id}.{id}", clock.stamp(clock.now())
    if plan_step(flow.snapshot, name, actor, "", now, outputs, checked=True) is None:
        return None
    try:
        if at is None:
            what = (
                f"{flow.molecule.id} is on no hook, so there is no worktree to run the check of step {id} in"
            )
            raise UserError(what, f"put it on one with: gt mol attach {flow.molecule.id}")
        return try_check(town, flow, flow.recipe[id], at, environ)
    except UserError as refusal:
        if actor != OVERSEER:
            raise
        raise UserError(refusal.what, f"{refusal.hint}; or overrule the check with --force") from refusal


def _failed(town: Town, flow: Flow, id: StepId, actor: str, ended: Ended) -> Ticked:
    """A check did not pass: an agent's attempt counts, a person's question changes nothing."""
    name, now = f"{flow.molecule.id}.{id}", clock.stamp(clock.now())
    if actor == OVERSEER:
        return Ticked(
            flow=flow, step=id, already=True, complaint=ended.complaint, tail=ended.tail,
            left=tries_left(flow, id),
        )  # fmt: skip

    def plan(snapshot: Snapshot, value: str) -> Edit | None:
        return plan_step_failed(snapshot, value, actor, ended.complaint, now)

    done = change_step(town, name, actor, "", plan)
    return replace(done, complaint=ended.complaint, tail=ended.tail, left=tries_left(done.flow, done.step))


def tries_left(flow: Flow, id: StepId) -> int:
    """How often a step can still fail before its molecule holds or skips it."""
    how = flow.recipe.get(id)
    if how is None or flow.state(id) in (*OVER, "failed"):
        return 0
    return max(0, how.attempts - flow.molecule.attempts.get(id, 0))

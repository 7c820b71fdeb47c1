"""`gt mol step done`, `skip` and `fail`: how the steps of molecules end."""

from __future__ import annotations

from typing import Any

from gtlib import output
from gtlib.actions.fail_step import fail_step
from gtlib.actions.meant_step import Ticked
from gtlib.actions.skip_step import skip_step
from gtlib.actions.step import foretold
from gtlib.actions.step import step as tick
from gtlib.cli.command import command
from gtlib.cli.options import Here
from gtlib.cli.options import here
from gtlib.cli.options import mention_mail
from gtlib.cli.options import tell
from gtlib.errors import UsageError
from gtlib.model.molecule import Step
from gtlib.rules.carry_on import ready_for
from gtlib.rules.steps import progress
from gtlib.store.town import Town

STEP = "a step of your molecule, or MOLECULE.STEP"


@command(
    "mol step done",
    short={"dry_run": "n"},
    help={
        "step": STEP,
        "output_": "what the step puts out, as key=value; JSON stays what it is",
        "dry_run": "say what would come of it, and change nothing",
        "force": "a person's word is enough: the check does not run",
    },
    example="gt mol step done gt-mol-k2p9x.run-tests --output coverage=81",
)
def done(
    step: str,
    *,
    output_: tuple[str, ...] = (),
    dry_run: bool = False,
    force: bool = False,
    json: bool = False,
) -> int:
    """Say that a step is done, as ticking its box does; its check is run first."""
    where = here()
    town = Town.open(where.root)
    given = _outputs(output_)
    if dry_run:
        found = foretold(town, step, where.actor, where.agent, given)
    else:
        found = tick(town, step, where.actor, where.agent, given, force=force)
    tell(town)
    if found.complaint:
        return _complain(found, json=json)
    _say(where, found, "would be done" if dry_run else "done", json=json)
    mention_mail(where, town.snapshot())
    return 0


@command(
    "mol step skip",
    short={"reason": "r"},
    help={"step": STEP, "reason": "why it is left out"},
    example="gt mol step skip gt-mol-k2p9x.run-tests --reason 'nothing to test'",
)
def skip(step: str, *, reason: str, json: bool = False) -> None:
    """Leave a step out; what needs it goes on."""
    where = here()
    town = Town.open(where.root)
    found = skip_step(town, step, where.actor, _reason(reason), where.agent)
    tell(town)
    _say(where, found, "skipped", json=json)
    mention_mail(where, town.snapshot())


@command(
    "mol step fail",
    short={"reason": "r"},
    help={"step": STEP, "reason": "what went wrong"},
    example="gt mol step fail gt-mol-k2p9x.run-tests --reason 'the port is taken'",
)
def fail(step: str, *, reason: str, json: bool = False) -> None:
    """Say that a step failed: it is tried again, skipped or held, as its formula says."""
    where = here()
    town = Town.open(where.root)
    found = fail_step(town, step, where.actor, _reason(reason), where.agent)
    tell(town)
    if json:
        output.json_out({**_shape(where, found), **_failure(found, reason)})
        return
    output.line(f"{_name(found)} {_became(found)}")
    _next(found)
    mention_mail(where, town.snapshot())


def _reason(text: str) -> str:
    if not text.strip():
        raise UsageError("--reason is empty", "say why in a few words")
    return text


def _outputs(texts: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    pairs = []
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not key.strip():
            raise UsageError(f"--output {text} has no value", "write --output key=value")
        pairs.append((key.strip(), value))
    return tuple(pairs)


def _name(found: Ticked) -> str:
    return f"{found.molecule.id}.{found.step}"


def _say(where: Here, found: Ticked, what: str, *, json: bool) -> None:
    if json:
        output.json_out(_shape(where, found))
        return
    over, total = progress(found.flow)
    said = f"was {found.flow.state(found.step)} before" if found.already else what
    output.line(f"{_name(found)} {said}: {over} of {output.count(total, 'step')}")
    molecule = found.molecule
    ready = ready_for(found.flow, where.actor)
    if molecule.status == "closed":
        output.line(f"{molecule.id} is complete")
        output.next_steps(["gt done" if molecule.assignee else f"gt mol show {molecule.id}"])
    elif ready:
        output.next_steps([f"gt mol step done {molecule.id}.{each.id}" for each in ready[:3]])
    else:
        output.line("no other step is ready")
        output.next_steps([f"gt mol current {molecule.id}"])


def _shape(where: Here, found: Ticked) -> dict[str, Any]:
    molecule = found.molecule
    ready: tuple[Step, ...] = ready_for(found.flow, where.actor)
    complete = molecule.status == "closed"
    many = "continue" if len(ready) == 1 else "parallel" if ready else "no_more_ready"
    return {
        "step_id": _name(found),
        "molecule_id": molecule.id,
        "step_closed": not found.already,
        "next_step_id": f"{molecule.id}.{ready[0].id}" if ready else "",
        "next_step_title": ready[0].title if ready else "",
        "ready_steps": [f"{molecule.id}.{each.id}" for each in ready],
        "complete": complete,
        "action": "done" if complete else many,
    }


def _complain(found: Ticked, *, json: bool) -> int:
    """What a check that failed means; the exit status."""
    if json:
        shape = {"step_id": _name(found), "molecule_id": found.molecule.id, "step_closed": False}
        output.json_out({**shape, **_failure(found, found.complaint), "tail": found.tail})
        return 1
    for line in found.tail.splitlines():
        output.line(f"  | {output.one_line(line)}")
    output.line(f"{found.complaint}: {_name(found)} {_became(found)}")
    _next(found)
    return 1


def _failure(found: Ticked, reason: str) -> dict[str, Any]:
    state = found.flow.state(found.step)
    return {
        "step_closed": False,
        "action": {"open": "retry", "skipped": "skipped", "failed": "held"}.get(state, state),
        "reason": reason,
        "attempts": found.molecule.attempts.get(found.step, 0),
        "attempts_left": found.left,
    }


def _became(found: Ticked) -> str:
    state = found.flow.state(found.step)
    if found.already and found.complaint:
        return f"stays {state}"
    if state == "open":
        return f"failed, {output.count(found.left, 'try')} left".replace("trys", "tries")
    if state == "failed":
        return "failed and is held, a person is asked"
    return "failed and is skipped" if not found.already else f"is {state}"


def _next(found: Ticked) -> None:
    name, molecule = _name(found), found.molecule
    if found.already and found.complaint:
        output.next_steps([f"gt mol current {molecule.id}", f"gt mol step done {name} --force"])
    elif found.flow.state(found.step) == "failed":
        output.next_steps([f"gt mol current {molecule.id}", f"gt mol step skip {name} --reason WHY"])
    elif found.flow.state(found.step) == "open":
        output.next_steps([f"gt mol step done {name}"])
    else:
        output.next_steps([f"gt mol current {molecule.id}"])

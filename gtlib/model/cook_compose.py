"""`compose`: branches, gates, and the formulas that its hooks attach."""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from gtlib.model.cook_flatten import start_of
from gtlib.model.cook_loops import Ids
from gtlib.model.cook_loops import in_condition
from gtlib.model.cook_loops import in_waiting
from gtlib.model.cook_part import CONDITIONAL
from gtlib.model.cook_part import Kitchen
from gtlib.model.cook_part import Part
from gtlib.model.cook_part import Where
from gtlib.model.cook_part import checked_id
from gtlib.model.cook_part import entries
from gtlib.model.cook_part import refuse
from gtlib.model.cook_part import sinks
from gtlib.model.cook_part import with_needs
from gtlib.model.formula_parts import Attach
from gtlib.model.formula_parts import BondPoint
from gtlib.model.formula_parts import Branch
from gtlib.model.formula_parts import Gate
from gtlib.model.formula_parts import GateRule
from gtlib.model.formula_source import did_you_mean
from gtlib.names import StepId


class Subject(Struct, frozen=True, kw_only=True):
    """The bead that is poured for, as far as `compose.hooks` ask for it."""

    id: str = ""
    title: str = ""
    type: str = "task"
    labels: tuple[str, ...] = ()
    priority: int = 2


def branched(kitchen: Kitchen, parts: list[Part], branches: Iterable[Branch]) -> list[Part]:
    """Each of the steps of a branch needs `from`, and `join` needs all of them."""
    now = {part.id: part for part in parts}
    for branch in branches:
        where = Where(branch.path or kitchen.formula.path, branch.line)
        for ident in (branch.from_, *branch.steps, branch.join):
            _known(now, ident, where, "compose.branch")
        for ident in branch.steps:
            now[ident] = with_needs(now[ident], (branch.from_,))
        now[branch.join] = with_needs(now[branch.join], branch.steps)
    return [now[part.id] for part in parts]


def gated(kitchen: Kitchen, parts: list[Part], rules: Iterable[GateRule]) -> list[Part]:
    """A conditional gate before a step; where the step has a gate, on a control step before it."""
    for rule in rules:
        where = Where(rule.path or kitchen.formula.path, rule.line)
        now = {part.id: part for part in parts}
        _known(now, rule.before, where, "compose.gate")
        part = now[rule.before]
        gate = Gate(type=CONDITIONAL, condition=rule.condition)
        if part.gate is None:
            parts = [replace(each, gate=gate) if each is part else each for each in parts]
            continue
        ident, number = f"{part.id}.gate", 1
        while ident in now:
            number += 1
            ident = f"{part.id}.gate{number}"
        front = replace(start_of(part, ident), gate=gate, waits_for="")
        behind = replace(part, needs=(*part.needs, front.id))
        parts = [new for each in parts for new in ((front, behind) if each is part else (each,))]
    return parts


def _known(now: Mapping[StepId, Part], ident: StepId, where: Where, what: str) -> None:
    if ident not in now:
        hint = did_you_mean(ident, list(now)[:2000], "name a step that the formula has")
        refuse(where, f'{what}: there is no step "{ident}"', hint)


def fits(trigger: str, bead: Subject) -> bool:
    """Whether a bead fits `label:x`, `type:bug` or `priority:0-1` (`priority:0`)."""
    kind, _, wanted = trigger.partition(":")
    wanted = wanted.strip()
    if kind.strip() == "label":
        return wanted in bead.labels
    if kind.strip() == "type":
        return wanted == bead.type
    found = re.fullmatch(r"([0-4])(?:\s*-\s*([0-4]))?", wanted)
    return bool(
        kind.strip() == "priority" and found and int(found[1]) <= bead.priority <= int(found[2] or found[1])
    )


def named(parts: Sequence[Part], name: str) -> list[Part]:
    """The steps of a formula that comes in, their ids below its name."""
    ids = Ids({part.id: checked_id(f"{name}.{part.id}", part) for part in parts})
    return [
        replace(
            part,
            id=ids[part.id],
            needs=tuple(ids.get(need, need) for need in part.needs),
            parent=ids.get(part.parent, part.parent),
            waits_for=in_waiting(part.waits_for, ids),
            condition=in_condition(part.condition, ids, part.env, part),
            until=part.until,
            gate=_gate(part, ids),
        )
        for part in parts
    ]


def _gate(part: Part, ids: Ids) -> Gate | None:
    if part.gate is None or part.gate.type != CONDITIONAL:
        return part.gate
    return replace(part.gate, condition=in_condition(part.gate.condition, ids, part.env, part))


def attached(
    parts: list[Part],
    new: list[Part],
    hook: Attach,
    points: Mapping[str, BondPoint],
    came: set[StepId],
    where: Where,
) -> list[Part]:
    """The parts with those of another formula at the bond point that a hook names, else at the end.

    Who needed the step there needs the last of them too, unless the point is parallel. `came`
    are steps that hooks have brought: they do not wait for each other.
    """
    top = [part for part in new if part.parent not in {each.id for each in new}]
    first, last = {part.id for part in entries(top)}, [part.id for part in sinks(top)]
    came.update(part.id for part in new)
    if not hook.at:
        ends = [part.id for part in sinks(part for part in parts if not part.parent and part.id not in came)]
        return [*parts, *(with_needs(part, ends) if part.id in first else part for part in new)]
    if hook.at not in points:
        hint = did_you_mean(hook.at, points, "add it to compose.bond_points")
        refuse(where, f'compose.hooks: there is no bond point "{hook.at}"', hint)
    point = points[hook.at]
    step = point.after_step or point.before_step
    now = {part.id: part for part in parts}
    _known(now, step, where, f"bond point {point.id}")
    needs = (step,) if point.after_step else now[step].needs
    new = [
        replace(with_needs(part, needs) if part.id in first else part, parent=part.parent or now[step].parent)
        for part in new
    ]
    found: list[Part] = []
    for part in parts:
        waits = part.id == step if not point.after_step else step in part.needs and part.id not in came
        if waits and not point.parallel:
            part = with_needs(part, last)
        if part.id == step:
            found += [part, *new] if point.after_step else [*new, part]
        else:
            found.append(part)
    return found

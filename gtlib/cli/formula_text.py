"""How formulas, and what they become, are shown to people."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence

from gtlib import output
from gtlib.cli.formula_shapes import brought_by
from gtlib.cli.in_order import in_order
from gtlib.cli.paragraphs import line
from gtlib.cli.paragraphs import text
from gtlib.model import cook as cooking
from gtlib.model.cooked import CStep
from gtlib.model.formula import Formula
from gtlib.model.formula_parts import Advice
from gtlib.model.formula_parts import FStep
from gtlib.model.formula_parts import Gate
from gtlib.model.formula_parts import Input
from gtlib.model.formula_parts import Leg
from gtlib.model.formula_parts import Run
from gtlib.model.formula_vars import Var

DEEPEST = 8  # so far steps are indented


def headline(formula: Formula) -> str:
    """The first line of its description."""
    return formula.description.strip().partition("\n")[0]


def show(formula: Formula, parents: Sequence[Formula] = ()) -> None:
    """Print a formula as its file says it, and what it has of those that it extends: `parents`."""
    came = {each.path: f"  [from {each.name}]" for each in parents}
    kind = "" if formula.type == "workflow" else f"{formula.type}, "
    output.line(f"{formula.name}  version {formula.version}, {kind}{formula.origin}: {formula.path}")
    text(formula.description)
    for each in _built_of(formula, came):
        output.line(each)
    _variables(formula, parents)
    if formula.steps:
        output.line("\nsteps:")
        _tree(formula.steps, "  ", came)
    if formula.template:
        output.line("\ntemplate:")
        _tree(formula.template, "  ", came)
    for legs, name in ((formula.legs, "legs"), (formula.aspects, "analyses")):
        if legs:
            output.line(f"\n{name}:")
            for number, leg in enumerate(legs, 1):
                _leg(number, leg, came.get(leg.path, ""))
    if formula.synthesis is not None:
        last = formula.synthesis
        needs = ", ".join(last.needs) or "every leg"
        output.line(f"\nsynthesis: {output.one_line(last.title)}  (needs {needs})")
        text(last.description.strip(), "     ")
        _facts(_of_run("runs", last.run), "     ")
    for advice in formula.advice:
        _advice(advice, came)


def cooked(steps: Sequence[CStep], values: Mapping[str, str] | None) -> None:
    """Print cooked steps; with `values` commands are shown as they run."""
    output.line("\nsteps:")
    parents: dict[str, str] = {step.id: step.parent for step in steps}
    for number, step in enumerate(in_order(steps), 1):
        indent = "  " * (1 + _depth(step, parents))
        _cooked_step(f"{number}.", step, values, indent)


def _depth(step: CStep, parents: Mapping[str, str]) -> int:
    depth, above = 0, str(step.parent)
    while above in parents and depth < DEEPEST:
        depth, above = depth + 1, parents[above]
    return depth


def _cooked_step(mark: str, step: CStep, values: Mapping[str, str] | None, indent: str) -> None:
    needs = f"  (needs {', '.join(step.needs)})" if step.needs else ""
    over = "  [over when these are]" if step.control else ""
    line(f"{indent}{mark} {step.id}  {output.one_line(step.title)}{needs}{over}", 3)
    inner = indent + "   "
    text(step.text.strip(), inner)
    _facts(_of_cooked(step, values), inner)
    for each in step.body:
        _cooked_step("-", each, values, inner + "  ")
    if step.fan is not None:
        for each in step.fan.body:
            _cooked_step("-", each, values, inner + "  ")


def _of_cooked(step: CStep, values: Mapping[str, str] | None) -> Iterator[str]:
    if step.when:
        yield f"only if {step.when}"
    yield from _of_gate(step.gate)
    if step.waits_for:
        yield f"waits for {step.waits_for}"
    if step.run is not None and values is not None and not isinstance(step.run, str):
        words = cooking.command(step, values)
        yield f"runs: {output.one_line(shlex.join(words.argv if words else step.run))}"
    else:
        yield from _of_run("runs", step.run)
    yield from _of_run("checked by", step.check)
    if step.attempts:
        yield f"tried {step.attempts} times, then {step.exhausted}"
    if step.agent:
        yield f"agent: {step.agent}"
    if step.until:
        yield f"again until {step.until}, {step.max} rounds at most:"
    if step.fan is not None:
        one = "" if step.fan.parallel else ", one after the other"
        yield f"then for each item of its output {step.fan.output}{one}:"


def _built_of(formula: Formula, came: Mapping[str, str]) -> Iterator[str]:
    compose = formula.compose
    if formula.extends:
        yield f"\nextends: {', '.join(formula.extends)}"
    if formula.pour:
        yield "steps become beads"
    for each in (*compose.expand, *compose.map):
        yield f"expands: {each.target} with {each.with_}{came.get(each.path, '')}"
    for branch in compose.branch:
        arms = ", ".join(branch.steps)
        yield f"branches: {branch.from_} -> {arms} -> {branch.join}{came.get(branch.path, '')}"
    for rule in compose.gate:
        yield f"gate: before {rule.before} until {rule.condition}{came.get(rule.path, '')}"
    if compose.aspects:
        named = (f"{name}{came.get(compose.places[name][0], '')}" for name in compose.aspects)
        yield f"aspects: {', '.join(named)}"
    for point in compose.bond_points:
        where = f"after {point.after_step}" if point.after_step else f"before {point.before_step}"
        yield f"bond point: {point.id}, {where}{came.get(point.path, '')}"
    for hook in compose.hooks:
        place = f" at {hook.at}" if hook.at else ""
        yield f"attaches: {hook.attach} when {hook.trigger}{place}{came.get(hook.path, '')}"
    for cut in formula.pointcuts:
        words = {"glob": cut.glob, "type": cut.type, "label": cut.label}
        yield f"touches: {', '.join(f'{key} {value}' for key, value in words.items() if value)}"


def _variables(formula: Formula, parents: Sequence[Formula]) -> None:
    if formula.vars:
        output.line("\nvariables:")
        for var in formula.vars.values():
            rules = [*_rules(var), *_brought(parents, var)]
            _variable(var.name, var.default, var.required, var.description, rules)
    if formula.inputs:
        output.line("\ninputs:")
        for each in formula.inputs.values():
            unless = [f"required unless {', '.join(each.required_unless)}"] if each.required_unless else []
            required = each.required and not unless
            rules = [*unless, *_brought(parents, each)]
            _variable(each.name, each.default, required, each.description, rules)


def _brought(parents: Sequence[Formula], var: Var | Input) -> list[str]:
    name = brought_by(parents, var)
    return [f"from {name}"] if name else []


def _variable(name: str, default: str | None, required: bool, said: str, rules: Sequence[str]) -> None:
    words = [] if default is None else [f"default: {output.one_line(default) or 'empty'}"]
    words = ["required"] if required and default is None else words
    words += rules
    line(f"  {name}" + (f" ({'; '.join(words)})" if words else ""), 4)
    text(said, "      ")


def _rules(var: Var) -> list[str]:
    rules = [] if var.type == "string" else [{"int": "a whole number", "bool": "true or false"}[var.type]]
    rules += [f"one of {', '.join(var.enum)}"] if var.enum else []
    return rules + ([f"matches {var.pattern}"] if var.pattern else [])


def _tree(steps: Sequence[FStep], indent: str, came: Mapping[str, str]) -> None:
    for number, step in enumerate(steps, 1):
        needs = f"  (needs {', '.join(step.needs)})" if step.needs else ""
        of = came.get(step.path, "")
        line(f"{indent}{number}. {step.id}  {output.one_line(step.title)}{needs}{of}", 3)
        inner = indent + "   "
        text(step.description.strip(), inner)
        if step.acceptance.strip():
            text(f"Done when: {step.acceptance.strip()}", inner)
        _facts(_of_step(step), inner)
        _tree(step.children, inner, came)
        if step.loop is not None:
            _tree(step.loop.body, inner, came)


def _of_step(step: FStep) -> Iterator[str]:
    if step.condition:
        yield f"only if {step.condition}"
    yield from _of_gate(step.gate)
    if step.waits_for:
        yield f"waits for {step.waits_for}"
    yield from _of_run("runs", step.run)
    if step.retry is not None:
        yield from _of_run("checked by", step.retry.check)
        yield f"tried {step.retry.attempts} times, then {step.retry.exhausted}"
    if step.agent:
        yield f"agent: {step.agent}"
    if step.expand:
        yield f"expands with {step.expand}"
    if step.on_complete is not None:
        fan = step.on_complete
        yield f"then {fan.bond} for each item of its {fan.for_each}"
    if step.loop is not None:
        loop = step.loop
        times = f"{loop.count} rounds" if loop.count else f"for {loop.var or 'each'} in {loop.range}"
        yield f"until {loop.until}, {loop.max} rounds at most:" if loop.until else f"{times}:"


def _of_gate(gate: Gate | None) -> Iterator[str]:
    if gate is None:
        return
    words = (gate.type, gate.id, gate.condition, f"within {gate.timeout}" if gate.timeout else "")
    yield f"gate: {' '.join(filter(None, words))}"
    yield from _of_run("  asks", gate.run)


def _of_run(word: str, run: Run | None) -> Iterator[str]:
    if run is None:
        return
    if isinstance(run, str):
        yield f"{word} a script of {output.count(len(run.strip().splitlines()), 'line')}"
    else:
        yield f"{word}: {output.one_line(shlex.join(run))}"


def _leg(number: int, leg: Leg, came: str) -> None:
    line(f"  {number}. {leg.id}  {output.one_line(leg.title)}{came}", 3)
    if leg.focus:
        text(f"Focus: {leg.focus}", "     ")
    text(leg.description.strip(), "     ")
    _facts(_of_run("runs", leg.run), "     ")
    if leg.agent:
        output.line(f"     agent: {leg.agent}")


def _advice(advice: Advice, came: Mapping[str, str]) -> None:
    for word, steps in (("before", advice.before), ("after", advice.after)):
        if steps:
            output.line(f"\n{word} each step {advice.target}:")
            _tree(steps, "  ", came)


def _facts(lines: Iterator[str], indent: str) -> None:
    for each in lines:
        line(f"{indent}{each}", 2)

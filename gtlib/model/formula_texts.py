"""The texts of a formula that hold placeholders: those that people read, and those that are done."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

from gtlib.model.formula_parts import FStep
from gtlib.model.formula_parts import Run
from gtlib.model.formula_parts import every
from gtlib.model.formula_source import MANY
from gtlib.model.formula_source import PLACEHOLDER
from gtlib.model.formula_source import did_you_mean
from gtlib.model.formula_source import plain

if TYPE_CHECKING:
    from gtlib.model.formula import Formula


class Text(Struct, frozen=True):
    """A text, and the key that it stands under in the step (or other table) that begins at `line`."""

    path: str
    line: int
    key: str
    label: str
    text: str


def steps_of(formula: Formula) -> Iterator[FStep]:
    """Every step that the file has: with children and bodies, of the template and of the advice."""
    yield from every(formula.steps)
    yield from every(formula.template)
    for advice in formula.advice:
        yield from every((*advice.before, *advice.after))


def prose(formula: Formula) -> Iterator[Text]:
    """The texts that people read."""
    yield Text(formula.path, 1, "description", "the formula", formula.description)
    for step in steps_of(formula):
        for key in ("title", "description", "notes", "acceptance"):
            yield Text(step.path, step.line, key, step.id, getattr(step, key))
        if step.on_complete:
            for text in step.on_complete.vars.values():
                yield Text(step.path, step.line, "on_complete", step.id, text)
        for text in step.expand_vars.values():
            yield Text(step.path, step.line, "expand_vars", step.id, text)
    for leg in (*formula.legs, *formula.aspects):
        for text in (leg.title, leg.focus, leg.description):
            yield Text(leg.path, leg.line, "description", leg.id, text)
    if formula.synthesis:
        for text in (formula.synthesis.title, formula.synthesis.description):
            yield Text(formula.synthesis.path, formula.synthesis.line, "description", "synthesis", text)
    for text in (*formula.prompts.values(), formula.output.directory, formula.output.leg_pattern):
        yield Text(formula.path, 1, "prompts", "prompts", text)
    for each in (*formula.compose.expand, *formula.compose.map):
        for text in each.vars.values():
            yield Text(each.path, each.line, "vars", "compose", text)
    for hook in formula.compose.hooks:
        for text in hook.vars.values():
            yield Text(hook.path, hook.line, "vars", "compose", text)


def executed(formula: Formula) -> Iterator[Text]:
    """The texts that are done or asked: a placeholder that stays in them is a mistake. Scripts have none."""
    for step in steps_of(formula):
        found = [("condition", step.condition)] if step.condition else []
        found += [("run", word) for word in _words(step.run)]
        found += [("timeout", step.timeout)] if step.timeout else []
        if step.gate:
            found += [("gate.run", word) for word in _words(step.gate.run)]
            found += [("gate.id", step.gate.id), ("gate.timeout", step.gate.timeout)]
            found += [("gate.condition", step.gate.condition)] if step.gate.type == "conditional" else []
        if step.loop:
            found += [("loop.range", step.loop.range), ("loop.until", step.loop.until)]
        if step.retry:
            found += [("check", word) for word in (*_words(step.retry.check), step.retry.check_timeout)]
        for key, text in found:
            yield Text(step.path, step.line, key, f'step "{step.id}"', text)
    for leg in formula.legs:
        for word in _words(leg.run):
            yield Text(leg.path, leg.line, "run", f'leg "{leg.id}"', word)
    if formula.synthesis:
        for word in _words(formula.synthesis.run):
            yield Text(formula.synthesis.path, formula.synthesis.line, "run", "the synthesis", word)
    for rule in formula.compose.gate:
        yield Text(rule.path, rule.line, "condition", "compose.gate", rule.condition)


def known_names(formula: Formula) -> dict[str, None]:
    """What may stand in `{{name}}`: variables, inputs, loop variables and what an expansion puts in."""
    loops = {step.loop.var or "i": None for step in steps_of(formula) if step.loop}
    names = dict.fromkeys((*formula.vars, *formula.inputs, *loops, *(("round",) if loops else ())))
    return names | dict.fromkeys(("target",) if formula.template else ("step",) if formula.advice else ())


def odd(formula: Formula) -> list[str]:
    """A warning for each placeholder in prose that is no variable, and for those in scripts, which stay."""
    if not formula.vars:
        return []
    known = known_names(formula)
    found: dict[str, str] = {}
    for each in prose(formula):
        for name in PLACEHOLDER.findall(each.text) if "{{" in each.text else ():
            if name not in known and name not in found:
                near = known if len(found) < MANY else ()
                hint = plain(did_you_mean(name, near, f"declare it as [vars.{name}]"))
                said = f"{{{{{name}}}}} is no variable and stays as it is; {hint}"
                found[name] = f"{each.path}:{each.line}: {said}"
    return [*found.values(), *_in_scripts(formula)]


def _in_scripts(formula: Formula) -> Iterator[str]:
    for step in steps_of(formula):
        if isinstance(step.run, str) and "{{" in step.run:
            for name in dict.fromkeys(PLACEHOLDER.findall(step.run)):
                if name in formula.vars:
                    said = f'{{{{{name}}}}} stays as it is in the script of step "{step.id}"'
                    yield f'{step.path}:{step.line}: {said}; write "${name}"'


def _words(run: Run | None) -> tuple[str, ...]:
    return run if isinstance(run, tuple) else ()

"""What can be wrong between the steps of a formula: ids, needs, cycles, compositions, unknown variables.

`check` is asked for a file that stands on its own, and again for what merging made of several.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from gtlib.errors import FileError
from gtlib.model import conditions
from gtlib.model import formula_graph
from gtlib.model import formula_texts
from gtlib.model import ranges
from gtlib.model.formula_graph import shown_cycle
from gtlib.model.formula_parts import BondPoint
from gtlib.model.formula_parts import Branch
from gtlib.model.formula_parts import Expand
from gtlib.model.formula_parts import FStep
from gtlib.model.formula_parts import GateRule
from gtlib.model.formula_parts import every
from gtlib.model.formula_source import MANY
from gtlib.model.formula_source import PLACEHOLDER
from gtlib.model.formula_source import SLOT
from gtlib.model.formula_source import did_you_mean
from gtlib.model.formula_source import plain

if TYPE_CHECKING:
    from gtlib.model.formula import Formula

Locate = Callable[[str, int, str], int]
Placed = BondPoint | Expand | Branch | GateRule

_ROUND = re.compile(r"iter[1-9][0-9]*\.(.+)")
_NAMED = 12  # so many ids are listed in a hint
_LOOKED_AT = 2000
_LONGEST = 200
_KIND = {
    BondPoint: "compose.bond_points",
    Expand: "compose.expand",
    Branch: "compose.branch",
    GateRule: "compose.gate",
}


def check(formula: Formula, *, whole: bool = True, locate: Locate | None = None) -> list[FileError]:
    """All that is wrong between the parts of a formula.

    Not `whole`: what it extends is still to come, so a reference to what is not there says nothing.
    `locate` gives the line of a key of the step that begins at a line of a path.
    """
    checker = _Checker(formula, whole, locate or (lambda path, line, key: line))
    checker.all()
    return checker.errors


class _Scope:
    """The ids that the steps of one list may name: their own, and those around a loop."""

    def __init__(self, steps: dict[str, FStep], outer: _Scope | None) -> None:
        self.steps = steps
        self.outer = outer

    def find(self, ident: str) -> FStep | None:
        scope: _Scope | None = self
        while scope:
            if ident in scope.steps:
                return scope.steps[ident]
            scope = scope.outer
        return None

    def ids(self) -> list[str]:
        return [*self.steps, *(self.outer.ids() if self.outer else ())]


class _Checker:
    def __init__(self, formula: Formula, whole: bool, locate: Locate) -> None:
        self.formula = formula
        self.locate = locate
        self.errors: list[FileError] = []
        self.whole = whole
        # What aspects weave in has ids that only weaving knows.
        self.closed = whole and not (formula.compose.aspects or formula.advice)
        self.expanded = frozenset(each.target for each in formula.compose.expand)

    def all(self) -> None:
        formula = self.formula
        main = self._list(formula.steps, None)
        self._list(formula.template, None)
        for advice in formula.advice:
            self._list((*advice.before, *advice.after), None)
        self._cycle()
        if self.whole:
            self._compose(main)
            self._placeholders()
            # What a template or advice may name is known where it is put in.
            self._ranges(formula.steps, dict.fromkeys((*formula.vars, *formula.inputs)))

    def wrong(self, path: str, line: int, key: str, what: str, hint: str) -> None:
        self.errors.append(FileError(path, self.locate(path, line, key), plain(what), plain(hint)))

    def _near(self, word: str, known: Iterable[str], otherwise: str) -> str:
        return did_you_mean(word, known if len(self.errors) < MANY else (), otherwise)

    def _list(self, steps: tuple[FStep, ...], outer: _Scope | None) -> _Scope:
        """Check ids and references of the steps; their scope."""
        scope = _Scope({}, outer)
        flat = list(_with_children(steps))
        for step in flat:
            if not step.id:
                continue
            first = scope.steps.setdefault(step.id, step)
            if first is not step:
                where = f"line {first.line}" if first.path == step.path else f"{first.path}:{first.line}"
                what = f'duplicate step id "{step.id}", first at {where}'
                self.wrong(step.path, step.line, "id", what, "give one of them another id")
        for step in flat:
            self._references(step, scope)
            if step.loop:
                inner = self._list(step.loop.body, scope)
                self._named(step, "loop.until", step.loop.until, inner)
        return scope

    def _references(self, step: FStep, scope: _Scope) -> None:
        for need in step.needs:
            if self._missing(need, scope):
                self._refuse(step, "needs", f'needs "{need}"', need, scope)
        spawner = step.waits_for.removeprefix("children-of(").removesuffix(")")
        if spawner != step.waits_for and self._missing(spawner, scope):
            self._refuse(step, "waits_for", f'waits for the children of "{spawner}"', spawner, scope)
        self._named(step, "condition", step.condition, scope)
        if step.gate and step.gate.type == "conditional":
            self._named(step, "gate.condition", step.gate.condition, scope)

    def _refuse(self, step: FStep, key: str, does: str, ident: str, scope: _Scope) -> None:
        # An id that is not there in a formula of many thousand steps is looked up in a few of them only.
        ids = scope.ids()[:_LOOKED_AT]
        hint = self._near(ident, ids, _listed(ids))
        for at in _dots(ident):
            holder = scope.find(ident[:at])
            if holder and holder.loop:
                hint = f"need the loop itself, which is over when its last round is: {holder.id}"
        if key == "needs" and self.locate(step.path, step.line, "needs") == step.line:
            key = "depends_on"
        self.wrong(step.path, step.line, key, f'step "{step.id}" {does}, which is no step', hint)

    def _missing(self, ident: str, scope: _Scope) -> bool:
        """Whether nothing that is still done to the formula can bring a step of that id."""
        if scope.find(ident) or not self.whole:
            return False
        if self.formula.advice and ident == "{step.id}":
            return False
        if self.formula.template and "{" not in ident:
            return False
        if not self.closed and "{" not in ident:
            return False
        for at in _dots(ident):
            holder = scope.find(ident[:at])
            if not holder:
                continue
            if holder.expand or holder.id in self.expanded or self.formula.compose.map:
                return False
            turn = _ROUND.fullmatch(ident[at + 1 :])
            if holder.loop and turn and not holder.loop.until:
                body = (SLOT.sub("*", step.id) for step in _with_children(holder.loop.body))
                return "{" in turn[1] or not any(fnmatchcase(turn[1], ident) for ident in body)
        return True

    def _named(self, step: FStep, key: str, text: str, scope: _Scope) -> None:
        """Check the steps that a runtime condition names; whether it is one was checked on reading."""
        if not text.strip() or not self.closed or "{" in text or conditions.static(text):
            return
        for ident in conditions.names_in(conditions.parse(text)):
            if self._missing(ident, scope):
                self._refuse(step, key, f'asks for "{ident}"', ident, scope)

    def _cycle(self) -> None:
        if self.errors:
            return
        loop = formula_graph.first_cycle(self.formula)
        if loop:
            what = f"steps need each other: {shown_cycle([step.id for step in loop])}"
            self.wrong(loop[0].path, loop[0].line, "needs", what, "take one of these needs out")

    def _compose(self, scope: _Scope) -> None:
        """Check the steps and bond points that `compose` names."""
        compose, seen = self.formula.compose, dict[str, int]()
        for point in compose.bond_points:
            if seen.setdefault(point.id, point.line) != point.line:
                what = f'duplicate bond point "{point.id}", first at line {seen[point.id]}'
                self.wrong(point.path, point.line, "id", what, "give one of them another id")
            self._place(point, "after_step", point.after_step, scope)
            self._place(point, "before_step", point.before_step, scope)
        for hook in compose.hooks:
            if hook.at and hook.at not in seen:
                hint = did_you_mean(hook.at, seen, f"the bond points are: {', '.join(seen) or 'none'}")
                what = f'compose.hooks: "{hook.at}" is no bond point'
                self.wrong(hook.path, hook.line, "at", what, hint)
        for each in compose.expand:
            self._place(each, "target", each.target, scope)
        for each in compose.map:
            if (
                each.target
                and self.closed
                and not any(fnmatchcase(ident, each.target) for ident in self._everywhere())
            ):
                what = f'compose.map: "{each.target}" fits no step'
                self.wrong(each.path, each.line, "select", what, "mend the pattern, or take the map out")
        for branch in compose.branch:
            for key, ident in (("from", branch.from_), ("join", branch.join)):
                self._place(branch, key, ident, scope)
            for ident in branch.steps:
                self._place(branch, "steps", ident, scope)
        for rule in compose.gate:
            self._place(rule, "before", rule.before, scope)

    def _everywhere(self) -> Iterator[str]:
        return (step.id for step in every(self.formula.steps))

    def _place(self, holder: Placed, key: str, ident: str, scope: _Scope) -> None:
        if ident and self._missing(ident, scope):
            what = f'{_KIND[type(holder)]}: `{key}` names "{ident}", which is no step'
            ids = scope.ids()[:_LOOKED_AT]
            hint = self._near(ident, ids, _listed(ids))
            self.wrong(holder.path, holder.line, key, what, hint)

    def _placeholders(self) -> None:
        """Refuse `{{name}}` that is no variable in what is done; without any variables it is text."""
        if not self.formula.vars:
            return
        known = formula_texts.known_names(self.formula)
        for each in formula_texts.executed(self.formula):
            for name in PLACEHOLDER.findall(each.text) if "{{" in each.text else ():
                if name not in known:
                    what = f"{{{{{name}}}}} in `{each.key}` of {each.label} is no variable"
                    hint = self._near(name, known, f"declare it as [vars.{name}]")
                    self.wrong(each.path, each.line, each.key, what, hint)

    def _ranges(self, steps: Iterable[FStep], known: dict[str, None]) -> None:
        """Refuse what the ranges of loops ask for and nothing gives: a variable, or a loop around them."""
        for step in steps:
            self._ranges(step.children, known)
            if not step.loop:
                continue
            for name in ranges.needs(step.loop.range) if ranges.is_sound(step.loop.range) else ():
                if name not in known and not (self.formula.vars and f"{{{{{name}}}}}" in step.loop.range):
                    what = f'{{{name}}} in the range of step "{step.id}" is no variable'
                    hint = self._near(name, known, f"declare it as [vars.{name}]")
                    self.wrong(step.path, step.line, "loop.range", what, hint)
            self._ranges(step.loop.body, {**known, step.loop.var or "i": None, "round": None})


def _listed(ids: list[str]) -> str:
    return f"the steps are: {', '.join(ids[:_NAMED])}" + (", ..." if len(ids) > _NAMED else "")


def _with_children(steps: Iterable[FStep]) -> Iterator[FStep]:
    for step in steps:
        yield step
        if step.children:
            yield from _with_children(step.children)


def _dots(ident: str) -> Iterator[int]:
    """Where the dots of an id are; no more of them than an id can have."""
    return (at for at, letter in enumerate(ident[:_LONGEST]) if letter == ".")

"""What the transforms of cooking work on: a flat list of parts, and the kitchen they share.

A part is a step of the formula with the place it has got: the step it belongs to, and the
names that mean something in its texts. Needs are those that people wrote until
`cook_flatten` hands those of a control step down to what is in it.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from typing import NoReturn

from msgspec import Struct
from msgspec.structs import replace

from gtlib import names
from gtlib.errors import FileError
from gtlib.errors import NoFormula
from gtlib.errors import UserError
from gtlib.model.cook_text import doubles_in
from gtlib.model.cook_text import fill
from gtlib.model.cook_text import size_of
from gtlib.model.cooked import Control
from gtlib.model.cooked import CStep
from gtlib.model.cooked import Source
from gtlib.model.formula import Formula
from gtlib.model.formula_parts import FStep
from gtlib.names import StepId

MAX_STEPS = 50_000
MAX_DEPTH = 5
LONGEST_TEXT = 1 << 20  # characters; beyond, a text is measured before it is made
LONGEST_TEXTS = 64 << 20  # characters of all texts of a formula
CONDITIONAL = "conditional"  # the type of gate whose condition is one, and no words for people

TOP = StepId("")

Load = Callable[[str], Formula]


class Part(FStep, frozen=True, kw_only=True, omit_defaults=True):
    """A step on its way. `parent` is the step it is in; `env` the names of its texts beside the variables.

    A step that has something in it needs it in the end: `all` of it, or only the `sinks`.
    """

    parent: StepId = StepId("")
    control: Control = ""
    joins: str = ""
    env: dict[str, str] = {}
    until: str = ""
    max: int = 0


class Where(Struct, frozen=True):
    """A place that an error names; `path` empty when a formula was not read from a file."""

    path: str = ""
    line: int = 0


class Kitchen:
    """What one formula is cooked with: its values, what it may load, and what is gathered on the way.

    `compiling`: placeholders stay and nothing missing is refused. `open` are variables that get
    their values later, `base` what all its texts know beside its own variables. `chain` are the
    formulas that led here, itself last; `sources` and `warnings` are shared with those it loads.
    """

    def __init__(self, formula: Formula, load: Load, *, compiling: bool) -> None:
        self.formula = formula
        self.values: dict[str, str] = {}
        self.open: frozenset[str] = frozenset()
        self.compiling = compiling
        self.chain: tuple[str, ...] = (formula.name,)
        self.sources: dict[str, Source] = {}
        self.warnings: dict[str, None] = {}
        self.missing: dict[str, None] = {}
        self.loaded: dict[str, Formula] = {}
        self.bodies: dict[tuple[str, frozenset[str]], tuple[CStep, ...]] = {}
        self.base: dict[str, str] = {}
        self.number = 0
        self.written = 0
        self._load = load

    def within(self, formula: Formula, chain: tuple[str, ...]) -> Kitchen:
        """The kitchen of a formula that this one brings in as a whole, with variables of its own."""
        inner = Kitchen(formula, self._load, compiling=self.compiling)
        inner.chain = chain
        inner.sources, inner.warnings, inner.loaded = self.sources, self.warnings, self.loaded
        inner.bodies = self.bodies
        return inner

    def load(self, name: str, where: FStep | Where, does: str) -> Formula:
        """The formula of that name as its file has it; `does` is what names it: `step "x" expands`.

        Raises FileError at `where` when it can't be had, and that of its own file when that is bad.
        """
        if name not in self.loaded:
            try:
                self.loaded[name] = self._load(name)
            except FileError:
                raise
            except NoFormula as error:
                refuse(where, f'{does} "{name}", which is no formula', error.hint)
            except UserError as error:
                refuse(where, f'{does} "{name}": {error.what}', error.hint)
        self.note(self.loaded[name])
        return self.loaded[name]

    def note(self, formula: Formula) -> None:
        """Remember that this file went in."""
        if formula.name not in self.sources:
            source = Source(name=formula.name, origin=formula.origin, path=formula.path, hash=formula.hash)
            self.sources[formula.name] = source
            self.warnings.update(dict.fromkeys(formula.warnings))

    def warn(self, where: FStep | Where, text: str) -> None:
        """Remember something odd but harmless."""
        self.warnings[f"{where.path}:{where.line}: {text}" if where.path else text] = None

    def made(self, number: int, where: FStep | Where) -> None:
        """Count steps that are made, before they are; refused when they are too many."""
        self.number += number
        if self.number > MAX_STEPS:
            what = f"the formula makes {self.number:,} steps and more, and {MAX_STEPS:,} are the most"
            refuse(where, what, "make fewer rounds, or split the formula")

    def fill(self, text: str, env: Mapping[str, str]) -> str:
        """The text with values put in; a variable that has none is remembered as missing."""
        if "{" not in text:
            return text
        if not self.compiling:
            for name in doubles_in(text):
                if name in self.formula.vars and not (
                    name in self.values or name in env or name in self.open
                ):
                    self.missing[name] = None
        if text.count("{") * max(map(len, (*env.values(), *self.values.values())), default=0) > LONGEST_TEXT:
            self._grown(size_of(text, self.values, env))
        found = fill(text, self.values, env)
        self._grown(len(found))
        return found

    def _grown(self, number: int) -> None:
        """Texts in texts in texts would fill the memory."""
        self.written += number
        if self.written > LONGEST_TEXTS:
            what = f"the texts of formula {self.formula.name} grow beyond {LONGEST_TEXTS >> 20} MiB"
            raise UserError(what, "put less into them")


def refuse(where: FStep | Where, what: str, hint: str) -> NoReturn:
    """Raise the error at the line of a step or another place."""
    if where.path:
        raise FileError(where.path, where.line, what, hint)
    raise UserError(what, hint)


def chained(chain: tuple[str, ...], name: str, where: FStep | Where, verb: str) -> tuple[str, ...]:
    """The chain with one more formula; refused when it is in it already or the chain is too deep."""
    longer = (*chain, name)
    if name in chain:
        loop = " -> ".join(longer[longer.index(name) :])
        refuse(where, f"formulas {verb} each other: {loop}", "take one of these out")
    if len(longer) > MAX_DEPTH + 1:
        what = f"more than {MAX_DEPTH} formulas {verb} one another: {' -> '.join(longer)}"
        refuse(where, what, "write some of the steps out")
    return longer


def flat(steps: Iterable[FStep], parent: StepId = TOP, env: Mapping[str, str] | None = None) -> list[Part]:
    """The steps and their children, each step behind what is in it. `env` is that of all of them."""
    own = dict(env or {})
    parts: list[Part] = []
    for step in steps:
        if step.children:
            parts += flat(step.children, step.id, own)
        parts.append(part_of(step, parent, own))
    return parts


_FIELDS = FStep.__struct_fields__


def part_of(step: FStep, parent: StepId, env: dict[str, str]) -> Part:
    """One step as a part; a step with children is a group, unless it runs something itself."""
    given = {field: getattr(step, field) for field in _FIELDS}
    if step.children:
        given |= {"children": (), "control": "" if step.run is not None else "group", "joins": "all"}
    return Part(**given, parent=parent, env=env)


def checked_id(text: str, where: FStep | Where) -> StepId:
    """The id of a step that was put together. Refused when it is none."""
    try:
        return names.step_id(text)
    except UserError as error:
        refuse(where, error.what, error.hint)


def members(parts: Iterable[Part]) -> dict[StepId, list[Part]]:
    """What is in each step, by its id; what is in none of them under ""."""
    found: dict[StepId, list[Part]] = {}
    for part in parts:
        found.setdefault(part.parent, []).append(part)
    return found


def entries(parts: Iterable[Part]) -> list[Part]:
    """Those that need none of the others."""
    every = list(parts)
    known = {part.id for part in every}
    return [part for part in every if known.isdisjoint(part.needs)]


def sinks(parts: Iterable[Part]) -> list[Part]:
    """Those that none of the others needs."""
    every = list(parts)
    needed = {need for part in every for need in part.needs}
    return [part for part in every if part.id not in needed]


def with_needs(part: Part, needs: Iterable[StepId]) -> Part:
    """The part with more needs behind its own, none twice: the first of them may be what it `waits_for`."""
    return replace(part, needs=tuple(dict.fromkeys((*part.needs, *needs))))

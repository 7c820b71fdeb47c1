"""Formulas written in a test, cooked, and shown in short."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import dedent

import msgspec

from gtlib.errors import NoFormula
from gtlib.model import cook as cooking
from gtlib.model.cook import Subject
from gtlib.model.cooked import Cooked
from gtlib.model.cooked import CStep
from gtlib.model.formula import Formula
from gtlib.model.formula import parse
from gtlib.model.formula_parts import Overlay


class Shelf:
    """Formulas by name, the first one is cooked."""

    def __init__(self, *texts: str) -> None:
        found = [parse(path_of(text), dedent(text), "town") for text in texts]
        self.first = found[0]
        self.all = {formula.name: formula for formula in found}

    def load(self, name: str) -> Formula:
        """As a store does it."""
        if name not in self.all:
            raise NoFormula(f'there is no formula "{name}"', "see them all with: bd formula list")
        return self.all[name]

    def cook(
        self,
        given: Mapping[str, str] | None = None,
        *,
        overlay: Overlay | None = None,
        bead: Subject | None = None,
    ) -> Cooked:
        """The first formula with these values."""
        return cooking.cook(self.first, given or {}, load=self.load, overlay=overlay, bead=bead)

    def compile(self) -> Cooked:
        """The first formula without values."""
        return cooking.compile_(self.first, load=self.load)


def path_of(text: str) -> str:
    """Where a formula would be, by its own name."""
    return f"formulas/{text.split('formula = ', 1)[1].split(chr(34))[1]}.formula.toml"


def short(step: CStep) -> dict[str, object]:
    """Everything that a step has beside its defaults; a fan's and a loop's body likewise."""
    said: dict[str, object] = msgspec.to_builtins(step)
    return {key: value for key, value in said.items() if not (key == "title" and value == said["id"])}


def shape(cooked: Cooked | tuple[CStep, ...]) -> list[str]:
    """Each step as `id < needs`, with `(control)` and `in parent`."""
    steps = cooked.steps if isinstance(cooked, Cooked) else cooked
    return [
        step.id
        + (f" ({step.control})" if step.control else "")
        + (f" in {step.parent}" if step.parent else "")
        + (f" < {' '.join(step.needs)}" if step.needs else "")
        for step in steps
    ]

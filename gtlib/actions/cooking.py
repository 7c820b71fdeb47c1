"""Cook a formula as it lies in a town: with the formulas that it names, and the overlay of its rig."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence
from pathlib import Path

from gtlib.model import cook
from gtlib.model.bead import Bead
from gtlib.model.cook import Subject
from gtlib.model.cooked import Cooked
from gtlib.model.formula import Formula
from gtlib.store import formulas


def cooked(
    root: Path,
    formula: Formula,
    given: Mapping[str, str],
    *,
    rig: str | None = None,
    bead: Bead | None = None,
    more: Sequence[Path] = (),
) -> Cooked:
    """The formula with these values, for a bead of that rig; `more` are folders that are looked in first.

    Raises as `gtlib.model.cook.cook` does.
    """
    return cook.cook(
        formula,
        given,
        load=lambda name: formulas.find(root, rig, name, more=more),
        overlay=formulas.overlay(root, rig, formula.name),
        bead=_subject(bead) if bead is not None else None,
    )


def compiled(
    root: Path, formula: Formula, *, rig: str | None = None, more: Sequence[Path] = ()
) -> Cooked:
    """The formula with its placeholders. Raises as `gtlib.model.cook.compile_` does."""
    return cook.compile_(
        formula,
        load=lambda name: formulas.find(root, rig, name, more=more),
        overlay=formulas.overlay(root, rig, formula.name),
    )


def _subject(bead: Bead) -> Subject:
    return Subject(id=bead.id, title=bead.title, type=bead.type, labels=bead.labels, priority=bead.priority)

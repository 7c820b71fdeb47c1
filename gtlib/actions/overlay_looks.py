"""What is odd in an overlay: steps that its formula has not."""

from __future__ import annotations

from pathlib import Path

from gtlib.model import cook
from gtlib.model.formula import Formula
from gtlib.model.formula_parts import Overlay
from gtlib.store import formulas


def stale(root: Path, formula: Formula, overlay: Overlay, rig: str | None) -> tuple[str, ...]:
    """What is odd in an overlay, whole lines: steps that the formula has not, unknown keys."""
    cooked = cook.compile_(formula, load=lambda name: formulas.find(root, rig, name), overlay=overlay)
    return tuple(line for line in cooked.warnings if line.startswith(f"{overlay.path}:"))

"""The reader of overlays: what a rig or town changes in the steps of a formula."""

from __future__ import annotations

from typing import Final
from typing import Literal

from gtlib.model.formula_parts import Overlay
from gtlib.model.formula_parts import Override
from gtlib.model.formula_source import Source
from gtlib.model.formula_source import Table
from gtlib.model.formula_source import blob_hash
from gtlib.model.formula_source import did_you_mean

Mode = Literal["replace", "append", "skip"]

_MODES: Final[dict[str, Mode]] = {"replace": "replace", "append": "append", "skip": "skip"}
_TOP = frozenset(("step-overrides",))
_KEYS = frozenset(("step_id", "mode", "title", "description", "run", "agent"))


def parse_overlay(path: str, text: str) -> Overlay:
    """The overlay in `formula-overlays/<name>.toml`. Raises FileError (FormulaErrors for several)."""
    source = Source(path, text)
    top = Table(source, source.load(), (), "the overlay")
    top.unknown(_TOP)
    overrides = tuple(_override(each) for each in top.tables("step-overrides", "override"))
    source.refuse()
    return Overlay(path=path, overrides=overrides, hash=blob_hash(text), warnings=tuple(source.warnings))


def _override(table: Table) -> Override:
    table.unknown(_KEYS)
    step = table.text("step_id")
    if not step and isinstance(table.values.get("step_id", ""), str):
        table.wrong("step_id", f"{table.label} names no step", 'write step_id = "the id of the step"')
    mode = table.text("mode")
    if mode not in _MODES and isinstance(table.values.get("mode", ""), str):
        what = f'unknown mode "{mode}" of {table.label}' if mode else f"{table.label} has no mode"
        hint = "write replace, append or skip"
        table.wrong("mode", what, did_you_mean(mode, _MODES, hint) if mode else hint)
    return Override(
        step_id=step,
        mode=_MODES.get(mode, "replace"),
        title=table.text("title"),
        description=table.text("description"),
        run=table.run(),
        agent=table.text("agent"),
        line=table.line(),
    )

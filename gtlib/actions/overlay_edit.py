"""Let a person write an overlay in an editor: what the town or a rig changes in a formula."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from gtlib.actions.edit_draft import edit_draft
from gtlib.actions.overlay_looks import stale
from gtlib.actions.transition import transition
from gtlib.errors import UserError
from gtlib.model.edit import Edit
from gtlib.model.formula import Formula
from gtlib.model.formula_overlay import parse_overlay
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules.base import OVERSEER
from gtlib.store import drafts
from gtlib.store import formulas
from gtlib.store.drafts import Draft
from gtlib.store.town import Town

SUFFIX = ".toml"
_SHOWN = 40


class Written(Struct, frozen=True):
    """The overlay's path, whether it was changed, and what is odd in it (steps that there are not)."""

    path: str
    changed: bool
    warnings: tuple[str, ...] = ()


def path_of(name: str, rig: str | None) -> str:
    """Where the overlay of a formula is, of a rig or (None) of the town."""
    return f"{rig}/{formulas.OVERLAYS}/{name}.toml" if rig else f"{formulas.OVERLAYS}/{name}.toml"


def overlay_edit(
    town: Town,
    formula: Formula,
    rig: str | None,
    actor: str,
    environ: Mapping[str, str],
    on_kept: Callable[[Path], None] = lambda copy: None,
) -> Written:
    """Open the overlay, or a commented new one, in the editor; what is written is checked and committed.

    A copy that was kept is opened again: `on_kept` hears of it first. Left empty or as it was, nothing is
    changed. UserError, naming the copy, which is kept, when it does not parse or the file was changed.
    """
    if actor != OVERSEER:
        raise UserError("only a person edits in an editor", "write the file, and commit it")
    path = path_of(formula.name, rig)
    was = town.snapshot().text(path)
    if was is None and (town.root / path).exists():
        raise UserError(f"{path} is not committed", f"commit it first: git add {path}")
    begun = was if was is not None else _template(formula)
    key = ItemId(path.removesuffix(SUFFIX).replace("/", "-"))
    draft = drafts.kept(town.local, key, SUFFIX)
    if draft is None:
        draft = drafts.begin(town.local, key, begun, SUFFIX)
    else:
        on_kept(draft.path)
    try:
        return _edited(town, draft, path, formula, rig, actor, environ)
    finally:
        draft.release()


def _edited(
    town: Town,
    draft: Draft,
    path: str,
    formula: Formula,
    rig: str | None,
    actor: str,
    environ: Mapping[str, str],
) -> Written:
    base = draft.base
    written = edit_draft(draft, environ)
    if not written.strip() or written == base:
        draft.discard()
        return Written(path, changed=False)
    try:
        warnings = stale(town.root, formula, parse_overlay(path, written), rig)
    except UserError as problem:
        raise UserError(problem.what, f"{problem.hint}; your text is in {draft.path}") from None

    def plan(snapshot: Snapshot) -> Edit:
        now = snapshot.text(path)
        if now is not None and now != base:
            raise UserError(f"{path} was changed meanwhile", f"your text is in {draft.path}")
        return Edit(subject=f"overlay: {path}", files=((path, written),), actor=actor)

    transition(town, plan, actor)
    draft.discard()
    return Written(path, changed=True, warnings=warnings)


def _template(formula: Formula) -> str:
    steps = [step.id for step in (*formula.steps, *formula.template)]
    steps += [leg.id for leg in (*formula.legs, *formula.aspects)]
    more = [f"and {len(steps) - _SHOWN} more"] if len(steps) > _SHOWN else []
    first = steps[0] if steps else "step"
    return f"""\
# What is changed in the formula {formula.name} here. Its steps:
#   {", ".join([*steps[:_SHOWN], *more])}
#
# mode = "replace" puts title, description, run or agent in place of the formula's;
# "append" adds to them; "skip" takes the step out, and what needed it needs what it needed.
#
# [[step-overrides]]
# step_id = "{first}"
# mode = "append"
# description = \"\"\"
# What is to be thought of here, too.
# \"\"\"
"""

"""Make a formula of an epic or a molecule."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from gtlib.actions.carry_out import carry_out
from gtlib.actions.find_molecule import find_molecule
from gtlib.errors import UserError
from gtlib.model import cook
from gtlib.model.cooked import Cooked
from gtlib.model.edit import Edit
from gtlib.model.formula import FORMULA_NAME
from gtlib.model.formula import parse
from gtlib.model.snapshot import Snapshot
from gtlib.rules.distill import Distilled
from gtlib.rules.distill import distill as distill_steps
from gtlib.rules.find import find_bead
from gtlib.rules.flow import Flow
from gtlib.rules.templates import cooked_of
from gtlib.rules.templates import of_molecule
from gtlib.rules.templates import slug_of
from gtlib.store import formulas
from gtlib.store.town import Town


class Made(Struct, frozen=True):
    """The name of a formula, the path of its file as people are shown it, and what it holds."""

    name: str
    path: str
    formula: Distilled


def distill(
    town: Town,
    text: str,
    name: str,
    asked: Sequence[str],
    actor: str,
    *,
    to: Path | None = None,
    dry: bool = False,
) -> Made:
    """The formula of the epic or molecule that `text` means, kept below `formulas/`, or in the file `to`.

    UserError for a formula or file that is there already, and for what does not come back from the formula.
    """
    snapshot = town.snapshot()
    cooked = _source(town, snapshot, text)
    name = name or slug_of(cooked.title or cooked.name)
    if not FORMULA_NAME.fullmatch(name):
        raise UserError(f"{name!r} is not a name for a formula", "use letters, digits, dots, dashes and _")
    made = distill_steps(cooked, name, asked)
    path = f"formulas/{name}.formula.toml"
    formula = parse(path, made.text)
    cook.cook(formula, {}, load=lambda other: formulas.find(town.root, None, other))
    if to is not None:
        _write(to, made.text, dry=dry)
        return Made(name, str(to), made)

    def plan(snapshot: Snapshot) -> tuple[None, Edit | None]:
        if (town.root / path).exists() or snapshot.exists(path):
            raise UserError(f"{path} is there already", "give another name")
        subject = f"distill: {name} of {text}"
        return None, Edit(subject=subject, files=((path, made.text),), actor=actor)

    if dry:
        plan(snapshot)
    else:
        carry_out(town, plan, actor)
    return Made(name, path, made)


def _source(town: Town, snapshot: Snapshot, text: str) -> Cooked:
    try:
        molecule = find_molecule(town.root, snapshot, text)
    except UserError as refusal:
        if "means" in refusal.what:
            raise
        return cooked_of(snapshot, find_bead(snapshot, text).id)
    cooked = of_molecule(Flow(snapshot, molecule))
    if not cooked.steps:
        raise UserError(f"{molecule.id} has no steps", "name a molecule that has, or an epic")
    return cooked


def _write(to: Path, text: str, *, dry: bool) -> None:
    if to.exists() or to.is_symlink():
        raise UserError(f"{to} is there already", "give another --output")
    if dry:
        return
    try:
        with to.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise UserError(f"cannot write {to}: {error.strerror}", "give another --output") from None

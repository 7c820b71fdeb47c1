"""Begin a formula: a commented one, committed, that can be run as it is."""

from __future__ import annotations

from gtlib import layout
from gtlib.actions.transition import transition
from gtlib.errors import UserError
from gtlib.model.edit import Edit
from gtlib.model.formula import FORMULA_NAME
from gtlib.model.snapshot import Snapshot
from gtlib.rules.target import find_rig
from gtlib.store import formulas
from gtlib.store.town import Town

TYPES = ("task", "workflow", "patrol", "expansion", "aspect", "convoy")
LONGEST = 100


def formula_create(town: Town, name: str, type: str, actor: str, rig: str = "") -> tuple[str, str]:
    """The path of the formula that was made, in the town or a rig, and that of one whose place it takes.

    `type` is one of TYPES. UserError for what is no name, and for a formula that is there.
    """
    if not FORMULA_NAME.fullmatch(name) or len(name) > LONGEST:
        hint = f"use letters, digits, dots, dashes and underscores ({LONGEST} at most)"
        raise UserError(f"{name!r} is not a name for a formula", hint)
    before = town.snapshot()
    of = find_rig(before, rig).name if rig else ""
    folder = f"{of}/formulas" if of else "formulas"
    path = f"{folder}/{name}{formulas.SUFFIXES[0]}"
    known = [each for each in formulas.list_all(town.root, of or None) if each.name == name]
    here = [each for each in known if each.path.rpartition("/")[0] == folder]
    if here:
        raise UserError(f"{here[0].path} is there already", f"look at it: gt formula show {name}")
    text = layout.resource(f"templates/formula-{type}.toml").read_text("utf-8").replace("@name@", name)

    def plan(snapshot: Snapshot) -> Edit:
        if snapshot.exists(path):
            raise UserError(f"{path} is committed already", f"bring it back: git checkout -- {path}")
        return Edit(subject=f"formula: {path}", files=((path, text),), actor=actor)

    transition(town, plan, actor)
    return path, known[0].path if known else ""

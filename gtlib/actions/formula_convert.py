"""Write a formula that is in JSON as TOML, which people can comment."""

from __future__ import annotations

import json
from pathlib import Path

from msgspec import Struct

from gtlib.actions.transition import transition
from gtlib.errors import UserError
from gtlib.model.edit import Edit
from gtlib.model.formula import Formula
from gtlib.model.snapshot import Snapshot
from gtlib.model.toml_text import dump
from gtlib.store import formulas
from gtlib.store.town import Town

JSON = formulas.SUFFIXES[1]


class Converted(Struct, frozen=True):
    """The formula, the paths of both files, and the TOML."""

    name: str
    source: str
    path: str
    text: str


def found(root: Path, name: str, rig: str | None, cwd: Path) -> Converted:
    """What the formula becomes, by its name or its file. UserError when there is none in JSON."""
    if formulas.is_path(name):
        return _converted(root, formulas.find(root, rig, name, cwd=cwd))
    mine = [each for each in formulas.list_all(root, rig) if each.name == name]
    of_json = [each for each in mine if each.path.endswith(JSON) and ":" not in each.path]
    if not of_json:
        # says so when there is none at all
        formulas.find(root, rig, name)
        raise UserError(f"{mine[0].path} is TOML already", "nothing has to be converted")
    return _converted(root, formulas.find(root, rig, f"./{of_json[0].path}"))


def every(root: Path, rig: str | None) -> list[Converted]:
    """What every formula in JSON becomes that has none in TOML beside it."""
    listed = [each for each in formulas.list_all(root, rig) if ":" not in each.path]
    there = {each.path for each in listed}
    wanted = [each for each in listed if each.path.endswith(JSON) and _path(each.path) not in there]
    return [_converted(root, formulas.find(root, rig, f"./{each.path}")) for each in wanted]


def formula_convert(town: Town, wanted: list[Converted], actor: str, *, delete: bool = False) -> None:
    """Commit the files in TOML; `delete` takes those in JSON away. UserError when one is there."""
    for each in wanted:
        if (town.root / each.path).exists():
            raise UserError(f"{each.path} is there already", "remove one of the two files")
    paths = tuple(each.source for each in wanted)

    def plan(snapshot: Snapshot) -> Edit:
        return Edit(
            subject=f"formula: {', '.join(each.path for each in wanted)}",
            files=tuple((each.path, each.text) for each in wanted),
            removes=tuple(path for path in paths if delete and snapshot.exists(path)),
            actor=actor,
        )

    transition(town, plan, actor)


def _converted(root: Path, formula: Formula) -> Converted:
    if not formula.path.endswith(".json"):
        raise UserError(f"{formula.path} is TOML already", "nothing has to be converted")
    values = json.loads((root / formula.path).read_bytes().decode("utf-8").removeprefix("\ufeff"))
    return Converted(formula.name, formula.path, _path(formula.path), dump(values))


def _path(path: str) -> str:
    return f"{path.removesuffix('.json')}.toml"

"""`gt formula create`, `convert` and `overlay edit`: commands that write formulas."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from gtlib import output
from gtlib.actions import formula_convert as converting
from gtlib.actions.formula_create import TYPES
from gtlib.actions.formula_create import formula_create
from gtlib.actions.overlay_edit import overlay_edit
from gtlib.actions.overlay_edit import path_of
from gtlib.cli.command import command
from gtlib.cli.formula import RIG_HELP
from gtlib.cli.formula import find_formula
from gtlib.cli.options import choice
from gtlib.cli.options import here
from gtlib.cli.options import rig_here
from gtlib.errors import UsageError
from gtlib.store.town import Town


@command(
    "formula create",
    "formula new",
    help={
        "name": "what it is called",
        "type": f"one of {', '.join(TYPES)}",
        "rig": "for that rig alone",
    },
    example="gt formula create nightly --type workflow",
)
def create(name: str, *, type: str = "workflow", rig: str = "", json: bool = False) -> None:
    """Begin a formula: a file with comments that can be run as it is."""
    kind = choice("--type", type, TYPES)
    where = here()
    path, before = formula_create(Town.open(where.root), name, kind, where.actor, rig)
    if json:
        output.json_out({"formula": name, "type": kind, "path": path, "takes_place_of": before})
        return
    output.line(f"created {path}")
    if before:
        output.line(f"it takes the place of {before}")
    steps = [f"gt formula show {name}{f' --rig {rig}' if rig else ''} --check"]
    output.next_steps(steps + ([f"gt allow {path}"] if kind != "patrol" else []))


@command(
    "formula convert",
    help={
        "name": "a formula in JSON, or its file",
        "all": "all that are in JSON alone",
        "delete": "take the file in JSON away",
        "stdout": "print the TOML, and write nothing",
        "rig": RIG_HELP,
    },
    example="gt formula convert --all",
)
def convert(
    name: str = "",
    *,
    all: bool = False,
    delete: bool = False,
    stdout: bool = False,
    rig: str = "",
    json: bool = False,
) -> None:
    """Write a formula that is in JSON as TOML."""
    if bool(name) == all:
        raise UsageError("name a formula, or give --all", "gt formula convert NAME")
    where = here()
    of = rig_here(where, where.snapshot(), rig) or None
    found = converting.every(where.root, of) if all else [converting.found(where.root, name, of, where.cwd)]
    if found and not stdout:
        converting.formula_convert(Town.open(where.root), found, where.actor, delete=delete)
    if json:
        output.json_out([{"formula": each.name, "source": each.source, "path": each.path} for each in found])
        return
    if stdout:
        for each in found:
            output.line(each.text.rstrip("\n"))
        return
    for each in found:
        output.line(f"wrote {each.path}" + (f", and removed {each.source}" if delete else ""))
    if not found:
        output.line("no formula is in JSON alone")
    output.next_steps([f"gt formula show {each.name} --check" for each in found[:3]])


@command(
    "formula overlay edit",
    help={"name": "the formula", "rig": "for that rig alone (default: the one that you stand in)"},
    example="gt formula overlay edit polecat-work",
)
def edit(name: str, *, rig: str = "", json: bool = False) -> None:
    """Write what is changed in a formula here, in your editor."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        where = here()
        path = path_of(name, rig_here(where, where.snapshot(), rig) or None)
        hint = f"write {path}, and commit it: gt formula overlay show {name}"
        raise UsageError(f"there is no terminal to edit the overlay of {name} in", hint)
    where = here()
    formula = find_formula(where, name, rig)
    of = rig_here(where, where.snapshot(), rig) or None
    done = overlay_edit(Town.open(where.root), formula, of, where.actor, os.environ, _tell_kept)
    if json:
        output.json_out(
            {"formula": formula.name, "path": done.path, "changed": done.changed, "warnings": done.warnings}
        )
        return
    output.line(f"wrote {done.path}" if done.changed else f"{done.path}: nothing changed")
    for line in done.warnings:
        output.line(f"warning: {output.one_line(line)}")
    output.next_steps([f"gt formula overlay show {formula.name}"] if done.changed else [])


def _tell_kept(copy: Path) -> None:
    output.progress(f"this is your text that was kept, {copy}; leave it empty to throw it away")

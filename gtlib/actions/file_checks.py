"""Formulas, overlays and settings in a town's checkout, and wisps: no snapshot names their faults."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Sequence
from pathlib import Path

from gtlib.actions.hook_checks import Check
from gtlib.actions.overlay_looks import stale
from gtlib.actions.settings_checks import odd
from gtlib.errors import UserError
from gtlib.model import check
from gtlib.model.snapshot import Snapshot
from gtlib.rules.flow import Flow
from gtlib.rules.waiting import gone_gates
from gtlib.store import formulas
from gtlib.store import wisps as wisp_files
from gtlib.store.desk import read
from gtlib.store.town import Town


def look(town: Town, snapshot: Snapshot) -> Iterator[Check]:
    """What the checks before a commit would say of them."""
    tops = ("", ".beads/", *(f"{rig.name}/" for rig in snapshot.rigs()))
    paths = [f"{top}{path}" for top in tops for path in _files(town.root / top)]
    found = [each for path in paths for each in check.judge(path, read(town.root, path) or b"").findings]
    for each in found:
        status = "warning" if each.warning else "error"
        yield Check(
            "formulas", status, f"{each.path}:{each.line}: {each.what}", fix=each.hint, category="files"
        )
    odd = list(_overlays(town.root, [None, *(rig.name for rig in snapshot.rigs())]))
    yield from odd
    if not found and not odd:
        yield Check("formulas", message="formulas and settings can be read", category="files")


def settings(town: Town, snapshot: Snapshot) -> Iterator[Check]:
    """What nothing knows in the settings that count."""
    lines = odd(snapshot)
    for line in lines:
        yield Check("settings", "warning", line, fix="gt config show", category="files")
    if not lines:
        yield Check("settings", message="everything in the settings is known", category="files")


def _overlays(root: Path, rigs: Sequence[str | None]) -> Iterator[Check]:
    """Overlays that can't be read, or that change what there is not."""
    for rig in rigs:
        for name, origin, path in formulas.overlays(root, rig):
            if origin != ("rig" if rig else "town"):
                continue
            try:
                overlay = formulas.overlay(root, rig, name)
                odd = stale(root, formulas.find(root, rig, name), overlay, rig) if overlay else ()
            except UserError as error:
                where = "" if path in error.what else f"{path}: "
                yield Check("formulas", "error", f"{where}{error.what}", fix=error.hint, category="files")
                continue
            for line in odd:
                what, _, hint = line.rpartition("; ")
                yield Check("formulas", "warning", what, fix=hint, category="files")


def molecules(town: Town, snapshot: Snapshot) -> Iterator[Check]:
    """The molecules that can't go on by themselves, and gates that are open since their files are gone."""
    found = [each for each in snapshot.molecules() if each.stuck and each.status != "closed"]
    for each in found:
        fix = f"mend molecules/{each.id}.md, or leave the step out: gt mol step skip {each.id}.STEP"
        yield Check("molecules", "error", f"{each.id} can't go on: {each.stuck}", fix=fix, category="files")
    gone = [
        (each, *pair)
        for each in snapshot.molecules()
        if each.gates and each.status != "closed"
        for pair in gone_gates(Flow(snapshot, each))
    ]
    for each, step, gate in gone:
        message = f"the gate {gate} of {each.id}.{step} is open, since its file is gone"
        fix = f"to shut it again: take `{step}` out of `gates` in molecules/{each.id}.md, and commit"
        yield Check("molecules", "warning", message, fix=fix, category="files")
    if not found and not gone:
        yield Check("molecules", message="every molecule can go on", category="files")


def wisps(town: Town, snapshot: Snapshot) -> Iterator[Check]:
    """The wisps that can't be read: nothing deletes them."""
    found = wisp_files.every(town.root).broken
    for error in found:
        yield Check("wisps", "error", error.what, fix=error.hint, category="files")
    if not found:
        yield Check("wisps", message="every wisp parses", category="files")


def _files(top: Path) -> list[str]:
    names = sorted(path.name for path in (top / "formulas").glob("*") if path.name.endswith(check.FORMULAS))
    formulas = [f"formulas/{name}" for name in names]
    return [*formulas, "settings/config.json"] if (top / "settings" / "config.json").exists() else formulas

"""Whether our git hooks are there and would fire."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from gtlib.actions import handover
from gtlib.actions import shims
from gtlib.errors import UserError
from gtlib.model.snapshot import Snapshot
from gtlib.store.rig import Rig
from gtlib.store.town import Town
from gtlib.system import git
from gtlib.system import process

ENTRANCE = "gtlib.githook"
PROOF_SECONDS = 20.0


class Check(Struct, frozen=True):
    """One thing looked at. `status` is ok, warning or error; `fix` says what to do, `fixed` what was done."""

    name: str
    status: str = "ok"
    message: str = ""
    detail: str = ""
    fix: str = ""
    category: str = "town"
    fixed: tuple[str, ...] = ()


def town_hooks(town: Town, snapshot: Snapshot) -> Iterator[Check]:
    """The town's own: there, as we write them, executable, not turned off, and their entrance can be run."""
    folder = town.git_dir / "hooks"
    yield from _of("git-hooks", "the town", folder, shims.TOWN, "main", town.root, "town")
    if handover.wanted(town.root, "pre-commit") and not handover.program(folder, "pre-commit"):
        message = f"{handover.CONFIG} names hooks, but pre-commit is not installed: they do not run"
        yield Check("git-hooks", "warning", message, fix="pip install pre-commit")


def rig_hooks(town: Town, snapshot: Snapshot) -> Iterator[Check]:
    """Those that the worktrees of a rig share."""
    for config in snapshot.rigs():
        rig = Rig(town.root, config)
        if rig.exists():
            repo = rig.bare.git_dir
            yield from _of("rig-hooks", config.name, rig.hooks_dir(), shims.RIG, config.branch, repo, "rigs")


def mend(town: Town) -> tuple[str, ...]:
    """Write the missing and changed ones again; what was done."""
    snapshot = town.snapshot()
    rigs = [(config, Rig(town.root, config)) for config in snapshot.rigs()]
    places = [("the town", town.git_dir / "hooks", shims.TOWN, "main")]
    places += [(c.name, rig.hooks_dir(), shims.RIG, c.branch) for c, rig in rigs if rig.exists()]
    lines = []
    for whose, folder, hooks, target in places:
        wrong = shims.missing(folder, hooks, target)
        if not wrong:
            continue
        try:
            shims.install(folder, hooks, target)
        except UserError as error:
            lines.append(f"{whose}: {error}")
            continue
        lines.append(f"{whose}: wrote the git hooks {', '.join(wrong)} again")
    return tuple(lines)


def _of(
    name: str, whose: str, folder: Path, hooks: Mapping[str, str], target: str, repo: Path, category: str
) -> Iterator[Check]:
    elsewhere = git.run(["config", "--get", "core.hooksPath"], repo, check=False).text
    if elsewhere:
        message = f"{whose}: core.hooksPath is {elsewhere}, so ours do not fire"
        fix = "whoever set it may need it; to end it: git config --unset core.hooksPath"
        yield Check(name, "error", message, fix=fix, category=category)
    wrong = shims.missing(folder, hooks, target)
    states: dict[str, list[str]] = {}
    for hook in wrong:
        states.setdefault(_how(shims.place(folder, hook)), []).append(hook)
    if wrong:
        said = "; ".join(f"{state}: {', '.join(found)}" for state, found in states.items())
        message = f"{whose}: git hooks are {said}"
        yield Check(name, "error", message, fix="gt doctor --fix", category=category)
    dead = "" if wrong or elsewhere else _proof(shims.place(folder, next(iter(hooks))), repo)
    if dead:
        message = f"{whose}: the git hooks can't run: {dead}"
        yield Check(name, "error", message, fix="gt doctor --fix", category=category)
    if not (wrong or elsewhere or dead):
        behind = ", ".join(shims.behind_framework(folder, hooks))
        way = f"; the pre-commit framework runs ours first in {behind}" if behind else ""
        yield Check(name, message=f"{whose}: all fire{way}", category=category)


def _how(path: Path) -> str:
    if not path.is_file():
        return "missing"
    return "not as gt writes them" if os.access(path, os.X_OK) else "not executable"


def _proof(shim: Path, cwd: Path) -> str:
    """Why the interpreter of a shim can't run our entrance; empty when it can. Nothing is caught up."""
    found = re.search(r"exec '([^']+)' -P -m", shim.read_text(encoding="utf-8"))
    interpreter = found[1] if found else ""
    if not interpreter:
        return ""
    if not os.access(interpreter, os.X_OK):
        return f"{interpreter} is gone"
    code = process.run([interpreter, "-P", "-c", f"import {ENTRANCE}"], cwd, {}, PROOF_SECONDS)
    return "" if code == 0 else f"{interpreter} can't import {ENTRANCE} (exit status {code})"

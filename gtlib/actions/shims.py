"""Git hooks of ours beside those of others: put in, recognised, taken out."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from gtlib import layout
from gtlib.actions.handover import KEPT
from gtlib.actions.handover import STAGES
from gtlib.actions.handover import is_its_hook
from gtlib.errors import UserError

MARK = "# gt-hook "
BEFORE = ".before-gt"  # where a hook that was there before us is kept; the shim runs it first
LEGACY = ".legacy"  # where the pre-commit framework keeps one that was there before it

TOWN: Mapping[str, str] = {
    "pre-commit": "town-pre-commit",
    "prepare-commit-msg": "town-prepare-commit-msg",
    "commit-msg": "town-commit-msg",
    "post-commit": "town-after",
    "post-merge": "town-after",
    "post-rewrite": "town-after",
    "post-checkout": "town-after",
    "post-receive": "town-after",
}
RIG: Mapping[str, str] = {
    "post-commit": "rig-after",
    "post-merge": "rig-after",
    "post-rewrite": "rig-after",
    "prepare-commit-msg": "rig-prepare-commit-msg",
    "pre-push": "rig-pre-push",
}


def install(folder: Path, hooks: Mapping[str, str], target: str = "main") -> None:
    """Write the shims into a hooks folder; a foreign hook of the same name is kept and run first."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, template in hooks.items():
        path = place(folder, name)
        if path.exists() and not is_ours(path):
            kept = folder / (name + (KEPT if name in STAGES and is_its_hook(path) else BEFORE))
            if kept.exists() and not is_its_hook(kept):
                raise UserError(
                    f"{path} is no git hook of ours, and {kept.name} is there already",
                    "merge the two by hand",
                )
            os.replace(path, kept)
        if name in missing(folder, {name: template}, target):
            temporary = folder / f"{name}.new-gt"
            temporary.write_text(_text(template, target), encoding="utf-8")
            temporary.chmod(0o755)
            os.replace(temporary, path)


def missing(folder: Path, hooks: Mapping[str, str], target: str = "main") -> list[str]:
    """The names of the git hooks that are not there as we would write them, or can't be run."""
    return [
        name
        for name, template in hooks.items()
        for path in (place(folder, name),)
        if not path.is_file()
        or path.read_text(encoding="utf-8", errors="replace") != _text(template, target)
        or not os.access(path, os.X_OK)
    ]


def remove(folder: Path, hooks: Mapping[str, str]) -> tuple[str, ...]:
    """Take ours out and put back what was there before; the names of what was taken out."""
    ours = present(folder, hooks)
    for name in ours:
        path = place(folder, name)
        path.unlink()
        before, framework = folder / (name + BEFORE), folder / (name + KEPT)
        if framework.exists():
            os.replace(framework, path)
            path = folder / (name + LEGACY)
        if before.exists():
            os.replace(before, path)
    return ours


def present(folder: Path, hooks: Mapping[str, str]) -> tuple[str, ...]:
    """The names of those that are there and are ours."""
    return tuple(name for name in hooks if (path := place(folder, name)).is_file() and is_ours(path))


def replaced(folder: Path, hooks: Mapping[str, str]) -> tuple[str, ...]:
    """The names of those in whose place there was another before."""
    kept = (BEFORE, KEPT)
    return tuple(
        name for name in present(folder, hooks) if any((folder / (name + ending)).exists() for ending in kept)
    )


def place(folder: Path, name: str) -> Path:
    """Where our shim stands: where git looks, or where `pre-commit install` moved it, and runs it first."""
    moved = folder / (name + LEGACY)
    return moved if is_its_hook(folder / name) and moved.is_file() and is_ours(moved) else folder / name


def behind_framework(folder: Path, hooks: Mapping[str, str]) -> list[str]:
    """The names of ours that the pre-commit framework runs, since somebody installed it over them."""
    return [name for name in hooks if place(folder, name).name != name]


def is_ours(path: Path) -> bool:
    """By the id line that every shim carries."""
    head = path.read_bytes()[:200].decode("utf-8", "replace")
    return any(line.startswith(MARK) for line in head.splitlines()[:3])


def _text(template: str, target: str) -> str:
    text = (layout.resource("hooks") / template).read_text(encoding="utf-8")
    # ' can't stand inside the single quotes of the shim; a branch's name comes from elsewhere
    for word, value in (("@PYTHON@", sys.executable), ("@TARGET@", target)):
        text = text.replace(word, value.replace("'", "'\\''"))
    return text

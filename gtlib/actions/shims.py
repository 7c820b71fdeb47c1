"""Git hooks of ours beside those of others: put in, recognised, taken out."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from gtlib import layout
from gtlib.errors import UserError

MARK = "# gt-hook "
BEFORE = ".before-gt"  # where a hook that was there before us is kept; the shim runs it first

TOWN: Mapping[str, str] = {
    "pre-commit": "town-pre-commit",
    "prepare-commit-msg": "town-prepare-commit-msg",
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
        text = _text(template, target)
        path = folder / name
        if path.exists() and not is_ours(path):
            kept = folder / (name + BEFORE)
            if kept.exists():
                raise UserError(
                    f"{path} is no git hook of ours, and {kept.name} is there already",
                    "merge the two by hand",
                )
            os.replace(path, kept)
        if name in missing(folder, {name: template}, target):
            temporary = folder / f"{name}.new-gt"
            temporary.write_text(text, encoding="utf-8")
            temporary.chmod(0o755)
            os.replace(temporary, path)


def missing(folder: Path, hooks: Mapping[str, str], target: str = "main") -> list[str]:
    """The names of the git hooks that are not there as we would write them, or can't be run."""
    return [
        name
        for name, template in hooks.items()
        if not (folder / name).is_file()
        or (folder / name).read_text(encoding="utf-8", errors="replace") != _text(template, target)
        or not os.access(folder / name, os.X_OK)
    ]


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

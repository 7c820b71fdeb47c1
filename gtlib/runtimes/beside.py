"""Settings of ours beside a person's: in one JSON document, and in git's list of what it does not see."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from typing import Final

from gtlib.errors import UserError

MODULE: Final = "gtlib.runtimehook"  # what all of ours call
BEGIN: Final = "# gt: settings of agents' programs"
END: Final = "# gt: end"


def unfit(path: Path) -> str:
    """Why settings can't be joined with ours; empty when they can, or there are none."""
    text = read(path)
    try:
        found = json.loads(text) if text.strip() else {}
    except ValueError:
        return f"{path} is no plain JSON"
    hooks = found.get("hooks", {}) if isinstance(found, dict) else None
    fits = isinstance(hooks, dict) and all(isinstance(each, list) for each in hooks.values())
    return "" if fits else f"{path} has another form"


def loaded(path: Path) -> dict[str, Any]:
    """The settings in a file that is not `unfit`."""
    text = read(path)
    found: dict[str, Any] = json.loads(text) if text.strip() else {}
    return found


def joined(theirs: dict[str, Any], ours: dict[str, Any]) -> str:
    """Both as one: our hooks stand behind theirs."""
    hooks = {name: list(entries) for name, entries in theirs.get("hooks", {}).items()}
    for name, entries in ours["hooks"].items():
        hooks[name] = [*hooks.get(name, []), *entries]
    return json.dumps({**ours, **theirs, "hooks": hooks}, indent=2) + "\n"


def bare(settings: dict[str, Any]) -> dict[str, Any]:
    """Settings without the hooks of ours in them."""
    kept = {
        name: [entry for entry in entries if MODULE not in json.dumps(entry)]
        for name, entries in settings.get("hooks", {}).items()
    }
    hooks = {name: entries for name, entries in kept.items() if entries}
    rest = {key: value for key, value in settings.items() if key != "hooks"}
    return {**rest, "hooks": hooks} if hooks else rest


def take_out(path: Path) -> None:
    """Take our hooks out of a file, and the file away when nothing else is in it."""
    if path.suffix != ".json":
        path.unlink()
        return
    if unfit(path):
        return  # what can't be read is a person's to change
    left = bare(loaded(path))
    if set(left) <= {"version", "skipDangerousModePermissionPrompt"}:
        path.unlink()
    else:
        write(path, json.dumps(left, indent=2) + "\n")


def list_in(exclude: Path, pattern: str) -> None:
    """Have git pass over `pattern`, between lines that say whose it is."""
    text = read(exclude)
    listed = _listed(text)
    if pattern not in listed:
        write(exclude, without(text) + "\n".join((BEGIN, *sorted((*listed, pattern)), END)) + "\n")


def _listed(text: str) -> Sequence[str]:
    _, begin, rest = text.partition(BEGIN + "\n")
    return [line for line in rest.partition(END)[0].splitlines() if line] if begin else []


def without(text: str) -> str:
    """The list without our part of it; it ends with its last line."""
    before, begin, rest = text.partition(BEGIN + "\n")
    inside, end, after = rest.partition(END + "\n")
    if begin:
        return before + (after if end else inside)
    return text if not text or text.endswith("\n") else text + "\n"


def read(path: Path) -> str:
    """The text of a file, whatever bytes are in it; empty without one. UserError when it can't be read."""
    try:
        return path.read_text(encoding="utf-8", errors="surrogateescape")
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return ""
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}", "mend its permissions") from error


def write(path: Path, text: str) -> None:
    """Write a file at once and whole; nothing when that is what stands there. UserError when it can't be."""
    if read(path) == text and path.exists():
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name(f".{path.name}.{os.getpid()}.new")
        new.write_text(text, encoding="utf-8", errors="surrogateescape")
        if path.exists():
            new.chmod(path.stat().st_mode & 0o777)
        os.replace(new, path)
    except OSError as error:
        raise UserError(
            f"cannot write {path}: {error.strerror}", "make room, or mend its permissions"
        ) from error

"""What editors need to know a town's files: JSON Schemas, and settings of VS Code that name them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

from gtlib import layout
from gtlib.actions.hook_checks import Check
from gtlib.errors import UserError
from gtlib.model import jsonschema
from gtlib.model.snapshot import Snapshot
from gtlib.store.town import Town

SETTINGS = ".vscode/settings.json"
SCHEMAS = f"{layout.CACHE}/schemas"  # they follow the installed gt, so they are made again and not tracked

_OUT_OF_SIGHT = {"**/.gt/**": True, "*/.repo/**": True, "*/crew/**": True, "*/polecats/**": True}


def settings() -> str:
    """VS Code's settings of a town: schemas for what its extensions can check, worktrees out of its way.

    The YAML extension (redhat.vscode-yaml) reads no front matter of Markdown, and the TOML ones take no
    relative paths: what is named here are the files that can be helped with.
    """
    wanted = {
        "yaml.schemas": {
            f"./{SCHEMAS}/{_file('town')}": "/town.yaml",
            f"./{SCHEMAS}/{_file('rig')}": "/*/rig.yaml",
        },
        "json.schemas": [
            {"fileMatch": ["*.formula.json"], "url": f"./{SCHEMAS}/{_file('formula')}"},
            {"fileMatch": ["settings/config.json"], "url": f"./{SCHEMAS}/{_file('settings')}"},
        ],
        "files.associations": {"*.formula.toml": "toml", "*.formula.json": "json"},
        "files.watcherExclude": _OUT_OF_SIGHT,
        "search.exclude": _OUT_OF_SIGHT,
    }
    return json.dumps(wanted, indent=2) + "\n"


def document(kind: str = "") -> str:
    """The schema of a kind of file, or all of them, as JSON. UserError for what is no kind."""
    return json.dumps(jsonschema.schema(kind) if kind else jsonschema.every(), indent=2) + "\n"


def write_schemas(folder: Path) -> tuple[str, ...]:
    """Write the schemas of all kinds into a folder; which of them changed. UserError when it can't."""
    wrong = _stale(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in wrong:
            temporary = folder / f"{name}.new"
            temporary.write_text(_texts()[name], encoding="utf-8")
            os.replace(temporary, folder / name)
    except OSError as error:
        raise UserError(f"{folder}: {error.strerror}", "name a folder that you may write") from error
    return tuple(wrong)


def look(town: Town, snapshot: Snapshot) -> Iterator[Check]:
    """Whether the schemas that the settings name are there, as this gt makes them."""
    text = snapshot.text(SETTINGS) or ""
    if SCHEMAS in text and _stale(town.root / SCHEMAS):
        message = f"{SETTINGS} names {SCHEMAS}, where schemas are missing or of another gt"
        yield Check("editor", "warning", message, fix="gt doctor --fix", category="files")
    else:
        yield Check("editor", message="schemas as this gt makes them", category="files")


def mend(town: Town) -> tuple[str, ...]:
    """The schemas made again; what was done."""
    written = write_schemas(town.root / SCHEMAS)
    return (f"wrote {SCHEMAS} again",) if written else ()


def _stale(folder: Path) -> list[str]:
    return [name for name, text in _texts().items() if _held(folder / name) != text]


def _held(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None


def _texts() -> dict[str, str]:
    return {_file(name): document(name) for name in jsonschema.NAMES}


def _file(name: str) -> str:
    return f"{name}.schema.json"

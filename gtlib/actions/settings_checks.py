"""What is odd in the settings that are committed, and whether the checkout says the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from gtlib.errors import FileError
from gtlib.model.settings import path_for
from gtlib.model.settings import rig_settings
from gtlib.model.settings import town_settings
from gtlib.model.snapshot import Snapshot
from gtlib.runtimes import advice
from gtlib.runtimes import programs


def odd(snapshot: Snapshot) -> tuple[str, ...]:
    """A line for each thing that nothing knows in the settings of town and rigs that can be read."""
    rigs = ("", *(config.name for config in snapshot.rigs()))
    if all(snapshot.text(path_for(rig)) is None for rig in rigs):
        return ()
    return tuple(line for rig in rigs for line in _odd(snapshot, rig))


def unsaved(root: Path, snapshot: Snapshot, rig: str = "") -> Iterator[str]:
    """A line for the settings file, of the town or a rig, whose text in the checkout is not what counts."""
    path = path_for(rig)
    try:
        there = (root / path).read_bytes().decode("utf-8", "replace")
    except (FileNotFoundError, NotADirectoryError):
        there = ""
    if there.replace("\r\n", "\n") != (snapshot.text(path) or "").replace("\r\n", "\n"):
        yield f"{path} in the checkout is not what is committed, which counts: git diff HEAD -- {path}"


def _odd(snapshot: Snapshot, rig: str) -> tuple[str, ...]:
    try:
        settings = rig_settings(snapshot, rig) if rig else town_settings(snapshot)
        known = programs.known(snapshot)
    except FileError:  # whoever reads it says so
        return ()
    text = snapshot.text(path_for(rig))
    return advice.warnings(settings, text, known) if settings is not None and text else ()

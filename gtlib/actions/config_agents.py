"""The agents that can be named, presets and custom ones."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from gtlib.actions.which_runtime import not_allowed
from gtlib.errors import UserError
from gtlib.model.settings import path_for
from gtlib.model.settings import rig_settings
from gtlib.model.settings import town_settings
from gtlib.model.snapshot import Snapshot
from gtlib.runtimes import presets
from gtlib.runtimes import programs


class Known(Struct, frozen=True, kw_only=True):
    """An agent that can be named: `command` with its args, `provider` the preset that it behaves as (empty:
    none), `source` the file that has it or `built in`. `missing` and `refused` say why it can't start here.
    """

    name: str
    command: str
    provider: str = ""
    source: str = "built in"
    missing: str = ""
    refused: str = ""


def agents_known(town_local: Path, snapshot: Snapshot, rig: str = "") -> tuple[Known, ...]:
    """Every agent that can be named in the town, or for a rig. FileError for settings that can't be read."""
    own = rig_settings(snapshot, rig)
    custom: dict[str, str] = dict.fromkeys(town_settings(snapshot).agents, path_for())
    custom |= dict.fromkeys(own.agents if own is not None else (), path_for(rig))
    names = [*custom, *(name for name in presets.presets() if name not in custom)]
    return tuple(_known(town_local, snapshot, rig, name, custom.get(name, "")) for name in names)


def _known(town_local: Path, snapshot: Snapshot, rig: str, name: str, source: str) -> Known:
    config = programs.config_of(snapshot, rig, name)
    if config is None:
        preset = presets.preset(name)
        return Known(name=name, command=preset.command, provider=name, missing=programs.missing(preset))
    try:
        program = programs.resolve(config)
    except UserError as error:
        return Known(name=name, command=config.command, source=source, missing=str(error))
    return Known(
        name=name,
        command=programs.line_of(config, program),
        provider=programs.base_of(config),
        source=source or "built in",
        missing=programs.missing(program),
        refused=not_allowed(town_local, snapshot, rig, name),
    )

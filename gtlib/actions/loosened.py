"""Roles that a person gave a sandbox here, and that settings from elsewhere would let out of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from gtlib.model.cost_tiers import ROLES
from gtlib.model.settings import path_for
from gtlib.model.settings import rig_settings
from gtlib.model.settings import town_settings
from gtlib.model.snapshot import Snapshot
from gtlib.rules import choose
from gtlib.rules.choose import TOWN_ROLES
from gtlib.rules.choose import Choice
from gtlib.store.permitted import permit
from gtlib.store.permitted import permitted

SANDBOX = "sandbox"


def loosened(local: Path, snapshot: Snapshot, rig: str, role: str) -> str:
    """Why the role may not go without a sandbox on this machine yet, and what to do; empty when it may.

    `local` is `.git/gt`. FileError for settings that can't be read.
    """
    found = _choice(snapshot, rig, role)
    if found.value == SANDBOX or not _is_bound(local, rig, role):
        return ""
    what = f"{role} has a sandbox on this machine, and settings from elsewhere take it away"
    return f"{what}: read them with gt allow {_path(found)}"


def all_loosened(local: Path, snapshot: Snapshot, path: str) -> tuple[tuple[str, str], ...]:
    """(rig, role) of each that the settings file at `path` lets out of its sandbox."""
    bound = (place for place in _places(snapshot) if _is_bound(local, *place))
    found = ((place, _choice(snapshot, *place)) for place in bound)
    return tuple(place for place, choice in found if choice.value != SANDBOX and _path(choice) == path)


def keep(local: Path, before: Snapshot, after: Snapshot, key: str = "") -> None:
    """Keep what a person's edit of the settings has made of sandboxes.

    `key`, as `choose` names a source, is what was said: it counts though it stood there before.
    """
    said: dict[tuple[str, str], str] = {}
    for place in _places(after):
        new = _choice(after, *place)
        if new.value == SANDBOX or new.source == key or new.value != _choice(before, *place).value:
            said[place] = new.value
    known = permitted(local)
    permit(local, {place: value for place, value in said.items() if known.get(place, "") != value})


def let_go(local: Path, rig: str, role: str) -> None:
    """A person has read that the role has no sandbox any more."""
    permit(local, {(rig, role): choose.PERMISSIONS})


def _is_bound(local: Path, rig: str, role: str) -> bool:
    """A rig that nobody said anything of is as the town."""
    known = permitted(local)
    place = ("" if role in TOWN_ROLES else rig, role)
    return known.get(place, known.get(("", role), "")) == SANDBOX


def _places(snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    for role in ROLES:
        yield "", role
        if role not in TOWN_ROLES:
            yield from ((config.name, role) for config in snapshot.rigs())


def _choice(snapshot: Snapshot, rig: str, role: str) -> Choice:
    return choose.permissions(town_settings(snapshot), rig_settings(snapshot, rig), role)


def _path(choice: Choice) -> str:
    """The file that says it; the town's for what none says."""
    path, _, key = choice.source.partition(" ")
    return path if key.startswith("permissions") else path_for()

"""What the settings come to for each role, and who said so."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from gtlib.actions.loosened import loosened
from gtlib.actions.settings_checks import unsaved
from gtlib.actions.which_runtime import TIER
from gtlib.actions.which_runtime import not_allowed
from gtlib.errors import UserError
from gtlib.model.cost_tiers import ROLES
from gtlib.model.settings import Settings
from gtlib.model.settings import rig_settings
from gtlib.model.settings import town_settings
from gtlib.model.settings_keys import nearest
from gtlib.model.snapshot import Snapshot
from gtlib.rules import choose
from gtlib.rules.choose import Choice
from gtlib.rules.target import find_rig
from gtlib.runtimes import advice
from gtlib.runtimes import programs
from gtlib.runtimes.base import OWN


class RoleView(Struct, frozen=True, kw_only=True):
    """What a role gets. `cannot` says why the agent's program can't start on this machine."""

    role: str
    agent: Choice
    mode: Choice
    permissions: Choice
    effort: Choice
    cannot: str = ""


class Shown(Struct, frozen=True, kw_only=True):
    """The settings of the town, or as they are for a rig."""

    rig: str
    cost_tier: str
    roles: tuple[RoleView, ...]
    warnings: tuple[str, ...]


def config_show(local: Path, snapshot: Snapshot, rig: str = "", role: str = "", name: str = "") -> Shown:
    """What every role, or one, gets by the settings of the town and a rig; `name` is that of an agent.

    UserError for a role or rig that nobody knows; FileError for settings that can't be read.
    """
    if rig:
        rig = find_rig(snapshot, rig).name
    if role and role not in ROLES:
        near = nearest(role, ROLES)
        raise UserError(
            f"no role {role!r}", f"did you mean {near}?" if near else f"one of {', '.join(ROLES)}"
        )
    own = rig_settings(snapshot, rig)
    roles = tuple(_view(local, snapshot, rig, own, each, name) for each in ((role,) if role else ROLES))
    return Shown(
        rig=rig,
        cost_tier=town_settings(snapshot).cost_tier,
        roles=roles,
        warnings=(*_warnings(snapshot, rig), *_unsaved(local, snapshot, rig)),
    )


def _view(local: Path, snapshot: Snapshot, rig: str, own: Settings | None, role: str, name: str) -> RoleView:
    town = town_settings(snapshot)
    tier = os.environ.get(TIER, "")
    agent = choose.choose(town, own, role, name, tier=tier)
    place = "" if role in choose.TOWN_ROLES else rig
    return RoleView(
        role=role,
        agent=agent,
        mode=choose.mode(town, own, role, programs.config_of(snapshot, place, agent.agent)),
        permissions=choose.permissions(town, own, role),
        effort=choose.effort(town, own, role, tier),
        cannot=_cannot(local, snapshot, place, agent.agent) or loosened(local, snapshot, place, role),
    )


def _cannot(local: Path, snapshot: Snapshot, rig: str, agent: str) -> str:
    if agent in OWN:
        return ""
    try:
        program = programs.program_of(snapshot, rig, agent)
    except UserError as error:
        return str(error)
    return programs.missing(program) or not_allowed(local, snapshot, rig, agent)


def _unsaved(local: Path, snapshot: Snapshot, rig: str) -> Iterator[str]:
    for each in dict.fromkeys((rig, "")):
        yield from unsaved(local.parent.parent, snapshot, each)


def _warnings(snapshot: Snapshot, rig: str) -> Iterator[str]:
    known = programs.known(snapshot)
    for settings in (rig_settings(snapshot, rig), town_settings(snapshot)):
        if settings is not None:
            yield from advice.warnings(settings, snapshot.text(settings.path) or "{}", known)

"""Give the roles of a town cheaper or better agents, all at once."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from gtlib.actions.config_edit import Changed
from gtlib.actions.config_edit import config_edit
from gtlib.errors import UserError
from gtlib.model.cost_tiers import MODELS
from gtlib.model.cost_tiers import ROLES
from gtlib.model.cost_tiers import TIERS
from gtlib.model.cost_tiers import Tier
from gtlib.model.settings import Settings
from gtlib.model.settings import rig_settings
from gtlib.model.settings import town_settings
from gtlib.model.settings_keys import nearest
from gtlib.store.town import Town


class Step(Struct, frozen=True):
    """One key that a tier says otherwise; an empty text: nothing is said."""

    key: str
    before: str
    after: str


def cost_tier(town: Town, rig: str, name: str, actor: str) -> tuple[Changed, tuple[Step, ...]]:
    """Write `role_agents`, `role_effort` and `agents` as the tier has them, and what is different by that.

    What other agents people named for a role that the tier leaves to the default stays. UserError for a tier
    that there is not.
    """
    tier = find_tier(name)
    snapshot = town.snapshot()
    before = rig_settings(snapshot, rig) if rig else town_settings(snapshot)

    def change(raw: dict[str, Any]) -> None:
        raw["cost_tier"] = name
        roles = {key: value for key, value in (raw.get("role_agents") or {}).items() if value not in MODELS}
        raw["role_agents"] = {**roles, **tier.role_agents}
        raw["role_effort"] = {**(raw.get("role_effort") or {}), **tier.role_effort}
        agents = raw.get("agents") or {}
        needed = [agent for agent in MODELS if agent in tier.role_agents.values() and agent not in agents]
        raw["agents"] = agents | {agent: {"provider": "claude", "model": MODELS[agent]} for agent in needed}

    steps = tuple(differences(before or Settings(), tier))
    return config_edit(town, rig, f"cost tier {name}", change, actor), steps


def find_tier(name: str) -> Tier:
    """The tier of that name. UserError when there is none."""
    if name not in TIERS:
        near = nearest(name, TIERS)
        raise UserError(
            f"there is no cost tier {name!r}",
            f"did you mean {near}?" if near else f"one of {', '.join(TIERS)}",
        )
    return TIERS[name]


def differences(settings: Settings, tier: Tier) -> list[Step]:
    """What the tier says otherwise than the settings do."""
    found = []
    for role in ROLES:
        old = settings.role_agents.get(role, "")
        kept = "" if old in MODELS else old
        found.append(Step(f"role_agents.{role}", old, tier.role_agents.get(role, kept)))
        effort = settings.role_effort.get(role, "")
        found.append(Step(f"role_effort.{role}", effort, tier.role_effort.get(role, effort)))
    return [step for step in found if step.before != step.after]

"""Cost tiers: which agent and how much effort each role gets, as Gas Town has them."""

from __future__ import annotations

from typing import Final

from msgspec import Struct


class Tier(Struct, frozen=True, kw_only=True):
    """One tier. A role without an agent here takes the default; `about` is for people."""

    about: str
    role_agents: dict[str, str] = {}
    role_effort: dict[str, str] = {}


# Roles that stand in a tier; `crew` and `polecat` do the work, the others look after it.
ROLES: Final = ("mayor", "deacon", "witness", "refinery", "polecat", "crew", "dog", "boot")
SONNET: Final = "claude-sonnet"
HAIKU: Final = "claude-haiku"
# The agents that tiers name, and the model of each: known without settings too.
MODELS: Final = {SONNET: "sonnet", HAIKU: "haiku"}


def _each(value: str, *roles: str) -> dict[str, str]:
    return dict.fromkeys(roles, value)


TIERS: Final[dict[str, Tier]] = {
    "standard": Tier(
        about="the default agent everywhere, a small model for what is looked after",
        role_agents=_each(HAIKU, "boot", "dog"),
        role_effort=_each("high", *ROLES),
    ),
    "economy": Tier(
        about="the default agent for the work, smaller models around it",
        role_agents=_each(SONNET, "mayor", "witness", "refinery") | _each(HAIKU, "deacon", "boot", "dog"),
        role_effort=_each("high", "polecat", "crew")
        | _each("medium", "mayor", "refinery")
        | _each("low", "deacon", "witness", "boot", "dog"),
    ),
    "budget": Tier(
        about="a middle model for the work, the smallest for the rest",
        role_agents=_each(SONNET, "mayor", "polecat", "crew")
        | _each(HAIKU, "deacon", "witness", "refinery", "boot", "dog"),
        role_effort=_each("medium", "polecat", "crew")
        | _each("low", "mayor", "deacon", "witness", "refinery", "boot", "dog"),
    ),
}

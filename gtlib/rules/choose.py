"""Which agent, mode, permissions and effort a role gets, by the settings of town and rig, and who said so."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from gtlib.errors import UserError
from gtlib.model.cost_tiers import TIERS
from gtlib.model.settings import DEFAULT
from gtlib.model.settings import OLDER
from gtlib.model.settings import AgentConfig
from gtlib.model.settings import Settings

AGENT: Final = "claude"
MODE: Final = "tmux"
PERMISSIONS: Final = "autonomous"
BUILT_IN: Final = "built in"
# Roles of the town: what a rig's settings say is not about them.
TOWN_ROLES: Final = frozenset({"mayor", "deacon", "dog", "boot", "overseer"})

Said = Iterable[tuple[str, str]]


class Choice(Struct, frozen=True):
    """A value and who said it. `passed` are others that were said and count less, as (source, value)."""

    value: str
    source: str
    passed: tuple[tuple[str, str], ...] = ()

    @property
    def agent(self) -> str:
        """The value, where an agent was chosen."""
        return self.value


def choose(
    town: Settings,
    rig: Settings | None,
    role: str,
    name: str = "",
    *,
    asked: str = "",
    step: str = "",
    own: str = "",
    tier: str = "",
) -> Choice:
    """The agent whose program does the work of a role; `name` is the last part of the address.

    `step` is what the step (or bead) names, `asked` what a person asks for now, `own` what the agent's file
    says, `tier` a cost tier for this time only. UserError for a tier that there is not.
    """
    rig = _of_rig(rig, role)
    passing = f"cost tier {tier}"
    return _first(
        [
            ("the step", step),
            ("--agent", asked),
            ("the agent's file", own),
            (passing, _tier(tier).get(role, "")),
            *_by_name(town, rig, role, name),
            *(_role(rig, role) if rig else ()),
            *_role(town, role),
            *(_general(rig) if rig else ()),
            *_general(town),
            (BUILT_IN, AGENT),
        ]
    )


def mode(
    town: Settings, rig: Settings | None, role: str, agent: AgentConfig | None = None, asked: str = ""
) -> Choice:
    """How a role's sessions run: tmux, headless or manual. `agent` is the custom agent that is to run."""
    rig = _of_rig(rig, role)
    custom = (f"agents.{agent.name}.session", agent.session) if agent else ("", "")
    said = _by_role("sessions", role, [rig, town])
    return _first([("--mode", asked), custom, *said, (BUILT_IN, MODE)])


def permissions(town: Settings, rig: Settings | None, role: str) -> Choice:
    """What a role's program may do by itself: autonomous or sandbox."""
    return _first([*_by_role("permissions", role, [_of_rig(rig, role), town]), (BUILT_IN, PERMISSIONS)])


def effort(town: Settings, rig: Settings | None, role: str, tier: str = "") -> Choice:
    """How hard a role's program is to think; empty: as it does by itself."""
    levels = TIERS[tier].role_effort if tier in TIERS else {}
    said = _by_role("role_effort", role, [_of_rig(rig, role), town])
    return _first([(f"cost tier {tier}", levels.get(role, "")), *said, (BUILT_IN, "")])


def _first(said: Said) -> Choice:
    """The first that was said; whoever says the same again is not passed over by it."""
    found = [(source, value) for source, value in said if value]
    if not found:
        return Choice("", BUILT_IN)
    (source, value), *rest = found
    return Choice(value, source, tuple(rest))


def _of_rig(rig: Settings | None, role: str) -> Settings | None:
    return None if role in TOWN_ROLES else rig


def _by_name(town: Settings, rig: Settings | None, role: str, name: str) -> Said:
    if role not in ("crew", "polecat") or not name:
        return
    for settings in (rig, town):
        if settings is not None:
            yield _at(settings, f"worker_agents.{name}", settings.worker_agents.get(name, ""))
            if role == "crew":
                yield _at(settings, f"crew_agents.{name}", settings.crew_agents.get(name, ""))


def _role(settings: Settings, role: str) -> Said:
    yield _at(settings, f"role_agents.{role}", settings.role_agents.get(role, ""))
    older = settings.roles.get(role)
    yield _at(settings, f"roles.{role}.agent", older.agent if older else "")


def _general(settings: Settings) -> Said:
    yield _at(settings, "agent", settings.agent)
    yield _at(settings, "default_agent", settings.default_agent)
    yield _at(settings, "runtime", older_name(settings))


def older_name(settings: Settings) -> str:
    """The agent that the older key `runtime` means: a preset, or what the key describes; empty: none."""
    older = settings.runtime
    if older is None:
        return ""
    plain = AgentConfig(name=OLDER, provider=older.provider)
    return older.provider if older in (plain, AgentConfig(name=OLDER)) else OLDER


def _by_role(key: str, role: str, both: list[Settings | None]) -> Said:
    """What `key` says of the role, the rig first; then what it says of every other role."""
    for entry in (role, DEFAULT):
        for settings in both:
            if settings is not None:
                table: Mapping[str, str] = getattr(settings, key)
                yield _at(settings, f"{key}.{entry}", table.get(entry, ""))


def _at(settings: Settings, key: str, value: str) -> tuple[str, str]:
    return f"{settings.path} {key}", value


def _tier(name: str) -> Mapping[str, str]:
    if name and name not in TIERS:
        raise UserError(f"there is no cost tier {name!r}", f"one of {', '.join(TIERS)}")
    return TIERS[name].role_agents if name else {}

"""Which agent, mode and permissions a role gets, and who said so."""

from __future__ import annotations

import json

import pytest

from gtlib.errors import UserError
from gtlib.model.cost_tiers import ROLES
from gtlib.model.cost_tiers import TIERS
from gtlib.model.settings import AgentConfig
from gtlib.model.settings import Settings
from gtlib.model.settings import parse
from gtlib.rules.choose import TOWN_ROLES
from gtlib.rules.choose import Choice
from gtlib.rules.choose import choose
from gtlib.rules.choose import effort
from gtlib.rules.choose import mode
from gtlib.rules.choose import older_name
from gtlib.rules.choose import permissions

T = "settings/config.json"
R = "proj/settings/config.json"


def town(**said: object) -> Settings:
    return parse(T, json.dumps(said))


def rig(**said: object) -> Settings:
    return parse(R, json.dumps(said))


EVERYTHING = [
    ("the step", "a"), ("--agent", "b"), ("the agent's file", "c"), ("cost tier budget", "claude-sonnet"),
    (f"{R} worker_agents.max", "d"), (f"{R} crew_agents.max", "e"), (f"{T} worker_agents.max", "f"),
    (f"{T} crew_agents.max", "g"), (f"{R} role_agents.crew", "h"), (f"{R} roles.crew.agent", "i"),
    (f"{T} role_agents.crew", "j"), (f"{T} roles.crew.agent", "k"), (f"{R} agent", "l"),
    (f"{R} default_agent", "m"), (f"{R} runtime", "codex"), (f"{T} agent", "n"), (f"{T} default_agent", "o"),
    (f"{T} runtime", "runtime"), ("built in", "claude"),
]  # fmt: skip
TOWN = town(
    worker_agents={"max": "f"}, crew_agents={"max": "g"}, role_agents={"crew": "j"},
    roles={"crew": {"agent": "k"}}, agent="n", default_agent="o", runtime={"command": "x"},
)  # fmt: skip
RIG = rig(
    worker_agents={"max": "d"}, crew_agents={"max": "e"}, role_agents={"crew": "h"},
    roles={"crew": {"agent": "i"}}, agent="l", default_agent="m", runtime={"provider": "codex"},
)  # fmt: skip


def test_the_order_of_choice() -> None:
    found = choose(TOWN, RIG, "crew", "max", asked="b", step="a", own="c", tier="budget")
    assert [(found.source, found.value), *found.passed] == EVERYTHING
    assert found.agent == "a"


def test_nobody_said_anything() -> None:
    assert choose(town(), None, "polecat") == Choice("claude", "built in")
    assert mode(town(), None, "polecat") == Choice("tmux", "built in")
    assert permissions(town(), None, "polecat") == Choice("autonomous", "built in")
    assert effort(town(), None, "polecat") == Choice("", "built in")


@pytest.mark.parametrize("role", sorted(TOWN_ROLES))
def test_roles_of_the_town_ignore_a_rig(role: str) -> None:
    said = rig(agent="x", role_agents={role: "x"}, sessions={role: "manual"}, permissions={role: "sandbox"})
    assert choose(town(), said, role).agent == "claude"
    assert mode(town(), said, role).value == "tmux"
    assert permissions(town(), said, role).value == "autonomous"


def test_names_are_for_who_has_one() -> None:
    assert choose(TOWN, None, "polecat", "max").source == f"{T} worker_agents.max"
    assert choose(TOWN, None, "witness", "max").source == f"{T} agent"
    assert choose(town(crew_agents={"max": "g"}), None, "polecat", "max").agent == "claude"


def test_a_tier_for_once() -> None:
    assert choose(town(), None, "mayor", tier="economy") == Choice(
        "claude-sonnet", "cost tier economy", (("built in", "claude"),)
    )
    assert effort(town(role_effort={"mayor": "max"}), None, "mayor", "economy").value == "medium"
    with pytest.raises(UserError, match=r"^there is no cost tier 'x'; one of standard, economy, budget$"):
        choose(town(), None, "mayor", tier="x")


def test_tiers_name_roles_that_there_are() -> None:
    for tier in TIERS.values():
        assert set(tier.role_agents) <= set(ROLES) and set(tier.role_effort) == set(ROLES)


@pytest.mark.parametrize(("said", "name"), [
    ({}, ""), ({"runtime": {}}, ""), ({"runtime": {"provider": "gemini"}}, "gemini"),
    ({"runtime": {"provider": "gemini", "args": []}}, "runtime"), ({"runtime": {"command": "x"}}, "runtime"),
])  # fmt: skip
def test_the_older_key_runtime(said: dict[str, object], name: str) -> None:
    assert older_name(rig(**said)) == name


def test_mode_and_permissions() -> None:
    said = town(sessions={"default": "manual", "polecat": "tmux"}, permissions={"default": "sandbox"})
    own = rig(sessions={"default": "headless"}, permissions={"crew": "autonomous"})
    assert mode(said, own, "polecat", AgentConfig(name="x", session="headless"), asked="manual") == Choice(
        "manual",
        "--mode",
        (
            ("agents.x.session", "headless"), (f"{T} sessions.polecat", "tmux"),
            (f"{R} sessions.default", "headless"), (f"{T} sessions.default", "manual"), ("built in", "tmux"),
        ),
    )  # fmt: skip
    assert mode(said, own, "crew").source == f"{R} sessions.default"
    assert mode(said, own, "mayor").source == f"{T} sessions.default"
    assert permissions(said, own, "crew").value == "autonomous"
    assert permissions(said, own, "polecat") == Choice(
        "sandbox", f"{T} permissions.default", (("built in", "autonomous"),)
    )

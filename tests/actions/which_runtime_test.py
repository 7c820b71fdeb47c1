"""Which program works for an agent, how it runs, and what it may do."""

from __future__ import annotations

import json

import pytest

from gtlib.actions.which_runtime import choice_of
from gtlib.actions.which_runtime import no_sandbox
from gtlib.actions.which_runtime import which_effort
from gtlib.actions.which_runtime import which_mode
from gtlib.actions.which_runtime import which_permissions
from gtlib.actions.which_runtime import which_runtime
from gtlib.errors import UserError
from gtlib.model.agent import Agent
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.runtimes.presets import preset
from tests.support.world import polecat
from tests.support.world import world

MAYOR = Agent(address=Address("mayor"), role="mayor")


def town(rig: dict[str, object], **said: object) -> Snapshot:
    return world(
        files={"settings/config.json": json.dumps(said), "proj/settings/config.json": json.dumps(rig)}
    )


def test_settings_of_the_agents_rig_and_role() -> None:
    snapshot = town({"role_agents": {"polecat": "codex", "mayor": "codex"}}, default_agent="gemini")
    assert which_runtime(snapshot, polecat()) == "codex"
    assert which_runtime(snapshot, MAYOR) == "gemini"
    assert which_runtime(world(), polecat()) == "claude"
    assert which_runtime(snapshot, polecat(runtime="pi")) == "pi"
    assert which_runtime(snapshot, polecat(runtime="pi"), "amp") == "amp"
    assert choice_of(snapshot, polecat()).source == "proj/settings/config.json role_agents.polecat"


def test_a_tier_for_this_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GT_COST_TIER", "budget")
    assert (which_runtime(world(), polecat()), which_effort(world(), polecat())) == (
        "claude-sonnet",
        "medium",
    )


def test_mode() -> None:
    snapshot = town(
        {}, sessions={"polecat": "headless"}, agents={"own": {"command": "x", "session": "manual"}}
    )
    found = [which_mode(snapshot, polecat(), name) for name in ("shell", "manual", "claude", "own")]
    assert found == ["shell", "manual", "headless", "manual"]
    assert which_mode(snapshot, polecat(), "own", "tmux") == "tmux"
    assert which_mode(snapshot, MAYOR, "claude") == "tmux"


def test_permissions() -> None:
    snapshot = town({"permissions": {"polecat": "sandbox"}})
    assert (which_permissions(snapshot, polecat()), which_permissions(snapshot, MAYOR)) == (
        "sandbox", "autonomous",
    )  # fmt: skip
    assert no_sandbox(snapshot, polecat(), preset("codex")) == ""
    assert no_sandbox(snapshot, MAYOR, preset("claude")) == ""
    assert no_sandbox(snapshot, polecat(), preset("claude")) == (
        "polecat is to work in a sandbox, and claude has none: "
        "gt config show --role polecat says who wants it"
    )


def test_nothing_is_chosen_by_settings_that_can_not_be_read() -> None:
    broken = world(files={"proj/settings/config.json": "{"})
    with pytest.raises(UserError, match=r"^proj/settings/config.json:1: this is not JSON"):
        which_runtime(broken, polecat())
    with pytest.raises(UserError, match=r"^proj/settings/config.json:1: this is not JSON"):
        which_permissions(broken, polecat())
    assert which_runtime(broken, MAYOR) == "claude"

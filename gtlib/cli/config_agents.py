"""`gt config default-agent` and `cost-tier`: shown without a word, changed with one."""

from __future__ import annotations

from gtlib import output
from gtlib.cli.command import command
from gtlib.cli.options import here
from gtlib.model.cost_tiers import TIERS
from gtlib.model.settings import rig_settings
from gtlib.model.settings import town_settings
from gtlib.rules.choose import choose
from gtlib.rules.target import find_rig


@command(
    "config default-agent",
    help={
        "name": "the agent from now on; without it: show",
        "force": "though nobody knows such an agent",
        "rig": "for that rig alone",
    },
    example="gt config default-agent codex",
)
def default_agent(name: str | None = None, *, force: bool = False, rig: str = "", json: bool = False) -> None:
    """Show or say which agent works where nothing else is said."""
    if name is not None:
        from gtlib.cli.config_write import say_default  # libgit2, which showing it need not load

        say_default(rig, name, force, json)
        return
    snapshot = here().snapshot()
    own = rig_settings(snapshot, find_rig(snapshot, rig).name) if rig else None
    found = choose(town_settings(snapshot), own, "")
    if json:
        output.json_out(found)
        return
    output.line(f"{found.value} ({found.source})")
    output.next_steps(["gt config agent list", "gt config default-agent NAME"])


@command(
    "config cost-tier",
    help={"tier": "standard, economy or budget; without it: show", "rig": "for that rig alone"},
    example="gt config cost-tier economy",
)
def cost_tier(tier: str = "", *, rig: str = "", json: bool = False) -> None:
    """Show the cost tiers, or give the roles the agents and efforts of one."""
    if tier:
        from gtlib.cli.config_write import say_tier  # libgit2, which showing them need not load

        say_tier(rig, tier, json)
        return
    snapshot = here().snapshot()
    settings = rig_settings(snapshot, find_rig(snapshot, rig).name) if rig else town_settings(snapshot)
    now = settings.cost_tier if settings is not None else ""
    if json:
        output.json_out({"tier": now, "tiers": TIERS})
        return
    rows = [
        ("*" if name == now else "", name, _agents(each.role_agents), each.about)
        for name, each in TIERS.items()
    ]
    output.table(("", "tier", "agents", "for"), rows)
    output.next_steps(["gt config cost-tier economy", "gt config show"])


def _agents(given: dict[str, str]) -> str:
    """Who gets which agent, in a few words."""
    found: dict[str, list[str]] = {}
    for role, agent in given.items():
        found.setdefault(agent, []).append(role)
    return "; ".join(f"{agent}: {' '.join(roles)}" for agent, roles in found.items())

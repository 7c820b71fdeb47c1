"""`gt config set` and others: change the settings of town and rigs."""

from __future__ import annotations

from gtlib import output
from gtlib.actions.config_agent import Wanted
from gtlib.actions.config_agent import agent_remove
from gtlib.actions.config_agent import agent_set
from gtlib.actions.config_agent import default_agent
from gtlib.actions.config_edit import Changed
from gtlib.actions.config_tier import cost_tier
from gtlib.actions.config_value import config_set
from gtlib.actions.config_value import config_unset
from gtlib.actions.which_runtime import not_allowed
from gtlib.cli.command import command
from gtlib.cli.config import RIG
from gtlib.cli.options import here
from gtlib.cli.options import tell
from gtlib.errors import UsageError
from gtlib.model.cost_tiers import ROLES
from gtlib.rules.target import find_rig
from gtlib.store.town import Town


@command(
    "config set",
    help={
        "key": "role_agents.polecat, permissions.crew, ...",
        "value": "text or JSON",
        "force": "though nobody knows such an agent",
        "rig": RIG,
    },
    example="gt config set role_agents.polecat codex",
)
def set_(key: str, value: str, *, force: bool = False, rig: str = "", json: bool = False) -> None:
    """Say one value in a settings file; what nothing knows is kept as written."""
    where = here()
    town = Town.open(where.root)
    done = config_set(town, rig, key, value, where.actor, force=force)
    _done(town, done, json, key, then=_then(key, rig))


@command(
    "config unset",
    help={"key": "role_agents.polecat, permissions.crew, ...", "rig": RIG},
    example="gt config unset role_agents.polecat",
)
def unset(key: str, *, rig: str = "", json: bool = False) -> None:
    """Take one value out of a settings file."""
    where = here()
    town = Town.open(where.root)
    _done(town, config_unset(town, rig, key, where.actor), json, key, then=_then(key, rig))


@command(
    "config agent set",
    help={
        "name": "what roles and --agent call it; that of a built-in one takes its place",
        "line": "its command line, quoted as for a shell",
        "provider": "behave as this built-in one (default: the one that the command names)",
        "env": "NAME=VALUE for its sessions; it is committed, so no keys",
        "session": "how it runs: tmux, headless or manual (default: as its role does)",
        "model": "the model, said as the program wants it",
        "rig": RIG,
    },
    example='gt config agent set opus "claude --model opus"',
)
def agent_set_(
    name: str,
    line: str,
    *,
    provider: str = "",
    env: tuple[str, ...] = (),
    session: str = "",
    model: str = "",
    rig: str = "",
    json: bool = False,
) -> None:
    """Make an agent of your own from a command line, and allow it on this machine."""
    where = here()
    pairs = dict(each.partition("=")[::2] for each in env)
    if any("=" not in each for each in env):
        raise UsageError(f"{env[0]!r} is no variable", "write --env NAME=VALUE")
    town = Town.open(where.root)
    wanted = Wanted(line=line, provider=provider, env=pairs, session=session, model=model)
    done = agent_set(town, rig, name, wanted, where.actor)
    snapshot = town.snapshot()
    place = find_rig(snapshot, rig).name if rig else ""
    refused = not_allowed(town.local, snapshot, place, name)
    _done(
        town, done, json, f"agents.{name}", (refused,) if refused else (), f"gt config default-agent {name}"
    )


@command(
    "config agent remove",
    help={"name": "the agent", "force": "though roles or agents name it", "rig": RIG},
    example="gt config agent remove opus",
)
def agent_remove_(name: str, *, force: bool = False, rig: str = "", json: bool = False) -> None:
    """Take an agent of your own away."""
    where = here()
    town = Town.open(where.root)
    _done(town, agent_remove(town, rig, name, where.actor, force=force), json, f"agents.{name}")


def say_default(rig: str, name: str, force: bool, json: bool) -> None:
    """`gt config default-agent NAME`."""
    where = here()
    town = Town.open(where.root)
    done = default_agent(town, rig, name, where.actor, force=force)
    _done(town, done, json, "agent" if rig else "default_agent")


def say_tier(rig: str, tier: str, json: bool) -> None:
    """`gt config cost-tier TIER`."""
    where = here()
    town = Town.open(where.root)
    done, steps = cost_tier(town, rig, tier, where.actor)
    if json:
        tell(town)
        output.json_out({"path": done.path, "commit": done.commit, "changes": steps})
        return
    for step in steps:
        output.line(f"  {step.key}: {step.before or 'nothing'} → {step.after or 'nothing'}")
    _done(town, done, json, f"cost tier {tier}")


def _then(key: str, rig: str) -> str:
    """The look at what was changed."""
    role = key.rpartition(".")[2]
    words = [
        "gt config show",
        *([f"--role {role}"] if role in ROLES else []),
        *([f"--rig {rig}"] if rig else []),
    ]
    return " ".join(words)


def _done(
    town: Town, done: Changed, json: bool, what: str, more: tuple[str, ...] = (), then: str = "gt config show"
) -> None:
    tell(town)
    lines = (*done.warnings, *more)
    if json:
        output.json_out({"path": done.path, "commit": done.commit, "warnings": lines})
        return
    output.line(f"{done.path}: {what} changed" if done.commit else f"{done.path}: {what} was so already")
    for line in lines:
        output.line(f"! {line}")
    undo = [f"git revert --no-edit {done.commit[:12]}  # takes it back"] if done.commit else []
    output.next_steps([then, *undo])

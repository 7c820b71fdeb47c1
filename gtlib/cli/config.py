"""`gt config`: what the settings of town and rigs come to."""

from __future__ import annotations

import json as json_text
from collections.abc import Iterator

from gtlib import output
from gtlib.actions.config_agents import Known
from gtlib.actions.config_agents import agents_known
from gtlib.actions.config_get import config_get
from gtlib.actions.config_show import RoleView
from gtlib.actions.config_show import Shown
from gtlib.actions.config_show import config_show
from gtlib.cli.command import command
from gtlib.cli.options import here
from gtlib.errors import UserError
from gtlib.rules.choose import Choice
from gtlib.rules.target import find_rig

RIG = "a rig: its own settings (default: the town's)"


@command(
    "config show",
    "config",
    help={
        "role": "one role, with all that was passed over: polecat, mayor, ...",
        "rig": "as it is in that rig",
        "name": "the name of an agent that may have a program of its own",
    },
    example="gt config show --role polecat --rig myproject",
)
def show(*, role: str = "", rig: str = "", name: str = "", json: bool = False) -> None:
    """Show which agent, mode and permissions each role gets, and who said so."""
    where = here()
    found = config_show(where.root / ".git" / "gt", where.snapshot(), rig, role, name)
    if json:
        output.json_out(found)
        return
    if role:
        _one(found, found.roles[0])
    else:
        columns = ("role", "agent", "said by", "mode", "permissions", "effort")
        output.table(columns, [_row(each) for each in found.roles])
    for line in _troubles(found):
        output.line(f"! {line}")
    more = f"gt config set role_agents.{role} AGENT" if role else "gt config show --role polecat"
    output.next_steps([f"{more} --rig {found.rig}" if found.rig else more])


@command(
    "config get",
    help={"key": "role_agents.polecat, agents.fast.args, ...", "rig": RIG},
    example="gt config get role_agents.polecat",
)
def get(key: str, *, rig: str = "", json: bool = False) -> None:
    """Print one value of a settings file as it stands there."""
    value = config_get(here().snapshot(), rig, key)
    if json:
        output.json_out({"key": key, "value": value})
        return
    output.line(value if isinstance(value, str) else json_text.dumps(value, indent=2, ensure_ascii=False))


@command(
    "config agent list", "config agent", help={"rig": "as it is in that rig"}, example="gt config agent list"
)
def agent_list(*, rig: str = "", json: bool = False) -> None:
    """List the agents that can be named: built-in ones and those of the settings."""
    where = here()
    snapshot = where.snapshot()
    found = agents_known(where.root / ".git" / "gt", snapshot, find_rig(snapshot, rig).name if rig else "")
    if json:
        output.json_out(found)
        return
    output.table(("agent", "command", "as", "said by", "here"), [_agent_row(each) for each in found])
    output.next_steps(['gt config agent set NAME "COMMAND LINE"', "gt config default-agent NAME"])


@command(
    "config agent get",
    help={"name": "the agent", "rig": "as it is in that rig"},
    example="gt config agent get claude",
)
def agent_get(name: str, *, rig: str = "", json: bool = False) -> None:
    """Show one agent: what it runs, and whether it can here."""
    where = here()
    snapshot = where.snapshot()
    rig = find_rig(snapshot, rig).name if rig else ""
    all_ = agents_known(where.root / ".git" / "gt", snapshot, rig)
    found = next((each for each in all_ if each.name == name), None)
    if found is None:
        raise UserError(f"no agent {name!r}", "gt config agent list shows them")
    if json:
        output.json_out(found)
        return
    output.line(f"{found.name}: {found.command}")
    output.line(f"said by: {found.source}")
    if found.provider and found.provider != found.name:
        output.line(f"behaves as: {found.provider}")
    for line in filter(None, (found.missing, found.refused)):
        output.line(f"! {line}")


def _row(view: RoleView) -> tuple[str, ...]:
    agent = f"{view.agent.value} !" if view.cannot else view.agent.value
    rest = (view.mode.value, view.permissions.value, view.effort.value)
    return (view.role, agent, view.agent.source, *rest)


def _one(found: Shown, view: RoleView) -> None:
    output.line(f"{view.role} {f'of {found.rig}' if found.rig else 'of the town'}")
    for name in ("agent", "mode", "permissions", "effort"):
        for line in _choice(name, getattr(view, name)):
            output.line(line)


def _choice(name: str, choice: Choice) -> Iterator[str]:
    yield f"  {name}: {choice.value or 'as the program has it'} ({choice.source})"
    for source, value in choice.passed:
        yield f"    passed over: {value} ({source})"


def _troubles(found: Shown) -> Iterator[str]:
    yield from dict.fromkeys(f"{view.agent.value}: {view.cannot}" for view in found.roles if view.cannot)
    yield from found.warnings


def _agent_row(each: Known) -> tuple[str, ...]:
    state = "not allowed" if each.refused else "missing" if each.missing else "yes"
    return each.name, each.command, each.provider, each.source, state

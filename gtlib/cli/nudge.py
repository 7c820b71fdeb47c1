"""`gt nudge`, `gt broadcast`, `gt dnd` and `gt notify`: words for agents at work, and how many they want."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from gtlib import output
from gtlib.actions import nudge as action
from gtlib.actions.notify_level import LEVELS
from gtlib.actions.notify_level import notify_level
from gtlib.actions.nudge import Mode
from gtlib.actions.nudge import Nudged
from gtlib.cli.command import command
from gtlib.cli.options import here
from gtlib.cli.options import text_from
from gtlib.errors import UsageError
from gtlib.errors import UserError
from gtlib.names import Address
from gtlib.rules.base import OVERSEER
from gtlib.rules.base import POSTMASTER
from gtlib.store.town import Town

_SAID = {
    "delivered": "was told",
    "queued": "is told when its turn ends",
    "person": "was not told",
    "unheard": "was not told yet",
    "muted": "was not told",
}
_LOST = ("unheard", "muted")


@command(
    "nudge",
    short={"message": "m", "force": "f"},
    help={
        "target": "whom: mayor, deacon, proj/toast, a group, channel:NAME",
        "words": "what to say",
        "message": "the same, as a flag",
        "stdin": "read the words from standard input",
        "mode": "wait-idle (until its turn ends), immediate, or queue (tell nobody)",
        "priority": "normal or urgent",
        "wait": "seconds until it must have looked",
        "force": "also who does not want to be disturbed",
    },
    example='gt nudge proj/toast "look at the failing test first"',
)
def nudge(
    target: str,
    words: str = "",
    *,
    message: str | None = None,
    stdin: bool = False,
    mode: str = "wait-idle",
    priority: str = "normal",
    wait: int = int(action.WAIT_SECONDS),
    force: bool = False,
    json: bool = False,
) -> None:
    """Tell an agent at work something; an error when it has not looked."""
    if mode not in action.MODES:
        raise UsageError(f"no mode {mode!r}", f"one of {', '.join(action.MODES)}")
    if priority not in ("normal", "urgent"):
        raise UsageError(f"no priority {priority!r}", "normal or urgent")
    if wait < 0:
        raise UsageError(f"--wait {wait} is negative", "0 asks whether it has looked, and waits for nothing")
    said = words or text_from("--message", message, "-" if stdin else "") or ""
    where = here()
    town = Town.open(where.root)
    whom = action.targets(town.snapshot(), target)
    if whom == (OVERSEER,):
        raise UserError(action.PERSON, 'write to him: gt mail send overseer -s SUBJECT -m "WORDS"')
    if any(address != POSTMASTER for address in whom):
        action.checked(said)
    found = [
        action.nudge(
            town,
            address,
            said or "look",
            where.actor,
            mode=cast(Mode, mode),
            urgent=priority == "urgent",
            force=force,
            wait=float(wait),
        )
        for address in whom
    ]
    _tell(found, json)
    lost = [each for each in found if each.outcome in _LOST]
    if lost:
        one = lost[0]
        raise UserError(f"{one.address} {_SAID[one.outcome]}: {one.why}", "gt agents shows who works")


@command(
    "broadcast",
    short={"dry_run": "n"},
    help={
        "words": "what to say",
        "rig": "only to those of this rig",
        "all_": "also to the mayor and others of the town",
        "dry_run": "say who would be told",
    },
    example='gt broadcast "main is frozen until noon" --rig proj',
)
def broadcast(
    words: str, *, rig: str = "", all_: bool = False, dry_run: bool = False, json: bool = False
) -> None:
    """Leave words for everybody at work; each sees them when its turn ends."""
    where = here()
    action.checked(words)
    town = Town.open(where.root)
    whom = [each for each in action.everybody(town, rig, whole=all_) if each != where.actor]
    if dry_run:
        if json:
            output.json_out([{"address": each, "outcome": "dry-run"} for each in whom])
            return
        output.line(f"would tell {', '.join(whom)}" if whom else "nobody works here now")
        return
    found = [action.nudge(town, each, words, where.actor, mode="immediate", wait=3.0) for each in whom]
    _tell(found, json)
    if not found and not json:
        output.line("nobody works here now")
        output.next_steps(["gt agents"])


@command(
    "dnd",
    help={"switch": "on, off or status", "agent": "whose (default: your own)"},
    example="gt dnd on",
)
def dnd(switch: str = "status", *, agent: str = "", json: bool = False) -> None:
    """Not be disturbed: nudges and mail wait, unless they are urgent."""
    if switch not in ("on", "off", "status"):
        raise UsageError(f"{switch!r} is neither on, off nor status", "gt dnd on")
    _level({"on": "muted", "off": "normal"}.get(switch, ""), agent, json)


@command(
    "notify",
    help={"level": "verbose, normal or muted (default: say which)", "agent": "whose (default: your own)"},
    example="gt notify muted",
)
def notify(level: str = "", *, agent: str = "", json: bool = False) -> None:
    """How much an agent is told while it works."""
    if level and level not in LEVELS:
        raise UsageError(f"no level {level!r}", f"one of {', '.join(LEVELS)}")
    _level(level, agent, json)


def _level(level: str, whose: str, json: bool) -> None:
    where = here()
    town = Town.open(where.root)
    address = _one(town, whose) if whose else where.actor
    if address == OVERSEER:
        raise UserError("you are the overseer, whom nobody nudges", "name an agent: --agent proj/toast")
    if level:
        notify_level(town, address, level, where.actor)
    agent = town.snapshot().agent(address)
    now = (agent.notify if agent else "") or "normal"
    if json:
        output.json_out({"address": address, "level": now})
        return
    output.line(f"{address} is told: {now}")
    output.next_steps(
        [f"gt notify normal --agent {address}" if now == "muted" else f"gt dnd on --agent {address}"]
    )


def _one(town: Town, text: str) -> Address:
    found = action.targets(town.snapshot(), text)
    if len(found) != 1:
        raise UserError(f"{text} is no single agent", "name one, as gt agents shows it")
    return found[0]


def _tell(found: Sequence[Nudged], json: bool) -> None:
    if json:
        output.json_out(found)
        return
    for each in found:
        if each.outcome == "person":
            output.line(f"{each.address} {_SAID[each.outcome]}: {each.why}")
        elif each.outcome == "queued" and each.why:
            output.line(f"{each.address} is told later: {each.why}")
        elif each.outcome in ("delivered", "queued"):
            output.line(f"{each.address} {_SAID[each.outcome]}")
    if all(each.outcome in _LOST for each in found):
        return
    told = [each.address for each in found if each.outcome in ("delivered", "queued") and not each.why]
    steps = [f"gt peek {address}" for address in told if address != POSTMASTER][:1]
    if POSTMASTER in told:
        steps.append("gt status")
    if any(each.outcome == "person" for each in found):
        steps.append('gt mail send overseer -s SUBJECT -m "WORDS"')
    output.next_steps(steps or ["gt agents"])

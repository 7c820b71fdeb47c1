"""`gt nudge show`: the nudges of an agent, whole."""

from __future__ import annotations

import os
import sys
from datetime import UTC
from datetime import datetime

from gtlib import clock
from gtlib import framing
from gtlib import output
from gtlib.actions import nudges_left as action
from gtlib.actions.nudges_left import Left
from gtlib.cli.command import command
from gtlib.cli.options import Here
from gtlib.cli.options import ago
from gtlib.cli.options import here
from gtlib.errors import UserError
from gtlib.model.agent import start_line
from gtlib.names import Address
from gtlib.rules.base import OVERSEER
from gtlib.rules.route import resolve_address

HEAD_CHARS = 50
_STANDS = {"waiting": "waits", "claimed": "is being shown", "shown": "was shown", "taken": "was read"}


@command(
    "nudge show",
    help={"id": "only this one, by its id or the end of it", "agent": "whose (default: your own)"},
    example="gt nudge show --agent proj/toast",
)
def show(id: str = "", *, agent: str = "", json: bool = False) -> None:
    """Show nudges whole: what waits, which counts as told when you ask, or one of the last day."""
    where = here()
    address = resolve_address(where.snapshot(), agent) if agent else where.actor
    if address == OVERSEER:
        raise UserError("you are the overseer, whom nobody nudges", "name an agent: --agent proj/toast")
    local = where.root / ".git" / "gt"
    # A person who stands in the worktree may look too, and takes nothing from the agent.
    own = address == where.actor and bool(os.environ.get("GT_ROLE"))
    only = action.named(action.nudges_left(local, address), id)[0].id if id else ""
    if own:
        action.claim(local, address, only)
    found = action.nudges_left(local, address)
    _print(where, address, found, [action.named(found, only)] if only else None, json)
    if own:
        sys.stdout.flush()
        action.told(local, address)


def _print(where: Here, address: Address, found: list[Left], one: list[Left] | None, json: bool) -> None:
    whole = one if one is not None else [each for each in found if each[1] != "taken"]
    if json:
        output.json_out([_shape(each) for each in (one if one is not None else found)])
        return
    for line in _for_person(whole) if where.actor == OVERSEER else _for_model(whole):
        output.line(line)
    rest = [nudge for nudge, stands in found if stands == "taken"] if one is None else []
    rows = [(action.short(each), each.sender, _age(each.at), _head(each.message)) for each in rest]
    output.table(("read before", "from", "left", "words"), rows)
    if not whole and not rest:
        output.line(f"no nudge for {address} in the last day")
    elif rest:
        output.next_steps([f"gt nudge show {action.short(rest[-1])}"])
    elif address != where.actor:
        output.next_steps([f"gt peek {address}", start_line(address)])


def _for_person(whole: list[Left]) -> list[str]:
    found: list[str] = []
    for nudge, stands in whole:
        sender = output.one_line(nudge.sender)
        found.append(f"nudge {action.short(nudge)} from {sender}, left {_age(nudge.at)}, {_STANDS[stands]}:")
        found += [f"  {line}" for line in framing.clean(nudge.message).splitlines()]
    return found


def _for_model(whole: list[Left]) -> list[str]:
    if not whole:
        return []
    mark = framing.boundary()
    heads = [f"nudge {action.short(each)} from {framing.clean(each.sender)[:200]}" for each, _ in whole]
    frames = [framing.frame(head, each.message, mark) for head, (each, _) in zip(heads, whole, strict=True)]
    return "\n".join((framing.explain(mark), *frames)).splitlines()


def _head(text: str) -> str:
    said = output.one_line(text)
    return said if len(said) <= HEAD_CHARS else f"{said[:HEAD_CHARS]} ..."


def _shape(left: Left) -> dict[str, object]:
    nudge, stands = left
    return {
        "id": nudge.id,
        "sender": nudge.sender,
        "priority": nudge.priority,
        "at": _stamp(nudge.at),
        "until": _stamp(nudge.until),
        "state": stands,
        "message": nudge.message,
    }


def _age(at: float) -> str:
    return ago(_stamp(at))


def _stamp(at: float) -> str:
    return clock.stamp(datetime.fromtimestamp(at, UTC))

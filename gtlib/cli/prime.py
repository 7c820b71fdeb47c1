"""`gt prime`: what an agent is told at its start, without libgit2."""

from __future__ import annotations

import os
import select
import sys
import time

import msgspec

from gtlib import output
from gtlib.actions import prime as action
from gtlib.actions.prime import Primed
from gtlib.cli.command import command
from gtlib.cli.options import Here
from gtlib.cli.options import here
from gtlib.errors import UsageError
from gtlib.errors import UserError
from gtlib.rules.base import MAYOR
from gtlib.rules.base import OVERSEER
from gtlib.rules.prime_fit import SMALLEST
from gtlib.rules.route import resolve_address

SOURCES = ("startup", "resume", "clear", "compact", "fork")
_WAIT = 1.0  # seconds for a program to say on standard input why it calls
_MOST = 1_000_000


class _Said(msgspec.Struct, frozen=True):
    """What a program's hook gets on standard input, as far as it matters here."""

    source: str = "startup"


@command(
    "prime",
    help={
        "hook": "for a program's start hook: reads its JSON from standard input, never fails",
        "explain": "say of each part why it is there, its size, and what was cut",
        "state": "print how the session begins: normal, post-handoff, crash-recovery or autonomous",
        "dry_run": "the same: prime never changes anything",
        "budget": "how many tokens it may take",
        "role": "as whom: an address; without it who you are",
    },
    short={"dry_run": "n"},
    example="gt prime --explain",
)
def prime(
    *,
    hook: bool = False,
    explain: bool = False,
    state: bool = False,
    dry_run: bool = False,
    budget: int = action.BUDGET,
    role: str = "",
    json: bool = False,
) -> None:
    """Tell an agent who it is and what it has to do, in few words."""
    if explain and state:
        raise UsageError("--explain and --state contradict each other", "give one of them")
    if budget < SMALLEST:
        raise UsageError(f"--budget {budget} is too small", f"{SMALLEST} is the least")
    source = _source() if hook else "startup"
    try:
        primed = _primed(source, budget, role)
    except (UserError, OSError) as problem:
        if not hook:
            raise
        primed = action.faulty(os.environ.get("GT_ROLE", ""), problem)
    if state:
        output.json_out({"state": primed.state}) if json else output.line(primed.state)
    elif json:
        output.json_out(primed)
    elif explain:
        _explain(primed)
    else:
        output.line(primed.text.rstrip("\n"))


def _primed(source: str, budget: int, role: str) -> Primed:
    where = here()
    address, warnings = _who(where, role)
    session = os.environ.get("GT_SESSION", "")
    return action.prime(where.root, address, source=source, budget=budget, session=session, warnings=warnings)


def _who(where: Here, role: str) -> tuple[str, tuple[str, ...]]:
    """Who is told, and what is odd about that. Without a session: whose worktree it is, else the mayor."""
    if role:
        return resolve_address(where.snapshot(), role), ()
    said = os.environ.get("GT_ROLE", "")
    if said:
        odd = f"GT_ROLE says {where.actor}, but you stand in the worktree of {where.agent}"
        return where.actor, (f"{odd}: go to your own.",) if where.agent not in ("", where.actor) else ()
    if where.agent:
        return where.agent, ()
    if where.actor != OVERSEER:
        return where.actor, ()
    return MAYOR, (f"GT_ROLE is not set: commands of this session speak as {OVERSEER}, not as {MAYOR}.",)


def _explain(primed: Primed) -> None:
    output.line(f"{primed.address}: {primed.state}, {len(primed.text)} characters")
    output.table(
        ("part", "size", "shown", "why", "the whole"),
        [
            (each.key, each.size, each.shown if each.shown < each.size else "all", each.why, each.whole)
            for each in primed.parts
        ],
    )


def _source() -> str:
    """Why the session begins, as the program says on standard input; startup when it says nothing."""
    if sys.stdin is None or sys.stdin.isatty():
        return "startup"
    data, until = b"", time.monotonic() + _WAIT
    while len(data) < _MOST:
        left = until - time.monotonic()
        if left <= 0 or not select.select([sys.stdin], [], [], left)[0]:
            break
        piece = os.read(sys.stdin.fileno(), 65536)
        if not piece:
            break
        data += piece
    try:
        said = msgspec.json.decode(data, type=_Said).source
    except msgspec.DecodeError:  # nothing, or not as we know it: the whole text is never wrong
        return "startup"
    return said if said in SOURCES else "startup"

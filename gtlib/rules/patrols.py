"""Patrols: rounds of the roles that a model serves, each a wisp, and the digest of a day."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Final

from gtlib import names
from gtlib.errors import UsageError
from gtlib.errors import UserError
from gtlib.model.bead import Bead
from gtlib.model.molecule import Molecule
from gtlib.model.snapshot import Snapshot
from gtlib.model.wisp_ends import Patrol
from gtlib.names import TOWN_PREFIX
from gtlib.names import Address
from gtlib.names import ItemId
from gtlib.rules import wisps
from gtlib.rules.base import OVERSEER
from gtlib.rules.target import find_rig

KIND: Final = "patrol"
TOWN_ROLES: Final = ("mayor", "deacon")
RIG_ROLES: Final = ("witness", "refinery")
SAID: Final = ("OK", "SKIP", "FAIL")


def whose(snapshot: Snapshot, role: str, actor: str, rig: str) -> Address:
    """The address that patrols: `role` as typed (`witness`, `proj/witness`), else who speaks.

    `rig` is the one that one stands in. UserError for a role that does not patrol.
    """
    if not role and actor == OVERSEER:
        raise UserError("whose patrol?", f"say it: --role {' | '.join((*TOWN_ROLES, *RIG_ROLES))}")
    head, slash, last = (role or actor).rpartition("/")
    if last in RIG_ROLES and head.count("/") == 0:
        found = head if slash else rig
        if not found:
            raise UserError(f"which rig's {last}?", f"write --role RIG/{last}, or stand in the rig's folder")
        return names.address(f"{find_rig(snapshot, found).name}/{last}")
    if not slash and last in TOWN_ROLES:
        return Address(last)
    agent = snapshot.agent(Address(role or actor))
    if agent is not None and agent.role not in ("polecat", "crew"):
        return agent.address
    known = (*TOWN_ROLES, *RIG_ROLES)
    near = get_close_matches(last, known, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}?" if near else f"one of: {', '.join(known)}"
    raise UserError(f"{role or actor} does not patrol", hint)


def role_of(address: str) -> tuple[str, str]:
    """The role and the rig ("" in the town) of one that patrols."""
    rig, _, role = address.rpartition("/")
    return role, rig


def how_to_report(address: str, actor: str) -> str:
    """What ends the round of that address, typed by who speaks."""
    role = "" if actor == address else f" --role {address}"
    return f"gt patrol report{role} --summary '...' --steps STEP:OK,STEP:SKIP"


def open_rounds(found: Iterable[Molecule], address: str) -> list[Molecule]:
    """The rounds of that address that are not over, oldest first."""
    mine = [
        wisp
        for wisp in found
        if wisps.kind_of(wisp) == KIND and wisp.assignee == address and wisp.status != "closed"
    ]
    return sorted(mine, key=lambda wisp: (wisp.created, wisp.id))


def said_of_steps(wisp: Molecule, text: str) -> dict[str, str]:
    """`id:OK,id:SKIP` by step. UsageError for a step that the round does not have, and for other words."""
    known = wisps.checks(wisp)
    found: dict[str, str] = {}
    for piece in filter(None, (each.strip() for each in text.split(","))):
        step, colon, word = piece.partition(":")
        if not colon or word.upper() not in SAID:
            raise UsageError(f"--steps {piece!r} says nothing", f"write STEP:{' or STEP:'.join(SAID)}")
        if step not in known:
            near = get_close_matches(step, known, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]}?" if near else f"its steps are: {', '.join(known) or 'none'}"
            raise UsageError(f"{wisp.id} has no step {step!r}", hint)
        found[step] = word.upper()
    return found


def line(wisp: Molecule, summary: str, steps: Mapping[str, str], now: str) -> Patrol:
    """What stays of a round: `left` are the steps of which nothing was said, when something was of any."""
    return Patrol(
        id=wisp.id,
        role=wisp.assignee,
        formula=wisp.formula,
        started=wisp.created,
        ended=now,
        summary=" ".join(summary.split()),
        steps=dict(steps),
        left=tuple(step for step in wisps.checks(wisp) if step not in steps) if steps else (),
    )


def digest_id(lines: Sequence[Patrol]) -> ItemId:
    """The id of the bead that takes up these rounds: the same for the same ones."""
    return names.derive(TOWN_PREFIX, "", "patrols", *sorted(each.id for each in lines))


def digest(id: ItemId, day: str, lines: Sequence[Patrol], actor: str, now: str) -> Bead:
    """One closed bead for the rounds of a day."""
    return Bead(
        id=id,
        title=f"Patrol digest {day}: {len(lines)} round{'s' if len(lines) != 1 else ''}",
        type="task",
        status="closed",
        labels=("digest", "patrol"),
        created=now,
        created_by=actor,
        closed=now,
        close_reason="patrol digest",
        description=digest_text(lines),
    )


def digest_text(lines: Sequence[Patrol]) -> str:
    """The rounds by role, each in a line."""
    said = []
    for role in dict.fromkeys(sorted(each.role for each in lines)):
        mine = sorted((each for each in lines if each.role == role), key=lambda each: each.ended)
        said.append("\n".join((f"{role}:", "", *(_told(each) for each in mine))))
    return "\n\n".join(said)


def _told(each: Patrol) -> str:
    words = [f"{step} {word}" for step, word in each.steps.items()]
    words += [f"{step} ?" for step in each.left]
    steps = f" ({', '.join(words)})" if words else ""
    return f"- {each.ended} {each.summary or 'nothing said'}{steps}"

"""Earlier sessions: by agent, bead and time, and who went before on the same work."""

from __future__ import annotations

from msgspec import Struct

from gtlib.errors import UserError
from gtlib.model.agent import Session
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.names import ItemId
from gtlib.rules.base import instant
from gtlib.rules.base import live_hook

HINT = "gt seance lists them"


class Past(Struct, frozen=True):
    """A session, and whose it was."""

    address: Address
    session: Session


def earlier(
    snapshot: Snapshot, *, agent: str = "", bead: str = "", rig: str = "", since: str = "", until: str = ""
) -> list[Past]:
    """The sessions in the agents' files, newest first; `since` and `until` are stamps of when they began."""
    found = [
        Past(each.address, session)
        for each in snapshot.agents()
        for session in each.sessions
        if agent in ("", each.address)
        and rig in ("", each.rig)
        and bead in ("", session.bead)
        and _within(session.started, since, until)
    ]
    return sorted(found, key=lambda past: (past.session.started, past.session.id), reverse=True)


def named(snapshot: Snapshot, text: str) -> Past:
    """The session of that id, ours or its program's, or what begins one. UserError for none, or several."""
    every = earlier(snapshot)
    found = [past for past in every if text and text in (past.session.id, past.session.native)]
    if text and not found:
        found = [
            past for past in every if past.session.id.startswith(text) or past.session.native.startswith(text)
        ]
    if not found:
        raise UserError(f"no session {text!r}", HINT)
    if len({(past.address, past.session.id) for past in found}) > 1:
        raise UserError(
            f"{text!r} begins the ids of several sessions",
            f"one of {', '.join(past.session.id for past in found[:5])}",
        )
    return found[0]


def predecessor(snapshot: Snapshot, actor: Address, session: str) -> Past:
    """The last session before `session` on what is on the actor's hook, whoever's it was; without work, the
    actor's own last one. One that its program can be asked about goes before one that it can't.

    Raises UserError when there is none.
    """
    agent = snapshot.agent(actor)
    hook = live_hook(agent) if agent else None
    bead = hook.bead if hook else ItemId("")
    every = earlier(snapshot, bead=bead) if bead else earlier(snapshot, agent=actor)
    found = [past for past in every if past.session.id != session and (session or past.session.ended)]
    if not found:
        what = f"on {bead}" if bead else f"of {actor}"
        raise UserError(f"there is no earlier session {what}", f"{HINT}: name one with --talk=ID")
    return next((past for past in found if past.session.native), found[0])


def _within(started: str, since: str, until: str) -> bool:
    at, first, last = instant(started), instant(since) if since else None, instant(until) if until else None
    if first is None and last is None:
        return True
    return at is not None and (first is None or at >= first) and (last is None or at <= last)

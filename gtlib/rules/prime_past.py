"""What became of a bead so far: sessions before this one, how to ask them, and attempts that came back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gtlib.model.agent import Agent
from gtlib.model.agent import Hook
from gtlib.model.agent import Session
from gtlib.model.merge import MergeRequest
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules.prime_fit import Section
from gtlib.rules.prime_words import one_line
from gtlib.rules.prime_words import plain

SESSIONS: Final = 5
LOG_LINES: Final = 30
_CAME_BACK: Final = ("rework", "conflict", "rejected", "blocked", "superseded")


def past(snapshot: Snapshot, agent: Agent, hook: Hook, session: str) -> Iterator[Section]:
    """Attempts that came back, newest first, then sessions on the bead, this one excepted."""
    mine = (each for each in snapshot.merges() if each.bead == hook.bead)
    back = [each for each in mine if each.status in _CAME_BACK]
    back.sort(key=lambda each: (each.created, each.id), reverse=True)
    if back:
        yield Section(
            key="attempts",
            why="the bead was handed in before, and did not land",
            title="Earlier attempts",
            data="\n\n".join(_attempt(each) for each in back),
            what="merge requests that did not land, newest first",
            whole=f"gt mq status {plain(back[0].id)}",
            weight=3,
            least=700,
        )
    before = predecessors(snapshot, hook.bead, session)
    if before:
        # its own last word first: who went on with another's work asks that one
        yield Section(
            key="predecessors",
            why="sessions worked on the bead before this one",
            title="Sessions before this one",
            text=f"Ask one of them: `gt seance --talk {plain(before[0][1].id)} -p 'What did you find?'`",
            data="\n".join(_session(address, each) for address, each in before[:SESSIONS]),
            what=f"sessions on {hook.bead}, newest first",
            whole="gt seance",
            weight=5,
            least=200,
        )


def predecessors(snapshot: Snapshot, bead: ItemId, session: str) -> list[tuple[str, Session]]:
    """(address, session) of all that worked on the bead, newest first, `session` excepted."""
    found = [
        (agent.address, each)
        for agent in snapshot.agents()
        for each in agent.sessions
        if each.bead == bead and each.id != session
    ]
    return sorted(found, key=lambda each: (each[1].started, each[1].id), reverse=True)


def _attempt(request: MergeRequest) -> str:
    head = f"{request.id} {request.status}: {one_line(request.reason, 400) or 'no reason is noted'}"
    tail = request.log.strip("\n").splitlines()[-LOG_LINES:]
    return "\n".join((head, *tail))


def _session(address: str, session: Session) -> str:
    ended = f"ended {session.ended}" if session.ended else "end unknown"
    how = one_line(session.outcome) or "said nothing"
    return f"{session.id} of {address} by {session.runtime}, began {session.started}, {ended}: {how}"

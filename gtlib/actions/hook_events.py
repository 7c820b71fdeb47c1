"""What a program's own hooks do in the town: tell it what is new, and keep it at its work."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from msgspec import Struct

from gtlib import framing
from gtlib import layout
from gtlib.errors import UserError
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.names import ItemId
from gtlib.rules import stop
from gtlib.rules.unread import tell
from gtlib.rules.unread import unread
from gtlib.rules.urge import nudged
from gtlib.runtimes import nudges
from gtlib.runtimes import runs
from gtlib.runtimes.hookformats import LIMIT
from gtlib.store import tip
from gtlib.store.reading import read

NUDGE_CHARS: Final = 6000
_FRAMES: Final = 1000  # what stands round them, and where the rest of one that is cut stands
_LEAST_MAIL: Final = 1500  # with less room it waits for the next event


class Told(Struct, frozen=True):
    """Words for a model, the mail that stands in them, and whether nudges do."""

    text: str = ""
    mail: tuple[ItemId, ...] = ()
    nudged: bool = False


class Stop(Struct, frozen=True):
    """Why a program may not stop (empty: it may), where its work stands, and the boundary of those words."""

    why: str
    stood: str
    mark: str


def news(root: Path, local: Path, address: str, session: str, known: tuple[str, ...]) -> Told:
    """Nudges, which the session claims, and unread mail without the messages that are `known`."""
    messages = [message for _, message in unread(read(root), address) if message.id not in known]
    mark = framing.boundary()
    said = nudged_now(local, address, session, mark)
    room = LIMIT - len(said) - 2
    found = tell(messages, mark, room, explained=bool(said)) if room >= _LEAST_MAIL else None
    parts = (said, found.text if found else "")
    return Told("\n\n".join(part for part in parts if part), found.ids if found else (), bool(said))


def may_stop(root: Path, local: Path, address: str, session: str, before: str) -> Stop:
    """Whether the program may stop now; `before` is where its work stood when that was asked last."""
    found = _may_stop(read(root), root, local, Address(address), session)
    if found.why and found.stood != before:
        # Its shell may have committed where git runs no hooks of ours.
        catch_up(root, address)
        found = _may_stop(read(root), root, local, Address(address), session)
    return found


def catch_up(root: Path, address: str) -> str:
    """See what was committed in the agent's worktree; why that can't be now, empty when it was done."""
    from gtlib.actions.catch_up import catch_up as all_of  # libgit2 costs 70 ms, which a look need not pay
    from gtlib.store.town import Town

    try:
        all_of(Town.open(root), whose=address)
    except UserError as error:
        return str(error)
    return ""


def _may_stop(snapshot: Snapshot, root: Path, local: Path, address: Address, session: str) -> Stop:
    agent = snapshot.agent(address)
    hook = agent.hook if agent is not None else None
    branch = f"refs/heads/{hook.branch}" if hook is not None and hook.branch else ""
    at = tip.read(root / layout.repo_folder(agent.rig), branch) if agent is not None and branch else None
    stood = stop.standing(snapshot, address, at or "")
    run = runs.read(local, address)
    mark = framing.boundary()
    if run is not None and run.session == session and run.ending:
        return Stop("", stood, mark)
    return Stop(stop.why_not(snapshot, address, mark, session), stood, mark)


def nudged_now(local: Path, address: str, session: str, mark: str) -> str:
    """Nudges that wait, as many as have room, behind the boundary `mark`; the session claims them."""
    mine = nudges.claim(local, address, session, NUDGE_CHARS)
    return nudged([(each.id, each.sender, each.message) for each in mine], mark, NUDGE_CHARS - _FRAMES)

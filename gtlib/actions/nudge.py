"""Tell a running agent something now: a nudge that waits for it, and a doorbell so that it looks."""

from __future__ import annotations

import time
from typing import Final
from typing import Literal

from msgspec import Struct

from gtlib import framing
from gtlib.actions import running
from gtlib.actions.doorbell import ring_for_nudges
from gtlib.actions.modes import runtime as runtime_of
from gtlib.errors import UserError
from gtlib.model.agent import start_line
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.rules.base import OVERSEER
from gtlib.rules.base import POSTMASTER
from gtlib.rules.mail_to import Book
from gtlib.rules.rings import MUTED
from gtlib.rules.target import find_rig
from gtlib.runtimes import nudges
from gtlib.runtimes import runs
from gtlib.runtimes.holder import holder
from gtlib.runtimes.nudges import Nudge
from gtlib.runtimes.runs import Run
from gtlib.store.town import Town
from gtlib.system import process

Mode = Literal["wait-idle", "immediate", "queue"]
Outcome = Literal["delivered", "queued", "unheard", "muted", "person"]

MODES: Final = ("wait-idle", "immediate", "queue")
WAIT_SECONDS: Final = 15.0
LONGEST: Final = 4000
# Its change wakes the deacon, which is no program that reads.
WAKE: Final = "wake"
PERSON: Final = "the overseer is a person, no program"
_OF_THE_DEACON: Final = ("deacon", "witness", "refinery")


class Nudged(Struct, frozen=True, kw_only=True):
    """What became of one nudge. `delivered`: the program was given it; `queued` as was wished, `why` says for
    whom when no session runs; `unheard`: it waits, but nobody has looked, `why` says why; not left: `muted`,
    the agent does not want to be told, and `person`, the overseer, who is no program.
    """

    address: Address
    outcome: Outcome
    id: str = ""
    why: str = ""


def targets(snapshot: Snapshot, text: str) -> tuple[Address, ...]:
    """Whom a nudge means: an address, its short form, a group or `channel:name`. UserError for nobody."""
    book = Book(snapshot)
    if text.startswith("channel:"):
        return book.members(book.board(text, "channel"))
    return book.meant(text).places


def nudge(
    town: Town,
    address: Address,
    words: str,
    sender: Address,
    *,
    mode: Mode = "wait-idle",
    urgent: bool = False,
    force: bool = False,
    wait: float = WAIT_SECONDS,
) -> Nudged:
    """Leave the words, ring as `mode` says, and wait at most `wait` seconds until they were shown.

    `force`: also to who does not want to be told. UserError for words that are empty or too long.
    """
    said = checked(words)
    if address == OVERSEER:
        return Nudged(address=address, outcome="person", why=PERSON)
    snapshot = town.snapshot()
    agent = snapshot.agent(address)
    if address == POSTMASTER or (agent is None and address.rpartition("/")[2] in _OF_THE_DEACON):
        return _wake(town, address)
    if agent is not None and agent.notify == MUTED and not (force or urgent):
        return Nudged(
            address=address, outcome="muted", why="it does not want to be disturbed (-f does it anyway)"
        )
    left = nudges.put(town.local, address, sender, said, "urgent" if urgent else "normal")
    run = runs.read(town.local, address)
    absent = f"no session of {address} runs here; the next one is shown it: {start_line(address)}"
    runs_here = run is not None and running.is_alive(run)
    if mode == "queue":
        return Nudged(address=address, outcome="queued", id=left.id, why="" if runs_here else absent)
    if run is None or not runs_here:
        return Nudged(address=address, outcome="unheard", id=left.id, why=absent)
    why = _deliver(town, run, left, mode, wait)
    return Nudged(address=address, outcome="unheard" if why else "delivered", id=left.id, why=why)


def checked(words: str) -> str:
    """The words as they are left. UserError for none, and for too many."""
    said = framing.clean(words).strip()
    if not said:
        raise UserError("there is nothing to say", 'gt nudge ADDRESS "WORDS"')
    if len(said) > LONGEST:
        raise UserError(
            f"{len(said)} characters are too many, {LONGEST} is the most", "send it by gt mail send"
        )
    return said


def _deliver(town: Town, run: Run, left: Nudge, mode: Mode, wait: float) -> str:
    """Empty when it was shown, else why not."""
    end = time.monotonic() + wait

    def shown() -> bool:
        return nudges.is_shown(town.local, run.address, left.id)

    if mode == "wait-idle":
        process.until(lambda: shown() or _rests(run), wait)
    if shown():
        return ""
    if mode == "wait-idle" and not _rests(run):
        return f"{run.address} was busy for {wait:g} s; it is shown when its turn ends"
    why = ring_for_nudges(town.local, run, max(end - time.monotonic(), 1.0))
    process.until(shown, max(end - time.monotonic(), 1.0))
    return "" if shown() else why or f"{run.address} was told to look, and has not looked yet"


def _rests(run: Run) -> bool:
    return runtime_of(run.mode).activity(run) != "busy"


def _wake(town: Town, address: Address) -> Nudged:
    """The deacon looks at everything; what it looks for stands in files, so there is nothing to say."""
    if holder(town.local) is None:
        return Nudged(address=address, outcome="unheard", why="no deacon runs; gt up starts one")
    path = town.local / WAKE
    path.write_text(f"{time.time()}\n", "utf-8")
    return Nudged(address=address, outcome="delivered")


def everybody(town: Town, rig: str = "", *, whole: bool = False) -> tuple[Address, ...]:
    """Who has a session here: polecats and crew (`whole`: everybody), of one rig or of all. UserError for a
    rig that there is not.
    """
    if rig:
        rig = find_rig(town.snapshot(), rig).name
    live = [run.address for run in runs.every(town.local) if run.session and running.is_alive(run)]
    return tuple(
        address
        for address in live
        if (whole or address.count("/") == 2) and (not rig or address.partition("/")[0] == rig)
    )

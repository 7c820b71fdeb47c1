"""Gates: what a bead of type gate waits for, whether that has come, and what then becomes of it.

A gate is *shut* until it is closed, and *open* then. What opened it stands in its metadata, so that one
which somebody reopens is not opened again by the same thing.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from collections.abc import Iterator
from datetime import datetime
from datetime import timedelta
from typing import Final
from typing import Literal

from msgspec import Struct

from gtlib import clock
from gtlib import layout
from gtlib.errors import UserError
from gtlib.model.bead import Bead
from gtlib.model.message import Message
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.names import ItemId
from gtlib.rules.base import MAYOR
from gtlib.rules.base import OVERSEER
from gtlib.rules.base import POSTMASTER
from gtlib.rules.base import instant
from gtlib.rules.route import known_addresses
from gtlib.rules.route import look_up
from gtlib.rules.statuses import is_over
from gtlib.rules.statuses import over

KINDS: Final = ("human", "timer", "gh:run", "gh:pr", "bead", "mail", "exec", "conditional")
# these ask a program
ASKING: Final = frozenset({"gh:run", "gh:pr", "exec"})

# keys of a gate's metadata
RUN: Final = "run"  # of exec: a script, or a list of words
CONDITION: Final = "condition"  # of conditional, when `on` does not say it
WORKFLOW: Final = "gate_workflow"  # of gh:run: the workflow that `on` named before it was a run
OPENED: Final = "gate_opened"  # what opened it last
FAILED: Final = "gate_failed"  # the failure that was told
LATE: Final = "gate_late"  # the end of its time that was told
TOLD: Final = "gate_told"  # of which close its waiters were told

AGAIN: Final = "this opened it before, and somebody shut it again: bd gate resolve opens it"
STANDING: Final = "Gate "  # how the subjects of mail about gates begin

State = Literal["open", "shut", "failed", "error"]


class Verdict(Struct, frozen=True, kw_only=True):
    """How a gate stands, and `why` in a line. `cause` names what opened it or failed, the same for the same
    thing; `on` is the run that stands for a workflow from now on.

    `shut` waits; `failed` waits for a person, since what it waits for came to a bad end; `error`: who knows.
    """

    gate: Bead
    state: State
    why: str
    cause: str = ""
    on: str = ""


def kind_of(gate: Bead) -> str:
    """What kind of gate it is: a person opens one that does not say."""
    return gate.await_ or "human"


def shut_gates(snapshot: Snapshot, among: Iterable[Bead] | None = None) -> list[Bead]:
    """The gates that are not open, by age."""
    done = over(snapshot.town)
    beads = snapshot.beads() if among is None else among
    found = [bead for bead in beads if bead.type == "gate" and bead.status not in done and not bead.template]
    return sorted(found, key=lambda gate: (gate.created, gate.id))


def command_text(gate: Bead) -> str:
    """What an exec gate runs, as the text that is allowed by its hash; "" when it names nothing that runs."""
    run = gate.metadata.get(RUN)
    if isinstance(run, str):
        return run if run.strip() else ""
    if isinstance(run, (list, tuple)) and run and all(isinstance(word, str) for word in run):
        return shlex.join(run)
    return ""


def due(gate: Bead) -> datetime | None:
    """When a timer opens, and any other gate is late; None for never."""
    start = instant(gate.created)
    if start is None or not gate.timeout:
        return None
    try:
        return start + timedelta(seconds=clock.seconds(gate.timeout))
    except (UserError, OverflowError):
        return None


def is_late(gate: Bead, now: str) -> bool:
    """Whether a gate that no clock opens is over its time, and nobody was told."""
    end, moment = due(gate), instant(now)
    if kind_of(gate) == "timer" or end is None or moment is None or moment < end:
        return False
    return gate.metadata.get(LATE) != clock.stamp(end)


def judge(snapshot: Snapshot, gate: Bead, now: str) -> Verdict | None:
    """How a gate stands as far as the files tell; None for one that asks the world or a condition."""
    kind = kind_of(gate)
    if kind == "human":
        return Verdict(gate=gate, state="shut", why="waits for a person: bd gate resolve")
    if kind == "timer":
        return consumed(_timer(gate, now))
    if kind == "bead":
        return consumed(_bead(snapshot, gate))
    if kind == "mail":
        return consumed(_mail(snapshot, gate))
    if kind not in KINDS:
        return error(gate, f"no such kind of gate: {kind!r}")
    return None


def error(gate: Bead, why: str) -> Verdict:
    """A gate of which nothing can be told."""
    return Verdict(gate=gate, state="error", why=why)


def consumed(verdict: Verdict) -> Verdict:
    """The verdict, but that what opened the gate once does not open it again."""
    if verdict.state == "open" and verdict.gate.metadata.get(OPENED) == verdict.cause:
        return Verdict(gate=verdict.gate, state="shut", why=AGAIN)
    return verdict


def unmet(snapshot: Snapshot, gate: Bead, now: str) -> str:
    """Why a machine's gate is not to be closed by name; "" for one whose condition is met, and a person's."""
    if kind_of(gate) == "human":
        return ""
    verdict = judge(snapshot, gate, now)
    if verdict is None:
        return f"bd gate check {gate.id} looks whether it opens"
    return "" if verdict.state == "open" or verdict.why == AGAIN else verdict.why


def awaited(gate: Bead) -> ItemId:
    """The id that a bead gate waits for; `rig:id` names it too."""
    return ItemId(gate.on.rpartition(":")[2].strip())


def holds_up(snapshot: Snapshot, gate: ItemId) -> list[str]:
    """What waits for a gate: ids of beads, and steps of molecules."""
    beads = [bead.id for bead in snapshot.beads() if gate in bead.needs or gate in bead.conditional_blocks]
    steps = [
        f"{molecule.id}.{step}"
        for molecule in snapshot.molecules()
        for step, id in molecule.gates.items()
        if id == gate
    ]
    return sorted({*beads, *steps})


def _timer(gate: Bead, now: str) -> Verdict:
    end, moment = due(gate), instant(now)
    if end is None:
        return error(gate, "a timer without a timeout never ends")
    if moment is None or moment < end:
        left = int((end - moment).total_seconds()) if moment else 0
        return Verdict(gate=gate, state="shut", why=f"its timer has {clock.span(left * 10**9)} to go")
    stamp = clock.stamp(end)
    return Verdict(gate=gate, state="open", why=f"its time was over at {stamp}", cause=f"timer {stamp}")


def _bead(snapshot: Snapshot, gate: Bead) -> Verdict:
    id = awaited(gate)
    if not id:
        return error(gate, "it names no bead")
    for path in (layout.path_of_bead(id), layout.path_of_molecule(id)):
        if snapshot.is_broken(path):
            return error(gate, f"{path} does not parse")
    found = snapshot.bead(id) or snapshot.molecule(id)
    if found is None:
        return error(gate, f"no bead {id}")
    if not is_over(snapshot.town, found.status):
        return Verdict(gate=gate, state="shut", why=f"{id} is {found.status}")
    return Verdict(gate=gate, state="open", why=f"{id} is closed", cause=f"{id} {found.closed}".strip())


def _mail(snapshot: Snapshot, gate: Bead) -> Verdict:
    if not gate.on.strip():
        return error(gate, "it names neither a sender nor a subject")
    known, since = known_addresses(snapshot), instant(gate.created)
    wanted = [
        message
        for message in _letters(snapshot, known, gate)
        if _is_meant(known, gate, message)
        and (since is None or (sent := instant(message.sent)) is None or sent >= since)
    ]
    if not wanted:
        return Verdict(gate=gate, state="shut", why=f"no mail from or about {gate.on!r} yet")
    # the oldest that did not open it before: a letter opens it once, another one opens it again
    wanted.sort(key=lambda message: (message.sent, message.id))
    ids = [f"mail {message.id}" for message in wanted]
    last = gate.metadata.get(OPENED)
    number = ids.index(last) + 1 if last in ids else 0
    if number == len(ids):
        return Verdict(gate=gate, state="shut", why=AGAIN)
    found = wanted[number]
    return Verdict(gate=gate, state="open", why=f"mail {found.id} from {found.sender}", cause=ids[number])


def _letters(snapshot: Snapshot, known: dict[str, Address], gate: Bead) -> Iterator[Message]:
    """What lies in the mailboxes of those who wait and of the town, each letter once."""
    boxes = [address for text in gate.waiters if (address := look_up(known, text))]
    seen: set[str] = set()
    for address in dict.fromkeys((*boxes, OVERSEER, MAYOR, POSTMASTER)):
        for box in ("new", "cur", "archive"):
            for _, message in snapshot.mail(address, box):
                if message.id not in seen:
                    seen.add(message.id)
                    yield message


def _is_meant(known: dict[str, Address], gate: Bead, message: Message) -> bool:
    if message.subject.startswith(f"{STANDING}{gate.id} "):
        return False  # what is said of the gate itself
    wanted = gate.on.strip()
    address = look_up(known, wanted)
    if address is not None:
        return look_up(known, message.sender) == address
    prefix = wanted.rstrip("*").casefold()
    return message.sender == wanted or (bool(prefix) and message.subject.casefold().startswith(prefix))

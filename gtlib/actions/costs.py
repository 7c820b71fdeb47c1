"""What sessions have used: lines of `.git/gt/costs.jsonl`, of which the last of a session counts."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final
from typing import Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from gtlib import clock
from gtlib.lock import FileLock
from gtlib.model.config import Limits
from gtlib.names import Address
from gtlib.runtimes import runs
from gtlib.runtimes import transcripts
from gtlib.runtimes.base import Usage
from gtlib.runtimes.presets import presets
from gtlib.runtimes.runs import Run
from gtlib.runtimes.runs import State

FILE: Final = "costs.jsonl"
MOST_BYTES: Final = 4_000_000
KEPT: Final = 10_000  # sessions, when the file has become too long
_TAIL: Final = 65_536

By = Literal["agent", "bead", "day"]


class Cost(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a session has used from its start until `at`, in tokens; `cost` in US dollars where known."""

    at: str
    address: str
    session: str
    native: str = ""
    bead: str = ""
    program: str = ""
    model: str = ""
    turns: int = 0
    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0
    cost: float | None = None

    @property
    def key(self) -> tuple[str, str]:
        """What is counted together: a session that was gone on with has one transcript, which counts on."""
        return self.address, self.native or self.session


class Spent(Struct, frozen=True, kw_only=True):
    """What an agent's, bead's or day's sessions have used together. `cost` counts only what is known."""

    name: str
    sessions: int = 0
    turns: int = 0
    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0
    cost: float | None = None


def record(
    local: Path,
    address: str,
    session: str,
    usage: Usage,
    *,
    native: str = "",
    bead: str = "",
    program: str = "",
) -> bool:
    """Write down what a session has used so far; whether that was new. `local` is the town's `.git/gt`."""
    new = Cost(
        at=clock.stamp(clock.now()),
        address=address,
        session=session,
        native=native,
        bead=bead,
        program=program,
        model=usage.model,
        turns=usage.turns,
        input=usage.input,
        output=usage.output,
        cache_read=usage.cache_read,
        cache_write=usage.cache_write,
        cost=usage.cost,
    )
    path = local / FILE
    with FileLock(local / "costs.lock"):
        before = next((each for each in reversed(_tail(path)) if each.key == new.key), None)
        if before is not None and replace(before, at=new.at) == new:
            return False
        if path.exists() and path.stat().st_size > MOST_BYTES:
            _shorten(path)
        with open(path, "ab") as file:
            file.write(msgspec.json.encode(new) + b"\n")
    return True


def record_transcript(local: Path, address: str, state: State) -> bool:
    """The same of what a program has written down itself; nothing where nobody can read that."""
    run = runs.read(local, address)
    ours = run if run is not None and run.session == state.session else Run(address=Address(address))
    path = Path(state.transcript)
    program = presets().get(ours.runtime) or presets().get(program_of(state.transcript))
    if program is None or not path.is_file():
        return False
    usage = transcripts.usage(program, path)
    name = ours.runtime or program.name
    return record(local, address, state.session, usage, native=state.native, bead=ours.bead, program=name)


def program_of(transcript: str) -> str:
    """Which program writes such a transcript, by its name; empty when none is known to."""
    name = Path(transcript).name
    if name.startswith("rollout-"):
        return "codex"
    return "claude" if "/projects/" in transcript and name.endswith(".jsonl") else ""


def costs(local: Path, by: By) -> list[Spent]:
    """What was used, together by agent, bead or day (UTC, of a session's last line); the dearest first."""
    found: dict[str, Spent] = {}
    for each in last(_read(local / FILE)):
        name = {"agent": each.address, "bead": each.bead or "no bead", "day": each.at[:10]}[by]
        found[name] = _added(found.get(name, Spent(name=name)), each)
    if by == "day":
        return sorted(found.values(), key=lambda each: each.name)
    return sorted(found.values(), key=lambda each: (-(each.cost or 0.0), -each.output, each.name))


def over_budget(local: Path, limits: Limits, bead: str, now: str) -> str:
    """Why no session may start for that bead: its dollars, or those of the day (UTC), are spent; else empty.

    Without budgets nothing is read. What can't be read counts as spent.
    """
    if not (limits.budget_day or limits.budget_bead):
        return ""
    path = local / FILE
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return ""
    except OSError as error:
        return f"what was spent can't be read: {path}: {error.strerror}"
    lines = _lines(data)
    if data.strip() and not lines:
        return f"what was spent can't be read: {path} is spoilt"
    day = _spent(last(lines)) - _spent(last(each for each in lines if each.at[:10] < now[:10]))
    if limits.budget_day and day >= limits.budget_day:
        return f"{day:.2f} US dollars were spent today, limits.budget_day is {limits.budget_day:g}"
    of_it = _spent(each for each in last(lines) if bead and each.bead == bead)
    if limits.budget_bead and of_it >= limits.budget_bead:
        return f"{of_it:.2f} US dollars were spent on {bead}, limits.budget_bead is {limits.budget_bead:g}"
    return ""


def last(every: Iterable[Cost]) -> list[Cost]:
    """The last line of each session, oldest first."""
    found: dict[tuple[str, str], Cost] = {}
    for each in every:
        found.pop(each.key, None)
        found[each.key] = each
    return list(found.values())


def _spent(every: Iterable[Cost]) -> float:
    return sum(each.cost or 0.0 for each in every)


def _added(sum: Spent, one: Cost) -> Spent:
    known = [each for each in (sum.cost, one.cost) if each is not None]
    return Spent(
        name=sum.name,
        sessions=sum.sessions + 1,
        turns=sum.turns + one.turns,
        input=sum.input + one.input,
        output=sum.output + one.output,
        cache_read=sum.cache_read + one.cache_read,
        cache_write=sum.cache_write + one.cache_write,
        cost=round(known[0] + known[1], 6) if len(known) == 2 else known[0] if known else None,
    )


def _shorten(path: Path) -> None:
    kept = last(_read(path))[-KEPT:]
    new = path.with_name(f"{FILE}.new")
    new.write_bytes(b"".join(msgspec.json.encode(each) + b"\n" for each in kept))
    os.replace(new, path)


def _tail(path: Path) -> list[Cost]:
    try:
        with open(path, "rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _TAIL))
            return _lines(file.read())
    except FileNotFoundError:
        return []


def _read(path: Path) -> list[Cost]:
    try:
        return _lines(path.read_bytes())
    except FileNotFoundError:
        return []


def _lines(data: bytes) -> list[Cost]:
    """What can be read: a line may be cut, and a kill leaves half of one."""
    found = []
    for line in data.splitlines():
        try:
            found.append(msgspec.json.decode(line, type=Cost))
        except msgspec.DecodeError:
            continue
    return found

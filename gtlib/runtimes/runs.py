"""Run state: what was started on this machine, for whom, and how it ended. Local, in `.git/gt/run`.

Who starts a session writes `<address>.run.json`, the session itself `<address>.own.json` and
`<address>.checked`, the program's runtime hooks `<address>.state.json`, the launcher `<address>.proc.json`.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Final
from typing import TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from gtlib.errors import UserError
from gtlib.names import Address
from gtlib.names import ItemId
from gtlib.runtimes import launch
from gtlib.system.process import Proc

T = TypeVar("T", bound=Struct)

OWN: Final = ".own.json"
STATE: Final = ".state.json"
RUN: Final = ".run.json"
_CHECKED: Final = ".checked"
_MOST_CHECKED: Final = 200  # far more than a session commits before any is served


class Run(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A session, or a refinery at work. `began` and `not_before` are seconds since the epoch.

    `runtime` is the agent's program by its name, `mode` how it runs (shell, tmux, headless, manual), `native`
    the id that the program itself gives the session. Without `proc` it is about to start: the launcher says
    which process it is (`launch`).
    `since` is the hook's, so that another assignment is told from this one; `done` the number of steps that
    were over at the start and `tip` the branch's commit; `starts` the sessions since a step was over last,
    `attempts` those of them without progress; `ended` that the end was noticed; `said` why nothing is
    started; `seen` the town's commit at the start; `resumed` what a hook that waited looked like, as a hash,
    when the deacon let it go on last; `ending` why it is being ended, `again` when its successor was
    promised.
    """

    address: Address
    bead: ItemId = ItemId("")
    since: str = ""
    runtime: str = ""
    mode: str = "shell"
    session: str = ""
    native: str = ""
    proc: Proc | None = None
    began: float = 0.0
    log: str = ""
    done: int = 0
    tip: str = ""
    starts: int = 0
    attempts: int = 0
    ended: bool = True
    not_before: float = 0.0
    said: str = ""
    seen: str = ""
    resumed: str = ""
    ending: str = ""
    again: float = 0.0


class State(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the program's own hooks said of a session: written by runtime hooks alone.

    `activity` is busy, idle or empty (unknown) since `at` (seconds since the epoch) by `event`; `turns`
    counts prompts. `refused` stops were refused in a row while the work stood at `stood`. `shown` is the mail
    that it was shown, `unseen` what was shown last and counts as read with the next sign of life. `steady`
    turns were begun since more than `done` steps of `work` were over, and those of the last hour at `asked`.
    """

    session: str
    native: str = ""
    transcript: str = ""
    model: str = ""
    activity: str = ""
    event: str = ""
    at: float = 0.0
    turns: int = 0
    refused: int = 0
    stood: str = ""
    shown: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()
    work: str = ""
    done: int = 0
    steady: int = 0
    asked: tuple[int, ...] = ()


class Own(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a session says of itself. `step` (of a shell) or a turn (of a program without a terminal) runs as
    `proc`; `outcome` is empty while it works. `native` is the id that its program knows the session by.

    Outcomes: submitted, waits, over, later, stopped, failed, cut off (in a step, by what it
    started: that was killed, or the commit was not made).
    """

    session: str
    step: str = ""
    proc: Proc | None = None
    outcome: str = ""
    said: str = ""
    tail: str = ""
    native: str = ""
    turns: int = 0


def folder(local: Path) -> Path:
    """The folder of run state in the town's local folder."""
    return local / "run"


def path(local: Path, address: str, ending: str = RUN) -> Path:
    """A file of an address: its slashes are dots."""
    return folder(local) / (address.replace("/", ".") + ending)


def log(local: Path, address: str) -> Path:
    """Where the sessions of an address print."""
    return local / "logs" / (address.replace("/", ".") + ".log")


def read(local: Path, address: str) -> Run | None:
    """What is known of an address; None: nothing. Raises UserError when the file can't be read."""
    return _known(local, _read(path(local, address), Run))


def read_own(local: Path, address: str) -> Own | None:
    """What its last session said of itself; None: nothing. Raises UserError when the file can't be read."""
    return _read(path(local, address, OWN), Own)


def read_state(local: Path, address: str) -> State | None:
    """What its program's hooks said; None: nothing yet. Raises UserError when the file can't be read."""
    return _read(path(local, address, STATE), State)


def own_of(local: Path, address: str, session: str) -> Own | None:
    """What exactly that session said of itself; None also where somebody spoilt the file."""
    try:
        own = read_own(local, address)
    except UserError:
        return None
    return own if own is not None and own.session == session else None


def state_of(local: Path, address: str, session: str) -> State | None:
    """What the hooks of exactly that session said; None also where somebody spoilt the file: the process and
    its screen say enough.
    """
    try:
        state = read_state(local, address)
    except UserError:
        return None
    return state if state is not None and state.session == session else None


def write_state(local: Path, address: str, state: State) -> None:
    """Keep what its program's hooks say."""
    _write(path(local, address, STATE), state)


def write(local: Path, run: Run) -> None:
    """Keep what is known of an address."""
    _write(path(local, run.address), run)


def write_own(local: Path, address: str, own: Own) -> None:
    """Keep what a session says of itself."""
    _write(path(local, address, OWN), own)


def note_checked(local: Path, address: str, claim: str) -> None:
    """Keep the key of a claim that a session is about to commit for a step whose check passed."""
    at = path(local, address, _CHECKED)
    _replace(at, "".join(f"{key}\n" for key in (*_keys(at)[1 - _MOST_CHECKED :], claim)).encode())


def is_checked(local: Path, address: str, claim: str) -> bool:
    """Whether a session of the address, on this machine, says of the claim that the step's check passed."""
    return claim in _keys(path(local, address, _CHECKED))


def every(local: Path) -> tuple[Run, ...]:
    """All that is known, by address. Raises UserError when a file can't be read."""
    found, spoilt = every_readable(local)
    for error in spoilt.values():
        raise error
    return found


def every_readable(local: Path) -> tuple[tuple[Run, ...], dict[Address, UserError]]:
    """What is known, by address, and what is wrong with the files that can't be read."""
    found: list[Run] = []
    spoilt: dict[Address, UserError] = {}
    for each in sorted(folder(local).glob("*" + RUN)):
        try:
            run = _known(local, _read(each, Run))
        except UserError as error:
            spoilt[Address(each.name.removesuffix(RUN).replace(".", "/"))] = error
            continue
        if run is not None:
            found.append(run)
    return tuple(found), spoilt


def started_as(local: Path, address: str) -> tuple[str, Proc] | None:
    """Which session and process the launcher started last for an address; None when none is known."""
    found = launch.who(folder(local), address.replace("/", "."))
    return (found[0], Proc(found[1], found[2])) if found else None


def _known(local: Path, run: Run | None) -> Run | None:
    """With its process as the launcher says it, where whoever started it did not live to write it down."""
    if run is None or run.proc is not None or run.ended or not run.session:
        return run
    found = started_as(local, run.address)
    return replace(run, proc=found[1]) if found and found[0] == run.session else run


def _read(path: Path, type_: type[T]) -> T | None:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}", "mend its permissions") from error
    try:
        return msgspec.json.decode(data, type=type_)
    except msgspec.DecodeError as error:
        raise UserError(
            f"{path} can't be read: {error}", "see with ps what runs, then remove the file"
        ) from error


def _keys(path: Path) -> list[str]:
    try:
        return path.read_text("utf-8", "replace").split()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}", "mend its permissions") from error


def _write(path: Path, value: Struct) -> None:
    _replace(path, msgspec.json.encode(value))


def _replace(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # the deacon writes in several threads
    temporary = path.with_name(f"{path.name}.{os.getpid()}.{threading.get_ident()}.new")
    temporary.write_bytes(data)
    os.replace(temporary, path)

"""One turn of a program's print mode: asked, read as it goes, bounded, and over."""

from __future__ import annotations

import time
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

from gtlib.framing import clean
from gtlib.runtimes import ending
from gtlib.runtimes.printed import Result
from gtlib.runtimes.printed import passes
from gtlib.runtimes.results import Reader
from gtlib.system.boundedlog import BoundedLog
from gtlib.system.piped import Piped
from gtlib.system.process import Proc

LOOK_SECONDS: Final = 0.2
# What it started may print on when it is over.
DRAIN_SECONDS: Final = 1.0
GRACE_SECONDS: Final = 2.0
COMPLAINT_CHARS: Final = 2000


class Limits(Struct, frozen=True, kw_only=True):
    """What a turn may take: `silent` seconds without a word, `flood` bytes of output, `long` seconds."""

    silent: float = 1800.0
    flood: int = 256 * 1024 * 1024
    long: float = 6 * 3600.0


class Turn(Struct, frozen=True, kw_only=True):
    """How it went: `error` is empty when it came to its end, and `passes` when it will be otherwise later.
    `complaint` is the end of the error output.
    """

    result: Result
    code: int
    error: str = ""
    complaint: str = ""
    passes: bool = False


def run_turn(
    argv: Sequence[str],
    cwd: Path,
    env: Mapping[str, str],
    *,
    format: str,
    log: Path,
    limits: Limits,
    on_start: Callable[[Proc], None],
    on_native: Callable[[str], None],
) -> Turn:
    """Ask the program once and follow it to its end; what happens is appended to `log`, readable for people.

    One that breaks a limit is ended, and so is what it left running in its group. `env` is all that it gets,
    GT_SESSION and GT_TOWN among it. `on_native` is told the id of the program's session as soon as it is
    known. Raises UserError when the program can't be started.
    """
    reader = Reader(format)
    complaint = b""
    with BoundedLog(log) as kept, Piped(argv, cwd, env) as child:
        try:
            on_start(child.proc)
            began = heard = alive = time.monotonic()
            size, broken, native = 0, "", ""
            while not broken:
                out, err = child.read(LOOK_SECONDS)
                now = time.monotonic()
                alive = alive if child.ended() else now
                if (out or err) and now - alive < DRAIN_SECONDS:
                    heard = now
                    size += len(out) + len(err)
                    _note(kept, [*reader.feed(out), *clean(err.decode("utf-8", "replace")).splitlines()])
                    if reader.native != native:
                        native = reader.native
                        on_native(native)
                    complaint = (complaint + err)[-COMPLAINT_CHARS:]
                elif child.ended():
                    break
                broken = _broken(limits, now - heard, size, now - began)
        finally:
            if not child.ended():
                session, town = env.get("GT_SESSION", ""), Path(env.get("GT_TOWN", ""))
                ending.end(child.proc, session, GRACE_SECONDS, town)
    result = reader.result()
    code = child.code or 0
    said = clean(complaint.decode("utf-8", "replace")).strip()
    error = broken or result.error or _failed(result, code, said)
    # What it says on the error output counts where it says no more than that it failed.
    later = not broken and passes(result.error or said if error else "")
    return Turn(result=result, code=code, error=error, complaint=said, passes=later)


def _broken(limits: Limits, silent: float, size: int, long: float) -> str:
    if silent >= limits.silent:
        return f"it said nothing for {limits.silent:g} s and was ended"
    if size > limits.flood:
        return f"it printed more than {limits.flood // (1024 * 1024)} MiB in one turn and was ended"
    if long >= limits.long:
        return f"one turn took longer than {limits.long:g} s and was ended"
    return ""


def _failed(result: Result, code: int, complaint: str) -> str:
    """Why a program that does not say so itself came to no answer."""
    if code == 0:
        return ""
    how = f"ended with exit status {code}" if code > 0 else f"was ended by signal {-code}"
    last = complaint.splitlines()[-1] if complaint else ""
    return f"it {how}{f': {last}' if last else ''}"


def _note(kept: BoundedLog, lines: Sequence[str]) -> None:
    data = "".join(f"{line}\n" for line in lines).encode("utf-8", "replace")
    for start in range(0, len(data), 64 * 1024):
        kept.add(data[start : start + 64 * 1024])

"""Show the session of an agent in a person's terminal, and what it shows without one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from gtlib import framing
from gtlib.actions import running
from gtlib.actions.modes import runtime as runtime_of
from gtlib.errors import UserError
from gtlib.model.agent import start_line
from gtlib.names import Address
from gtlib.runtimes import runs


class Sight(Struct, frozen=True, kw_only=True):
    """What an agent's session shows: its screen while it runs in a terminal, else the end of its log."""

    address: str
    running: bool
    session_id: str
    runtime: str
    mode: str
    lines: tuple[str, ...]


def terminal_words(local: Path, address: Address, environ: Mapping[str, str]) -> list[str]:
    """The words that show its session in this terminal. UserError when none runs, or not in a terminal."""
    run = runs.read(local, address)
    if run is None or not running.is_alive(run):
        raise UserError(f"no session of {address} runs here", f"start it: {start_line(address)}")
    if run.mode != "tmux":
        raise UserError(
            f"the session of {address} runs without a terminal ({run.mode})",
            f"see what it does: gt peek {address}",
        )
    from gtlib.runtimes.tmux import Tmux  # libtmux takes a tenth of a second, which a refusal need not

    return Tmux().attach(run, environ)


def peek(local: Path, address: Address, lines: int) -> Sight:
    """The last `lines` lines, without what could steer a terminal. UserError when none was ever started."""
    run = runs.read(local, address)
    if run is None or not run.session:
        raise UserError(f"no session of {address} was started here", start_line(address))
    text = framing.clean(runtime_of(run.mode).look(run, lines)).rstrip()
    return Sight(
        address=address,
        running=running.is_alive(run),
        session_id=run.session,
        runtime=run.runtime,
        mode=run.mode,
        lines=tuple(line.rstrip() for line in text.splitlines()[-lines:]) if text else (),
    )


def inject(local: Path, address: Address, text: str, wait: float) -> None:
    """Give a running session words as if typed, within `wait` seconds. UserError when it took none."""
    run = runs.read(local, address)
    if run is None or not running.is_alive(run):
        raise UserError(f"no session of {address} runs here", f"start it: {start_line(address)}")
    why = runtime_of(run.mode).deliver(run, text, wait)
    if why:
        raise UserError(f"{address} did not take it: {why}", f"see what it does: gt peek {address}")

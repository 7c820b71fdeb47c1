"""Sessions in terminals: each town has a tmux server of its own, each agent a session in it."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from gtlib import framing
from gtlib.errors import UserError
from gtlib.lock import FileLock
from gtlib.model.agent import start_line
from gtlib.runtimes import argv
from gtlib.runtimes import ending
from gtlib.runtimes import environ
from gtlib.runtimes import hookfiles
from gtlib.runtimes import launch
from gtlib.runtimes import presets
from gtlib.runtimes import programs
from gtlib.runtimes import runs
from gtlib.runtimes import shell
from gtlib.runtimes import terminal
from gtlib.runtimes import typist
from gtlib.runtimes import watcher
from gtlib.runtimes.base import Activity
from gtlib.runtimes.base import Spec
from gtlib.runtimes.presets import Preset
from gtlib.runtimes.runs import Run
from gtlib.runtimes.runs import State
from gtlib.runtimes.terminal import Shown
from gtlib.runtimes.terminal import Terminal
from gtlib.system import process
from gtlib.system.process import Proc

TERM: Final = "xterm-256color"
START_SECONDS: Final = 10.0
LAST_LINES: Final = 20
KEPT_LINES: Final = 200
_PROGRAM: Final = ".screen"
_TYPED: Final = ".typed"
_DEAD: Final = "Pane is dead ("  # what tmux itself writes below a screen


class Tmux(Struct, frozen=True):
    """Starts a program in a terminal of its own, where a person may look and type."""

    name: str = "tmux"

    def missing(self, program: Preset | None) -> str:
        """As `Runtime.missing`."""
        version = terminal.version()
        if not version:
            return "tmux is not installed here; install it: apt install tmux, or brew install tmux"
        words = version.split(".")
        if words[0].isdigit() and (int(words[0]), words[-1][:1]) < (3, "2"):
            return f"tmux {version} is too old; gt needs 3.2 or newer"
        return (
            programs.missing(program) if program is not None else "no program is named; name one with --agent"
        )

    def start(self, spec: Spec) -> Proc:
        """As `Runtime.start`."""
        local, name = _local(spec.log), terminal.session_name(spec.address)
        folder = runs.folder(local)
        words = argv.interactive(spec, hookfiles.install(spec))
        env = {**environ.whole(spec, os.environ), "TERM": TERM}
        terminal.serve(local)
        before = terminal.free(local, name)
        if before is not None:
            _keep(spec.log, before)
        shell.begin(spec.log, spec.session)
        folder.mkdir(parents=True, exist_ok=True)
        _note_program(folder / f"{_key(spec.address)}{_PROGRAM}", spec.program)
        file = launch.order(folder, _key(spec.address), spec.session, words, spec.worktree, env)
        try:
            start = process.python(launch.MODULE, str(file))
            pane = terminal.open_in(local, name, spec.session, spec.town, start, before)
            return _started(spec, folder, pane)
        finally:
            file.unlink(missing_ok=True)  # it may hold keys

    def alive(self, run: Run) -> bool:
        """As `Runtime.alive`."""
        proc = _proc(run)
        return proc is not None and process.alive(proc)

    def ready(self, run: Run, seconds: float) -> str:
        """Wait until it takes words, or its hooks say that it works: empty when it does, else why not."""
        pane = _pane(run)
        if pane is None or not self.alive(run):
            return "its session is over"
        return watcher.ready(pane, _program(run), lambda: _state(run), seconds)

    def activity(self, run: Run) -> Activity:
        """As `Runtime.activity`."""
        pane = _pane(run)
        if pane is None or not self.alive(run):
            return "unknown"
        return watcher.activity(pane, _program(run), _state(run))

    def deliver(self, run: Run, text: str, wait: float) -> str:
        """As `Runtime.deliver`."""
        pane = _pane(run)
        if pane is None or not self.alive(run):
            return "its session is over"
        folder, key = runs.folder(_local(run.log)), _key(run.address)
        lock = FileLock(folder / f"{key}.typing.lock")
        began = time.monotonic()
        if not lock.acquire(timeout=wait):
            return "somebody else is giving it words"
        try:
            left = max(0.0, wait - (time.monotonic() - began))
            return typist.deliver(
                pane, _program(run), text, left, lambda: _heard(run), folder / f"{key}{_TYPED}"
            )
        finally:
            lock.release()

    def interrupt(self, run: Run) -> str:
        """As `Runtime.interrupt`."""
        pane = _pane(run)
        if pane is None or not self.alive(run):
            return "its session is over"
        return watcher.interrupt(pane, _program(run))

    def stop(self, run: Run, grace: float) -> None:
        """As `Runtime.stop`. Its last screen is kept in its log."""
        pane = _pane(run)
        if pane is not None:
            _keep(Path(run.log), pane)
        ending.end(_proc(run), run.session, grace, _local(run.log).parents[1])
        if pane is not None:
            pane.close()

    def look(self, run: Run, lines: int) -> str:
        """As `Runtime.look`."""
        # Who has ended is looked at also where tmux is no more.
        pane = _pane(run) if terminal.version() else None
        if pane is None:
            return shell.printed(run.log, run.session, lines)
        return _lines(pane.text(lines), lines)

    def attach(self, run: Run, environ: Mapping[str, str]) -> list[str]:
        """The words that show it in this terminal. UserError when it is not there."""
        if _pane(run) is None:
            raise UserError(f"no terminal shows {run.address}", f"start it: {start_line(run.address)}")
        return terminal.attach(_local(run.log), terminal.session_name(run.address), environ)


def sessions(local: Path) -> tuple[Shown, ...]:
    """All that the server of the town with that local folder shows, by name."""
    return terminal.sessions(local)


def shutdown(local: Path) -> tuple[str, ...]:
    """End the town's server, unless something still runs in it: the names of what does."""
    return terminal.shutdown(local)


def _started(spec: Spec, folder: Path, pane: Terminal) -> Proc:
    """The process that the launcher said it is. UserError when it said nothing."""
    record: tuple[str, int, str] | None = None

    def known() -> bool:
        nonlocal record
        record = launch.who(folder, _key(spec.address))
        return _is(record, spec) or pane.is_over()

    process.until(known, START_SECONDS)
    record = launch.who(folder, _key(spec.address))
    if record is not None and _is(record, spec):
        return Proc(record[1], record[2])
    said = _lines(pane.text(LAST_LINES), LAST_LINES) or "it said nothing"
    pane.close()
    raise UserError(
        f"the session of {spec.address} did not start: {said}", f"try it by hand in {spec.worktree}"
    )


def _is(record: tuple[str, int, str] | None, spec: Spec) -> bool:
    return record is not None and record[0] == spec.session


def _proc(run: Run) -> Proc | None:
    if run.proc is not None or not run.log:
        return run.proc
    found = launch.who(runs.folder(_local(run.log)), _key(run.address))
    return Proc(found[1], found[2]) if found and found[0] == run.session else None


def _state(run: Run) -> State | None:
    """What its hooks said, if of this session."""
    try:
        state = runs.read_state(_local(run.log), run.address)
    except UserError:  # spoilt by somebody: the screen says enough
        return None
    return state if state is not None and state.session == run.session else None


def _heard(run: Run) -> tuple[int, float]:
    state = _state(run)
    return (0, 0.0) if state is None else (state.turns, state.at if state.event == "prompt" else 0.0)


def _note_program(path: Path, program: Preset | None) -> None:
    """Keep what its screen looks like and how words are typed: a custom program stands in settings alone."""
    if program is not None:
        # Without its variables, which may hold keys.
        known = Preset(
            name=program.name, command=program.command, screen=program.screen, typing=program.typing
        )
        path.write_bytes(msgspec.json.encode(known))


def _program(run: Run) -> Preset:
    path = runs.folder(_local(run.log)) / f"{_key(run.address)}{_PROGRAM}"
    try:
        return msgspec.json.decode(path.read_bytes(), type=Preset)
    except (FileNotFoundError, msgspec.DecodeError):
        return presets.presets().get(run.runtime) or Preset(name=run.runtime, command=run.runtime)


def _lines(text: str, lines: int) -> str:
    shown = framing.clean(text).rstrip().splitlines()
    if shown and shown[-1].startswith(_DEAD):
        shown = shown[:-1]
    return "\n".join(line.rstrip() for line in "\n".join(shown).rstrip().splitlines()[-lines:])


def _key(address: str) -> str:
    return address.replace("/", ".")


def _local(log: Path | str) -> Path:
    """The town's local folder: logs stand in one of its own (`runs.log`)."""
    return Path(log).parents[1]


def _keep(log: Path, pane: Terminal) -> None:
    """Its last screen, for who looks later."""
    log.parent.mkdir(parents=True, exist_ok=True)
    shell.turn(log)
    with log.open("a", encoding="utf-8") as file:
        file.write(_lines(pane.text(KEPT_LINES), KEPT_LINES) + "\n")


def _pane(run: Run) -> Terminal | None:
    return terminal.find(_local(run.log), run.session) if run.session and run.log else None

"""Programs without a terminal: one process of ours a session asks them turn by turn, in their print mode."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any
from typing import Final

import msgspec
from msgspec import Struct

from gtlib.errors import UserError
from gtlib.runtimes import ending
from gtlib.runtimes import environ
from gtlib.runtimes import launch
from gtlib.runtimes import nudges
from gtlib.runtimes import programs
from gtlib.runtimes import runs
from gtlib.runtimes import shell
from gtlib.runtimes.argv import MARK
from gtlib.runtimes.base import Activity
from gtlib.runtimes.base import Spec
from gtlib.runtimes.presets import Preset
from gtlib.runtimes.runs import Run
from gtlib.system import kin
from gtlib.system import process
from gtlib.system.process import Proc

# Its program: it serves the town by the same actions as every other entrance, so it stands above this ring.
PROGRAM: Final = "gtlib.actions.headless_session"
SENDER: Final = "gt"
SPEC: Final = ".spec"


class Headless(Struct, frozen=True):
    """Starts one process of ours for a session. Words reach it as nudges, which it looks for by itself."""

    name: str = "headless"

    def missing(self, program: Preset | None) -> str:
        """As `Runtime.missing`."""
        if program is None:
            return "no program is named that could run without a terminal"
        if not program.lines.headless:
            return f"{program.name} can't run without a terminal: set its mode to tmux"
        return programs.missing(program)

    def start(self, spec: Spec) -> Proc:
        """As `Runtime.start`."""
        shell.begin(spec.log, spec.session)
        local = _local(str(spec.log))
        name = runs.path(local, spec.address, "").name
        argv = process.python(PROGRAM, str(write_spec(local, spec)))
        order = launch.order(
            runs.folder(local), name, spec.session, argv, spec.town, environ.whole(spec, os.environ)
        )
        return process.spawn(process.python(launch.MODULE, str(order)), spec.town, {}, spec.log)

    def alive(self, run: Run) -> bool:
        """As `Runtime.alive`."""
        return run.proc is not None and process.alive(run.proc)

    def activity(self, run: Run) -> Activity:
        """As `Runtime.activity`: busy in a turn."""
        own = runs.own_of(_local(run.log), run.address, run.session) if self.alive(run) else None
        if own is None or own.outcome:
            return "unknown"
        if own.proc is not None and process.alive(own.proc):
            return "busy"
        return "idle" if own.turns else "unknown"

    def deliver(self, run: Run, text: str, wait: float) -> str:
        """As `Runtime.deliver`: into the turn that runs, by its hooks, or as the next one.

        A line of gt's own that says to look is no more than that where something waits: that is taken.
        """
        if not self.alive(run):
            return f"no session of {run.address} runs"
        local = _local(run.log)
        looked_for = [each.id for each in nudges.waiting(local, run.address)] if text.startswith(MARK) else []
        mine = "" if looked_for else nudges.put(local, run.address, SENDER, text, "normal").id
        wanted = looked_for or [mine]
        if process.until(lambda: all(nudges.is_shown(local, run.address, id) for id in wanted), wait):
            return ""
        if mine and not nudges.withdraw(local, run.address, mine):
            return ""  # taken at the last moment
        return f"{run.address} has not looked within {wait:g} s"

    def interrupt(self, run: Run) -> str:
        """As `Runtime.interrupt`: the turn ends, and the session waits a while for words."""
        if run.proc is None or self.activity(run) != "busy":
            return f"{run.address} is in no turn"
        kin.send([run.proc], signal.SIGINT)
        return ""

    def stop(self, run: Run, grace: float) -> None:
        """As `Runtime.stop`."""
        ending.end(run.proc, run.session, grace, _local(run.log).parent.parent)

    def look(self, run: Run, lines: int) -> str:
        """As `Runtime.look`."""
        return shell.printed(run.log, run.session, lines)


def write_spec(local: Path, spec: Spec) -> Path:
    """Leave what a session is started for to its process: a program's settings may hold keys, so in a file
    that nobody else may read.
    """
    path = runs.path(local, spec.address, SPEC)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(msgspec.json.encode(spec, enc_hook=str))
    return path


def read_spec(path: Path) -> Spec:
    """What was left, which goes with it. UserError when there is nothing that can be read."""
    try:
        data = path.read_bytes()
        path.unlink()
        return msgspec.json.decode(data, type=Spec, dec_hook=_path)
    except (OSError, msgspec.DecodeError) as error:
        raise UserError(f"{path}: {error}", "start the session again: gt session start") from error


def _path(type: type[Any], value: object) -> object:
    return type(value)


def _local(log: str) -> Path:
    """The town's local folder, from where the session's log is."""
    return Path(log).parent.parent

"""The built-in runtime: executes the `run` of each step. No model, no tmux."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Final

from msgspec import Struct

from gtlib.model.cook import Command
from gtlib.runtimes import ending
from gtlib.runtimes import launch
from gtlib.runtimes.base import Activity
from gtlib.runtimes.base import Spec
from gtlib.runtimes.base import environment
from gtlib.runtimes.presets import Preset
from gtlib.runtimes.runs import Run
from gtlib.system import process
from gtlib.system.process import Proc

# Its program: it serves steps by the same actions as every other entrance, so it stands above this ring.
PROGRAM: Final = "gtlib.actions.shell_session"
STEP_SECONDS: Final = 3600.0
TAIL_LINES: Final = 20
TAIL_BYTES: Final = 8192
# As a program that is ended by one of these, and as a shell whose last program was.
_KILLED: Final = frozenset(
    code for number in (signal.SIGKILL, signal.SIGTERM) for code in (-number, 128 + number)
)
# A session begins a new log beyond this, and the one before is kept.
LOG_BYTES: Final = 4 * 1024 * 1024


class Shell(Struct, frozen=True):
    """Starts one process of ours for a session. It is at work as long as it lives, and takes no words."""

    name: str = "shell"

    def missing(self, program: Preset | None) -> str:
        """Nothing: it is part of gt."""
        return ""

    def start(self, spec: Spec) -> Proc:
        """As `Runtime.start`."""
        argv = process.python(PROGRAM, str(spec.town), spec.address, spec.session)
        begin(spec.log, spec.session)
        folder, env = spec.log.parents[1] / "run", process.environment(environment(spec))
        order = launch.order(folder, spec.address.replace("/", "."), spec.session, argv, spec.town, env)
        start = process.python(launch.MODULE, str(order))
        return process.spawn(start, spec.town, environment(spec), spec.log)

    def alive(self, run: Run) -> bool:
        """As `Runtime.alive`."""
        return run.proc is not None and process.alive(run.proc)

    def activity(self, run: Run) -> Activity:
        """As `Runtime.activity`."""
        return "busy" if self.alive(run) else "unknown"

    def deliver(self, run: Run, text: str, wait: float) -> str:
        """As `Runtime.deliver`."""
        return "the shell runs steps, and reads nothing"

    def interrupt(self, run: Run) -> str:
        """As `Runtime.interrupt`."""
        return "the shell can only be ended: gt session stop"

    def stop(self, run: Run, grace: float) -> None:
        """As `Runtime.stop`."""
        if run.session and run.log:
            ending.end(run.proc, run.session, grace, Path(run.log).parents[3])
        elif run.proc is not None:  # a refinery
            process.stop(run.proc, grace)

    def look(self, run: Run, lines: int) -> str:
        """As `Runtime.look`."""
        return printed(run.log, run.session, lines)


class Ended(Struct, frozen=True):
    """How the command of a step ended: `complaint` is empty when it did what it should. `killed`: by
    somebody, so that it says nothing about the step.
    """

    complaint: str = ""
    tail: str = ""
    killed: bool = False


def run_step(
    command: Command, step: str, spec: Spec, timeout: float, on_start: Callable[[Proc], None]
) -> Ended:
    """Run the command of a step in the worktree to its end, whatever it printed into the log.

    `on_start` gets its process. Raises UserError when the program is missing.
    """
    before = spec.log.stat().st_size if spec.log.exists() else 0
    env = {**command.env, **environment(spec), "GT_STEP": step}
    code = process.run(command.argv, spec.worktree, env, timeout, spec.log, on_start)
    if code == 0:
        return Ended()
    how = f"took longer than {timeout:g} s" if code == process.TIMEOUT else _exit(code)
    return Ended(f"step {step} {how}", tail(spec.log, before), code in _KILLED)


def turn(log: Path) -> None:
    """Begin a new log where one has grown beyond LOG_BYTES; the one before is kept."""
    if log.exists() and log.stat().st_size > LOG_BYTES:
        os.replace(log, log.with_name(f"{log.name}.old"))


def begin(log: Path, session: str) -> None:
    """A session begins to print there: what stands before is of another one."""
    turn(log)
    log.parent.mkdir(parents=True, exist_ok=True)
    size = log.stat().st_size if log.exists() else 0
    _from(log).write_text(f"{session} {size}\n", "utf-8")


def printed(log: str, session: str, lines: int) -> str:
    """The last lines that a session has printed; of the whole log where nobody noted where it began."""
    if not log:
        return ""
    path = Path(log)
    try:
        whose, size = _from(path).read_text("utf-8").split()
        start = int(size) if whose == session and int(size) <= path.stat().st_size else 0
    except (FileNotFoundError, ValueError):
        start = 0
    return tail(path, start, lines)


def _from(log: Path) -> Path:
    return log.with_name(f"{log.name}.from")


def tail(log: Path, start: int = 0, lines: int = TAIL_LINES) -> str:
    """The last lines of a log from byte `start` on; empty when there is none."""
    try:
        with log.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(start, size - TAIL_BYTES))
            text = file.read().decode("utf-8", "replace")
    except FileNotFoundError:
        return ""
    return "\n".join(text.splitlines()[-lines:])


def _exit(code: int) -> str:
    return f"ended with exit status {code}" if code > 0 else f"was ended by signal {-code}"

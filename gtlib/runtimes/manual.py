"""Sessions that a person starts: gt says the line to type, and what is typed there is the person's."""

from __future__ import annotations

import shlex
from pathlib import Path

from msgspec import Struct

from gtlib.errors import UserError
from gtlib.runtimes import shell
from gtlib.runtimes.base import Activity
from gtlib.runtimes.base import Spec
from gtlib.runtimes.presets import Preset
from gtlib.runtimes.runs import Run
from gtlib.system import process
from gtlib.system.process import Proc


class Manual(Struct, frozen=True):
    """Starts nothing, and ends nothing that it did not start."""

    name: str = "manual"

    def missing(self, program: Preset | None) -> str:
        """That a person starts it, and how: so nothing is ever started by itself."""
        command = program.command if program is not None else "a program of yours"
        return f"a person starts {command} in the worktree, with GT_ROLE set to the agent's address"

    def start(self, spec: Spec) -> Proc:
        """Refuses with the line to type."""
        raise UserError(f"{spec.address} is started by a person", f"type: {line(spec)}")

    def alive(self, run: Run) -> bool:
        """As `Runtime.alive`: so far as its process is known."""
        return run.proc is not None and process.alive(run.proc)

    def activity(self, run: Run) -> Activity:
        """Nobody knows."""
        return "unknown"

    def deliver(self, run: Run, text: str, wait: float) -> str:
        """As `Runtime.deliver`: there is no way in but its own hooks."""
        return f"a person runs {run.address}: its hooks show what waits, nothing can be typed for it"

    def interrupt(self, run: Run) -> str:
        """As `Runtime.interrupt`."""
        return f"a person runs {run.address}: only that person can interrupt it"

    def stop(self, run: Run, grace: float) -> None:
        """Nothing: what a person started, a person ends."""

    def look(self, run: Run, lines: int) -> str:
        """As `Runtime.look`: the end of a log, if there is one."""
        return shell.tail(Path(run.log), lines=lines) if run.log else ""


def line(spec: Spec) -> str:
    """What a person types to start it."""
    command = spec.program.command if spec.program is not None else "YOUR-PROGRAM"
    role = shlex.quote(f"GT_ROLE={spec.address}")
    return f"cd {shlex.quote(str(spec.worktree))} && {role} {shlex.quote(command)}"

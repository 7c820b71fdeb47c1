"""Sessions that a person starts: gt says the line to type, and what is typed there is the person's."""

from __future__ import annotations

import shlex
from pathlib import Path

from msgspec import Struct

from gtlib.errors import UserError
from gtlib.runtimes import ending
from gtlib.runtimes import nudges
from gtlib.runtimes import runs
from gtlib.runtimes import shell
from gtlib.runtimes.base import Activity
from gtlib.runtimes.base import Spec
from gtlib.runtimes.presets import Preset
from gtlib.runtimes.runs import Run
from gtlib.system import process
from gtlib.system.process import Proc


class Manual(Struct, frozen=True):
    """Starts nothing. What a person started is known by its program's hooks, and ended by its name only."""

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
        """As `Runtime.activity`: what its hooks said last."""
        state = runs.state_of(_local(run), run.address, run.session) if run.log else None
        if state is None or not self.alive(run):
            return "unknown"
        return "busy" if state.activity == "busy" else "idle" if state.activity == "idle" else "unknown"

    def deliver(self, run: Run, text: str, wait: float) -> str:
        """As `Runtime.deliver`: nothing is typed into a person's terminal, its hooks show what waits."""

        def waits() -> bool:
            return bool(run.log and nudges.waiting(_local(run), run.address))

        if waits() and process.until(lambda: not waits(), wait):
            return ""
        return f"a person runs {run.address}: it is shown with the next prompt or tool there"

    def interrupt(self, run: Run) -> str:
        """As `Runtime.interrupt`."""
        return f"a person runs {run.address}: only that person can interrupt it"

    def stop(self, run: Run, grace: float) -> None:
        """As `Runtime.stop`: somebody asked for exactly this one."""
        if run.log:
            ending.end(run.proc, run.session, grace, _local(run).parents[1])

    def look(self, run: Run, lines: int) -> str:
        """Where it is to be seen; of one that has ended the end of a log, if there is one."""
        if run.proc is not None and self.alive(run):
            return f"it runs in a terminal of a person's, as process {run.proc.pid}: nothing else shows it"
        return shell.printed(run.log, run.session, lines)


def line(spec: Spec) -> str:
    """What a person types to start it."""
    command = spec.program.command if spec.program is not None else "YOUR-PROGRAM"
    role = shlex.quote(f"GT_ROLE={spec.address}")
    return f"cd {shlex.quote(str(spec.worktree))} && {role} {shlex.quote(command)}"


def _local(run: Run) -> Path:
    """The town's local folder: logs stand in one of its own (`runs.log`)."""
    return Path(run.log).parents[1]

"""What a runtime is: how a session of an agent's program is started, reached, known and stopped."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final
from typing import Literal
from typing import Protocol

from msgspec import Struct

from gtlib.names import Address
from gtlib.names import ItemId
from gtlib.runtimes.presets import Preset
from gtlib.runtimes.runs import Run
from gtlib.system.process import Proc

# What an agent's file may name beside programs: what gt runs itself, and what a person starts.
OWN: Final = ("shell", "manual")

Activity = Literal["busy", "idle", "unknown"]
Permissions = Literal["autonomous", "sandbox"]


class Spec(Struct, frozen=True, kw_only=True):
    """What a session is started for. `session` is its id with us, `worktree` where the work stands.

    `program` is what to start (None: the runtime is its own), `prompt` its first words, `native` the id that
    the program is to give its session, or (with `resume`) has given the one that goes on. `bead` is empty
    for who has no work on the hook, as the mayor.
    """

    town: Path
    address: Address
    bead: ItemId
    session: str
    worktree: Path
    log: Path
    program: Preset | None = None
    prompt: str = ""
    native: str = ""
    resume: bool = False
    permissions: Permissions = "autonomous"


class Usage(Struct, frozen=True, kw_only=True):
    """What a session has used so far, in tokens; `cost` in US dollars where the program says it."""

    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0
    cost: float | None = None
    turns: int = 0
    model: str = ""


class Runtime(Protocol):
    """One way to run an agent's program. A process is known by pid and start time, never by name."""

    @property
    def name(self) -> str:
        """What run state calls it: shell, tmux, headless or manual."""
        ...

    def missing(self, program: Preset | None) -> str:
        """Why it can't start that program on this machine, and what to do; empty when it can."""
        ...

    def start(self, spec: Spec) -> Proc:
        """Start a session, its output in `spec.log`. Raises UserError when the program can't be started."""
        ...

    def alive(self, run: Run) -> bool:
        """Whether that session still runs."""
        ...

    def activity(self, run: Run) -> Activity:
        """Whether it works on something, waits for words, or can't be told."""
        ...

    def deliver(self, run: Run, text: str, wait: float) -> str:
        """Give it words as if typed, within `wait` seconds: empty when it took them, else why not.

        Words that were not taken are not there half: it can be tried again.
        """
        ...

    def interrupt(self, run: Run) -> str:
        """End what it does now, but not the session: empty when it was told so, else why not."""
        ...

    def stop(self, run: Run, grace: float) -> None:
        """End that session and all that it started, with `grace` seconds to tidy up."""
        ...

    def look(self, run: Run, lines: int) -> str:
        """What it shows now: the screen, or the end of its log."""
        ...


def environment(spec: Spec) -> Mapping[str, str | None]:
    """The variables that tell a program who it is and for what it was started."""
    return {
        "GT_ROLE": spec.address,
        "GT_TOWN": str(spec.town),
        "GT_BEAD": spec.bead,
        "GT_SESSION": spec.session,
    }

"""What a runtime is: how a session of an agent's program is started, known and stopped."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final
from typing import Protocol

from msgspec import Struct

from gtlib.names import Address
from gtlib.names import ItemId
from gtlib.system.process import Proc

# All that an agent's file may name: what gt starts itself, what a person starts, and known programs.
KNOWN: Final = (
    "shell", "manual", "claude", "gemini", "codex", "cursor", "auggie", "amp", "opencode", "copilot", "pi",
    "omp", "vibe",
)  # fmt: skip


class Spec(Struct, frozen=True, kw_only=True):
    """What a session is started for. `session` is its id, `worktree` where the work stands."""

    town: Path
    address: Address
    bead: ItemId
    session: str
    worktree: Path
    log: Path


class Runtime(Protocol):
    """One kind of agent program. A process is known by pid and start time, never by name."""

    @property
    def name(self) -> str:
        """What agents' files and settings call it."""
        ...

    def missing(self) -> str:
        """Why it can't be started on this machine, and what to do; empty when it can."""
        ...

    def start(self, spec: Spec) -> Proc:
        """Start a session, its output in `spec.log`. Raises UserError when the program can't be started."""
        ...

    def alive(self, proc: Proc) -> bool:
        """Whether that session still runs."""
        ...

    def stop(self, proc: Proc, grace: float) -> None:
        """End that session, with `grace` seconds to tidy up. Nothing happens when it is gone."""
        ...


def environment(spec: Spec) -> Mapping[str, str | None]:
    """The variables that tell a program who it is and for what it was started."""
    return {
        "GT_ROLE": spec.address,
        "GT_TOWN": str(spec.town),
        "GT_BEAD": spec.bead,
        "GT_SESSION": spec.session,
    }

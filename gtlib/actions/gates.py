"""Run a rig's gates on exactly what would land.

A gate is `sh -c COMMAND` in a scratch worktree of the merge, one after the other, each in a process group
of its own. It sees the caller's environment without git's local variables and without any `GT_*` but

    GT_RIG     the rig's name
    GT_BEAD    the bead whose work it is
    GT_BRANCH  the branch that the work stands on
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import quote

import msgspec
from msgspec import Struct

from gtlib import output
from gtlib.model.config import Gate
from gtlib.model.merge import MergeRequest
from gtlib.names import CommitId
from gtlib.store.landing import scratch_worktree
from gtlib.store.rig import Rig
from gtlib.system import process
from gtlib.system.process import Proc

TAIL_LINES: Final = 60
_TAIL_BYTES: Final = 64 * 1024


class Failed(Struct, frozen=True):
    """The gate that did not pass. `tail` is the end of its log, without escape codes; `why` is one line."""

    gate: str
    command: str
    why: str
    tail: str
    log: Path


class Running(Struct, frozen=True):
    """What runs now, as noted beside the locks: a refinery that was killed leaves it behind."""

    request: str
    gate: str
    proc: Proc


def gates(rig: Rig, request: MergeRequest, commit: CommitId) -> Failed | None:
    """Run them all on `commit`; the first that fails, None when all passed.

    Raises UserError when gates of this rig run already, or `sh` is missing; GitError.
    """
    if not rig.config.gates:
        return None
    end_left_over(rig)
    with scratch_worktree(rig, commit) as folder:
        for name, gate in rig.config.gates.items():
            failed = _gate(rig, request, name, gate, folder)
            if failed is not None:
                return failed
    return None


def running(rig: Rig) -> Running | None:
    """The gate that runs at this moment in this rig."""
    try:
        found = msgspec.json.decode(_note(rig).read_bytes(), type=Running)
    except (FileNotFoundError, msgspec.DecodeError):
        return None
    return found if process.alive(found.proc) else None


def end_left_over(rig: Rig) -> None:
    """End the gate that a killed refinery left running. The caller holds the rig's refinery lock."""
    found = running(rig)
    if found is not None:
        process.stop(found.proc, grace=0)
    _note(rig).unlink(missing_ok=True)


def log_path(rig: Rig, request: MergeRequest, gate: str) -> Path:
    """Where a gate's output is kept until it runs again."""
    return rig.root / ".git" / "gt" / "logs" / f"gate-{request.id}-{quote(gate, safe='')}.log"


def _gate(rig: Rig, request: MergeRequest, name: str, gate: Gate, folder: Path) -> Failed | None:
    log = log_path(rig, request, name)
    log.unlink(missing_ok=True)

    def note(proc: Proc) -> None:
        _note(rig).write_bytes(msgspec.json.encode(Running(request.id, name, proc)))

    argv = ["sh", "-c", gate.command]
    code = process.run(argv, folder, _environment(rig, request), gate.timeout, log, note)
    _note(rig).unlink(missing_ok=True)
    if code == 0:
        return None
    return Failed(gate=name, command=gate.command, why=_why(code, gate), tail=_tail(log), log=log)


def _environment(rig: Rig, request: MergeRequest) -> Mapping[str, str | None]:
    ours: dict[str, str | None] = dict.fromkeys(name for name in os.environ if name.startswith("GT_"))
    return {**ours, "GT_RIG": rig.config.name, "GT_BEAD": request.bead, "GT_BRANCH": request.branch}


def _why(code: int, gate: Gate) -> str:
    if code == process.TIMEOUT:
        return f"stopped: no end within {gate.timeout} s"
    if code < 0:
        return f"ended by signal {-code}"
    return f"exit status {code}"


def _tail(log: Path) -> str:
    with open(log, "rb") as file:
        file.seek(max(0, log.stat().st_size - _TAIL_BYTES))
        text = file.read().decode("utf-8", "replace")
    # Of a progress bar only what stands at last.
    lines = [line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n")]
    return "\n".join(output.clean("\n".join(lines)).rstrip("\n").split("\n")[-TAIL_LINES:])


def _note(rig: Rig) -> Path:
    return rig.root / ".git" / "gt" / f"gate-{rig.config.name}.json"

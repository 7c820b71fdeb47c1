"""Try the command of a step once: run it, read its outputs, run its check."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from gtlib import clock
from gtlib.actions.next_step import Next
from gtlib.errors import UserError
from gtlib.runtimes import shell
from gtlib.runtimes.base import Spec
from gtlib.system.process import Proc

MOST_OUTPUT = 64 * 1024


class Tried(Struct, frozen=True, kw_only=True):
    """How it went: `complaint` is empty when the step is done. `outputs` are (key, value) as written.
    `killed` as `shell.Ended` has it.
    """

    complaint: str = ""
    tail: str = ""
    outputs: tuple[tuple[str, str], ...] = ()
    checked: bool = False
    killed: bool = False


def try_step(todo: Next, spec: Spec, on_start: Callable[[Proc], None]) -> Tried:
    """Run the command of `todo`, which has one, in the worktree of `spec`.

    It finds the path of a file in GT_OUTPUT: lines `key=value`, or one JSON object, are its outputs. Raises
    UserError when a program is missing.
    """
    assert todo.step is not None and todo.command is not None
    how, said = todo.recipe, spec.log.with_name(f"{spec.log.name}.out")
    said.unlink(missing_ok=True)
    command = replace(todo.command, env={**todo.command.env, "GT_OUTPUT": str(said)})
    seconds = _seconds(how.timeout if how else "")
    ended = shell.run_step(command, todo.step.id, spec, seconds, on_start)
    if ended.complaint:
        return Tried(complaint=ended.complaint, tail=ended.tail, killed=ended.killed)
    try:
        outputs = read_outputs(said)
    except UserError as error:
        return Tried(complaint=f"step {todo.step.id}: {error.what}")
    if todo.check is not None:
        seconds = _seconds(how.check_timeout if how else "")
        ended = shell.run_step(todo.check, todo.step.id, spec, seconds, on_start)
        if ended.complaint:
            failed = f"the check of {ended.complaint}"
            return Tried(complaint=failed, tail=ended.tail, outputs=outputs, killed=ended.killed)
    return Tried(outputs=outputs, checked=todo.check is not None)


def read_outputs(path: Path) -> tuple[tuple[str, str], ...]:
    """(key, value) that a step wrote to its GT_OUTPUT; none without a file. UserError for anything else."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return ()
    if len(data) > MOST_OUTPUT:
        what = f"it wrote {len(data):,} bytes to GT_OUTPUT, {MOST_OUTPUT:,} is the most"
        raise UserError(what, "commit what is long as a file, and give its path")
    text = data.decode("utf-8", "replace").strip()
    if text.startswith("{"):
        try:
            values = json.loads(text)
        except json.JSONDecodeError as error:
            what = f"what it wrote to GT_OUTPUT is not JSON: line {error.lineno}: {error.msg}"
            raise UserError(what, "write one JSON object, or lines key=value") from None
        return tuple((key, json.dumps(value, ensure_ascii=False)) for key, value in values.items())
    pairs = []
    for line in filter(None, text.splitlines()):
        key, found, value = line.partition("=")
        if not found:
            raise UserError(f"{line[:60]!r} in its GT_OUTPUT has no =", "write lines key=value")
        pairs.append((key.strip(), value))
    return tuple(pairs)


def _seconds(span: str) -> float:
    return clock.nanoseconds(span) / 1e9 if span else shell.STEP_SECONDS

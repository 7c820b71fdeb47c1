"""Try the command of a step once: run it, read its outputs, run its check."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from gtlib import clock
from gtlib.actions.next_step import Next
from gtlib.errors import UserError
from gtlib.model import outputs as sections
from gtlib.rules.unfold import MOST_ITEMS
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
        _check_outputs(todo, outputs)
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
    """(key, value) that a step wrote to its GT_OUTPUT; none without a file. UserError for anything else.

    Each value is one line: text, or JSON.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return ()
    if len(data) > MOST_OUTPUT:
        what = f"it wrote {len(data):,} bytes to GT_OUTPUT, {MOST_OUTPUT:,} is the most"
        raise UserError(what, "commit what is long as a file, and give its path")
    text = data.decode("utf-8", "replace")
    if text.lstrip().startswith("{"):
        try:
            return tuple((key, _json(value)) for key, value in json.loads(text).items())
        except (ValueError, RecursionError) as error:
            at = f"line {error.lineno}: " if isinstance(error, json.JSONDecodeError) else ""
            why = f"{at}{getattr(error, 'msg', error)}"
            what = f"what it wrote to GT_OUTPUT is not JSON: {why}"
            raise UserError(what, "write one JSON object, or lines key=value") from None
    pairs = []
    for line in (line.removesuffix("\r") for line in text.split("\n") if line.strip()):
        key, found, value = line.partition("=")
        if not found:
            raise UserError(f"{line[:60]!r} in its GT_OUTPUT has no =", "write lines key=value")
        # A commit message is made of it: nothing in a value may look like the line after it.
        pairs.append((key.strip(), value if value.isprintable() else _json(sections.value_of(value))))
    return tuple(pairs)


def _json(value: Any) -> str:
    """JSON on one line."""
    said = json.dumps(value, ensure_ascii=False)
    return said if said.isprintable() else json.dumps(value)


def _check_outputs(todo: Next, outputs: tuple[tuple[str, str], ...]) -> None:
    """UserError for what the town would refuse when the step is committed: that it is done is said once."""
    assert todo.step is not None
    said = {key: sections.value_of(text) for key, text in outputs}
    if said:
        sections.write(todo.outputs, todo.step.id, said)
    fan = todo.recipe.fan if todo.recipe else None
    if fan is not None:
        found = {**sections.of(todo.outputs, todo.step.id), **said}.get(fan.output)
        if not isinstance(found, list) or len(found) > MOST_ITEMS:
            what = f"it fans out to its output {fan.output}, a list of at most {MOST_ITEMS:,} items"
            raise UserError(what, f"write {fan.output}=[...] to GT_OUTPUT")


def _seconds(span: str) -> float:
    return clock.nanoseconds(span) / 1e9 if span else shell.STEP_SECONDS

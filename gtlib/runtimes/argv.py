"""The command line of an agent's program, from the lines of its preset."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Final

from gtlib import framing
from gtlib.errors import UserError
from gtlib.runtimes import presets
from gtlib.runtimes.base import Spec
from gtlib.runtimes.presets import Preset
from gtlib.runtimes.programs import mode_flags

# What stands before words that the program would take as a command or as a flag.
MARK: Final = "[gt] "
# Programs say their ids themselves, and files that anybody may edit repeat them.
_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}\Z")


def interactive(spec: Spec, hook_flags: Sequence[str] = ()) -> list[str]:
    """The line for a terminal: a new session, or with `spec.resume` the one of `spec.native`.

    Raises UserError when the program can't go on with a session, or `spec.native` is no id.
    """
    program = _program(spec)
    line = program.lines.resume if spec.resume else program.lines.start
    if spec.resume:
        _require(program, line, "go on with a session")
    flags = _flags(program, spec, hook_flags)
    here = json.dumps(str(spec.worktree))
    line = tuple(word.replace("{worktree}", here) for word in line)
    return _line(program, line, flags, _id(spec.native, spec.resume, program), spec.prompt)


def headless(
    spec: Spec, hook_flags: Sequence[str] = (), prompt: str = "", native: str = "", resume: bool = False
) -> list[str]:
    """The line for one turn without a terminal, asked `prompt`; with `resume` in the session `native`.

    Raises UserError when the program has no such line, or `native` is no id.
    """
    program = _program(spec)
    line = program.lines.headless_resume if resume else program.lines.headless
    _require(program, line, "go on with a session without a terminal" if resume else "run without a terminal")
    flags = _flags(program, spec, hook_flags)
    return _line(program, line, flags, _id(native, resume, program), prompt)


def fork(program: Preset, native: str, prompt: str, flags: Sequence[str] = ()) -> list[str]:
    """The line that asks the ended session `native` one thing and leaves it as it is.

    It gets no leave to do anything: `flags` are all it is told. Raises UserError when the program has no
    such line, or `native` is no id.
    """
    _require(program, program.lines.fork, "be asked about an ended session")
    return _line(program, program.lines.fork, [*program.args, *flags], _id(native, True, program), prompt)


def spoken(program: Preset | None, text: str) -> str:
    """Words for a program, so that they are only words: nothing hidden, no command, no flag."""
    said = framing.clean(text).replace("\t", " ").strip()
    commands = program.typing.commands if program else "/!@#?"
    return f"{MARK}{said}" if said and said[0] in f"{commands}-" else said


def _program(spec: Spec) -> Preset:
    if spec.program is None:
        raise UserError(f"no program is named for {spec.address}", "name one with --agent")
    return spec.program


def _flags(program: Preset, spec: Spec, hook_flags: Sequence[str]) -> list[str]:
    return [*program.args, *mode_flags(program, spec.permissions, spec.worktree), *hook_flags]


def _line(program: Preset, line: Sequence[str], flags: Sequence[str], id: str, prompt: str) -> list[str]:
    words = presets.words(line, flags, id, spoken(program, prompt))
    return [*program.wrapper, program.command, *words]


def _require(program: Preset, line: Sequence[str], what: str) -> None:
    if not line:
        raise UserError(f"{program.name} can't {what}", "start a new session of it")


def _id(native: str, resume: bool, program: Preset) -> str:
    if not native and not resume:
        return ""
    if not _ID.match(native):
        raise UserError(f"{native!r} is no id of a session of {program.name}", "start a new session of it")
    return native if resume or program.sets_id else ""

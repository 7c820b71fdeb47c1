"""What `--help` prints: of a command, of a group, of a program."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Iterable
from collections.abc import Sequence

from gtlib.cli.argv import usage
from gtlib.cli.command import Command
from gtlib.cli.command import Param
from gtlib.cli.registry import Found
from gtlib.cli.registry import Program
from gtlib.cli.registry import below


def help_text(program: Program, found: Found) -> str:
    """The help for what was found."""
    typed = " ".join((program.name, *found.name))
    if found.command is not None:
        blocks = _command(program, found, found.command, typed)
    elif found.name:
        blocks = _group(program, found.name, typed)
    else:
        blocks = _program(program)
    return "\n\n".join(blocks)


def _command(program: Program, found: Found, command: Command, typed: str) -> list[str]:
    words = [param for param in command.params if param.role != "flag" and param.help]
    flags = [param for param in command.params if param.role == "flag"]
    blocks = [f"usage: {usage(command, typed)}", "\n".join(_wrapped(command.purpose, 0))]
    if words:
        blocks.append(
            _rows("words:", ((param.label, _described(param, _others(command, param))) for param in words))
        )
    helps = [(_flag(param), _described(param, _others(command, param))) for param in flags]
    blocks.append(_rows("flags:", [*helps, ("-h, --help" if _h_is_free(command) else "    --help", "this")]))
    blocks += _shared(program)
    if found.name and below(program, found.name):
        blocks += _group(program, found.name, typed)[1:]
    return [*blocks, f"example:\n  {command.example}"]


def _group(program: Program, name: Sequence[str], typed: str) -> list[str]:
    rows = [(" ".join(words), command.purpose) for words, command in sorted(below(program, name).items())]
    return [f"usage: {typed} COMMAND [flags]", _rows("commands:", rows), f"see {typed} COMMAND --help"]


def _program(program: Program) -> list[str]:
    blocks = [f"usage: {program.name} COMMAND [flags]", f"{program.name}: {program.purpose}"]
    if program.home:
        home = sorted(below(program, ()).items())
        if home:
            blocks.append(_rows("Commands:", [(" ".join(words), command.purpose) for words, command in home]))
    sections: dict[str, list[tuple[str, str]]] = {}
    for key, entry in program.entries.items():
        if " " not in key and key != program.home:
            sections.setdefault(entry.section, []).append((key, entry.purpose))
    blocks += [_rows(f"{section}:", rows) for section, rows in sections.items()]
    return [*blocks, *_shared(program), f"see {program.name} COMMAND --help"]


def _shared(program: Program) -> list[str]:
    """The flags that every command of the program takes."""
    rows = [(_flag(param), param.help) for param in program.flags]
    return [_rows("flags of every command:", rows)] if rows else []


def _flag(param: Param) -> str:
    short = f"-{param.short}, " if param.short else "    "
    if param.type == "switch":
        return f"{short}--{param.typed}"
    if param.alone is not None:
        return f"{short}--{param.long}[={param.label}]"
    return f"{short}--{param.long} {param.label}"


def _others(command: Command, param: Param) -> list[str]:
    """The further flags that mean the same."""
    return [f"--{flag}" for flag, name in command.spellings.items() if name == param.name]


def _described(param: Param, others: Sequence[str] = ()) -> str:
    notes = []
    if others:
        notes.append(f"also {', '.join(others)}")
    if param.role != "flag":
        return f"{param.help} ({notes[0]})" if notes else param.help
    if param.required:
        notes.append("required")
    if param.type == "list":
        notes.append("may be repeated")
    if param.alone:
        notes.append(f"alone: {param.alone}")
    if param.type in ("text", "number") and param.default not in (None, ""):
        notes.append(f"default: {param.default}")
    return f"{param.help} ({'; '.join(notes)})".strip() if notes else param.help


def _h_is_free(command: Command) -> bool:
    return all(param.short != "h" for param in command.params)


def _rows(title: str, rows: Iterable[tuple[str, str]]) -> str:
    listed = list(rows)
    size = max((len(left) for left, _ in listed), default=0)
    lines = [title]
    for left, right in listed:
        first, *more = _wrapped(right, 4 + size)
        lines += [f"  {left:{size}}  {first}".rstrip(), *(" " * (4 + size) + line for line in more)]
    return "\n".join(lines)


def _wrapped(text: str, indent: int) -> list[str]:
    """What fits beside `indent` columns of a terminal; whole when the output goes elsewhere."""
    if not sys.stdout.isatty():
        return [text]
    room = shutil.get_terminal_size().columns - indent
    return textwrap.wrap(text, max(room, 20), break_long_words=False, break_on_hyphens=False) or [""]

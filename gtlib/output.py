"""All printing: tables that fit on a terminal, plain text elsewhere, one JSON document for `--json`.

Text that a person or an agent wrote never reaches a terminal raw: see `clean`. JSON is a promise, other
text is not. Results go to stdout; errors and progress go to stderr.
"""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TextIO

import msgspec

from gtlib.errors import UserError
from gtlib.tables import fitted
from gtlib.tables import width

SCHEMA_VERSION = 1
_QUIET: ContextVar[bool] = ContextVar("quiet", default=False)

# Escape sequences whole (CSI, OSC and the like, two-character ones), so that no rest of them is shown; then
# every other control character, and those that reorder text (bidirectional) or are invisible.
_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"
    r"|\x1b[\]PX^_][^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"
    r"|\x1b[ -/]*[0-~]?"
    r"|\x9b[0-?]*[ -/]*[@-~]"
    r"|\x9d[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"
)
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
_SURROGATES = re.compile(r"[\ud800-\udfff]")


def clean(text: str) -> str:
    """`text` without what could steer a terminal. Newlines and tabs stay; a CR LF is a newline."""
    text = _ESCAPES.sub("", text.replace("\r\n", "\n"))
    return _SURROGATES.sub("\ufffd", _CONTROLS.sub("", text))


def one_line(text: str) -> str:
    """`text`, cleaned, as one line."""
    return " ".join(clean(text).split())


def count(number: int, thing: str) -> str:
    """`1 bead`, `2 beads`."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


@contextmanager
def quiet(*, on: bool = True) -> Iterator[None]:
    """Print neither text nor progress meanwhile; JSON and errors all the same."""
    told = _QUIET.set(on)
    try:
        yield
    finally:
        _QUIET.reset(told)


def line(text: str = "") -> None:
    """Print a line, or several, of a result."""
    _say(clean(text) + "\n")


def progress(text: str) -> None:
    """Say what is going on: one line on stderr, at once."""
    if not _QUIET.get():
        _write(sys.stderr, one_line(text) + "\n")
        sys.stderr.flush()


@contextmanager
def counting(what: str, every: int = 10_000) -> Iterator[Callable[[int], None]]:
    """Say on stderr how many of `what` are done: on a terminal all the time, else a line for `every` of them.

    Gives the function to tell the number to.
    """
    if _QUIET.get() or not sys.stderr.isatty():
        yield lambda number: None if number % every else progress(f"{number} {what}")
        return
    # Only here, on a terminal: importing rich costs more than most commands.
    from rich.console import Console
    from rich.status import Status

    with Status("", console=Console(stderr=True, highlight=False)) as status:
        yield lambda number: None if number % 100 else status.update(f"{number} {what}")


def next_steps(commands: Iterable[str]) -> None:
    """End a command that did something with what to run next. Not for `--json`."""
    for number, command in enumerate(commands):
        _say(f"{'next:' if number == 0 else '     '} {one_line(command)}\n")


def event(when: str, mark: str, who: str, what: str, style: str) -> None:
    """Print one line of something that is going on, at once; on a terminal in a style of rich."""
    head, text = f"{when} {mark} ", f"{one_line(who):<23} {one_line(what)}"
    if sys.stdout.isatty() and not _QUIET.get():
        _rich_event(head, text, style)
    else:
        _say(f"{head}{text}\n")
    sys.stdout.flush()


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows below their column names: `None` is empty, an empty table prints nothing."""
    cells = [["" if cell is None else one_line(str(cell)) for cell in row] for row in rows]
    if not cells or _QUIET.get():
        return
    heads = [name.upper() for name in columns]
    if sys.stdout.isatty():
        _fitted_table(heads, cells)
    else:
        _plain_table([heads, *cells])


def json_out(value: object) -> None:
    """Print the one JSON document of a command: an object gets `schema_version`, a list stays bare."""
    built = msgspec.to_builtins(value)
    if isinstance(built, dict):
        built = built | {"schema_version": SCHEMA_VERSION}
    _write(sys.stdout, _dump(built, indent=2) + "\n")


def json_bare(value: object) -> None:
    """Print a JSON document whose shape somebody else has laid down: nothing is added to it."""
    _write(sys.stdout, _dump(msgspec.to_builtins(value), indent=2) + "\n")


def error(problem: UserError, *, json: bool = False) -> None:
    """Print an error on stderr, as one line: `error: what; hint`, or for `--json` as an object."""
    if json:
        shape = {"error": problem.what, "hint": problem.hint, "schema_version": SCHEMA_VERSION}
        _write(sys.stderr, _dump(shape, indent=-1) + "\n")
    else:
        _write(sys.stderr, f"error: {one_line(f'{problem.what}; {problem.hint}')}\n")


def _plain_table(rows: Sequence[Sequence[str]]) -> None:
    widths = [max(width(cell) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        padded = (cell + " " * (size - width(cell)) for cell, size in zip(row, widths, strict=True))
        _write(sys.stdout, "  ".join(padded).rstrip() + "\n")


def _fitted_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    # Only here, on a terminal: importing rich costs more than most commands.
    from rich.console import Console
    from rich.text import Text

    shown = fitted(columns, rows, shutil.get_terminal_size().columns)
    console = Console(highlight=False, soft_wrap=True)
    for head in shown.head:
        console.print(Text(head, style="bold"))
    for row in shown.rows:
        _write(sys.stdout, f"{row}\n")


def _rich_event(head: str, text: str, style: str) -> None:
    # Only here, as above.
    from rich.console import Console
    from rich.text import Text

    line = Text.assemble((head, "dim"), (text, style))
    Console(highlight=False).print(line, no_wrap=True, overflow="ellipsis")


def _dump(value: object, *, indent: int) -> str:
    try:
        encoded = msgspec.json.encode(value)
    except UnicodeEncodeError:  # a text read from the file system may hold surrogates, which JSON can't
        encoded = msgspec.json.encode(_sound(value))
    return msgspec.json.format(encoded, indent=indent).decode()


def _sound(value: object) -> object:
    if isinstance(value, str):
        return _SURROGATES.sub("\ufffd", value)
    if isinstance(value, dict):
        return {_sound(key): _sound(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_sound(item) for item in value]
    return value


def _say(text: str) -> None:
    if not _QUIET.get():
        _write(sys.stdout, text)


def _write(stream: TextIO, text: str) -> None:
    encoding = stream.encoding or "utf-8"
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding))

"""The front door of gt and bd: words in, exit code out.

0: done. 1: the user can mend it (UserError, a folder that can't be written). 2: the words are wrong. 3: a
bug, with a log. 130: interrupted. An error is one line on stderr, with `--json` one object.
"""

from __future__ import annotations

import errno
import os
import sys
import time
import traceback
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from contextlib import contextmanager
from pathlib import Path

from gtlib import output
from gtlib.cli.argv import leading
from gtlib.cli.argv import parse
from gtlib.cli.command import Command
from gtlib.cli.command import Value
from gtlib.cli.registry import PROGRAMS
from gtlib.cli.registry import Found
from gtlib.cli.registry import Program
from gtlib.cli.registry import find
from gtlib.cli.usage import help_text
from gtlib.cli.version import version
from gtlib.errors import UsageError
from gtlib.errors import UserError

ASKED = "BD_ACTOR_ASKED"  # as gtlib.actions.who has it, which help and version need not import
BUG = 3
INTERRUPTED = 130
BROKEN_PIPE = 141
LONG = 200  # characters of a typed word, of which an error repeats only the beginning
SHOWN = 60

# What the machine refuses and a person can mend, and how; any other OSError is a bug.
_FOLDER = "see who owns the folder, and whether its disk is full"
REFUSED = {
    **dict.fromkeys((errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT), _FOLDER),
    errno.ENAMETOOLONG: "choose a shorter name",
    errno.ELOOP: "mend the symbolic links",
}


def main(name: str, words: Sequence[str]) -> int:
    """Run the program `name` with these words; gives the exit code."""
    flags = words[: words.index("--")] if "--" in words else words
    return guard(lambda: dispatch(PROGRAMS[name], words), json="--json" in flags, words=words)


def run(command: Command, values: Mapping[str, Value]) -> int:
    """Run one command behind the same front door."""
    return guard(lambda: command(values), json=values.get("json") is True)


def dispatch(program: Program, words: Sequence[str]) -> int:
    """Run the one command that the words name."""
    refuse_bytes(words)
    if words and words[0] in ("--version", "-V"):
        version(json="--json" in words)
        return 0
    words = folder_first(words)
    shared, words = leading(program.flags, words)
    words = folder_first(words)
    if words and words[0] == "help":
        words = [*words[1:], "--help"]
    if not words:
        output.line(help_text(program, Found(None, (), ())))
        return 0
    found = find(program, words)
    values = None
    if found.command is not None:
        values = parse(found.command, " ".join((program.name, *found.name)), found.rest, program.flags)
    if found.command is None or values is None:
        output.line(help_text(program, found))
        return 0
    shared |= values
    with as_actor(str(shared.get("actor") or "")), output.quiet(on=shared.get("quiet") is True):
        return found.command(values)


@contextmanager
def as_actor(name: str) -> Iterator[None]:
    """Let that actor speak: by the environment, so that git hooks which are set off speak as the same."""
    if not name:
        yield
        return
    before = os.environ.get(ASKED)
    os.environ[ASKED] = name
    try:
        yield
    finally:
        if before is None:
            del os.environ[ASKED]
        else:
            os.environ[ASKED] = before


def folder_first(words: Sequence[str]) -> Sequence[str]:
    """`-C FOLDER` before the command: work in that folder, as git does."""
    while len(words) > 1 and words[0] == "-C":
        try:
            os.chdir(words[1])
        except OSError as problem:
            raise UserError(f"{words[1]}: {problem.strerror}", "give a folder that exists") from problem
        words = words[2:]
    return words


def refuse_bytes(words: Sequence[str]) -> None:
    """UsageError for an argument that is no text; the name of a file that is there may be any bytes."""
    for word in words:
        if word.isascii() or os.path.lexists(word) or os.path.lexists(word.partition("=")[2]):
            continue
        try:
            word.encode()
        except UnicodeEncodeError:
            raise UsageError(
                f"the argument {output.one_line(word)!r} is not UTF-8", "write it in UTF-8"
            ) from None


def guard(action: Callable[[], int], *, json: bool, words: Sequence[str] = ()) -> int:
    """The exit code of `action`, whatever happens in it. An error does not repeat long ones of the words."""
    try:
        code = action()
        sys.stdout.flush()
    except UserError as problem:
        problem.what, problem.hint = (_brief(text, words) for text in (problem.what, problem.hint))
        output.error(problem, json=json)
        return problem.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Nobody reads on (`gt log | head`): say nothing, at exit neither.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except Exception as problem:  # noqa: BLE001  a front door
        mendable = _refusal(problem)
        if mendable is not None:
            output.error(mendable, json=json)
            return mendable.exit_code
        report(problem, json=json)
        return BUG
    return code


def _brief(text: str, words: Sequence[str]) -> str:
    if len(text) <= LONG:
        return text
    for word in words:
        if len(word) > LONG:
            for said in (word, repr(word)[1:-1], " ".join(word.split())):
                text = text.replace(said, f"{said[:SHOWN]}…")
    return text


def _refusal(problem: Exception) -> UserError | None:
    """An error of the machine that a person can mend: the folder, its disk. Libgit2 gives the text alone."""
    if not isinstance(problem, OSError):
        return None
    if isinstance(problem, FileNotFoundError) and _here() is None:
        return UserError("the folder that you are in is gone", "go into another one with cd")
    if problem.errno is not None:
        number, what = problem.errno, problem.strerror or ""
        what = f"{problem.filename}: {what}" if problem.filename else what
    else:
        said = (number for number in REFUSED if os.strerror(number) in str(problem))
        number, what = next(said, 0), str(problem)
    return UserError(what, REFUSED[number]) if number in REFUSED else None


def _here() -> Path | None:
    """The current folder; None when it was removed."""
    try:
        return Path.cwd()
    except FileNotFoundError:
        return None


def report(problem: Exception, *, json: bool) -> None:
    """Say in one line that there is a bug, and where its log is."""
    what = f"bug: {type(problem).__name__}: {problem}"
    trace = "".join(traceback.format_exception(problem))
    text = "\n".join((repr(sys.argv), str(_here()), sys.version, trace))
    log = write_log(text)
    hint = f"please report it, with {log}" if log else "no log could be written; please report it"
    output.error(UserError(what, hint), json=json)


def write_log(text: str) -> Path | None:
    """Keep `text` in the town's log folder, else in that for temporary files."""
    name = f"bug-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}-{os.getpid()}.log"
    for folder in log_folders():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8", errors="backslashreplace")
        except OSError:
            continue
        return folder / name
    return None


def log_folders() -> list[Path]:
    """Where a log may go, best first. By hand: what finds the town may be what is broken."""
    named = os.environ.get("GT_TOWN")
    here = _here()
    towns = [Path(named)] if named else [here, *here.parents] if here else []
    found = [town for town in towns if (town / "town.yaml").is_file() and (town / ".git").is_dir()]
    temporary = Path(os.environ.get("TMPDIR") or "/tmp") / f"gt-{os.getuid()}"
    return [*(town / ".git" / "gt" / "logs" for town in found[:1]), temporary]

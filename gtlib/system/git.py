"""The git program: argument lists in, bytes out, always on the repository that the caller named."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Mapping
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

from gtlib.errors import UserError
from gtlib.system import process

# `git merge-tree --write-tree`, which merges without a worktree, came with 2.38.
OLDEST: Final = (2, 38)
# In a rig: no git hook of the project, no file monitor, no transport that runs a command.
RIG_FLAGS: Final = (
    "-c",
    "core.hooksPath=/dev/null",
    "-c",
    "core.fsmonitor=false",
    "-c",
    "protocol.ext.allow=never",
)
_SETTINGS: Final = {
    "LC_ALL": "C",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_PAGER": "cat",
    "GIT_EDITOR": ":",
    "GIT_OPTIONAL_LOCKS": "0",
}
_SECRET: Final = re.compile(r"(https?://)[^/@\s]+@")


class Result(Struct, frozen=True):
    """How a git command ended."""

    code: int
    out: bytes
    err: bytes

    @property
    def text(self) -> str:
        """The output as UTF-8 without its last line ends."""
        return self.out.decode("utf-8", "replace").rstrip("\n")


class GitError(UserError):
    """A git command failed. `argv` its words after `git`, `code` its exit status, `err` what it said."""

    def __init__(self, argv: Sequence[str], cwd: Path, code: int, err: bytes) -> None:
        said = reason(err) or f"exit status {code}"
        words = _without_options(argv)
        super().__init__(
            f"git {words[0] if words else ''} failed: {said}",
            f"mend that, or see more with: cd {shlex.quote(str(cwd))} && git {_hide(shlex.join(words))}",
        )
        self.argv = tuple(argv)
        self.code = code
        self.err = err


def run(
    args: Sequence[str],
    cwd: Path,
    *,
    check: bool = True,
    input: bytes | None = None,
    env: Mapping[str, str | None] | None = None,
    timeout: float | None = None,
) -> Result:
    """Run git in `cwd`, without a terminal, in English, without optional locks.

    git's own variables of our caller are dropped (in a git hook they name another repository); what `env`
    says holds. Raises GitError on another exit status than 0 (unless `check` is false) and after `timeout`
    seconds; UserError when git or the folder is missing.
    """
    argv = ["git", *args]
    settings: dict[str, str | None] = {**_SETTINGS, **(env or {})}
    try:
        child = subprocess.Popen(
            argv,
            cwd=cwd,
            env=process.environment(settings),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL if input is None else subprocess.PIPE,
            # git's helpers hold the pipes too; with a limit they must go as one group.
            start_new_session=timeout is not None,
        )
    except (FileNotFoundError, NotADirectoryError, PermissionError) as error:
        raise process.cannot_start("git", cwd, error) from error
    with child:
        try:
            out, err = child.communicate(input, timeout)
        except subprocess.TimeoutExpired as late:
            process.kill_group(child.pid)
            child.communicate()
            raise GitError(args, cwd, process.TIMEOUT, f"no answer in {timeout:g} s".encode()) from late
        finally:
            if child.returncode is None:
                child.kill()
    if check and child.returncode != 0:
        raise GitError(args, cwd, child.returncode, err)
    return Result(child.returncode, out, err)


def reason(err: bytes) -> str:
    """The one line of git's complaint that says most: the first fatal or error, else the last line."""
    lines = [line.strip() for line in err.decode("utf-8", "replace").splitlines() if line.strip()]
    telling = [line for line in lines if line.startswith(("fatal: ", "error: "))] or lines[-1:]
    return _hide(re.sub(r"^(fatal|error): ", "", telling[0])) if telling else ""


def version(text: str) -> tuple[int, ...]:
    """The numbers in the output of `git version`."""
    found = re.search(r"\d+(\.\d+)+", text)
    return tuple(int(part) for part in found.group().split(".")) if found else ()


def check_version() -> None:
    """Raise UserError, naming both versions, when git is missing or older than we need."""
    said = run(["version"], Path("/")).text
    require(version(said))


def require(found: tuple[int, ...]) -> None:
    """Raise UserError when version `found` is too old."""
    if found < OLDEST:
        have, need = (".".join(map(str, numbers)) for numbers in (found, OLDEST))
        what = f"git {have or '?'} is too old: {need} or newer is needed"
        raise UserError(what, f"install git {need} or newer")


def _hide(text: str) -> str:
    return _SECRET.sub(r"\1***@", text)


def _without_options(argv: Sequence[str]) -> list[str]:
    words = list(argv)
    while words and words[0].startswith("-"):
        del words[: 2 if words[0] in ("-c", "-C") else 1]
    return words

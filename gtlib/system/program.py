"""Other people's programs that answer a question: looked for, asked within a time, their words kept apart."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from gtlib.system import process


class Answer(Struct, frozen=True):
    """How a program ended (process.TIMEOUT: not in time), and what it said."""

    code: int
    out: bytes
    err: bytes


def is_there(name: str) -> bool:
    """Whether PATH has such a program; nothing is started."""
    return shutil.which(name) is not None


def ask(argv: Sequence[str], cwd: Path, env: Mapping[str, str | None], timeout: float) -> Answer:
    """Run a program without input to its end, `timeout` seconds at most, then it and its group are killed.

    `env` is added to our environment (None removes). Raises UserError when program or folder is missing.
    """
    try:
        child = subprocess.Popen(
            list(argv),
            cwd=cwd,
            env=process.environment(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except (FileNotFoundError, NotADirectoryError, PermissionError) as error:
        raise process.cannot_start(argv[0], cwd, error) from error
    with child:
        try:
            out, err = child.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill_group(child.pid)
            out, err = child.communicate()
            return Answer(process.TIMEOUT, out, err)
        finally:
            if child.returncode is None:
                process.kill_group(child.pid)
    return Answer(child.returncode, out, err)

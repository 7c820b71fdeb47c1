"""The first moment of a session: this process says who it is, then becomes the agent's program.

So a session is known from its start, whoever started it and died: pid and start time stay the same when a
program takes the place of another. Two for one address: the second ends at once. Imports next to nothing.
"""

from __future__ import annotations

import fcntl
import json
import os
import sys
from collections.abc import Mapping
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gtlib.system import procinfo

MODULE = "gtlib.runtimes.launch"
# As a shell says it: what was named can't be started.
NOT_FOUND = 127


def order(
    folder: Path,
    name: str,
    session: str,
    argv: Sequence[str],
    cwd: Path,
    env: Mapping[str, str],
    *,
    log: str = "",
) -> Path:
    """Write down what is to be started for an address (`name`: its slashes are dots); the file for `main`.

    `env` is all that the program gets. It may hold keys, so nobody else may read the file, which goes when
    it was read. `log` gets the output, unless a terminal is to show it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.launch.json"
    words = {
        "name": name, "session": session, "argv": list(argv), "cwd": str(cwd), "env": dict(env), "log": log
    }  # fmt: skip
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(words, file)
    return path


def who(folder: Path, name: str) -> tuple[str, int, str] | None:
    """(session, pid, start time) that was started last for an address; None when nothing was."""
    try:
        found = json.loads((folder / f"{name}.proc.json").read_text("utf-8"))
        return str(found["session"]), int(found["pid"]), str(found["started"])
    except (FileNotFoundError, ValueError, KeyError, TypeError):  # not there, or being written
        return None


def main(argv: list[str]) -> int:
    """`argv`: the file that `order` wrote. Does not return when the program starts."""
    path = Path(argv[0])
    words: dict[str, Any] = json.loads(path.read_text("utf-8"))
    path.unlink()
    folder, name = path.parent, str(words["name"])
    # Given back by exec: it guards the look and the record, which then speak for themselves.
    lock = os.open(folder / f"{name}.launch.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    before = who(folder, name)
    if before is not None and _lives(before[1], before[2]):
        sys.stderr.write(f"a session of {name} runs already, pid {before[1]}\n")
        return 1
    pid = os.getpid()
    seen = procinfo.see(pid)
    record = {"session": words["session"], "pid": pid, "started": seen.started if seen else ""}
    new = folder / f"{name}.proc.{pid}.new"
    new.write_text(json.dumps(record), "utf-8")
    os.replace(new, folder / f"{name}.proc.json")
    if words["log"]:
        _print_to(words["log"])
    try:
        os.chdir(words["cwd"])
        os.execvpe(words["argv"][0], words["argv"], words["env"])
    except OSError as error:
        sys.stderr.write(f"{words['argv'][0]}: {error.strerror}\n")
        return NOT_FOUND


def _lives(pid: int, started: str) -> bool:
    seen = procinfo.see(pid)
    return seen is not None and seen.live and seen.started == started


def _print_to(log: str) -> None:
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for number in (1, 2):
        os.dup2(output, number)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

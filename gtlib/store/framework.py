"""Whether the pre-commit framework runs in the town's checkout now.

While it runs it holds a person's unstaged text aside in a patch, so the checkout is not what they left:
a transition then moves the branch alone, and the checkout follows (DESIGN 4, FACTS 4 and 28).
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from pathlib import Path

from gtlib.system import procinfo

_PATCH = re.compile(r"patch(\d+)-(\d+)\Z")
_PATCH_SECONDS = 24 * 3600  # patches are never removed, and there may be thousands
_START_SLACK = 2.0  # /proc tells start times to about a second


def mark(local: Path, pid: int) -> None:
    """Say that this process is the framework, or becomes it. Nobody has to take the mark away."""
    (local / "framework").write_text(f"{pid}\n", encoding="ascii")


def at_work(git_dir: Path, environ: Mapping[str, str] = os.environ) -> tuple[int, ...]:
    """The pids of those that run in this town's checkout, for a commit or by hand."""
    by_hand = (pid for pid in _with_patch(environ) if _stands_in(pid, git_dir.parent))
    return (*_marked(git_dir / "gt" / "framework"), *by_hand)


def is_above_us(pids: Iterable[int]) -> bool:
    """Whether this process runs below one of them, which would wait for itself."""
    return bool(pids) and not set(pids).isdisjoint(procinfo.ancestors())


def _marked(path: Path) -> tuple[int, ...]:
    try:
        pid = int(path.read_text(encoding="ascii"))
        written = path.stat().st_mtime
    except (FileNotFoundError, ValueError):
        return ()
    return (pid,) if _ran_at(pid, written) else ()


def _ran_at(pid: int, moment: float) -> bool:
    """Whether the process is alive and is the one that had this pid at that moment."""
    began = procinfo.began(pid)
    return began is not None and began <= moment + _START_SLACK


def _with_patch(environ: Mapping[str, str]) -> Iterator[int]:
    """Live processes with a patch in the framework's cache: `pre-commit run` by hand says it nowhere else."""
    cache = environ.get("XDG_CACHE_HOME") or os.path.join(environ.get("HOME", "/"), ".cache")
    try:
        names = os.listdir(environ.get("PRE_COMMIT_HOME") or os.path.join(cache, "pre-commit"))
    except OSError:
        return
    for found in filter(None, map(_PATCH.match, names)):
        made, pid = int(found[1]), int(found[2])
        if made > time.time() - _PATCH_SECONDS and _ran_at(pid, made + 1):
            yield pid


def _stands_in(pid: int, root: Path) -> bool:
    folder = procinfo.folder(pid)
    return folder is not None and os.path.realpath(root) == os.path.realpath(folder)

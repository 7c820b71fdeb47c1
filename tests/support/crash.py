"""Kill a process at a chosen system call of one transition, with strace, and see what is left.

The process warms up first and waits, so that strace counts the calls of the transition alone.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

HAS_STRACE = shutil.which("strace") is not None

# What changes something outside the process. A kill between two of these is a kill at the second.
MUTATING = (
    "write,pwrite64,rename,renameat,renameat2,link,linkat,unlink,unlinkat,mkdir,mkdirat,rmdir,"
    "fsync,fdatasync,ftruncate,chmod,fchmod,fchmodat,symlink,flock"
)

_CHILD = """\
import sys
from pathlib import Path
from gtlib.store.town import Town
from tests.support.transitions import PLANS
town = Town.open(Path(sys.argv[1]))
town.snapshot()
print("ready", flush=True)
sys.stdin.readline()
town.apply(PLANS[sys.argv[2]])
"""


def calls(town: Path, plan: str, which: str = MUTATING) -> list[tuple[str, int]]:
    """(system call, how manieth of its kind) of one undisturbed transition, in order."""
    trace = town.parent / "trace"
    _run(town, plan, ["-e", f"trace={which}", "-o", str(trace)])
    counts: Counter[str] = Counter()
    found = []
    for line in trace.read_text(encoding="utf-8", errors="replace").splitlines():
        name = re.match(r"(?:\d+ +)?(\w+)\(", line)
        if name:
            counts[name[1]] += 1
            found.append((name[1], counts[name[1]]))
    return found


def kill_at(town: Path, plan: str, call: str, nth: int) -> int:
    """Run the transition and kill -9 the process as it enters that call; gives its exit code."""
    return _run(
        town, plan, ["-e", f"inject={call}:signal=KILL:when={nth}", "-e", f"trace={call}", "-o", "/dev/null"]
    )


def _run(town: Path, plan: str, options: Sequence[str]) -> int:
    child = subprocess.Popen(
        [sys.executable, "-c", _CHILD, str(town), plan],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    assert child.stdin is not None
    with child:
        assert child.stdout.readline() == "ready\n"
        tracer = subprocess.Popen(
            ["strace", *options, "-p", str(child.pid)], stderr=subprocess.PIPE, text=True
        )
        assert tracer.stderr is not None
        with tracer:
            assert "attached" in tracer.stderr.readline()
            child.stdin.write("go\n")
            child.stdin.close()
            code = child.wait(60)
            tracer.wait(60)
    return code

"""How the fake program works as an agent: its steps as commits, `gt done`, and what goes wrong with it.

It does the steps `first` and `second` of its bead, whatever is done already left alone. Modes beside `work`; the
first ones hit only the first session of an agent, so that a successor can do the work:

    hang       shows nothing, for ever          dies       is killed at some moment, and its successor too
    exit0      ends at once                     flood      prints for a few seconds, then fails
    lazy       stops without work, whatever is said to it
    orphans    leaves processes behind          stubborn   ignores SIGTERM
    deaf       takes no keys                    meddler    edits files of other agents in the town
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.support.fake_program import Program

STEPS = ("first", "second")
MARK = "changed by another agent"
HOLD = "hold"  # as long as this file stands among the records, nobody begins
TRIES = 20
FLOOD_SECONDS = 1.5
_FIRST = {"hang": 1, "exit0": 1, "flood": 1, "lazy": 1, "dies": 2}


class Worker:
    """The work of one run of the program. `modes` are those that count in this one."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.bead = os.environ["GT_BEAD"]
        self.town = Path(os.environ["GT_TOWN"])
        number = _number(Path(f"{program.record}.sessions"))
        self.modes = [mode for mode in program.modes if number < _FIRST.get(mode, 10**6)]
        self.hold = Path(program.record).with_name(HOLD)
        self.over = Path(f"{program.record}.{os.getpid()}.over")
        if "dies" in self.modes:
            chance = random.Random(f"{os.environ['GT_ROLE']} {number}")
            _die_after(chance.uniform(0.3, 2.5))
        if "flood" in self.modes:
            self.modes.remove("flood")
            self._flood()
        if "meddler" in self.modes:
            self._meddle(number)

    def begin(self) -> Path:
        """Work at the side; the file that is there when the turn is over."""
        self.over.unlink(missing_ok=True)
        threading.Thread(target=self._turn, daemon=True).start()
        return self.over

    def may_stop(self, why: str) -> bool:
        """Whether it does what its hook says: go on while there is work."""
        return not why or "lazy" in self.modes

    def _turn(self) -> None:
        while self.hold.exists():
            time.sleep(0.05)
        try:
            if "lazy" not in self.modes:
                for step in STEPS:
                    self._step(step)
                self._run("gt", "done")
        except subprocess.CalledProcessError as error:
            self.program.note("failed", words=error.cmd, said=error.output.decode("utf-8", "replace"))
            time.sleep(0.5)
        self.over.touch()

    def _step(self, step: str) -> None:
        """A line in the bead's file, committed; nothing when it is there."""
        name = f"{self.bead}.txt"
        done = subprocess.run(["git", "show", f"HEAD:{name}"], capture_output=True, text=True, check=False)
        if step in done.stdout.split():
            return
        Path(name).write_text(f"{done.stdout}{step}\n", "utf-8")
        for number in range(TRIES):
            try:
                self._run("git", "add", "--", name)
                self._run("git", "commit", "-q", "-m", f"Do {step}", "--trailer", f"Step: {step}", "--", name)
                break
            except subprocess.CalledProcessError:
                if number == TRIES - 1:
                    raise
                self._after_a_killed_git()
        self.program.tell("PostToolUse")

    def _after_a_killed_git(self) -> None:
        """What an agent does when a git of the session before was killed: wait, then take its lock away."""
        folder = subprocess.run(["git", "rev-parse", "--git-dir"], capture_output=True, text=True, check=True)
        lock = Path(folder.stdout.strip()) / "index.lock"
        time.sleep(0.2)
        if lock.exists() and time.time() - lock.stat().st_mtime > 2:
            lock.unlink()

    def _run(self, *words: str) -> None:
        subprocess.run(
            words, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )

    def _flood(self) -> None:
        end = time.monotonic() + FLOOD_SECONDS
        while time.monotonic() < end:
            sys.stdout.write("\x1b[31m" + "y" * 150 + "\n")
        sys.stdout.flush()
        os._exit(1)

    def _meddle(self, number: int) -> None:
        """Another agent's bead: words in its file that nobody commits, and another assignee, committed."""
        others = sorted(path for path in (self.town / "beads").glob("*.md") if path.stem != self.bead)
        if number or len(others) < 2:
            return
        here = sorted([*others, self.town / "beads" / f"{self.bead}.md"]).index(
            self.town / "beads" / f"{self.bead}.md"
        )
        with others[here % len(others)].open("a", encoding="utf-8") as file:
            file.write(f"\n{MARK}\n")
        path = others[(here + 1) % len(others)]
        lines = [line for line in path.read_text("utf-8").splitlines() if not line.startswith("assignee:")]
        path.write_text("\n".join([lines[0], "assignee: overseer", *lines[1:]]) + "\n", "utf-8")
        words = ["git", "-C", str(self.town), "commit", "-q", "-m", "mine now", "--", str(path)]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        self.program.note("meddled", code=done.returncode, said=done.stderr)


def _number(path: Path) -> int:
    """How many sessions of this agent there were before."""
    before = path.read_text().count("x") if path.exists() else 0
    with path.open("a") as file:
        file.write("x")
    return before


def _die_after(seconds: float) -> None:
    timer = threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGKILL))
    timer.daemon = True
    timer.start()

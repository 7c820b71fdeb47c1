"""The turns of a program without a terminal: one asked after the other, in one session of the program."""

from __future__ import annotations

import os
import signal
import sys
import uuid
from collections.abc import Callable

from msgspec.structs import replace

from gtlib.actions import costs
from gtlib.actions import prime
from gtlib.errors import UserError
from gtlib.runtimes import argv
from gtlib.runtimes import environ
from gtlib.runtimes import hookfiles
from gtlib.runtimes import runs
from gtlib.runtimes.base import Spec
from gtlib.runtimes.base import Usage
from gtlib.runtimes.results import total
from gtlib.runtimes.turn import Limits
from gtlib.runtimes.turn import Turn
from gtlib.runtimes.turn import run_turn
from gtlib.store.town import Town
from gtlib.system import kin
from gtlib.system.process import Proc


class Turns:
    """Those of one session. `note` is told which process a turn is, and (None) that none runs.

    `native` is the id that the program knows the session by, once that is known; `passes` whether the last
    turn failed because the model's service was asked too much. Raises UserError when no program is named.
    """

    def __init__(self, town: Town, spec: Spec, limits: Limits, note: Callable[[Proc | None], None]) -> None:
        if spec.program is None:
            raise UserError(f"no program is named for {spec.address}", "name one with --agent")
        self.native = spec.native
        self.count = 0
        self.usage = Usage()
        self.interrupted = False
        self.passes = False
        self._town = town
        self._spec = spec
        self._program = spec.program
        self._limits = limits
        self._note = note
        self._goes_on = spec.resume  # whether the program has a session of that id
        self._hooked = not hookfiles.problem(spec.town, spec.program, spec.worktree)
        self._proc: Proc | None = None

    @property
    def hooked(self) -> bool:
        """Whether the program's own hooks show what waits with a prompt."""
        return self._hooked and "prompt" in self._program.hooks.events

    def ask(self, words: str) -> tuple[bool, str]:
        """One turn: whether the model was asked, and why the turn failed (empty: it did not).

        A session that the program can't find again is begun anew. Raises UserError when the program can't be
        started.
        """
        self.interrupted = self.passes = False
        goes_on = self._goes_on
        turn = self._run(words)
        if goes_on and turn.error and not (turn.result.asked or turn.passes or self.interrupted):
            self._say(f"the session {self.native} can't be gone on with: {turn.error}; a new one begins")
            self._goes_on, self.native = False, ""
            turn = self._run(words)
        self._goes_on = bool(self.native) and bool(self._program.lines.headless_resume)
        self.passes = turn.passes and not self.interrupted
        return turn.result.asked, "" if self.interrupted else turn.error

    def interrupt(self) -> None:
        """End the turn that runs; the second time without asking it."""
        if self._proc is not None:
            number = signal.SIGTERM if self.interrupted else signal.SIGINT
            self.interrupted = True
            kin.send([self._proc, *kin.descendants(self._proc)], number)

    def _run(self, words: str) -> Turn:
        if not self._goes_on:
            self.native = self._spec.native if self.count == 0 and not self._spec.resume else ""
            if not self.native and self._program.sets_id:
                self.native = str(uuid.uuid4())
        spec = replace(self._spec, native=self.native)
        line = argv.headless(spec, hookfiles.install(spec), self._told(words), self.native, self._goes_on)
        self.count += 1
        self._say(f"[gt] turn {self.count} of {self._spec.address}: {' '.join(words.split())[:200]}")
        try:
            turn = run_turn(
                line,
                self._spec.worktree,
                environ.whole(spec, os.environ),
                format=self._program.results,
                log=self._spec.log,
                limits=self._limits,
                on_start=self._started,
                on_native=self._known,
            )
        finally:
            self._proc = None
            self._note(None)
        self.native = turn.result.native or self.native or self._by_hooks()
        self._note(None)
        self.usage = total(self.usage, turn.result)
        if not self._hooked:  # else they do
            costs.record(
                self._town.local, spec.address, spec.session, self.usage, native=self.native, bead=spec.bead,
                program=self._program.name,
            )  # fmt: skip
        self._say(f"[gt] turn {self.count} {turn.error or 'is over'}; {_used(self.usage)} so far")
        return turn

    def _told(self, words: str) -> str:
        """The words, behind what the program's hooks would have told it, where it has none."""
        if self._hooked and "start" in self._program.hooks.events:
            return words
        if self._goes_on and self.count:
            return words
        source = "resume" if self._goes_on else "startup"
        told = prime.prime_or_fault(
            self._town.root, self._spec.address, source=source, session=self._spec.session
        )
        return f"{told.text}\n{words}"

    def _started(self, proc: Proc) -> None:
        self._proc = proc
        self._note(proc)

    def _known(self, native: str) -> None:
        self.native = native
        self._note(self._proc)

    def _by_hooks(self) -> str:
        state = runs.state_of(self._town.local, self._spec.address, self._spec.session)
        return state.native if state is not None else ""

    def _say(self, text: str) -> None:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


def _used(usage: Usage) -> str:
    cost = f", {usage.cost:.4f} USD" if usage.cost is not None else ""
    return f"{usage.input + usage.cache_read + usage.cache_write} tokens in, {usage.output} out{cost}"

"""A session of the shell runtime: works through the steps on an agent's hook, each a commit, then submits.

Killed at any point and started again it goes on: a step is over when its commit stands on the branch, and
what a cut-off step left in the worktree is saved and taken back before the step is done anew.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from msgspec.structs import replace

from gtlib import clock
from gtlib import names
from gtlib.actions.catch_up import catch_up
from gtlib.actions.decide import decide
from gtlib.actions.done import done
from gtlib.actions.next_step import Next
from gtlib.actions.next_step import next_step
from gtlib.actions.transition import transition
from gtlib.actions.try_step import Tried
from gtlib.actions.try_step import try_step
from gtlib.errors import UserError
from gtlib.lock import FileLock
from gtlib.model.agent import Hook
from gtlib.model.molecule import Step
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.rules import sessions
from gtlib.rules.base import live_hook
from gtlib.rules.dispatch import AT_WORK
from gtlib.rules.read_claims import Made
from gtlib.rules.read_claims import claim_key
from gtlib.rules.steps_done import plan_step_failed
from gtlib.runtimes import runs
from gtlib.runtimes.base import Spec
from gtlib.runtimes.runs import Own
from gtlib.store import place
from gtlib.store import restart
from gtlib.store.rig import Rig
from gtlib.store.town import Town
from gtlib.system import git
from gtlib.system import process
from gtlib.system.process import Proc

CUT_OFF = "cut off"
LEFTOVER_SECONDS = 2.0
GIT_SECONDS = 10.0


class Stopped(Exception):
    """Somebody ends this session."""


class Session:
    """One session at work."""

    def __init__(self, town: Town, address: Address, session: str) -> None:
        self._town = town
        self._address = address
        self._own = Own(session=session)
        self._last = ""  # the step that it committed last

    @property
    def own(self) -> Own:
        """What it says of itself now."""
        return self._own

    def work(self) -> Own:
        """Do what is on the hook until it is handed in, waits or fails; how it ended."""
        self._clear()
        self._note()
        if place.of(self._town.repo, self._town.branch).operation:
            return replace(self._own, outcome="later", said="a git operation is in progress in the town")
        self._begin()
        started = self._hook()
        while True:
            catch_up(self._town)
            hook = self._hook()
            if hook is None or started is None or hook.state not in AT_WORK or hook.bead != started.bead:
                return replace(self._own, outcome="over")
            if hook.molecule:
                decide(self._town, hook.molecule, self._town.root / hook.worktree, os.environ)
            rig = self._rig()
            unserved = self._unserved(rig, hook)
            todo = next_step(self._town, self._town.snapshot(), self._address, hook, unserved)
            if todo is None:
                self._say(f"{self._address}: all steps are over, handing in")
                done(self._town, self._address, self._address, _now())
                return replace(self._own, outcome="submitted")
            if todo.step is None or todo.command is None:
                return self._wait(todo)
            if todo.step.id == self._last:  # it would be done for ever
                said = f"step {self._last} is open again after its commit; mail says why when it was refused"
                return replace(self._own, outcome="failed", said=said)
            failed = self._do(todo, todo.step, hook)
            if failed is not None:
                return failed

    def _clear(self) -> None:
        """End what a killed session left running, and take back the step that it was cut off in."""
        before = runs.read_own(self._town.local, self._address)
        if before is None or before.outcome not in ("", "stopped", CUT_OFF):
            return
        if before.proc is not None:
            process.stop(before.proc, LEFTOVER_SECONDS)
        self._own = replace(self._own, step=before.step)
        hook = self._hook()
        if hook is None or not (self._town.root / hook.worktree / ".git").exists():
            return
        rig = self._rig()
        worktree = self._town.root / hook.worktree
        # A commit that the killed session began goes on without it.
        process.until(lambda: not process.git_at_work(worktree), GIT_SECONDS)
        for lock in rig.unlock_stale(worktree):
            self._say(f"moved aside a stale lock: {lock}")
        if before.step:
            saved = restart.take_back(rig, worktree)
            if saved:
                self._say(f"step {before.step} was cut off; what it left is kept as {saved[:12]}")

    def _begin(self) -> None:
        catch_up(self._town)

        transition(
            self._town,
            lambda snapshot: sessions.plan_begin(snapshot, self._address, self._own.session, "shell", _now()),
            self._address,
        )

    def _do(self, todo: Next, step: Step, hook: Hook) -> Own | None:
        """Run a step and commit what it made; None when it is done, else how the session ends."""
        self._say(f"{self._address}: step {step.id}: {step.title}")
        spec = self._spec(hook)
        self._note(step=step.id)
        tried = try_step(todo, spec, lambda proc: self._note(step=step.id, proc=proc))
        if tried.killed:
            # as if the session had been killed, too: what is left is taken back
            return replace(self._own, outcome=CUT_OFF, said=tried.complaint, tail=tried.tail, proc=None)
        if tried.complaint and todo.recipe is not None and todo.recipe.attempts:
            self._note()
            self._failed(hook, step, tried)
            return None
        if tried.complaint:
            return replace(self._own, outcome="failed", said=tried.complaint, tail=tried.tail, proc=None)
        self._commit(spec, step, tried, hook.branch)
        self._note()
        return None

    def _failed(self, hook: Hook, step: Step, tried: Tried) -> None:
        """The molecule says whether it is tried again; without a try left the hook is suspended."""
        self._say(f"{self._address}: {tried.complaint}")
        transition(
            self._town,
            lambda snapshot: plan_step_failed(
                snapshot, f"{hook.molecule}.{step.id}", self._address, tried.complaint, _now()
            ),
            self._address,
        )

    def _commit(self, spec: Spec, step: Step, tried: Tried, branch: str) -> None:
        who = {"NAME": spec.address, "EMAIL": f"{spec.address.replace('/', '.')}@town.invalid"}
        when = self._when(spec)
        if tried.checked:
            author, where = f"{who['NAME']} <{who['EMAIL']}>", f"{self._rig().config.name} {branch}"
            key = claim_key(Made("", "", author, when, where), f"Step: {step.id}")
            runs.note_checked(self._town.local, self._address, key)
        env = {f"GIT_{role}_{key}": text for role in ("AUTHOR", "COMMITTER") for key, text in who.items()}
        git.run(["add", "--all"], spec.worktree)
        # With the git hooks of the rig: this is the agent's own commit, as any program would make it.
        title = " ".join(step.title.split()) or step.id
        words = ["--quiet", "--allow-empty", "--no-gpg-sign", "-m", title]
        env |= {"GT_ROLE": spec.address, "GT_TOWN": str(spec.town)}
        env["GIT_AUTHOR_DATE"] = f"{when} {time.strftime('%z')}"
        said = [f"Step: {step.id}", *(f"Output: {key}={value}" for key, value in tried.outputs)]
        said += ["Checked: yes"] if tried.checked else []
        trailers = [word for each in said for word in ("--trailer", each)]
        made = git.run(["commit", *words, *trailers], spec.worktree, env=env)
        self._say((made.out + made.err).decode("utf-8", "replace").strip())
        self._last = step.id

    def _when(self, spec: Spec) -> int:
        """The author's time of a commit in seconds. A step that is done anew is not to look like an amend of
        its last commit: that was another session's.
        """
        now = int(time.time())
        last = -1 if self._last else int(git.run(["log", "-1", "--format=%at"], spec.worktree).text)
        return last + 1 if now <= last < now + 60 else now  # what lies further ahead is a wrong clock's

    def _wait(self, todo: Next) -> Own:
        self._say(f"{self._address} waits: {todo.why}")
        transition(
            self._town,
            lambda snapshot: sessions.plan_wait(snapshot, self._address, todo.why, todo.how, _now()),
            self._address,
        )
        return replace(self._own, outcome="waits", said=todo.why)

    def _unserved(self, rig: Rig, hook: Hook) -> set[str]:
        """Steps whose commit is there and was not served yet, as while a rebase moves the branch.

        What was served and is open was refused, or unticked by a person: it is done anew.
        """
        named = restart.unserved_steps(rig, hook.branch)
        return {value.removeprefix(f"{hook.molecule}.") for value in named}

    def _hook(self) -> Hook | None:
        agent = self._snapshot().agent(self._address)
        return live_hook(agent) if agent else None

    def _rig(self) -> Rig:
        snapshot = self._snapshot()
        agent = snapshot.agent(self._address)
        config = snapshot.rig(agent.rig) if agent else None
        if config is None:
            raise UserError(f"{self._address} belongs to no rig", "gt rig list shows the rigs there are")
        return Rig(self._town.root, config)

    def _snapshot(self) -> Snapshot:
        return self._town.snapshot()

    def _spec(self, hook: Hook) -> Spec:
        return Spec(
            town=self._town.root,
            address=self._address,
            bead=hook.bead,
            session=self._own.session,
            worktree=self._town.root / hook.worktree,
            log=runs.log(self._town.local, self._address),
        )

    def _note(self, step: str = "", proc: Proc | None = None) -> None:
        self._own = replace(self._own, step=step, proc=proc)
        runs.write_own(self._town.local, self._address, self._own)

    def _say(self, text: str) -> None:
        if text:
            sys.stdout.write(text + "\n")
            sys.stdout.flush()


def serve(town: Town, address: Address, session: str) -> int:
    """Work as one session and keep how it ended; the exit status. Two for one address: the second ends."""
    lock = FileLock(runs.path(town.local, address, ".lock"))
    if not lock.acquire(timeout=0):
        return 0
    at_work = Session(town, address, session)
    outcome: Own | None = None
    try:
        outcome = at_work.work()
    except Stopped:
        outcome = replace(at_work.own, outcome="stopped", proc=None)
    except UserError as error:
        outcome = replace(
            at_work.own, outcome=_ended_by(town, at_work.own, error), said=str(error), proc=None
        )
    finally:
        # What is left to say when none of these: a front door shows the traceback.
        bug = replace(at_work.own, outcome="failed", said="the session had a bug, see its log", proc=None)
        runs.write_own(town.local, address, bug if outcome is None else outcome)
        lock.release()
    return 1 if outcome.outcome == "failed" else 0


def _ended_by(town: Town, own: Own, error: UserError) -> str:
    if own.step and isinstance(error, git.GitError):
        return (
            CUT_OFF  # its command ended well, and only its commit is missing: it can't be done on top of that
        )
    return "later" if place.of(town.repo, town.branch).operation else "failed"


def main(argv: list[str]) -> int:
    """`argv`: the town's folder, the agent's address, the session's id."""
    signal.signal(signal.SIGTERM, _stop)
    root, who, session = argv
    return serve(Town.open(Path(root)), names.address(who), session)


def _stop(number: int, frame: FrameType | None) -> None:
    raise Stopped


def _now() -> str:
    return clock.stamp(clock.now())


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

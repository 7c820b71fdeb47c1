"""The town's checkout: brought in line with each transition, whatever a person has in it."""

from __future__ import annotations

import os

from gtlib.errors import UserError
from gtlib.model.config import Limits
from gtlib.model.snapshot import Snapshot
from gtlib.names import CommitId
from gtlib.store import framework
from gtlib.store import kept
from gtlib.store import place
from gtlib.store.courtesy import Courtesy
from gtlib.store.desk import Desk
from gtlib.store.desk import DeskStep
from gtlib.store.desk import flush
from gtlib.store.indexlock import IndexLock
from gtlib.store.journal import Entry
from gtlib.store.journal import Journal
from gtlib.store.refs import Refs
from gtlib.store.repo import Change
from gtlib.store.repo import Repo
from gtlib.store.repo import Staging


class Again(Exception):
    """Somebody was faster, or is in the middle of something: look again."""


class Checkout:
    """Journal, worktree files, branch and index. Everything here runs under the town's lock.

    `courtesy`, where it is passed, is how a person at work is waited for; None when that was long enough.
    """

    def __init__(self, repo: Repo, branch: str, refs: Refs) -> None:
        self._repo = repo
        self._branch = branch
        self._refs = refs
        self._local = repo.git_dir / "gt"
        self._index_lock = IndexLock(repo.git_dir)
        self._journal = Journal(self._local)
        self._desk = Desk(repo)
        self.courtesy = Courtesy(repo.git_dir, self._index_lock, lambda: refs.foreign(branch))

    def pending(self) -> bool:
        """Whether the journal holds a transition that the checkout has not got yet."""
        return self._journal.path.exists()

    def land(
        self, base: CommitId, new: CommitId, changes: tuple[Change, ...], courtesy: Limits | None
    ) -> tuple[str, ...]:
        """Move the branch from `base` to `new` and the checkout with it; lines for the person.

        Journal, checkout, branch, index: in this order, with git's index.lock held from before the
        first write until the new index stands (FACTS 19). Raises Again, and UserError on unmerged files.
        """
        owed = self._journal.read()
        if owed is not None or self._index_lock.foreign() or self._framework_at_work():
            return self._land_by_ref(base, new, owed, courtesy)
        seen = self.courtesy.signature()
        staging = self._staging()
        steps = self._desk.plan(changes, staging)
        self._note(Entry(branch=self._branch, base=base, new=new, steps=steps))
        self._desk.prepare(steps)
        self._refs.prepare(new)
        flush(self._repo, staging.path)
        if courtesy and self.courtesy.must_wait(courtesy):
            self._journal.remove()
            raise Again
        if not self._index_lock.take():
            self._journal.remove()
            return self._land_by_ref(base, new, None, courtesy)
        try:
            if self.courtesy.signature() != seen or (courtesy and self.courtesy.commit_in_progress()):
                raise Again
            if self._framework_at_work():
                raise Again  # it began a moment ago; with git's lock in our hand it gets no further
            self._desk.write(steps)
            self._swap(base, new, courtesy)
        except (Again, OSError, UserError):
            self._desk.take_back(steps)
            self._index_lock.release()
            self._journal.remove()
            raise
        return self._finish(steps, staging)

    def forget(self, snapshot: Snapshot) -> None:
        """Drop the notes on a person's text that stands at the branch now, which `snapshot` is of."""
        where = place.of(self._repo, self._branch)
        usual = where.on_branch and not where.operation and not self._framework_at_work()
        if usual and self._journal.read() is None:
            kept.forget(self._local, snapshot, self._desk.held)

    def recover(self) -> None:
        """Finish what a crash left in the journal, or take it back where the branch has not moved."""
        entry = self._journal.read()
        if entry is None:
            self._index_lock.release()
            return
        now = self._repo.ref(self._branch)
        where = place.of(self._repo, self._branch)
        if where.operation or now is None:
            return
        landed = self._repo.is_ancestor(entry.new, now)
        if not landed:
            self._desk.take_back(entry.steps)
            if entry.owed is not None:
                entry = Entry(branch=self._branch, base=entry.owed, new=entry.base)
                landed = self._repo.is_ancestor(entry.new, now)
        if landed and where.on_branch and not self._settle(entry):
            return
        self._index_lock.release()
        self._journal.remove()

    def by_ref(self, base: CommitId, new: CommitId, courtesy: Limits | None) -> None:
        """Move the branch alone: HEAD is elsewhere, and nothing here shows it."""
        self._swap(base, new, courtesy)

    def _swap(self, base: CommitId, new: CommitId, courtesy: Limits | None) -> None:
        if self._refs.swap(self._branch, base, new, "gt"):
            return
        lock = self._refs.foreign(self._branch)
        if lock is None or courtesy:
            raise Again
        raise UserError(f"a git program holds {lock}", "or left it there when it was killed: gt doctor --fix")

    def _land_by_ref(
        self, base: CommitId, new: CommitId, owed: Entry | None, courtesy: Limits | None
    ) -> tuple[str, ...]:
        """Somebody else holds index.lock, or the framework holds a person's text. Wait for that first; then
        commit by ref and owe the checkout."""
        held = self._framework_at_work()
        if courtesy and not framework.is_above_us(held):
            raise Again
        start = base if owed is None else owed.owed or owed.base
        self._note(Entry(branch=self._branch, base=base, new=new, owed=start))
        self._swap(base, new, courtesy)
        return (
            ("the checkout follows when pre-commit has ended",)
            if held
            else ("the checkout follows when git's index.lock is free",)
        )

    def _settle(self, entry: Entry) -> bool:
        """Bring checkout and index to the journal's commit; False when index.lock is another's, or the
        checkout is not what the person left there."""
        if self._framework_at_work() or not self._index_lock.take():
            return False
        if self._framework_at_work():
            self._index_lock.release()
            return False
        changes = self._repo.changes(entry.owed or entry.base, entry.new)
        staging = self._staging()
        steps = self._desk.plan(changes, staging)
        self._desk.write(steps)
        self._finish(steps, staging)
        return True

    def _framework_at_work(self) -> tuple[int, ...]:
        return framework.at_work(self._repo.git_dir)

    def _note(self, entry: Entry) -> None:
        self._journal.write(entry, durable=self._repo.durable)

    def _staging(self) -> Staging:
        staging = self._repo.staging(self._local / "index.new")
        if staging.unmerged:
            raise UserError(
                f"the checkout {self._repo.root} holds unmerged files",
                "mend them, git add them, then run this again",
            )
        return staging

    def _finish(self, steps: tuple[DeskStep, ...], staging: Staging) -> tuple[str, ...]:
        notes = kept.keep(self._repo, self._local, steps)
        os.replace(staging.path, self._repo.git_dir / "index")
        self.courtesy.remember()
        self._index_lock.release()
        self._journal.remove()
        return notes

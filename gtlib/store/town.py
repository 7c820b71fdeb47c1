"""The town: one git repository, and `apply`, the one way to write its tracked files."""

from __future__ import annotations

import shlex
from pathlib import Path

from msgspec import Struct

from gtlib import clock
from gtlib.errors import Busy
from gtlib.errors import UserError
from gtlib.lock import FileLock
from gtlib.model import kinds
from gtlib.model.config import Limits
from gtlib.model.edit import Edit
from gtlib.model.edit import Plan
from gtlib.model.snapshot import Snapshot
from gtlib.names import CommitId
from gtlib.store import kept
from gtlib.store import place
from gtlib.store.checkout import Again
from gtlib.store.checkout import Checkout
from gtlib.store.refs import Refs
from gtlib.store.repo import Change
from gtlib.store.repo import Repo
from gtlib.store.roots import branch_ref
from gtlib.store.roots import find_root
from gtlib.store.roots import is_clone
from gtlib.store.roots import is_town
from gtlib.store.snapshots import Snapshots

PROCESSED = "refs/gt/processed"


class Applied(Struct, frozen=True):
    """A transition that happened. `notes` are lines for the person whose text was in the way."""

    commit: CommitId
    edit: Edit
    notes: tuple[str, ...] = ()


class Town:
    """One open town. Not shared between threads."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.repo = Repo(root)
        self.git_dir = self.repo.git_dir
        self.local = self.git_dir / "gt"
        self.branch = branch_ref(self.git_dir)
        self._lock = FileLock(self.local / "lock")
        self._snapshots = Snapshots(self.repo)
        self._refs = Refs(self.git_dir, self.repo.signature(), durable=self.repo.durable)
        self._checkout = Checkout(self.repo, self.branch, self._refs)
        self.courtesy = self._checkout.courtesy
        self.notes: list[str] = []  # what actions leave for the person to know

    @classmethod
    def open(cls, root: Path, *, to_read: bool = False) -> Town:
        """The town whose top folder is `root`. UserError when there is none, or (unless it is only `to_read`)
        when it is a clone that was not set up on this machine.
        """
        if not is_town(root):
            raise UserError(f"{root} is not a town", "make one with: gt install PATH --git")
        town = cls(root)
        if not to_read and is_clone(root):
            path = "." if Path.cwd() == root else shlex.quote(str(root))
            what = f'this is a clone of the town "{town.snapshot().town.name}"'
            raise UserError(what, f"run gt install {path} once on this machine")
        return town

    @classmethod
    def find(cls, start: Path) -> Town:
        """The town that `start` lies in, or that GT_TOWN names. UserError as `open` says."""
        return cls.open(find_root(start))

    @property
    def host(self) -> str:
        """This machine's name, as kept at install."""
        return (self.local / "host").read_text(encoding="utf-8").strip()

    # reading

    def tip(self) -> CommitId:
        """The newest commit of the town's branch."""
        found = self.repo.ref(self.branch)
        if found is None:
            raise UserError(
                f"the town's branch {self.branch} is not there",
                "make it again with git branch, or mend town.yaml",
            )
        return found

    def snapshot(self) -> Snapshot:
        return self._snapshots.at(self.tip())

    def snapshot_at(self, commit: CommitId) -> Snapshot:
        return self._snapshots.past(commit)

    def save_index(self) -> None:
        """Let read commands find the newest snapshot without parsing."""
        self._snapshots.at(self.tip())
        self._snapshots.save()

    def processed(self) -> CommitId | None:
        """The newest commit that catch-up has examined."""
        return self.repo.ref(PROCESSED)

    def set_processed(self, commit: CommitId) -> None:
        with self._lock:
            self._set_processed(commit)

    def _set_processed(self, commit: CommitId) -> None:
        self._refs.swap(PROCESSED, self.processed(), commit, "")

    def create_branch(self, commit: CommitId) -> None:
        """The first commit of a new town."""
        with self._lock:
            self._refs.swap(self.branch, None, commit, "gt: install")

    # writing

    def apply(self, plan: Plan, actor: str = "", *, settled: bool = False) -> Applied | None:
        """Make what `plan` asks for of a fresh snapshot one commit; None when it asks for nothing.

        `plan` may be called several times: a lost race means planning again. A refusal (UserError
        of the plan, an operation in progress in the checkout) changes nothing. `settled` says that
        the plan includes what the rules ask for, so that `processed` may follow its parent.
        """
        limits = self.snapshot().town.limits
        if self.courtesy.must_wait(limits) and plan(self.snapshot()) is None:
            return None  # nothing to do needs no waiting for
        while True:
            patient = self.courtesy.wait(limits)
            with self._lock:
                try:
                    self._recover()
                    return self._apply_locked(plan, actor, settled, limits if patient else None)
                except Again:
                    continue

    def recover(self) -> None:
        """Finish what a crash left in the journal. Called before anything else looks at the checkout."""
        with self._lock:
            self._recover()

    def _recover(self) -> None:
        self._refs.clear(self.branch)
        self._refs.clear(PROCESSED)
        self._checkout.recover()

    def forget_kept(self) -> None:
        """Drop the notes on a person's text that has been committed and merged, or thrown away."""
        if kept.notes(self.local):
            with self._lock:
                self._checkout.forget(self.snapshot())

    def branch_lock(self) -> Path | None:
        """The lock on the branch that somebody else holds, or left there in a crash."""
        return self._refs.foreign(self.branch)

    def pending(self) -> bool:
        """Whether the journal holds a transition that the checkout has not got yet."""
        return self._checkout.pending()

    def _apply_locked(self, plan: Plan, actor: str, settled: bool, courtesy: Limits | None) -> Applied | None:
        if courtesy and self.courtesy.must_wait(courtesy):
            raise Again
        where = place.of(self.repo, self.branch)
        if where.operation:
            raise Busy(
                f"a {where.operation} is in progress in {self.root}",
                f"end it first: {where.way_out}, then run this again",
            )
        base = self.tip()
        snapshot = self._snapshots.at(base)
        edit = plan(snapshot)
        if edit is None:
            return None
        changes = self._changes(snapshot, edit)
        if not changes:
            return None
        new = self._commit(base, changes, edit, actor)
        notes: tuple[str, ...] = ()
        if where.on_branch:
            notes = self._checkout.land(base, new, changes, courtesy)
        else:
            self._checkout.by_ref(base, new, courtesy)
        self._snapshots.follow(base, new, changes)
        if settled and self.processed() == base:
            self._set_processed(new)
        return Applied(new, edit, notes)

    def _changes(self, snapshot: Snapshot, edit: Edit) -> tuple[Change, ...]:
        """What differs, by blob. A path that does not parse is not written (promise 3)."""
        after = snapshot.with_edit(edit)
        paths = [kinds.path_of(item) for item in edit.put]
        paths += [path for path, _ in edit.files]
        for path in paths:
            if snapshot.is_broken(path):
                raise UserError(
                    f"{path} does not parse, so nothing writes it", "mend it first: gt doctor names the line"
                )
        paths += [path for move in edit.moves for path in move] + list(edit.removes)
        changes = []
        with self.repo.many(len(paths)):
            for path in dict.fromkeys(paths):
                old = snapshot.blob(path)
                text = after.text(path)
                new = None if text is None else self.repo.write_blob(text.encode("utf-8", "surrogateescape"))
                if old != new:
                    changes.append(Change(path, old, new))
        return tuple(changes)

    def _commit(self, base: CommitId, changes: tuple[Change, ...], edit: Edit, actor: str) -> CommitId:
        who = edit.actor or actor
        person = self.repo.signature()
        author = person if who in ("", "overseer") else (who, f"{who.replace('/', '.')}@town.invalid")
        blobs = {change.path: change.new for change in changes}
        when = int(clock.now().timestamp())
        return self.repo.commit(base, blobs, edit.message(who or "overseer"), author, person, when)

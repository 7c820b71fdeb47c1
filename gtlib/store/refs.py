"""Move a ref of the town as git's own files backend does, with a lock that is known as ours after a crash.

libgit2 would leave a `main.lock` behind when it is killed, and nobody could tell whose it is. Ours is a hard
link to `.git/gt/ref.token`. Used under the town's lock only.
"""

from __future__ import annotations

import os
from pathlib import Path

from gtlib import clock
from gtlib.names import CommitId
from gtlib.store import tip

_ZERO = "0" * 40


class Refs:
    """The refs that transitions move: the town's branch and `refs/gt/processed`."""

    def __init__(self, git_dir: Path, who: tuple[str, str], *, durable: bool) -> None:
        self._git_dir = git_dir
        self._token = git_dir / "gt" / "ref.token"
        self._who = who
        self._durable = durable
        self._prepared: CommitId | None = None

    def prepare(self, new: CommitId) -> None:
        """Have what `swap` to that commit needs on disk, where the time of the swap itself matters."""
        self._write_token(new)
        self._prepared = new

    def swap(self, name: str, old: CommitId | None, new: CommitId, note: str) -> bool:
        """Move a ref from `old` (None: it does not exist) to `new`; False when it stands elsewhere or
        somebody else holds its lock."""
        path = self._git_dir / name
        lock = path.with_name(path.name + ".lock")
        path.parent.mkdir(parents=True, exist_ok=True)
        self.clear(name)
        if self._prepared != new:
            self._write_token(new)
        self._prepared = None
        try:
            os.link(self._token, lock)
        except FileExistsError:
            return False
        if tip.read(self._git_dir, name) != old:
            lock.unlink()
            return False
        self._log(name, old, new, note)
        os.replace(lock, path)
        self._token.unlink()  # it is the ref's own file now, and must never be written again
        return True

    def foreign(self, name: str) -> Path | None:
        """The lock that somebody else holds on a ref, or left there in a crash."""
        lock = self._git_dir / (name + ".lock")
        return lock if lock.exists() and not self._ours(lock) else None

    def clear(self, name: str) -> None:
        """Remove the lock that a killed transition of ours left on a ref; another's is left alone."""
        lock = self._git_dir / (name + ".lock")
        if self._ours(lock):
            lock.unlink()

    def _ours(self, lock: Path) -> bool:
        try:
            return os.path.samestat(lock.stat(), self._token.stat())
        except FileNotFoundError:
            return False

    def _write_token(self, commit: CommitId) -> None:
        self._token.unlink(missing_ok=True)
        with open(self._token, "x", encoding="ascii") as file:
            file.write(commit + "\n")
            file.flush()
            if self._durable:
                os.fsync(file.fileno())

    def _log(self, name: str, old: CommitId | None, new: CommitId, note: str) -> None:
        """The reflog, of the branch and of HEAD where that is the branch."""
        if not name.startswith("refs/heads/"):
            return
        seconds = int(clock.now().timestamp())
        person, mail = self._who
        line = f"{old or _ZERO} {new} {person} <{mail}> {seconds} +0000\t{' '.join(note.split())}\n"
        logs = [name]
        if (self._git_dir / "HEAD").read_text(encoding="utf-8").strip() == f"ref: {name}":
            logs.append("HEAD")
        for log in logs:
            path = self._git_dir / "logs" / log
            path.parent.mkdir(parents=True, exist_ok=True)
            with open(path, "a", encoding="utf-8") as file:
                file.write(line)

"""One of several processes that write one repository through libgit2; started by writing_test.

Usage: writer.py <repository> <name> <number of commits> <lock file, or "" for none>
"""

from __future__ import annotations

import fcntl
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pygit2

BRANCH = "refs/heads/main"
WHO = pygit2.Signature("writer", "writer@example.org", 0, 0)
ATTEMPTS = 10_000


@contextmanager
def alone(lock: str) -> Iterator[None]:
    """Hold the lock file, if there is to be one."""
    if not lock:
        yield
        return
    with Path(lock).open("a", encoding="utf-8") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def prepare(repo: pygit2.Repository, parent: pygit2.Oid, name: str) -> pygit2.Oid:
    """A commit with one more file, made with a private index; no branch moves."""
    index = pygit2.Index()
    index.read_tree(repo[parent].peel(pygit2.Tree))
    index.add(pygit2.IndexEntry(f"{name}.txt", repo.create_blob(name.encode()), pygit2.enums.FileMode.BLOB))
    return repo.create_commit(None, WHO, WHO, name, index.write_tree(repo), [parent])


def put(repo: pygit2.Repository, name: str) -> bool:
    """Try once: read the branch, prepare, and move the branch if it still is where it was."""
    try:
        branch = repo.references[BRANCH]
        branch.set_target(prepare(repo, pygit2.Oid(hex=str(branch.target)), name))
    except (pygit2.GitError, OSError):
        return False
    return True


def main(path: str, name: str, count: str, lock: str) -> int:
    repo = pygit2.Repository(path)
    for number in range(int(count)):
        with alone(lock):
            if not any(put(repo, f"{name}-{number}") for _ in range(ATTEMPTS)):
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

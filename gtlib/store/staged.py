"""What git's index holds: texts by path, and which items are there. Needs no open town."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable
from collections.abc import Sequence
from pathlib import Path

from gtlib import layout
from gtlib.system import git

_FEW = 20  # blobs that are sooner read one by one than by a process of git's
_BLOB = re.compile(r"[0-9a-f]{40}\Z")
_ARCHIVED = re.compile(r'"id": ?"([^"]*)"')


class Staged:
    """The index of the repository at `root`; `index_file` is another one that git commits from."""

    def __init__(self, root: Path, index_file: str | None = None) -> None:
        self.root = root
        self._env = {"GIT_INDEX_FILE": index_file} if index_file else {}

    def changed(self) -> dict[str, tuple[str, str]]:
        """(mode, blob) of every path that differs from HEAD; a blob of zeros where it is gone."""
        words = ["diff", "--cached", "--raw", "--no-renames", "--no-abbrev", "-z"]
        fields = self._git(words).decode("utf-8", "surrogateescape").split("\0")
        # `:mode mode blob blob status NUL path NUL`
        pairs = zip(fields[::2], fields[1::2], strict=False)
        return {path: (meta.split()[1], meta.split()[3]) for meta, path in pairs if meta}

    def objects(self, names: Sequence[str]) -> list[bytes | None]:
        """What each name (a blob id, or `:` and a path) means to `git cat-file`; None for nothing."""
        if 0 < len(names) <= _FEW:
            loose = [self._loose(name) for name in names]
            if None not in loose:
                return loose
        out = self._batch("--batch", names)
        found: list[bytes | None] = []
        start = 0
        for _ in names:
            head, _, _ = out[start:].partition(b"\n")
            start += len(head) + 1
            size = head.rpartition(b" ")[2]
            if size == b"missing":
                found.append(None)
                continue
            found.append(out[start : start + int(size)])
            start += int(size) + 1
        return found

    def _loose(self, name: str) -> bytes | None:
        """The blob in a file of its own, as what was staged just now nearly always is: no process is started
        for it. None when it is not, or can't be read."""
        if not _BLOB.match(name):
            return None
        try:
            packed = (self.root / ".git" / "objects" / name[:2] / name[2:]).read_bytes()
            head, _, data = zlib.decompress(packed).partition(b"\0")
        except (OSError, zlib.error):
            return None
        return data if head == b"blob %d" % len(data) else None

    def holds(self, *paths: str) -> bool:
        """Whether one of these files or folders is there."""
        return bool(self._git(["ls-files", "-z", "--", *(f":(top,literal){path}" for path in paths)]))

    def missing(self, ids: Iterable[str]) -> frozenset[str]:
        """Those of the ids that no item has, neither live nor archived."""
        wanted = sorted(set(ids))
        asked = [(id, f":{path}") for id in wanted for path in places(id)]
        answers = self._batch("--batch-check", [name for _, name in asked]).split(b"\n")
        there = {id for (id, _), line in zip(asked, answers, strict=False) if not line.endswith(b" missing")}
        gone = [id for id in wanted if id not in there]
        return frozenset(gone) - self._archived(gone) if gone else frozenset()

    def _archived(self, ids: Sequence[str]) -> set[str]:
        pattern = f'"id": ?"({"|".join(map(re.escape, ids))})"'
        words = ["grep", "--cached", "-ohE", "-e", pattern, "--", ":(top)archive/"]
        said = git.run(words, self.root, check=False, env=self._env).text
        return set(_ARCHIVED.findall(said))

    def _batch(self, how: str, names: Sequence[str]) -> bytes:
        if not names:
            return b""
        lines = "".join(f"{name}\n" for name in names).encode("utf-8", "surrogateescape")
        return git.run(["cat-file", how], self.root, input=lines, env=self._env).out

    def _git(self, words: list[str]) -> bytes:
        return git.run(words, self.root, env=self._env).out


def places(id: str) -> list[str]:
    """Where an item of that id would stand; `<molecule>.<step>` stands in the molecule."""
    places = [f"{folder}/{id}.md" for folder in layout.ITEM_FOLDERS]
    head, dot, _ = id.rpartition(".")
    return [*places, f"molecules/{head}.md"] if dot else places


def archived_in(id: str, data: bytes) -> bool:
    """Whether one line of an archive is that item."""
    return re.search(rb'"id": ?"%s"' % re.escape(id).encode("utf-8"), data) is not None

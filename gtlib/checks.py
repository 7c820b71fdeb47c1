"""Checks of staged files: what does not parse is refused before it is committed."""

from __future__ import annotations

from pathlib import Path

from gtlib.errors import FileError
from gtlib.model import kinds
from gtlib.system import git

_GONE = "0" * 40


def staged(root: Path, index_file: str | None = None) -> tuple[FileError, ...]:
    """The staged files of a town that do not parse, by path.

    `index_file` is the index that git commits from: `commit -a` and `commit PATH` use one of their own.
    """
    env = {"GIT_INDEX_FILE": index_file} if index_file else {}
    raw = git.run(["diff", "--cached", "--raw", "--no-renames", "--no-abbrev", "-z"], root, env=env).out
    wanted = {path: blob for path, blob in _entries(raw) if kinds.kind_of(path) is not None}
    texts = _texts(root, tuple(wanted.values()))
    errors = []
    for path, blob in sorted(wanted.items()):
        try:
            kinds.parse(path, texts[blob])
        except FileError as error:
            errors.append(error)
    return tuple(errors)


def _entries(raw: bytes) -> list[tuple[str, str]]:
    """(path, blob) of what is added or changed: `:mode mode blob blob status NUL path NUL`."""
    fields = raw.decode("utf-8", "surrogateescape").split("\0")
    pairs = zip(fields[::2], fields[1::2], strict=False)
    return [(path, meta.split()[3]) for meta, path in pairs if meta and meta.split()[3] != _GONE]


def _texts(root: Path, blobs: tuple[str, ...]) -> dict[str, str]:
    if not blobs:
        return {}
    out = git.run(["cat-file", "--batch"], root, input="\n".join(blobs).encode("ascii") + b"\n").out
    texts, start = {}, 0
    for blob in blobs:
        head, _, _ = out[start:].partition(b"\n")
        begin = start + len(head) + 1
        size = int(head.split()[2])
        texts[blob] = out[begin : begin + size].decode("utf-8", "replace")
        start = begin + size + 1
    return texts

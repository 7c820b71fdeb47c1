"""Checks of staged files: what does not parse is refused before it is committed."""

from __future__ import annotations

from pathlib import Path

from gtlib import layout
from gtlib.errors import FileError
from gtlib.model import kinds
from gtlib.system import git

_GONE = "0" * 40
_KINDS = {"120000": "a link", "160000": "a repository of its own"}
_FORMULAS = (".formula.toml", ".formula.json")


def staged(root: Path, index_file: str | None = None) -> tuple[FileError, ...]:
    """The staged files of a town that do not parse, by path; and that town.yaml, which makes it one, is gone.

    `index_file` is the index that git commits from: `commit -a` and `commit PATH` use one of their own.
    """
    env = {"GIT_INDEX_FILE": index_file} if index_file else {}
    raw = git.run(["diff", "--cached", "--raw", "--no-renames", "--no-abbrev", "-z"], root, env=env).out
    changed = {path: (mode, blob) for path, mode, blob in _entries(raw)}
    wanted = {path: each for path, each in changed.items() if each[1] != _GONE and _is_read(path)}
    texts = _texts(root, tuple(blob for mode, blob in wanted.values() if mode not in _KINDS))
    errors = []
    for path, (mode, blob) in sorted(wanted.items()):
        try:
            _refuse_no_file(path, mode)
            _parse(path, _decoded(path, texts[blob]))
        except FileError as error:
            errors.append(error)
    if changed.get(layout.TOWN_CONFIG, ("", ""))[1] == _GONE:
        again = f"git checkout HEAD -- {layout.TOWN_CONFIG} brings it back"
        errors.append(FileError(layout.TOWN_CONFIG, 1, "without this file nothing here is a town", again))
    return tuple(errors)


def _is_read(path: str) -> bool:
    return kinds.kind_of(path) is not None or path.endswith(_FORMULAS)


def _refuse_no_file(path: str, mode: str) -> None:
    if mode in _KINDS:
        what = f"this is {_KINDS[mode]}, which the town does not follow"
        raise FileError(path, 1, what, f"put a file with the text itself in its place, then git add {path}")


def _parse(path: str, text: str) -> None:
    if not path.endswith(_FORMULAS):
        kinds.parse(path, text)
        return
    from gtlib.model.formula_source import Source  # TOML costs 6 ms, which a commit of beads need not pay

    Source(path, text).load()  # what a formula says may be for a later gt; that it can be read, is for now


def _decoded(path: str, data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FileError(path, line, "the file is not UTF-8 text", "save it as UTF-8") from None


def _entries(raw: bytes) -> list[tuple[str, str, str]]:
    """(path, new mode, new blob) of what changed: `:mode mode blob blob status NUL path NUL`."""
    fields = raw.decode("utf-8", "surrogateescape").split("\0")
    pairs = zip(fields[::2], fields[1::2], strict=False)
    return [(path, meta.split()[1], meta.split()[3]) for meta, path in pairs if meta]


def _texts(root: Path, blobs: tuple[str, ...]) -> dict[str, bytes]:
    if not blobs:
        return {}
    out = git.run(["cat-file", "--batch"], root, input="\n".join(blobs).encode("ascii") + b"\n").out
    texts, start = {}, 0
    for blob in blobs:
        head, _, _ = out[start:].partition(b"\n")
        begin = start + len(head) + 1
        size = int(head.split()[2])
        texts[blob] = out[begin : begin + size]
        start = begin + size + 1
    return texts

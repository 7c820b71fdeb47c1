"""The tip of a branch without pygit2: read commands need nothing more of git."""

from __future__ import annotations

from pathlib import Path

from gtlib.names import CommitId


def read(git_dir: Path, ref: str) -> CommitId | None:
    """What a ref (`refs/heads/main`) points at; None when there is no such ref."""
    try:
        text = (git_dir / ref).read_text(encoding="ascii").strip()
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return _packed(git_dir, ref)
    if text.startswith("ref: "):
        return read(git_dir, text[5:])
    return CommitId(text)


def _packed(git_dir: Path, ref: str) -> CommitId | None:
    try:
        lines = (git_dir / "packed-refs").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return None
    for line in lines:
        commit, _, name = line.partition(" ")
        if name == ref:
            return CommitId(commit)
    return None

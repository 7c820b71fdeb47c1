"""Paths as the folders of a git tree, and what in a tree is not written over."""

from __future__ import annotations

from collections.abc import Mapping
from posixpath import dirname
from typing import NoReturn

from gtlib.errors import UserError

_MODES = {0o040000: "a folder", 0o120000: "a link", 0o160000: "a repository of its own"}


def nested(blobs: Mapping[str, str | None]) -> dict[str, object]:
    """{"a/b": x} as {"a": {"b": x}}, so that each tree is written once."""
    root: dict[str, object] = {}
    for path, blob in blobs.items():
        level = root
        folder = dirname(path)
        for name in folder.split("/") if folder else ():
            below = level.setdefault(name, {})
            assert isinstance(below, dict)
            level = below
        level[path.rpartition("/")[2]] = blob
    return root


def refuse_over(path: str, mode: int) -> NoReturn:
    """UserError: nothing is written over a link, nor a file over a folder or a folder over a file."""
    raise UserError(
        f"{path} is {_MODES.get(mode, 'a file')} in the town's repository, which is in the way",
        f"move it away with git mv, or take it out with git rm -r {path}, and commit",
    )

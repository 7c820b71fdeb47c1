"""Files that nothing looks at where they stand, and that somebody may take for items of the town."""

from __future__ import annotations

import re
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from posixpath import basename
from shlex import quote

from gtlib import layout
from gtlib import names
from gtlib.errors import FileError
from gtlib.model import markers

_FULL = ("agents", "mail", "memories")  # where no item goes astray, and thousands of files may be
_OWN = re.compile(r"^id:[ \t]+['\"]?([^\s'\"#]+)", re.MULTILINE)
_OURS = re.compile(r"^(?:status|type|created_by|tracks|for|bead):", re.MULTILINE)


def suspect(path: str) -> bool:
    """Whether a file of that name, which is no item by its path, may be one out of its place."""
    folder, _, rest = path.partition("/")
    if folder in layout.ITEM_FOLDERS and rest:
        parts = rest.split("/")
        allowed = any(part.startswith(".") for part in parts) or parts[-1].lower().startswith("readme")
        return not allowed and layout.parse(path) is None
    return (
        path.endswith(".md")
        and "-" in basename(path)
        and names.is_item_id(stem(path))
        and layout.parse(path) is None
    )


def stem(path: str) -> str:
    """The id that the file's name says."""
    return basename(path).rpartition(".")[0]


def error(path: str, text: str) -> FileError | None:
    """What is wrong with such a file; None when it is something else. Outside the folders of items the text
    tells: it names itself as its file is named, and says what only items say.
    """
    if not suspect(path):
        return None
    folder = path.partition("/")[0]
    if folder in layout.ITEM_FOLDERS:
        id = stem(path).lower()
        place = f"{folder}/{id}.md" if names.is_item_id(id) else f"{folder}/NAME.md"
        what = f"nothing looks at this file: only {folder}/NAME.md is an item"
        return FileError(path, 1, what, _way(path, place))
    head = markers.head(text)
    own = _OWN.search(head)
    if own is None or own[1] != stem(path) or not _OURS.search(head):
        return None
    return FileError(
        path, 1, "nothing looks at this item outside its folder", _way(path, f"beads/{own[1]}.md")
    )


def astray(folders: Mapping[str, Iterable[str]], is_broken: Callable[[str], bool]) -> dict[str, str]:
    """The ids of items that stand where nothing looks at them, and their paths, of {folder: paths}."""
    found: dict[str, str] = {}
    for folder, paths in folders.items():
        if folder.startswith(_FULL):
            continue
        for path in paths:
            if folder in layout.ITEM_FOLDERS and path.endswith(".md"):
                continue
            if suspect(path) and is_broken(path):
                found[stem(path).lower()] = path
    return found


def moved_out(old: str, new: str) -> FileError:
    """That an item became a file at which nothing looks."""
    what = f"this was {old}, and nothing looks at an item outside its folder"
    return FileError(
        new, 1, what, f"put it back: git mv {quote(new)} {old}; to delete it: git rm {quote(new)}"
    )


def _way(path: str, place: str) -> str:
    return f"move it to where it belongs, as {place}; to delete it: git rm {quote(path)}"

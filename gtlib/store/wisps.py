"""Wisps: molecules that are not committed, as files in `.git/gt/wisps`, where git clean never goes."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING
from typing import Final

from msgspec import Struct

from gtlib import layout
from gtlib import names
from gtlib.errors import FileError
from gtlib.errors import UserError
from gtlib.lock import FileLock
from gtlib.model.molecule import Molecule
from gtlib.names import ItemId

if TYPE_CHECKING:  # the parsers, which a town without wisps need not load
    from gtlib.model.codec import Codec

FOLDER: Final = f"{layout.LOCAL}/wisps"

_NAME = re.compile(r"[a-z][a-z0-9-]*-wisp-[0-9a-z]{1,16}\Z")


class Found(Struct, frozen=True):
    """What the folder holds: the wisps by id, and what is wrong with the files that do not parse."""

    wisps: tuple[Molecule, ...] = ()
    broken: tuple[FileError, ...] = ()


def is_id(text: str) -> bool:
    """Whether a text is a whole id of a wisp, there or not."""
    return _NAME.match(text) is not None and len(text) <= 120


def folder(root: Path) -> Path:
    """Where the wisps of the town at `root` are."""
    return root / FOLDER


def lock(root: Path) -> FileLock:
    """Held by whoever changes wisps; it is taken before the town's own lock, never after it."""
    return FileLock(root / layout.LOCAL / "wisps.lock")


def ids(root: Path) -> tuple[str, ...]:
    """The ids, by file name: nothing is parsed."""
    return tuple(path.stem for path in _files(root) if is_id(path.stem))


def every(root: Path) -> Found:
    """All wisps, and what is wrong with broken ones."""
    wisps: list[Molecule] = []
    broken: list[FileError] = []
    for path in _files(root):
        try:
            wisp = _read(path)
        except FileError as error:
            broken.append(error)
            continue
        if wisp is not None:
            wisps.append(wisp)
    return Found(tuple(wisps), tuple(broken))


def one(root: Path, id: str) -> Molecule | None:
    """The wisp of exactly that id; None when there is none. FileError when it does not parse."""
    return _read(folder(root) / f"{id}.md") if is_id(id) else None


def find(root: Path, text: str) -> Molecule | None:
    """The wisp that `text` means, whole or in part; None when it means none.

    UserError when it means several, FileError when the wisp does not parse.
    """
    known = ids(root)
    if not text or not known:
        return None
    try:
        id = names.resolve(text, known)
    except UserError as refusal:
        if "means" in refusal.what:
            raise
        return None
    return one(root, id)


def write(root: Path, wisp: Molecule) -> None:
    """Save a wisp whole or not at all; what differs from its file changes, every other byte stays.

    For the holder of the lock. UserError when the file there does not parse.
    """
    if not is_id(wisp.id):
        raise UserError(f"{wisp.id!r} is not the id of a wisp", "write <prefix>-wisp-<letters and digits>")
    path = folder(root) / f"{wisp.id}.md"
    before = _text(path)
    codec = _codec()
    text = codec.render(wisp) if before is None else codec.edit(_shown(path), before, wisp, wisp.id)
    if text != before:
        replace_file(path, text)


def remove(root: Path, id: ItemId) -> None:
    """Take a wisp away; nothing when it is gone."""
    if is_id(id):
        (folder(root) / f"{id}.md").unlink(missing_ok=True)


def replace_file(path: Path, text: str) -> None:
    """Put a file of the folder there whole: a crash leaves the one before it, or none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with open(temporary, "wb") as file:
            file.write(text.encode("utf-8", "surrogateescape"))
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise UserError(
            f"cannot write {_shown(path)}: {error.strerror}", "make room, or mend its permissions"
        ) from error


def _files(root: Path) -> list[Path]:
    found = folder(root)
    if not found.is_dir():
        return []
    return sorted(path for path in found.glob("*.md") if not path.name.startswith("."))


def _read(path: Path) -> Molecule | None:
    text = _text(path)
    if text is None:
        return None
    if not is_id(path.stem):
        raise FileError(
            _shown(path), 1, f"{path.stem!r} is not the id of a wisp", "give the file another name"
        )
    wisp = _codec().parse(_shown(path), text, path.stem)
    assert isinstance(wisp, Molecule)
    return wisp


def _text(path: Path) -> str | None:
    if path.is_symlink() or path.exists() and not path.is_file():
        raise FileError(_shown(path), 1, "this is no plain file", "put the wisp itself there, or remove it")
    try:
        return path.read_bytes().decode("utf-8", "surrogateescape")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise FileError(
            _shown(path), 1, f"cannot be read: {error.strerror}", "mend its permissions"
        ) from None


def _shown(path: Path) -> str:
    return f"{FOLDER}/{path.name}"


def _codec() -> Codec:
    from gtlib.model import schemas  # as above

    return schemas.KINDS["molecule"].codec

"""The bytes of a blob without libgit2, whose import takes longer than most commands that only read."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from gtlib import layout

# Past this, what is packed into one object costs more than libgit2 does.
_LARGEST: Final = 2**24


def read_blob(root: Path, blob: str) -> bytes | None:
    """The blob of the town at `root`, when it is an object of its own, or a settings file of the checkout;
    None for one that is to be looked for in packs.
    """
    found = _loose(root / ".git" / "objects" / blob[:2] / blob[2:])
    return _checked_out(root, blob) if found is None else found


def _loose(path: Path) -> bytes | None:
    try:
        packed = path.read_bytes()
        reader = zlib.decompressobj()
        whole = reader.decompress(packed, _LARGEST)
    except (OSError, zlib.error):
        return None
    head, _, data = whole.partition(b"\0")
    return data if reader.eof and head == b"blob %d" % len(data) else None


def _checked_out(root: Path, blob: str) -> bytes | None:
    from hashlib import sha1  # it loads OpenSSL, which only a packed file need pay for

    for path in _settings(root):
        try:
            data = path.read_bytes()
        except OSError:
            continue
        if sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest() == blob:
            return data
    return None


def _settings(root: Path) -> Iterator[Path]:
    yield root / layout.SETTINGS
    yield from root.glob(f"*/{layout.SETTINGS}")

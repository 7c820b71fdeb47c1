"""Packs of the town's repository. A transition writes whole trees and files; packed, they are what differs.

Loose objects go into packs whether anything names them or not, and nothing is ever thrown away: what no ref
holds is for git's own gc, and its two weeks.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from gtlib.system import git

MOST_BYTES: Final = 16 * 1024 * 1024  # on disk, of loose objects that are left alone
_SAMPLE: Final = 16  # of the 256 folders that loose objects are spread over evenly
_BLOCK: Final = 512  # what st_blocks counts, whatever the filesystem's own blocks are
_SECONDS: Final = 1800.0

# Each pack holds twice the objects of the next: few packs, and nearly nothing is packed again and again.
_REPACK: Final = (
    "-c",
    "pack.threads=1",
    "-c",
    "repack.writeBitmaps=false",  # they need one pack of everything
    "repack",
    "-d",
    "-l",
    "-n",
    "-q",
    "--geometric=2",
)


def loose_bytes(git_dir: Path) -> int:
    """About what the loose objects take on the disk: a sample of their folders is looked at."""
    found = 0
    for number in range(_SAMPLE):
        try:
            with os.scandir(git_dir / "objects" / f"{number:02x}") as entries:
                found += sum(_size(entry) for entry in entries)
        except FileNotFoundError:
            continue
    return found * 256 // _SAMPLE


def _size(entry: os.DirEntry[str]) -> int:
    try:
        return entry.stat(follow_symlinks=False).st_blocks * _BLOCK
    except FileNotFoundError:  # packed meanwhile
        return 0


def pack(root: Path) -> None:
    """Put every loose object into a pack, and small packs together. Raises GitError.

    Safe beside writers, who write objects before the refs that name them: an object is taken away only
    where a pack that is on the disk holds it.
    """
    git.run(_REPACK, root, timeout=_SECONDS)

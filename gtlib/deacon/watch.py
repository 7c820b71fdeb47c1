"""The watch list: which folders are looked at, and which names in them mean something."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from msgspec import Struct
from watchdog.events import DirCreatedEvent
from watchdog.events import DirDeletedEvent
from watchdog.events import DirMovedEvent
from watchdog.events import FileClosedEvent
from watchdog.events import FileCreatedEvent
from watchdog.events import FileDeletedEvent
from watchdog.events import FileMovedEvent
from watchdog.events import FileSystemEvent
from watchdog.events import FileSystemEventHandler
from watchdog.observers import Observer
from watchdog.observers.api import ObservedWatch

from gtlib import layout
from gtlib.runtimes import runs

# Our own reads come as opened and closed without a write; nobody asked for these.
EVENTS: Final[list[type[FileSystemEvent]]] = [
    FileCreatedEvent, FileMovedEvent, FileClosedEvent, FileDeletedEvent,
    DirCreatedEvent, DirMovedEvent, DirDeletedEvent,
]  # fmt: skip
# In the town's git folder: where the branch is, and the marks whose end lets transitions go on.
GIT_NAMES: Final = frozenset(
    {
        "HEAD",
        "packed-refs",
        "MERGE_HEAD",
        "CHERRY_PICK_HEAD",
        "REVERT_HEAD",
        "sequencer",
        "rebase-merge",
        "rebase-apply",
    }
)
THREAD_SECONDS: Final = 60.0


class Look(Struct, frozen=True):
    """A folder to watch. `names`: those that mean something there, None for all; one of `endings` as well."""

    folder: Path
    names: frozenset[str] | None = None
    endings: tuple[str, ...] = ("",)
    recursive: bool = False

    def means(self, path: Path) -> bool:
        """Whether a change of that path is to be looked at."""
        name = path.name
        if name.endswith((".lock", ".new")):
            return False
        return (self.names is None or name in self.names) and name.endswith(self.endings)


def wanted(root: Path, rigs: tuple[str, ...]) -> tuple[Look, ...]:
    """The watch list of a town: never a worktree, and never the town's root with all below it."""
    git = root / ".git"
    looks = [
        Look(git, GIT_NAMES),
        Look(git / "refs" / "heads", recursive=True),
        Look(root / layout.OUTBOX),
        Look(root, frozenset({layout.TOWN_CONFIG})),
        Look((root / layout.SETTINGS).parent),
        Look(runs.folder(git / "gt"), endings=(runs.OWN, runs.STATE)),
        Look(git / "gt", frozenset({"allowed", "permitted", "wake"})),
    ]
    for rig in rigs:
        repo = root / layout.repo_folder(rig)
        looks += [Look(repo / "refs" / "heads", recursive=True), Look(repo, frozenset({"packed-refs"}))]
    return tuple(looks)


class Watcher:
    """Watches what it is told to follow and hands every path that means something to `tell`."""

    def __init__(self, tell: Callable[[Path], None]) -> None:
        self._tell = tell
        self._observer = Observer(timeout=THREAD_SECONDS)
        self._watches: dict[Look, tuple[ObservedWatch, int]] = {}

    def start(self) -> None:
        """Begin; what is followed later is watched from then on."""
        self._observer.start()

    def stop(self) -> None:
        """End, and wait for the end."""
        self._observer.stop()
        self._observer.join()

    def follow(self, looks: tuple[Look, ...]) -> tuple[str, ...]:
        """Watch exactly these. One whose folder is missing is tried again next time; lines say what failed.

        A folder that was made anew is another one: its watch died with the old one.
        """
        failed = []
        for look in [old for old in self._watches if old not in looks]:
            self._drop(look)
        for look in looks:
            now = _inode(look.folder)
            if look in self._watches and self._watches[look][1] != now:
                self._drop(look)
            if now and look not in self._watches:
                try:
                    self._watches[look] = (self._add(look), now)
                except OSError as error:
                    failed.append(f"{look.folder} is not watched: {error.strerror or error}")
        return tuple(failed)

    def _add(self, look: Look) -> ObservedWatch:
        handler = _Handler(look, self._tell)
        return self._observer.schedule(
            handler, str(look.folder), recursive=look.recursive, event_filter=EVENTS
        )

    def _drop(self, look: Look) -> None:
        watch, _ = self._watches.pop(look)
        self._observer.unschedule(watch)


class _Handler(FileSystemEventHandler):
    def __init__(self, look: Look, tell: Callable[[Path], None]) -> None:
        self._look = look
        self._tell = tell

    def on_any_event(self, event: FileSystemEvent) -> None:
        for text in (event.src_path, event.dest_path):
            path = Path(os.fsdecode(text)) if text else None
            if path is not None and self._look.means(path):
                self._tell(path)


def _inode(folder: Path) -> int:
    try:
        return folder.stat().st_ino
    except (FileNotFoundError, NotADirectoryError):
        return 0

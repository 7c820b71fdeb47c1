"""The parsed files of a town at one commit: what rules and commands look at."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping
from functools import cached_property
from posixpath import basename
from posixpath import dirname
from typing import TypeVar

from msgspec.structs import replace

from gtlib import layout
from gtlib.errors import FileError
from gtlib.model import kinds
from gtlib.model import misplaced
from gtlib.model.agent import Agent
from gtlib.model.archive import FOLDER as ARCHIVE
from gtlib.model.archive import Archive
from gtlib.model.archive import Rows
from gtlib.model.archive import Taken
from gtlib.model.archive import TextRows
from gtlib.model.bead import Bead
from gtlib.model.board import Board
from gtlib.model.config import RigConfig
from gtlib.model.config import TownConfig
from gtlib.model.convoy import Convoy
from gtlib.model.edit import Edit
from gtlib.model.edit import as_changed
from gtlib.model.escalation import Escalation
from gtlib.model.kinds import Item
from gtlib.model.memory import Memory
from gtlib.model.merge import MergeRequest
from gtlib.model.message import Message
from gtlib.model.molecule import Molecule
from gtlib.model.source import Source
from gtlib.model.source import Texts
from gtlib.model.source import to_bytes
from gtlib.names import Address
from gtlib.names import CommitId
from gtlib.names import ItemId

T = TypeVar("T")

# folder -> {path: blob}: one kind is listed without seeing the rest
Folders = Mapping[str, Mapping[str, str]]

_ITEM_FOLDERS = ("beads", "molecules", "convoys", "merges", "escalations")


class Snapshot:
    """Immutable view of the town at `commit`. Parsing is lazy; a file that does not parse
    counts with its last version that did, and is listed by `broken()`.

    What is archived answers by id, so that references hold; lists hold live items only.
    """

    def __init__(
        self,
        commit: CommitId,
        folders: Folders,
        source: Source,
        overlay: Mapping[str, Item | str | None] | None = None,
    ) -> None:
        self.commit = commit
        self._folders = folders
        self._source = source
        self._overlay: Mapping[str, Item | str | None] = overlay or {}

    @classmethod
    def of(cls, files: Mapping[str, str], commit: str = "0" * 40) -> Snapshot:
        """A snapshot of these texts, for tests and for previews."""
        source = Texts()
        folders: dict[str, dict[str, str]] = {}
        for path, text in files.items():
            folders.setdefault(dirname(path), {})[path] = source.keep(text)
        return cls(CommitId(commit), folders, source)

    def blob(self, path: str) -> str | None:
        """The blob id of a committed file; None when absent or only in the overlay."""
        return self._folders.get(dirname(path), {}).get(path)

    def text(self, path: str) -> str | None:
        if path in self._overlay:
            value = self._overlay[path]
            if value is None or isinstance(value, str):
                return value
            blob = self.blob(path)
            return kinds.edit(path, self._source.text(blob), value) if blob else kinds.render(value)
        blob = self.blob(path)
        return None if blob is None else self._source.text(blob)

    def exists(self, path: str) -> bool:
        if path in self._overlay:
            return self._overlay[path] is not None
        return self.blob(path) is not None

    def paths(self, prefix: str) -> Iterator[str]:
        """Every path that starts with `prefix` (a folder with its slash), sorted."""
        found = {
            path
            for folder, paths in self._folders.items()
            if f"{folder}/".startswith(prefix) or prefix.startswith(f"{folder}/")
            for path in paths
            if path.startswith(prefix)
        }
        for path, value in self._overlay.items():
            if path.startswith(prefix):
                found.discard(path) if value is None else found.add(path)
        return iter(sorted(found))

    def get(self, path: str) -> Item | None:
        """The item in that file; its last version that parsed; None when there never was one."""
        if path in self._overlay:
            value = self._overlay[path]
            return kinds.parse(path, value) if isinstance(value, str) else value
        blob = self.blob(path)
        if blob is None:
            return None
        found = self._source.item(path, blob)
        if isinstance(found, FileError):
            return self._source.last_good(path, blob) if kinds.kind_of(path) else None
        return found

    def is_broken(self, path: str) -> bool:
        """Whether the file does not parse, or stands out of place: no rule writes it until it is mended."""
        return self.error(path) is not None

    def error(self, path: str) -> FileError | None:
        """Why the file does not parse, or is not looked at; None when all is well, or it is not there."""
        blob = None if path in self._overlay else self.blob(path)
        if blob is not None and dirname(path) == ARCHIVE:
            return next((error for error in self.archive.broken() if error.path == path), None)
        found = None if blob is None else self._source.item(path, blob)
        return found if isinstance(found, FileError) else None

    def broken(self) -> tuple[FileError, ...]:
        """The files of ours that do not parse, or stand where nothing looks at them, by path."""
        errors: list[FileError] = []
        for folder in sorted(self._folders):
            all = self._folders[folder].items()
            ours = {path: blob for path, blob in all if kinds.kind_of(path) or misplaced.suspect(path)}
            self._source.preload(ours)
            found = (self.error(path) for path in sorted(ours))
            errors += [each for each in found if each is not None]
        return (*errors, *self.archive.broken())

    @cached_property
    def archive(self) -> Archive:
        """What was closed long ago and folded away."""
        months = dict(self._folders.get(ARCHIVE, {}))
        changed = {path for path in self._overlay if dirname(path) == ARCHIVE}
        layers: list[Rows] = []
        if changed:
            layers.append(TextRows(filter(self.exists, changed), lambda path: to_bytes(self.text(path))))
        if any(path not in changed for path in months):
            rows = self._source.archive(months)
            layers.append(rows.without(frozenset(changed)) if changed else rows)
        return Archive(*layers)

    def updated(self, bead: Bead) -> str:
        """When the bead changed last: what its file says of another tracker, else the time of the last
        commit that touched the file; "" for one that is not committed.
        """
        if bead.updated:
            return bead.updated
        path = layout.path_of_bead(bead.id)
        return (self.touched(path) if self.exists(path) else "") or bead.closed or bead.created

    def dated(self, bead: Bead) -> Bead:
        """The bead with `updated` filled in, as readers of other trackers expect it."""
        found = self.updated(bead)
        return bead if found == bead.updated else replace(bead, updated=found)

    def touched(self, path: str) -> str:
        """When the last commit that touched an item's file was made; "" when none is known."""
        return "" if path in self._overlay or self.blob(path) is None else self._source.touched(path)

    def bead(self, id: ItemId) -> Bead | None:
        return self._found(f"beads/{id}.md", id, Bead)

    def molecule(self, id: ItemId) -> Molecule | None:
        return self._found(f"molecules/{id}.md", id, Molecule)

    def convoy(self, id: ItemId) -> Convoy | None:
        return self._found(f"convoys/{id}.md", id, Convoy)

    def merge(self, id: ItemId) -> MergeRequest | None:
        return self._found(f"merges/{id}.md", id, MergeRequest)

    def escalation(self, id: ItemId) -> Escalation | None:
        return self._found(f"escalations/{id}.md", id, Escalation)

    def memory(self, key: str) -> Memory | None:
        return self._typed(f"memories/{key}.md", Memory)

    def agent(self, address: Address) -> Agent | None:
        return self._typed(f"agents/{address}.md", Agent)

    def board(self, address: str) -> Board | None:
        """The group, list, queue, channel or announce, as `queues/<name>`."""
        return self._typed(layout.path_of_board(address), Board)

    def rig(self, name: str) -> RigConfig | None:
        return self._typed(f"{name}/rig.yaml", RigConfig)

    @property
    def town(self) -> TownConfig:
        """`town.yaml`; the defaults while there is none that parses."""
        return self._typed("town.yaml", TownConfig) or TownConfig(name="town")

    def beads(self) -> Iterator[Bead]:
        return self._all("beads", Bead)

    def molecules(self) -> Iterator[Molecule]:
        return self._all("molecules", Molecule)

    def convoys(self) -> Iterator[Convoy]:
        return self._all("convoys", Convoy)

    def merges(self) -> Iterator[MergeRequest]:
        return self._all("merges", MergeRequest)

    def memories(self) -> Iterator[Memory]:
        return self._all("memories", Memory)

    def boards(self) -> Iterator[Board]:
        """Every group, list, queue, channel and announce, by what they are, then by name."""
        return (each for folder in layout.BOARD_FOLDERS for each in self._all(f"mail/{folder}", Board))

    def agents(self) -> Iterator[Agent]:
        return (a for path in self.paths("agents/") if (a := self._typed(path, Agent)) is not None)

    def rigs(self) -> Iterator[RigConfig]:
        names = sorted(
            folder for folder in self._folders if "/" not in folder and self.exists(f"{folder}/rig.yaml")
        )
        extra = {dirname(path) for path in self._overlay if basename(path) == "rig.yaml"}
        found = (self.rig(name) for name in sorted(extra.union(names)))
        return (rig for rig in found if rig is not None)

    def mail(self, address: str, box: str) -> Iterator[tuple[str, Message]]:
        """(path, message) of one mailbox; box is `new`, `cur` or `archive`."""
        return self._messages(layout.mail_folder(address, box) + "/")

    def outbox(self) -> Iterator[tuple[str, Message]]:
        return self._messages("mail/outbox/")

    def ids(self) -> set[str]:
        """The id of every live item, by file name: nothing is parsed."""
        found = {basename(path)[:-3] for folder in _ITEM_FOLDERS for path in self._folders.get(folder, {})}
        for path, value in self._overlay.items():
            if dirname(path) in _ITEM_FOLDERS:
                found.discard(basename(path)[:-3]) if value is None else found.add(basename(path)[:-3])
        return found

    def taken(self) -> Taken:
        """Every id that a new item can't have."""
        return Taken(self.ids().union(self.misplaced()), self.archive)

    def misplaced(self) -> dict[str, str]:
        """The ids of items that stand where nothing looks at them, and their paths."""
        return misplaced.astray(self._folders, self.is_broken)

    def with_edit(self, edit: Edit) -> Snapshot:
        """As if `edit` were committed."""
        overlay = dict(self._overlay)
        for item in edit.put:
            path = kinds.path_of(item)
            before = self.get(path)
            if before is None and isinstance(item, Bead) and item.updated:
                before = self.archive.get(item.id)
            overlay[path] = as_changed(item, before)
        overlay.update(edit.files)
        for old, new in edit.moves:
            overlay[new] = self.text(old)
            overlay[old] = None
        overlay.update(dict.fromkeys(edit.removes))
        return Snapshot(self.commit, self._folders, self._source, overlay)

    def _all(self, folder: str, type_: type[T]) -> Iterator[T]:
        blobs = self._folders.get(folder, {})
        self._source.preload(blobs)
        for path in self.paths(f"{folder}/") if self._overlay else sorted(blobs):
            # what `get` would say, without looking for the folder of each of 10,000 files
            blob = None if path in self._overlay else blobs.get(path)
            found = self._source.item(path, blob) if blob else None
            item = found if isinstance(found, type_) else self._typed(path, type_)
            if item is not None:
                yield item

    def _messages(self, folder: str) -> Iterator[tuple[str, Message]]:
        for path in self.paths(folder):
            message = self._typed(path, Message)
            if message is not None:
                yield path, message

    def _found(self, path: str, id: str, type_: type[T]) -> T | None:
        """The live item, or the archived one of a file that is not there."""
        item = self.get(path)
        if item is None and not self.exists(path):
            item = self.archive.item(id)
        return item if isinstance(item, type_) else None

    def _typed(self, path: str, type_: type[T]) -> T | None:
        item = self.get(path)
        return item if isinstance(item, type_) else None

"""The parsed files of a town at one commit: what rules and commands look at."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping
from posixpath import basename
from posixpath import dirname
from typing import Protocol
from typing import TypeVar

from gtlib import layout
from gtlib.errors import FileError
from gtlib.model import kinds
from gtlib.model.agent import Agent
from gtlib.model.bead import Bead
from gtlib.model.config import RigConfig
from gtlib.model.config import TownConfig
from gtlib.model.convoy import Convoy
from gtlib.model.edit import Edit
from gtlib.model.escalation import Escalation
from gtlib.model.kinds import Item
from gtlib.model.memory import Memory
from gtlib.model.merge import MergeRequest
from gtlib.model.message import Message
from gtlib.model.molecule import Molecule
from gtlib.names import Address
from gtlib.names import CommitId
from gtlib.names import ItemId

T = TypeVar("T")

# folder -> {path: blob}: one kind is listed without seeing the rest
Folders = Mapping[str, Mapping[str, str]]

_ITEM_FOLDERS = ("beads", "molecules", "convoys", "merges", "escalations")


class Source(Protocol):
    """Where a snapshot gets texts and parsed items from; both are cached there by blob."""

    def text(self, blob: str) -> str: ...

    def item(self, path: str, blob: str) -> Item | FileError | None: ...

    def last_good(self, path: str, blob: str) -> Item | None: ...

    def preload(self, paths: Mapping[str, str]) -> None: ...


class Snapshot:
    """Immutable view of the town at `commit`. Parsing is lazy; a file that does not parse
    counts with its last version that did, and is listed by `broken()`.
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
        source = _Texts()
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
        return self._source.last_good(path, blob) if isinstance(found, FileError) else found

    def is_broken(self, path: str) -> bool:
        """Whether the file stands there and does not parse: no rule writes it until it is mended."""
        return self.error(path) is not None

    def error(self, path: str) -> FileError | None:
        """Why the file does not parse; None when it does, or is not there."""
        blob = None if path in self._overlay else self.blob(path)
        found = None if blob is None else self._source.item(path, blob)
        return found if isinstance(found, FileError) else None

    def broken(self) -> tuple[FileError, ...]:
        """The files of ours that do not parse, by path."""
        errors = []
        for folder in sorted(self._folders):
            ours = {path: blob for path, blob in self._folders[folder].items() if kinds.kind_of(path)}
            self._source.preload(ours)
            for path, blob in sorted(ours.items()):
                found = self._source.item(path, blob)
                if isinstance(found, FileError) and path not in self._overlay:
                    errors.append(found)
        return tuple(errors)

    def bead(self, id: ItemId) -> Bead | None:
        return self._typed(f"beads/{id}.md", Bead)

    def molecule(self, id: ItemId) -> Molecule | None:
        return self._typed(f"molecules/{id}.md", Molecule)

    def convoy(self, id: ItemId) -> Convoy | None:
        return self._typed(f"convoys/{id}.md", Convoy)

    def merge(self, id: ItemId) -> MergeRequest | None:
        return self._typed(f"merges/{id}.md", MergeRequest)

    def escalation(self, id: ItemId) -> Escalation | None:
        return self._typed(f"escalations/{id}.md", Escalation)

    def memory(self, key: str) -> Memory | None:
        return self._typed(f"memories/{key}.md", Memory)

    def agent(self, address: Address) -> Agent | None:
        return self._typed(f"agents/{address}.md", Agent)

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

    def agents(self) -> Iterator[Agent]:
        return (a for path in self.paths("agents/") if (a := self._typed(path, Agent)) is not None)

    def rigs(self) -> Iterator[RigConfig]:
        names = sorted(
            folder for folder in self._folders if "/" not in folder and self.exists(f"{folder}/rig.yaml")
        )
        extra = {dirname(path) for path in self._overlay if basename(path) == "rig.yaml"}
        for name in sorted(extra.union(names)):
            rig = self.rig(name)
            if rig is not None:
                yield rig

    def mail(self, address: str, box: str) -> Iterator[tuple[str, Message]]:
        """(path, message) of one mailbox; box is `new` or `cur`."""
        return self._messages(layout.mail_folder(address, box) + "/")

    def outbox(self) -> Iterator[tuple[str, Message]]:
        return self._messages("mail/outbox/")

    def ids(self) -> set[str]:
        """The id of every item, by file name: nothing is parsed."""
        found = {basename(path)[:-3] for folder in _ITEM_FOLDERS for path in self._folders.get(folder, {})}
        found.update(basename(path)[:-3] for path in self._overlay if dirname(path) in _ITEM_FOLDERS)
        return found

    def with_edit(self, edit: Edit) -> Snapshot:
        """As if `edit` were committed."""
        overlay = dict(self._overlay)
        for item in edit.put:
            overlay[kinds.path_of(item)] = item
        for path, text in edit.files:
            overlay[path] = text
        for old, new in edit.moves:
            overlay[new] = self.text(old)
            overlay[old] = None
        for path in edit.removes:
            overlay[path] = None
        return Snapshot(self.commit, self._folders, self._source, overlay)

    def _all(self, folder: str, type_: type[T]) -> Iterator[T]:
        blobs = self._folders.get(folder, {})
        self._source.preload(blobs)
        for path in self.paths(f"{folder}/"):
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

    def _typed(self, path: str, type_: type[T]) -> T | None:
        item = self.get(path)
        return item if isinstance(item, type_) else None


class _Texts:
    """A source over texts in memory; the key of a text is its place in the list."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._items: dict[tuple[str, str], Item | FileError | None] = {}

    def keep(self, text: str) -> str:
        self._texts.append(text)
        return str(len(self._texts) - 1)

    def text(self, blob: str) -> str:
        return self._texts[int(blob)]

    def item(self, path: str, blob: str) -> Item | FileError | None:
        key = (path, blob)
        if key not in self._items:
            self._items[key] = parsed(path, self.text(blob))
        return self._items[key]

    def last_good(self, path: str, blob: str) -> Item | None:
        return None

    def preload(self, paths: Mapping[str, str]) -> None:
        return None


def parsed(path: str, text: str) -> Item | FileError | None:
    """The item, or the error that says why there is none."""
    try:
        return kinds.parse(path, text)
    except FileError as error:
        return error

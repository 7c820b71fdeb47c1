"""What was closed long ago: items of `archive/<yyyy-mm>.jsonl`, which still answer by id.

Of several lines of one id the last of the newest month counts, and a live file wins over them all. Of a
file with lines that can't be read, what its last whole version said of other ids stands.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from typing import Protocol

from gtlib.errors import FileError
from gtlib.model.archive_line import Line
from gtlib.model.archive_line import parse
from gtlib.model.bead import Bead
from gtlib.model.kinds import Item

FOLDER = "archive"


class Rows(Protocol):
    """Where archived lines are looked up."""

    def find(self, id: str) -> Line | None: ...

    def places(self, id: str) -> Iterable[str]: ...

    def like(self, part: str, kind: str) -> Iterable[str]: ...

    def starting(self, head: str) -> Iterable[str]: ...

    def below(self, parent: str) -> Iterable[Line]: ...

    def every(self) -> Iterator[Line]: ...

    def count(self) -> int: ...

    def errors(self) -> Sequence[FileError]: ...

    def without(self, paths: frozenset[str]) -> Rows:
        """The same, as if these files were not there."""
        ...


class Archive:
    """The archived items of one snapshot. Nothing is read before something is asked for."""

    def __init__(self, *layers: Rows) -> None:
        self._layers = layers

    def has(self, id: str) -> bool:
        """Whether that id is archived, also as a tombstone."""
        return self.line(id) is not None

    def __contains__(self, id: object) -> bool:
        return isinstance(id, str) and self.has(id)

    def __len__(self) -> int:
        """About how many there are: an id in two months counts twice."""
        return sum(rows.count() for rows in self._layers)

    def line(self, id: str) -> Line | None:
        found = [line for rows in self._layers if (line := rows.find(id)) is not None]
        return max(found, key=lambda line: line.path, default=None)

    def places(self, id: str) -> tuple[str, ...]:
        """The files that have lines of that id, also those that count no more."""
        return tuple(sorted({path for rows in self._layers for path in rows.places(id)}))

    def item(self, id: str) -> Item | None:
        """The archived item of any kind; None when there is none, or only its tombstone."""
        line = self.line(id)
        return None if line is None else line.item()

    def get(self, id: str) -> Bead | None:
        """The archived bead; None when there is none, or only its tombstone."""
        found = self.item(id)
        return found if isinstance(found, Bead) else None

    def ids_like(self, text: str, kind: str = "") -> tuple[str, ...]:
        """The ids that hold a piece of an id, of one kind (bead, molecule, ...) or of any."""
        return tuple({id for rows in self._layers for id in rows.like(text, kind)})

    def starting(self, head: str) -> tuple[str, ...]:
        """The ids that begin with `head`."""
        return tuple({id for rows in self._layers for id in rows.starting(head)})

    def children(self, parent: str) -> tuple[Bead, ...]:
        """The archived beads below that parent, by id."""
        found = {line.id for rows in self._layers for line in rows.below(parent)}
        beads = (self.get(id) for id in sorted(found))
        return tuple(bead for bead in beads if bead is not None and bead.parent == parent)

    def all(self) -> Iterator[Bead]:
        """Every archived bead, month by month; no tombstones."""
        return (bead for line in self.lines() if isinstance(bead := line.item(), Bead))

    def lines(self) -> Iterator[Line]:
        """Every archived item as a line, each id once."""
        if len(self._layers) == 1:
            yield from self._layers[0].every()
            return
        for rows in self._layers:
            for line in rows.every():
                winner = self.line(line.id)
                if winner is not None and winner.path == line.path:
                    yield line

    def broken(self) -> tuple[FileError, ...]:
        """Lines that are no archived item; the others stand."""
        return tuple(error for rows in self._layers for error in rows.errors())


def standing(path: str, data: bytes, whole: Callable[[str], bytes]) -> tuple[list[Line], list[FileError]]:
    """The lines of an archive file and what is wrong with it. Where something is, lines of ids that it has no
    more come first, as its last whole version (`whole(path)`, empty for none) had them.
    """
    lines, errors = parse(path, data)
    if errors:
        here = {line.id for line in lines}
        lines = [line for line in parse(path, whole(path))[0] if line.id not in here] + lines
    return lines, errors


def last_whole(path: str, versions: Iterable[bytes]) -> bytes:
    """The first of these versions in which every line can be read; empty for none."""
    return next((data for data in versions if not parse(path, data)[1]), b"")


class TextRows:
    """Rows of texts in memory, read at the first question. `whole` is as `standing` takes it."""

    def __init__(
        self,
        paths: Iterable[str],
        data: Callable[[str], bytes],
        whole: Callable[[str], bytes] = lambda path: b"",
    ) -> None:
        self._paths = tuple(sorted(paths))
        self._data = data
        self._whole = whole
        self._lines: dict[str, Line] | None = None
        self._places: dict[str, set[str]] = {}
        self._errors: list[FileError] = []

    def _known(self) -> dict[str, Line]:
        if self._lines is None:
            self._lines = {}
            for path in self._paths:
                lines, errors = standing(path, self._data(path), self._whole)
                self._lines.update((line.id, line) for line in lines)
                for line in lines:
                    self._places.setdefault(line.id, set()).add(path)
                self._errors += errors
        return self._lines

    def find(self, id: str) -> Line | None:
        return self._known().get(id)

    def places(self, id: str) -> Iterable[str]:
        self._known()
        return self._places.get(id, ())

    def like(self, part: str, kind: str) -> Iterable[str]:
        return [id for id, line in self._known().items() if part in id and kind in ("", line.kind)]

    def starting(self, head: str) -> Iterable[str]:
        return [id for id in self._known() if id.startswith(head)]

    def below(self, parent: str) -> Iterable[Line]:
        return [line for line in self._known().values() if line.parent == parent]

    def every(self) -> Iterator[Line]:
        return iter(sorted(self._known().values(), key=lambda line: line.path))

    def count(self) -> int:
        return len(self._known())

    def errors(self) -> Sequence[FileError]:
        self._known()
        return self._errors

    def without(self, paths: frozenset[str]) -> Rows:
        return TextRows([path for path in self._paths if path not in paths], self._data, self._whole)


class Taken:
    """Every id of the town, live or archived: only asked for, never listed."""

    def __init__(self, live: set[str], archive: Archive) -> None:
        self._live = live
        self._archive = archive

    def __contains__(self, id: object) -> bool:
        return id in self._live or id in self._archive

    def __len__(self) -> int:
        """About how many there are: an id in two months counts twice."""
        return len(self._live) + len(self._archive)

    def starting(self, head: str) -> set[str]:
        """The ids that begin with `head`."""
        return {id for id in self._live if id.startswith(head)}.union(self._archive.starting(head))

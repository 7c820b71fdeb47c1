"""Facts 15 and 16: what ruamel.yaml does to a text, and what watchdog reports."""

from __future__ import annotations

import io
import os
import queue
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC
from datetime import date
from datetime import datetime
from pathlib import Path

import pytest
from ruamel.yaml import YAML
from watchdog.events import FileClosedEvent
from watchdog.events import FileCreatedEvent
from watchdog.events import FileDeletedEvent
from watchdog.events import FileMovedEvent
from watchdog.events import FileSystemEvent
from watchdog.events import FileSystemEventHandler
from watchdog.observers import Observer

WIDE = 1 << 20
INDENT = {"mapping": 2, "sequence": 4, "offset": 2}
LONG = "word " * 40 + "end"
TEXT = f"""\
# a town
name: "gt"
town: plain  # why
labels:
  - auth
  # why
  - 'b'
long: {LONG}
version: 1.10
"""


def round_trip(
    text: str, quotes: bool = True, width: int = WIDE, indent: dict[str, int] | None = INDENT
) -> str:
    yaml = YAML()
    yaml.preserve_quotes = quotes
    if width:
        yaml.width = width
    if indent:
        yaml.indent(**indent)
    out = io.StringIO(newline="")
    yaml.dump(yaml.load(text), out)
    return out.getvalue()


def test_round_trip_is_identical_with_all_three_settings() -> None:
    """Fact 15: with preserve_quotes, a large width and indent(2, 4, 2) the round trip changes no byte."""
    assert round_trip(TEXT) == TEXT


def test_round_trip_changes_text_when_one_setting_is_missing() -> None:
    """Fact 15: without one of the three settings quotes go, long lines fold or lists move to the left."""
    assert round_trip(TEXT, quotes=False) == TEXT.replace('"gt"', "gt").replace("'b'", "b")
    assert round_trip(TEXT, indent=None) == TEXT.replace("  - ", "- ")
    assert "\n  word" in round_trip(TEXT, width=0)
    assert round_trip(TEXT, width=0).split() == TEXT.split()


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a:   b\n", "a: b\n"),
        ("a: ~\n", "a:\n"),
        ("a: null\n", "a:\n"),
        ("a: [x,  y]\n", "a: [x, y]\n"),
        ("---\na: b\n", "a: b\n"),
        ("- a\n- b\n", "  - a\n  - b\n"),
        ("a:\n- b\n", "a:\n  - b\n"),
        ("a: b\r\n", "a: b\n"),
    ],
)
def test_round_trip_still_reflows_a_persons_style(text: str, written: str) -> None:
    """Fact 15: the three settings are needed but not enough, for a file in another style is rewritten."""
    assert round_trip(text) == written


@pytest.mark.parametrize("kind", ["rt", "safe"])
def test_plain_scalars_become_numbers_and_times(kind: str) -> None:
    """Fact 15: 1.10 loads as a float and loses its zero, dates load as dates and timestamps."""
    yaml = YAML(typ=kind)
    found = yaml.load("version: 1.10\nday: 2026-11-20\nat: 2026-11-20T08:00:00Z\nanswer: yes\n")
    assert isinstance(found["version"], float)
    assert str(float(found["version"])) == "1.1"
    assert found["day"] == date(2026, 11, 20)
    assert isinstance(found["at"], datetime)
    assert found["at"] == datetime(2026, 11, 20, 8, tzinfo=UTC)
    assert found["answer"] == "yes"


END = "end"
QUIET = [FileCreatedEvent, FileMovedEvent, FileClosedEvent, FileDeletedEvent]
Seen = tuple[str, str, str]


class Recorder(FileSystemEventHandler):
    """Queues what happened to files; what happened to folders is left out."""

    def __init__(self) -> None:
        self.queue: queue.Queue[Seen] = queue.Queue()

    def on_any_event(self, event: FileSystemEvent) -> None:
        if not event.is_directory:
            names = (os.path.basename(os.fsdecode(path)) for path in (event.src_path, event.dest_path))
            self.queue.put((event.event_type, *names))  # type: ignore[arg-type]


@contextmanager
def watched(tree: Path, only: list[type[FileSystemEvent]] | None) -> Iterator[Recorder]:
    """Watch a tree; the observer's threads have ended afterwards."""
    recorder = Recorder()
    observer = Observer()
    observer.schedule(recorder, str(tree), recursive=True, event_filter=only)
    observer.start()
    try:
        yield recorder
    finally:
        observer.stop()
        observer.join(10)


def events(
    tree: Path, act: Callable[[], object], only: list[type[FileSystemEvent]] | None = None
) -> list[Seen]:
    """What is reported for an act, up to the making of a last file; queue.Empty when that never comes."""
    with watched(tree, only) as recorder:
        act()
        (tree / END).touch()
        return list(iter(lambda: recorder.queue.get(timeout=10), ("created", END, "")))


def make_tree(folder: Path) -> Path:
    """A watched tree with a file `a`, and a file `outside` beside it on the same file system."""
    tree = folder / "tree"
    tree.mkdir()
    (tree / "a").write_text("first", encoding="utf-8")
    (folder / "outside").write_text("second", encoding="utf-8")
    return tree


@pytest.mark.parametrize(
    ("only", "seen"), [(None, [("opened", "a", ""), ("closed_no_write", "a", "")]), (QUIET, [])]
)
def test_reads_are_reported_unless_filtered(
    tmp_path: Path, only: list[type[FileSystemEvent]] | None, seen: list[Seen]
) -> None:
    """Fact 16: watchdog reports one's own reads as opened and closed_no_write; the filter removes them."""
    tree = make_tree(tmp_path)
    assert events(tree, (tree / "a").read_bytes, only) == seen


@pytest.mark.parametrize("only", [None, QUIET])
def test_a_replace_inside_is_moved_and_from_outside_created(
    tmp_path: Path, only: list[type[FileSystemEvent]] | None
) -> None:
    """Fact 16: a replace by a file of the tree is `moved`, by one from outside it is `created`."""
    tree = make_tree(tmp_path)
    (tree / "new").write_text("third", encoding="utf-8")
    assert events(tree, lambda: os.replace(tree / "new", tree / "a"), only) == [("moved", "new", "a")]
    (tree / END).unlink()
    assert events(tree, lambda: os.replace(tmp_path / "outside", tree / "a"), only) == [("created", "a", "")]


def test_the_filter_keeps_one_event_of_a_write(tmp_path: Path) -> None:
    """Fact 16: with the filter a write is `closed`, a new file `created` and `closed`, a chmod nothing."""
    tree = make_tree(tmp_path)

    def act() -> None:
        (tree / "a").write_text("second", encoding="utf-8")
        (tree / "b").write_text("new", encoding="utf-8")
        (tree / "b").chmod(0o600)
        (tree / "a").unlink()

    assert events(tree, act, QUIET) == [
        ("closed", "a", ""),
        ("created", "b", ""),
        ("closed", "b", ""),
        ("deleted", "a", ""),
    ]

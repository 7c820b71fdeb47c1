"""Which beads a list shows: one filter for every command that lists, counts or searches."""

from __future__ import annotations

import re
from collections.abc import Callable
from collections.abc import Iterable
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any

from msgspec import Struct

from gtlib.model.bead import Bead
from gtlib.model.config import TownConfig
from gtlib.names import ItemId
from gtlib.rules.base import instant
from gtlib.rules.fields import SYSTEM_TYPES
from gtlib.rules.ready import comparable
from gtlib.rules.ready import is_wisp
from gtlib.rules.ready import naturally
from gtlib.rules.ready import ordered
from gtlib.rules.statuses import with_category

INFRA_TYPES = SYSTEM_TYPES - {"gate"}
TIMES = ("created", "updated", "closed", "due", "defer")
SORTS = ("priority", "created", "updated", "closed", "status", "id", "title", "type", "assignee")


class Span(Struct, frozen=True):
    """A field of time that lies after one moment (None: any), and before another."""

    field: str
    after: datetime | None = None
    before: datetime | None = None


class Filter(Struct, frozen=True, kw_only=True):
    """What is asked for. Empty means that it does not matter, but for `hidden` and `hidden_types`: what
    those name is left out, but for what was put off until before `awake_at`. Texts to be found are in lower
    case. `assignee` "" is nobody.
    """

    hidden: frozenset[str] = frozenset()
    awake_at: datetime | None = None
    hidden_types: frozenset[str] = frozenset()
    pinned_too: bool = True
    templates: bool = True
    wisps: bool = True
    statuses: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset()
    exclude_types: frozenset[str] = frozenset()
    only: frozenset[ItemId] | None = None
    priority_min: int = 0
    priority_max: int = 4
    assignee: str | None = None
    labels: frozenset[str] = frozenset()
    label_any: frozenset[str] = frozenset()
    exclude_label: frozenset[str] = frozenset()
    label_pattern: tuple[str, ...] = ()
    label_regex: tuple[re.Pattern[str], ...] = ()
    no_labels: bool = False
    parent: ItemId = ItemId("")
    no_parent: bool = False
    title: tuple[str, ...] = ()
    description: str = ""
    notes: str = ""
    external: str = ""
    empty_description: bool = False
    spans: tuple[Span, ...] = ()
    overdue_at: datetime | None = None
    over: frozenset[str] = frozenset()
    deferred_at: datetime | None = None
    pinned: bool | None = None
    spec: str = ""
    metadata: tuple[tuple[str, str], ...] = ()
    metadata_keys: frozenset[str] = frozenset()
    mol_type: str = ""
    wisp_type: str = ""


def view(town: TownConfig, now: datetime, *, all: bool = False, gates: bool = False, templates: bool = False,
         infra: bool = False) -> Filter:  # fmt: skip
    """What lists show when nothing is asked for: what is not done, frozen, pinned, or system work.

    `all` shows everything but tombstones, the others what they name.
    """
    if all:
        return Filter(hidden=frozenset({"tombstone"}))
    hidden_types = (frozenset() if gates else frozenset({"gate"})) | (frozenset() if infra else INFRA_TYPES)
    return Filter(
        hidden=with_category(town, "done", "frozen"),
        awake_at=now,
        hidden_types=hidden_types,
        pinned_too=False,
        templates=templates,
        wisps=infra,
    )


def chosen(beads: Iterable[Bead], wanted: Filter) -> list[Bead]:
    """The beads that match, in the order in which they came."""
    found = list(beads)
    for test in _tests(wanted):
        found = [bead for bead in found if test(bead)]
    return found


def matches(wanted: Filter, bead: Bead) -> bool:
    """Whether the bead is one of those that are asked for."""
    return all(test(bead) for test in _tests(wanted))


def _tests(wanted: Filter) -> list[Callable[[Bead], bool]]:
    """One test for each thing that is asked for: 10,000 beads pay for nothing else."""
    return [
        test for found in (_shown(wanted), _facts(wanted), _texts(wanted), _times(wanted)) for test in found
    ]


def _shown(wanted: Filter) -> Iterable[Callable[[Bead], bool]]:
    hidden, types, now = wanted.hidden, wanted.hidden_types | wanted.exclude_types, wanted.awake_at
    if hidden and now is not None and "deferred" in hidden:
        yield lambda bead: bead.status not in hidden or (bead.status == "deferred" and not sleeps(bead, now))
    elif hidden:
        yield lambda bead: bead.status not in hidden
    if types:
        yield lambda bead: bead.type not in types
    if not wanted.pinned_too:
        yield lambda bead: not bead.pinned
    if not wanted.templates:
        yield lambda bead: not bead.template
    if not wanted.wisps:
        yield lambda bead: not is_wisp(bead)


def _facts(wanted: Filter) -> Iterable[Callable[[Bead], bool]]:
    only = wanted.only
    if only is not None:
        yield lambda bead: bead.id in only
    if wanted.statuses:
        yield lambda bead: bead.status in wanted.statuses
    if wanted.types:
        yield lambda bead: bead.type in wanted.types
    if wanted.priority_min > 0 or wanted.priority_max < 4:
        yield lambda bead: wanted.priority_min <= bead.priority <= wanted.priority_max
    if wanted.assignee is not None:
        yield lambda bead: bead.assignee == wanted.assignee
    if wanted.parent:
        yield lambda bead: bead.parent == wanted.parent
    if wanted.no_parent:
        yield lambda bead: not bead.parent
    if wanted.pinned is not None:
        yield lambda bead: (bead.pinned or bead.status == "pinned") == wanted.pinned
    if wanted.mol_type:
        yield lambda bead: bead.mol_type == wanted.mol_type
    if wanted.wisp_type:
        yield lambda bead: bead.wisp_type == wanted.wisp_type
    if wanted.metadata or wanted.metadata_keys:
        yield lambda bead: _has_metadata(wanted, bead.metadata)
    if wanted.no_labels:
        yield lambda bead: not bead.labels
    sets = (wanted.labels, wanted.label_any, wanted.exclude_label, wanted.label_pattern, wanted.label_regex)
    if any(sets):
        yield lambda bead: _has_labels(wanted, frozenset(bead.labels))


def _texts(wanted: Filter) -> Iterable[Callable[[Bead], bool]]:
    if wanted.title:
        yield lambda bead: all(each in bead.title.lower() for each in wanted.title)
    if wanted.description:
        yield lambda bead: wanted.description in bead.description.lower()
    if wanted.notes:
        yield lambda bead: wanted.notes in bead.notes.lower()
    if wanted.external:
        yield lambda bead: wanted.external in bead.external_ref.lower()
    if wanted.empty_description:
        yield lambda bead: not bead.description.strip()
    if wanted.spec:
        yield lambda bead: bead.spec.startswith(wanted.spec)


def _times(wanted: Filter) -> Iterable[Callable[[Bead], bool]]:
    for span in wanted.spans:
        yield lambda bead, span=span: _within(getattr(bead, span.field), span)  # type: ignore[misc]
    late, asleep = wanted.overdue_at, wanted.deferred_at
    if late is not None:
        due = Span("due", before=late)
        yield lambda bead: bead.status not in wanted.over and _within(bead.due, due)
    if asleep is not None:
        yield lambda bead: sleeps(bead, asleep)


def sleeps(bead: Bead, now: datetime) -> bool:
    """Whether it is put off: to a time that lies ahead, or without one."""
    until = instant(bead.defer) if bead.defer else None
    return bead.status == "deferred" if until is None else until > now


def _within(stamp: str, span: Span) -> bool:
    found = instant(stamp) if stamp else None
    if found is None:
        return False
    return (span.after is None or found > span.after) and (span.before is None or found < span.before)


def _has_labels(wanted: Filter, labels: frozenset[str]) -> bool:
    return (
        wanted.labels <= labels
        and (not wanted.label_any or not wanted.label_any.isdisjoint(labels))
        and wanted.exclude_label.isdisjoint(labels)
        and all(any(fnmatchcase(label, glob) for label in labels) for glob in wanted.label_pattern)
        and all(any(regex.search(label) for label in labels) for regex in wanted.label_regex)
    )


def _has_metadata(wanted: Filter, metadata: dict[str, Any]) -> bool:
    return wanted.metadata_keys <= metadata.keys() and all(
        key in metadata and said(metadata[key]) == value for key, value in wanted.metadata
    )


def said(value: Any) -> str:
    """A value of metadata as people type it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)


def when(stamp: str) -> str:
    """A stamp that compares as text with others of any form; "" for none."""
    return comparable(stamp)[:-1]  # without the Z, which is more than a fraction's point


def ordered_by(beads: Iterable[Bead], sort: str = "priority", *, reverse: bool = False) -> list[Bead]:
    """The beads by one of SORTS, those that are equal in it by priority, then newest first, then id.

    Times sort newest first, and who has none comes last; `reverse` is the other way round.
    """
    if sort == "id":
        found = naturally(beads)
    else:
        found = ordered(beads)
        if sort in TIMES:
            found.sort(key=lambda bead: when(getattr(bead, sort)), reverse=True)
        elif sort != "priority":
            found.sort(key=lambda bead: str(getattr(bead, sort)).lower())
    return found[::-1] if reverse else found

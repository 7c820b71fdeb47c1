"""From what was typed for a list to the beads that it shows: every contradiction is refused."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from msgspec.structs import replace

from gtlib import clock
from gtlib import names
from gtlib.cli.options import Here
from gtlib.cli.options import choice
from gtlib.cli.options import scope
from gtlib.cli.wanted import Wanted
from gtlib.errors import UsageError
from gtlib.errors import UserError
from gtlib.model.bead import Bead
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules import fields
from gtlib.rules import times
from gtlib.rules.base import prefixes
from gtlib.rules.filters import TIMES
from gtlib.rules.filters import Filter
from gtlib.rules.filters import Span
from gtlib.rules.filters import chosen
from gtlib.rules.filters import view
from gtlib.rules.find import find_id
from gtlib.rules.kept import LABEL
from gtlib.rules.kept import template_of
from gtlib.rules.kept import without_templates
from gtlib.rules.new_bead import known_assignee
from gtlib.rules.ready import ready
from gtlib.rules.statuses import with_category

MOL_TYPES = ("swarm", "patrol", "work")
WISP_TYPES = ("heartbeat", "ping", "patrol", "gc_report", "recovery", "error", "escalation")
GIVE_ONE = "give one of them"


def select(where: Here, snapshot: Snapshot, wanted: Wanted, pool: list[Bead] | None = None) -> list[Bead]:
    """The beads of the town (or of `pool`) that are asked for, in no order.

    Archived ones are among them as `with_archived` says. UsageError for flags that contradict each other;
    UserError for what is unknown.
    """
    refuse_contradictions(wanted)
    now = clock.now()
    pool = pool_of(snapshot, wanted) if pool is None else pool
    wanted_filter = filter_of(snapshot, wanted, pool, now)
    prefix = scope(where, snapshot, wanted.rig, wanted.all_rigs)
    found = chosen(pool if wanted.id else of_prefix(snapshot, pool, prefix), wanted_filter)
    return found if wanted_filter.templates else without_templates(snapshot.bead, found)


def of_prefix(snapshot: Snapshot, beads: list[Bead], prefix: str | None) -> list[Bead]:
    """The beads whose ids have that prefix; None: all of them."""
    if prefix is None:
        return beads
    known = prefixes(snapshot)
    return [bead for bead in beads if names.prefix_of(bead.id, known) == prefix]


def filter_of(snapshot: Snapshot, wanted: Wanted, pool: Iterable[Bead], now: datetime) -> Filter:
    """The filter that the flags mean. `pool` says which statuses and types are in use."""
    late = now if wanted.overdue else None
    made = replace(
        _shown(snapshot, wanted, now),
        statuses=_statuses(snapshot, wanted, pool),
        types=_types(snapshot, wanted.type, pool),
        exclude_types=_types(snapshot, wanted.exclude_type, pool),
        only=_only(snapshot, wanted, now),
        parent=find_id(snapshot, wanted.parent, "beads") if wanted.parent else ItemId(""),
        no_parent=wanted.no_parent,
        overdue_at=late,
        over=with_category(snapshot.town, "done"),
        deferred_at=now if wanted.deferred else None,
        spans=spans(wanted, now),
        mol_type=_one("--mol-type", wanted.mol_type, MOL_TYPES),
        wisp_type=_one("--wisp-type", wanted.wisp_type, WISP_TYPES),
    )
    low, high = _priorities(wanted)
    return replace(
        made,
        priority_min=low,
        priority_max=high,
        assignee=_assignee(snapshot, wanted),
        labels=frozenset(fields.labels(wanted.label)),
        label_any=frozenset(fields.labels(wanted.label_any)),
        exclude_label=frozenset(fields.labels(wanted.exclude_label)),
        label_pattern=fields.words(wanted.label_pattern, "pattern"),
        label_regex=tuple(map(_regex, wanted.label_regex)),
        no_labels=wanted.no_labels,
        title=tuple(each.lower() for each in (wanted.title, wanted.title_contains) if each),
        description=(wanted.desc_contains or "").lower(),
        notes=(wanted.notes_contains or "").lower(),
        external=(wanted.external_contains or "").lower(),
        empty_description=wanted.empty_description,
        pinned=True if wanted.pinned else False if wanted.no_pinned else None,
        spec=wanted.spec or "",
        metadata=_metadata(wanted.metadata_field),
        metadata_keys=frozenset(fields.words(wanted.has_metadata_key, "key of metadata")),
    )


def refuse_contradictions(wanted: Wanted) -> None:
    """UsageError for flags that can't both hold, and for an empty text."""
    given = {flag for flag in Wanted.__struct_fields__ if getattr(wanted, flag) not in (None, "", (), False)}
    if wanted.assignee is not None and wanted.assignee.strip():
        given.add("somebody")
    for first, second in (
        ("somebody", "no_assignee"), ("parent", "no_parent"), ("pinned", "no_pinned"), ("rig", "all_rigs"),
        ("priority", "priority_min"), ("priority", "priority_max"), ("ready", "status"), ("ready", "all"),
        ("ready", "deferred"), ("ready", "pinned"), ("no_labels", "label"), ("no_labels", "label_any"),
        ("no_labels", "label_pattern"), ("no_labels", "label_regex"), ("empty_description", "desc_contains"),
    ):  # fmt: skip
        if first in given and second in given:
            said = " and ".join(map(_flag, (first.replace("somebody", "assignee"), second)))
            raise UsageError(f"{said} contradict each other", GIVE_ONE)
    for kept, left_out, flags in (
        (wanted.label, wanted.exclude_label, "--label and --exclude-label"),
        (wanted.type, wanted.exclude_type, "--type and --exclude-type"),
    ):
        both = {w for t in kept for w in t.split(",")} & {w for t in left_out for w in t.split(",")}
        if both:
            raise UsageError(f"{flags} both name {', '.join(sorted(both))}", GIVE_ONE)
    for flag in Wanted.__struct_fields__:
        value = getattr(wanted, flag)
        if flag != "assignee" and isinstance(value, str) and not value.strip() and flag != "rig":
            raise UsageError(f"{_flag(flag)} is empty", "say what is looked for, or leave it out")


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def spans(wanted: Wanted, now: datetime) -> tuple[Span, ...]:
    """The limits of times. UsageError for one that ends before it begins."""
    found = []
    for field in TIMES:
        read = times.ahead if field in ("due", "defer") else times.past
        after, before = (
            None if text is None else read(text, now)
            for text in (getattr(wanted, f"{field}_after"), getattr(wanted, f"{field}_before"))
        )
        if after is not None and before is not None and after >= before:
            what = (
                f"--{field}-after {clock.stamp(after)} is not before --{field}-before {clock.stamp(before)}"
            )
            raise UsageError(what, "nothing lies between them")
        if after is not None or before is not None:
            found.append(Span(field, after, before))
    return tuple(found)


def with_archived(wanted: Wanted) -> bool:
    """Whether archived beads are asked for too: by `--all`, `--status all`, and by `--id`."""
    return wanted.all or bool(wanted.id) or "all" in fields.words(wanted.status, "status")


def pool_of(snapshot: Snapshot, wanted: Wanted, *, archived: bool = False) -> list[Bead]:
    """The beads to choose from: live ones, and archived ones when they are asked for."""
    beads = list(snapshot.beads())
    if wanted.updated_after is not None or wanted.updated_before is not None:
        beads = [snapshot.dated(bead) for bead in beads]
    if archived or with_archived(wanted):
        live = {bead.id for bead in beads}
        beads += [bead for bead in snapshot.archive.all() if bead.id not in live]
    return beads


def _shown(snapshot: Snapshot, wanted: Wanted, now: datetime) -> Filter:
    """What is left out. To name what lists hide shows it."""
    whole = wanted.all or bool(wanted.id)
    infra = wanted.include_infra or wanted.wisp_type is not None
    base = view(
        snapshot.town,
        now,
        all=whole,
        gates=wanted.include_gates,
        templates=wanted.include_templates or _asks_for_templates(snapshot, wanted),
        infra=infra,
    )
    hidden = base.hidden
    if wanted.closed_after is not None or wanted.closed_before is not None:
        hidden -= with_category(snapshot.town, "done") - {"tombstone"}
    if wanted.deferred or wanted.defer_after is not None or wanted.defer_before is not None:
        hidden -= {"deferred"}
    if wanted.pinned:
        hidden -= {"pinned"}
    if wanted.status:
        hidden = frozenset({"tombstone"} - set(wanted.status))
    return replace(
        base,
        hidden=hidden,
        hidden_types=frozenset() if wanted.type else base.hidden_types,
        pinned_too=base.pinned_too or wanted.pinned or bool(wanted.status),
    )


def _asks_for_templates(snapshot: Snapshot, wanted: Wanted) -> bool:
    if LABEL in fields.labels((*wanted.label, *wanted.label_any)):
        return True
    parent = snapshot.bead(find_id(snapshot, wanted.parent, "beads")) if wanted.parent else None
    return parent is not None and template_of(snapshot.bead, parent) is not None


def _statuses(snapshot: Snapshot, wanted: Wanted, pool: Iterable[Bead]) -> frozenset[str]:
    words = fields.words(wanted.status, "status")
    if not words or "all" in words:
        return frozenset()
    known = {*fields.STATUSES, *snapshot.town.statuses}
    used = {bead.status for bead in (*pool, *snapshot.beads())} if not known.issuperset(words) else known
    return frozenset(fields.status(word, used, snapshot.town) for word in words)


def _types(snapshot: Snapshot, texts: tuple[str, ...], pool: Iterable[Bead]) -> frozenset[str]:
    words = fields.words(texts, "type")
    known = {*fields.TYPES, *snapshot.town.types}
    used = {bead.type for bead in (*pool, *snapshot.beads())} if not known.issuperset(words) else known
    return frozenset(fields.kind(word, used, snapshot.town) for word in words)


def _only(snapshot: Snapshot, wanted: Wanted, now: datetime) -> frozenset[ItemId] | None:
    if not wanted.id and not wanted.ready:
        return None
    found = frozenset(find_id(snapshot, text, "beads") for text in fields.words(wanted.id, "id"))
    if not wanted.ready:
        return found
    can = frozenset(bead.id for bead in ready(snapshot, clock.stamp(now)))
    return can & found if wanted.id else can


def _assignee(snapshot: Snapshot, wanted: Wanted) -> str | None:
    if wanted.no_assignee:
        return ""
    return None if wanted.assignee is None else known_assignee(snapshot, wanted.assignee)


def _priorities(wanted: Wanted) -> tuple[int, int]:
    if wanted.priority is not None:
        level = fields.priority(wanted.priority)
        return level, level
    low = 0 if wanted.priority_min is None else fields.priority(wanted.priority_min)
    high = 4 if wanted.priority_max is None else fields.priority(wanted.priority_max)
    if low > high:
        raise UsageError(
            f"--priority-min {low} is more than --priority-max {high}", "0 is the most urgent, 4 the least"
        )
    return low, high


def _regex(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except (re.error, OverflowError, RecursionError) as problem:
        raise UserError(f"--label-regex {text!r}: {problem}", "correct the regular expression") from None


def _metadata(texts: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    found = []
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not key.strip():
            raise UsageError(f"--metadata-field {text!r} is not key=value", "write --metadata-field team=web")
        found.append((key.strip(), value.strip()))
    return tuple(found)


def _one(flag: str, value: str | None, known: Iterable[str]) -> str:
    return "" if value is None else choice(flag, value, known)

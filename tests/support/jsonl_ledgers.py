"""Ledgers of the interchange format as projects have them, with their dirt; the same for the same seed."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC
from datetime import datetime
from datetime import timedelta
from datetime import timezone
from pathlib import Path
from random import Random
from typing import Any

from gtlib.model import jsonl

Line = dict[str, Any]

_STATUSES = ("closed",) * 9 + ("tombstone",) * 10 + ("open",) * 4
_STATUSES += ("hooked", "in_progress", "deferred", "done")
_TYPES = ("task",) * 12 + ("epic", "epic", "event", "merge-request", "bug", "feature")
_TYPES += ("agent", "message", "gate", "not_a_real_type")
_EDGES = ("blocks",) * 8 + (
    "parent-child",
    "parent_child",
    "discovered-from",
    "tracks",
    "relates",
    "waits-for",
)
_WORDS = [
    "fix",
    "retry",
    "upload",
    "<token>",
    "&",
    "cache",
    "Grüße",
    "日本",
    "queue",
    "worker",
    "merge\tstate",
    "flaky",
    "`code`",
    "—",
    "test",
]
_TEXTS = ("## Notes\nours", "a\r\nb", " lead", "end\n\n", "\\## Design", "<<<<<<< HEAD", "plain", "\u2028")
_START = datetime(2025, 12, 1, 8, 0, 0, tzinfo=UTC)


def ledger(count: int, seed: int = 1, prefix: str = "ex") -> list[Line]:
    """`count` lines, sorted by id."""
    random = Random(seed)
    every = sorted({f"{prefix}-{_word(random)}" for _ in range(count * 2)})
    random.shuffle(every)
    ids = sorted(every[:count])
    return [_line(random, id, ids) for id in ids]


def text(lines: Iterable[Line]) -> bytes:
    """The lines as a tracker writes them."""
    return "".join(jsonl.dumps(line) + "\n" for line in lines).encode("utf-8")


def write(path: Path, lines: Iterable[Line]) -> Path:
    """A ledger's file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text(lines))
    return path


def read(data: bytes) -> list[Line]:
    """The objects of an export."""
    return [json.loads(line) for line in data.split(b"\n") if line]


def _word(random: Random) -> str:
    return "".join(random.choices("0123456789abcdefghijklmnopqrstuvwxyz", k=random.choice((3, 4, 5, 5))))


def _title(random: Random) -> str:
    return " ".join(random.choices(_WORDS, k=random.randint(2, 7))).strip()


def _moment(random: Random) -> str:
    when = _START + timedelta(minutes=random.randint(0, 60_000))
    shape = random.choice(("z", "micro", "nano", "offset"))
    if shape == "z":
        return when.strftime("%Y-%m-%dT%H:%M:%SZ")
    digits = f"{random.randint(1, 10**9 - 1):09d}"[: 9 if shape == "nano" else 6]
    zone = timezone(timedelta(hours=-8 if shape == "offset" else 1))
    local = when.astimezone(zone)
    return f"{local:%Y-%m-%dT%H:%M:%S}.{digits}{'-08:00' if shape == 'offset' else '+01:00'}"


def _line(random: Random, id: str, ids: list[str]) -> Line:
    status = random.choice(_STATUSES)
    line: Line = {"id": id, "title": _title(random)}
    for key in ("description", "design", "acceptance_criteria", "notes"):
        if random.random() < (0.7 if key == "description" else 0.08):
            line[key] = random.choice(_TEXTS) if random.random() < 0.2 else _title(random) + "\n\n- " + key
    line |= {"status": status, "priority": random.randint(0, 4), "issue_type": random.choice(_TYPES)}
    if random.random() < 0.3:
        line["assignee"] = random.choice(("ana", "gastown/polecats/toast", "mayor/"))
    if random.random() < 0.2:
        line["estimated_minutes"] = random.choice((0, 30, 480))
    line |= {"created_at": _moment(random), "created_by": "ana", "updated_at": _moment(random)}
    if status in ("closed", "done"):
        line |= {"closed_at": _moment(random), "close_reason": _title(random)}
    if random.random() < 0.1:
        line["metadata"] = {"n": random.randint(1, 9), "s": "x", "nested": {"a": [1, 2.5, None]}}
    if random.random() < 0.2:
        line["labels"] = sorted(random.sample(["net", "from:town/beta", "thread:t-19", "mode:dark"], 2))
    if status == "tombstone":
        line |= {"deleted_at": _moment(random), "deleted_by": "ana", "delete_reason": "batch delete"}
        line["original_type"] = "bug"
    elif random.random() < 0.4:
        line["dependencies"] = _edges(random, id, ids)
    if random.random() < 0.1 and status != "tombstone":
        line["comments"] = _comments(random, id)
    if random.random() < 0.2:
        line |= {"compaction_level": 0, "compacted_at_commit": None, "original_size": 0, "source_repo": "."}
    return line


def _edges(random: Random, id: str, ids: list[str]) -> list[Line]:
    targets = [random.choice(ids), "ex-gone1", "external:gt-x:gt-x", random.choice(ids)]
    return [
        {"issue_id": id, "depends_on_id": to, "type": random.choice(_EDGES), "created_at": _moment(random)}
        | random.choice(({}, {"created_by": "ana"}, {"created_by": "ana", "metadata": "{}"}))
        for to in dict.fromkeys(targets[: random.randint(1, 4)])
    ]


def _comments(random: Random, id: str) -> list[Line]:
    return [
        {
            "id": random.choice((number, f"c-{number}")),
            "issue_id": id,
            "author": "bo",
            "text": random.choice(_TEXTS),
            "created_at": _moment(random),
        }
        for number in range(1, random.randint(2, 4))
    ]

"""What people write for the fields of a bead: checked, and brought into the form of the file."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from datetime import timedelta
from difflib import get_close_matches

from gtlib import clock
from gtlib.errors import UserError
from gtlib.model.config import TownConfig

STATUSES = ("open", "in_progress", "hooked", "blocked", "deferred", "pinned", "closed")
TYPES = (
    "task", "bug", "feature", "epic", "chore", "decision", "spike", "story", "milestone",
    "gate", "molecule", "message", "merge-request", "event",
)  # fmt: skip
ALIASES = {
    "enhancement": "feature",
    "feat": "feature",
    "dec": "decision",
    "adr": "decision",
    "investigation": "spike",
    "timebox": "spike",
    "user-story": "story",
    "user_story": "story",
    "ms": "milestone",
    "mr": "merge-request",
    "mol": "molecule",
}
SYSTEM_TYPES = frozenset(
    {"gate", "molecule", "message", "merge-request", "event", "convoy", "agent", "role", "rig", "slot"}
)
MERGES = ("direct", "mr", "pr", "local")
TITLE_LIMIT = 500

_AHEAD = re.compile(r"\+?(\d{1,4})([hdwmy])")
_DAYS = {"today": 0, "tomorrow": 1, "next week": 7}
_WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_HOURS = {"h": 1, "d": 24, "w": 168, "m": 730, "y": 8766}


def title(text: str) -> str:
    """A title: one line, not empty, 500 characters at most. UserError else."""
    found = " ".join(text.split())
    if not found:
        raise UserError("the title is empty", "say in a few words what is to be done")
    if len(found) > TITLE_LIMIT:
        raise UserError(
            f"the title has {len(found)} characters, {TITLE_LIMIT} is the most",
            "put the rest in --description",
        )
    return found


def kind(text: str, used: Iterable[str] = (), town: TownConfig | None = None) -> str:
    """A bead's type: a built-in one, another name for it, one of the town's own, or one that beads have
    (`used`). UserError, naming the nearest, else.
    """
    word = text.strip().lower()
    word = ALIASES.get(word, word)
    known = dict.fromkeys((*TYPES, *(town.types if town is not None else ()), *used))
    return _one_of("type", text.strip() if text.strip() in known else word, known)


def status(text: str, used: Iterable[str] = (), town: TownConfig | None = None) -> str:
    """A status: a built-in one, one of the town's own, or one that beads have (`used`).

    UserError, naming the nearest, else.
    """
    word = text.strip().lower()
    known = dict.fromkeys((*STATUSES, *(town.statuses if town is not None else ()), *used))
    for spelled in (text.strip(), word, word.replace("-", "_")):
        if spelled in known:
            return spelled
    return _one_of("status", word, known)


def merge(text: str) -> str:
    """How a convoy's work is merged; empty is the default. UserError else."""
    return _one_of("way to merge", text, dict.fromkeys(MERGES)) if text else ""


def priority(text: str) -> int:
    """0 (critical) to 4 (backlog), also as P0 to P4. UserError else."""
    found = re.fullmatch(r"[pP]?([0-4])", text.strip())
    if found is None:
        raise UserError(f"{text!r} is no priority", "write 0 (critical), 1, 2, 3 or 4 (backlog)")
    return int(found[1])


def words(texts: Iterable[str], what: str) -> tuple[str, ...]:
    """The parts of repeated flags that may hold commas, each once; UserError for an empty part."""
    found = [part.strip() for text in texts for part in text.split(",")]
    if not all(found):
        raise UserError(f"an empty {what}", f"name the {what}, or leave the flag out")
    return tuple(dict.fromkeys(found))


def labels(texts: Iterable[str]) -> tuple[str, ...]:
    """Labels from repeated flags that may hold commas; UserError for one that is empty or has spaces."""
    found = words(texts, "label")
    for label in found:
        if len(label.split()) != 1:
            better = (
                f"write it as {'-'.join(label.split())}" if len(label) < 100 else "labels are short words"
            )
            raise UserError(f"the label {label!r} has a space in it", better)
    return found


def moment(text: str, now: datetime) -> str:
    """A stamp for `+6h`, `3d`, `2w`, `today`, `tomorrow`, `friday` (the next one, as `next friday` is), `next
    week` (in 7 days), a date, or an RFC 3339 time. UserError else.
    """
    word = " ".join(text.lower().split())
    days = _days(word, now)
    if days is not None:
        day = now + timedelta(days=days)
        return clock.stamp(day.replace(hour=0, minute=0, second=0, microsecond=0))
    ahead = _AHEAD.fullmatch(word)
    if ahead:
        return clock.stamp(now + timedelta(hours=int(ahead[1]) * _HOURS[ahead[2]]))
    try:
        return clock.stamp(clock.parse(text.strip()))
    except UserError:
        raise UserError(
            f"{text!r} is not a time", "write +6h, +3d, tomorrow, next monday, or 2026-11-20"
        ) from None


def _days(word: str, now: datetime) -> int | None:
    """In how many days the day is that a word names; None for no such word."""
    if word in _DAYS:
        return _DAYS[word]
    name = word.removeprefix("next ")
    found = [number for number, day in enumerate(_WEEK) if name in (day, day[:3])]
    return (found[0] - now.weekday() - 1) % 7 + 1 if found else None


def future(text: str, now: datetime) -> str:
    """As `moment`, for a time that must lie ahead."""
    found = moment(text, now)
    if clock.parse(found) <= now:
        raise UserError(f"{found} has passed", "give a time that lies ahead")
    return found


def pairs(texts: Iterable[str]) -> dict[str, str]:
    """What repeated `--var name=value` say. UserError for one without `=` and for a name said twice."""
    found: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        name = name.strip()
        if not equals or not name:
            raise UserError(f"--var {text} has no value", "write --var name=value")
        if name in found and found[name] != value:
            raise UserError(f"--var {name} is given twice", "give it once")
        found[name] = value
    return found


def _one_of(what: str, word: str, known: Iterable[str]) -> str:
    choices = tuple(known)
    if word in choices:
        return word
    near = get_close_matches(word, choices, n=1, cutoff=0.55)
    hint = f"did you mean {near[0]}?" if near else f"one of: {', '.join(choices)}"
    raise UserError(f"unknown {what} {word!r}", hint)

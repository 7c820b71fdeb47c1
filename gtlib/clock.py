"""The time: when it is, and how it is written. Always UTC."""

from __future__ import annotations

import os
import re
from datetime import UTC
from datetime import datetime

from gtlib.errors import UserError

_RFC3339 = re.compile(
    r"\d{4}-\d\d-\d\d(?:[Tt ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d))?\Z", re.ASCII
)
_SPAN = re.compile(r"(?:\d{1,9}(?:\.\d{1,9})?(?:ns|us|ms|s|m|h|d))+\Z", re.ASCII)
_SPAN_PART = re.compile(r"([\d.]+)(ns|us|ms|s|m|h|d)")
_UNITS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_FINE = {"ms": 10**6, "us": 10**3, "ns": 1}


def now() -> datetime:
    """This moment, aware, in UTC. The environment variable GT_NOW fixes it (for tests and demos)."""
    fixed = os.environ.get("GT_NOW")
    return parse(fixed) if fixed else datetime.now(UTC)


def stamp(moment: datetime) -> str:
    """RFC 3339 in UTC with whole seconds: 2026-11-20T08:00:00Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse(text: str) -> datetime:
    """The moment that an RFC 3339 text names; a date alone is its midnight in UTC. UserError else."""
    if _RFC3339.match(text):
        try:
            found = datetime.fromisoformat(text.upper())
        except ValueError:
            pass
        else:
            return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    raise UserError(f"{text!r} is not a time", "write it as 2026-11-20T08:00:00Z or 2026-11-20")


def nanoseconds(text: str) -> int:
    """How long `30m`, `1h30m` or `1.5s` is. UserError else."""
    if not _SPAN.match(text):
        raise UserError(f"{text!r} is not a span of time", "write it as 30m, 2h or 1h30m")
    sizes = {unit: size * 10**9 for unit, size in _UNITS.items()} | _FINE
    parts = _SPAN_PART.findall(text)
    return sum(_scaled(number, sizes[unit]) for number, unit in parts)


def _scaled(number: str, size: int) -> int:
    whole, _, rest = number.partition(".")
    return int(whole or 0) * size + int(rest or 0) * size // int("1" + "0" * len(rest))


def seconds(text: str) -> float:
    """As `nanoseconds`."""
    return nanoseconds(text) / 10**9


def span(nanos: int) -> str:
    """The shortest text of that length: 1800000000000 is `30m`."""
    found, rest = "", nanos
    for unit, size in (*((u, s * 10**9) for u, s in _UNITS.items()), *_FINE.items()):
        if unit != "d" or rest % (86_400 * 10**9) == 0:
            number, rest = divmod(rest, size)
            found += f"{number}{unit}" if number else ""
    return found or "0s"

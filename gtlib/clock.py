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

"""Times as people write them in filters and for time travel: a span without a sign lies where they look."""

from __future__ import annotations

import re
from datetime import datetime
from datetime import timedelta

from gtlib import clock
from gtlib.errors import UserError
from gtlib.rules.fields import moment

_SPAN = re.compile(r"([+-]?)(\d{1,4})([hdwmy])")
_HOURS = {"h": 1, "d": 24, "w": 168, "m": 730, "y": 8766}


def past(text: str, now: datetime) -> datetime:
    """The moment that `7d` (7 days ago), `+7d` (in 7 days), `yesterday`, a date or a time means.

    UserError for what is no time.
    """
    return _moment(text, now, "-")


def ahead(text: str, now: datetime) -> datetime:
    """As `past`, but `7d` is in 7 days and `-7d` is 7 days ago: for what lies ahead, such as due dates."""
    return _moment(text, now, "+")


def _moment(text: str, now: datetime, sign: str) -> datetime:
    word = text.strip().lower()
    if word == "now":
        return now
    if word == "yesterday":
        return clock.parse(moment("today", now)) - timedelta(days=1)
    span = _SPAN.fullmatch(word)
    if span is None:
        try:
            return clock.parse(text.strip())
        except UserError:
            return _named(word, text, now)
    size = timedelta(hours=int(span[2]) * _HOURS[span[3]])
    try:
        return now - size if (span[1] or sign) == "-" else now + size
    except OverflowError:
        raise UserError(f"{text!r} is too long ago", "write 7d, 2w, or 2026-11-20") from None


def _named(word: str, text: str, now: datetime) -> datetime:
    try:
        return clock.parse(moment(word, now))
    except UserError:
        raise UserError(f"{text!r} is not a time", "write 7d, 2w, yesterday, or 2026-11-20") from None

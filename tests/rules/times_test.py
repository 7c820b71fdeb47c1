from __future__ import annotations

from datetime import UTC
from datetime import datetime

import pytest

from gtlib import clock
from gtlib.errors import UserError
from gtlib.rules import times

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "past", "ahead"),
    [
        ("now", "2026-11-20T08:00:00Z", "2026-11-20T08:00:00Z"),
        ("7d", "2026-11-13T08:00:00Z", "2026-11-27T08:00:00Z"),
        ("-7d", "2026-11-13T08:00:00Z", "2026-11-13T08:00:00Z"),
        ("+6h", "2026-11-20T14:00:00Z", "2026-11-20T14:00:00Z"),
        (" 2W ", "2026-11-06T08:00:00Z", "2026-12-04T08:00:00Z"),
        ("yesterday", "2026-11-19T00:00:00Z", "2026-11-19T00:00:00Z"),
        ("today", "2026-11-20T00:00:00Z", "2026-11-20T00:00:00Z"),
        ("tomorrow", "2026-11-21T00:00:00Z", "2026-11-21T00:00:00Z"),
        ("2026-11-01", "2026-11-01T00:00:00Z", "2026-11-01T00:00:00Z"),
        ("2026-11-01T10:00:00+02:00", "2026-11-01T08:00:00Z", "2026-11-01T08:00:00Z"),
    ],
)
def test_times(text: str, past: str, ahead: str) -> None:
    assert (clock.stamp(times.past(text, NOW)), clock.stamp(times.ahead(text, NOW))) == (past, ahead)


@pytest.mark.parametrize("text", ["", "soon", "7", "d", "2026-13-01", "7x", "9999y"])
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(UserError):
        times.past(text, NOW)

from __future__ import annotations

from datetime import UTC
from datetime import datetime

import pytest

from gtlib import clock
from gtlib.errors import UserError


def test_now_is_aware_and_can_be_fixed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GT_NOW", raising=False)
    assert clock.now().tzinfo is UTC
    monkeypatch.setenv("GT_NOW", "2026-11-20T10:00:00+02:00")
    assert clock.stamp(clock.now()) == "2026-11-20T08:00:00Z"


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("2026-11-20T08:00:00Z", datetime(2026, 11, 20, 8, tzinfo=UTC)),
        ("2026-11-20", datetime(2026, 11, 20, tzinfo=UTC)),
        ("2026-11-20 08:00:00-01:30", datetime(2026, 11, 20, 9, 30, tzinfo=UTC)),
        ("2026-11-20t08:00:00.123456789z", datetime(2026, 11, 20, 8, 0, 0, 123456, tzinfo=UTC)),
    ],
)
def test_parse(text: str, want: datetime) -> None:
    assert clock.parse(text) == want


@pytest.mark.parametrize(
    "text", ["", "soon", "2026-13-01", "20261120", "2026-11-20T08:00:00", "2026-W47-5", "2026-11-20\n"]
)
def test_parse_refuses(text: str) -> None:
    with pytest.raises(UserError) as e:
        clock.parse(text)
    assert str(e.value) == f"{text!r} is not a time; write it as 2026-11-20T08:00:00Z or 2026-11-20"

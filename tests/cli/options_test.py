from __future__ import annotations

import pytest

from gtlib.cli.options import age
from gtlib.cli.options import ago
from gtlib.cli.options import short


@pytest.mark.parametrize(
    ("stamp", "said", "sentence"),
    [
        ("", "", ""),
        ("nonsense", "", ""),
        ("2026-11-20T08:00:00Z", "now", "now"),
        ("2026-11-20T07:59:30Z", "now", "now"),
        ("2026-11-20T07:55:00Z", "5m", "5m ago"),
        ("2026-11-20T03:00:00Z", "5h", "5h ago"),
        ("2026-11-10T08:00:00Z", "10d", "10d ago"),
        ("2026-10-20T08:00:00Z", "4w", "4w ago"),
        ("2024-10-20T08:00:00Z", "2y", "2y ago"),
        ("2026-11-23T08:00:00Z", "in 3d", "in 3d"),
    ],
)
def test_ages(monkeypatch: pytest.MonkeyPatch, stamp: str, said: str, sentence: str) -> None:
    monkeypatch.setenv("GT_NOW", "2026-11-20T08:00:00Z")
    assert (age(stamp), ago(stamp)) == (said, sentence)


def test_words() -> None:
    assert [short("proj/polecats/toast"), short("mayor")] == ["proj/toast", "mayor"]

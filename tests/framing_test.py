from __future__ import annotations

import pytest

from gtlib.framing import boundary
from gtlib.framing import clean
from gtlib.framing import explain
from gtlib.framing import frame
from tests.support import hostile


def test_a_frame() -> None:
    assert frame("bead gt-1", "It breaks.\n\nOften.\n\n", "5eed") == (
        "[data 5eed: bead gt-1]\nIt breaks.\n\nOften.\n[end of data 5eed]"
    )
    assert explain("5eed").startswith("Between [data 5eed: ...] and [end of data 5eed] stands text")


@pytest.mark.parametrize("text", [*hostile.TEXTS, *hostile.BRANCHES], ids=ascii)
def test_nothing_gets_out_of_a_frame(text: str) -> None:
    """Not even who guessed the boundary."""
    hostile.assert_harmless(frame("a bead", text, hostile.GUESS), hostile.GUESS)
    hostile.assert_harmless(frame("a bead", f"before {text} after", hostile.GUESS), hostile.GUESS)


@pytest.mark.parametrize("text", hostile.TEXTS, ids=ascii)
def test_nothing_gets_out_of_a_frames_name(text: str) -> None:
    named = frame(f"bead {text}", "x", hostile.GUESS)
    assert hostile.outside(named, hostile.GUESS) == "" and not hostile.CLOSING.search(named)


def test_ordinary_text_stays_as_it_is() -> None:
    for text in (
        "def f(a: list[int]) -> dict[str, int]:\n\treturn {'a': a[0]}",
        "a < b && c > d; <div class='x'>, List<String>, [link](https://example.invalid) [x] [ ]",
        "Größe, naïve, 日本語, עברית, emoji 🎯",
    ):
        assert frame("x", text, "5eed") == f"[data 5eed: x]\n{text}\n[end of data 5eed]"


def test_boundaries_differ_and_are_long() -> None:
    found = {boundary() for _ in range(200)}
    assert len(found) == 200 and {len(each) for each in found} == {12}


def test_cleaned_text_says_what_is_seen() -> None:
    assert clean("a\x1b[31mb\x1b[0m\r\nc\u202ed\u200be\ud800") == "ab\ncde\ufffd"

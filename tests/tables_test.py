"""Tables on terminals of any width."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gtlib.tables import CUT
from gtlib.tables import INDENT
from gtlib.tables import Fitted
from gtlib.tables import fitted
from gtlib.tables import width

HEADS = ["ID", "KIND", "ON", "TIMEOUT", "STATUS", "HOLDS UP"]
MOL = "hq-mol-aaaaa"
ROWS = [
    [f"{MOL}.gate-captain", "human", "Does the captain agree?", "", "shut", f"{MOL}.captain"],
    [f"{MOL}.gate-road", "exec", "", "", "shut", f"{MOL}.road"],
]


def test_a_table_that_fits_is_as_wide_as_it_is() -> None:
    assert fitted(["ID", "TITLE"], [["gt-a", "One"], ["gt-bcd", ""]], 14) == Fitted(
        ["ID      TITLE"], ["gt-a    One", "gt-bcd"]
    )


def test_a_table_that_does_not_fit_says_nothing_of_what_is_empty_and_folds() -> None:
    assert fitted(HEADS, ROWS, 80) == Fitted(
        ["ID                         KIND   ON                       STATUS", "    HOLDS UP"],
        [
            "hq-mol-aaaaa.gate-captain  human  Does the captain agree?  shut",
            "    hq-mol-aaaaa.captain",
            "hq-mol-aaaaa.gate-road     exec                            shut",
            "    hq-mol-aaaaa.road",
        ],
    )


def test_texts_get_what_is_to_spare() -> None:
    rows = [["gt-a", "Words that go on over the end of the line", "a reason of several words, too"]]
    assert fitted(["ID", "TITLE", "WHY"], rows, 60) == Fitted(
        [f"{'ID':6}{'TITLE':34}WHY"],
        [
            f"{'gt-a':6}{'Words that go on over the end of':34}a reason of several",
            f"{'':6}{'the line':34}words, too",
        ],
    )


_CELL = st.text(st.sampled_from("ab 世"), max_size=30).map(lambda text: " ".join(text.split()))


@given(st.lists(st.tuples(_CELL, _CELL, _CELL), min_size=1, max_size=4), st.integers(10, 90))
def test_no_line_is_wider_than_the_terminal(rows: list[tuple[str, ...]], room: int) -> None:
    found = fitted(["ID", "WHO", "TITLE"], rows, room)
    assert all(width(line) <= room and line == line.rstrip() for line in (*found.head, *found.rows))
    kept = "".join("".join(found.rows).split())
    if CUT not in kept:
        assert sorted(kept) == sorted("".join("".join(row) for row in rows).replace(" ", ""))
    longest = max(width(word) for row in rows for cell in row for word in cell.split(" "))
    assert CUT not in kept or longest > room - INDENT


def test_what_is_wider_than_the_terminal_is_cut_between_no_letters_of_the_next_line() -> None:
    rows = [["averylongrigname/polecats/averylongname", "Some Averylongwordofatitle x"]]
    assert fitted(["AGENT", "TITLE"], rows, 24).rows == [
        "averylongrigname/poleca…",
        "    Some",
        "    Averylongwordofatit…",
        "    x",
    ]

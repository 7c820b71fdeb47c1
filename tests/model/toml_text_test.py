from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from gtlib.errors import UserError
from gtlib.model.toml_text import dump

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(
    ['"""', 'a\n"', 'x\n""""', "\\\n", "\r\n\x00\x7f", "\n\n", "a\nb"]
)
PLAIN = TEXT | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False)
VALUE = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3)
)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(TEXT, VALUE, max_size=5))
def test_what_is_written_reads_the_same(values: dict[str, Any]) -> None:
    assert tomllib.loads(dump(values)) == values


def test_null_is_left_out_and_half_characters_are_refused() -> None:
    assert dump({"a": None, "b": [1, None], "c": {"d": None}}) == "b = [1]\nc = {}\n"
    assert dump({"a": "", "b": [], "c": 0}, lean=True) == "c = 0\n"
    with pytest.raises(UserError) as caught:
        dump({"a": "\ud800"})
    assert str(caught.value) == "a text holds half a character; mend the \\u escapes in it"

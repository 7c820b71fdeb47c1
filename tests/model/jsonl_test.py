from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from gtlib.errors import UserError
from gtlib.model import jsonl

values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), values, max_size=5))
@settings(deadline=None)
def test_what_was_written_reads_back(line: dict[str, Any]) -> None:
    text = jsonl.dumps(line)
    assert "\n" not in text
    assert jsonl.loads(text.encode("utf-8")) == line


def test_a_line_is_written_as_go_writes_it() -> None:
    line = {"id": "ex-1", "title": "a <b> & c é \u2028 \x01\n", "n": 1}
    wanted = r'{"id":"ex-1","title":"a \u003cb\u003e \u0026 c é \u2028 \u0001\n","n":1}'
    assert jsonl.dumps(line) == wanted
    assert jsonl.escaped(json.dumps(line, ensure_ascii=False, separators=(",", ":"))) == wanted
    assert jsonl.dumps({"x": "\ud83d"}) == r'{"x":"\ud83d"}'


def test_lines_are_numbered_and_those_that_are_too_long_are_told() -> None:
    data = b"\xef\xbb\xbf{}\r\n\n" + b"x" * 50 + b"\n  [1]  \n" + b"y" * 16 + b"\n" + b"z" * 17
    assert list(jsonl.lines(io.BytesIO(data), limit=16)) == [
        (1, b"{}"),
        (3, None),
        (4, b"[1]"),
        (5, None),
        (6, None),
    ]


@pytest.mark.parametrize(
    ("raw", "what"),
    [
        (b"<<<<<<< HEAD", "it is a conflict marker of git"),
        (b"=======", "it is a conflict marker of git"),
        (b">>>>>>> theirs", "it is a conflict marker of git"),
        (b'{"a":', "it is not JSON (Expecting value: line 1 column 6 (char 5))"),
        (b'{"a":NaN}', "it is not JSON (NaN is no number of JSON)"),
        (b'{"a":"\xff"}', "it is not UTF-8 (byte 6)"),
        (b"[1]", "it is not a JSON object"),
        (b"[" * 100_000, "it is nested too deep"),
    ],
)
def test_what_is_no_object_is_refused(raw: bytes, what: str) -> None:
    with pytest.raises(UserError) as refusal:
        jsonl.loads(raw)
    assert refusal.value.what == what


@pytest.mark.parametrize(
    ("text", "id"),
    [
        ('{"id":"ex-1","title":"t"}', "ex-1"),
        (' { "id" : "ex-2" }', "ex-2"),
        ('{"title":"\\"id\\":\\"no\\"","id":"ex-3"}', "ex-3"),
        ('{"id":"ex\\u002d4"}', "ex-4"),
        ('{"id":5}', ""),
        ("nothing", ""),
    ],
)
def test_the_id_of_a_line(text: str, id: str) -> None:
    assert jsonl.id_in(text) == id

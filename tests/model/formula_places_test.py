from __future__ import annotations

import json
import tomllib
from typing import Any

from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from gtlib.model.formula_places import Places
from gtlib.model.formula_places import Where

TOML = '''\
top = 1
"quoted key" = """
[not.a.table]
x = "no key" \\
"""
lit = \'\'\'
[[nor.this]] \'\'\'
dotted . key = { a = 1, "b" = [ 1, 2 ] } # [comment]
list = [ # {
  { x = "]" },
  { x = 1979-05-27 07:32:00, y = [ [
    1 ], { z = 2 } ] },
]

[table]
a = true
[table.inner] # here
a = 2
[[steps]]
id = "one"
[steps.gate]
type = "x"
[[steps.children]]
id = "c"
[[steps]]
  id = \'two\'
  [[steps.children]]
  [[steps.children]]
  id = "d"
[implied.by]
'''
WHERES: dict[Where, int] = {
    ("top",): 1,
    ("quoted key",): 2,
    ("lit",): 6,
    ("dotted",): 8,
    ("dotted", "key"): 8,
    ("dotted", "key", "b"): 8,
    ("list",): 9,
    ("list", 0): 10,
    ("list", 0, "x"): 10,
    ("list", 1, "y"): 11,
    ("list", 1, "y", 0): 11,
    ("list", 1, "y", 1): 12,
    ("list", 1, "y", 1, "z"): 12,
    ("table",): 15,
    ("table", "a"): 16,
    ("table", "inner"): 17,
    ("table", "inner", "a"): 18,
    ("steps",): 19,
    ("steps", 0): 19,
    ("steps", 0, "id"): 20,
    ("steps", 0, "gate", "type"): 22,
    ("steps", 0, "children", 0, "id"): 24,
    ("steps", 1, "id"): 26,
    ("steps", 1, "children", 0): 27,
    ("steps", 1, "children", 1, "id"): 29,
    ("implied",): 30,
    ("implied", "by"): 30,
}


def test_where_everything_stands() -> None:
    assert tomllib.loads(TOML)
    places = Places(TOML, is_json=False)
    assert {where: places.line(where) for where in WHERES} == WHERES


def test_what_is_absent_is_where_its_holder_is() -> None:
    places = Places(TOML, is_json=False)
    assert places.line(("steps", 1, "children", 1, "title")) == 28
    assert places.line(("nothing", 3)) == 1
    assert Places("", is_json=False).line(("a",)) == 1


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text('ab."\\ {[,:#', max_size=3), inner, max_size=3)
    ),
    max_leaves=12,
)


def tables(value: Any, where: Where = ()) -> list[Where]:
    """Every key of every table, and every table and list in a list."""
    found: list[Where] = []
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in pairs:
        if isinstance(value, dict) or isinstance(each, (dict, list)):
            found.append((*where, key))
        found += tables(each, (*where, key))
    return found


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from("xyz"), VALUES, max_size=3))
def test_all_of_a_json_text_has_a_place(values: dict[str, Any]) -> None:
    text = json.dumps(values, indent=1)
    places = Places(text, is_json=True)
    wanted = tables(values)
    assert [where for where in wanted if where not in places] == []
    lines = [places.line(where) for where in wanted]
    # With one value on each line, they come one after the other.
    assert lines == sorted(lines)
    assert len(set(lines)) == len(lines)

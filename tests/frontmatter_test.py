from __future__ import annotations

import string
from typing import Any

import pytest
from hypothesis import example
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from gtlib import frontmatter
from gtlib import splice
from gtlib.errors import FileError
from gtlib.errors import UserError
from gtlib.frontmatter import load_yaml

TEXT = """---
# the head
id: gt-1   # the id
title: "Refresh"  # quoted
labels: # mine
    # about auth
    - auth # c
    - beta

    # last
    - zeta
flow: [a, b] # fl
empty:   # nothing yet
odd  : "x"
lit: |
  abc

  def
hook:
  state: active  # s
  bead: gt-2
  queue:
    - a
sessions:
  - id: s1
    runtime: shell
  # the second
  - id: s2
    runtime: x # why
tail: "a
  b"
# the end
---
Body: text
---
more
"""


def replaced(text: str, *pairs: tuple[str, str]) -> str:
    for old, new in pairs:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


@pytest.fixture(params=["c", "pure"], autouse=True)
def either_parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    if request.param == "pure":
        monkeypatch.setattr(frontmatter, "_event_source", lambda: frontmatter._pure_events)
    frontmatter._yaml.cache_clear()
    yield
    frontmatter._yaml.cache_clear()


def test_split() -> None:
    front = frontmatter.split("p", TEXT)
    assert front.values == {
        "id": "gt-1",
        "title": "Refresh",
        "labels": ["auth", "beta", "zeta"],
        "flow": ["a", "b"],
        "odd": "x",
        "lit": "abc\n\ndef\n",
        "hook": {"state": "active", "bead": "gt-2", "queue": ["a"]},
        "sessions": [{"id": "s1", "runtime": "shell"}, {"id": "s2", "runtime": "x"}],
        "tail": "a b",
    }
    assert front.lines["sessions"] == 24
    assert front.line_of("sessions", 1, "runtime") == 29
    assert front.line_of("labels", 1) == 8
    assert front.line_of("nothing") == 1
    assert (front.body, front.body_line) == ("Body: text\n---\nmore\n", 34)


CHANGES: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    ({"title": "Renew"}, [('title: "Refresh"  # q', "title: Renew  # q")]),
    ({"id": None}, [("id: gt-1   # the id\n", "")]),
    ({"labels": ["auth", "beta", "gamma", "zeta"]}, [("    - beta\n", "    - beta\n    - gamma\n")]),
    ({"labels": ["auth", "zeta"]}, [("    - beta\n", "")]),
    ({"labels": ["beta", "zeta"]}, [("    # about auth\n    - auth # c\n", "    # about auth\n")]),
    ({"labels": ["zeta"]}, [("    - auth # c\n", ""), ("    - beta\n", "")]),
    (
        {"labels": []},
        [("# mine\n    # about auth\n    - auth # c\n    - beta\n\n    # last\n    - zeta\n", "[]# mine\n")],
    ),
    ({"flow": ["b", "c: d"]}, [("flow: [a, b] # fl\n", 'flow: # fl\n  - b\n  - "c: d"\n')]),
    ({"empty": "now"}, [("empty:   #", "empty: now   #")]),
    ({"odd": "true"}, [('"x"', '"true"')]),
    ({"lit": "one"}, [("lit: |\n  abc\n\n  def\n", "lit: one\n")]),
    ({"tail": "one"}, [('tail: "a\n  b"\n', "tail: one\n")]),
    (
        {"hook": {"state": "gone", "bead": "gt-2", "queue": ["a"]}},
        [("state: active  # s", "state: gone  # s")],
    ),
    (
        {"hook": {"state": "active", "queue": ["a", "b"]}},
        [("  bead: gt-2\n", ""), ("    - a\nses", "    - a\n    - b\nses")],
    ),
    ({"hook": {}}, [("hook:\n  state: active  # s\n  bead: gt-2\n  queue:\n    - a\n", "hook: {}\n")]),
    (
        {
            "sessions": [
                {"id": "s1", "runtime": "shell"},
                {"id": "s2", "runtime": "x", "ended": "t"},
                {"id": "s3"},
            ]
        },
        [("x # why\n", "x # why\n    ended: t\n  - id: s3\n")],
    ),
    ({"fresh": ["a"], "gone": None}, [("# the end\n", "# the end\nfresh:\n  - a\n")]),
]


@pytest.mark.parametrize(("changes", "pairs"), CHANGES)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_set_keys_changes_these_lines_only(
    changes: dict[str, Any], pairs: list[tuple[str, str]], newline: str
) -> None:
    if changes == {"labels": []}:
        pairs = [
            (
                "labels: # mine\n    # about auth\n    - auth # c\n    - beta\n\n    # last\n    - zeta\n",
                "labels: []\n",
            )
        ]
    want = replaced(TEXT, *pairs).replace("\n", newline)
    assert splice.set_keys("p", TEXT.replace("\n", newline), changes) == want
    assert splice.set_keys("p", want, changes) == want
    values = frontmatter.split("p", want).values
    assert {k: values.get(k) for k in changes} == changes


def test_set_keys_keeps_indentation_that_is_odd_but_good() -> None:
    text = "---\n   a: 1\n   l:\n   - x\n   - y\n---\n"
    changed = splice.set_keys("p", text, {"b": "z", "l": ["x", "y", "zz"]})
    assert changed == "---\n   a: 1\n   l:\n   - x\n   - y\n   - zz\n   b: z\n---\n"


def in_yaml(text: str, changes: dict[str, Any]) -> str:
    """With these keys changed, in a file that is YAML as a whole."""
    return splice.splice(load_yaml("p", text), text, changes)


def test_files_that_are_yaml_and_files_without_a_last_newline() -> None:
    assert in_yaml("a: b", {"a": "c"}) == "a: c"
    assert in_yaml("a: b", {"k": "c"}) == "a: b\nk: c"
    assert in_yaml("", {"k": "c"}) == "k: c\n"
    assert in_yaml("---\n# c\n", {"k": {"b": "c"}}) == "---\n# c\nk:\n  b: c\n"
    assert splice.set_keys("p", "---\n---", {"k": "c"}) == "---\nk: c\n---"
    assert splice.set_keys("p", "\ufeff---\na: b\n---\n", {"a": "c"}) == "\ufeff---\na: c\n---\n"


BAD = [
    ("title: x\n", 1, "there is no front matter", "begin the file with a line --- and close it with one"),
    (
        "\n---\na: b\n---\n",
        1,
        "there is no front matter",
        "begin the file with a line --- and close it with one",
    ),
    ("---\na: b\n", 1, "the front matter has no end", "write a line --- after its last key"),
    ("---\na: *x\n---\n", 2, "*x is an alias", "write the value out, or quote it"),
    ("---\na: &x b\n---\n", 2, "&x is an anchor", "remove it, or quote the value"),
    ("---\na: !!str b\n---\n", 2, "tag:yaml.org,2002:str is a tag", "remove it, or quote the value"),
    ("---\na: b\nc: d\na: e\n---\n", 4, "the key a stands twice (first in line 2)", "keep one of them"),
    ("---\na:\n  x: b\n  x: d\n---\n", 4, "the key x stands twice (first in line 3)", "keep one of them"),
    ("---\n- a\n---\n", 2, "these are no keys with values", "write one `key: value` a line"),
    ("---\n{a: b}\n---\n", 2, "these are no keys with values", "write one `key: value` a line"),
    ("---\nword\n---\n", 2, "these are no keys with values", "write one `key: value` a line"),
    ("---\n? a\n: b\n---\n", 2, "a key is not on one line with its colon", "write `key: value`"),
    ("---\n[a]: b\n---\n", 2, "a key is not a word", "write `key: value`; quote braces and brackets"),
    ("---\n~: b\n---\n", 2, "'~' cannot be a key", "write `key: value`"),
    ("---\n<<: b\n---\n", 2, "'<<' cannot be a key", "write `key: value`"),
    ("---\na: \x01\n---\n", 2, "the character U+0001 cannot stand in YAML", "remove it"),
    ("---\na: b\n...\n# c\n---\n", 3, "the YAML document ends before the file does", "remove the line ..."),
]


@pytest.mark.parametrize(("text", "line", "what", "hint"), BAD)
def test_refuses(text: str, line: int, what: str, hint: str) -> None:
    with pytest.raises(FileError) as e:
        frontmatter.split("beads/gt-1.md", text)
    assert str(e.value) == f"beads/gt-1.md:{line}: {what}; {hint}"


def test_refuses_what_yaml_itself_refuses_with_its_line() -> None:
    for text in (
        "---\na: b\nc: [1\n---\n",
        "---\na: b\nc: d: e\n---\n",
        "---\na: b\n\tc: d\n---\n",
        "---\na: 'b\n---\n",
    ):
        with pytest.raises(FileError) as e:
            frontmatter.split("p", text)
        assert e.value.line in (2, 3), text


def test_refuses_a_second_document() -> None:
    with pytest.raises(FileError, match="town.yaml:2: a second YAML document begins; keep one"):
        frontmatter.load_yaml("town.yaml", "a: b\n---\nb: c\n")


def test_refuses_depth_and_size() -> None:
    with pytest.raises(FileError, match="p:2: values are nested deeper than 20"):
        frontmatter.split("p", f"---\na: {'[' * 30}{']' * 30}\n---\n")
    with pytest.raises(FileError, match="p:1: there is more YAML than 256 KiB"):
        frontmatter.split("p", f"---\na: {'x' * frontmatter.MAX_CHARS}\n---\n")
    with pytest.raises(UserError, match="would have more YAML"):
        splice.set_keys("p", "---\na: b\n---\n", {"a": "x" * frontmatter.MAX_CHARS})


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("---\na: b\n<<<<<<< HEAD\nc: d\n=======\nc: e\n>>>>>>> x\n---\n", 3),
        ("<<<<<<< HEAD\n---\na: b\n---\n", 1),
        ("---\na: b\n---\ntext\n<<<<<<<\n", 5),
        ("---\na: b\n=======\nc: d\n---\n", 3),
    ],
)
def test_conflict_markers_have_an_error_of_their_own(text: str, line: int) -> None:
    with pytest.raises(FileError) as e:
        frontmatter.split("p", text)
    assert e.value.line == line
    assert "was left by a merge; choose between the sides and remove the marker lines" in str(e.value)


@pytest.mark.parametrize(
    "text",
    [
        "gt-abc12",
        "Refresh the token",
        "2026-11-20T08:00:00Z",
        "2026-11-20",
        "a/b.c",
        "(x) y",
        "what's",
        "é",
        "x-1e",
        "a#b",
    ],
)
def test_scalar_leaves_plain(text: str) -> None:
    assert splice.scalar(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "yes",
        "No",
        "1.10",
        "12",
        "1e5",
        "0x1f",
        "1_000",
        "12:30",
        ".5",
        ".inf",
        "null",
        "~",
        "- a",
        "a: b",
        "a:",
        "a #b",
    ]
    + [
        "[a",
        "{a",
        "'a",
        '"a',
        "&a",
        "*a",
        "!a",
        "|",
        ">",
        "%a",
        "@a",
        "`a",
        "# a",
        "a ",
        " a",
        "<<",
        "=",
        "?",
        "...",
        "---",
    ],
)
def test_scalar_quotes(text: str) -> None:
    assert splice.scalar(text).startswith('"')


any_text = st.text(st.characters(exclude_categories=["Cs"]))
yaml_ish = st.text(
    st.sampled_from(list("ab1 :#-?[]{}'\"\\\n\r\t,&*!|>%@`~=.\x85\u2028\ufeff\x00é😀")), max_size=8
)
texts = any_text | yaml_ish
keys = st.text(st.sampled_from(string.ascii_lowercase + "1 :#-\n"), min_size=1, max_size=5)
leaves: st.SearchStrategy[Any] = texts
raws = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=6,
)
mappings = st.dictionaries(keys, raws, max_size=4)


@given(texts)
@example("\ud7ff\ue000\uffff\U0010ffff")
def test_scalar_reads_back(text: str) -> None:
    written = f"---\na: {splice.scalar(text)}\n---\n"
    assert frontmatter.split("p", written).values == {"a": text}


@given(mappings)
@settings(max_examples=60)
def test_dump_reads_back(values: dict[str, Any]) -> None:
    assert frontmatter.split("p", splice.dump(values)).values == values


@given(mappings, st.dictionaries(keys, raws | st.none(), max_size=4), st.sampled_from(["\n", "\r\n"]))
@settings(max_examples=100)
def test_set_keys_reads_back(values: dict[str, Any], changes: dict[str, Any], newline: str) -> None:
    text = splice.dump(values).replace("\n", newline) + "body\n"
    assert splice.set_keys("p", text, values) == text
    changed = splice.set_keys("p", text, changes)
    want = {k: v for k, v in (values | changes).items() if v is not None}
    assert frontmatter.split("p", changed).values == want
    assert changed.endswith(f"---{newline}body\n")


def test_additions_at_one_place_keep_their_depth() -> None:
    text = "---\na:\n  b:\n    c: x\nd: y\n---\n"
    changes = {"a": {"b": {"c": "x", "k": "1x"}, "l": "2x"}, "d": "z", "m": "3x"}
    want = "---\na:\n  b:\n    c: x\n    k: 1x\n  l: 2x\nd: z\nm: 3x\n---\n"
    assert splice.set_keys("p", text, changes) == want
    text = text.replace("d: y\n", "")
    assert splice.set_keys("p", text, changes | {"d": None}) == want.replace("d: z\n", "")


def test_place() -> None:
    assert splice.place(["a", "c"], ["b", "c", "a"]) == ["a", "b", "c"]
    assert splice.place(["c", "a"], ["a", "b", "c"]) == ["c", "a", "b"]
    assert splice.place(["c", "a", "c"], ["a"]) == ["a"]
    assert splice.place([], ["b", "a", "b"]) == ["a", "b"]

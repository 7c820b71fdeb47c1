"""What is read without the parser is what the parser reads, node by node."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example
from hypothesis import given
from hypothesis import strategies as st

from gtlib import frontmatter
from gtlib import plain
from gtlib import splice
from gtlib.errors import FileError
from gtlib.node import Node

WHOLE = """\
id: hq-1
title: Fix the (first) thing, it's "half" done & [open] {now}
created: 2026-11-20T08:00:00Z
said: "a: b # c"
none: null
labels:
  - auth
  - "no"
  - x.y/z
deep:
    - a
flat:
- a
- b
priority: 2
"""
LIKE = st.sampled_from(
    ["a", "é", "1", "-", "- ", "  - ", ":", ": ", " ", "#", " #", '"', "'", "\n", "\n", "key", "k: v\n", "[", "]", "{",
     "}", "~", "null", "?", "? ", "|", ">", "&", "*", "!", "%", "@", "`", ",", "\\", "---", "...", "<<", "\u3000", "_", "."]
)  # fmt: skip


def parsed(head: str) -> Any:
    """As the parser reads it: the nodes, or None when it refuses."""
    try:
        root = frontmatter._Reader("x.md", head, 1).document_root()
    except (FileError, frontmatter._yaml().error):
        return None
    return None if root is None else tree(root)


def tree(node: Node) -> Any:
    value: Any = node.value
    if node.kind == "list":
        value = [tree(each) for each in value]
    elif node.kind == "map":
        value = {key: (tree(one), tree(two)) for key, (one, two) in value.items()}
    return node.kind, value, node.style, node.line, node.col, node.end, node.end_col


def test_all_of_it() -> None:
    root = plain.read(WHOLE)
    assert root is not None and tree(root) == parsed(WHOLE)


@pytest.mark.parametrize(
    "head",
    ["", "\n", "a", "a:\n", "a: b", "a: b \n", "a: b\n\nc: d\n", "a: b # c\n", "a: b\n  c\n", "a: b: c\n", "a: b:\n"]
    + ["a: 'b'\n", 'a: "b\\n"\n', 'a: "b" \n', "a: [b]\n", "a: b\na: c\n", "null: a\n", "a:\n  - b\n c: d\n"]
    + ["a:\n  - b\n - c\n", "a:\n  - b: c\n", "a:\n  -\n", "? a\n", "<<: a\n", "a: b\n---\n", "a: -\n", "a: *b\n"],
)  # fmt: skip
def test_what_is_not_plain_is_left_to_the_parser(head: str) -> None:
    assert plain.read(head) is None


@given(st.lists(LIKE, max_size=14).map("".join))
@example("a:\n  - b\n- c\n")
def test_never_otherwise_than_the_parser(text: str) -> None:
    head = "id: x\n" + text
    root = plain.read(head) if head.replace("\n", "").isprintable() else None
    assert root is None or tree(root) == parsed(head)


@given(
    st.dictionaries(
        st.from_regex(r"[A-Za-z][a-z0-9_-]{0,5}", fullmatch=True),
        st.text(max_size=12) | st.lists(st.text(max_size=8), min_size=1, max_size=3),
        max_size=4,
    )
)
def test_what_we_write(values: dict[str, Any]) -> None:
    head = splice.dump_yaml(values)
    root = plain.read(head) if head.replace("\n", "").isprintable() else None
    assert root is None or tree(root) == parsed(head)

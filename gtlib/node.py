"""What stands in a YAML document, and where."""

from __future__ import annotations

import json
import re
from typing import Any
from typing import Literal

NULL = frozenset(("", "~", "null", "Null", "NULL"))
_JSON = re.compile(r"(?:true|false|-?[0-9]{1,300}(?:\.[0-9]{1,300})?(?:e[-+][0-9]{1,3})?)\Z")


class Node:
    """One scalar, list or mapping of a document and where it stands (0-based, columns in characters).

    `value` is a str or None, a list of nodes, or a dict of key -> (key node, value node).
    `end` is the line after its last one; `end_col` the column where it ends in that last line.
    """

    __slots__ = ("col", "end", "end_col", "kind", "line", "style", "value")

    def __init__(
        self, kind: Literal["scalar", "list", "map"], value: Any, style: str, line: int, col: int
    ) -> None:
        self.kind = kind
        self.value = value
        self.style = style  # "" plain or block, "flow", or the scalar's quote or block indicator
        self.line = line
        self.col = col
        self.end = line + 1
        self.end_col = col

    def raw(self) -> Any:
        """The value as str, None, list and dict; keys without a value are left out."""
        if self.kind == "scalar":
            return self.value
        if self.kind == "list":
            return [one.raw() for one in self.value]
        return {k: raw for k, (_, node) in self.value.items() if (raw := node.raw()) is not None}

    def typed(self) -> Any:
        """As `raw`, but plain text that is exactly as JSON writes it is a number or a truth value."""
        if self.kind == "scalar":
            return self.value if self.style or self.value is None else _typed(self.value)
        if self.kind == "list":
            return [one.typed() for one in self.value]
        return {k: value for k, (_, node) in self.value.items() if (value := node.typed()) is not None}


def _typed(text: str) -> Any:
    if not _JSON.match(text):
        return text
    value = json.loads(text)
    return value if json.dumps(value) == text else text  # 1.10 is a version, and 1e5 a commit

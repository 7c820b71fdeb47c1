"""A dump of a tracker's tables, row by row, as lines of the interchange format."""

from __future__ import annotations

import json
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any

Row = Mapping[str, Any]

_FLAGS = frozenset({"pinned", "is_template", "ephemeral", "crystallizes", "no_history"})
_ALWAYS = frozenset({"id", "title", "status", "priority", "issue_type"})
_OF_THE_TABLE = frozenset({"content_hash", "issue_id"})


def line_of(
    issue: Row, edges: Iterable[Row], labels: Iterable[Row], comments: Iterable[Row]
) -> dict[str, Any]:
    """The line of one row of `issues` and the rows of the other tables that name it."""
    line: dict[str, Any] = {}
    for key, value in issue.items():
        if key in _OF_THE_TABLE:
            continue
        value = _value(key, value)
        if key in _ALWAYS or value not in (None, "", 0, False, [], {}):
            line["timeout" if key == "timeout_ns" else key] = value
    if found := sorted({str(row["label"]) for row in labels if row.get("label")}):
        line["labels"] = found
    if made := [_without_nulls(row, "id") for row in edges]:
        line["dependencies"] = made
    if said := [_without_nulls(row) for row in comments]:
        line["comments"] = said
    return line


def _value(key: str, value: Any) -> Any:
    if key in _FLAGS:
        return bool(value)
    if key in ("metadata", "waiters") and isinstance(value, str):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _without_nulls(row: Row, *but: str) -> dict[str, Any]:
    return {key: value for key, value in row.items() if value not in (None, "") and key not in but}

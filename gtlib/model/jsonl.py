"""A line of the interchange format as text: read with care, written byte for byte as trackers write it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from collections.abc import Mapping
from itertools import count
from typing import Any
from typing import BinaryIO

from gtlib.errors import UserError

LIMIT = 64 * 2**20  # bytes of a line, as trackers have it

_MARKERS = (b"<<<<<<<", b"|||||||", b"=======", b">>>>>>>")
_BOM = b"\xef\xbb\xbf"
# what Go's encoder never writes as it is, and half characters, which UTF-8 has no bytes for
_ESCAPED = re.compile("[<>&\u2028\u2029\ud800-\udfff]")
_ID = re.compile(r'\s*\{\s*"id"\s*:\s*"([^"\\]+)"')


def lines(stream: BinaryIO, limit: int = LIMIT) -> Iterator[tuple[int, bytes | None]]:
    """The lines of a file that say something, each with its number from 1; None for one that is too long."""
    for number in count(1):
        piece = stream.readline(limit)
        if not piece:
            return
        if len(piece) == limit and not piece.endswith(b"\n"):
            while piece and not piece.endswith(b"\n"):
                piece = stream.readline(limit)
            yield number, None
        elif text := (piece.removeprefix(_BOM) if number == 1 else piece).strip():
            yield number, text


def loads(raw: bytes) -> dict[str, Any]:
    """The object that a line is. UserError when it is none, or stands between a merge's conflict markers."""
    if raw.startswith(_MARKERS):
        raise UserError("it is a conflict marker of git", "mend the merge; both sides' lines were read")
    try:
        found = json.loads(raw.decode("utf-8"), parse_constant=_refuse)
    except UnicodeDecodeError as problem:
        raise UserError(f"it is not UTF-8 (byte {problem.start})", "save the file as UTF-8") from None
    except RecursionError:
        raise UserError("it is nested too deep", "write it flatter") from None
    except ValueError as problem:
        raise UserError(f"it is not JSON ({problem})", "mend the line") from None
    if not isinstance(found, dict):
        raise UserError("it is not a JSON object", "write one object a line")
    return found


def dumps(line: Mapping[str, Any]) -> str:
    """The object on one line, without a newline and without spaces."""
    return escaped(json.dumps(line, ensure_ascii=False, separators=(",", ":")))


def escaped(text: str) -> str:
    """A line of JSON as Go would have written it: these characters stand only in its texts."""
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def id_in(text: str) -> str:
    """The id that a line gives, "" when it gives none; the line is parsed only when it does not begin so."""
    found = _ID.match(text)
    if found:
        return found[1]
    try:
        line = loads(text.encode("utf-8", "surrogatepass"))
    except UserError:
        return ""
    id = line.get("id")
    return id if isinstance(id, str) else ""


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")

from __future__ import annotations

import pytest

from gtlib.model import kinds
from gtlib.model.memory import Memory
from gtlib.model.memory_line import line_of
from gtlib.model.memory_line import memory_of
from gtlib.rules.importing import Batch
from gtlib.rules.importing import Loose
from gtlib.rules.importing import Refused
from gtlib.rules.importing import moment
from gtlib.rules.importing import read_lines


def taken(*lines: str) -> Batch:
    return read_lines("x.jsonl", enumerate((line.encode() for line in lines), 1))


def line(id: str = "ex-1", title: str = "t", more: str = "") -> str:
    return f'{{"id":"{id}","title":"{title}"{more}}}'


@pytest.mark.parametrize(
    ("bad", "refused"),
    [
        ("{", Refused(2, "it is not JSON (Expecting property name enclosed in double quotes: line 1 column 2 (char 1))")),
        ("<<<<<<< HEAD", Refused(2, "it is a conflict marker of git")),
        ('{"title":"t"}', Refused(2, "it has no id")),
        ('{"id":"ex-1"}', Refused(2, "it has no title", "ex-1")),
        (line("../x"), Refused(2, "id: '../x' is not an id", "../x")),
        (line(more=',"priority":7'), Refused(2, "priority: 7 is not from 0 to 4", "ex-1")),
        (line(more=',"priority":"high"'), Refused(2, "priority: high is not from 0 to 4", "ex-1")),
        ('{"_type":"memory","value":"x"}', Refused(2, "it is a memory without a key")),
        ('{"_type":"memory","key":"a","value":3}', Refused(2, "it is a memory whose value is no text")),
    ],
)  # fmt: skip
def test_a_line_that_cannot_be_taken_stops_nothing(bad: str, refused: Refused) -> None:
    batch = taken(line("ex-a"), bad, line("ex-b"))
    assert batch.refused == [refused]
    assert list(batch.beads) == ["ex-a", "ex-b"]


def test_headers_and_what_is_unknown_are_skipped() -> None:
    batch = taken('{"_schema":"beads-jsonl/1"}', '{"_type":"event","id":"ex-1"}', line())
    assert (batch.skipped, list(batch.beads), batch.refused) == (2, ["ex-1"], [])


def test_of_lines_with_one_id_the_newest_counts_and_the_last_of_equals() -> None:
    older, newer = ',"updated_at":"2026-01-05T10:00:00Z"', ',"updated_at":"2026-01-05T10:00:00.000000001Z"'
    batch = taken(line(title="a", more=newer), line(title="b", more=older), line(title="c", more=newer))
    assert (batch.beads["ex-1"][0], batch.beads["ex-1"][1].title) == (3, "c")
    assert batch.repeated == [
        Refused(2, "line 1 has the same id and is as new or newer", "ex-1"),
        Refused(1, "line 3 has the same id and is as new or newer", "ex-1"),
    ]


def test_what_is_no_edge_is_told() -> None:
    raw = ',"dependencies":[{"depends_on_id":"no id","type":"blocks"},5,{"depends_on_id":"ex-2","type":"blocks"}]'
    batch = taken(line(more=raw))
    assert batch.loose == [Loose(1, "ex-1", "no id", "blocks"), Loose(1, "ex-1", "5", "")]
    assert batch.beads["ex-1"][1].needs == ("ex-2",)


def test_what_is_hooked_without_a_time_gets_one() -> None:
    batch = taken(line(more=',"status":"hooked","created_at":"2026-01-05T10:00:00Z"'))
    assert batch.beads["ex-1"][1].updated == "2026-01-05T10:00:00Z"


def test_times_are_compared_to_the_nanosecond_and_over_offsets() -> None:
    assert moment("2026-01-05T23:01:02.123456789-08:00") > moment("2026-01-06T07:01:02.123456788Z")
    assert moment("2026-01-05T23:01:02.1-08:00") == moment("2026-01-06T07:01:02.100Z")
    assert moment("soon") < moment("2026-01-05")


@pytest.mark.parametrize(
    ("called", "begins"),
    [("auth-jwt", "auth-jwt"), ("Auth uses: JWT?", "Auth-uses-JWT-"), ("../../x", "x-"), ("日本", "memory-")],
)
def test_a_memory_keeps_its_key_when_no_file_can_be_called_so(called: str, begins: str) -> None:
    raw = {"_type": "memory", "key": called, "value": "## Steps\n\nx"}
    memory = memory_of(raw)
    assert memory.key.startswith(begins)
    read = kinds.parse(kinds.path_of(memory), kinds.render(memory))
    assert isinstance(read, Memory)
    assert line_of(read) == raw

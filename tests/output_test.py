from __future__ import annotations

import io
import json
import sys
from datetime import UTC
from datetime import datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gtlib import output
from gtlib.errors import FileError
from gtlib.errors import UserError


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("plain\ttext\nline", "plain\ttext\nline"),
        ("Grüße, 世界 🚚", "Grüße, 世界 🚚"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b[2J\x1b[H\x1b[?25l", ""),
        ("\x1b]0;title\x07after", "after"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b]52;c;never ended", ""),
        ("\x9b31mred", "red"),
        ("\x1bcreset \x1b(0 \x1b", "reset  "),
        ("\x1b\x1b[31m", ""),
        ("over\rwritten\b\x00\x7f", "overwritten"),
        ("dos\r\nline", "dos\nline"),
        ("a\u202eb\u2066c\u200fd", "abcd"),
        ("\udcff", "\ufffd"),
    ],
)
def test_clean(text: str, cleaned: str) -> None:
    assert output.clean(text) == cleaned


@given(st.text(alphabet=st.one_of(st.characters(), st.sampled_from("\x1b\x9b\x9d[]()m0;\x07\\"))))
def test_nothing_that_steers_a_terminal_is_left(text: str) -> None:
    cleaned = output.clean(text)
    assert [char for char in cleaned if (char < " " and char not in "\n\t") or "\x7f" <= char <= "\x9f"] == []
    assert output.clean(cleaned) == cleaned


def test_table_off_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    output.table(
        ("id", "title", "left"), [("gt-a", "Fix\n[bold]it", 3), ("gt-bcd", "世界", None), ("gt-e", "", "x")]
    )
    assert capsys.readouterr().out == (
        "ID      TITLE         LEFT\n"
        "gt-a    Fix [bold]it  3\n"
        "gt-bcd  世界\n"
        "gt-e                  x\n"
    )  # fmt: skip


def test_table_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setenv("COLUMNS", "60")
    output.table(("id", "title"), [("gt-a", "[bold]it\x1b[31m"), ("gt-b", ":truck: 1")])
    assert terminal.getvalue().splitlines() == [
        "ID    TITLE",
        "gt-a  [bold]it",
        "gt-b  :truck: 1",
    ]


def test_what_people_copy_is_not_folded_on_a_narrow_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setenv("COLUMNS", "40")
    address = "a_long_project/polecats/a-long-name"
    output.table(
        ("id", "who", "title"), [("gt-abcdefgh.12", address, "Words that go on and on, over the end")]
    )
    assert terminal.getvalue().splitlines() == [
        "ID",
        "    WHO",
        "    TITLE",
        "gt-abcdefgh.12",
        f"    {address}",
        "    Words that go on and on, over the",
        "    end",
    ]


def test_empty_table(capsys: pytest.CaptureFixture[str]) -> None:
    output.table(("id", "title"), [])
    assert capsys.readouterr().out == ""


def test_next_steps(capsys: pytest.CaptureFixture[str]) -> None:
    output.next_steps(["gt ready", "gt sling gt-a\n rig"])
    assert capsys.readouterr().out == "next: gt ready\n      gt sling gt-a rig\n"


def test_progress_goes_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    output.progress("cloning\nx")
    assert capsys.readouterr() == ("", "cloning x\n")


class Thing(msgspec.Struct, frozen=True):
    id: str
    when: datetime
    tags: tuple[str, ...] = ()


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    thing = Thing("gt-ä", datetime(2026, 11, 20, tzinfo=UTC), ("a\x1b", "\udcff"))
    shape = {"id": "gt-ä", "when": "2026-11-20T00:00:00Z", "tags": ["a\x1b", "\ufffd"]}
    output.json_out(thing)
    assert json.loads(capsys.readouterr().out) == {**shape, "schema_version": 1}
    output.json_out([thing])
    assert json.loads(capsys.readouterr().out) == [shape]
    output.json_out([])
    assert capsys.readouterr().out == "[]\n"


def test_bare_json(capsys: pytest.CaptureFixture[str]) -> None:
    output.json_bare({"a": Thing("x", datetime(2026, 11, 20, tzinfo=UTC))})
    assert json.loads(capsys.readouterr().out) == {
        "a": {"id": "x", "when": "2026-11-20T00:00:00Z", "tags": []}
    }


def test_error(capsys: pytest.CaptureFixture[str]) -> None:
    output.error(UserError("no bead 'x\x1b[2J'", "see\ngt ready"))
    assert capsys.readouterr() == ("", "error: no bead 'x'; see gt ready\n")


def test_error_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    output.error(FileError("beads/gt-a.md", 3, 'a "b"', "mend it"), json=True)
    out, err = capsys.readouterr()
    assert (out, err) == ("", '{"error":"beads/gt-a.md:3: a \\"b\\"","hint":"mend it","schema_version":1}\n')


def test_a_stream_that_lacks_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    output.line("Grüße 🚚")
    sys.stdout.flush()
    assert raw.getvalue() == b"Gr\\xfc\\xdfe \\U0001f69a\n"


def test_count() -> None:
    assert [output.count(number, "bead") for number in (0, 1, 2)] == ["0 beads", "1 bead", "2 beads"]

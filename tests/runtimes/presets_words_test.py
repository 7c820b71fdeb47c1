"""Command lines: each word one argument, whatever is in it; what is not known leaves no flag behind."""

from __future__ import annotations

import pytest

from gtlib.runtimes.presets import preset
from gtlib.runtimes.presets import presets
from gtlib.runtimes.presets import words

START = ("--session-id", "{id}", "{flags}", "{prompt}")


def test_everything_has_its_place() -> None:
    assert words(START, ["-a", "b c"], "id-1", "do it") == ["--session-id", "id-1", "-a", "b c", "do it"]


def test_what_is_not_known_takes_its_flag_along() -> None:
    assert words(START, ["-a"]) == ["-a"]
    assert words(("resume", "{id}", "{flags}"), ["-a"]) == ["resume", "-a"]
    assert words(("-i", "{prompt}", "{flags}"), ["-a"], "id-1") == ["-a"]
    assert words(("--resume={id}", "{flags}"), []) == []


def test_a_prompt_that_follows_other_flags_takes_none_of_them() -> None:
    assert words(("exec", "{flags}", "{prompt}"), ["-c", "x"]) == ["exec", "-c", "x"]


def test_a_part_of_a_word() -> None:
    assert words(("--resume={id}", "{flags}", "--say={prompt}"), [], "id-1", "hi") == [
        "--resume=id-1", "--say=hi",
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["{id} {flags} {prompt}", "a\n'b' \"c\" $(d) `e`", "  ", "ü"])
def test_text_is_put_in_as_it_is(text: str) -> None:
    assert words(START, [text], "id-1", text) == ["--session-id", "id-1", text, text]


@pytest.mark.parametrize("name", presets())
def test_each_line_of_each_program_holds_what_it_is_for(name: str) -> None:
    lines = preset(name).lines
    for line in (lines.start, lines.resume, lines.headless, lines.headless_resume, lines.fork):
        found = words(line, ["FLAG"], "ID", "PROMPT")
        assert not [word for word in found if "{" in word.replace("{worktree}", "").replace("={", "=")]
        assert found.count("FLAG") == (1 if line else 0)
    for line in (lines.resume, lines.headless_resume, lines.fork):
        assert not line or any("ID" in word for word in words(line, [], "ID", "PROMPT"))
    for line in (lines.headless, lines.headless_resume, lines.fork):
        assert not line or any("PROMPT" in word for word in words(line, [], "ID", "PROMPT"))

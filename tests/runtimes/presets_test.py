"""The data of programs: complete, and consistent in itself."""

from __future__ import annotations

import re

import pytest

from gtlib.runtimes import presets
from gtlib.runtimes.presets import FLAGS
from gtlib.runtimes.presets import Preset

NAMES = (
    "amp", "auggie", "claude", "codex", "copilot", "cursor", "gemini", "omp", "opencode", "pi", "vibe",
)  # fmt: skip
EVENTS = {
    "start", "prompt", "before_tool", "after_tool", "compact", "stop", "stop_error", "interrupt", "end",
}  # fmt: skip
ALL = [presets.preset(name) for name in NAMES]
# The programs that were run: their screens are known.
SEEN = {"claude", "codex", "copilot", "gemini", "opencode", "pi"}


def test_which_there_are() -> None:
    assert tuple(presets.presets()) == NAMES


@pytest.mark.parametrize("program", ALL, ids=lambda program: program.name)
def test_every_program_can_be_started_and_gone_on_with(program: Preset) -> None:
    assert program.install and program.instructions and program.results and program.scrub
    assert FLAGS in program.lines.start and "{prompt}" in program.lines.start
    for line in (program.lines.resume, program.lines.headless_resume):
        assert FLAGS in line and any("{id}" in word for word in line)
    assert FLAGS in program.lines.headless and "{prompt}" in program.lines.headless
    assert program.sets_id == any("{id}" in word for word in program.lines.start)
    assert set(program.hooks.events) <= EVENTS
    assert bool(program.hooks.format) == bool(program.hooks.events)
    assert not program.autonomous or program.autonomous[0].startswith("-")
    assert bool(program.screen.ready) == (program.name in SEEN)
    assert bool(program.config_env or program.config_dir)
    assert not program.sandbox or "{command}" in program.probe


@pytest.mark.parametrize("program", ALL, ids=lambda program: program.name)
def test_patterns_are_patterns(program: Preset) -> None:
    screen = program.screen
    for pattern in (*screen.ready, *screen.not_ready, *screen.busy, *screen.dialogs, screen.busy_title):
        re.compile(pattern, re.MULTILINE)


@pytest.mark.parametrize("program", [each for each in ALL if each.known_flags], ids=lambda each: each.name)
def test_what_we_say_is_in_the_programs_help(program: Preset) -> None:
    lines = program.lines
    words = (
        *program.args, *program.autonomous, *program.sandbox, *program.sandbox_roots, *program.model,
        *program.effort, *program.hooks.flags, *lines.start, *lines.resume, *lines.headless,
        *lines.headless_resume, *lines.fork,
    )  # fmt: skip
    said = {word.partition("=")[0] for word in words if word.startswith("-")}
    assert said - set(program.known_flags) == set()


def test_a_word_without_its_value_is_left_out_with_its_flag() -> None:
    line = presets.preset("gemini").lines.start
    assert presets.words(line, ["-m", "x"]) == ["-m", "x"]
    assert presets.words(line, [], "id", "go on") == ["--session-id", "id", "-i", "go on"]
    assert presets.words(presets.preset("copilot").lines.resume, [], "id") == ["--resume=id"]

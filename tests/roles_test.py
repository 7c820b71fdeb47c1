"""The prompts of the roles: small, and every command that they name exists with those words and flags."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from gtlib.actions.prime import ROLES
from gtlib.cli.argv import parse
from gtlib.cli.registry import PROGRAMS
from gtlib.cli.registry import find
from gtlib.errors import UsageError
from gtlib.rules.prime import filled
from tests.support import ROOT

FOLDER = ROOT / "templates" / "roles"
GIT = {"add", "commit", "log", "status", "show", "stash", "reset"}
# Named already, and not there yet: empty when all of them are.
MISSING: tuple[str, ...] = ()

_SPAN = re.compile(r"`([^`]+)`")
_WHOLE = re.compile(r"whole=f?\"([^\"]+)\"")
VALUES = {"name": "toast", "rig": "proj", "address": "proj/polecats/toast", "town": "/t", "target": "main"}


def commands(text: str) -> list[str]:
    """The commands in code, one line each, with names filled in."""
    spans = (" ".join(span.split()) for span in _SPAN.findall(filled(text, VALUES)))
    return [span for span in spans if span.split()[0] in ("gt", "bd", "git")]


def wrong(command: str) -> str:
    """What the program says to such words; empty when it takes them."""
    program, *words = shlex.split(command)
    if program == "git":
        words = words[2:] if words[:1] == ["-C"] else words
        return "" if words[0] in GIT else f"git {words[0]}"
    try:
        found = find(PROGRAMS[program], words)
        assert found.command is not None, command
        parse(found.command, command, found.rest, PROGRAMS[program].flags)
    except UsageError as problem:
        return str(problem)
    return ""


def test_there_is_a_prompt_for_every_role() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(ROLES)


@pytest.mark.parametrize("role", ROLES)
def test_a_prompt_is_small_and_says_what_there_is(role: str) -> None:
    text = (FOLDER / f"{role}.md").read_text("utf-8")
    assert len(text) <= 4500 and len(text.splitlines()) <= 80
    assert text.count("`") % 2 == 0
    found = commands(text)
    assert found
    problems = {each: said for each in found if not each.startswith(MISSING) and (said := wrong(each))}
    assert problems == {}


def test_what_is_missing_is_missing() -> None:
    """Take a line out of MISSING as soon as its command is there."""
    named = [each for role in ROLES for each in commands((FOLDER / f"{role}.md").read_text("utf-8"))]
    for missing in MISSING:
        mine = [each for each in named if each.startswith(missing)]
        assert mine, f"{missing} is named nowhere"
        assert all(wrong(each) for each in mine), f"{missing} exists by now"


@pytest.mark.parametrize(
    "path", sorted((ROOT / "gtlib" / "rules").glob("prime*.py")), ids=lambda path: path.name
)
def test_what_our_own_words_name_exists(path: Path) -> None:
    said = path.read_text("utf-8").replace("{", "").replace("}", "")
    quoted = [
        each for each in (*_SPAN.findall(said), *_WHOLE.findall(said)) if each.startswith(("gt ", "bd "))
    ]
    assert {
        each: problem
        for each in quoted
        if not each.startswith(MISSING) and "(" not in each and (problem := wrong(each))
    } == {}


def test_the_check_can_fail() -> None:
    assert wrong("gt frobnicate") and wrong("bd create x --frob") and wrong("git push")
    assert commands("a `gt x\n  y` b `ls` `bd {{ name }}`") == ["gt x y", "bd toast"]

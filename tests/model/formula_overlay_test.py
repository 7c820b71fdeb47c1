from __future__ import annotations

import pytest

from gtlib.errors import FileError
from gtlib.model.formula import blob_hash
from gtlib.model.formula_overlay import parse_overlay
from gtlib.model.formula_parts import Overlay
from gtlib.model.formula_parts import Override
from gtlib.model.formula_source import FormulaErrors
from gtlib.model.formula_source import errors_of

PATH = "formula-overlays/ship.toml"


def all_wrong(text: str) -> list[str]:
    with pytest.raises(FileError) as caught:
        parse_overlay(PATH, text)
    return [str(error).removeprefix(f"{PATH}:") for error in errors_of(caught.value)]


def test_what_a_town_changes_in_a_formula() -> None:
    text = """\
# how we do it here
[[step-overrides]]
step_id = "test"
mode = "replace"
title = "Test it our way"
description = "make check"
run = ["make", "check"]
agent = "claude"

[[step-overrides]]
step_id = "review"
mode = "append"
description = "And ask Ada."
notes = "why"

[[step-overrides]]
step_id = "publish"
mode = "skip"
"""
    assert parse_overlay(PATH, text) == Overlay(
        path=PATH,
        overrides=(
            Override(
                step_id="test",
                mode="replace",
                title="Test it our way",
                description="make check",
                run=("make", "check"),
                agent="claude",
                line=2,
            ),
            Override(step_id="review", mode="append", description="And ask Ada.", line=10),
            Override(step_id="publish", mode="skip", line=16),
        ),
        hash=blob_hash(text),
        warnings=(f'{PATH}:14: unknown key `notes` of override "review"; it is kept and does nothing',),
    )


def test_an_empty_overlay_changes_nothing() -> None:
    assert parse_overlay(PATH, "") == Overlay(path=PATH, hash=blob_hash(""))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "[[step-overrides",
            ["1: not TOML: Expected ']]' at the end of an array declaration; mend the line"],
        ),
        (
            "step-overrides = 3",
            ["1: `step-overrides` is not a list of tables; write [[step-overrides]] above each override"],
        ),
        (
            "[[step-overrides]]\nmode = 'skip'\n",
            ['1: override 1 names no step; write step_id = "the id of the step"'],
        ),
        (
            "[[step-overrides]]\nstep_id = 'a'\n",
            ['1: override "a" has no mode; write replace, append or skip'],
        ),
        (
            "[[step-overrides]]\nstep_id = 'a'\nmode = 'apend'\n",
            ['3: unknown mode "apend" of override "a"; did you mean append?'],
        ),
        (
            "[[step-overrides]]\nstep_id = 'a'\nmode = 'burn'\nrun = []\n",
            [
                '3: unknown mode "burn" of override "a"; write replace, append or skip',
                '4: `run` of override "a" is empty; leave it out when nothing is run',
            ],
        ),
    ],
)
def test_what_is_wrong_with_an_overlay(text: str, said: list[str]) -> None:
    assert all_wrong(text) == said


def test_the_rest_is_shown_by_the_formula() -> None:
    with pytest.raises(FormulaErrors) as caught:
        parse_overlay(PATH, "[[step-overrides]]\n[[step-overrides]]\n")
    assert str(caught.value).endswith("; and 3 more; see them all: bd formula show ship --check")

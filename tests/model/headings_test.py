"""Headings of a molecule that are nearly right: told apart from text, and text stays what it was."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gtlib.model import check
from gtlib.model import kinds
from gtlib.model.check import Finding
from gtlib.model.headings import MOLECULE
from gtlib.model.headings import meant
from tests.support.world import molecule

PATH = "molecules/gt-mol-m.md"
HEAD = "---\ntitle: M\n---\n"


@pytest.mark.parametrize(
    ("word", "heading"),
    [
        *((each, "") for each in MOLECULE),
        *((each, "Steps") for each in ("Step", "Stepss", "Setps", "steps", "STEPS", "Steps:", "Stesp")),
        *((each, "Recipe") for each in ("Recipes", "Receipe", "recipe")),
        *((each, "Outputs") for each in ("Output", "Otuputs", "Ouput")),
        *((each, "Evidence") for each in ("Evidnce", "evidences")),
        *((each, "") for each in ("Stepping", "Tips", "Items", "Specs", "Sets", "Recap", "Inputs", "Tests", "Setup")),
    ],
)  # fmt: skip
def test_what_is_nearly_one_of_ours(word: str, heading: str) -> None:
    assert meant(word, MOLECULE) == heading


def findings(body: str, head: str = HEAD) -> tuple[Finding, ...]:
    return check.judge(PATH, (head + body).encode()).findings


def test_a_slip_is_refused_with_its_line() -> None:
    found = findings("Text.\n\n## Step\n\n- [ ] **one** One\n\n## Output \n")
    assert [each.plain for each in found] == [
        f"{PATH}:6: '## Step' begins no section (did you mean ## Steps? write \\## Step to keep it as text)",
        f"{PATH}:10: '## Output' begins no section (did you mean ## Outputs? write \\## Output to keep it as text)",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "## Stepping stones",
        "## Step one",
        "# Step",
        "### Step",
        "\\## Step",
        "```\n## Step\n```",
        "a ## Step",
    ],
)
def test_text_is_let_pass(text: str) -> None:
    assert (
        findings(f"{text}\n\n## Steps\n\n- [ ] **one** One\n\n  ## Step\n\n  ```\n  ## Output\n  ```\n") == ()
    )


def test_a_status_that_no_molecule_has_is_refused() -> None:
    (found,) = findings("", "---\ntitle: M\nstatus: opne\n---\n")
    assert found.plain == f"{PATH}:3: status is 'opne' (write open or closed)"


_LINES = st.sampled_from(
    [
        "## Step",
        "\\## Step",
        "\\\\## output ",
        "## Steps",
        "```",
        "~~~",
        "text",
        "",
        "\\",
        "## Stepping",
        "  ## Step",
    ]
)


@given(st.lists(_LINES, max_size=6).map("\n".join))
def test_every_text_is_kept(text: str) -> None:
    made = molecule("gt-mol-m", description=text)
    written = kinds.render(made)
    assert kinds.parse(PATH, written) == made
    assert check.judge(PATH, written.encode()).findings == ()

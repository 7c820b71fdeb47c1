from __future__ import annotations

import pytest

from gtlib.rules.lint import missing_sections
from tests.support.world import bead


@pytest.mark.parametrize(
    ("type", "text", "missing"),
    [
        ("task", "", ("Acceptance Criteria",)),
        ("task", "## acceptance criteria:\n- x", ()),
        ("task", "**Acceptance  Criteria**\n- x", ()),
        ("task", "The acceptance criteria are clear.", ("Acceptance Criteria",)),
        ("bug", "### Steps to Reproduce\n1. run", ("Acceptance Criteria",)),
        ("epic", "", ("Success Criteria",)),
        ("decision", "# Decision\n# Rationale #\n", ("Alternatives Considered",)),
        ("spike", "", ("Goal", "Findings")),
        ("chore", "", ()),
        ("question", "", ()),
    ],
)
def test_sections(type: str, text: str, missing: tuple[str, ...]) -> None:
    assert missing_sections(bead("pr-aa1", type=type, description=text)) == missing


def test_a_field_of_its_own_counts() -> None:
    assert missing_sections(bead("pr-aa1", acceptance="- once")) == ()
    assert missing_sections(bead("pr-aa1", type="bug", acceptance="- once")) == ("Steps to Reproduce",)

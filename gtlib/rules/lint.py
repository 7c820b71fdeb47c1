"""Sections that the text of a bead should have, by its type."""

from __future__ import annotations

import re

from gtlib.model.bead import Bead

ACCEPTANCE = "Acceptance Criteria"
SECTIONS: dict[str, tuple[str, ...]] = {
    "bug": ("Steps to Reproduce", ACCEPTANCE),
    "task": (ACCEPTANCE,),
    "feature": (ACCEPTANCE,),
    "story": (ACCEPTANCE,),
    "epic": ("Success Criteria",),
    "decision": ("Decision", "Rationale", "Alternatives Considered"),
    "spike": ("Goal", "Findings"),
}

_HEADING = re.compile(r"^[ \t]{0,3}(?:#{1,6}[ \t]+|\*\*)(.+?)(?:\*\*)?[ \t#]*:?[ \t]*$", re.MULTILINE)


def missing_sections(bead: Bead) -> tuple[str, ...]:
    """The sections that its type asks for and that neither its description nor a field of its own has."""
    headings = {_plain(found[1]) for found in _HEADING.finditer(bead.description)}
    if bead.acceptance.strip():
        headings |= {_plain(ACCEPTANCE), "success criteria"}
    return tuple(each for each in SECTIONS.get(bead.type, ()) if _plain(each) not in headings)


def _plain(heading: str) -> str:
    return " ".join(heading.strip(" \t*:#").lower().split())

from __future__ import annotations

import pytest
from msgspec.structs import replace

from gtlib.model.molecule import Step
from gtlib.rules.advance import advance
from gtlib.rules.flow import Flow
from tests.support.world import NOW
from tests.support.world import molecule
from tests.support.world import put
from tests.support.world import step
from tests.support.world import world

STAMP = "2026-11-20T07:59:00Z"


@pytest.mark.parametrize(
    ("steps", "status", "closed", "wanted"),
    [
        ([step("a", "done"), step("b", "skipped")], "open", "", ("closed", NOW)),
        ([step("a", "done"), step("b", "open")], "open", "", None),
        ([step("a", "done"), step("b", "failed")], "open", "", None),
        ([], "open", "", None),
        ([step("a", "done")], "closed", STAMP, None),
        # unticked after the end
        ([step("a", "open")], "closed", STAMP, ("open", "")),
        # closed by hand with open steps
        ([step("a", "open")], "closed", "", None),
        # reopened by hand without unticking
        ([step("a", "done")], "open", STAMP, None),
        # reopened by hand, then unticked: the next end counts again
        ([step("a", "open")], "open", STAMP, ("open", "")),
    ],
)
def test_end_of_the_steps(
    steps: list[Step], status: str, closed: str, wanted: tuple[str, str] | None
) -> None:
    before = molecule("pr-mol-aaaaa", *steps, status=status, closed=closed)
    edit = advance(world(before), NOW)
    if wanted is None:
        assert edit is None
        return
    status, closed = wanted
    found = put(edit)["molecules/pr-mol-aaaaa.md"]
    after = world(before).with_edit(edit) if edit else world(before)
    assert (found.status, found.closed) == wanted
    assert advance(after, NOW) is None


def test_a_broken_file_is_not_written() -> None:
    found = world(files={"molecules/pr-mol-aaaaa.md": "---\nid: [\n---\n"})
    assert advance(found, NOW) is None


def test_ready_steps_wait_for_their_needs() -> None:
    found = molecule(
        "pr-mol-aaaaa", step("a", "done"), step("b", "open", "a"), step("c", "open", "b"), step("d")
    )
    assert [each.id for each in Flow(world(found), found).ready()] == ["b", "d"]
    assert Flow(world(found), replace(found, steps=())).ready() == ()

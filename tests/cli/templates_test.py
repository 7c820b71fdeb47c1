"""Beads that are kept to be poured from are nobody's work."""

from __future__ import annotations

import pytest

from gtlib.errors import UserError
from gtlib.rules.change_bead import Changes
from gtlib.rules.change_bead import plan_update
from gtlib.rules.holding import Ledger
from gtlib.rules.kept import template_of
from gtlib.rules.ready import blocked
from gtlib.rules.ready import ready
from gtlib.store.town import Town
from tests.support import towns
from tests.support.asked import bd
from tests.support.asked import filed
from tests.support.asked import gt
from tests.support.asked import prints
from tests.support.world import NOW
from tests.support.world import bead
from tests.support.world import world

MOVE = (
    bead("pr-move", type="epic", labels=("template",)),
    bead("pr-move.1", parent="pr-move"),
    bead("pr-move.2", parent="pr-move", needs=("pr-move.1",)),
    bead("pr-move.1.1", parent="pr-move.1"),
    bead("pr-work", needs=("pr-flag.1",)),
    bead("pr-flag", template=True),
    bead("pr-flag.1", parent="pr-flag", labels=("words",)),
    bead("pr-turn", parent="pr-turn.1"),
    bead("pr-turn.1", parent="pr-turn"),
)


def test_what_is_below_a_template_is_no_work() -> None:
    snapshot = world(*MOVE)
    assert [each.id for each in ready(snapshot, NOW)] == ["pr-turn", "pr-turn.1"]
    assert [each.id for each, _ in blocked(snapshot)] == ["pr-work"]
    kept = {each.id for each in MOVE if template_of(Ledger(snapshot).find, each)}
    assert kept == {"pr-move", "pr-move.1", "pr-move.2", "pr-move.1.1", "pr-flag", "pr-flag.1"}


@pytest.mark.parametrize(("id", "said"), [("pr-move", "is a template"), ("pr-move.1.1", "is a part of")])
def test_nobody_claims_a_template(id: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        plan_update(world(*MOVE), [id], Changes(claim=True), "overseer", NOW)


def test_lists_hide_templates_until_they_are_asked_for(town: Town) -> None:
    filed(
        town,
        {
            "beads/hq-move.md": "---\ntitle: Move to {{street}}\ntype: epic\nlabels:\n  - template\n---\n",
            "beads/hq-move.1.md": "---\ntitle: Pack\nparent: hq-move\n---\n",
            "beads/hq-work.md": towns.bead("hq-work"),
        },
    )
    for words in (("ready",), ("list",), ("count",), ("status",), ("epic", "status")):
        assert "move" not in prints(*words)
    assert prints("count").split() == ["1"]
    assert "hq-move" not in gt("ready").stdout
    for words in (("--include-templates",), ("--parent", "hq-move"), ("--label", "template"), ("--all",)):
        assert "hq-move" in prints("list", *words)
    refused = bd("update", "hq-move.1", "--claim")
    assert refused.stderr == (
        "error: hq-move.1 is a part of the template hq-move, which nobody works on; "
        "pour it: bd mol pour hq-move\n"
    )

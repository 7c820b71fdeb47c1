from __future__ import annotations

from typing import Any

import pytest

from gtlib.model.agent import Session
from gtlib.model.edit import Edit
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules import registry
from gtlib.rules.claims import Claim
from gtlib.rules.claims import serve
from gtlib.rules.sessions import waiting_for
from gtlib.rules.trailer_claims import go_on
from tests.support.world import COMMIT
from tests.support.world import NOW
from tests.support.world import bead
from tests.support.world import closed_bead
from tests.support.world import committed
from tests.support.world import hook
from tests.support.world import hooked
from tests.support.world import letters
from tests.support.world import molecule
from tests.support.world import polecat
from tests.support.world import put
from tests.support.world import world

TOAST = "proj/polecats/toast"
AGENT = f"agents/{TOAST}.md"


def claim(kind: Any, value: str, **keys: Any) -> Claim:
    given = {"agent": TOAST, "commit": COMMIT, "key": f"k {kind} {value}", "rig": "proj", **keys}
    return Claim(kind=kind, value=value, **given)


def at_work(**keys: Any) -> Snapshot:
    on = hook("pr-x", **keys)
    session = Session(id="s-1", bead=ItemId("pr-x"), started=NOW)
    return world(
        hooked("pr-x"),
        bead("pr-y"),
        bead("pr-z"),
        closed_bead("pr-o"),
        polecat("toast", on, sessions=(session,)),
    )


def after(town: Snapshot, *claims: Claim) -> tuple[Snapshot, Edit | None]:
    edit = serve(town, claims, NOW)
    return committed(town, edit), edit


def test_a_blocked_hook_is_suspended_until_all_are_over() -> None:
    town, edit = after(at_work(), claim("blocked-by", "pr-y"), claim("blocked-by", "pr-z"))
    assert put(edit)["beads/pr-x.md"].needs == ("pr-y", "pr-z")
    agent = put(edit)[AGENT]
    assert agent.hook == hook("pr-x", state="suspended", waits_for=("pr-y", "pr-z"))
    assert (agent.sessions[-1].ended, agent.sessions[-1].outcome) == (NOW, "waits: for pr-y")
    assert waiting_for(agent) == "for pr-y, pr-z"
    assert go_on(town, NOW) is None
    half = committed(town, Edit(subject="x", put=(closed_bead("pr-y"),)))
    assert go_on(half, NOW) is None
    free = committed(half, Edit(subject="x", put=(closed_bead("pr-z"),)))
    edit = go_on(free, NOW)
    assert put(edit)[AGENT].hook == hook("pr-x")
    assert letters(edit) == {TOAST: "pr-x can go on"}
    # one effect undone by hand is not asked for again
    undone = committed(free, edit)
    by_hand = polecat("toast", hook("pr-x", state="suspended"))
    assert registry.run(committed(undone, Edit(subject="x", put=(by_hand,))), NOW) is None


def test_an_edge_that_is_taken_out_frees_too_and_so_does_a_person() -> None:
    town, _ = after(at_work(), claim("blocked-by", "pr-y"))
    edit = go_on(committed(town, Edit(subject="x", put=(hooked("pr-x"),))), NOW)
    assert put(edit)[AGENT].hook == hook("pr-x")
    person = polecat("toast", hook("pr-x", waits_for=("pr-y",)))
    edit = go_on(committed(town, Edit(subject="x", put=(person,))), NOW)
    assert (put(edit)[AGENT].hook, letters(edit)) == (hook("pr-x"), {})


@pytest.mark.parametrize(
    ("value", "keys", "needs", "state"),
    [
        ("pr-o", {}, ("pr-o",), "active"),  # over already
        ("pr-y", {"rig": ""}, ("pr-y",), "active"),  # in the town it is the edge alone
        ("pr-mol-a", {}, ("pr-mol-a",), "suspended"),
    ],
)
def test_what_needs_no_waiting(value: str, keys: dict[str, str], needs: tuple[str, ...], state: str) -> None:
    town = committed(at_work(), Edit(subject="x", put=(molecule("pr-mol-a"),)))
    town, _ = after(town, claim("blocked-by", value, **keys))
    found, agent = town.bead(ItemId("pr-x")), town.agent(TOAST)  # type: ignore[arg-type]
    assert found is not None and agent is not None and agent.hook is not None
    assert (found.needs, agent.hook.state) == (needs, state)


def test_a_queued_bead_gets_the_edge_and_the_hook_goes_on() -> None:
    town = world(
        hooked("pr-x"), hooked("pr-q"), bead("pr-y"), polecat("toast", hook("pr-x", queue=("pr-q",)))
    )
    edit = serve(town, [claim("blocked-by", "pr-y", bead="pr-q")], NOW)
    assert set(put(edit)) == {"beads/pr-q.md"}


def test_in_the_town_a_bead_is_named_or_on_the_hook() -> None:
    town = at_work()
    edit = serve(town, [claim("blocked-by", "pr-y", rig="", agent="overseer", bead="pr-z")], NOW)
    assert put(edit)["beads/pr-z.md"].needs == ("pr-y",)
    refused = serve(town, [claim("blocked-by", "pr-y", rig="", agent="overseer")], NOW)
    assert letters(refused) == {"overseer": "Refused: Blocked-By: pr-y"}


def test_one_letter_has_one_id_in_every_mailbox() -> None:
    to = ("mayor", "toast", "overseer")
    letter = {"to": to, "subject": "S", "body": "B", "letter": "l"}
    town, edit = after(at_work(), claim("mail-to", "mayor", **letter), claim("mail-to", "overseer", **letter),
                       claim("mail-to", "nope", **letter))  # fmt: skip
    assert edit is not None
    assert letters(edit) == {"mayor": "S", "overseer": "S", TOAST: "Refused: Mail-To: nope"}
    ((path, first),), ((_, second),) = (list(town.mail(each, "new")) for each in ("mayor", "overseer"))
    assert first == second and (first.sender, first.to, first.body) == (TOAST, ("mayor", "overseer"), "B")
    again = serve(town, [claim("mail-to", "mayor", **letter)], NOW)
    assert again is None and path.startswith("mail/mayor/new/")


@pytest.mark.parametrize("keys", [{"subject": ""}, {"subject": "S", "body": "x" * 70_000}])
def test_mail_that_says_nothing_or_too_much_is_refused(keys: dict[str, str]) -> None:
    edit = serve(at_work(), [claim("mail-to", "mayor", to=("mayor",), letter="l", **keys)], NOW)
    assert letters(edit) == {TOAST: "Refused: Mail-To: mayor"}


@pytest.mark.parametrize(
    ("value", "to"),
    [
        ("critical It burns", {"overseer", "mayor"}),
        ("HIGH It burns", {"overseer", "mayor"}),
        ("medium It burns", {"overseer"}),
        ("low It burns", {"overseer"}),
    ],
)
def test_an_escalation_is_filed_and_told_once(value: str, to: set[str]) -> None:
    town, edit = after(at_work(), claim("escalate", value))
    severity = value.partition(" ")[0].lower()
    assert letters(edit) == dict.fromkeys(to, f"{severity}: It burns")
    (filed,) = (item for path, item in put(edit).items() if path.startswith("escalations/"))
    assert (filed.severity, filed.source, filed.related) == (severity, TOAST, ("pr-x",))
    assert serve(town, [claim("escalate", value)], NOW) is None


@pytest.mark.parametrize("kind", ["blocked-by", "mail-to", "escalate"])
def test_a_branch_of_nobody_does_not_speak(kind: str) -> None:
    value = {"blocked-by": "pr-y", "mail-to": "mayor", "escalate": "high x"}[kind]
    edit = serve(at_work(), [claim(kind, value, agent="proj/crew/ghost", subject="S", to=("mayor",))], NOW)
    assert set(letters(edit)) == {"overseer"} and put(edit) == {}

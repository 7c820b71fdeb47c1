from __future__ import annotations

from pathlib import Path

import pytest

from gtlib.actions.mail_hook import mail_hook
from gtlib.actions.send import send
from gtlib.errors import UserError
from gtlib.names import Address
from gtlib.rules.post import Letter
from tests.support import rigged
from tests.support import towns

TOAST = Address("proj/polecats/toast")


def test_a_message_becomes_a_bead_on_ones_own_hook(tmp_path: Path) -> None:
    town, _, _ = rigged.make(tmp_path)
    towns.put(town, f"agents/{TOAST}.md", "---\nrole: polecat\n---\n")
    sent = send(town, Letter(to=(TOAST,), subject="Sweep", body="The floor.", priority=1), "mayor")
    with pytest.raises(UserError, match="mayor has no hook"):
        mail_hook(town, sent.id, town.root, Address("mayor"))
    message, slung = mail_hook(town, sent.id, town.root, TOAST)
    snapshot = town.snapshot()
    bead = snapshot.bead(slung.bead.id)
    assert bead is not None
    assert (bead.title, bead.description, bead.priority, bead.created_by, bead.external_ref) == (
        "Sweep", "The floor.", 1, "mayor", message.id,
    )  # fmt: skip
    assert (bead.status, bead.assignee) == ("hooked", TOAST)
    assert snapshot.exists(f"mail/{TOAST}/cur/{sent.id}.md")
    again = mail_hook(town, sent.id, town.root, TOAST)[1]
    assert (again.bead.id, again.new) == (bead.id, False)
    assert towns.status(town) == ""

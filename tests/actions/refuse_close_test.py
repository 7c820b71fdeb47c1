"""An agent that closes its own work by writing it into the file: refused, and told the way (promise 5)."""

from __future__ import annotations

from pathlib import Path

import pytest

from gtlib.actions.catch_up import catch_up
from gtlib.names import ItemId
from tests.support.towns import make_town
from tests.support.towns import put
from tests.support.towns import show
from tests.support.towns import status

NUX = "proj/polecats/nux"
BEAD = "---\nid: pr-x\ntitle: Work\nstatus: {}\nassignee: proj/polecats/nux\n---\n"
AGENT = f"---\naddress: {NUX}\nrole: polecat\nrig: proj\nhook:\n  state: active\n  bead: pr-x\n---\n"


@pytest.mark.parametrize(("who", "stays"), [(NUX, "hooked"), ("", "closed")])
def test_only_a_person_s_close_by_hand_is_obeyed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, who: str, stays: str
) -> None:
    town = make_town(tmp_path / "town")
    put(town, f"agents/{NUX}.md", AGENT)
    put(town, "beads/pr-x.md", BEAD.format("hooked"))
    if who:
        monkeypatch.setenv("GT_ROLE", who)
    put(town, "beads/pr-x.md", BEAD.format("closed"))
    assert f"status: {stays}\n" in show(town, "beads/pr-x.md")
    letters = [message.subject for _, message in town.snapshot().mail(NUX, "new")]
    assert letters == (["Refused: close of pr-x"] if who else [])
    assert status(town) == ""
    tip = town.tip()
    catch_up(town)
    assert town.tip() == tip
    bead = town.snapshot().bead(ItemId("pr-x"))
    assert bead is not None
    assert bool(bead.closed) == (not who)


def test_a_gt_role_that_is_no_address_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    town = make_town(tmp_path / "town")
    monkeypatch.setenv("GT_ROLE", "x<y>")
    put(town, "notes.txt", "mine\n")
    assert not (town.local / "logs" / "githook.log").exists()

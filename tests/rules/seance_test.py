"""Which sessions were, and who went before."""

from __future__ import annotations

import pytest

from gtlib.errors import UserError
from gtlib.model import kinds
from gtlib.model.agent import Agent
from gtlib.model.agent import Hook
from gtlib.model.agent import Session
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.names import ItemId
from gtlib.rules.seance import earlier
from gtlib.rules.seance import named
from gtlib.rules.seance import predecessor

TOAST, NUX, MAYOR = Address("proj/polecats/toast"), Address("proj/polecats/nux"), Address("mayor")


def session(id: str, day: int, bead: str = "pr-1", native: str = "", ended: bool = True) -> Session:
    start = f"2026-11-{day:02}T08:00:00Z"
    return Session(
        id=id, runtime="claude", native=native, started=start, ended=start if ended else "", bead=ItemId(bead)
    )


def a_town(hook: str = "pr-1") -> Snapshot:
    on = Hook(bead=ItemId(hook), state="active", since="2026-11-05T08:00:00Z")
    agents = (
        Agent(address=TOAST, hook=on, sessions=(
            session("s-1", 1, "pr-2", "n-1"), session("s-3", 3, native="n-3"), session("s-5", 5, ended=False),
        )),
        Agent(address=NUX, sessions=(session("s-2", 2, native="n-2"), session("s-4", 4))),
        Agent(address=MAYOR, sessions=(session("m-1", 1, "", "n-9"),)),
    )  # fmt: skip
    return Snapshot.of({kinds.path_of(each): kinds.render(each) for each in agents})


def ids(**wanted: str) -> list[str]:
    return [past.session.id for past in earlier(a_town(), **wanted)]


def test_by_agent_bead_rig_and_time() -> None:
    assert ids() == ["s-5", "s-4", "s-3", "s-2", "s-1", "m-1"]
    assert ids(agent=NUX) == ["s-4", "s-2"]
    assert ids(bead="pr-2") == ["s-1"]
    assert ids(rig="proj", since="2026-11-02T08:00:00Z", until="2026-11-04T07:00:00Z") == ["s-3", "s-2"]
    assert ids(agent="nobody") == []


def test_named_by_either_id() -> None:
    town = a_town()

    assert named(town, "s-3").address == TOAST
    assert named(town, "n-2").session.id == "s-2"
    assert named(town, "m").session.id == "m-1"
    for text, said in {
        "s-9": "no session 's-9'",
        "": "no session ''",
        "s-": "'s-' begins the ids of several sessions",
    }.items():
        with pytest.raises(UserError) as caught:
            named(town, text)
        assert caught.value.what == said


def test_the_last_one_before_mine_that_can_be_asked() -> None:
    assert predecessor(a_town(), TOAST, "s-5").session.id == "s-3"  # s-4 is later, and nobody knows its id
    assert predecessor(a_town(), TOAST, "").session.id == "s-3"
    assert predecessor(a_town(), MAYOR, "").session.id == "m-1"
    with pytest.raises(UserError) as caught:
        predecessor(a_town("pr-7"), TOAST, "s-5")
    assert caught.value.what == "there is no earlier session on pr-7"

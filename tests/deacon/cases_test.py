"""What files say is to be done about a session in a terminal: no screen is looked at."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from msgspec.structs import replace

from gtlib.actions import settle
from gtlib.deacon import rung
from gtlib.deacon.cases import Case
from gtlib.deacon.cases import case_of
from gtlib.deacon.rung import Rings
from gtlib.names import Address
from gtlib.rules import rings
from gtlib.rules.rings import Rung
from gtlib.runtimes import nudges
from gtlib.runtimes import pace
from gtlib.runtimes import runs
from gtlib.runtimes.runs import Run
from gtlib.runtimes.runs import State
from gtlib.store.town import Town
from tests.support import towns
from tests.support import working
from tests.support.working import TOAST

LONG = 1000.0
MAYOR = Address("mayor")


@pytest.fixture
def town(tmp_path: Path) -> Town:
    """A town with work on a hook, for which a session was started long ago that stopped long ago."""
    town = working.working_town(tmp_path, {"one": None})
    working.sling(town)
    hook = working.hook(town)
    began = time.time() - LONG
    run = Run(
        address=TOAST, bead=hook.bead, since=hook.since, mode="tmux", session="s-1", began=began, ended=False
    )
    runs.write(town.local, run)
    runs.write_state(
        town.local, TOAST, State(session="s-1", activity="idle", event="stop", at=began, turns=1)
    )
    return town


def state(town: Town, **changes: object) -> None:
    found = runs.read_state(town.local, TOAST)
    assert found is not None
    runs.write_state(town.local, TOAST, replace(found, **changes))


def case(town: Town, address: Address = TOAST) -> Case:
    run = runs.read(town.local, address)
    assert run is not None
    return case_of(town.local, town.snapshot(), working.agent(town, address), run)


def told(town: Town, ring: rings.Ring | None, ago: float, times: int = 1) -> None:
    """As if it had been told of that so often, last so long ago."""
    run = runs.read(town.local, TOAST)
    assert run is not None and ring is not None
    before = rung.read(town.local, run)
    kinds = {**before.kinds, ring.kind: Rung(ring.key, times, time.time() - ago)}
    rung.write(town.local, run, replace(before, kinds=kinds))


def kind(found: Case) -> str:
    return found.ring.kind if found.ring else found.end


def nudge(town: Town) -> None:
    nudges.put(town.local, TOAST, "mayor", "Look here", "normal")
    for path in nudges.folder(town.local, TOAST).glob("*.json"):
        text = path.read_text("utf-8")
        at = nudges.waiting(town.local, TOAST)[0].at
        path.write_text(text.replace(f'"at":{at}', f'"at":{at - LONG}'), "utf-8")


def mail(town: Town, id: str) -> None:
    text = f"---\nid: {id}\nfrom: mayor\nto: {TOAST}\nsubject: Hi\nsent: 2026-11-20T08:00:00Z\n---\nHi\n"
    towns.put(town, f"mail/{TOAST}/new/{id}.md", text)


def test_what_it_does_not_look_at_hides_its_work_from_nobody(town: Town) -> None:
    mail(town, "msg-aaaaa")
    found = case(town)
    assert kind(found) == "mail"
    told(town, found.ring, ago=1)
    work = case(town)
    assert kind(work) == "work"
    told(town, work.ring, ago=1)
    assert kind(case(town)) == ""
    mail(town, "msg-bbbbb")  # another reason, but the count for work stays
    told(town, work.ring, ago=rings.AGAIN_SECONDS, times=2)
    assert kind(case(town)) == "work"
    told(town, found.ring, ago=rings.AGAIN_SECONDS * 2, times=rings.MOST_RINGS)
    assert kind(case(town)) == "mail"
    told(town, work.ring, ago=rings.AGAIN_SECONDS, times=rings.MOST_RINGS)
    assert (case(town).end, case(town).why) == ("idle", "does not go on although told 3 times")


def test_mail_that_it_was_told_of_often_enough_is_passed_over(town: Town) -> None:
    mail(town, "msg-aaaaa")
    told(town, case(town).ring, ago=rings.AGAIN_SECONDS, times=rings.MOST_RINGS)
    found = case(town)
    assert kind(found) == "work"
    assert found.unheard == ("told 3 times of a mail, and did not look",)


def test_turns_that_bring_no_step_end_it(town: Town) -> None:
    state(town, steady=pace.STEADY - 1)
    assert kind(case(town)) == "work"
    state(town, steady=pace.STEADY)
    assert (case(town).end, case(town).why) == ("idle", "30 turns in a row brought no step to its end")


def test_turns_of_an_hour_are_bounded_whatever_they_are_for(town: Town) -> None:
    full = (int(time.time()) - 60,) * pace.HOURLY
    state(town, asked=full)
    assert (case(town).end, case(town).why) == ("idle", "120 turns in less than an hour")
    text = towns.show(town, f"agents/{TOAST}.md")
    towns.put(town, f"agents/{TOAST}.md", text[: text.index("hook:")] + "---\n")
    run = runs.read(town.local, TOAST)
    assert run is not None
    runs.write(town.local, Run(address=TOAST, mode="tmux", session="s-1", began=run.began, ended=False))
    mail(town, "msg-aaaaa")
    found = case(town)
    assert (kind(found), found.unheard) == ("", ("120 turns in less than an hour, it is told of nothing",))
    state(town, asked=tuple(each - 3600 for each in full))
    assert kind(case(town)) == "mail"
    # Without hooks the rings themselves are counted.
    runs.path(town.local, TOAST, runs.STATE).unlink()
    rung.write(town.local, run, Rings(session="s-1", asked=full))
    assert kind(case(town)) == ""


def test_who_waits_for_something_gives_its_place_to_others(town: Town) -> None:
    text = towns.show(town, f"agents/{TOAST}.md")
    towns.put(town, f"agents/{TOAST}.md", text.replace("state: created", "state: suspended"))
    assert (case(town).end, case(town).gone) == ("over", False)
    state(town, at=time.time())
    assert case(town).end == ""
    state(town, at=time.time() - LONG)
    nudge(town)
    found = case(town)
    assert kind(found) == "nudge"
    told(town, found.ring, ago=1, times=rings.MOST_RINGS)
    assert case(town).end == "over"


def test_whoever_suspends_its_work_begins_no_new_count(town: Town) -> None:
    run = runs.read(town.local, TOAST)
    assert run is not None
    text = towns.show(town, f"agents/{TOAST}.md")
    towns.put(town, f"agents/{TOAST}.md", text.replace("state: created", "state: suspended"))
    runs.write(town.local, replace(run, starts=7, attempts=1))
    settle.settle(town, "2026-11-20T08:00:00Z")
    found = runs.read(town.local, TOAST)
    assert found is not None and (found.ended, found.starts, found.attempts) == (True, 7, 1)

"""Nudges from being left to being read: by whom they are shown, and when they are shown again."""

from __future__ import annotations

import os
import time
from pathlib import Path

from gtlib.runtimes import nudges
from tests.support.nudging import is_taken

TOAST = "proj/polecats/toast"


def left(local: Path, *words: str) -> list[str]:
    return [nudges.put(local, TOAST, "mayor", each, "normal").id for each in words]


def waiting(local: Path) -> list[str]:
    return [each.message for each in nudges.waiting(local, TOAST)]


def stands(local: Path) -> dict[str, str]:
    return {nudge.message: where for nudge, where in nudges.known(local, TOAST)}


def grow_old(local: Path, seconds: float) -> None:
    for path in (local / "nudges").rglob("*.json"):
        os.utime(path, (0, time.time() - seconds))


def test_one_session_shows_it_and_its_next_sign_of_life_confirms(tmp_path: Path) -> None:
    (id,) = left(tmp_path, "one")
    assert [each.id for each in nudges.claim(tmp_path, TOAST, "s-1")] == [id]
    assert nudges.claim(tmp_path, TOAST, "s-2") == [] == nudges.claim(tmp_path, TOAST, "s-1")
    assert stands(tmp_path) == {"one": "claimed"} and not nudges.is_shown(tmp_path, TOAST, id)
    nudges.confirm(tmp_path, TOAST, "s-1")  # printed nothing yet
    nudges.note_shown(tmp_path, TOAST, "s-2")
    assert stands(tmp_path) == {"one": "claimed"}
    nudges.note_shown(tmp_path, TOAST, "s-1")
    assert nudges.is_shown(tmp_path, TOAST, id) and not is_taken(tmp_path, TOAST, id)
    nudges.confirm(tmp_path, TOAST, "s-1")
    assert is_taken(tmp_path, TOAST, id) and nudges.release(tmp_path, TOAST, "s-1") == 0
    assert waiting(tmp_path) == [] and list((tmp_path / "nudges").rglob("s-*")) == []


def test_what_was_not_confirmed_waits_again_when_the_session_is_over(tmp_path: Path) -> None:
    left(tmp_path, "one")
    nudges.claim(tmp_path, TOAST, "s-1")
    nudges.note_shown(tmp_path, TOAST, "s-1")
    left(tmp_path, "two")
    nudges.claim(tmp_path, TOAST, "s-1")
    left(tmp_path, "three")
    nudges.claim(tmp_path, TOAST, "../../x")
    assert nudges.release(tmp_path, TOAST, "s-1") == 2
    assert waiting(tmp_path) == ["one", "two"]
    assert nudges.release(tmp_path, TOAST, "../../x") == 1
    assert [each.message for each in nudges.claim(tmp_path, TOAST, "s-2")] == ["one", "two", "three"]


def test_or_after_a_while(tmp_path: Path) -> None:
    left(tmp_path, "one", "two")
    nudges.claim(tmp_path, TOAST, "s-1", chars=1)
    nudges.note_shown(tmp_path, TOAST, "s-1")
    nudges.claim(tmp_path, TOAST, "s-1")
    grow_old(tmp_path, nudges.CLAIM_SECONDS + 1)
    assert waiting(tmp_path) == ["two"]
    grow_old(tmp_path, nudges.PROOF_SECONDS + 1)
    assert waiting(tmp_path) == ["one", "two"]
    assert [each.message for each in nudges.claim(tmp_path, TOAST, "s-2")] == ["one", "two"]
    assert nudges.release(tmp_path, TOAST, "s-1") == 0 and waiting(tmp_path) == []


def test_as_many_as_have_room_and_one_at_least(tmp_path: Path) -> None:
    ids = left(tmp_path, "x" * 2000, "y" * 2000, "z" * 2000, "w")
    nudges.put(tmp_path, TOAST, "mayor", "now", "urgent")

    def next(**more: object) -> str:
        return "".join(each.message[0] for each in nudges.claim(tmp_path, TOAST, "s-1", **more))  # type: ignore[arg-type]

    assert next(only=ids[1]) == "y"
    assert next(chars=3000) == "nx"
    assert next(chars=10) == "z"
    assert next() == "w"


def test_what_is_old_goes(tmp_path: Path) -> None:
    left(tmp_path, "one", "two")
    nudges.claim(tmp_path, TOAST, "s-1", chars=1)
    nudges.note_shown(tmp_path, TOAST, "s-1")
    nudges.confirm(tmp_path, TOAST, "s-1")
    nudges.claim(tmp_path, TOAST, "s-1")
    grow_old(tmp_path, nudges.KEPT_SECONDS + 1)
    nudges.tidy(tmp_path, TOAST)
    assert list((tmp_path / "nudges").rglob("*.json")) == []

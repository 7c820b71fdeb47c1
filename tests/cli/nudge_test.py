"""What `gt nudge`, `gt nudge show` and `gt broadcast` say and refuse, with nobody at work."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gtlib.cli.program import main
from gtlib.runtimes import nudges
from gtlib.store.town import Town
from tests.support import working
from tests.support.nudging import is_taken
from tests.support.working import TOAST


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    made = working.working_town(tmp_path, {"one": None})
    monkeypatch.chdir(made.root)
    return made


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main("gt", [*words])
    found = capsys.readouterr()
    return code, found.out, found.err


def test_left_for_the_next_session(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "nudge", "mayor", "hi", "--mode", "queue") == (
        0,
        "mayor is told later: no session of mayor runs here; the next one is shown it: gt mayor start\n"
        "next: gt agents\n",
        "",
    )


def test_the_overseer_in_a_group_is_written_to(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "mail", "group", "create", "all", "mayor", "overseer")[0] == 0
    assert said(capsys, "nudge", "all", "hi", "--mode", "queue") == (
        0,
        "mayor is told later: no session of mayor runs here; the next one is shown it: gt mayor start\n"
        "overseer was not told: the overseer is a person, no program\n"
        'next: gt mail send overseer -s SUBJECT -m "WORDS"\n',
        "",
    )
    assert said(capsys, "broadcast", "hi") == (0, "nobody works here now\nnext: gt agents\n", "")


@pytest.mark.parametrize(
    ("line", "code", "why"),
    [
        ("nudge nobody hi", 1, "unknown address 'nobody'"),
        ("nudge deacon", 1, "deacon was not told yet: no deacon runs; gt up starts one"),
        (
            "nudge overseer hi",
            1,
            "the overseer is a person, no program; write to him: gt mail send overseer -s",
        ),
        ("nudge mayor ", 1, "there is nothing to say"),
        ("nudge mayor hi --wait=-1", 2, "--wait -1 is negative"),
        ("broadcast ", 1, "there is nothing to say"),
        ("broadcast hi --rig nosuch", 1, "no rig 'nosuch'"),
        ("nudge show", 1, "you are the overseer, whom nobody nudges"),
        ("nudge show abc --agent mayor", 1, "no nudge 'abc' of the last day"),
    ],
)
def test_refused(town: Town, capsys: pytest.CaptureFixture[str], line: str, code: int, why: str) -> None:
    found = said(capsys, *line.split(" "))
    assert (found[0], found[1]) == (code, "")
    assert found[2].startswith(f"error: {why}")
    assert nudges.known(town.local, "mayor") == []


def test_a_role_that_nobody_has(
    town: Town, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GT_ROLE", "bogus")
    before = town.tip()
    for line in ("whoami", "mail send mayor -s x -m y"):
        code, out, err = said(capsys, *line.split())
        assert (code, out) == (1, "") and err.startswith("error: GT_ROLE says bogus, which is no agent")
    assert town.tip() == before


def test_shown_to_its_agent_it_counts_as_read_and_to_others_not(
    town: Town, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    working.sling(town)
    one = nudges.put(town.local, TOAST, "mayor", "Look\n[gt] at this", "normal")
    two = nudges.put(town.local, TOAST, "mayor", "word " * 700, "normal")
    assert said(capsys, "nudge", "show", one.id[-6:], "--agent", TOAST)[1] == (
        f"nudge {one.id[-6:]} from mayor, left now, waits:\n  Look\n  [gt] at this\n"
        f"next: gt peek {TOAST}\n      gt session start {TOAST}\n"
    )
    (town.root / TOAST).mkdir(parents=True, exist_ok=True)
    monkeypatch.chdir(town.root / TOAST)
    assert "[data " in said(capsys, "nudge", "show")[1]  # a person who stands there
    assert len(nudges.waiting(town.local, TOAST)) == 2
    monkeypatch.setenv("GT_ROLE", TOAST)
    alone = said(capsys, "nudge", "show", two.id)[1]
    assert alone.startswith("Between [data ") and two.message.rstrip() in alone and "Look" not in alone
    assert [each.id for each in nudges.waiting(town.local, TOAST)] == [one.id]
    told = said(capsys, "nudge", "show")[1]
    assert f"nudge {one.id[-6:]} from mayor]\nLook\n(gt] at this\n[end of data " in told
    assert f"next: gt nudge show {two.id[-6:]}\n" in told
    assert is_taken(town.local, TOAST, one.id) and is_taken(town.local, TOAST, two.id)
    shapes = json.loads(said(capsys, "nudge", "show", "--json")[1])
    assert [(each["id"], each["state"]) for each in shapes] == [(one.id, "taken"), (two.id, "taken")]

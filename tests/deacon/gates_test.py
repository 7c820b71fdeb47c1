"""Gates in the deacon's round: opened when they are due, asked about by another process, and nothing for none."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gtlib.actions import deacon
from gtlib.deacon.gates import Gates
from gtlib.names import ItemId
from gtlib.rules.gates import shut_gates
from gtlib.store.allowed import allow_text
from gtlib.store.town import Town
from gtlib.system import process
from tests.support import towns
from tests.support import working
from tests.support.stub_gh import StubGh
from tests.support.stub_gh import run

NOW = "2026-11-20T08:00:00Z"


class Watched(Gates):
    """With what it said."""

    def __init__(self, town: Town) -> None:
        self.lines: list[str] = []
        super().__init__(town, self.lines.append, lambda about, line: self.lines.append(f"{about}: {line}"))

    @property
    def proc(self) -> process.Proc | None:
        return self._proc


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    monkeypatch.setenv("GT_NOW", NOW)
    return towns.make_town(tmp_path / "town")


def gate(town: Town, id: str, **keys: object) -> None:
    given = {"type": "gate", "created": "2026-11-20T07:00:00Z", **keys}
    path = f"beads/{id}.md"
    towns.write(town, path, towns.bead(id, "Gate it", **given))
    towns.git(town.root, "add", path)
    towns.git(town.root, "-c", "core.hooksPath=/dev/null", "commit", "-qm", "gate")


def shut(town: Town) -> list[str]:
    return [gate.id for gate in shut_gates(town.snapshot())]


def ended(gates: Watched) -> None:
    proc = gates.proc
    assert proc is not None
    working.wait(lambda: not process.alive(proc))


def test_a_town_without_gates_starts_nothing(town: Town) -> None:
    gate(town, "hq-old", status="closed", **{"await": "gh:run", "on": "'1'"})
    gates = Watched(town)
    tip = town.tip()
    gates.round()
    assert (gates.proc, gates.next, gates.lines, town.tip()) == (None, float("inf"), [], tip)


def test_what_is_due_opens_and_the_next_one_is_waited_for(town: Town) -> None:
    gate(town, "hq-a", **{"await": "timer", "timeout": "1h"})
    gate(town, "hq-b", **{"await": "timer", "timeout": "61m"})
    gate(town, "hq-c")
    gates = Watched(town)
    gates.round()
    assert (shut(town), gates.lines, gates.proc) == (["hq-b", "hq-c"], ["hq-a: open"], None)
    assert 50 < gates.next - time.monotonic() <= 60


def test_programs_are_asked_by_another_process_and_left_alone_for_a_while(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gh = StubGh(tmp_path / "bin", monkeypatch)
    gh.says("run view", run(7, "in_progress", ""))
    gate(town, "hq-a", **{"await": "gh:run", "on": "'7'"})
    gates = Watched(town)
    gates.round()
    ended(gates)
    assert gh.asked() == ["run view 7"]
    before = gates.proc
    gates.round()
    assert gates.proc == before
    gh.says("run view", run(7))
    monkeypatch.setenv("GT_NOW", "2026-11-20T08:01:00Z")
    gates.round()
    ended(gates)
    assert (shut(town), gh.asked()) == ([], ["run view 7"])
    last = towns.git(town.root, "log", "-1", "--format=%s%n%(trailers:key=Actor,valueonly)").split("\n")
    assert last[:2] == ["gate: hq-a run 7 ended: success", "deacon"]


def test_only_the_home_of_the_town_looks(town: Town) -> None:
    gate(town, "hq-a", **{"await": "timer", "timeout": "1h"})
    towns.write(
        town,
        "town.yaml",
        (town.root / "town.yaml").read_text().replace(f"home: {town.host}", "home: elsewhere"),
    )
    towns.git(town.root, "-c", "core.hooksPath=/dev/null", "commit", "-qam", "moved")
    assert town.snapshot().town.home == "elsewhere"
    Watched(town).round()
    assert shut(town) == ["hq-a"]


@pytest.fixture
def alive(tmp_path: Path) -> Iterator[Town]:
    town = towns.make_town(tmp_path / "alive")
    yield town
    deacon.down(town)


def test_the_deacon_opens_what_comes_true_while_it_watches(alive: Town) -> None:
    command = "test -e done.txt"
    allow_text(alive.local, command, "test")
    (alive.root / "done.txt").touch()
    deacon.up(alive)
    towns.put(
        alive, "beads/hq-a.md",
        towns.bead("hq-a", "Gate it", type="gate", created=NOW, metadata=f"\n  run: {command}", **{"await": "exec"}),
    )  # fmt: skip
    working.wait(
        lambda: (found := alive.snapshot().bead(ItemId("hq-a"))) is not None and found.status == "closed"
    )

"""Two clones work on one molecule and pull from each other with real git: one result, and no conflict."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from gtlib.model.cooked import Fan
from gtlib.model.outputs import read
from gtlib.model.snapshot import Snapshot
from tests.support import gitrepo
from tests.support.clones import files
from tests.support.clones import pair
from tests.support.clones import pull
from tests.support.flows import Run
from tests.support.flows import step

HOUSE = (".gitattributes",)
FANS = tuple(step(id, fan=Fan(output="xs", body=(step("w", run="true"),))) for id in ("a", "b"))
ROUNDS = (
    step("l.iter1.w"),
    step("l", "l.iter1.w", control="loop", until="w.output.ok == 'yes'", max=4, body=(step("w"),)),
    step("b"),
    step("z", "l", "b"),
)


class Both:
    """A molecule in two clones; `here` and `there` are what each makes of it."""

    def __init__(self, tmp_path: Path, make: Callable[[], Run]) -> None:
        self.here, self.there, self.merged = make(), make(), make()
        self.there.now = "2026-11-22T09:00:00Z"
        self.roots = pair(tmp_path, texts(self.here))

    def meet(self) -> Run:
        """Each commits what it made, and pulls; then the rules run."""
        for root, run in zip(self.roots, (self.here, self.there), strict=True):
            gitrepo.commit(root, "worked", dict.fromkeys(texts(self.merged)) | texts(run))
        assert [pull(root).code for root in self.roots] == [0, 0]
        found = [files(root) for root in self.roots]
        assert found[0] == found[1]
        town = {path: text for path, text in found[0].items() if path not in HOUSE}
        self.merged.put(Snapshot.of(town))
        assert self.merged.town.broken() == ()
        return self.merged


def texts(run: Run) -> dict[str, str]:
    return {path: text for path in run.town.paths("") if (text := run.town.text(path)) is not None}


def open_and_done(run: Run) -> tuple[set[str], set[str]]:
    ids = {
        state: {str(id) for id in run.flow.ids if run.flow.state(id) == state} for state in ("open", "done")
    }
    assert len(ids["open"] | ids["done"]) == len(run.flow.ids)
    return ids["open"], ids["done"]


@pytest.fixture(params=[False, True], ids=["list", "beads"])
def beads(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def test_outputs_of_two_steps(tmp_path: Path, beads: bool) -> None:
    both = Both(tmp_path, lambda: Run(step("a"), step("b"), step("c"), step("z", "a", "b"), beads=beads))
    both.here.done("a", k="1")
    both.there.done("b", k="2", text="Two words")
    both.here.done("c")
    both.there.done("c")
    found = both.meet()
    assert found.boxes() == "a[x] b[x] c[x] z[ ]"
    assert read(found.molecule.outputs) == {"a": {"k": 1}, "b": {"k": 2, "text": "Two words"}}


def test_two_fan_outs(tmp_path: Path, beads: bool) -> None:
    both = Both(tmp_path, lambda: Run(*FANS, step("z", "a", "b"), beads=beads))
    both.here.done("a", xs='["p", "q"]')
    both.there.done("b", xs='["r"]')
    found = both.meet()
    assert open_and_done(found) == ({"a.1.w", "a.1", "a.2.w", "a.2", "b.1.w", "b.1", "z"}, {"a", "b"})
    assert found.molecule.fanned == {"a": 2, "b": 1}


def test_a_fan_out_and_a_step(tmp_path: Path, beads: bool) -> None:
    both = Both(tmp_path, lambda: Run(*FANS, step("z", "a", "b"), step("y"), beads=beads))
    both.here.done("a", xs='["p"]')
    both.there.done("y", why="none")
    assert open_and_done(both.meet()) == ({"a.1.w", "a.1", "b", "z"}, {"a", "y"})


def test_the_same_round_and_one_more(tmp_path: Path, beads: bool) -> None:
    both = Both(tmp_path, lambda: Run(*ROUNDS, beads=beads))
    for run in (both.here, both.there):
        run.done("l.iter1.w", ok="no")
    both.there.done("l.iter2.w", ok="no")
    found = both.meet()
    assert found.boxes() == "l.iter1.w[x] l.iter2.w[x] l.iter3.w[ ] l[ ] b[ ] z[ ]"
    assert found.molecule.rounds == {"l": 3}


def test_the_same_round(tmp_path: Path, beads: bool) -> None:
    both = Both(tmp_path, lambda: Run(*ROUNDS, beads=beads))
    for run in (both.here, both.there):
        run.done("l.iter1.w", ok="no")
    both.there.done("b", k="1")
    assert both.meet().boxes() == "l.iter1.w[x] l.iter2.w[ ] l[ ] b[x] z[ ]"


def test_a_round_and_another_title(tmp_path: Path, beads: bool) -> None:
    both = Both(tmp_path, lambda: Run(*ROUNDS, beads=beads))
    both.here.done("l.iter1.w", ok="no")
    path = f"molecules/{both.there.id}.md"
    text = both.there.town.text(path) or ""
    both.there.put(Snapshot.of({**texts(both.there), path: text.replace("title: f\n", "title: Other\n")}))
    found = both.meet()
    assert (found.molecule.title, found.molecule.rounds) == ("Other", {"l": 2})
    assert found.boxes() == "l.iter1.w[x] l.iter2.w[ ] l[ ] b[ ] z[ ]"

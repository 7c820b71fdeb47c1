"""Long molecules, as a task list and poured: cook, pour, what each further step costs, and what they take on disk."""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from gtlib import clock
from gtlib import output
from gtlib.actions.catch_up import catch_up
from gtlib.actions.cooking import cooked
from gtlib.actions.install import install
from gtlib.actions.pour import pour
from gtlib.actions.step import step
from gtlib.lock import FileLock
from gtlib.model.edit import Edit
from gtlib.model.formula import Formula
from gtlib.model.molecule import Molecule
from gtlib.model.molecule import StepState
from gtlib.model.snapshot import Snapshot
from gtlib.names import StepId
from gtlib.rules.flow import Flow
from gtlib.rules.marks import with_states
from gtlib.store import formulas
from gtlib.store import packing
from gtlib.store.town import Town
from tests.bench import commands
from tests.bench.row import Row
from tests.support import hanoi
from tests.support.towns import git

SIZES = (1_025, 10_000)
STEPS = 80  # advanced one by one for one measurement
GOALS = {(10_000, False): "≤ 250 ms", (10_000, True): "≤ 60 ms"}


def rows(folder: Path, sizes: Sequence[int] = SIZES) -> list[Row]:
    """All rows, each molecule in a town of its own."""
    found: list[Row] = []
    for size in sizes:
        for beads in (False, True):
            found += Life(folder / f"molecule-{size}-{beads}", size, beads=beads).rows()
    return found


class Life:
    """One molecule from its formula to its last steps."""

    def __init__(self, folder: Path, size: int, *, beads: bool) -> None:
        self.size, self.beads = size, beads
        self.what = f"molecule of {size:,} steps, {'poured' if beads else 'a task list'}"
        output.progress(self.what)
        self.town = install(folder, "bench")
        path = folder / "formulas" / "hanoi.formula.toml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(hanoi.formula(size), encoding="utf-8")
        git(folder, "add", "-A")
        git(folder, "commit", "-q", "-m", "a formula")
        catch_up(self.town)
        self.ids = hanoi.ids(size)

    def rows(self) -> list[Row]:
        formula = formulas.find(self.town.root, None, "hanoi")
        cooking = _timed(lambda: cooked(self.town.root, formula, {}))
        empty = self._disk()
        made: list[Molecule] = []
        pouring = _timed(lambda: made.append(self._pour(formula)))
        poured = self._disk() - empty
        molecule = made[0]
        self.town = Town.open(self.town.root)
        packed = self._packed()
        first = self._advance(molecule, self.ids[:STEPS])
        each = (self._packed() - packed) / STEPS
        whole = self._whole(molecule, self.ids[STEPS : STEPS + 6])
        at = self.size * 9 // 10
        self._tick(molecule, self.ids[:at])
        last = self._advance(molecule, self.ids[at : at + STEPS])
        goal = GOALS.get((self.size, self.beads), "-")
        life = (packed - empty + each * self.size) / 1e6
        said = f"{poured / 1e6:.1f} MB, then {each / 1e3:.1f} kB a step: {life:.0f} MB in the end"
        return [
            Row(f"cook a {self.what}", f"{cooking:.0f} ms", "-", "-"),
            Row(f"pour a {self.what}", f"{pouring / 1000:.1f} s", "-", "≤ 4 s" if self.size > 2000 else "-"),
            Row(f"a step of a {self.what}, at the beginning", f"{first:.0f} ms", "-", goal),
            Row(
                f"a step of a {self.what}, when 9 of 10 are done", f"{last:.0f} ms", "-", "no more than that"
            ),
            Row(f"`gt mol step done` in a {self.what}", f"{whole:.0f} ms whole", "-", "-"),
            Row(f"on disk, a {self.what}", said, "-", "≤ 100 MB"),
        ]

    def _pour(self, formula: Formula) -> Molecule:
        return pour(self.town, formula, {}, "hq", "overseer", beads=self.beads)

    def _advance(self, molecule: Molecule, ids: Sequence[str]) -> float:
        """Median milliseconds of a step; the first ones warm up."""
        found = [_timed(partial(step, self.town, f"{molecule.id}.{id}", "overseer")) for id in ids]
        return statistics.median(found[5:])

    def _whole(self, molecule: Molecule, ids: Sequence[str]) -> float:
        words = (sys.executable, "-m", "gtlib.cli", "gt", "mol", "step", "done")
        runs = [commands.timed([*words, f"{molecule.id}.{id}"], self.town.root) for id in ids]
        return statistics.median([run.wall for run in runs if not isinstance(run, str)][1:])

    def _tick(self, molecule: Molecule, ids: Sequence[str]) -> None:
        """All of these in one commit."""

        def plan(snapshot: Snapshot) -> Edit | None:
            found = snapshot.molecule(molecule.id)
            assert found is not None
            flow = Flow(snapshot, found)
            states: dict[StepId, StepState] = {StepId(id): "done" for id in ids if flow.state(id) == "open"}
            put = with_states(flow, states, clock.stamp(clock.now()))
            return Edit(subject="many at once", put=tuple(put))

        self.town.apply(plan)
        catch_up(self.town)

    def _packed(self) -> int:
        with FileLock(self.town.local / "pack.lock"):
            packing.pack(self.town.root)
        return self._disk()

    def _disk(self) -> int:
        """Bytes that git's objects take."""
        found = 0
        for folder, _, names in os.walk(self.town.git_dir / "objects"):
            found += sum(os.stat(os.path.join(folder, name)).st_blocks * 512 for name in names)
        return found


def _timed(action: Callable[[], object]) -> float:
    """Milliseconds."""
    start = time.perf_counter()
    action()
    return (time.perf_counter() - start) * 1000

"""`bd mol ready`, and `gt mol show` of a bead, as people type them."""

from __future__ import annotations

from pathlib import Path

from tests.support import inside
from tests.support import towns


def test_the_steps_of_templates_are_not_ready(tmp_path: Path) -> None:
    town = towns.make_town(tmp_path)
    towns.put(
        town,
        "formulas/tidy.formula.toml",
        'formula = "tidy"\ndescription = "Tidy"\n[[steps]]\nid = "sweep"\ntitle = "Sweep"\n',
    )
    assert inside.run(town.root, "bd", "cook", "tidy", "--persist").code == 0
    assert inside.run(town.root, "bd", "mol", "ready").out == "no molecule can go on\n"

    assert inside.run(town.root, "bd", "mol", "pour", "hq-mol-tidy").code == 0
    [header, row] = inside.run(town.root, "bd", "mol", "ready").out.splitlines()
    assert header.split() == ["STEP", "TITLE", "OF"] and "hq-mol-tidy" not in row


def test_a_bead_that_is_closed_shows_the_molecule_that_it_had(tmp_path: Path) -> None:
    town = towns.make_town(tmp_path)
    towns.put(town, "beads/hq-done.md", towns.bead("hq-done", "Done"))
    towns.put(
        town,
        "molecules/hq-mol-done.md",
        "---\ntitle: How\nfor: hq-done\nstatus: closed\n---\n## Steps\n\n- [x] **sweep** Sweep\n",
    )
    assert inside.run(town.root, "gt", "mol", "show", "hq-done").out.startswith("hq-mol-done  How\n")

"""Three beads slung with one word land together; a dog does its chore in the town; nobody is left behind."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from gtlib.actions import deacon
from gtlib.names import ItemId
from gtlib.store.town import Town
from gtlib.system import process
from tests.support import gitrepo
from tests.support import gt
from tests.support import towns
from tests.support import working

SECONDS = 90.0
IDS = ("pr-aaaaa", "pr-bbbbb", "pr-ccccc")


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """Its formula makes a file for each bead."""
    script = 'echo "$issue" > "$issue.txt"'
    found = working.working_town(tmp_path, {"one": None})
    text = working.formula({"one": script}).replace(
        "[[steps]]", "[vars.issue]\nrequired = true\n\n[[steps]]", 1
    )
    towns.put(found, "formulas/chore.formula.toml", text)
    assert gt("allow", "--yes", "formulas/chore.formula.toml", cwd=found.root).returncode == 0
    for id in IDS:
        towns.put(found, f"beads/{id}.md", towns.bead(id, f"Do {id}"))
    try:
        yield found
    finally:
        deacon.down(found)


def test_three_beads_in_one_convoy_two_at_once(town: Town, tmp_path: Path) -> None:
    words = (*IDS, "proj", "--formula", "chore", "--max-concurrent", "2", "--json")
    ran = gt("sling", *words, cwd=town.root)
    assert ran.returncode == 0, ran.stderr
    shape = json.loads(ran.stdout)
    assert (shape["succeeded"], [each["waits"] for each in shape["beads"]]) == (3, [False, False, True])
    assert gt("up", cwd=town.root).returncode == 0

    def landed() -> bool:
        convoy = Town.open(town.root).snapshot().convoy(ItemId(shape["convoy"]))
        return convoy is not None and convoy.status == "closed"

    assert process.until(landed, SECONDS), gt("status", cwd=town.root).stdout
    snapshot = town.snapshot()
    beads = [snapshot.bead(ItemId(id)) for id in IDS]
    assert [each.status for each in beads if each is not None] == ["closed"] * 3
    said = [*reversed(towns.git(town.root, "log", "--format=%s").splitlines())]
    third = next(number for number, line in enumerate(said) if line.startswith("sling: pr-ccccc"))
    assert any(line.startswith("submit: ") for line in said[:third])  # when one of the two was through
    tree = gitrepo.git(tmp_path / "host.git", "ls-tree", "--name-only", "main").split()
    assert tree == ["README", *(f"{id}.txt" for id in IDS)]
    assert [letter.subject for _, letter in snapshot.mail("mayor", "new")] == [
        "Convoy landed: Work: Do pr-aaaaa and 2 more"
    ]
    assert gt("down", cwd=town.root).returncode == 0
    left = [each for each in psutil.process_iter(["cwd"]) if str(town.root) in (each.info["cwd"] or "")]
    assert left == []

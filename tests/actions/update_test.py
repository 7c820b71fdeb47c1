from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from gtlib.store.town import Town
from tests.support import towns


def at_once(town: Town, commands: list[tuple[str, list[str]]]) -> list[int]:
    """Run `bd` for each (role, words), all at the same time; their exit codes."""
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "gtlib.cli", "bd", *words],
            cwd=town.root, env={**os.environ, "GT_ROLE": role}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        for role, words in commands
    ]  # fmt: skip
    return [each.wait(timeout=60) for each in running]


def test_a_bead_that_many_claim_has_one_holder(tmp_path: Path) -> None:
    town = towns.make_town(tmp_path / "town")
    towns.put(town, "beads/hq-aaa11.md", towns.bead("hq-aaa11"))
    roles = ["mayor", "deacon", "overseer", "proj/witness"]
    codes = at_once(town, [(role, ["update", "aaa11", "--claim"]) for role in roles])
    assert sorted(codes) == [0, 1, 1, 1]
    winner = roles[codes.index(0)]
    assert f"\nassignee: {winner}\n" in towns.show(town, "beads/hq-aaa11.md")
    assert towns.status(town) == ""


def test_labels_added_at_the_same_time_are_all_kept(tmp_path: Path) -> None:
    town = towns.make_town(tmp_path / "town")
    towns.put(town, "beads/hq-aaa11.md", towns.bead("hq-aaa11"))
    codes = at_once(town, [("overseer", ["update", "aaa11", "--add-label", name]) for name in "abcd"])
    assert codes == [0, 0, 0, 0]
    assert "labels:\n  - a\n  - b\n  - c\n  - d\n" in towns.show(town, "beads/hq-aaa11.md")


def test_only_what_is_changed_changes_in_the_file(tmp_path: Path) -> None:
    town = towns.make_town(tmp_path / "town")
    text = (
        "---\n# mine\ntitle: 'A bead'   # quoted\nid: hq-aaa11\nzzz: kept\npriority: 2\n---\n"
        "Text.\n\n## My own heading\nMore.\n"
    )
    towns.put(town, "beads/hq-aaa11.md", text)
    assert at_once(town, [("overseer", ["update", "aaa11", "-p", "1"])]) == [0]
    assert towns.show(town, "beads/hq-aaa11.md") == text.replace("priority: 2", "priority: 1")

"""What a commit in the town is refused for."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from gtlib.errors import UserError
from gtlib.store.roots import find_root
from tests.support import towns

REFUSED = "gt: nothing was committed; mend that, or commit anyway with --no-verify\n"


def commit(root: Path) -> tuple[int, str]:
    done = subprocess.run(
        ["git", "commit", "-q", "-m", "x"], cwd=root, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stderr


def test_text_that_is_not_utf8(tmp_path: Path) -> None:
    town = towns.make_town(tmp_path / "town")
    tip = town.tip()
    (town.root / "beads" / "hq-a.md").write_bytes(b"---\ntitle: A\n---\ncaf\xe9\n")
    towns.git(town.root, "add", "beads")
    said = "gt: beads/hq-a.md:4: the file is not UTF-8 text; save it as UTF-8\n"
    assert commit(town.root) == (1, said + REFUSED)
    assert town.tip() == tip


def test_a_link_and_a_repository_are_no_files(tmp_path: Path) -> None:
    town = towns.make_town(tmp_path / "town")
    tip = town.tip()
    (tmp_path / "real.md").write_text(towns.bead("hq-a"), encoding="utf-8")
    (town.root / "beads" / "hq-a.md").symlink_to(tmp_path / "real.md")
    towns.git(town.root, "add", "beads")
    towns.git(town.root, "update-index", "--add", "--cacheinfo", f"160000,{tip},beads/hq-b.md")
    said = "".join(
        f"gt: beads/{name}.md:1: this is {what}, which the town does not follow; "
        f"put a file with the text itself in its place, then git add beads/{name}.md\n"
        for name, what in (("hq-a", "a link"), ("hq-b", "a repository of its own"))
    )
    assert commit(town.root) == (1, said + REFUSED)
    assert town.tip() == tip


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"x = [", "1: not TOML: Invalid value; mend the line"),
        (b"x = 1\n\xff", "2: the file is not UTF-8 text; save it as UTF-8"),
    ],
)
def test_a_formula_that_nothing_can_read(tmp_path: Path, text: bytes, said: str) -> None:
    town = towns.make_town(tmp_path / "town")
    (town.root / "formulas" / "bad.formula.toml").write_bytes(text)
    towns.write(town, "formulas/later.formula.toml", "formula = 'later'\ntype = 'expansion'\n")
    towns.git(town.root, "add", "formulas")
    later = (
        "gt: formulas/later.formula.toml:2: warning: this version does not yet run formulas of type expansion; "
        "write it as a workflow with [[steps]]\n"
    )
    assert commit(town.root) == (1, f"gt: formulas/bad.formula.toml:{said}\n{later}{REFUSED}")
    towns.git(town.root, "rm", "-q", "--cached", "formulas/bad.formula.toml")
    assert commit(town.root) == (0, later)


def test_a_town_keeps_its_town_yaml(tmp_path: Path) -> None:
    town = towns.make_town(tmp_path / "town")
    towns.git(town.root, "rm", "-q", "town.yaml")
    said = (
        "gt: town.yaml:1: without this file nothing here is a town; "
        "git checkout HEAD -- town.yaml brings it back\n"
    )
    assert commit(town.root) == (1, said + REFUSED)
    with pytest.raises(UserError) as lost:
        find_root(town.root / "beads", {})
    assert str(lost.value) == (
        f"{town.root} has lost its town.yaml; git -C {town.root} checkout HEAD -- town.yaml, "
        "or git revert the commit that took it"
    )
    towns.git(town.root, "checkout", "HEAD", "--", "town.yaml")
    assert find_root(town.root / "beads", {}) == town.root

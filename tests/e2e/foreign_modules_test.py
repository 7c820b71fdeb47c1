"""A file in the town or in a project that has the name of a library is never run by us."""

from __future__ import annotations

import subprocess
from pathlib import Path

from gtlib.model.molecule import Molecule
from tests.support import rigged
from tests.support import towns

TRAP = "from pathlib import Path\nPath({sprung!r}).write_text(__name__)\nraise SystemExit(9)\n"
NAMES = ("msgspec", "json", "pygit2", "gtlib", "pre_commit")


def trap(folder: Path, sprung: Path) -> None:
    for name in NAMES:
        (folder / f"{name}.py").write_text(TRAP.format(sprung=str(sprung)))


def commit(folder: Path, message: str) -> None:
    subprocess.run(["git", "add", "-A"], cwd=folder, check=True)
    subprocess.run(["git", "commit", "-q", "-m", message], cwd=folder, check=True)


def test_git_hooks_run_no_module_of_the_folder_they_stand_in(tmp_path: Path) -> None:
    town, _, _ = rigged.make(tmp_path)
    rigged.bead(town, "pr-aaaaa", "Do it")
    rigged.slung(town, "pr-aaaaa", "proj/toast")
    sprung = tmp_path / "sprung"
    trap(town.root, sprung)
    (town.root / "beads" / "hq-one.md").write_text("---\ntitle: One\nstatus: closed\n---\n")
    commit(town.root, "a bead, and traps")
    tree = town.root / "proj" / "polecats" / "toast"
    trap(tree, sprung)
    commit(tree, "traps\n\nStep: load-context\n")
    assert not sprung.exists()
    (molecule,) = town.snapshot().molecules()
    assert isinstance(molecule, Molecule)
    assert [step.id for step in molecule.steps if step.state == "done"] == ["load-context"]
    assert towns.status(town) == ""

"""A town with the project `proj` in it, made by the real commands' actions, and beads to sling."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from gtlib.actions.rig_add import rig_add
from gtlib.actions.sling import Wish
from gtlib.actions.sling import sling
from gtlib.actions.slung import Slung
from gtlib.store.rig import Rig
from gtlib.store.town import Town
from tests.support import gitrepo
from tests.support import towns

SHELL_FORMULA = """\
formula = "chore"
version = 1

[vars.issue]
default = ""

[[steps]]
id = "one"
title = "One for {{issue}}"
run = ["touch", "one.txt"]

[[steps]]
id = "two"
title = "Two"
needs = ["one"]
run = "echo two > two.txt"
"""


def make(tmp_path: Path, files: Mapping[str, str | None] | None = None) -> tuple[Town, Rig, Path]:
    """The town, its rig `proj` (prefix pr), and the bare repository that the rig was added from."""
    project = gitrepo.make_repo(tmp_path / "project", files)
    host = gitrepo.make_bare(tmp_path / "host" / "project.git", project)
    town = towns.make_town(tmp_path / "town")
    config = rig_add(town, "proj", str(host), prefix="pr")
    return town, Rig(town.root, config), host


def bead(town: Town, id: str, title: str = "A bead", **fields: object) -> None:
    """A bead, committed by hand."""
    towns.put(town, f"beads/{id}.md", towns.bead(id, title, **fields))


def formula(town: Town, text: str = SHELL_FORMULA, name: str = "chore") -> None:
    """A formula of the town, committed by hand."""
    towns.put(town, f"formulas/{name}.formula.toml", text)


def slung(town: Town, id: str, target: str = "proj/toast", **wish: object) -> Slung:
    """Sling as the overseer does, from the town's folder."""
    return sling(town, id, target, Wish(**wish), town.root, "overseer")  # type: ignore[arg-type]


def subjects(town: Town) -> list[str]:
    """The subjects of the town's commits, the newest first."""
    return towns.git(town.root, "log", "--format=%s").splitlines()

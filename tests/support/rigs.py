"""Factories for rigs: a project with a remote, cloned into a folder that stands for the town."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from gtlib.model.config import RigConfig
from gtlib.names import RigName
from gtlib.store.rig import Rig
from gtlib.store.rig import clone
from tests.support import gitrepo


def make_rig(
    tmp_path: Path, files: Mapping[str, str | None] | None = None, *, bare_remote: bool = True
) -> tuple[Rig, Path]:
    """A rig `proj` and the project's checkout; its remote is a bare repository, or that checkout itself."""
    project = gitrepo.make_repo(tmp_path / "project", files)
    remote = project
    if bare_remote:
        remote = gitrepo.make_bare(tmp_path / "host" / "project.git", project)
        gitrepo.git(project, "remote", "add", "origin", str(remote))
        gitrepo.git(project, "fetch", "-q", "origin")
    town = tmp_path / "town"
    (town / ".git").mkdir(parents=True)
    branch = clone(str(remote), town / "proj")
    return Rig(town, RigConfig(name=RigName("proj"), prefix="pr", url=str(remote), branch=branch)), project

"""Two clones of one town, with the git program alone: no git hooks of ours, with or without the merge driver."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import NamedTuple

from gtlib import layout
from gtlib.actions import merge_setup
from tests.support import gitrepo
from tests.support.gitrepo import PERSON
from tests.support.gitrepo import git


class Done(NamedTuple):
    code: int
    said: str


def pair(tmp_path: Path, files: dict[str, str], *, driver: bool = True) -> tuple[Path, Path]:
    """Two clones with these files; each is the other's remote `other`."""
    first = gitrepo.make_repo(tmp_path / "one", {".gitattributes": layout.GITATTRIBUTES, **files})
    second = gitrepo.clone(first, tmp_path / "two")
    for here, there in ((first, second), (second, first)):
        git(here, "remote", "add", "other", str(there))
        git(here, "config", "merge.renames", "false")
        if driver:
            merge_setup.configure(here)
    return first, second


def run(cwd: Path, *words: str) -> Done:
    """git, which may fail; all that it and the driver print."""
    environ = {**os.environ, **PERSON, "GIT_EDITOR": "true"}
    done = subprocess.run(
        ["git", *words],
        cwd=cwd,
        env=environ,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    return Done(done.returncode, done.stdout + done.stderr)


def save(root: Path, path: str, *changes: tuple[str, str]) -> str:
    """Replace texts in a file and commit that."""
    text = (root / path).read_text("utf-8")
    for old, new in changes:
        assert old in text, (old, text)
        text = text.replace(old, new)
    return gitrepo.commit(root, f"changed {path}", {path: text})


def pull(root: Path) -> Done:
    """Merge what the other has."""
    return run(root, "pull", "-q", "--no-rebase", "--no-edit", "other", "main")


def files(root: Path) -> dict[str, str]:
    """What is committed."""
    names = git(root, "ls-tree", "-r", "--name-only", "HEAD").splitlines()
    return {name: git(root, "show", f"HEAD:{name}") for name in names}

"""Towns for tests: made by the real install, changed as a person would change them."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from gtlib import githook
from gtlib.actions import shims
from gtlib.actions.install import install
from gtlib.store.courtesy import Courtesy
from gtlib.store.indexlock import IndexLock
from gtlib.store.town import Town

PATTERNS: Path | None = None  # where the pattern towns stand; tests/conftest.py says it


def make_town(path: Path, name: str = "test") -> Town:
    """A fresh town at `path`: a copy of one that the real install made once for this process."""
    return copied(_pattern(name), path)


def copied(pattern: Path, path: Path) -> Town:
    """A copy of a town that stands in a `pattern_folder`."""
    shutil.copytree(pattern, path, symlinks=True, dirs_exist_ok=True)
    town = Town.open(path)
    git(path, "update-index", "-q", "--refresh")  # the copies have other inodes and times
    return town


def pattern_folder() -> Path:
    """A new folder for what is made once for this process, and copied by its tests."""
    return Path(tempfile.mkdtemp(prefix="pattern-", dir=PATTERNS))


@cache
def _pattern(name: str) -> Path:
    return install(pattern_folder() / "town", name).root


def git(root: Path, *words: str, check: bool = True, input: str | None = None) -> str:
    """Run the git program as a person would, git hooks and all; a while ago, when this returns.

    Who adds something has a commit to make, and is still at work.
    """
    said = at_work(root, *words, check=check, input=input)
    if words[0] not in ("add", "rm", "mv"):
        at_rest(root)
    return said


def at_work(root: Path, *words: str, check: bool = True, input: str | None = None) -> str:
    """The same of a person who goes on at once: a transition holds back for them."""
    done = subprocess.run(
        ["git", *words], cwd=root, text=True, encoding="utf-8", capture_output=True, input=input, check=False
    )
    if check and done.returncode:
        raise AssertionError(f"git {' '.join(words)}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def at_rest(root: Path) -> None:
    """As if the person who worked in this town had stopped a while ago: no transition holds back for them."""
    git_dir = root / ".git"
    if not (git_dir / "gt").is_dir():
        return
    courtesy = Courtesy(git_dir, IndexLock(git_dir), lambda: None)
    if courtesy.commit_in_progress():
        return  # of somebody else
    courtesy.remember()
    with contextlib.suppress(FileNotFoundError):
        os.utime(git_dir / "gt" / "mark", (0, 0))


def write(town: Town, path: str, text: str) -> Path:
    """Save a file in the checkout as an editor would."""
    target = town.root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
    return target


def put(town: Town, path: str, text: str, message: str = "by hand") -> None:
    """Save a file and commit it by hand."""
    write(town, path, text)
    git(town.root, "add", "--", path)
    commit(town.root, "-m", message, "--", path)


def commit(root: Path, *words: str) -> None:
    """`git commit`, with what the town's git hooks start done in this process, where it costs no start.

    For commits that a test needs but does not look at: that git runs the hooks is seen where `git` commits.
    """
    if not _hooked_as_installed(root):
        git(root, "commit", "--quiet", *words)
        return
    with contextlib.chdir(root), contextlib.redirect_stderr(io.StringIO()) as said:
        assert "--no-verify" in words or githook.main(["pre-commit"]) == 0, said.getvalue()
        at_work(root, "-c", f"core.hooksPath={root / 'no-hooks'}", "commit", "--quiet", *words)
        githook.main(["post-commit"])
    at_rest(root)


def _hooked_as_installed(root: Path) -> bool:
    """Whether the town's git hooks are ours and no others."""
    folder = root / ".git" / "hooks"
    return (
        not shims.missing(folder, shims.TOWN)
        and {path.name for path in folder.iterdir()} == {*shims.TOWN}
        and "hookspath" not in (root / ".git" / "config").read_text("utf-8").lower()
        and not (root / ".pre-commit-config.yaml").exists()
        and not (root / ".git" / "gt" / "journal").exists()
    )


def stranger(town: Town) -> str:
    """A commit that no branch has, as one that is being merged."""
    return git(town.root, "commit-tree", "-m", "elsewhere", "HEAD^{tree}").strip()


def status(town: Town) -> str:
    """`git status --porcelain`: empty when checkout and index stand at the branch."""
    return git(town.root, "status", "--porcelain")


def show(town: Town, path: str) -> str:
    """The file as the town's branch holds it."""
    return git(town.root, "show", f"HEAD:{path}")


def bead(id: str, title: str = "A bead", **fields: object) -> str:
    """The text of a bead's file; lists as Python lists."""
    lines = [f"id: {id}", f"title: {title}"]
    for key, value in fields.items():
        if isinstance(value, list):
            lines += [f"{key}:", *(f"  - {item}" for item in value)]
        else:
            lines.append(f"{key}: {value}")
    return "---\n" + "\n".join(lines) + "\n---\n"

"""Factories for real git repositories. They use the git program and nothing of gtlib."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

PERSON = {
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.com",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.com",
}


def git(cwd: Path, *args: str, env: Mapping[str, str] | None = None) -> str:
    """Run git as a person would; its output without the last line end."""
    done = subprocess.run(
        ["git", *args],
        cwd=cwd,
        env={**os.environ, **PERSON, **(env or {})},
        check=True,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    return done.stdout.rstrip("\n")


def write(folder: Path, files: Mapping[str, str | None]) -> None:
    """Write files below a folder; None deletes one."""
    for name, text in files.items():
        path = folder / name
        if text is None:
            path.unlink()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def commit(path: Path, message: str, files: Mapping[str, str | None] | None = None) -> str:
    """Write files, commit everything (an empty commit when there is nothing); the commit's id."""
    write(path, files or {})
    git(path, "add", "-A")
    git(path, "commit", "-q", "--no-verify", "--allow-empty", "-m", message)
    return head(path)


def make_repo(path: Path, files: Mapping[str, str | None] | None = None, branch: str = "main") -> Path:
    """A repository with one commit."""
    path.mkdir(parents=True, exist_ok=True)
    git(path, "init", "-q", "-b", branch)
    commit(path, "first", files if files is not None else {"README": "hello\n"})
    return path


def make_bare(path: Path, source: Path) -> Path:
    """A bare clone, as a git host has it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    git(source, "clone", "-q", "--bare", str(source), str(path))
    return path


def clone(source: Path, path: Path) -> Path:
    """A person's clone."""
    git(source, "clone", "-q", str(source), str(path))
    return path


def head(path: Path, rev: str = "HEAD") -> str:
    """A commit's id."""
    return git(path, "rev-parse", rev)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, byte for byte."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}

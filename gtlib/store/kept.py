"""A person's text that conflicts with a transition: kept, noted, and merged when they commit it.

Staged text that had to leave the index is saved under `refs/gt/rescue/desk/`. For worktree text
that stays, the version it was written against is noted in `.git/gt/kept.json`, so that their later
commit is merged from there and takes nothing back.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from gtlib import clock
from gtlib.model import threeway
from gtlib.model.edit import Edit
from gtlib.model.snapshot import Snapshot
from gtlib.store.desk import DeskStep
from gtlib.store.repo import Repo


class Kept(Struct, frozen=True):
    """The versions before and after the transitions that the person's text has not seen."""

    base: str | None
    theirs: str | None


def notes(local: Path) -> dict[str, Kept]:
    try:
        return msgspec.json.decode((local / "kept.json").read_bytes(), type=dict[str, Kept])
    except FileNotFoundError:
        return {}


def save(local: Path, kept: dict[str, Kept]) -> None:
    path = local / "kept.json"
    if not kept:
        path.unlink(missing_ok=True)
        return
    temporary = path.with_suffix(".new")
    temporary.write_bytes(msgspec.json.encode(kept))
    os.replace(temporary, path)


def keep(repo: Repo, local: Path, steps: tuple[DeskStep, ...]) -> tuple[str, ...]:
    """Note what these steps left lying; the lines tell the person."""
    lines = []
    known = notes(local)
    wanted = dict(known)
    for step in steps:
        if step.kept or step.path in known:
            base = known[step.path].base if step.path in known else step.base
            wanted[step.path] = Kept(base, step.new)
        if step.kept:
            lines.append(f"{step.path}: your uncommitted text stays; it is merged when you commit it")
    if wanted != known:
        save(local, wanted)
    staged = {step.path: step.staged for step in steps if step.staged}
    if staged:
        ref = _rescue(repo, staged)
        lines += [
            f"{path}: your staged text is kept in {ref}; see it: git show {ref}:{path}" for path in staged
        ]
    return tuple(lines)


def _rescue(repo: Repo, blobs: Mapping[str, str]) -> str:
    now = clock.now()
    who = repo.signature()
    commit = repo.commit(
        None, blobs, "staged text that a transition replaced\n", who, who, int(now.timestamp())
    )
    name = f"refs/gt/rescue/desk/{now:%Y%m%dT%H%M%S}-{commit[:7]}"
    repo.set_ref(name, commit)
    return name


def plan(repo: Repo, local: Path, snapshot: Snapshot) -> Edit | None:
    """Merge into the person's commits what their text had not seen; their own changes win."""
    files = []
    for path, note in notes(local).items():
        mine = snapshot.blob(path)
        if mine in (None, note.theirs, note.base) or note.base is None or note.theirs is None:
            continue
        texts = [
            (repo.blob(blob) or b"").decode("utf-8", "replace")
            for blob in (note.base, mine or "", note.theirs)
        ]
        merged = threeway.merge(path, texts[0], texts[1], texts[2], repo.merge_lines, mine_wins=True)
        if merged is not None and merged != texts[1]:
            files.append((path, merged))
    if not files:
        return None
    return Edit(subject=f"merge: {files[0][0]} with what happened meanwhile", files=tuple(files))


def forget(local: Path, snapshot: Snapshot, held: Callable[[str], str | None]) -> None:
    """Drop the notes on text that is committed and merged, or gone; `held(path)` is what the worktree has."""
    known = notes(local)
    left = {
        path: note
        for path, note in known.items()
        if snapshot.is_broken(path) or held(path) not in (None, snapshot.blob(path))
    }
    if left != known:
        save(local, left)

"""Saving what is in a worktree as a commit, without touching the worktree or its index."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Final

from msgspec import Struct

from gtlib.errors import UserError
from gtlib.names import CommitId
from gtlib.store.bare import Bare
from gtlib.system import git

RESCUE: Final = "refs/gt/rescue/"
_QUIET: Final = ("-c", "core.safecrlf=false", "-c", "advice.addEmbeddedRepo=false")
_SAVER: Final = {
    "GIT_AUTHOR_NAME": "gt",
    "GIT_AUTHOR_EMAIL": "gt@gt.invalid",
    "GIT_COMMITTER_NAME": "gt",
    "GIT_COMMITTER_EMAIL": "gt@gt.invalid",
}


class Worktree(Struct, frozen=True):
    """One linked worktree: its folder, and its administrative folder in the repository."""

    bare: Bare
    path: Path
    admin: Path

    def git(
        self, *args: str, check: bool = True, index: Path | None = None, input: bytes | None = None
    ) -> git.Result:
        """Run git here, whatever the folder's `.git` file says; `index` replaces its own. Raises GitError."""
        env = {"GIT_DIR": str(self.admin), "GIT_WORK_TREE": str(self.path)}
        if index is not None:
            env["GIT_INDEX_FILE"] = str(index)
        return git.run([*git.RIG_FLAGS, *args], self.path, check=check, input=input, env={**env, **_SAVER})


def save(tree: Worktree, label: str) -> CommitId | None:
    """Keep tracked, staged and untracked text as a commit under refs/gt/rescue/<label>/.

    None when a ref holds all of it already. Ignored files are not kept. The commit has been compared with the
    files when this returns. Raises GitError or UserError when anything is in doubt.
    """
    import tempfile  # 3 ms, which git hooks need not pay: they only look whether something is to be saved

    scratch = tree.bare.git_dir / "gt" / "tmp"
    scratch.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        head = tree.bare.commit(_head(tree))
        content = _content(tree, head, Path(folder) / "content")
        parents = [head] if head else []
        before = tree.git("rev-parse", head + "^{tree}").text if head else ""
        staged = _staged(tree, Path(folder) / "staged")
        if staged not in (None, before, content):
            parents.append(_commit(tree, str(staged), parents[:1], f"Staged in {label}"))
        parents.extend(_merging(tree))
        saved = None
        if content != before or len(parents) > 1 or not _kept(tree, head):
            saved = _commit(tree, content, parents, f"Saved from {label}")
            ref = f"{RESCUE}{label}/{saved[:12]}"
            # Saved in the same second by a run that was killed afterwards, it is the same commit.
            tree.bare.set_ref(ref, saved, tree.bare.commit(ref))
        stored = tree.bare.commit(f"{RESCUE}{label}/{saved[:12]}") if saved else head
        _compare(tree, stored, Path(folder) / "check")
        return saved


def _head(tree: Worktree) -> str:
    text = (tree.admin / "HEAD").read_text("utf-8").strip()
    return text.removeprefix("ref: ")


def _content(tree: Worktree, head: CommitId | None, index: Path) -> str:
    """The tree of the files as they are. A fresh index, so that no bit in the real one hides a change."""
    tree.git("read-tree", *([head] if head else ["--empty"]), index=index)
    if (tree.admin / "index").exists():
        # Tracked although ignored: `add -A` would pass them by.
        names = tree.git("ls-files", "-z", "-c", "-i", "--exclude-standard").out.split(b"\0")
        files = [name for name in names if name and _is_file(tree.path / os.fsdecode(name))]
        listed = b"".join(name + b"\0" for name in files)
        tree.git(*_QUIET, "update-index", "--add", "-z", "--stdin", index=index, input=listed)
    tree.git(*_QUIET, "add", "-A", index=index)
    entries = tree.git("ls-files", "-s", "-z", index=index).out.split(b"\0")
    for entry in entries:
        mode, _, rest = entry.partition(b" ")
        name = os.fsdecode(rest.partition(b"\t")[2])
        if mode == b"160000" and (tree.path / name / ".git").exists():
            raise UserError(
                f"{tree.path / name} is a repository of its own, which cannot be saved with the worktree",
                "keep what you need of it, remove it, and try again",
            )
    return tree.git("write-tree", index=index).text


def _staged(tree: Worktree, copy: Path) -> str | None:
    """The tree of the real index; None when there is none or it holds conflicts, which the files show."""
    index = tree.admin / "index"
    if not index.exists():
        return None
    shutil.copyfile(index, copy)
    if tree.git("ls-files", "-u", "-z", index=copy).out:
        return None
    return tree.git("write-tree", index=copy).text


def _merging(tree: Worktree) -> list[CommitId]:
    merging = tree.admin / "MERGE_HEAD"
    return [CommitId(line) for line in merging.read_text("ascii").split()] if merging.exists() else []


def _kept(tree: Worktree, head: CommitId | None) -> bool:
    return head is None or bool(tree.git("for-each-ref", "--count=1", "--contains", head).out)


def _commit(tree: Worktree, content: str, parents: list[CommitId], message: str) -> CommitId:
    words = [word for parent in dict.fromkeys(parents) for word in ("-p", parent)]
    return CommitId(tree.git("commit-tree", "--no-gpg-sign", "-m", message, *words, content).text)


def _compare(tree: Worktree, saved: CommitId | None, index: Path) -> None:
    """Refuse unless the saved commit, read back, is what the files are now."""
    tree.git("read-tree", *([saved] if saved else ["--empty"]), index=index)
    same = tree.git(*_QUIET, "update-index", "-q", "--refresh", check=False, index=index)
    others = tree.git("ls-files", "-z", "--others", "--exclude-standard", index=index).out
    if same.code != 0 or others:
        raise UserError(
            f"files in {tree.path} changed while they were saved", "end what works there, and try again"
        )


def _is_file(path: Path) -> bool:
    return path.is_symlink() or path.is_file()

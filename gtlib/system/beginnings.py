"""What a file was like when it came to be on one side of a merge."""

from __future__ import annotations

from pathlib import Path

from gtlib.system import git


def first_text(root: Path, path: str, side: str, other: str) -> str:
    """The text of the first version of `path` among what `side` has and `other` has not; empty for none.

    UnicodeDecodeError when it is no text.
    """
    words = ["rev-list", "--topo-order", side, f"^{other}", "--", path]
    commits = git.run(words, root, check=False).text.split()
    if not commits:
        return ""
    shown = git.run(["cat-file", "blob", f"{commits[-1]}:{path}"], root, check=False)
    return shown.out.decode("utf-8") if shown.code == 0 else ""

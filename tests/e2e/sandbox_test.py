"""The sandbox of the real codex lets an agent commit in its worktree, or is refused with the reason."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from gtlib.actions import sandbox
from gtlib.runtimes import programs
from gtlib.runtimes.presets import preset
from gtlib.system import git
from gtlib.system import process
from tests.support import gitrepo
from tests.support import programs as real

# As a session of ours says it: a HOME in memory is not to be seen from inside.
AGENT = {f"GIT_{who}_{what}": "toast@town" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


@pytest.fixture
def on_disk() -> Iterator[Path]:
    """A folder where a project may stand: codex has its own notion of /tmp, and of what is in memory."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        yield Path(folder).resolve()


def test_codex(on_disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODEX_HOME", str(tmp_path / "codex"))
    (tmp_path / "codex").mkdir()
    codex = replace(preset("codex"), command=str(real.codex()))
    project = gitrepo.make_repo(on_disk / "project", {"README": "hello\n"})
    tree = on_disk / "tree"
    git.run(["worktree", "add", "-q", str(tree), "-b", "work"], project)
    works = process.run([codex.command, "sandbox", "--", "true"], tree, timeout=30) == 0
    said = sandbox.probe(codex, tree)
    if not works:
        assert said.startswith(f"the sandbox of codex could not make a ref in {tree}: ")
        return
    assert said == ""
    assert git.run(["for-each-ref", "--format=%(refname)"], tree).text == "refs/heads/main\nrefs/heads/work"
    inside = [codex.command, "sandbox", *codex.sandbox[:2], *programs.root_flags(codex, tree), "--"]
    for words in (["commit", "-q", "--allow-empty", "-m", "from inside"], ["branch", "-m", "renamed"]):
        assert process.run([*inside, "git", *words], tree, AGENT, timeout=30) == 0
    assert git.run(["log", "-1", "--format=%s %D"], tree).text == "from inside HEAD -> renamed"

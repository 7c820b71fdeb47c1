"""Fact 12: claiming by pushing a ref with an empty lease."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.facts.support import Done
from tests.facts.support import git
from tests.facts.support import repository
from tests.facts.support import run
from tests.facts.support import tip

CLONES = 4
CLAIMS = 3


def ref(claim: str) -> str:
    return f"refs/gt/claims/{claim}"


def lease_push(claim: str, commit: str) -> list[str]:
    """The words of a push that creates the claim's ref and never moves one."""
    return ["git", "push", "-q", f"--force-with-lease={ref(claim)}:", "origin", f"{commit}:{ref(claim)}"]


def clones(folder: Path, count: int) -> tuple[Path, list[Path]]:
    """A bare repository and clones of it."""
    hub = folder / "hub.git"
    git(folder, "clone", "-q", "--bare", repository(folder / "seed"), hub)
    made = [folder / f"clone{number}" for number in range(count)]
    for path in made:
        git(folder, "clone", "-q", hub, path)
    return hub, made


def nonce(path: Path, claimant: str, parent: str = "") -> str:
    """A claimant's own commit on the empty tree."""
    tree = git(path, "mktree")
    return git(path, "commit-tree", tree, "-m", claimant, *(["-p", parent] if parent else []))


def push(path: Path, *words: str) -> Done:
    return run("git", "push", "--porcelain", *words, cwd=path)


def test_an_empty_lease_has_exactly_one_winner(tmp_path: Path) -> None:
    """Fact 12: of clones that claim at once with an empty lease exactly one wins; the ref says which."""
    hub, racers = clones(tmp_path, CLONES)
    for claim in (f"gt-{number}" for number in range(CLAIMS)):
        commits = [nonce(path, path.name) for path in racers]
        started = [
            subprocess.Popen(lease_push(claim, commit), cwd=path, stderr=subprocess.DEVNULL)
            for path, commit in zip(racers, commits, strict=True)
        ]
        codes = [process.wait(timeout=60) for process in started]
        assert sorted(codes) == [0] + [1] * (CLONES - 1)
        assert tip(hub, ref(claim)) == commits[codes.index(0)]


def test_a_plain_push_steals_with_a_descendant(tmp_path: Path) -> None:
    """Fact 12: a plain push silently steals a claim when the thief's commit descends from the holder's."""
    hub, (holder, thief) = clones(tmp_path, 2)
    held = nonce(holder, "holder")
    assert run(*lease_push("gt-1", held), cwd=holder).code == 0
    git(thief, "fetch", "-q", "origin", ref("gt-1"))
    stolen = nonce(thief, "thief", held)
    refused = push(thief, f"--force-with-lease={ref('gt-1')}:", "origin", f"{stolen}:{ref('gt-1')}")
    assert (refused.code, "[rejected] (stale info)" in refused.out) == (1, True)
    assert tip(hub, ref("gt-1")) == held
    assert push(thief, "origin", f"{stolen}:{ref('gt-1')}").code == 0
    assert tip(hub, ref("gt-1")) == stolen


def test_an_identical_commit_is_up_to_date(tmp_path: Path) -> None:
    """Fact 12: pushing the very commit that is there exits 0, even with the empty lease."""
    hub, (holder, other) = clones(tmp_path, 2)
    held = nonce(holder, "holder")
    assert run(*lease_push("gt-1", held), cwd=holder).code == 0
    git(other, "fetch", "-q", "origin", ref("gt-1"))
    for lease in ([], [f"--force-with-lease={ref('gt-1')}:"]):
        done = push(other, *lease, "origin", f"{held}:{ref('gt-1')}")
        assert (done.code, "[up to date]" in done.out) == (0, True)
    assert tip(hub, ref("gt-1")) == held

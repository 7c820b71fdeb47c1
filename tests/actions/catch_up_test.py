"""Several catch-ups at once: each claim is served once."""

from __future__ import annotations

from pathlib import Path

import pytest

from gtlib.actions import claims
from gtlib.actions.catch_up import catch_up
from gtlib.model.snapshot import Snapshot
from gtlib.store.town import Town
from tests.support import gitrepo
from tests.support import rigged
from tests.support import towns


def test_a_claim_that_another_served_meanwhile_is_not_served_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between its look at the claims and its turn to write, another serves them, and a person unticks the step."""
    town, _, _ = rigged.make(tmp_path)
    rigged.bead(town, "pr-aaaaa", "Do it")
    rigged.slung(town, "pr-aaaaa", "proj/toast")
    quiet = ("-c", "core.hooksPath=/dev/null")
    tree = town.root / "proj/polecats/toast"
    gitrepo.git(tree, *quiet, "commit", "-q", "--allow-empty", "-m", "x", "--trailer", "Step: load-context")
    collect = claims.collect

    def slow(at: Town, snapshot: Snapshot, actor: str) -> claims.Collected:
        found = collect(at, snapshot, actor)
        monkeypatch.undo()
        catch_up(Town.open(town.root))
        (file,) = (town.root / "molecules").glob("*.md")
        text = file.read_text(encoding="utf-8")
        assert text.count("- [x]") == 1
        file.write_text(text.replace("- [x]", "- [ ]"), encoding="utf-8")
        towns.git(town.root, *quiet, "commit", "-q", "-am", "not done")
        return found

    monkeypatch.setattr(claims, "collect", slow)
    catch_up(town)
    (molecule,) = town.snapshot().molecules()
    assert [step.state for step in molecule.steps] == ["open"] * 5
    assert towns.git(town.root, "log", "--format=%(trailers:key=Claim,valueonly)").split() != []
    assert towns.status(town) == ""

"""Work that a person brought to the target before it was handed in: closed on evidence, without a push."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from gtlib.actions.catch_up import catch_up
from gtlib.actions.done import done
from gtlib.actions.land import land
from gtlib.errors import UserError
from gtlib.model.merge import MergeRequest
from gtlib.store.rig import Rig
from gtlib.store.town import Town
from tests.support import gitrepo
from tests.support import towns
from tests.support import working
from tests.support.landings import make_scene
from tests.support.landings import submit
from tests.support.working import TOAST

NOW = "2026-11-20T08:00:00Z"
BRANCH = "polecat/toast/pr-work1"
NONE = f"{BRANCH} has no commit of its own; commit the work for pr-work1 first"


def slung(path: Path) -> tuple[Town, Path, Path]:
    """A town with a bead on the hook and its molecule's step ticked; the worktree; the project's checkout."""
    town = working.working_town(path, {"think": None}, gates={"test": f"touch {path}/ran"})
    working.sling(town)
    molecule = f"molecules/{working.molecule(town).id}.md"
    towns.put(town, molecule, towns.show(town, molecule).replace("- [ ]", "- [x]"))
    gitrepo.git(path / "project", "remote", "add", "origin", str(path / "host.git"))
    return town, town.root / TOAST, path / "project"


def rig_of(town: Town) -> Rig:
    [config] = town.snapshot().rigs()
    return Rig(town.root, config)


def fast_forward(project: Path) -> None:
    gitrepo.git(project, "merge", "-q", "--ff-only", "FETCH_HEAD")


def merge(project: Path) -> None:
    gitrepo.git(project, "merge", "-q", "--no-ff", "--no-edit", "FETCH_HEAD")


def squash(project: Path) -> None:
    gitrepo.git(project, "merge", "-q", "--squash", "FETCH_HEAD")
    gitrepo.commit(project, "squashed")


def brought(town: Town, project: Path, how: Callable[[Path], None]) -> str:
    """The polecat's branch in the target, by a person; the target's tip."""
    gitrepo.git(project, "fetch", "-q", str(rig_of(town).bare.git_dir), BRANCH)
    how(project)
    return published(town, project)


def published(town: Town, project: Path) -> str:
    gitrepo.git(project, "push", "-q", "origin", "main")
    rig_of(town).fetch()
    return gitrepo.head(project)


def refusal(town: Town) -> str:
    before = town.tip()
    with pytest.raises(UserError) as caught:
        done(town, TOAST, "", NOW)
    assert town.tip() == before
    return str(caught.value)


def request(town: Town) -> MergeRequest:
    [found] = town.snapshot().merges()
    return found


def status(town: Town) -> tuple[str, str]:
    """The bead's status and evidence."""
    [bead] = [each for each in town.snapshot().beads() if each.id == "pr-work1"]
    return bead.status, bead.evidence


@pytest.mark.parametrize("how", [fast_forward, merge, squash])
def test_it_closes_on_evidence_without_a_push(tmp_path: Path, how: Callable[[Path], None]) -> None:
    town, tree, project = slung(tmp_path)
    base = gitrepo.head(tree)
    source = gitrepo.commit(tree, "the work", {"new.txt": "new\n"})
    tip = brought(town, project, how)

    assert done(town, TOAST, "", NOW) is not None
    assert (request(town).source_commit, request(town).base) == (source, base)
    assert done(town, TOAST, "", NOW) is None
    outcome = land(town, "proj", NOW)

    assert outcome is not None and (outcome.status, outcome.commit) == ("landed", tip)
    assert status(town) == ("closed", tip)
    assert gitrepo.head(tmp_path / "host.git", "refs/heads/main") == tip
    assert not (tmp_path / "ran").exists()


def test_a_claim_that_nobody_noticed_before_the_push_is_served(tmp_path: Path) -> None:
    town, tree, project = slung(tmp_path)
    gitrepo.git(tree, "-c", "core.hooksPath=/dev/null", "commit", "-q", "--allow-empty", "-m", "plan")
    gitrepo.write(tree, {"new.txt": "new\n"})
    gitrepo.git(tree, "add", "-A")
    gitrepo.git(tree, "-c", "core.hooksPath=/dev/null", "commit", "-q", "-m", "work\n\nDone: pr-work1")
    tip = brought(town, project, fast_forward)

    catch_up(town)
    assert (request(town).source_commit, request(town).status) == (tip, "ready")
    land(town, "proj", NOW)
    assert status(town) == ("closed", tip)


def test_a_branch_that_only_followed_the_target_is_refused(tmp_path: Path) -> None:
    town, tree, project = slung(tmp_path)
    gitrepo.commit(project, "theirs\n\nDone: pr-work1", {"theirs.txt": "x\n"})
    published(town, project)
    assert refusal(town) == NONE
    gitrepo.git(tree, "merge", "-q", "--ff-only", "origin/main")
    assert refusal(town) == NONE
    catch_up(town)
    assert list(town.snapshot().merges()) == []


def test_what_was_taken_back_in_the_target_stays_open(tmp_path: Path) -> None:
    town, tree, project = slung(tmp_path)
    gitrepo.commit(tree, "the work", {"new.txt": "new\n"})
    brought(town, project, fast_forward)
    gitrepo.git(project, "revert", "--no-edit", "HEAD")
    tip = published(town, project)

    done(town, TOAST, "", NOW)
    outcome = land(town, "proj", NOW)

    assert outcome is not None and outcome.status == "blocked"
    assert status(town) == ("hooked", "")
    assert gitrepo.head(tmp_path / "host.git", "refs/heads/main") == tip


def test_a_request_edited_to_an_ancient_base_brings_no_landing(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    ancient = scene.tip()
    gitrepo.commit(scene.person, "theirs", {"theirs.txt": "x\n"})
    gitrepo.git(scene.person, "push", "-q", "origin", "main")
    scene.rig.fetch()
    submit(scene, "pr-1", {}, base=ancient)
    outcome = land(scene.town, "proj", NOW)
    assert outcome is not None and outcome.status == "blocked"
    assert scene.bead("pr-1").status == "hooked"

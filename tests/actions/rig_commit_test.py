"""Plain git in a rig's worktrees moves the town."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from gtlib.actions import shims
from gtlib.actions.catch_up import catch_up
from gtlib.actions.crew_add import crew_add
from gtlib.actions.rig_add import rig_add
from gtlib.model.molecule import Molecule
from gtlib.names import Address
from gtlib.names import ItemId
from gtlib.store.rig import Rig
from tests.support import gitrepo
from tests.support import rigged
from tests.support import towns

STEPS = ("load-context", "implement", "self-review", "test", "submit")
TOAST = Address("proj/polecats/toast")


class At:
    """A town whose polecat toast has pr-aaaaa on its hook, and its worktree."""

    def __init__(self, tmp_path: Path) -> None:
        self.town, self.rig, self.host = rigged.make(tmp_path)
        rigged.bead(self.town, "pr-aaaaa", "Do it")
        rigged.slung(self.town, "pr-aaaaa", "proj/toast")
        self.tree = self.town.root / "proj" / "polecats" / "toast"

    def molecule(self) -> Molecule:
        (found,) = self.town.snapshot().molecules()
        return found

    def ticked(self) -> dict[str, str]:
        """The steps that are done, with their evidence."""
        molecule = self.molecule()
        return {s.id: molecule.evidence.get(s.id, "") for s in molecule.steps if s.state == "done"}

    def refusals(self) -> list[str]:
        return [message.subject for _, message in self.town.snapshot().mail(TOAST, "new")]


@pytest.fixture
def at(tmp_path: Path) -> At:
    return At(tmp_path)


def git(tree: Path, *words: str, code: int = 0) -> str:
    """Run git with its hooks; what it and they said on stderr, and the exit status is checked."""
    done = subprocess.run(["git", *words], cwd=tree, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.returncode == code, done.stderr
    return done.stderr


def commit(tree: Path, message: str, *trailers: str) -> str:
    flags = [word for trailer in trailers for word in ("--trailer", trailer)]
    return git(tree, "commit", "-q", "--allow-empty", "-m", message, *flags)


def recorder(rig: Rig, tmp_path: Path) -> Path:
    """Let the shims' python be a script that writes down its calls; gives the record."""
    record, script = tmp_path / "record", tmp_path / "python"
    script.write_text(f'#!/bin/sh\necho "$@" >> {shlex.quote(str(record))}\n', encoding="utf-8")
    script.chmod(0o755)
    for name in shims.RIG:
        path = rig.hooks_dir() / name
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace(sys.executable, str(script)), encoding="utf-8")
    record.touch()
    return record


def test_an_ordinary_commit_runs_no_python(at: At, tmp_path: Path) -> None:
    crew_add(at.town, ["ada"], at.rig.config)
    ada = at.town.root / "proj" / "crew" / "ada"
    record = recorder(at.rig, tmp_path)
    tip = at.town.tip()
    for tree in (at.tree, ada):
        assert commit(tree, "Step by step we get there, and Done: is but a word") == ""
        assert git(tree, "commit", "-q", "--amend", "--allow-empty", "-m", "again") == ""
    assert commit(ada, "about it", "Bead: pr-aaaaa") == ""
    assert record.read_text(encoding="utf-8") == "" and at.town.tip() == tip

    speaking = (
        "Step: implement", "Done: pr-aaaaa", "Closes: pr-aaaaa", "Failed: implement it is red",
        "Blocked-By: pr-bbbbb", "Mail-To: mayor", "Escalate: low a question",
    )  # fmt: skip
    for trailer in speaking:
        commit(ada, "speaks", trailer)
    said = f"-P -m gtlib.githook rig-post-commit {ada}\n" * len(speaking)
    assert record.read_text(encoding="utf-8") == said


def test_a_python_that_is_gone_is_told_in_a_line(at: At) -> None:
    path = at.rig.hooks_dir() / "post-commit"
    path.write_text(path.read_text(encoding="utf-8").replace(sys.executable, "/gone/python"), "utf-8")
    assert commit(at.tree, "speaks", "Step: load-context") == (
        "gt: /gone/python is gone, nothing caught up; mend it with: gt doctor --fix\n"
    )


def test_a_polecats_commit_names_its_bead(at: At, tmp_path: Path) -> None:
    crew_add(at.town, ["ada"], at.rig.config)
    commit(at.tree, "work")
    assert gitrepo.git(at.tree, "log", "-1", "--format=%B") == "work\n\nBead: pr-aaaaa"
    commit(at.tree, "other", "Bead: pr-other")
    assert gitrepo.git(at.tree, "log", "-1", "--format=%B") == "other\n\nBead: pr-other"
    ada = at.town.root / "proj" / "crew" / "ada"
    commit(ada, "work")
    assert gitrepo.git(ada, "log", "-1", "--format=%B") == "work"


def test_a_step_is_ticked_with_the_commit_as_evidence(at: At) -> None:
    tip = at.town.tip()
    molecule = at.molecule().id
    said = commit(at.tree, "the plan", "Step: load-context")
    assert said == f"gt: step: {molecule} load-context done\n"
    evidence = gitrepo.head(at.tree)
    assert at.ticked() == {"load-context": evidence}
    log = towns.git(at.town.root, "log", "--format=%an%n%s%n%b", f"{tip}..").splitlines()
    assert log[:5] == [
        "proj/polecats/toast",
        f"step: {molecule} load-context done",
        "Event: step",
        "Bead: pr-aaaaa",
        f"Step: {molecule}.load-context",
    ]
    assert f"Caused-By: {evidence}" in log and towns.status(at.town) == ""
    commit(at.tree, "both", f"Step: {molecule}.implement", "Step: self-review")
    assert list(at.ticked()) == ["load-context", "implement", "self-review"]


def test_done_makes_the_merge_request_and_closes_waits_for_landing(at: At) -> None:
    # The trailers' order in one commit does not matter.
    steps = [f"Step: {step}" for step in STEPS]
    commit(at.tree, "all of it", "Done: pr-aaaaa", "Closes: pr-aaaaa", *steps)
    (request,) = at.town.snapshot().merges()
    assert (request.bead, request.branch, request.source_commit, request.base, request.target) == (
        "pr-aaaaa",
        "polecat/toast/pr-aaaaa",
        gitrepo.head(at.tree),
        at.rig.target_tip(),
        "main",
    )
    assert (request.status, request.agent) == ("ready", TOAST)
    agent, bead = at.town.snapshot().agent(TOAST), at.town.snapshot().bead(ItemId("pr-aaaaa"))
    assert agent is not None and agent.hook is not None and agent.hook.state == "completed"
    assert bead is not None and bead.status == "hooked"
    assert at.refusals() == []


def test_a_wrong_step_is_refused_and_mailed_back(at: At) -> None:
    assert commit(at.tree, "too early", "Step: test") == "gt: refuse: Step: test of proj/polecats/toast\n"
    assert commit(at.tree, "unknown", "Step: nope") == "gt: refuse: Step: nope of proj/polecats/toast\n"
    assert "gt: refuse: Done: pr-aaaaa of" in commit(at.tree, "done", "Done: pr-aaaaa")
    assert at.ticked() == {}
    assert sorted(at.refusals()) == ["Refused: Done: pr-aaaaa", "Refused: Step: nope", "Refused: Step: test"]
    bodies = [message.body for _, message in at.town.snapshot().mail(TOAST, "new")]
    assert any("Refused: test is not ready: it needs self-review" in body for body in bodies)
    assert catch_up(at.town).applied == ()


def test_somebody_elses_step_is_refused(at: At) -> None:
    rigged.bead(at.town, "pr-bbbbb")
    other = rigged.slung(at.town, "pr-bbbbb", "proj/nux").molecule
    assert other is not None
    said = commit(at.tree, "cheat", f"Step: {other.id}.load-context")
    assert said == f"gt: refuse: Step: {other.id}.load-context of proj/polecats/toast\n"
    again = at.town.snapshot().molecule(other.id)
    assert again is not None and again.steps == other.steps


def test_two_agents_say_the_same_in_the_same_second(at: At, monkeypatch: pytest.MonkeyPatch) -> None:
    rigged.bead(at.town, "pr-bbbbb")
    other = rigged.slung(at.town, "pr-bbbbb", "proj/nux")
    monkeypatch.setenv("GIT_AUTHOR_DATE", "1790000000 +0000")
    commit(at.tree, "the plan", "Step: load-context")
    commit(at.town.root / "proj" / "polecats" / "nux", "the plan", "Step: load-context")
    assert other.molecule is not None
    molecule = at.town.snapshot().molecule(other.molecule.id)
    assert molecule is not None and molecule.steps[0].state == "done"


def test_amend_and_rebase_do_not_serve_twice(at: At) -> None:
    commit(at.tree, "the plan", "Step: load-context")
    gitrepo.write(at.tree, {"work.txt": "work\n"})
    git(at.tree, "add", "-A")
    commit(at.tree, "work", "Step: implement")
    # What a person unticks stays so.
    path = f"molecules/{at.molecule().id}.md"
    text = (at.town.root / path).read_text(encoding="utf-8")
    towns.put(at.town, path, text.replace("- [x] **implement**", "- [ ] **implement**"), "not good enough")
    assert list(at.ticked()) == ["load-context"]
    tip = at.town.tip()
    git(at.tree, "commit", "-q", "--amend", "--no-edit")
    land_elsewhere(at)
    git(at.tree, "rebase", "-q", "origin/main")
    catch_up(at.town)
    assert at.town.tip() == tip and list(at.ticked()) == ["load-context"]


def land_elsewhere(at: At) -> None:
    """Somebody else's commit on the project's main branch, fetched."""
    person = gitrepo.clone(at.host, at.town.root.parent / "person")
    gitrepo.commit(person, "elsewhere", {"z": "z\n"})
    gitrepo.git(person, "push", "-q", "origin", "HEAD:main")
    at.rig.fetch()


def test_claims_wait_while_a_rebase_runs(at: At, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_EDITOR", "true")
    hooks = at.rig.hooks_dir()
    hooks.rename(hooks.with_name("hooks-aside"))
    commit(at.tree, "the plan", "Step: load-context")
    gitrepo.write(at.tree, {"z": "mine\n"})
    git(at.tree, "add", "-A")
    commit(at.tree, "work", "Step: implement")
    commit(at.tree, "no more")
    hooks.with_name("hooks-aside").rename(hooks)
    land_elsewhere(at)
    git(at.tree, "rebase", "-q", "origin/main", code=1)
    assert catch_up(at.town).applied == () and at.ticked() == {}
    gitrepo.write(at.tree, {"z": "both\n"})
    git(at.tree, "add", "-A")
    # The last commit does not speak, an earlier one does.
    git(at.tree, "rebase", "--continue")
    commits = gitrepo.git(at.tree, "log", "--reverse", "--format=%H", "origin/main..").splitlines()
    assert at.ticked() == {"load-context": commits[0], "implement": commits[1]}


def test_a_polecat_does_not_push_to_the_target(at: At) -> None:
    commit(at.tree, "work")
    before = gitrepo.head(at.host, "main")
    said = git(at.tree, "push", "-q", "origin", "HEAD:main", code=1)
    assert said.splitlines()[0] == "gt: polecats do not push to main; submit the branch with: gt done"
    assert gitrepo.head(at.host, "main") == before
    git(at.tree, "push", "-q", "origin", "HEAD:refs/heads/wip")
    assert gitrepo.head(at.host, "wip") == gitrepo.head(at.tree)
    crew_add(at.town, ["ada"], at.rig.config)
    ada = at.town.root / "proj" / "crew" / "ada"
    commit(ada, "a person may")
    git(ada, "push", "-q", "origin", "HEAD:main")


def test_a_branchs_name_is_never_run(tmp_path: Path) -> None:
    town = towns.make_town(tmp_path / "town")
    name = "a$(touch${IFS}ran)`touch${IFS}ran`'\"b"
    project = gitrepo.make_repo(tmp_path / "project", branch=name)
    config = rig_add(town, "proj", str(gitrepo.make_bare(tmp_path / "host.git", project)))
    rigged.bead(town, "pr-aaaaa")
    rigged.slung(town, "pr-aaaaa", "proj/toast")
    tree = town.root / "proj" / "polecats" / "toast"
    commit(tree, "work")
    said = git(tree, "push", "-q", "origin", f"HEAD:refs/heads/{name}", code=1)
    assert said.splitlines()[0] == (
        f"gt: polecats do not push to {config.branch}; submit the branch with: gt done"
    )
    assert not (tree / "ran").exists()


def test_without_any_git_hook_the_next_catch_up_finds_it(at: At) -> None:
    shutil.rmtree(at.rig.hooks_dir())
    commit(at.tree, "the plan", "Step: load-context")
    evidence = gitrepo.head(at.tree)
    commit(at.tree, "more")
    assert at.ticked() == {}
    catch_up(at.town)
    assert at.ticked() == {"load-context": evidence}


def test_only_agents_branches_speak(at: At) -> None:
    git(at.tree, "switch", "-q", "-c", "topic")
    commit(at.tree, "the plan", "Step: load-context")
    assert at.ticked() == {}
    git(at.tree, "switch", "-q", "polecat/toast/pr-aaaaa")
    git(at.tree, "merge", "-q", "--ff-only", "topic")
    assert list(at.ticked()) == ["load-context"]


def test_while_a_merge_stands_in_the_town_the_claim_waits(at: At) -> None:
    def side(name: str) -> None:
        towns.put(at.town, "README.md", f"{name}\n")

    towns.git(at.town.root, "checkout", "-q", "-b", "side")
    side("side")
    towns.git(at.town.root, "checkout", "-q", "main")
    side("main")
    towns.git(at.town.root, "merge", "-q", "side", check=False)
    said = commit(at.tree, "the plan", "Step: load-context")
    assert said.startswith(f"gt: a merge is in progress in {at.town.root}; end it first: ")
    assert at.ticked() == {}
    towns.git(at.town.root, "merge", "--abort")
    catch_up(at.town)
    assert list(at.ticked()) == ["load-context"]


def test_a_commit_is_told_what_it_caused_and_not_what_others_did(at: At) -> None:
    """The shims of the rig are away, so that an agent's commit waits for the next catch-up."""
    towns.put(at.town, "beads/hq-aaa11.md", towns.bead("hq-aaa11"))
    done = ("-c", "core.hooksPath=/dev/null", "commit", "-q", "--allow-empty", "-m", "Done")
    git(at.tree, *done, "--trailer", "Step: load-context")
    (at.town.root / "README.txt").write_text("words\n")
    git(at.town.root, "add", "README.txt")
    assert git(at.town.root, "commit", "-q", "-m", "words") == ""
    assert list(at.ticked()) == ["load-context"]
    git(at.tree, *done, "--trailer", "Step: implement")
    said = git(at.town.root, "commit", "-q", "--allow-empty", "-m", "Closed\n\nCloses: hq-aaa11")
    assert said == "gt: close: hq-aaa11 A bead\n"
    assert list(at.ticked()) == ["load-context", "implement"]
    mine = commit(at.tree, "Reviewed", "Step: self-review")
    assert "self-review done" in mine

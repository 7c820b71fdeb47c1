"""Landing with real repositories and real gates: one commit of the town for each end a request can have."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from gtlib.actions import gates
from gtlib.actions.land import Outcome
from gtlib.actions.land import land
from gtlib.actions.retry import retry
from gtlib.errors import UserError
from gtlib.lock import FileLock
from gtlib.model.config import Gate
from gtlib.model.edit import Edit
from gtlib.names import ItemId
from gtlib.store.town import Town
from gtlib.system import process
from tests.support import gitrepo
from tests.support import landings
from tests.support import towns
from tests.support.landings import NOW
from tests.support.landings import Scene
from tests.support.landings import make_scene
from tests.support.landings import push
from tests.support.landings import submit

LAND = "import sys; from pathlib import Path; from gtlib.actions.land import land; from gtlib.store.town import Town; "
LAND += f"print(land(Town.open(Path(sys.argv[1])), 'proj', {NOW!r}))"


def take(scene: Scene) -> Outcome | None:
    return land(scene.town, "proj", NOW)


def commits(scene: Scene) -> int:
    return int(towns.git(scene.town.root, "rev-list", "--count", "HEAD"))


def subjects(scene: Scene) -> list[str]:
    """Subjects of the remote's main, newest first."""
    return gitrepo.git(scene.remote, "log", "--first-parent", "--format=%s", "main").splitlines()


def scratches(scene: Scene) -> list[str]:
    return sorted(p.name for p in (scene.town.local / "scratch").glob("proj/*"))


def start(scene: Scene) -> subprocess.Popen[str]:
    """The refinery in a process of its own, to be killed."""
    return subprocess.Popen(
        [sys.executable, "-c", LAND, str(scene.town.root)],
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def test_landed(tmp_path: Path) -> None:
    scene = make_scene(
        tmp_path,
        {"test": "test -f new.txt && test $GT_RIG.$GT_BEAD.$GT_BRANCH = proj.pr-1.polecat/toast/pr-1"},
    )
    submit(scene, "pr-2", {"other.txt": "x\n"}, name="nux", message="other\n\nCloses: pr-1")
    id = submit(scene, "pr-1", {"new.txt": "new\n"})
    scene.town.apply(lambda _: Edit(subject="later", removes=("merges/pr-mr-2.md",)))
    before, old = commits(scene), scene.tip()
    outcome = take(scene)
    tip = scene.tip()
    assert outcome == Outcome(ItemId(id), ItemId("pr-1"), "landed", "main", commit=tip)
    assert gitrepo.git(scene.remote, "show", "main:new.txt") == "new"
    assert gitrepo.git(scene.remote, "log", "-1", "--format=%P", "main").split() == [
        old,
        scene.request(id).source_commit,
    ]
    assert gitrepo.git(scene.remote, "log", "-1", "--format=%B", "main").rstrip() == (
        "Do pr-1 (pr-1)\n\nBead: pr-1\nMerge-Request: pr-mr-1\nAgent: proj/polecats/toast"
    )
    assert gitrepo.git(scene.remote, "log", "-1", "--format=%an <%ae> %cn", "main") == (
        "proj/polecats/toast <proj.polecats.toast@town.invalid> refinery"
    )
    request, bead = scene.request(id), scene.bead("pr-1")
    assert (request.status, request.landed_commit, request.evidence, request.applied) == (
        "landed",
        tip,
        tip,
        True,
    )
    assert (bead.status, bead.evidence) == ("closed", tip)
    assert commits(scene) == before + 1
    assert scene.rig.target_tip() == tip
    assert towns.status(scene.town) == ""
    assert scratches(scene) == []
    assert take(scene) is None
    assert commits(scene) == before + 1


def test_what_the_branch_closes_closes_in_the_same_commit(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    towns.put(scene.town, "beads/pr-9.md", towns.bead("pr-9", "Found beside it"))
    submit(scene, "pr-1", {"new.txt": "x\n"}, message="Fix both\n\nCloses: pr-9\nCloses: #12")
    before = commits(scene)
    outcome = take(scene)
    assert outcome is not None and outcome.status == "landed"
    assert [scene.bead(id).status for id in ("pr-1", "pr-9")] == ["closed", "closed"]
    assert commits(scene) == before + 1


def test_two_land_one_after_the_other_on_top_of_each_other(tmp_path: Path) -> None:
    scene = make_scene(tmp_path, {"test": "true"})
    submit(scene, "pr-1", {"a.txt": "a\n"})
    submit(scene, "pr-2", {"b.txt": "b\n"}, name="nux")
    found = [take(scene), take(scene)]
    assert [each.status for each in found if each] == ["landed", "landed"]
    assert take(scene) is None
    assert subjects(scene) == ["Do pr-2 (pr-2)", "Do pr-1 (pr-1)", "first"]
    assert sorted(gitrepo.git(scene.remote, "ls-tree", "--name-only", "main").split()) == [
        "README",
        "a.txt",
        "b.txt",
    ]


def test_a_failing_gate_sends_the_work_back(tmp_path: Path) -> None:
    command = "printf '\\033[31mred\\033[0m\\n'; echo bad >&2; exit 3"
    scene = make_scene(tmp_path, {"first": "true", "test": command, "last": "touch never"})
    id = submit(scene, "pr-1", {"new.txt": "x\n"})
    before, old = commits(scene), scene.tip()
    outcome = take(scene)
    log = scene.town.local / "logs" / "gate-pr-mr-1-test.log"
    assert outcome == Outcome(
        ItemId(id),
        ItemId("pr-1"),
        "rework",
        "main",
        reason=f"gate test failed (exit status 3): {command}",
        log=str(log),
    )
    assert (scene.tip(), commits(scene)) == (old, before + 1)
    request = scene.request(id)
    assert (request.status, request.attempts, request.log) == ("rework", 1, "red\nbad\nexit status 3")
    assert not (scene.town.local / "logs" / "gate-pr-mr-1-last.log").exists()
    assert scene.bead("pr-1").status == "hooked"
    [(_, message)] = scene.town.snapshot().mail("proj/polecats/toast", "new")
    assert message.subject == "FIX_NEEDED pr-1"
    assert "red\nbad\nexit status 3" in message.body
    # The mail says how to see the same thing.
    how = next(line for line in message.body.splitlines() if line.startswith("Reproduce: "))
    done = subprocess.run(
        ["sh", "-c", how.removeprefix("Reproduce: ").replace("/tmp/pr-mr-1", str(tmp_path / "again"))],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout.splitlines()[-1]) == (3, "\x1b[31mred\x1b[0m")
    assert take(scene) is None


def test_a_conflict_names_the_paths(tmp_path: Path) -> None:
    scene = make_scene(tmp_path, {"test": "touch ../ran"})
    id = submit(scene, "pr-1", {"README": "mine\n", "fine.txt": "x\n"})
    tip = push(scene, "theirs", {"README": "theirs\n"})
    outcome = take(scene)
    assert outcome == Outcome(
        ItemId(id), ItemId("pr-1"), "conflict", "main", reason="conflicts with main in README"
    )
    assert (scene.request(id).status, scene.tip()) == ("conflict", tip)
    [(_, message)] = scene.town.snapshot().mail("proj/polecats/toast", "new")
    assert f"Reproduce: cd {landings.worktree(scene)} && git merge {tip}" in message.body
    assert not (scene.town.local / "logs" / "gate-pr-mr-1-test.log").exists()


def test_a_target_that_moves_meanwhile_is_tested_again(tmp_path: Path) -> None:
    # The first run of the gate pushes somebody else's commit.
    gate = "ls >> $HOME/seen; test -e $HOME/once || { touch $HOME/once; git -C %s push -q origin HEAD:main; }"
    scene = make_scene(tmp_path, {"test": gate % (tmp_path / "project")})
    submit(scene, "pr-1", {"new.txt": "x\n"})
    gitrepo.commit(scene.person, "theirs", {"theirs.txt": "x\n"})
    outcome = take(scene)
    assert outcome is not None and outcome.status == "landed"
    assert subjects(scene) == ["Do pr-1 (pr-1)", "theirs", "first"]
    seen = (Path(os.environ["HOME"]) / "seen").read_text(encoding="utf-8").split()
    assert seen == ["README", "new.txt", "README", "new.txt", "theirs.txt"]


def test_a_target_that_moves_all_the_time_is_left_for_later(tmp_path: Path) -> None:
    gate = "cd %s && git commit -q --no-verify --allow-empty -m more && git push -q origin HEAD:main"
    scene = make_scene(tmp_path, {"test": gate % (tmp_path / "project")})
    id = submit(scene, "pr-1", {"new.txt": "x\n"})
    before = commits(scene)
    with pytest.raises(UserError) as caught:
        take(scene)
    assert str(caught.value) == (
        "main of proj moved 5 times while pr-mr-1 was tested; it stays in the queue, and is tried again later"
    )
    assert (scene.request(id).status, commits(scene), scratches(scene)) == ("ready", before, [])


def test_a_request_taken_back_while_its_gates_run_does_not_land(tmp_path: Path) -> None:
    scene = make_scene(
        tmp_path, {"test": f"cd {tmp_path}/town && git rm -q merges/pr-mr-1.md && git commit -q -m no"}
    )
    submit(scene, "pr-1", {"new.txt": "x\n"})
    old = scene.tip()
    assert take(scene) is None
    assert scene.tip() == old


def test_gates_that_are_not_allowed_wait_with_one_mail_and_go_on_by_themselves(tmp_path: Path) -> None:
    scene = make_scene(tmp_path, {"test": "true"}, allow=False)
    first = submit(scene, "pr-1", {"a.txt": "x\n"})
    second = submit(scene, "pr-2", {"b.txt": "x\n"}, name="nux")
    outcome = take(scene)
    reason = (
        "gates that are not allowed on this machine: test; "
        "see what would run, and allow it, with: gt allow proj/rig.yaml"
    )
    assert outcome == Outcome(ItemId(first), ItemId("pr-1"), "blocked", "main", reason=reason)
    before = commits(scene)
    assert (take(scene), take(scene)) == (None, None)
    assert (commits(scene), scene.letters()) == (before, ["Landing waits: pr-1"])
    assert [scene.request(id).status for id in (first, second)] == ["blocked", "ready"]
    landings.allowed.allow_text(scene.town.local, "true", "by hand")
    assert [outcome.status for outcome in (take(scene), take(scene)) if outcome] == ["landed", "landed"]


def test_a_checkout_as_remote_gets_the_files(tmp_path: Path) -> None:
    scene = make_scene(tmp_path, {"test": "true"}, bare=False)
    submit(scene, "pr-1", {"new.txt": "x\n"})
    config = (scene.remote / ".git" / "config").read_bytes()
    outcome = take(scene)
    assert outcome is not None and outcome.status == "landed"
    assert (scene.remote / "new.txt").read_text(encoding="utf-8") == "x\n"
    assert gitrepo.git(scene.remote, "status", "--porcelain") == ""
    assert (scene.remote / ".git" / "config").read_bytes() == config


def test_a_dirty_checkout_waits_with_one_mail_and_goes_on_by_itself(tmp_path: Path) -> None:
    scene = make_scene(tmp_path, {"test": f"echo ran >> {tmp_path}/ran"}, bare=False)
    id = submit(scene, "pr-1", {"new.txt": "x\n"})
    gitrepo.write(scene.remote, {"README": "half done\n"})
    outcome = take(scene)
    reason = f"uncommitted changes in {scene.remote}, where main is checked out; commit them or put them aside there"
    assert outcome == Outcome(ItemId(id), ItemId("pr-1"), "blocked", "main", reason=reason)
    before = commits(scene)
    assert (take(scene), commits(scene), scene.letters()) == (None, before, ["Landing waits: pr-1"])
    assert (scene.remote / "README").read_text(encoding="utf-8") == "half done\n"
    # Another obstacle is another reason.
    gitrepo.write(scene.remote, {"README": "hello\n", "new.txt": "mine\n"})
    assert take(scene) is None
    assert scene.request(id).status == "blocked"
    (scene.remote / "new.txt").unlink()
    assert not (tmp_path / "ran").exists()
    outcome = take(scene)
    assert outcome is not None and outcome.status == "landed"


def test_a_file_in_the_way_waits_alone(tmp_path: Path) -> None:
    scene = make_scene(tmp_path, bare=False)
    first = submit(scene, "pr-1", {"new.txt": "x\n"})
    submit(scene, "pr-2", {"other.txt": "x\n"}, name="nux")
    gitrepo.write(scene.remote, {"new.txt": "mine\n"})
    outcome = take(scene)
    assert outcome == Outcome(
        ItemId(first),
        ItemId("pr-1"),
        "blocked",
        "main",
        reason=f"untracked files in the way in {scene.remote}: new.txt; move them away",
    )
    outcome = take(scene)
    assert outcome is not None and (outcome.request, outcome.status) == ("pr-mr-2", "landed")
    assert (scene.remote / "new.txt").read_text(encoding="utf-8") == "mine\n"


def test_a_remote_that_refuses_waits_until_somebody_says_so(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    id = submit(scene, "pr-1", {"new.txt": "x\n"})
    hook = scene.remote / "hooks" / "pre-receive"
    gitrepo.write(scene.remote, {"hooks/pre-receive": "#!/bin/sh\nexit 1\n"})
    hook.chmod(0o755)
    outcome = take(scene)
    assert outcome is not None and outcome.status == "blocked"
    assert outcome.reason == (
        "the remote refused: [remote rejected] (pre-receive hook declined); mend that, then gt mq retry pr-mr-1"
    )
    hook.unlink()
    assert take(scene) is None
    assert retry(scene.town, ItemId(id), "overseer")
    assert not retry(scene.town, ItemId(id), "overseer")
    outcome = take(scene)
    assert outcome is not None and outcome.status == "landed"


def test_killed_at_a_gate_nothing_happened_and_the_gate_is_ended(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    scene = make_scene(
        tmp_path,
        {"test": f"test -e {pids} && exit 0; echo $$ > {pids}.new && mv {pids}.new {pids}; sleep 600 & wait"},
    )
    id = submit(scene, "pr-1", {"new.txt": "x\n"})
    before, old = commits(scene), scene.tip()
    refinery = start(scene)
    assert process.until(lambda: pids.exists() and gates.running(scene.rig) is not None, 30)
    gate = gates.running(scene.rig)
    assert gate is not None and (gate.request, gate.gate, str(gate.proc.pid)) == (
        id,
        "test",
        pids.read_text("ascii").strip(),
    )
    os.kill(refinery.pid, signal.SIGKILL)
    refinery.communicate()
    assert process.alive(gate.proc)
    assert (scene.tip(), commits(scene), scene.request(id).status) == (old, before, "ready")
    outcome = take(scene)
    assert outcome is not None and outcome.status == "landed"
    assert not process.alive(gate.proc)
    assert scratches(scene) == []


def test_killed_after_the_push_the_work_is_not_pushed_twice(tmp_path: Path) -> None:
    scene = make_scene(tmp_path, {"test": f"echo $PPID > {tmp_path}/refinery"})
    id = submit(scene, "pr-1", {"new.txt": "x\n"})
    # The remote has the commit, and the refinery dies before git tells it.
    gitrepo.write(scene.remote, {"hooks/post-receive": f"#!/bin/sh\nkill -9 $(cat {tmp_path}/refinery)\n"})
    hook = scene.remote / "hooks" / "post-receive"
    hook.chmod(0o755)
    before = commits(scene)
    refinery = start(scene)
    refinery.communicate()
    assert refinery.returncode == -signal.SIGKILL
    tip = scene.tip()
    assert (subjects(scene), commits(scene)) == (["Do pr-1 (pr-1)", "first"], before)
    assert (scene.request(id).status, scene.bead("pr-1").status) == ("ready", "hooked")
    hook.write_text("#!/bin/sh\ntouch pushed-again\n", encoding="utf-8")
    push_of_others = push_beside(scene)
    outcome = take(scene)
    assert outcome == Outcome(ItemId(id), ItemId("pr-1"), "landed", "main", commit=tip)
    assert (scene.tip(), scene.bead("pr-1").status, commits(scene)) == (push_of_others, "closed", before + 1)


def push_beside(scene: Scene) -> str:
    """Others go on meanwhile."""
    return push(scene, "theirs", {"theirs.txt": "x\n"})


def test_a_branch_without_commits_of_its_own_is_no_landing(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    id = submit(scene, "pr-1", {})
    old = scene.tip()
    outcome = take(scene)
    assert outcome == Outcome(
        ItemId(id),
        ItemId("pr-1"),
        "blocked",
        "main",
        reason="polecat/toast/pr-1 has no commit of its own; commit the work, then gt done",
    )
    assert (scene.bead("pr-1").status, scene.tip(), take(scene)) == ("hooked", old, None)


def test_what_was_reverted_is_no_evidence(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    id = submit(scene, "pr-1", {"new.txt": "x\n"})
    source = scene.request(id).source_commit
    gitrepo.git(scene.person, "fetch", "-q", str(scene.rig.bare.git_dir), source)
    gitrepo.git(scene.person, "merge", "-q", "--no-ff", "--no-edit", source)
    gitrepo.git(scene.person, "revert", "--no-edit", "-m", "1", "HEAD")
    gitrepo.git(scene.person, "push", "-q", "origin", "main")
    tip = scene.tip()
    outcome = take(scene)
    assert outcome is not None and (outcome.status, scene.tip()) == ("blocked", tip)
    assert outcome.reason == (
        "merging polecat/toast/pr-1 changes nothing on main, where its work is not in force; "
        "if it was reverted there, revert the revert in the branch, then gt done"
    )
    assert scene.bead("pr-1").status == "hooked"


def test_what_others_landed_is_closed_without_a_gate_or_a_push(tmp_path: Path) -> None:
    scene = make_scene(tmp_path, {"test": f"touch {tmp_path}/ran"}, allow=False)
    submit(scene, "pr-1", {"new.txt": "x\n"})
    squashed = push(scene, "Squashed on the git host (#7)", {"new.txt": "x\n"})
    outcome = take(scene)
    assert outcome is not None and (outcome.status, outcome.commit) == ("landed", squashed)
    assert (scene.tip(), scene.bead("pr-1").status) == (squashed, "closed")
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(("keys", "reason"), [
    ({"source_commit": "--upload-pack=x"}, "--upload-pack=x is no commit of the rig's repository; hand the work in again with gt done"),
    ({"source_commit": ""}, "no source_commit is no commit of the rig's repository; hand the work in again with gt done"),
    ({"target": "nope"}, "the remote has no branch nope; bring it back, or correct the request's target"),
    ({"target": "main~0"}, "the remote has no branch main~0; bring it back, or correct the request's target"),
])  # fmt: skip
def test_a_request_with_nonsense_in_it_waits_and_the_next_one_lands(
    tmp_path: Path, keys: dict[str, str], reason: str
) -> None:
    scene = make_scene(tmp_path)
    submit(scene, "pr-1", {"new.txt": "x\n"}, **keys)
    submit(scene, "pr-2", {"other.txt": "x\n"}, name="nux")
    outcome = take(scene)
    assert outcome is not None and (outcome.status, outcome.reason) == ("blocked", reason)
    outcome = take(scene)
    assert outcome is not None and (outcome.request, outcome.status) == ("pr-mr-2", "landed")


def test_an_unreachable_remote_changes_nothing(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    id = submit(scene, "pr-1", {"new.txt": "x\n"})
    before = commits(scene)
    scene.remote.rename(tmp_path / "away")
    with pytest.raises(UserError, match="^git fetch failed: "):
        take(scene)
    assert (commits(scene), scene.request(id).status) == (before, "ready")
    (tmp_path / "away").rename(scene.remote)
    outcome = take(scene)
    assert outcome is not None and outcome.status == "landed"


def test_one_refinery_at_a_time_on_the_towns_home(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    with pytest.raises(UserError, match="^no rig 'nope'; gt rig list shows them$"):
        land(scene.town, "nope", NOW)
    with FileLock(scene.town.local / "refinery-proj.lock"), pytest.raises(UserError) as caught:
        take(scene)
    assert str(caught.value) == "the refinery of proj is at work already; see gt mq list proj"
    (scene.town.local / "host").write_text("elsewhere\n", encoding="utf-8")
    with pytest.raises(UserError, match="lands the work of this town, and this is elsewhere; run it there$"):
        land(Town.open(scene.town.root), "proj", NOW)


def test_while_a_merge_is_in_progress_in_the_town_nothing_is_tried(tmp_path: Path) -> None:
    scene = make_scene(tmp_path, {"test": f"touch {tmp_path}/ran"})
    submit(scene, "pr-1", {"new.txt": "x\n"})
    towns.git(scene.town.root, "switch", "-qc", "other")
    towns.put(scene.town, "note.md", "x\n")
    towns.git(scene.town.root, "switch", "-q", "main")
    towns.git(scene.town.root, "merge", "-q", "--no-ff", "--no-commit", "other")
    with pytest.raises(UserError, match="^a merge is in progress in "):
        take(scene)
    assert not (tmp_path / "ran").exists()
    towns.commit(scene.town.root, "-m", "merged")
    outcome = take(scene)
    assert outcome is not None and outcome.status == "landed"


def test_a_gate_that_never_ends_is_work_sent_back(tmp_path: Path) -> None:
    stubborn = "trap '' TERM; (trap '' TERM; echo $$ begun; while :; do sleep 1; done) & wait; while :; do sleep 1; done"
    scene = make_scene(tmp_path, {"test": Gate(command=stubborn, timeout=1)})
    id = submit(scene, "pr-1", {"new.txt": "x\n"})
    outcome = take(scene)
    assert outcome is not None
    assert outcome.reason.startswith("gate test failed (stopped: no end within 1 s): trap")
    assert scene.request(id).log.splitlines()[-1] == "stopped: no end within 1 s"


@pytest.mark.torture
def test_killed_at_any_moment_each_lands_once(tmp_path: Path) -> None:
    scene = make_scene(tmp_path, {"test": "sleep 0.1; test -f README"})
    ids = [str(number) for number in range(1, 21)]
    for each in ids:
        submit(scene, f"pr-{each}", {f"f{each}.txt": "x\n"}, name=f"n{each}")
    before, chance = commits(scene), random.Random(5)
    while any(scene.request(f"pr-mr-{each}").status != "landed" for each in ids):
        refinery = start(scene)
        try:
            refinery.communicate(timeout=chance.uniform(0.25, 0.8))
        except subprocess.TimeoutExpired:
            refinery.kill()
            refinery.communicate()
    assert take(scene) is None
    assert sorted(subjects(scene)) == sorted(["first", *(f"Do pr-{each} (pr-{each})" for each in ids)])
    assert {scene.bead(f"pr-{each}").status for each in ids} == {"closed"}
    assert (commits(scene), towns.status(scene.town), scratches(scene)) == (before + len(ids), "", [])
    assert gitrepo.git(scene.rig.bare.git_dir, "fsck", "--no-dangling") == ""

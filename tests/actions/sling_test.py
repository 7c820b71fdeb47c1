"""Slinging: one commit, then a worktree that any wake-up completes."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

from gtlib.actions.catch_up import catch_up
from gtlib.actions.crew_add import crew_add
from gtlib.actions.pour import pour
from gtlib.actions.rig_add import rig_add
from gtlib.actions.sling import Wish
from gtlib.actions.sling import sling
from gtlib.actions.step import step
from gtlib.actions.unsling import unsling
from gtlib.actions.which_runtime import which_runtime
from gtlib.errors import UserError
from gtlib.names import Address
from gtlib.names import ItemId
from gtlib.rules.base import holder
from gtlib.rules.base import open_convoys
from gtlib.runtimes.programs import known
from gtlib.store import formulas
from gtlib.store.town import Town
from tests.support import gitrepo
from tests.support import rigged
from tests.support import towns

STRICT = """\
formula = "strict"

[vars.size]
required = true

[[steps]]
id = "one"
title = "One"
"""
TOAST = Address("proj/polecats/toast")


def test_one_commit_then_a_worktree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    town, _, _ = rigged.make(tmp_path)
    rigged.bead(town, "pr-aaaaa", "Do it")
    tip = town.tip()
    monkeypatch.setenv("GT_NOW", "2026-11-20T08:00:00Z")
    slung = rigged.slung(town, "aaaaa", "proj", args="be quick")
    assert slung.convoy is not None and slung.molecule is not None
    convoy, molecule = slung.convoy.id, slung.molecule.id
    assert towns.git(town.root, "log", "--format=%s%n%b", f"{tip}..").strip() == (
        "sling: pr-aaaaa to proj/polecats/toast\n"
        f"Event: sling\nBead: pr-aaaaa\nAgent: proj/polecats/toast\nConvoy: {convoy}\nActor: overseer"
    )
    assert towns.git(town.root, "diff", "--name-only", tip, "HEAD").split() == [
        "agents/proj/polecats/toast.md",
        "beads/pr-aaaaa.md",
        f"convoys/{convoy}.md",
        f"molecules/{molecule}.md",
    ]
    snapshot = town.snapshot()
    bead = snapshot.bead(ItemId("pr-aaaaa"))
    assert bead is not None and (bead.status, bead.assignee) == ("hooked", TOAST)
    assert towns.show(town, "agents/proj/polecats/toast.md") == (
        "---\n"
        "address: proj/polecats/toast\n"
        "role: polecat\n"
        "rig: proj\n"
        f"host: {town.host}\n"
        "hook:\n"
        "  state: created\n"
        "  bead: pr-aaaaa\n"
        f"  molecule: {molecule}\n"
        "  branch: polecat/toast/pr-aaaaa\n"
        "  worktree: proj/polecats/toast\n"
        "  since: 2026-11-20T08:00:00Z\n"
        "---\n"
    )
    assert slung.molecule.extra == {"args": "be quick"}
    assert slung.molecule.vars == {
        "issue": "pr-aaaaa",
        "target": "main",
        "title": "Do it",
    }
    assert slung.convoy.tracks == ("pr-aaaaa",) and slung.convoy.title == "Work: Do it"
    assert (slung.new, slung.queued, slung.made_convoy, slung.notes) == (True, False, True, ())
    tree = town.root / "proj" / "polecats" / "toast"
    assert gitrepo.git(tree, "status", "--porcelain", "--branch") == "## polecat/toast/pr-aaaaa"
    assert towns.status(town) == ""


def test_again_is_no_error_and_no_commit(tmp_path: Path) -> None:
    town, _, _ = rigged.make(tmp_path)
    rigged.bead(town, "pr-aaaaa")
    first = rigged.slung(town, "pr-aaaaa", "proj")
    tip = town.tip()
    again = rigged.slung(town, "pr-aaaaa", "proj")
    assert (again.new, again.agent, again.molecule) == (False, first.agent, first.molecule)
    assert town.tip() == tip


def test_another_wish_for_what_is_slung_is_refused(tmp_path: Path) -> None:
    town, _, _ = rigged.make(tmp_path)
    rigged.formula(town)
    rigged.bead(town, "pr-aaaaa")
    wish: dict[str, object] = {"agent": "shell", "args": "quick", "vars": {"issue": "x"}, "formula": "chore"}
    first = rigged.slung(town, "pr-aaaaa", "proj", **wish)
    tip = town.tip()
    cases: list[tuple[dict[str, object], str]] = [
        ({"formula": "polecat-work"}, "--formula"),
        ({"formula": "chore", "vars": {"issue": "y"}}, "--var"),
        ({"agent": "manual", "args": "slow"}, "--agent --args"),
    ]
    for other, lost in cases:
        with pytest.raises(UserError) as refusal:
            rigged.slung(town, "pr-aaaaa", "proj", **other)
        assert str(refusal.value) == (
            f"pr-aaaaa is on the hook of {TOAST} already, without this {lost}; "
            f"gt unsling pr-aaaaa first, then sling it anew{'' if 'agent' in lost else ' with --force'}"
        )
    # The very same again is how a script that was cut off goes on.
    assert rigged.slung(town, "pr-aaaaa", "proj", **wish).molecule == first.molecule
    assert town.tip() == tip
    # And what the refusal advises gives what is wished for, and no more.
    unsling(town, "pr-aaaaa", "overseer")
    anew = rigged.slung(town, "pr-aaaaa", "proj", formula="polecat-work", force=True)
    assert anew.molecule is not None and first.molecule is not None
    assert (anew.molecule.formula, anew.agent.address, anew.agent.runtime) == ("polecat-work", TOAST, "")
    old = town.snapshot().molecule(first.molecule.id)
    assert old is not None and old.status == "closed"


def test_a_molecule_that_is_there_is_worked_by(tmp_path: Path) -> None:
    town, _, _ = rigged.make(tmp_path)
    rigged.formula(town)
    rigged.bead(town, "pr-aaaaa")
    chore = formulas.find(town.root, "proj", "chore")
    there = pour(town, chore, {}, "pr", "overseer", bead="pr-aaaaa")
    with pytest.raises(UserError) as refusal:
        rigged.slung(town, "pr-aaaaa", "proj", formula="polecat-work")
    assert str(refusal.value) == (
        f"pr-aaaaa has the open molecule {there.id} of chore, without this --formula; "
        "leave --formula out to go on with it, or pour another with --force"
    )
    slung = rigged.slung(town, "pr-aaaaa", "proj")
    assert slung.molecule is not None and slung.agent.hook is not None
    assert (slung.molecule.id, slung.molecule.assignee, slung.poured) == (there.id, TOAST, False)
    assert (slung.agent.hook.molecule, slung.dropped) == (there.id, ())
    assert which_runtime(town.snapshot(), slung.agent) == "shell"
    # given back untouched it is anybody's; begun on one's branch it is not another's
    unsling(town, "pr-aaaaa", "overseer")
    other = rigged.slung(town, "pr-aaaaa", "proj/nux")
    assert other.molecule is not None and other.molecule.id == there.id
    step(town, f"{there.id}.one", "overseer")
    unsling(town, "pr-aaaaa", "overseer")
    third = rigged.slung(town, "pr-aaaaa", "proj/toast")
    assert third.molecule is not None and third.molecule.formula == "polecat-work"
    assert ([each.id for each in third.dropped], third.poured) == ([there.id], True)


def test_force_pours_another_molecule(tmp_path: Path) -> None:
    town, _, _ = rigged.make(tmp_path)
    rigged.formula(town)
    rigged.bead(town, "pr-aaaaa")
    chore = formulas.find(town.root, "proj", "chore")
    there = pour(town, chore, {}, "pr", "overseer", bead="pr-aaaaa")
    slung = rigged.slung(town, "pr-aaaaa", "proj", formula="polecat-work", force=True)
    assert slung.molecule is not None and slung.molecule.formula == "polecat-work"
    assert [each.id for each in slung.dropped] == [there.id]


def test_a_runtime_that_nobody_knows(tmp_path: Path) -> None:
    town, _, _ = rigged.make(tmp_path)
    rigged.bead(town, "pr-aaaaa")
    tip = town.tip()
    for name, hint in (("shel", "did you mean shell?"), ("xyz", f"known are {', '.join(known())}")):
        with pytest.raises(UserError) as refusal:
            rigged.slung(town, "pr-aaaaa", "proj", agent=name)
        assert str(refusal.value) == f"no runtime {name!r}; {hint}"
    assert town.tip() == tip
    # It is for one bead, not for the polecat's next one.
    assert rigged.slung(town, "pr-aaaaa", "proj", agent="codex", force=True).agent.runtime == "codex"
    unsling(town, "pr-aaaaa", "overseer")
    rigged.bead(town, "pr-bbbbb")
    after = rigged.slung(town, "pr-bbbbb", "proj")
    assert (after.agent.address, after.agent.runtime) == (TOAST, "")


def test_the_rig_of_the_bead_else_where_one_stands(tmp_path: Path) -> None:
    town, _, host = rigged.make(tmp_path)
    rig_add(town, "other", str(host))
    for id in ("pr-aaaaa", "hq-bbbbb", "xx-ccccc"):
        rigged.bead(town, id)
    assert sling(town, "pr-aaaaa", "", Wish(), town.root / "other", "overseer").agent.rig == "proj"
    assert sling(town, "hq-bbbbb", "", Wish(), town.root / "other", "overseer").agent.rig == "other"
    with pytest.raises(UserError) as refusal:
        rigged.slung(town, "xx-ccccc", "")
    assert str(refusal.value) == (
        "xx-ccccc belongs to no rig, and you stand in none; name one: gt sling xx-ccccc RIG, of other, proj"
    )
    assert rigged.slung(town, "xx-ccccc", "proj").agent.rig == "proj"


def test_what_is_refused_changes_nothing(tmp_path: Path) -> None:
    town, _, _ = rigged.make(tmp_path)
    rigged.bead(town, "pr-aaaaa")
    rigged.bead(town, "pr-ddddd", status="closed")
    rigged.bead(town, "pr-eeeee", needs=["pr-aaaaa"])
    rigged.formula(town, STRICT, "strict")
    tip = town.tip()
    cases: list[tuple[str, str, dict[str, object], str]] = [
        ("pr-zzzzz", "proj", {}, "no bead pr-zzzzz"),
        ("pr-aaaaa", "prog", {}, "no rig 'prog'; did you mean proj?"),
        ("pr-aaaaa", "proj/crew/ada", {}, "no agent proj/crew/ada; gt crew add ada --rig proj makes it"),
        ("pr-aaaaa", "proj/new", {}, "'new' is reserved"),
        ("pr-ddddd", "proj", {}, "pr-ddddd is closed"),
        ("pr-eeeee", "proj", {}, "pr-eeeee waits for pr-aaaaa"),
        ("pr-aaaaa", "proj", {"formula": "nope"}, 'there is no formula "nope"'),
        ("pr-aaaaa", "proj", {"vars": {"nope": "1"}}, 'formula polecat-work has no variable "nope"'),
        ("pr-aaaaa", "proj", {"formula": "strict"}, "formula strict needs a value for size"),
    ]
    for bead, target, wish, why in cases:
        with pytest.raises(UserError) as refusal:
            rigged.slung(town, bead, target, **wish)
        assert str(refusal.value).startswith(why)
    assert town.tip() == tip
    assert not (town.root / "proj" / "polecats").exists()
    assert rigged.slung(town, "pr-eeeee", "proj", force=True).new


def test_convoys_and_formulas(tmp_path: Path) -> None:
    town, _, _ = rigged.make(tmp_path)
    rigged.formula(town)
    rigged.bead(town, "pr-aaaaa")
    rigged.bead(town, "pr-bbbbb")
    bare = rigged.slung(town, "pr-aaaaa", "proj", convoy=False, formula="chore")
    assert bare.convoy is None and next(open_convoys(town.snapshot(), ItemId("pr-aaaaa")), None) is None
    assert bare.molecule is not None and [s.title for s in bare.molecule.steps] == ["One for pr-aaaaa", "Two"]
    assert which_runtime(town.snapshot(), bare.agent) == "shell"
    named = rigged.slung(town, "pr-bbbbb", "proj/nux", agent="shell")
    assert named.agent.runtime == "shell" and named.agent.address == "proj/polecats/nux"
    assert which_runtime(town.snapshot(), named.agent) == "shell"


def test_unslung_it_is_open_again_and_the_branch_is_kept(tmp_path: Path) -> None:
    town, rig, _ = rigged.make(tmp_path)
    rigged.bead(town, "pr-aaaaa")
    rigged.bead(town, "pr-bbbbb")
    rigged.slung(town, "pr-aaaaa", "proj", agent="shell")
    tree = town.root / "proj" / "polecats" / "toast"
    commit = gitrepo.commit(tree, "half", {"half.txt": "half\n"})
    gitrepo.write(tree, {"open.txt": "not committed\n"})
    tip = town.tip()
    undone = unsling(town, "aaaaa", "overseer")
    assert undone.bead is not None
    assert (undone.bead.status, undone.bead.assignee, undone.agent.address) == ("open", "", TOAST)
    assert towns.git(town.root, "log", "--format=%s", f"{tip}..") == (
        "unsling: pr-aaaaa from proj/polecats/toast\n"
    )
    assert rig.branches() == {"polecat/toast/pr-aaaaa": commit}
    with pytest.raises(UserError, match="pr-aaaaa is on no hook"):
        unsling(town, "pr-aaaaa", "overseer")

    # The next bead of the polecat gets the worktree; what was in it is saved first.
    other = rigged.slung(town, "pr-bbbbb", "proj")
    assert (other.agent.address, other.agent.runtime, other.notes) == (TOAST, "", ())
    assert gitrepo.git(tree, "branch", "--show-current") == "polecat/toast/pr-bbbbb"
    assert not (tree / "open.txt").exists() and not (tree / "half.txt").exists()
    (saved,) = rig.bare.refs("refs/gt/rescue/polecats/toast")
    assert rig.bare.git("show", f"{saved}:open.txt").text == "not committed"

    # And back: the bead goes on where its branch is.
    unsling(town, "pr-bbbbb", "overseer")
    back = rigged.slung(town, "pr-aaaaa", "proj/toast")
    assert back.agent.address == TOAST
    assert gitrepo.head(tree) == commit


def test_a_crew_member_queues(tmp_path: Path) -> None:
    town, rig, _ = rigged.make(tmp_path)
    crew_add(town, ["ada"], rig.config)
    rigged.bead(town, "pr-aaaaa")
    rigged.bead(town, "pr-bbbbb")
    assert not rigged.slung(town, "pr-aaaaa", "proj/crew/ada").queued
    second = rigged.slung(town, "pr-bbbbb", "proj/ada")
    assert second.queued and second.agent.hook is not None
    assert (second.agent.hook.bead, second.agent.hook.queue) == ("pr-aaaaa", ("pr-bbbbb",))


def test_something_in_the_way_of_the_worktree_is_told_and_kept(tmp_path: Path) -> None:
    town, _, _ = rigged.make(tmp_path)
    rigged.bead(town, "pr-aaaaa")
    mine = towns.write(town, "proj/polecats/toast/mine.txt", "mine\n")
    slung = rigged.slung(town, "pr-aaaaa", "proj")
    assert slung.new and slung.notes == (
        f"proj/polecats/toast: {mine.parent} exists and is no worktree of this rig; move it away",
    )
    assert mine.exists()
    mine.rename(tmp_path / "mine.txt")
    assert catch_up(town).notes == ()
    assert (mine.parent / "README").exists()


SLING = """\
import sys
from pathlib import Path
from gtlib.actions.sling import Wish, sling
from gtlib.store.town import Town
town = Town.open(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
sling(town, sys.argv[2], "proj", Wish(), town.root, "overseer")
"""


def killed_sling(town: Town, bead: str, after: float) -> None:
    """`gt sling` of a bead, killed so many seconds after it began."""
    with subprocess.Popen(
        [sys.executable, "-c", SLING, str(town.root), bead],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as child:
        assert child.stdout is not None and child.stdin is not None
        assert child.stdout.readline() == "ready\n"
        child.stdin.write("go\n")
        child.stdin.flush()
        try:
            child.wait(after)
        except subprocess.TimeoutExpired:
            child.kill()


def test_killed_anywhere_any_wake_up_completes_it(tmp_path: Path) -> None:
    town, _, _ = rigged.make(tmp_path, {f"d/{n}.txt": f"{n}\n" for n in range(300)})
    moments = random.Random(8)
    for number in range(10):
        id = f"pr-b{number:04}"
        rigged.bead(town, id)
        killed_sling(town, id, moments.uniform(0.0, 0.25))
        catch_up(town)
        agent = holder(town.snapshot(), ItemId(id))
        if agent is None:
            agent = rigged.slung(town, id, "proj").agent
        tree = town.root / agent.address
        assert gitrepo.git(tree, "status", "--porcelain", "--branch") == (
            f"## polecat/{agent.address.rpartition('/')[2]}/{id}"
        )
        assert len(list((tree / "d").iterdir())) == 300
        assert towns.status(town) == ""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gtlib.actions.crew_add import crew_add
from gtlib.store.town import Town
from tests.support import gitrepo
from tests.support import rigged
from tests.support import run_program
from tests.support import towns
from tests.support.asked import gt

SLUNG = """\
🎯 pr-aaaaa 'Do it' to proj/polecats/toast
✓ convoy {convoy} 'Work: Do it': made to track it
✓ formula polecat-work: molecule {molecule}, 5 steps
✓ work attached to the hook of proj/polecats/toast
✓ args stored
✓ worktree proj/polecats/toast on branch polecat/toast/pr-aaaaa
▶ a person starts it
  type: cd {root}/proj/polecats/toast && claude
next: gt hook proj/polecats/toast
      bd show pr-aaaaa
      gt convoy show {convoy}
"""

HOOK = """\
hook of proj/polecats/toast (polecat)
pr-aaaaa Do it
state:    created, since now
worktree: proj/polecats/toast on polecat/toast/pr-aaaaa
formula:  polecat-work, molecule {molecule}
          args=be quick
          issue=pr-aaaaa
          target=main
          title=Do it
progress: ----{bar} {percent}% ({done}/5 steps)
ready:    {ready}
blocked:  {blocked}
next: do step {ready} (gt mol current), then commit it with the trailer Step: {ready}
"""


def ids(town: Town) -> dict[str, str]:
    (convoy,), (molecule,) = town.snapshot().convoys(), town.snapshot().molecules()
    return {"convoy": convoy.id, "molecule": molecule.id}


def test_a_bead_is_slung_looked_at_and_taken_back(tmp_path: Path) -> None:
    town, _, _ = rigged.make(tmp_path)
    root = town.root
    rigged.bead(town, "pr-aaaaa", "Do it")
    towns.put(town, "settings/config.json", '{"sessions": {"polecat": "manual"}}')
    done = gt("sling", "pr-aaaaa", "proj", "--args", "be quick", cwd=root)
    found = ids(town)
    assert (done.returncode, done.stdout, done.stderr) == (0, SLUNG.format(**found, root=root), "")

    again = gt("sling", "aaaaa", "proj", cwd=root)
    assert again.stdout.splitlines()[:2] == [
        "🎯 pr-aaaaa 'Do it' to proj/polecats/toast, as it was",
        f"✓ convoy {found['convoy']} 'Work: Do it': tracks 1 bead",
    ]

    tree = root / "proj" / "polecats" / "toast"
    shown = HOOK.format(
        **found,
        bar="-" * 16,
        percent=0,
        done=0,
        ready="load-context",
        blocked="implement, self-review, test, submit",
    )
    assert gt("hook", cwd=tree).stdout == shown
    assert gt("hook", "proj/toast", cwd=root).stdout == shown
    gitrepo.git(tree, "commit", "-q", "--allow-empty", "-m", "plan", "--trailer", "Step: load-context")
    lines = gt("hook", cwd=tree).stdout.splitlines()
    assert lines[9] == "progress: ####---------------- 20% (1/5 steps)"

    assert gt("hooks", "list", cwd=root).stdout.splitlines() == [
        "AGENT                STATE    BEAD      BRANCH                  DIRTY  AHEAD  GIT HOOKS  PROBLEM",
        "proj/polecats/toast  created  pr-aaaaa  polecat/toast/pr-aaaaa  no     1      yes",
    ]
    assert gt("hooks", "repair", cwd=root).stdout == "nothing was missing\nnext: gt hooks list\n"

    done = gt("unsling", "pr-aaaaa", cwd=root)
    assert (done.returncode, done.stdout) == (
        0,
        "✓ pr-aaaaa is off the hook of proj/polecats/toast, and open\n"
        "✓ kept: branch polecat/toast/pr-aaaaa, worktree proj/polecats/toast\n"
        "next: gt sling pr-aaaaa proj\n"
        "      gt hooks list\n",
    )
    assert gt("hook", cwd=tree).stdout == (
        "hook of proj/polecats/toast (polecat)\nnothing on hook\nnext: end the session\n"
    )
    assert gt("unsling", "pr-aaaaa", cwd=root).stderr == (
        "error: pr-aaaaa is on no hook; gt hooks list shows what is\n"
    )


def test_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GT_NOW", "2026-11-20T08:00:00Z")
    town, _, _ = rigged.make(tmp_path)
    rigged.formula(town)
    rigged.bead(town, "pr-aaaaa", "Do it")
    words = ("--formula", "chore", "--var", "issue=x", "-a", "be quick", "--json")
    done = gt("sling", "pr-aaaaa", *words, cwd=town.root)
    found = ids(town)
    assert json.loads(done.stdout) == {
        "bead": "pr-aaaaa",
        "target": "proj/polecats/toast",
        "rig": "proj",
        "slung": True,
        "queued": False,
        "convoy": found["convoy"],
        "convoy_created": True,
        "molecule": found["molecule"],
        "molecule_created": True,
        "formula": "chore",
        "branch": "polecat/toast/pr-aaaaa",
        "worktree": "proj/polecats/toast",
        "base_branch": "",
        "runtime": "shell",
        "deacon": False,
        "dry_run": False,
        "taken_from": "",
        "type": "",
        "notes": [],
        "schema_version": 1,
    }
    assert json.loads(gt("hook", "proj/toast", "--json", cwd=town.root).stdout) == {
        "target": "proj/polecats/toast",
        "role": "polecat",
        "agent_bead_id": "proj/polecats/toast",
        "has_work": True,
        "pinned_bead": {"id": "pr-aaaaa", "title": "Do it", "status": "hooked"},
        "attached_molecule": found["molecule"],
        "attached_formula": "chore",
        "attached_at": "2026-11-20T08:00:00Z",
        "attached_args": "be quick",
        "attached_vars": ["issue=x"],
        "is_wisp": False,
        "progress": {
            "root_id": found["molecule"],
            "root_title": "chore",
            "molecule_id": found["molecule"],
            "total_steps": 2,
            "done_steps": 0,
            "in_progress_steps": 0,
            "ready_steps": ["one"],
            "blocked_steps": ["two"],
            "percent_complete": 0,
            "complete": False,
        },
        "next_action": "do step one (gt mol current), then commit it with the trailer Step: one",
        "state": "created",
        "branch": "polecat/toast/pr-aaaaa",
        "worktree": "proj/polecats/toast",
        "since": "2026-11-20T08:00:00Z",
        "queue": [],
        "schema_version": 1,
    }
    (listed,) = json.loads(gt("hooks", "list", "--json", cwd=town.root).stdout)
    assert (listed["address"], listed["git_hooks"], listed["dirty"], listed["ahead"]) == (
        "proj/polecats/toast",
        True,
        False,
        0,
    )
    done = gt("unsling", "pr-aaaaa", "--json", cwd=town.root)
    assert json.loads(done.stdout) == {
        "bead": "pr-aaaaa",
        "status": "open",
        "agent": "proj/polecats/toast",
        "branch": "polecat/toast/pr-aaaaa",
        "worktree": "proj/polecats/toast",
        "schema_version": 1,
    }
    assert json.loads(gt("hooks", "repair", "--json", cwd=town.root).stdout) == {
        "done": [],
        "failed": [],
        "schema_version": 1,
    }


def test_whose_hook(tmp_path: Path) -> None:
    town, rig, _ = rigged.make(tmp_path)
    crew_add(town, ["ada"], rig.config)
    rigged.bead(town, "pr-aaaaa", "Do it")
    done = gt("sling", "pr-aaaaa", "proj/ada", "--no-convoy", cwd=town.root)
    assert done.stdout.splitlines()[1] == "- no convoy tracks it"
    assert "▶ proj/crew/ada does it by hand: cd proj/crew/ada" in done.stdout
    assert "gt up" not in done.stdout
    ada = town.root / "proj" / "crew" / "ada"
    assert gt("hook", cwd=ada).stdout.startswith("hook of proj/crew/ada (crew)\npr-aaaaa Do it\n")
    assert gt("hook", cwd=town.root).stdout == (
        "hook of overseer (overseer)\nnothing on hook\nnext: gt ready, gt mail inbox\n"
    )
    assert gt("hook", "proj/nobody", cwd=town.root).returncode == 1


def test_who_slings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    town, _, _ = rigged.make(tmp_path)
    rigged.bead(town, "pr-aaaaa")
    monkeypatch.setenv("GT_ROLE", "mayor")
    assert run_program("gt", "sling", "pr-aaaaa", cwd=town.root).returncode == 0
    (convoy,) = town.snapshot().convoys()
    assert convoy.owner == "mayor"
    assert gitrepo.git(town.root, "log", "-1", "--format=%an") == "mayor"


def test_refusals_are_one_line_and_change_nothing(tmp_path: Path) -> None:
    town, _, _ = rigged.make(tmp_path)
    rigged.bead(town, "pr-aaaaa")
    tip = town.tip()
    for words, code, said in (
        (("pr-zzzzz", "proj"), 1, "error: no bead pr-zzzzz; "),
        (("pr-aaaaa", "nope"), 1, "error: no rig 'nope'; "),
        (
            ("pr-aaaaa", "proj", "--var", "size"),
            1,
            "error: --var size has no value; write --var name=value\n",
        ),
        (("pr-aaaaa", "proj", "--formula", "polcat-work"), 1, 'error: there is no formula "polcat-work"; '),
        (("pr-aaaaa", "proj", "--agent", "sehll"), 1, "error: no runtime 'sehll'; did you mean shell?\n"),
        (("pr-aaaaa", "proj", "down"), 2, "error: 'down' is neither a bead nor a target; "),
        ((), 2, "error: gt sling needs BEAD"),
    ):
        done = gt("sling", *words, cwd=town.root)
        assert (done.returncode, done.stdout) == (code, "")
        assert done.stderr.startswith(said) and done.stderr.count("\n") == 1, done.stderr
    assert town.tip() == tip

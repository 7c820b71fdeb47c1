"""`gt mq` and `gt refinery run`, as they are typed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from gtlib.actions import gates
from gtlib.system import process
from tests.support.asked import gt
from tests.support.landings import make_scene
from tests.support.landings import submit


def test_the_queue_from_ready_to_landed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GT_NOW", "2026-11-20T10:30:00Z")
    scene = make_scene(tmp_path, {"test": "echo no; test ! -e bad.txt"}, allow=False)
    assert gt("mq", "list", cwd=scene.town.root).stdout == "no merge requests\n"
    assert gt("refinery", "run", "proj", cwd=scene.town.root).stdout == (
        "nothing to land in proj now\nnext: gt mq list proj\n"
    )
    submit(scene, "pr-1", {"bad.txt": "x\n"})
    submit(scene, "pr-2", {"good.txt": "x\n"}, name="nux")
    assert (
        gt("mq", "list", "proj", cwd=scene.town.root).stdout
        == """\
ID       SCORE  PRI  CONVOY  BRANCH              TARGET  STATUS  AGE
pr-mr-1  1202   P2   -       polecat/toast/pr-1  main    ready   2h
pr-mr-2  1202   P2   -       polecat/nux/pr-2    main    ready   2h
"""
    )
    waits = gt("refinery", "run", "proj", cwd=scene.town.root)
    assert (waits.returncode, waits.stdout) == (
        0,
        """\
waits pr-mr-1 pr-1: gates that are not allowed on this machine: test; see what would run, and allow it, with: gt allow proj/rig.yaml
next: gt mq status pr-mr-1
      gt mq list proj
""",
    )
    assert scene.request("pr-mr-1").status == "blocked"
    assert gt("allow", "--yes", "proj/rig.yaml", cwd=scene.town.root).returncode == 0
    assert scene.request("pr-mr-1").status == "ready"
    done = gt("refinery", "run", "proj", cwd=scene.town.root)
    log = scene.town.local / "logs" / "gate-pr-mr-1-test.log"
    assert (done.returncode, done.stdout, done.stderr) == (
        0,
        f"""\
sent back pr-mr-1 pr-1: gate test failed (exit status 1): echo no; test ! -e bad.txt
  log: {log}
landed pr-mr-2 pr-2: {scene.tip()[:12]} on main
next: gt mq status pr-mr-1
      gt mq list proj
""",
        "",
    )
    source = scene.request("pr-mr-1").source_commit
    assert (
        gt("mq", "status", "pr-mr-1", cwd=scene.town.root).stdout
        == f"""\
pr-mr-1  rework
  bead:     pr-1 Do pr-1
  branch:   polecat/toast/pr-1 at {source[:12]}
  target:   main
  agent:    proj/polecats/toast
  attempts: 1
  reason:   gate test failed: echo no; test ! -e bad.txt
  created:  2026-11-20T08:00:00Z

the last gate said:
  no
  exit status 1
"""
    )
    assert (
        gt("mq", "retry", "pr-mr-1", cwd=scene.town.root).stdout
        == """\
pr-mr-1 is in the queue again
next: gt refinery run proj
      gt mq list proj
"""
    )
    listed = json.loads(gt("mq", "list", "--ready", "--json", cwd=scene.town.root).stdout)
    assert [(each["id"], each["status"], each["attempts"], each["score"]) for each in listed] == [
        ("pr-mr-1", "ready", 1, 1152.5)
    ]
    listed = json.loads(gt("mq", "list", "--all", "--json", cwd=scene.town.root).stdout)
    assert [(each["id"], each["status"], each["landed_commit"]) for each in listed] == [
        ("pr-mr-1", "ready", ""),
        ("pr-mr-2", "landed", scene.tip()),
    ]


def test_one_line_for_what_is_not_there(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    submit(scene, "pr-1", {"good.txt": "x\n"})
    for words, line in {
        ("mq", "list", "nope"): "no rig 'nope'; gt rig list shows them",
        ("refinery", "run", "nope"): "no rig 'nope'; gt rig list shows them",
        ("mq", "status", "x"): "no merge request x; see them with: gt mq list --all",
        ("mq", "retry", "x"): "no merge request x; see them with: gt mq list --all",
        ("mq", "retry", ""): "an empty id of a merge request; see the ids with: gt mq list --all",
        ("mq", "status", "pr-1"): "pr-1 is a bead, not a merge request; see it with: bd show pr-1",
    }.items():
        done = gt(*words, cwd=scene.town.root)
        assert (done.returncode, done.stdout, done.stderr) == (1, "", f"error: {line}\n")


def test_ended_politely_it_ends_its_gate_too(tmp_path: Path) -> None:
    scene = make_scene(tmp_path, {"test": "sleep 600"})
    submit(scene, "pr-1", {"new.txt": "x\n"})
    words = [sys.executable, "-m", "gtlib.cli", "gt", "refinery", "run", "proj"]
    with subprocess.Popen(words, cwd=scene.town.root) as refinery:
        assert process.until(lambda: gates.running(scene.rig) is not None, 30)
        gate = gates.running(scene.rig)
        refinery.terminate()
    assert (refinery.returncode, gate and process.alive(gate.proc)) == (130, False)
    assert scene.request("pr-mr-1").status == "ready"

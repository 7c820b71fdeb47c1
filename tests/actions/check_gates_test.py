"""Gates that ask the world: GitHub's program, commands, conditions; and how often they ask."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gtlib.actions import trust
from gtlib.actions.check_gates import Checked
from gtlib.actions.check_gates import check_gates
from gtlib.actions.check_gates import next_look
from gtlib.actions.discover_gates import discover_gates
from gtlib.errors import UserError
from gtlib.lock import FileLock
from gtlib.model.bead import Bead
from gtlib.names import ItemId
from gtlib.rules.gates import shut_gates
from gtlib.store.allowed import allow_text
from gtlib.store.town import Town
from gtlib.system import process
from tests.support import towns
from tests.support import working
from tests.support.stub_gh import StubGh
from tests.support.stub_gh import run

NOW = "2026-11-20T08:00:00Z"


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    monkeypatch.setenv("GT_NOW", NOW)
    return towns.make_town(tmp_path / "town")


@pytest.fixture
def gh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StubGh:
    return StubGh(tmp_path / "bin", monkeypatch)


def gate(town: Town, id: str, kind: str, on: str = "", **keys: object) -> None:
    said = {
        "type": "gate",
        "created": "2026-11-20T07:00:00Z",
        "await": kind,
        **({"on": f"'{on}'"} if on else {}),
    }
    path = f"beads/{id}.md"
    towns.write(town, path, towns.bead(id, f"Gate {kind}", **said, **keys))
    towns.git(town.root, "add", path)
    towns.git(town.root, "-c", "core.hooksPath=/dev/null", "commit", "-qm", "gate", "--", path)


def runs(command: str) -> dict[str, object]:
    """Metadata of an exec gate, which is allowed to nobody yet."""
    return {"metadata": "\n  run: " + json.dumps(command)}


def look(town: Town, **keys: object) -> list[tuple[str, str, str]]:
    return said(check_gates(town, "overseer", **keys))  # type: ignore[arg-type]


def said(found: Checked) -> list[tuple[str, str, str]]:
    return [(verdict.gate.id, verdict.state, verdict.why) for verdict in found.verdicts]


def bead(town: Town, id: str) -> Bead:
    found = town.snapshot().bead(ItemId(id))
    assert found is not None
    return found


def test_without_gh_every_gate_says_so_and_nothing_is_closed(
    town: Town, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    gate(town, "hq-a", "gh:run", "1")
    gate(town, "hq-b", "gh:pr", "2")
    tip = town.tip()
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    why = "gh is not installed here: https://cli.github.com"
    assert look(town, escalate=True) == [("hq-a", "error", why), ("hq-b", "error", why)]
    assert town.tip() == tip


def test_a_run_that_ended_well_opens_its_gate(town: Town, gh: StubGh) -> None:
    gate(town, "hq-a", "gh:run", "17", waiters=["mayor"])
    gh.says("run view", run(17, "in_progress", ""))
    assert look(town) == [("hq-a", "shut", "run 17 is in_progress")]
    gh.says("run view", run(17, conclusion="skipped"))
    assert look(town) == [("hq-a", "open", "run 17 ended: skipped")]
    assert gh.asked() == ["run view 17", "run view 17"]
    assert (bead(town, "hq-a").status, bead(town, "hq-a").close_reason) == ("closed", "run 17 ended: skipped")
    assert [message.subject for _, message in town.snapshot().mail("mayor", "new")] == ["Gate hq-a is open"]
    assert look(town) == []
    assert gh.asked() == []


def test_a_workflow_is_looked_up_once_and_its_run_kept(town: Town, gh: StubGh) -> None:
    gate(town, "hq-a", "gh:run", "release.yml")
    gh.says("run list", [])
    assert look(town) == [("hq-a", "shut", "no run of release.yml yet")]
    gh.says("run list", [run(9, "queued", "")])
    gh.says("run view", run(9))
    assert look(town, dry=True) == [("hq-a", "shut", "run 9 is queued")]
    assert look(town) == [("hq-a", "shut", "run 9 is queued")]
    assert (bead(town, "hq-a").on, bead(town, "hq-a").metadata) == ("9", {"gate_workflow": "release.yml"})
    assert look(town) == [("hq-a", "open", "run 9 ended: success")]
    assert gh.asked() == ["run list --limit=1"] * 3 + ["run view 9"]


def test_what_failed_is_told_to_overseer_and_mayor_once(town: Town, gh: StubGh) -> None:
    gate(town, "hq-a", "gh:run", "1")
    gate(town, "hq-b", "gh:pr", "#2")
    gate(town, "hq-c", "gh:run", "404")
    gh.says("run view", run(1, conclusion="failure"))
    gh.says("pr view", {"state": "CLOSED"})
    assert [each[1:] for each in look(town, ids=["hq-a", "hq-b"], escalate=True)] == [
        ("failed", "run 1 ended: failure"),
        ("failed", "pull request 2 is closed, not merged"),
    ]
    gh.says("run view", err="failed to get run: HTTP 404: Not Found (https://api...)\n", code=1)
    for _ in range(2):
        assert look(town, ids=["hq-c"], escalate=True) == [
            ("hq-c", "failed", "gh: failed to get run: HTTP 404: Not Found (https://api...)")
        ]
    for box in ("overseer", "mayor"):
        subjects = sorted(message.subject for _, message in town.snapshot().mail(box, "new"))
        assert subjects == [
            "Gate hq-a failed: run 1 ended: failure",
            "Gate hq-b failed: pull request 2 is closed, not merged",
            "Gate hq-c failed: gh: failed to get run: HTTP 404: Not Found (https://api...)",
        ]
    tip = town.tip()
    assert look(town, ids=["hq-b"], escalate=True)[0][1] == "failed"
    assert town.tip() == tip
    gh.says("pr view", {"state": "MERGED"})
    assert look(town, ids=["hq-b"])[0][1:] == ("open", "pull request 2 is merged")


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ({"err": "To get started with GitHub CLI, please run: gh auth login\n", "code": 4}, "gh is not logged in: gh auth login"),
        ({"err": "error connecting to api.github.com\n", "code": 1}, "gh: error connecting to api.github.com"),
        ({"code": 1}, "gh: exit status 1"),
        ({"answer": [1, 2]}, "gh: an answer that is not understood"),
    ],
)  # fmt: skip
def test_what_gh_can_not_tell_changes_nothing(
    town: Town, gh: StubGh, answer: dict[str, object], why: str
) -> None:
    gate(town, "hq-a", "gh:run", "1")
    gh.says("run view", **answer)  # type: ignore[arg-type]
    tip = town.tip()
    assert look(town, escalate=True) == [("hq-a", "error", why)]
    assert town.tip() == tip


def test_names_from_files_are_no_flags(town: Town, gh: StubGh) -> None:
    gate(town, "hq-a", "gh:run", "--web")
    gate(town, "hq-b", "gh:pr", "1; rm -rf .")
    assert look(town) == [
        ("hq-a", "error", "'--web' is neither a run nor a workflow"),
        ("hq-b", "error", "'1; rm -rf .' is no number of a pull request"),
    ]
    assert gh.asked() == []


def test_a_command_runs_when_it_is_allowed_and_opens_its_gate(town: Town) -> None:
    command = "echo looked; printf x >>looks; test -e done.txt"
    gate(town, "hq-a", "exec", **runs(command))
    not_allowed = "its command is not allowed on this machine; see what would run, and allow it, with: gt allow beads/hq-a.md"
    assert look(town) == [("hq-a", "error", not_allowed)]
    allow_text(town.local, command, "test")
    assert look(town, dry=True) == [("hq-a", "shut", f"would run: {command}")]
    assert look(town) == [("hq-a", "shut", "its command ended with 1")]
    assert (town.local / "logs" / "gate-hq-a.log").read_text() == "looked\n"
    (town.root / "done.txt").touch()
    assert look(town) == [("hq-a", "open", "its command ended well")]
    assert (town.root / "looks").read_text() == "xx"


def test_a_command_of_words_is_started_as_they_are(town: Town) -> None:
    gate(town, "hq-a", "exec", metadata="\n  run:\n    - test\n    - -e\n    - a b")
    allow_text(town.local, "test -e 'a b'", "test")  # the script that looks like it
    assert look(town)[0][1] == "error"
    allow_text(town.local, trust.text_of(("test", "-e", "a b")), "test")
    assert look(town) == [("hq-a", "shut", "its command ended with 1")]
    (town.root / "a b").touch()
    assert look(town) == [("hq-a", "open", "its command ended well")]


def test_a_gate_with_names_that_no_variable_has_ends_no_other(town: Town) -> None:
    gate(town, "hq-a", "exec", metadata='\n  run: echo "$x"\n  vars:\n    "a=b": x')
    gate(town, "hq-b", "exec", metadata='\n  run: test "$x$CC" = yes\n  vars:\n    x: yes\n    MAKEFLAGS: -x')
    for script in ('echo "$x"', 'test "$x$CC" = yes'):
        allow_text(town.local, script, "test")
    assert look(town) == [
        ("hq-a", "error", "'a=b' is not a name for a variable"),
        ("hq-b", "open", "its command ended well"),
    ]


def test_a_condition_without_a_molecule_asks_for_files(town: Town) -> None:
    gate(town, "hq-a", "conditional", 'file.exists("notes.txt")')
    gate(town, "hq-b", "conditional", "nonsense ==")
    found = look(town)
    assert found[0] == ("hq-a", "shut", 'its condition does not hold yet: file.exists("notes.txt")')
    assert found[1][:2] == ("hq-b", "error")
    (town.root / "notes.txt").touch()
    assert look(town, kinds=frozenset({"conditional"}), ids=["hq-a"])[0][1] == "open"


def test_a_late_gate_is_reported_once_and_stays_shut(town: Town) -> None:
    gate(town, "hq-a", "exec", timeout="30m", **runs("true"))
    gate(town, "hq-b", "human", timeout="30m")
    gate(town, "hq-c", "timer", timeout="30m")
    found = check_gates(town, "deacon", escalate=True)
    assert (found.late, found.opened) == ((ItemId("hq-a"), ItemId("hq-b")), (ItemId("hq-c"),))
    check_gates(town, "deacon", escalate=True)
    subjects = sorted(message.subject for _, message in town.snapshot().mail("overseer", "new"))
    assert subjects == ["Gate hq-a is late", "Gate hq-b is late"]
    assert [gate.id for gate in shut_gates(town.snapshot())] == ["hq-a", "hq-b"]


def test_how_long_a_program_is_left_alone(town: Town, gh: StubGh, monkeypatch: pytest.MonkeyPatch) -> None:
    gate(town, "hq-a", "gh:run", "1")
    gate(town, "hq-b", "timer", timeout="3h")
    gh.says("run view", run(1, "in_progress", ""))

    def left(now: str) -> tuple[list[ItemId], float | None]:
        return next_look(town, shut_gates(town.snapshot()), now)

    assert left(NOW) == (["hq-a"], 7200.0)
    waits = []
    for hour in range(9, 15):
        now = f"2026-11-20T{hour:02}:00:00Z"
        monkeypatch.setenv("GT_NOW", now)
        check_gates(town, "deacon", ids=["hq-a"])
        waits.append(left(now)[1])
    assert waits == [60.0, 120.0, 240.0, 480.0, 600.0, 600.0]
    gh.says("run view", run(1, "queued", ""))
    check_gates(town, "deacon", ids=["hq-a"])
    assert left(now) == ([], 60.0)
    assert left("2026-11-20T13:59:00Z") == (["hq-a"], None)  # a clock that was set back
    (town.local / "gates.json").write_text("spoilt")
    assert left(now) == (["hq-a"], None)


def test_one_check_at_a_time_asks(town: Town, gh: StubGh) -> None:
    gate(town, "hq-a", "gh:run", "1")
    with (
        FileLock(town.local / "gates.lock"),
        pytest.raises(UserError, match="gates are being looked at already"),
    ):
        look(town, wait=0.05)
    assert gh.asked() == []


def test_a_check_waits_for_another_and_says_for_which_gate(town: Town, tmp_path: Path) -> None:
    gate(town, "hq-a", "exec", **runs("test -e go"))
    allow_text(town.local, "test -e go", "test")
    slow = process.spawn(["sleep", "60"], tmp_path, None, tmp_path / "log")
    note = {"pid": slow.pid, "started": slow.started, "gate": "hq-slow"}
    (town.local / "gate-exec.json").write_text(json.dumps(note))
    lock, said = FileLock(town.local / "gates.lock"), []
    assert lock.acquire(0)

    def tell(line: str) -> None:
        said.append(line)
        lock.release()

    assert look(town, wait=0.2, tell=tell) == [("hq-a", "shut", "its command ended with 1")]
    busy = "gates are being looked at already: the command of hq-slow runs"
    assert said == [f"{busy}; waiting for its end, 0.2 s at most"]


def test_runs_are_found_for_gates_that_name_none(town: Town, gh: StubGh) -> None:
    gate(town, "hq-a", "gh:run")
    gate(town, "hq-b", "gh:run", "release.yml")
    gate(town, "hq-c", "gh:run", "17")
    commit = str(town.tip())
    near = {"createdAt": "2026-11-20T07:50:00Z", "workflowName": "CI", "headBranch": "main"}
    listed = [
        run(1, **near),
        run(2, **{**near, "headSha": commit, "createdAt": "2026-11-20T07:40:00Z"}),
        run(3, **{**near, "headSha": commit, "createdAt": "2026-11-20T07:20:00Z"}),
        run(4, **{**near, "workflowName": "Release", "headBranch": "other"}),
    ]
    gh.says("run list", listed)

    def found(dry: bool) -> list[tuple[str, str, int]]:
        discovered = discover_gates(town, "overseer", town.root, branch="", most=10, seconds=1800, dry=dry)
        assert (discovered.checked, discovered.errors) == (2, ())
        return [(each.gate.id, each.run, each.score) for each in discovered.matched]

    assert found(dry=True) == [("hq-a", "2", 150), ("hq-b", "4", 200)]
    assert bead(town, "hq-a").on == ""
    assert found(dry=False) == [("hq-a", "2", 150), ("hq-b", "4", 200)]
    assert [bead(town, id).on for id in ("hq-a", "hq-b", "hq-c")] == ["2", "4", "17"]


def test_a_rigs_gates_ask_in_its_folders(tmp_path: Path, gh: StubGh, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GT_NOW", NOW)
    town = working.working_town(tmp_path, {"one": None})
    gate(town, "pr-a", "gh:run", "1")
    gate(town, "pr-b", "exec", **runs("pwd"))
    allow_text(town.local, "pwd", "test")
    gh.says("run view", run(1))
    assert [state for _, state, _ in look(town)] == ["open", "open"]
    assert (gh.folder / "where").read_text() == f"{town.root}/proj/.repo/.git\n"
    assert (town.local / "logs" / "gate-pr-b.log").read_text() == f"{town.root}/proj\n"


def test_what_a_killed_check_left_running_is_ended_by_the_next(town: Town, tmp_path: Path) -> None:
    left = process.spawn(["sleep", "60"], tmp_path, None, tmp_path / "log")
    (town.local / "gate-exec.json").write_text(json.dumps({"pid": left.pid, "started": left.started}))
    gate(town, "hq-a", "exec", **runs("true"))
    allow_text(town.local, "true", "test")
    assert look(town)[0][1] == "open"
    assert not process.alive(left)
    assert not (town.local / "gate-exec.json").exists()

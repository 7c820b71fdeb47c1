from __future__ import annotations

import io
import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import given
from hypothesis import settings

from gtlib.actions.import_ import import_
from gtlib.model.interchange import same
from gtlib.rules.exporting import Selection
from gtlib.rules.exporting import lines as exported_lines
from gtlib.store.town import Town
from tests.model.interchange_test import lines as any_line
from tests.support import jsonl_ledgers as ledgers
from tests.support.asked import bd
from tests.support.towns import commit
from tests.support.towns import git
from tests.support.towns import make_town
from tests.support.towns import put
from tests.support.towns import status

MEMORY = {"_type": "memory", "key": "auth: jwt", "value": "auth uses JWT"}


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ledger")
    return ledgers.write(folder / "issues.jsonl", [*ledgers.ledger(300), MEMORY])


def commits(town: Town) -> int:
    return int(git(town.root, "rev-list", "--count", "HEAD"))


def test_what_came_in_goes_out_again_and_comes_in_once(tmp_path: Path, ledger: Path) -> None:
    town = make_town(tmp_path / "town")
    before = commits(town)
    done = bd("import", str(ledger), "--json", cwd=town.root)
    said = json.loads(done.stdout)
    lines = ledgers.read(ledger.read_bytes())
    deleted = sum(line.get("status") == "tombstone" for line in lines)
    assert (done.returncode, said["refused"], said["repeated"]) == (0, [], [])
    assert (said["created"], said["tombstones"], said["memories"]) == (300 - deleted, deleted, 1)
    assert said["ids"] == [line["id"] for line in lines[:-1]]
    assert (commits(town), status(town)) == (before + 1, "")
    assert git(town.root, "log", "-1", "--format=%s") == "import: 300 beads from issues.jsonl\n"

    out = subprocess.run(
        [sys.executable, "-m", "gtlib.cli", "bd", "export"], cwd=town.root, capture_output=True, check=True
    )
    assert out.stderr == b""
    assert same(ledgers.read(out.stdout), lines)

    again = bd("import", str(ledger), "--json", cwd=town.root)
    assert json.loads(again.stdout)["unchanged"] == 301
    assert commits(town) == before + 1
    (tmp_path / "out.jsonl").write_bytes(out.stdout)
    other = make_town(tmp_path / "other")
    assert bd("import", str(tmp_path / "out.jsonl"), cwd=other.root).returncode == 0
    assert git(other.root, "rev-parse", "HEAD:beads", "HEAD:archive", "HEAD:memories") == git(
        town.root, "rev-parse", "HEAD:beads", "HEAD:archive", "HEAD:memories"
    )


def test_what_is_not_taken_is_told_by_line_and_the_rest_stands(tmp_path: Path) -> None:
    town = make_town(tmp_path / "town")
    file = tmp_path / "x.jsonl"
    file.write_text(
        '{"id":"ex-1","title":"one","updated_at":"2026-01-05T10:00:00Z"}\n'
        "<<<<<<< HEAD\n"
        '{"id":"ex-2","title":"two","priority":9}\n'
        '{"id":"ex-1","title":"older","updated_at":"2026-01-04T10:00:00Z"}\n'
        "{nonsense\n"
        '{"id":"ex-3","title":"three"}\n'
    )
    done = bd("import", str(file), cwd=town.root)
    assert done.returncode == 1
    assert done.stdout.startswith("x.jsonl: 2 created\nnext: bd ready\n")
    assert done.stderr.splitlines() == [
        "x.jsonl: line 4: ex-1: line 1 has the same id and is as new or newer",
        "x.jsonl: line 2 is not taken: it is a conflict marker of git",
        "x.jsonl: line 3 is not taken: ex-2: priority: 9 is not from 0 to 4",
        "x.jsonl: line 5 is not taken: it is not JSON (Expecting property name enclosed in double quotes: "
        "line 1 column 2 (char 1))",
    ]
    assert sorted(path.name for path in (town.root / "beads").glob("*.md")) == ["ex-1.md", "ex-3.md"]


def test_a_dry_run_says_the_same_and_changes_nothing(tmp_path: Path, ledger: Path) -> None:
    town = make_town(tmp_path / "town")
    before = commits(town)
    done = bd("import", "--dry-run", "-i", str(ledger), cwd=town.root)
    assert done.returncode == 0
    assert "would be created" in done.stdout
    assert (commits(town), status(town)) == (before, "")


def test_what_was_changed_here_since_is_not_taken_back(tmp_path: Path) -> None:
    town = make_town(tmp_path / "town")
    file = tmp_path / "x.jsonl"
    file.write_text('{"id":"ex-1","title":"one","updated_at":"2026-01-05T10:00:00Z","priority":1}\n')
    bd("import", str(file), cwd=town.root)
    assert bd("update", "ex-1", "--title", "mine", cwd=town.root).returncode == 0
    assert "updated:" not in (town.root / "beads/ex-1.md").read_text()
    done = bd("import", str(file), cwd=town.root)
    assert done.stdout == "x.jsonl: 1 older than what the town has: left out\nnext: bd list\n"
    file.write_text('{"id":"ex-1","title":"newer","updated_at":"2099-01-05T10:00:00Z","priority":1}\n')
    assert bd("import", str(file), cwd=town.root).stdout.startswith("x.jsonl: 1 updated\n")
    assert "title: newer\n" in (town.root / "beads/ex-1.md").read_text()


def test_what_was_added_here_stays_beside_a_newer_line(tmp_path: Path) -> None:
    town = make_town(tmp_path / "town")
    file = tmp_path / "x.jsonl"
    file.write_text('{"id":"ex-1","title":"one","updated_at":"2026-01-05T10:00:00Z","priority":1}\n')
    bd("import", str(file), cwd=town.root)
    assert bd("update", "ex-1", "--add-label", "mine", "-d", "Text.", cwd=town.root).returncode == 0
    assert bd("comment", "ex-1", "seen", cwd=town.root).returncode == 0
    comments = json.loads(bd("show", "ex-1", "--json", cwd=town.root).stdout)[0]["comments"]
    newer = '{"id":"ex-1","title":"newer","updated_at":"2099-01-05T10:00:00Z","priority":0,"labels":["x"]}\n'
    file.write_text(newer)
    assert bd("import", str(file), cwd=town.root).stdout.startswith("x.jsonl: 1 updated\n")
    found = json.loads(bd("show", "ex-1", "--json", cwd=town.root).stdout)[0]
    assert (found["title"], found["priority"], found["labels"]) == ("newer", 0, ["mine", "x"])
    assert (found["description"], found["comments"]) == ("Text.", comments)
    assert bd("import", str(file), cwd=town.root).stdout == "x.jsonl: 1 unchanged\nnext: bd list\n"


def test_a_bead_of_the_town_goes_out_with_the_times_of_its_commits(tmp_path: Path) -> None:
    town = make_town(tmp_path / "town")
    put(town, "beads/hq-1.md", "---\ntitle: by hand\n---\nText.\n")
    when = git(town.root, "log", "-1", "--format=%cd", "--date=format-local:%Y-%m-%dT%H:%M:%SZ").strip()
    done = bd("export", "--id", "hq-1", cwd=town.root)
    assert json.loads(done.stdout) == {
        "id": "hq-1",
        "title": "by hand",
        "description": "Text.",
        "status": "open",
        "priority": 2,
        "issue_type": "task",
        "created_at": when,
        "updated_at": when,
    }
    file = tmp_path / "x.jsonl"
    file.write_text(done.stdout)
    assert bd("import", str(file), cwd=town.root).stdout == "x.jsonl: 1 unchanged\nnext: bd list\n"


def test_filters(tmp_path: Path) -> None:
    town = make_town(tmp_path / "town")
    file = tmp_path / "x.jsonl"
    kinds = {"ex-1": "task", "ex-2": "gate", "ex-3": "agent", "ex-4": "bug"}
    rows = [{"id": id, "title": "t", "priority": 2, "issue_type": kind} for id, kind in kinds.items()]
    rows += [{"id": "ex-5", "title": "t", "status": "tombstone", "priority": 2}, MEMORY]
    ledgers.write(file, rows)
    bd("import", str(file), cwd=town.root)

    def ids(*words: str) -> list[str]:
        done = bd("export", *words, cwd=town.root)
        assert done.returncode == 0, done.stderr
        return [line.get("id", "memory") for line in ledgers.read(done.stdout.encode())]

    assert ids() == ["ex-1", "ex-2", "ex-3", "ex-4", "ex-5", "memory"]
    assert ids("--no-archived", "--no-memories") == ["ex-1", "ex-2", "ex-3", "ex-4"]
    assert ids("--scrub") == ["ex-1", "ex-4", "ex-5"]
    assert ids("--type", "bug,gate") == ["ex-2", "ex-4"]
    assert ids("--status", "tombstone") == ["ex-5"]
    assert ids("--id", "ex-4", "--id", "1") == ["ex-1", "ex-4"]
    for words in (("--id", "ex-9"), ("--all", "--scrub"), ("--all", "--no-archived"), ("--id", "")):
        assert bd("export", *words, cwd=town.root).returncode in (1, 2)


def test_export_does_not_write_over_what_the_town_does_not_know(tmp_path: Path, ledger: Path) -> None:
    town = make_town(tmp_path / "town")
    file = tmp_path / "mine.jsonl"
    file.write_bytes(ledger.read_bytes())
    file.chmod(0o640)
    done = bd("export", "-o", str(file), cwd=town.root)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"error: the town has no beads, and {file} is not empty; import it first, write to another file, "
        "or say --force\n"
    )
    put(town, "beads/hq-1.md", "---\ntitle: t\n---\n")
    done = bd("export", "-o", str(file), cwd=town.root)
    assert done.returncode == 1
    assert "holds 300 beads that the town does not know" in done.stderr
    notes = tmp_path / "notes.txt"
    notes.write_text("my notes\n")
    assert bd("export", "-o", str(notes), cwd=town.root).stderr.startswith(
        f"error: {notes}:1 is no line of the interchange format; "
    )
    assert file.read_bytes() == ledger.read_bytes()
    link = tmp_path / "link.jsonl"
    link.symlink_to(file)
    done = bd("export", "-o", str(link), "--force", "--json", cwd=town.root)
    assert json.loads(done.stdout) == {"path": str(link), "exported": 1, "schema_version": 1}
    assert (link.is_symlink(), len(file.read_bytes().splitlines())) == (True, 1)
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert bd("export", "-o", str(file), cwd=town.root).returncode == 0
    assert sorted(os.listdir(tmp_path)) == ["link.jsonl", "mine.jsonl", "notes.txt", "town"]


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("import", "nowhere.jsonl"), 1, "nowhere.jsonl: No such file or directory"),
        (("import", "."), 1, ".: Is a directory"),
        (("import", "a", "-i", "b"), 2, "FILE and --input are both given"),
        (("export", "-o", "nowhere/x.jsonl"), 1, "nowhere/x.jsonl: No such file or directory"),
        (("export", "-o", "."), 1, ". is a folder"),
    ],
)
def test_refusals(tmp_path: Path, words: tuple[str, ...], code: int, says: str) -> None:
    town = make_town(tmp_path / "town")
    done = bd(*words, cwd=town.root)
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.startswith(f"error: {says}; ")


def test_standard_input(tmp_path: Path) -> None:
    town = make_town(tmp_path / "town")
    done = subprocess.run(
        [sys.executable, "-m", "gtlib.cli", "bd", "import", "-"],
        cwd=town.root,
        input=b'{"id":"ex-1","title":"one"}\n',
        capture_output=True,
        check=True,
    )
    assert done.stdout.startswith(b"standard input: 1 created\n")


@pytest.fixture(scope="module")
def shared_town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    return make_town(tmp_path_factory.mktemp("any") / "town")


@given(line=any_line)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_line_comes_back_from_the_files(shared_town: Town, line: dict[str, object]) -> None:
    """Each example replaces what the one before it left under the same id."""
    town = shared_town
    path = f"beads/{line['id']}.md"
    if town.snapshot().exists(path):
        git(town.root, "rm", "--quiet", path)
        commit(town.root, "-m", "away")
    if line.get("status") == "tombstone":
        line = {**line, "status": "closed"}
    done = import_(town, io.BytesIO(ledgers.text([line])), "x.jsonl")
    if done.refused:
        assert not town.snapshot().exists(path)
        return
    snapshot = town.snapshot()
    found = ledgers.read("".join(exported_lines(snapshot, Selection(ids=(str(line["id"]),)))).encode())[0]
    assert all(same(found[key], value) for key, value in line.items()), (found, line)
    again = import_(town, io.BytesIO(ledgers.text([line])), "x.jsonl")
    assert (again.unchanged, again.commit) == (1, "")

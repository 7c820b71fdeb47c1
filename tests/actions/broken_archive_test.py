"""A line of the archive that can't be read loses nothing: its last whole version stands, and it is told."""

from __future__ import annotations

from datetime import UTC
from datetime import datetime
from pathlib import Path

import pytest

from gtlib import checks
from gtlib.actions.archive import archive
from gtlib.actions.archive import restore
from gtlib.actions.catch_up import catch_up
from gtlib.actions.doctor import doctor
from gtlib.actions.status import status
from gtlib.cli.program import main
from gtlib.errors import UserError
from gtlib.names import Address
from gtlib.names import ItemId
from gtlib.store.index import throw_away
from gtlib.store.reading import read
from gtlib.store.town import Town
from tests.support.towns import commit
from tests.support.towns import git
from tests.support.towns import make_town
from tests.support.towns import put
from tests.support.towns import show
from tests.support.towns import write

MONTH = "archive/2026-11.jsonl"
AT = datetime(2026, 12, 1, tzinfo=UTC)


def closed(id: str) -> str:
    return f"---\nid: {id}\ntitle: Done {id}\nstatus: closed\nclosed: 2026-11-01T08:00:00Z\n---\n"


@pytest.fixture
def town(tmp_path: Path) -> Town:
    made = make_town(tmp_path / "town")
    for id in ("hq-aaaaa", "hq-bbbbb"):
        put(made, f"beads/{id}.md", closed(id))
    assert sorted(archive(made, before=AT)) == ["hq-aaaaa", "hq-bbbbb"]
    return made


def broken(town: Town) -> str:
    """The last line is cut, as by a full disk; the line's number and the commit."""
    text = show(town, MONTH)
    write(town, MONTH, text[: len(text) - 30])
    commit(town.root, "--no-verify", "-qam", "cut")
    return git(town.root, "log", "-1", "--format=%H", "--", MONTH).strip()


def letters(town: Town) -> list[tuple[str, str]]:
    return [(each.subject, each.body) for _, each in town.snapshot().mail(Address("overseer"), "new")]


def test_what_its_last_whole_version_said_stands(town: Town) -> None:
    broken(town)
    for fresh in (False, True):
        if fresh:
            throw_away(town.root)
        for snapshot in (Town.open(town.root).snapshot(), read(town.root), read(town.root)):
            assert sorted(each.id for each in snapshot.archive.all()) == ["hq-aaaaa", "hq-bbbbb"]
            found = snapshot.bead(ItemId("hq-bbbbb"))
            assert found is not None and found.title == "Done hq-bbbbb"
            assert "hq-bbbbb" in snapshot.taken()
            assert [(each.path, each.line) for each in snapshot.broken()] == [(MONTH, 2)]
    past = Town.open(town.root)
    assert "hq-bbbbb" in past.snapshot_at(past.tip()).archive


def test_its_author_is_told_once_and_mending_heals(town: Town) -> None:
    whole = git(town.root, "rev-parse", "HEAD").strip()
    before = show(town, MONTH)
    cut = broken(town)
    assert letters(town) == [
        (
            f"Unreadable: {MONTH}",
            f"{MONTH}:2: not a line of JSON\nMend it: mend it, or take it from an older commit\n\n"
            f"Commit {cut[:12]} brought this version.\n"
            f"Until it is mended the version of commit {whole[:12]} stands for every id that\n"
            "can't be read here, and nothing of the town writes the file.\n"
            f"See the difference: git log -p -- {MONTH}",
        )
    ]
    assert catch_up(town).applied == ()
    put(town, MONTH, before)
    assert (len(letters(town)), town.snapshot().broken()) == (1, ())
    assert catch_up(town).applied == ()


def test_nothing_writes_the_file(town: Town) -> None:
    broken(town)
    stands = show(town, MONTH)
    put(town, "beads/hq-ccccc.md", closed("hq-ccccc"))
    put(town, "beads/hq-ddddd.md", closed("hq-ddddd").replace("2026-11-01", "2026-10-01"))
    assert archive(town, before=AT) == ("hq-ddddd",)
    with pytest.raises(UserError, match="does not parse, so nothing writes it"):
        restore(town, ["hq-bbbbb"])
    assert show(town, MONTH) == stands


def test_doctor_status_and_export_name_it(
    town: Town, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    broken(town)
    told = f"{MONTH}:2: not a line of JSON"
    assert told in [each.message for each in doctor(town) if each.name == "files"]
    assert [each.partition(";")[0] for each in status(town.root, read(town.root)).broken] == [told]
    monkeypatch.chdir(town.root)
    assert main("bd", ["export"]) == 1
    said = capfd.readouterr()
    assert '"id":"hq-bbbbb"' in said.out
    assert f"not as it stands: {told}" in said.err
    assert main("bd", ["create", "Again", "--id", "hq-bbbbb"]) == 1
    assert main("bd", ["export", "--no-archived"]) == 0


def test_no_commit_brings_one_past_the_check(town: Town) -> None:
    whole = show(town, MONTH)
    write(town, MONTH, whole[: len(whole) - 30])
    git(town.root, "add", "--all")
    assert [each.plain for each in checks.staged(town.root)] == [
        f"{MONTH}:2: not a line of JSON (mend it, or take it from an older commit)"
    ]
    assert "not a line of JSON" in git(town.root, "commit", "-m", "x", check=False) or not git(
        town.root, "log", "-1", "--format=%s"
    ).startswith("x")

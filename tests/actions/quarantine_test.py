"""A file that does not parse: who committed it gets mail, once; mending it heals all."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from gtlib.actions.catch_up import catch_up
from gtlib.names import Address
from gtlib.rules.ready import ready
from gtlib.store.town import Town
from tests.support.towns import bead
from tests.support.towns import commit
from tests.support.towns import git
from tests.support.towns import make_town
from tests.support.towns import put
from tests.support.towns import show
from tests.support.towns import status
from tests.support.towns import write

NOW = "2026-11-20T08:00:00Z"
NUX = "proj/polecats/nux"
AGENT = f"---\naddress: {NUX}\nrole: polecat\nrig: proj\n---\n"
BAD = bead("hq-aaa", "One").replace("title: One", "title: One\npriority: 9")


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return make_town(tmp_path / "town")


def force(town: Town, path: str, text: str | bytes, message: str = "forced") -> str:
    """Commit what our checks would refuse; what git said."""
    data = text if isinstance(text, bytes) else text.encode("utf-8")
    write(town, path, "").write_bytes(data)
    git(town.root, "add", "--", path)
    commit(town.root, "--no-verify", "-m", message, "--", path)
    return git(town.root, "log", "-1", "--format=%H", "--", path).strip()


def letters(town: Town, address: str = "overseer") -> list[tuple[str, str]]:
    return [
        (message.subject, message.body)
        for box in ("new", "cur")
        for _, message in town.snapshot().mail(Address(address), box)
    ]


def ready_ids(town: Town) -> list[str]:
    return [str(each.id) for each in ready(town.snapshot(), NOW)]


def test_the_mail_says_where_why_and_what_to_do(town: Town) -> None:
    put(town, "beads/hq-aaa.md", bead("hq-aaa", "One"))
    stands = town.tip()
    broke = force(town, "beads/hq-aaa.md", BAD)
    assert letters(town) == [
        (
            "Unreadable: beads/hq-aaa.md",
            "beads/hq-aaa.md:4: priority is '9'\n"
            "Mend it: write a whole number from 0 to 4\n\n"
            f"Commit {broke[:12]} brought this version.\n"
            f"Until it is mended the version of commit {stands[:12]} stands,\n"
            "and nothing of the town writes the file.\n"
            "See the difference: git log -p -- beads/hq-aaa.md",
        )
    ]
    assert ready_ids(town) == ["hq-aaa"]
    assert status(town) == ""


def test_a_broken_version_is_told_once_and_another_one_again(town: Town) -> None:
    force(town, "beads/hq-aaa.md", BAD)
    tip = town.tip()
    catch_up(town)
    assert town.tip() == tip
    put(town, "notes.txt", "something else\n")
    assert len(letters(town)) == 1
    put(town, "beads/hq-aaa.md", bead("hq-aaa", "One"))
    force(town, "beads/hq-aaa.md", BAD)
    assert len(letters(town)) == 1
    force(town, "beads/hq-aaa.md", BAD.replace("9", "7"))
    assert sorted(body.partition("\n")[0] for _, body in letters(town)) == [
        "beads/hq-aaa.md:4: priority is '7'",
        "beads/hq-aaa.md:4: priority is '9'",
    ]


def test_a_mail_thrown_away_does_not_come_again(town: Town) -> None:
    force(town, "beads/hq-aaa.md", BAD)
    git(town.root, "rm", "--quiet", "-r", "mail/overseer")
    git(town.root, "commit", "--quiet", "-m", "read it")
    git(town.root, "commit", "--quiet", "--amend", "-m", "history is another one now")
    catch_up(town)
    assert letters(town) == []


@pytest.mark.parametrize(("known", "told"), [(True, NUX), (False, "overseer")])
def test_an_agent_gets_the_mail_about_its_own_commit(
    town: Town, monkeypatch: pytest.MonkeyPatch, known: bool, told: str
) -> None:
    if known:
        put(town, f"agents/{NUX}.md", AGENT)
    monkeypatch.setenv("GT_ROLE", NUX)
    force(town, "beads/hq-aaa.md", BAD)
    assert [subject for subject, _ in letters(town, told)] == ["Unreadable: beads/hq-aaa.md"]


def test_what_never_parsed_blocks_what_names_it_until_it_is_mended(town: Town) -> None:
    force(town, "beads/hq-aaa.md", BAD)
    put(town, "beads/hq-bbb.md", bead("hq-bbb", "Two", needs=["hq-aaa"]))
    ((_, body),) = letters(town)
    assert (
        "No version of it ever parsed: until it is mended it is an open blocker of what names it.\n" in body
    )
    assert ready_ids(town) == []
    put(town, "beads/hq-aaa.md", bead("hq-aaa", "One", status="closed"))
    assert ready_ids(town) == ["hq-bbb"]
    assert len(letters(town)) == 1
    assert status(town) == ""


def test_mended_mail_in_the_outbox_goes_its_way(town: Town) -> None:
    force(town, "mail/outbox/hello.md", "---\nto: overseer\nsubject: Hello\npriority: high\n---\nText.\n")
    assert [subject for subject, _ in letters(town)] == ["Unreadable: mail/outbox/hello.md"]
    put(town, "mail/outbox/hello.md", "---\nto: overseer\nsubject: Hello\n---\nText.\n")
    assert sorted(subject for subject, _ in letters(town)) == ["Hello", "Unreadable: mail/outbox/hello.md"]
    assert status(town) == ""


def test_a_molecule_goes_on_where_it_stood(town: Town) -> None:
    text = "---\nid: hq-mol-a\ntitle: Run\n---\n## Steps\n\n- [ ] **a** A\n\n- [ ] **b** B (needs: a)\n"
    put(town, "molecules/hq-mol-a.md", text)
    ticked = text.replace("[ ]", "[x]")
    force(town, "molecules/hq-mol-a.md", ticked.replace("- [x] **b**", "* x **b**"))
    assert [subject for subject, _ in letters(town)] == ["Unreadable: molecules/hq-mol-a.md"]
    put(town, "molecules/hq-mol-a.md", ticked)
    assert "status: closed\n" in show(town, "molecules/hq-mol-a.md")


@pytest.mark.parametrize(
    ("path", "data", "what"),
    [
        ("beads/hq-aaa.md", b"---\ntitle: caf\xe9\n---\n", "beads/hq-aaa.md:1: the file is not UTF-8 text"),
        ("beads/hq-aaa.md", b"", "beads/hq-aaa.md:1: there is no front matter"),
        ("beads/H\xc3\xbc\x07.md", b"---\ntitle: x\n---\n", "beads/H\\xfc\\x07.md:1: the file's name: "),
        ("proj/rig.yaml", b"url: [\n", "proj/rig.yaml:1: "),
        ("town.yaml", b"format: none\n", "town.yaml:1: format is 'none'"),
        ("mail/overseer/new/msg-1.md", b"x", "mail/overseer/new/msg-1.md:1: there is no front matter"),
    ],
)
def test_files_of_every_kind(town: Town, path: str | bytes, data: bytes, what: str) -> None:
    name = path.encode("latin-1").decode("utf-8") if "\xc3" in path else path
    force(town, name, data)
    ((subject, body),) = letters(town)
    assert subject == "Unreadable: " + what.partition(":")[0]
    assert body.startswith(what)
    assert status(town) == ""
    tip = town.tip()
    catch_up(town)
    assert town.tip() == tip


def test_a_name_that_is_no_text(town: Town) -> None:
    force(town, "beads/caf\udce9.md", bead("hq-aaa"))
    assert [subject for subject, _ in letters(town)] == ["Unreadable: beads/caf\\udce9.md"]
    assert not (town.local / "logs" / "githook.log").exists()
    for words, code in ((["gt", "status"], 0), (["bd", "list"], 0), (["gt", "doctor"], 1)):
        done = subprocess.run(
            [sys.executable, "-m", "gtlib.cli", *words], cwd=town.root, capture_output=True, check=False
        )
        assert (done.returncode, done.stderr) == (code, b"")

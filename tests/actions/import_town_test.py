from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from gtlib.actions.import_town import MovedIn
from gtlib.actions.import_town import import_town
from gtlib.errors import UserError
from gtlib.model.gastown import Left
from gtlib.names import Address
from gtlib.names import ItemId
from gtlib.rules.mail_to import Book
from gtlib.store import gastown
from gtlib.store.town import Town
from tests.support import gastowns
from tests.support import gitrepo
from tests.support import jsonl_ledgers
from tests.support.asked import gt
from tests.support.towns import git
from tests.support.towns import make_town
from tests.support.towns import status

LEFT = (
    ("mayor/daemon.json", "the deacon here has no patrols to configure"),
    ("proj/crew/joe", "its checkout stays there: push what is in it"),
    ("proj/polecats/toast", "its checkout stays there: push what is in it"),
    ("bad-name/config.json", "'bad-name' is not a name for a rig: gt rig add NAME URL"),
    (
        ".beads/issues.jsonl:6",
        "hq-m9 stays a bead: a message to 'queue:work', who has no mailbox here",
    ),
    (
        "proj/mayor/rig/.beads/issues.jsonl:4",
        "pr-elsewhere-crew-x stays a bead: an agent of no rig that is known",
    ),
    (
        "proj/mayor/rig/.beads/issues.jsonl:5",
        "pr-mr1 stays a bead: an open merge request: hand its branch in again with gt done",
    ),
    ("formulas/broken.formula.toml", "formulas/broken.formula.toml:1: the formula has no name"),
)


def fingerprint(root: Path) -> dict[str, str]:
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def test_an_installation_becomes_a_town(tmp_path: Path) -> None:
    old = gastowns.make(tmp_path / "old")
    before = fingerprint(old)
    done = import_town(old, tmp_path / "new")
    assert fingerprint(old) == before
    town = Town.open(tmp_path / "new")
    assert status(town) == ""
    assert done.left == tuple(Left(*each) for each in LEFT)
    assert (done.rigs, done.created, done.tombstones, done.hooked) == (("proj",), 7, 1, 1)
    assert done.mail == ("mail/mayor/cur/hq-m7.md", "mail/proj/crew/joe/new/hq-m8.md")
    assert done.agents == ("mayor", "proj/crew/joe", "proj/polecats/toast")
    assert done.files == (
        "directives/mayor.md",
        "formulas/weekly.formula.toml",
        "proj/settings/config.json",
        "settings/config.json",
    )
    assert done.todo == (
        "gt rig add proj https://example.com/proj.git",
        "gt crew add joe --rig proj",
        "gt allow proj/rig.yaml",
    )
    snapshot = town.snapshot()
    assert (snapshot.town.name, snapshot.town.overseer) == ("oldtown", "o@example.com")
    rig = snapshot.rig("proj")
    assert rig is not None
    gates = {name: (gate.command, gate.timeout) for name, gate in rig.gates.items()}
    assert (rig.prefix, rig.branch, rig.url) == ("pr", "trunk", "https://example.com/proj.git")
    assert gates == {"test": ("make test", 600), "e2e": ("make e2e", 120)}
    held = snapshot.bead(ItemId("hq-2"))
    assert held is not None and held.status == "hooked"
    assert snapshot.archive.has("hq-old")
    assert json.loads(snapshot.text("settings/config.json") or "")["default_agent"] == "codex"


def test_what_is_no_work_item_gets_a_file_of_its_kind(tmp_path: Path) -> None:
    import_town(gastowns.make(tmp_path / "old"), tmp_path / "new")
    snapshot = Town.open(tmp_path / "new").snapshot()
    ((_, letter),) = snapshot.mail("mayor", "cur")
    assert (letter.sender, letter.to, letter.subject) == ("proj/polecats/toast", ("mayor",), "build is red")
    assert (letter.thread, letter.body, letter.sent) == ("t-19", "please look", gastowns.AT)
    ((_, letter),) = snapshot.mail("proj/crew/joe", "new")
    assert (letter.sender, letter.type, letter.reply_to) == ("mayor", "reply", "hq-m7")
    convoy = snapshot.convoy(ItemId("hq-cv-ab1"))
    assert convoy is not None
    assert (convoy.owner, convoy.notify, convoy.merge) == ("mayor", ("proj/crew/joe",), "mr")
    assert (convoy.status, convoy.tracks) == ("open", ("hq-1", "pr-a1"))
    assert snapshot.bead(ItemId("hq-cv-ab1")) is None
    toast = snapshot.agent(Address("proj/polecats/toast"))
    assert toast is not None and toast.hook is None
    line = json.loads(str(toast.extra["imported"]))
    assert (line["id"], line["labels"]) == ("pr-proj-polecat-toast", ["gt:agent"])
    mayor = snapshot.agent(Address("mayor"))
    assert mayor is not None and mayor.notes.startswith("The mayor.")


def test_once_more_changes_nothing(tmp_path: Path) -> None:
    old = gastowns.make(tmp_path / "old")
    import_town(old, tmp_path / "new")
    town = Town.open(tmp_path / "new")
    tip = town.tip()
    done = import_town(old, tmp_path / "new")
    assert (done.commit, done.unchanged, done.mail, done.agents, done.files) == ("", 8, (), (), ())
    assert town.tip() == tip


def test_a_dry_run_makes_no_town(tmp_path: Path) -> None:
    old = gastowns.make(tmp_path / "old")
    done = import_town(old, tmp_path / "new", dry_run=True)
    assert (done.rigs, done.created, len(done.left)) == (("proj",), 7, len(LEFT))
    assert not (tmp_path / "new").exists()


def test_into_a_town_that_has_its_own(tmp_path: Path) -> None:
    old = gastowns.make(tmp_path / "old")
    town = make_town(tmp_path / "town")
    tip = town.tip()
    done = gt("import-town", str(old), "--json", cwd=town.root)
    said = json.loads(done.stdout)
    assert (done.returncode, said["created"], said["town"]) == (0, 7, str(town.root))
    assert git(town.root, "rev-list", "--count", f"{tip}..HEAD") == "1\n"
    assert town.snapshot().town.name == "test"


def test_with_clones_and_worktrees(tmp_path: Path) -> None:
    remote = gitrepo.make_repo(tmp_path / "remote", {"README.md": "hello\n"})
    old = gastowns.make(tmp_path / "old", url=str(remote))
    (old / "proj/config.json").write_text('{"default_branch": "main"}')
    done = import_town(old, tmp_path / "new", clone=True)
    assert [each for each in done.left if "not cloned" in each.reason] == []
    assert done.todo == ("gt allow proj/rig.yaml",)
    assert (tmp_path / "new/proj/crew/joe/.git").exists()
    joe = Town.open(tmp_path / "new").snapshot().agent(Address("proj/crew/joe"))
    assert joe is not None and joe.hook is not None and joe.notes.startswith("role_type: crew")


def test_a_dump_of_tables_is_a_ledger_too(tmp_path: Path) -> None:
    old = gastowns.make(tmp_path / "old")
    (old / ".beads/issues.jsonl").unlink()
    comment = {"id": 3, "author": "bo", "text": "seen", "created_at": gastowns.AT}
    lines = [*gastowns.TOWN, gastowns.issue("hq-9", "said", comments=[comment], timeout=60, pinned=True)]
    gastowns.dump(old / ".beads/backup", lines)
    found = gastown.Reader(old).read()
    assert [(each.path, each.tables) for each in found.ledgers] == [
        (".beads/backup", True),
        ("proj/mayor/rig/.beads/issues.jsonl", False),
    ]
    raws = [raw for _, raw in gastown.lines(old, found.ledgers[0])]
    rows = {row["id"]: row for raw in raws for row in jsonl_ledgers.read(raw or b"")}
    assert rows["hq-m8"] == gastowns.TOWN[4]
    assert rows["hq-cv-ab1"] == gastowns.TOWN[2]
    assert rows["hq-9"]["comments"] == [comment | {"issue_id": "hq-9"}]
    assert import_town(old, tmp_path / "new").created == 8


def both(found: MovedIn) -> set[tuple[str, str]]:
    return {(each.path, each.reason) for each in found.left}


def test_what_is_broken_is_told_and_the_rest_is_taken(tmp_path: Path) -> None:
    old = gastowns.make(tmp_path / "old")
    (old / "settings/config.json").write_text("{")
    with open(old / ".beads/issues.jsonl", "a") as file:
        file.write("<<<<<<< HEAD\n")
    (old / "proj/.beads/redirect").write_text("/etc\n")
    (old / "proj/mayor/rig/.beads/issues.jsonl").unlink()
    done = import_town(old, tmp_path / "new")
    assert done.created == 3
    assert both(done) >= {
        ("settings/config.json", "it is not JSON (Expecting property name enclosed in double quotes: "
                                 "line 1 column 2 (char 1))"),
        (".beads/issues.jsonl:9", "it is a conflict marker of git"),
        ("proj/.beads/redirect", "it leads out of the installation"),
        ("proj/.beads", "there is no issues.jsonl and no backup/: write one with bd export there"),
    }  # fmt: skip


def test_hostile_names_lead_nowhere(tmp_path: Path) -> None:
    old = gastowns.make(tmp_path / "old")
    outside = gastowns.make(tmp_path / "outside")
    registry = {
        "rigs": {"../outside": {"git_url": "https://example.com/x.git"}, "proj": {"git_url": "ext::sh"}}
    }
    gastowns.write(old, {"mayor/rigs.json": registry, "directives/a b.md": "x\n", "mayor/town.json": "{}"})
    (old / "directives/link.md").symlink_to(outside / "directives/mayor.md")
    (old / "directives/mayor.md").unlink()
    done = import_town(old, tmp_path / "new")
    assert (done.rigs, done.files) == ((), ("formulas/weekly.formula.toml", "settings/config.json"))
    assert both(done) >= {
        ("../outside/config.json", "'../outside' is not a name for a rig: gt rig add NAME URL"),
        ("proj/config.json", "'ext::sh' is no address of a repository"),
        ("proj/config.json", "it has no address: gt rig add NAME URL"),
        ("directives/a b.md", "its name is none for a file here: letters, digits, ., - and _"),
        ("proj/settings/config.json", "proj is no rig of the town"),
    }
    folders = {path.name for path in (tmp_path / "new").iterdir() if path.is_dir()}
    fresh = {path.name for path in make_town(tmp_path / "fresh").root.iterdir() if path.is_dir()}
    assert folders - fresh == {"archive"}


def test_refusals(tmp_path: Path) -> None:
    old = gastowns.make(tmp_path / "old")
    with pytest.raises(UserError, match="lies in the installation"):
        import_town(old, old / "town")
    with pytest.raises(UserError, match="is no Gas Town installation"):
        import_town(tmp_path, tmp_path.parent / "other")
    done = gt("import-town", str(old), cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.endswith("stand in a town, or name one that is to be made: --to FOLDER\n")


def ledger(old: Path, *lines: object) -> None:
    """More lines of the installation's own ledger."""
    with open(old / ".beads/issues.jsonl", "a", encoding="utf-8") as file:
        file.writelines((each if isinstance(each, str) else json.dumps(each)) + "\n" for each in lines)


def test_agents_whose_beads_say_nothing_are_known_by_their_ids(tmp_path: Path) -> None:
    old = gastowns.make(tmp_path / "old")
    ledger(
        old,
        gastowns.issue("hq-deacon", "Deacon", "agent"),
        gastowns.issue("hq-dog-rex", "rex", "agent"),
        gastowns.issue("pr-proj-crew-ada", "ada", "agent"),
        gastowns.issue("pr-proj-witness", "Witness", "agent"),
        gastowns.issue("hq-l1", "for ada", "message", assignee="proj/ada"),
    )
    done = import_town(old, tmp_path / "new")
    assert {"deacon", "deacon/dogs/rex", "proj/crew/ada", "proj/witness"} <= set(done.agents)
    assert "mail/proj/crew/ada/new/hq-l1.md" in done.mail
    assert done.left == tuple(Left(*each) for each in LEFT)


def test_who_has_mail_and_no_identity_can_read_it(tmp_path: Path) -> None:
    old = gastowns.make(tmp_path / "old")
    ledger(old, gastowns.issue("hq-l1", "for zed", "message", assignee="proj/crew/zed"))
    done = import_town(old, tmp_path / "new")
    assert "proj/crew/zed" in done.agents
    assert "for zed" in gt("mail", "inbox", "proj/zed", cwd=tmp_path / "new").stdout
    assert status(Town.open(tmp_path / "new")) == ""
    again = import_town(old, tmp_path / "new")
    assert (again.commit, again.agents, again.mail) == ("", (), ())


def test_a_line_that_is_not_taken_is_told_by_the_exit_code(tmp_path: Path) -> None:
    old, new = gastowns.make(tmp_path / "old"), tmp_path / "new"
    argv = ["import-town", str(old), "--to", str(new)]
    looked = gt(*argv, "--dry-run")
    assert looked.returncode == 0
    assert looked.stdout.endswith(f"next: gt import-town {old} --to {new}\n")
    ledger(old, "no line")
    done = gt(*argv)
    assert (done.returncode, new.is_dir()) == (1, True)
    assert "not taken: .beads/issues.jsonl:9: " in done.stderr
    assert gt(*argv, "--json").returncode == 1


def test_lists_and_queues_of_mail_become_files(tmp_path: Path) -> None:
    old = gastowns.make(tmp_path / "old")
    config = {
        "lists": {"oncall": ["mayor/", "proj/joe"]},
        "queues": {"work": {"workers": ["proj/*"]}, "a b": {}},
    }
    gastowns.write(old, {"config/messaging.json": config})
    done = import_town(old, tmp_path / "new")
    assert [path for path in done.files if path.startswith("mail/")] == [
        "mail/lists/oncall.md",
        "mail/queues/work.md",
    ]
    assert Left("config/messaging.json", "queues: 'a b' is not a name for mail") in done.left
    snapshot = Town.open(tmp_path / "new").snapshot()
    assert Book(snapshot).meant("list:oncall").places == ("mayor", "proj/crew/joe")

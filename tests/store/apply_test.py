"""`town.apply`: one transition is one commit, and a person's text stays where it was."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest
from msgspec.structs import replace

from gtlib.actions.catch_up import catch_up
from gtlib.errors import UserError
from gtlib.model.edit import Edit
from gtlib.model.edit import Plan
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.store.town import Town
from gtlib.system import process
from tests.support.towns import bead
from tests.support.towns import commit
from tests.support.towns import git
from tests.support.towns import make_town
from tests.support.towns import put
from tests.support.towns import show
from tests.support.towns import status
from tests.support.towns import write

ID = ItemId("hq-aaaaa")
PATH = f"beads/{ID}.md"


@pytest.fixture
def town(tmp_path: Path) -> Town:
    made = make_town(tmp_path / "town")
    put(made, PATH, bead(ID, "First", priority=2, labels=["a"]) + "Some text.\n")
    return made


def change(**fields: object) -> Plan:
    def plan(snapshot: Snapshot) -> Edit | None:
        was = snapshot.bead(ID)
        assert was is not None
        now = replace(was, **fields)
        return None if now == was else Edit(subject=f"update: {ID}", put=(now,))

    return plan


def test_a_transition_is_one_commit_and_leaves_nothing_dirty(town: Town) -> None:
    before = town.tip()
    applied = town.apply(change(priority=0))
    assert applied is not None
    assert git(town.root, "rev-list", f"{before}..HEAD").split() == [applied.commit]
    assert git(town.root, "show", "--format=", "--name-only", "HEAD").split() == [PATH]
    assert git(town.root, "log", "-1", "--format=%s%n%(trailers)").strip() == (
        f"update: {ID}\nEvent: update\nActor: overseer"
    )
    assert status(town) == ""
    assert "priority: 0" in (town.root / PATH).read_text(encoding="utf-8")
    assert not town.pending()


def test_asking_for_what_is_makes_no_commit(town: Town) -> None:
    before = town.tip()
    assert town.apply(change(priority=2)) is None
    assert town.tip() == before


def test_a_refusal_changes_nothing(town: Town) -> None:
    def refuse(snapshot: Snapshot) -> Edit | None:
        raise UserError("no", "never")

    before = town.tip()
    with pytest.raises(UserError):
        town.apply(refuse)
    assert town.tip() == before
    assert status(town) == ""
    assert not (town.git_dir / "index.lock").exists()


def test_an_agent_is_the_author_of_what_it_did(town: Town) -> None:
    town.apply(change(priority=1), "proj/polecats/toast")
    assert git(town.root, "log", "-1", "--format=%an, %cn").strip() == "proj/polecats/toast, Ada"


def test_unstaged_text_stays_unstaged(town: Town) -> None:
    text = (town.root / PATH).read_text(encoding="utf-8")
    write(town, PATH, text.replace("Some text.", "Some better text."))
    town.apply(change(priority=0))
    assert status(town) == f" M {PATH}\n"
    now = (town.root / PATH).read_text(encoding="utf-8")
    assert "priority: 0" in now
    assert "Some better text." in now
    assert "Some better text." not in show(town, PATH)


def test_staged_text_stays_staged(town: Town) -> None:
    text = (town.root / PATH).read_text(encoding="utf-8")
    write(town, PATH, text.replace("title: First", "title: Better"))
    git(town.root, "add", PATH)
    town.apply(change(priority=0))
    assert status(town) == f"M  {PATH}\n"
    assert git(town.root, "diff", "--cached", "-U0", PATH).splitlines()[-2:] == [
        "-title: First",
        "+title: Better",
    ]
    assert "priority: 0" in show(town, PATH)


def test_half_staged_text_stays_half_staged(town: Town) -> None:
    """As after `git add -p`: one change staged, another not."""
    text = (town.root / PATH).read_text(encoding="utf-8")
    staged = text.replace("title: First", "title: Better")
    write(town, PATH, staged)
    git(town.root, "add", PATH)
    write(town, PATH, staged.replace("Some text.", "Some more text."))
    town.apply(change(priority=0))
    assert status(town) == f"MM {PATH}\n"
    cached = git(town.root, "diff", "--cached", "-U0", PATH).splitlines()[-2:]
    assert cached == ["-title: First", "+title: Better"]
    unstaged = git(town.root, "diff", "-U0", PATH).splitlines()[-2:]
    assert unstaged == ["-Some text.", "+Some more text."]


def test_labels_on_both_sides_are_both_kept(town: Town) -> None:
    text = (town.root / PATH).read_text(encoding="utf-8")
    write(town, PATH, text.replace("  - a\n", "  - a\n  - mine\n"))
    town.apply(change(labels=("a", "theirs")))
    now = (town.root / PATH).read_text(encoding="utf-8")
    assert "  - a\n  - mine\n  - theirs\n" in now


def test_conflicting_text_stays_and_is_merged_when_it_is_committed(town: Town) -> None:
    text = (town.root / PATH).read_text(encoding="utf-8")
    mine = text.replace("priority: 2", "priority: 4").replace("title: First", "title: Mine")
    write(town, PATH, mine)
    applied = town.apply(change(priority=0, labels=("a", "b")))
    assert applied is not None
    assert applied.notes == (f"{PATH}: your uncommitted text stays; it is merged when you commit it",)
    assert (town.root / PATH).read_text(encoding="utf-8") == mine
    assert "priority: 0" in show(town, PATH)
    git(town.root, "commit", "-qam", "mine")
    merged = show(town, PATH)
    assert "title: Mine" in merged
    assert "priority: 4" in merged
    assert "  - b\n" in merged
    assert status(town) == ""


def test_conflicting_staged_text_is_kept_under_a_ref(town: Town) -> None:
    text = (town.root / PATH).read_text(encoding="utf-8")
    write(town, PATH, text.replace("priority: 2", "priority: 4"))
    git(town.root, "add", PATH)
    applied = town.apply(change(priority=0))
    assert applied is not None
    ref = git(town.root, "for-each-ref", "--format=%(refname)", "refs/gt/rescue/desk").strip()
    assert applied.notes[-1] == f"{PATH}: your staged text is kept in {ref}; see it: git show {ref}:{PATH}"
    assert "priority: 4" in git(town.root, "show", f"{ref}:{PATH}")


def test_an_unrelated_staged_file_is_not_committed(town: Town) -> None:
    write(town, "beads/hq-bbbbb.md", bead("hq-bbbbb"))
    git(town.root, "add", "beads/hq-bbbbb.md")
    town.apply(change(priority=0))
    assert status(town) == "A  beads/hq-bbbbb.md\n"
    assert git(town.root, "show", "--format=", "--name-only", "HEAD").split() == [PATH]


def test_a_file_that_a_person_deleted_stays_deleted(town: Town) -> None:
    (town.root / PATH).unlink()
    town.apply(change(priority=0))
    assert status(town) == f" D {PATH}\n"
    assert "priority: 0" in show(town, PATH)


def test_removing_a_file_keeps_a_person_s_changed_text(town: Town) -> None:
    write(town, PATH, "my own words\n")
    town.apply(lambda snapshot: Edit(subject="delete: it", removes=(PATH,)))
    assert status(town) == f"?? {PATH}\n"
    assert (town.root / PATH).read_text(encoding="utf-8") == "my own words\n"


def test_crlf_in_the_checkout_stays(town: Town) -> None:
    path = town.root / PATH
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert status(town) in ("", f" M {PATH}\n")
    town.apply(change(priority=0))
    assert b"\r\n" in path.read_bytes()
    assert b"\r" not in show(town, PATH).encode()
    assert git(town.root, "diff", "--stat") == ""


def test_another_branch_is_left_alone(town: Town) -> None:
    git(town.root, "switch", "-q", "-c", "elsewhere")
    town.apply(change(priority=0))
    assert status(town) == ""
    assert "priority: 2" in (town.root / PATH).read_text(encoding="utf-8")
    git(town.root, "switch", "-q", "main")
    assert status(town) == ""
    assert "priority: 0" in (town.root / PATH).read_text(encoding="utf-8")


def test_a_detached_head_is_left_alone(town: Town) -> None:
    git(town.root, "switch", "-q", "--detach")
    at = git(town.root, "rev-parse", "HEAD")
    town.apply(change(priority=0))
    assert git(town.root, "rev-parse", "HEAD") == at
    assert status(town) == ""
    assert "priority: 0" in git(town.root, "show", f"main:{PATH}")


def conflict(town: Town) -> None:
    git(town.root, "switch", "-q", "-c", "side", "HEAD")
    put(town, "README", "side\n")
    git(town.root, "switch", "-q", "main")
    put(town, "README", "main\n")


@pytest.mark.parametrize(
    ("command", "operation"),
    [("merge", "merge"), ("rebase", "rebase"), ("cherry-pick", "cherry-pick")],
)
def test_an_operation_in_progress_forbids_a_transition(town: Town, command: str, operation: str) -> None:
    conflict(town)
    git(town.root, command, "side", check=False)
    before = town.tip()
    with pytest.raises(UserError) as caught:
        town.apply(change(priority=0))
    assert caught.value.what == f"a {operation} is in progress in {town.root}"
    assert (
        caught.value.hint
        == f"end it first: git {operation} --continue, or git {operation} --abort, then run this again"
    )
    assert town.tip() == before
    git(town.root, command, "--abort")
    assert town.apply(change(priority=0)) is not None
    assert status(town) == ""


def test_a_missing_branch_forbids_a_transition(town: Town) -> None:
    git(town.root, "switch", "-q", "--detach")
    git(town.root, "branch", "-D", "main")
    with pytest.raises(UserError, match="the town's branch refs/heads/main is not there"):
        town.apply(change(priority=0))


def test_another_s_index_lock_is_waited_for_then_left_alone(town: Town) -> None:
    put(town, "town.yaml", show(town, "town.yaml") + "limits:\n  commit_wait: 0.2\n  courtesy: 0.0\n")
    lock = town.git_dir / "index.lock"
    lock.write_bytes(b"")
    applied = town.apply(change(priority=0))
    assert applied is not None
    assert applied.notes == ("the checkout follows when git's index.lock is free",)
    assert lock.exists()
    assert "priority: 2" in (town.root / PATH).read_text(encoding="utf-8")
    town.apply(change(title="Second"))
    lock.unlink()
    town.recover()
    assert status(town) == ""
    assert "priority: 0" in (town.root / PATH).read_text(encoding="utf-8")
    assert "title: Second" in (town.root / PATH).read_text(encoding="utf-8")


def test_nothing_to_do_waits_for_nobody(town: Town) -> None:
    """The limits are the usual ones: waiting for the lock would take 30 s and break the test's limit."""
    (town.git_dir / "index.lock").write_bytes(b"")
    start = time.monotonic()
    assert town.apply(change(priority=2)) is None
    assert time.monotonic() - start < 10


def test_a_person_s_commit_cannot_take_back_what_the_checkout_has_not_got(town: Town) -> None:
    """The pre-commit shim finishes the journal; `commit -a`, which holds the lock, is refused."""
    put(town, "town.yaml", show(town, "town.yaml") + "limits:\n  commit_wait: 0.2\n  courtesy: 0.0\n")
    lock = town.git_dir / "index.lock"
    lock.write_bytes(b"")
    town.apply(change(priority=0))
    lock.unlink()
    write(town, "notes.txt", "mine\n")
    git(town.root, "add", "notes.txt")
    refused = subprocess.run(
        ["git", "commit", "-aqm", "mine"], cwd=town.root, capture_output=True, text=True, check=False
    )
    assert refused.returncode == 1
    assert "a transition is half way into this checkout" in refused.stderr
    assert process.until(lambda: not town.pending(), 20), "somebody finishes it when git has ended"
    git(town.root, "commit", "-aqm", "mine")
    assert git(town.root, "show", "--format=", "--name-only", "HEAD").split() == ["notes.txt"]
    assert "priority: 0" in show(town, PATH)
    assert status(town) == ""


def test_a_broken_file_is_written_by_nobody(town: Town) -> None:
    write(town, PATH, "---\nid: hq-aaaaa\ntitle: [\n---\n")
    git(town.root, "add", PATH)
    commit(town.root, "--no-verify", "-m", "break it")
    with pytest.raises(UserError, match=f"{PATH} does not parse, so nothing writes it"):
        town.apply(change(priority=0))
    assert town.snapshot().bead(ID) is not None, "the last version that parsed stands"


def impatient(town: Town) -> None:
    text = (town.root / "town.yaml").read_text(encoding="utf-8")
    put(town, "town.yaml", f"{text}limits:\n  commit_wait: 0.2\n")


@pytest.mark.parametrize("head", ["main", "elsewhere"])
def test_a_lock_that_a_killed_git_left_on_the_branch_is_named(town: Town, head: str) -> None:
    impatient(town)
    git(town.root, "branch", "elsewhere")
    git(town.root, "switch", "-q", head)
    before = town.tip()
    lock = town.git_dir / "refs/heads/main.lock"
    lock.touch()
    with pytest.raises(UserError, match=rf"a git program holds {lock}"):
        town.apply(change(priority=0))
    assert (town.tip(), status(town), town.pending()) == (before, "", False)

    lock.unlink()
    assert town.apply(change(priority=0)) is not None
    assert status(town) == ""


def test_a_clock_that_was_put_back_makes_nobody_wait_longer(town: Town) -> None:
    impatient(town)
    (town.git_dir / "index.lock").touch()
    held = town.local / "held"
    held.touch()
    os.utime(held, (time.time() + 3600, time.time() + 3600))
    began = time.monotonic()
    assert town.apply(change(priority=0)) is not None
    assert time.monotonic() - began < 60


@pytest.mark.parametrize("what", ["link", "folder", "pipe", "file above", "link above"])
def test_what_stands_in_the_way_of_a_new_file_stays(town: Town, tmp_path: Path, what: str) -> None:
    """A link is not followed, nothing of a person's is replaced, and the town goes on."""
    new = "mail/mayor/new/msg-aaaaa.md"
    outside = tmp_path / "outside"
    outside.mkdir()
    place = town.root / ("mail/mayor" if "above" in what else new)
    place.parent.mkdir(parents=True, exist_ok=True)
    if "link" in what:
        place.symlink_to(outside)
    elif what == "folder":
        place.mkdir()
    elif what == "pipe":
        os.mkfifo(place)
    else:
        place.write_text("mine\n", encoding="utf-8")
    applied = town.apply(lambda s: Edit(subject="mail: x", files=((new, "---\nsubject: x\n---\n"),)))
    assert applied is not None
    assert applied.notes == (f"{new}: your uncommitted text stays; it is merged when you commit it",)
    assert show(town, new) == "---\nsubject: x\n---\n"
    assert list(outside.iterdir()) == []
    assert (place.is_symlink(), place.is_dir()) == ("link" in what, "link" in what or what == "folder")


def test_an_executable_file_stays_one(town: Town) -> None:
    (town.root / PATH).chmod(0o755)
    git(town.root, "commit", "-qam", "executable")
    assert town.apply(change(priority=0)) is not None
    assert status(town) == ""
    assert git(town.root, "ls-tree", "HEAD", PATH).split()[0] == "100755"


def conflicting(town: Town, staged: str = "") -> None:
    """The person's uncommitted title and a transition's: it stays in the worktree. `staged` is theirs too."""
    file = town.root / PATH
    text = file.read_text(encoding="utf-8")
    if staged:
        file.write_text(text + staged, encoding="utf-8")
        git(town.root, "add", PATH)
    file.write_text(text.replace("First", "Mine") + staged, encoding="utf-8")
    applied = town.apply(change(title="Theirs", priority=0))
    assert applied is not None
    assert applied.notes == (f"{PATH}: your uncommitted text stays; it is merged when you commit it",)


@pytest.mark.parametrize("thrown_away", [False, True])
def test_kept_text_is_merged_once_and_what_the_person_says_later_stays(town: Town, thrown_away: bool) -> None:
    conflicting(town)
    if thrown_away:
        git(town.root, "checkout", "--", PATH)
        catch_up(town)
    else:
        git(town.root, "commit", "-qam", "mine")
        assert "title: Mine\npriority: 0\n" in show(town, PATH)
    text = (town.root / PATH).read_text(encoding="utf-8")
    put(town, PATH, text.replace("priority: 0", "priority: 2"), "back")
    assert git(town.root, "log", "-1", "--format=%s").strip() == "back"
    assert status(town) == ""


def test_kept_text_that_does_not_parse_is_merged_when_it_is_mended(town: Town) -> None:
    conflicting(town)
    file = town.root / PATH
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("labels:", "labels: ["), encoding="utf-8")
    commit(town.root, "--no-verify", "-am", "broken")
    put(town, PATH, text, "mended")
    assert "title: Mine\npriority: 0\n" in show(town, PATH)


def test_what_is_staged_beside_kept_text_is_not_committed_for_the_person(town: Town) -> None:
    conflicting(town, staged="Staged.\n")
    tip = town.tip()
    catch_up(town)
    assert town.tip() == tip
    assert "Staged." not in show(town, PATH)
    assert "Staged." in git(town.root, "show", f":{PATH}")

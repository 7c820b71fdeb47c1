"""Mail that is dropped into the outbox with an editor and plain git, to groups and queues made the same way."""

from __future__ import annotations

from pathlib import Path

from tests.support.towns import git
from tests.support.towns import make_town
from tests.support.towns import status
from tests.support.towns import write

GROUP = "---\n# who is told\nmembers:\n  - mayor\n  - '@deacons'\n---\nWho is told.\n"
NOTE = "---\nto:\n  - group:staff\n  - queue:jobs\n  - nobdy\nsubject: Sweep\npriority: 1\n---\nThe floor.\n"


def test_an_editor_and_git_reach_a_group_and_a_queue(tmp_path: Path) -> None:
    town = make_town(tmp_path / "town")
    write(town, "mail/groups/staff.md", GROUP)
    write(town, "mail/queues/jobs.md", "---\nmembers: mayor\n---\n")
    write(town, "mail/outbox/a note.md", NOTE)
    git(town.root, "add", "--all")
    git(town.root, "commit", "--quiet", "-m", "A note")
    found = git(town.root, "ls-files", "mail").splitlines()
    new = sorted(path.rpartition("/")[0] for path in found if "/new/" in path)
    assert new == ["mail/deacon/new", "mail/mayor/new", "mail/overseer/new", "mail/queues/jobs/new"]
    assert [path for path in found if path.startswith("mail/outbox/") and "note" in path] == []
    ids = {path.rpartition("/")[2] for path in found if path.startswith(("mail/deacon", "mail/queues/jobs/"))}
    assert len(ids) == 1
    back = next(path for path in found if path.startswith("mail/overseer/"))
    assert "- unknown address 'nobdy'" in (town.root / back).read_text("utf-8")

    # a claim, an unsubscription and a deletion are edits like any other
    job = f"mail/queues/jobs/new/{ids.pop()}"
    text = (town.root / job).read_text("utf-8").replace("subject:", "claimed_by: mayor\nsubject:")
    write(town, job, text)
    write(town, "mail/groups/staff.md", GROUP.replace("  - mayor\n", ""))
    git(town.root, "commit", "--quiet", "-a", "-m", "The mayor sweeps, and is told no more")
    nobody = ["commit", "--quiet", "--allow-empty", "-m", "Two\n\nText.\n\nMail-To: group:nobody"]
    git(town.root, *nobody, check=False)
    git(town.root, "commit", "--quiet", "--allow-empty", "-m", "Two\n\nText.\n\nMail-To: group:staff")
    found = git(town.root, "ls-files", "mail").splitlines()
    assert [sum(path.startswith(f"mail/{who}/new/") for path in found) for who in ("mayor", "deacon")] == [
        1,
        2,
    ]
    assert status(town) == ""

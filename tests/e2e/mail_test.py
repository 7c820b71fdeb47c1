"""Mail that is dropped into the outbox with an editor and plain git, to groups and queues made the same way."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.support import gt
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


def test_of_several_who_claim_at_once_each_gets_another(tmp_path: Path) -> None:
    town = make_town(tmp_path / "town")
    write(town, "mail/queues/jobs.md", "---\n---\n")
    git(town.root, "add", "--all")
    git(town.root, "commit", "--quiet", "-m", "A queue")
    for number in range(2):
        assert gt("mail", "send", "jobs", "-s", f"Job {number}", cwd=town.root).returncode == 0
    argv = [sys.executable, "-m", "gtlib.cli", "gt", "mail", "claim", "jobs", "--json"]
    claims = [
        subprocess.Popen(argv, cwd=town.root, stdout=subprocess.PIPE, env={**os.environ, "GT_ROLE": who})
        for who in ("mayor", "deacon", "overseer")
    ]
    assert sorted(each.wait(timeout=60) for each in claims) == [0, 0, 1]
    for each in claims:
        assert each.stdout is not None
        each.stdout.close()
    letters = [message for _, message in town.snapshot().mail("queues/jobs", "cur")]
    assert len({message.claimed_by for message in letters}) == len(letters) == 2
    assert status(town) == ""

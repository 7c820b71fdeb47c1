"""Trailers of plain commits drive the town: each is served once, whatever git does with the commit."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from gtlib.actions.catch_up import catch_up
from gtlib.actions.go_on import waits
from gtlib.actions.install import install
from gtlib.actions.rig_add import rig_add
from gtlib.model.agent import Hook
from gtlib.names import Address
from gtlib.names import ItemId
from gtlib.rules import dispatch
from gtlib.rules.references import escalations
from gtlib.store.rig import Rig
from gtlib.store.town import Town
from tests.support import gitrepo
from tests.support import towns

TOAST = Address("proj/polecats/toast")
ALL = ("Blocked-By: pr-bbbbb", "Mail-To: mayor", "Mail-To: overseer", "Escalate: high Who has the key?")
AGENT = """\
---
role: polecat
rig: proj
hook:
  state: active
  bead: pr-aaaaa
  branch: polecat/toast/pr-aaaaa
  worktree: proj/polecats/toast
  since: 2026-11-20T08:00:00Z
---
"""


class At:
    """A town whose polecat toast has pr-aaaaa on its hook, its worktree, and pr-bbbbb beside it."""

    def __init__(self, tmp_path: Path) -> None:
        project = gitrepo.make_repo(tmp_path / "project")
        host = gitrepo.make_bare(tmp_path / "host.git", project)
        self.town = towns.make_town(tmp_path / "town")
        self.rig = Rig(self.town.root, rig_add(self.town, "proj", str(host), prefix="pr"))
        for id in ("pr-aaaaa", "pr-bbbbb"):
            towns.write(self.town, f"beads/{id}.md", towns.bead(id))
        towns.write(self.town, f"agents/{TOAST}.md", AGENT)
        git(self.town.root, "add", "-A")
        git(self.town.root, "commit", "-q", "-m", "work for toast")
        self.tree = self.town.root / TOAST

    def hook(self) -> Hook:
        agent = self.town.snapshot().agent(TOAST)
        assert agent is not None and agent.hook is not None
        return agent.hook

    def needs(self, id: str = "pr-aaaaa") -> tuple[str, ...]:
        bead = self.town.snapshot().bead(ItemId(id))
        assert bead is not None
        return bead.needs

    def mail(self, address: str) -> list[str]:
        return sorted(message.subject for _, message in self.town.snapshot().mail(address, "new"))

    def escalated(self) -> list[str]:
        return [f"{each.severity} {each.title}" for each in escalations(self.town.snapshot())]

    def served(self) -> list[str]:
        """The claims that the town's commits name."""
        out = towns.git(self.town.root, "log", "--format=%(trailers:key=Claim,valueonly)")
        return [line for line in out.splitlines() if line]

    def all_once(self) -> bool:
        """Whether everything in `ALL` was done, and once."""
        told = self.mail("mayor") == ["high: Who has the key?", "stuck"]
        told = told and self.mail("overseer") == ["high: Who has the key?", "stuck"]
        once = len(self.served()) == len(set(self.served())) == len(ALL)
        escalated = self.escalated() == ["high Who has the key?"]
        return told and once and escalated and self.needs() == ("pr-bbbbb",)


@pytest.fixture
def at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> At:
    monkeypatch.setenv("GIT_EDITOR", "true")
    return At(tmp_path)


def git(tree: Path, *words: str, code: int = 0, **env: str) -> str:
    """Run git with its hooks; what it and they said."""
    argv = ["env", *(f"{key}={value}" for key, value in env.items()), "git", *words]
    done = subprocess.run(argv, cwd=tree, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def commit(tree: Path, message: str, *trailers: str) -> str:
    flags = [word for trailer in trailers for word in ("--trailer", trailer)]
    return git(tree, "commit", "-q", "--allow-empty", "-m", message, *flags)


def test_in_a_rig_each_is_served_once_whatever_git_does(at: At) -> None:
    base = gitrepo.head(at.tree)
    said = commit(at.tree, "stuck", *ALL)
    assert "gt: block: pr-aaaaa needs pr-bbbbb (and 3 more)" in said
    assert at.all_once()
    assert (at.hook().state, at.hook().waits_for) == ("suspended", ("pr-bbbbb",))
    agent = at.town.snapshot().agent(TOAST)
    assert agent is not None and waits(at.town, at.town.snapshot(), agent)
    assert not [each for each in dispatch.wanted(at.town.snapshot(), at.town.host) if each.kind == "session"]
    (message,) = [m for _, m in at.town.snapshot().mail("mayor", "new") if m.subject == "stuck"]
    assert (message.sender, message.to, message.body) == (TOAST, ("mayor", "overseer"), "")
    (filed,) = escalations(at.town.snapshot())
    assert (filed.source, filed.related, filed.status) == (TOAST, ("pr-aaaaa",), "open")

    tip = at.town.tip()
    git(at.tree, "commit", "-q", "--amend", "--allow-empty", "--no-edit")
    git(at.tree, "commit", "-q", "--amend", "--allow-empty", "-m", "stuck\n\nreworded\n\n" + "\n".join(ALL))
    first = gitrepo.head(at.tree)
    gitrepo.git(at.tree, "reset", "-q", "--hard", base)
    commit(at.tree, "another")
    git(at.tree, "cherry-pick", "--allow-empty", "-x", first)
    git(at.tree, "rebase", "-q", "--no-ff", "--empty=keep", base)
    catch_up(at.town)
    assert at.town.tip() == tip and at.all_once()

    towns.put(at.town, "beads/pr-bbbbb.md", towns.bead("pr-bbbbb", status="closed"))
    assert (at.hook().state, at.hook().waits_for) == ("active", ())
    assert at.mail(TOAST) == ["pr-aaaaa can go on"]
    assert [each.kind for each in dispatch.wanted(at.town.snapshot(), at.town.host)] == [
        "worktree",
        "session",
    ]
    # what a person does then is not undone
    path = f"agents/{TOAST}.md"
    towns.put(at.town, path, towns.show(at.town, path).replace("state: active", "state: suspended"))
    catch_up(at.town)
    assert at.hook().state == "suspended"


def test_an_amend_long_after_is_not_served_again(at: At, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gtlib.actions.claims._LOOK_BACK", 1)
    commit(at.tree, "stuck", *ALL)
    towns.put(at.town, "README.md", "later\n")
    towns.put(at.town, "README.md", "much later\n")
    tip = at.town.tip()
    git(at.tree, "commit", "-q", "--amend", "--allow-empty", "--no-edit")
    assert at.town.tip() == tip and at.all_once()


@pytest.mark.parametrize("how", ["edit", "abort", "am", "am abort"])
def test_in_a_rig_claims_wait_while_commits_are_made_anew(at: At, how: str, tmp_path: Path) -> None:
    base = gitrepo.head(at.tree)
    hooks = at.rig.hooks_dir()
    aside = hooks.with_name("hooks-aside")
    hooks.rename(aside)
    gitrepo.write(at.tree, {"one": "1\n"})
    git(at.tree, "add", "-A")
    commit(at.tree, "stuck", *ALL)
    gitrepo.write(at.tree, {"two": "2\n"})
    git(at.tree, "add", "-A")
    commit(at.tree, "more")
    aside.rename(hooks)
    if how.startswith("am"):
        patches = git(at.tree, "format-patch", "-q", "-o", str(tmp_path), base) or ""
        assert patches == ""
        gitrepo.git(at.tree, "reset", "-q", "--hard", base)
        catch_up(at.town)
        gitrepo.commit(at.tree, "in the way", {"two": "other\n"})
        files = sorted(str(path) for path in tmp_path.glob("000*.patch"))
        git(at.tree, "am", "-q", *files, code=128)
        assert "stuck" in git(at.tree, "log", "--format=%s", "-3")
    else:
        git(at.tree, "rebase", "-i", base, GIT_SEQUENCE_EDITOR="sed -i '1s/^pick/edit/'")
    assert catch_up(at.town).applied == () and at.served() == []
    if how == "edit":
        git(at.tree, "commit", "-q", "--amend", "--allow-empty", "--no-edit")
        assert at.served() == []
        git(at.tree, "rebase", "--continue")
    elif how == "abort":
        git(at.tree, "rebase", "--abort")
    elif how == "am":
        git(at.tree, "am", "-q", "--skip")
    else:
        git(at.tree, "am", "--abort")
    catch_up(at.town)
    assert at.served() == [] if how == "am abort" else at.all_once()


@pytest.mark.parametrize("how", ["edit", "abort", "am"])
def test_in_the_town_claims_wait_while_commits_are_made_anew(at: At, how: str, tmp_path: Path) -> None:
    root = at.town.root
    base = gitrepo.head(root)
    hooks = root / ".git" / "hooks"
    hooks.rename(hooks.with_name("aside"))
    towns.put(at.town, "README.md", "one\n", "stuck\n\nBead: pr-aaaaa\n" + "\n".join(ALL))
    towns.put(at.town, "tasks.py", "two = 2\n", "more")
    hooks.with_name("aside").rename(hooks)
    if how == "am":
        git(root, "format-patch", "-q", "-o", str(tmp_path), base)
        gitrepo.git(root, "reset", "-q", "--hard", base)
        towns.put(at.town, "tasks.py", "three = 3\n")
        git(root, "am", "-q", *sorted(str(path) for path in tmp_path.glob("000*.patch")), code=128)
    else:
        git(root, "rebase", "-i", base, GIT_SEQUENCE_EDITOR="sed -i '1s/^pick/edit/'")
    with pytest.raises(
        Exception, match=f"a {'series of patches' if how == 'am' else 'rebase'} is in progress"
    ):
        catch_up(at.town)
    assert at.served() == []
    git(
        root, *{"edit": ("rebase", "--continue"), "abort": ("rebase", "--abort"), "am": ("am", "--skip")}[how]
    )
    catch_up(at.town)
    assert at.all_once()
    assert (at.hook().state, at.hook().waits_for) == ("active", ())


def test_what_a_clone_pulls_is_served_once(at: At, tmp_path: Path) -> None:
    """A commit of a host without our git hooks, pulled by two; and what one of them served, by the other."""
    root = at.town.root
    other = gitrepo.clone(root, tmp_path / "other")
    gitrepo.commit(other, "stuck\n\nBead: pr-aaaaa\n" + "\n".join(ALL), {"note.txt": "1\n"})
    towns.put(at.town, "README.md", "meanwhile\n")
    git(root, "pull", "-q", "--no-rebase", "--no-edit", str(other), "main")
    assert at.all_once()
    install(other)
    second = Town.open(other)
    gitrepo.git(other, "commit", "-q", "--no-verify", "--allow-empty", "-m", "of its own")
    git(other, "pull", "-q", "--no-rebase", "--no-edit", str(root), "main")
    catch_up(second)
    assert len(towns.git(other, "log", "--format=%(trailers:key=Claim,valueonly)").split()) == len(ALL)


REFUSED = {
    "Blocked-By: pr-zzzzz": "no bead pr-zzzzz",
    "Blocked-By: pr-aaaaa": "pr-aaaaa can't depend on itself",
    "Blocked-By: pr-ddddd": "pr-ddddd",
    "Mail-To: nobody": "unknown address 'nobody'",
    "Escalate: loud It burns": "'loud' is no severity",
    "Output: a=b": "it stands behind no Step:",
    "Failed: nope it did": "",
}


def test_what_is_refused_is_mailed_back_once(at: At) -> None:
    towns.write(at.town, "beads/pr-ccccc.md", towns.bead("pr-ccccc"))
    towns.put(at.town, "beads/pr-ddddd.md", towns.bead("pr-ddddd", needs=["pr-aaaaa"]))
    git(at.town.root, "add", "-A")
    git(at.town.root, "commit", "-q", "-m", "of nobody")
    commit(at.tree, "somebody else's", "Blocked-By: pr-bbbbb", "Bead: pr-ccccc")
    assert at.mail(TOAST) == ["Refused: Blocked-By: pr-bbbbb"] and at.needs("pr-ccccc") == ()
    ((_, message),) = at.town.snapshot().mail(TOAST, "new")
    assert "Refused: pr-ccccc belongs to nobody\n" in message.body
    commit(at.tree, "wrong", *REFUSED)
    bodies = {message.subject: message.body for _, message in at.town.snapshot().mail(TOAST, "new")}
    for trailer, why in REFUSED.items():
        assert why in bodies[f"Refused: {trailer}"]
    assert (at.needs(), at.escalated(), at.mail("mayor"), at.hook().state) == ((), [], [], "active")
    assert "Event: refuse" in towns.git(at.town.root, "log", "-1", "--format=%b")
    tip = at.town.tip()
    git(at.tree, "commit", "-q", "--amend", "--allow-empty", "--no-edit")
    catch_up(at.town)
    assert at.town.tip() == tip and len(at.mail(TOAST)) == len(REFUSED) + 1


def test_a_later_commit_by_hand_overrules(at: At) -> None:
    root = at.town.root
    hooks = root / ".git" / "hooks"
    hooks.rename(hooks.with_name("aside"))
    commit(root, "wait", "Bead: pr-aaaaa", "Blocked-By: pr-bbbbb")
    towns.put(at.town, "beads/pr-aaaaa.md", towns.show(at.town, "beads/pr-aaaaa.md").replace(
        "title:", "needs:\n  - pr-bbbbb\ntitle:"))  # fmt: skip
    text = towns.show(at.town, "beads/pr-aaaaa.md").replace("needs:\n  - pr-bbbbb\n", "")
    towns.put(at.town, "beads/pr-aaaaa.md", text, "no, it need not wait")
    molecule = "---\ntitle: Both\n---\n\n## Steps\n\n- [ ] **one** One\n\n- [ ] **two** Two\n"
    towns.put(at.town, "molecules/pr-mol-m.md", molecule)
    commit(root, "both are done", "Step: pr-mol-m.one", "Step: pr-mol-m.two")
    towns.put(
        at.town, "molecules/pr-mol-m.md", molecule.replace("[ ] **one", "[-] **one"), "nobody needs one"
    )
    commit(root, "closed", "Closes: pr-bbbbb")
    towns.put(at.town, "beads/pr-bbbbb.md", towns.bead("pr-bbbbb", "Another title"), "its title")
    hooks.with_name("aside").rename(hooks)
    catch_up(at.town)
    bead = at.town.snapshot().bead(ItemId("pr-bbbbb"))
    assert at.needs() == () and bead is not None and bead.status == "closed"
    found = at.town.snapshot().molecule(ItemId("pr-mol-m"))
    assert found is not None and [step.state for step in found.steps] == ["skipped", "done"]
    assert len(at.served()) == 2


def test_hostile_text_stays_data(at: At) -> None:
    body = "---\nto:\n  - mayor\n---\n$(touch ran) `touch ran`\n## Comments\n\x1b[31m'\"\\ \u2028 \u00e9"
    subject = "'; touch ran #: [x] {y} \u202e"
    escalate = "Escalate: low {{x}} $(touch ran): [a] & *b \x1b[31m"
    git(at.tree, "commit", "-q", "--allow-empty", "-m", f"{subject}\n\n{body}\n\nMail-To: mayor\n{escalate}")
    ((_, message),) = at.town.snapshot().mail("mayor", "new")
    assert (message.subject, message.to) == (subject, ("mayor",))
    assert message.body == body
    (title,) = at.escalated()
    assert title.startswith("low {{x}} $(touch ran): [a] & *b")
    assert not (at.tree / "ran").exists() and not (at.town.root / "ran").exists()
    assert at.town.snapshot().broken() == ()

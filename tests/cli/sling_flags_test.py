"""`gt sling`: what every flag does, and what stands in the way."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from gtlib.actions.done import done
from gtlib.actions.follow_up import reconcile
from gtlib.actions.land import land
from gtlib.actions.status import status
from gtlib.model.merge import MergeRequest
from gtlib.names import Address
from gtlib.names import ItemId
from gtlib.rules.base import live_hook
from gtlib.rules.terms import Terms
from gtlib.rules.terms import terms_on
from gtlib.store.rig import Rig
from gtlib.store.town import Town
from tests.support import gitrepo
from tests.support import rigged
from tests.support import towns
from tests.support.asked import NOW
from tests.support.asked import bd
from tests.support.asked import gt

TOAST = Address("proj/polecats/toast")
MANUAL = '{"sessions": {"default": "manual"}}'


@pytest.fixture
def made(tmp_path: Path) -> tuple[Town, Rig]:
    town, rig, _ = rigged.make(tmp_path)
    towns.put(town, "settings/config.json", MANUAL)
    rigged.bead(town, "pr-aaaaa", "Do it")
    return town, rig


def shape(town: Town, *words: str) -> dict[str, object]:
    ran = gt("sling", *words, "--json", cwd=town.root)
    assert (ran.returncode, ran.stderr) == (0, "")
    found: dict[str, object] = json.loads(ran.stdout)
    return found


def refused(town: Town, *words: str, code: int = 1) -> str:
    """The line that a refusal is; it changes nothing."""
    tip = town.tip()
    ran = gt("sling", *words, cwd=town.root)
    assert (ran.returncode, ran.stdout, town.tip()) == (code, "", tip), ran.stderr
    assert ran.stderr.count("\n") == 1
    return ran.stderr.removeprefix("error: ").rstrip("\n")


def terms(town: Town, address: str = TOAST) -> Terms:
    agent = town.snapshot().agent(Address(address))
    assert agent is not None
    return terms_on(town.snapshot(), agent)


def work(town: Town, id: str = "pr-aaaaa", name: str = "work.txt") -> MergeRequest:
    """Do it as toast would, and hand it in."""
    gitrepo.commit(town.root / TOAST, "work", {name: "work\n"})
    applied = done(town, TOAST, TOAST, NOW)
    assert applied is not None
    (request,) = [each for each in town.snapshot().merges() if each.bead == id]
    return request


@pytest.mark.parametrize("raw", [True, False])
def test_words_are_kept_with_the_work(
    made: tuple[Town, Rig], monkeypatch: pytest.MonkeyPatch, raw: bool
) -> None:
    town, _ = made
    words = ["-s", "Deploy", "-m", "Now or never.", "-a", "be quick"]
    found = shape(town, "pr-aaaaa", "proj", *words, *(["--hook-raw-bead"] if raw else []))
    assert bool(found["molecule"]) != raw
    assert terms(town).args == "Deploy\n\nNow or never.\n\nbe quick"
    monkeypatch.setenv("GT_ROLE", TOAST)
    assert "Now or never." in gt("prime", cwd=town.root).stdout
    # slung without words again nothing of them is left in the bead
    monkeypatch.delenv("GT_ROLE")
    gt("unsling", "pr-aaaaa", cwd=town.root)
    shape(town, "pr-aaaaa", "proj", "--formula", "polecat-work", "--force")
    assert "slung" not in towns.show(town, "beads/pr-aaaaa.md")


def test_words_from_standard_input(made: tuple[Town, Rig], monkeypatch: pytest.MonkeyPatch) -> None:
    town, _ = made
    rigged.bead(town, "pr-bbbbb")
    for id, words, said in (
        ("pr-aaaaa", ["--stdin"], "it's $HOME\nand `more`"),
        ("pr-bbbbb", ["--stdin", "-a", "quick"], "it's $HOME\nand `more`\n\nquick"),
    ):
        monkeypatch.setattr("sys.stdin", io.StringIO("it's $HOME\nand `more`\n"))
        target = shape(town, id, "proj", *words)["target"]
        assert terms(town, str(target)).args == said
    assert refused(town, "pr-bbbbb", "proj", "--stdin", "-a", "x", "-m", "y", code=2) == (
        "--stdin has nothing to stand for; leave --message or --args out"
    )


def test_dry_run_changes_nothing(made: tuple[Town, Rig]) -> None:
    town, _ = made
    tip = town.tip()
    ran = gt("sling", "pr-aaaaa", "proj", "-n", "--merge", "local", "--base-branch", "main", cwd=town.root)
    lines = ran.stdout.splitlines()
    assert [line.partition(" hq-cv")[0].partition(": molecule")[0] for line in lines] == [
        "dry run: nothing is changed",
        "🎯 pr-aaaaa 'Do it' to proj/polecats/toast",
        "→ convoy",
        "→ formula polecat-work",
        "→ work attached to the hook of proj/polecats/toast",
        "→ begins from main, and lands there",
        "→ when it is handed in it waits for a person: nothing lands by itself",
        "→ worktree proj/polecats/toast on branch polecat/toast/pr-aaaaa",
        "▶ a person starts it",
        "next: the same again, without --dry-run",
    ]
    rigged.formula(town)
    tip = town.tip()
    found = shape(town, "chore", "proj", "--dry-run")
    assert (found["dry_run"], found["formula"], found["slung"]) == (True, "chore", True)
    assert (town.tip(), list(town.snapshot().convoys()), towns.status(town)) == (tip, [], "")
    assert not (town.root / "proj" / "polecats").exists()
    # what would be refused is refused
    assert refused(town, "pr-zzzzz", "proj", "-n").startswith("no bead pr-zzzzz")


def test_convoy_flags(made: tuple[Town, Rig]) -> None:
    town, _ = made
    assert shape(town, "pr-aaaaa", "proj", "--no-convoy")["convoy"] == ""
    for id, merge in (("pr-bbbbb", "direct"), ("pr-ccccc", "mr")):
        rigged.bead(town, id)
        found = shape(town, id, "proj", "--merge", merge)
        convoy = town.snapshot().convoy(ItemId(str(found["convoy"])))
        assert convoy is not None and (convoy.merge, convoy.labels) == (merge, ())
    rigged.bead(town, "pr-ddddd")
    found = shape(town, "pr-ddddd", "proj", "--owned")
    # who owns a convoy closes it: it is told when there is nothing left
    assert bd("close", "pr-ddddd", cwd=town.root).returncode == 0
    convoy = town.snapshot().convoy(ItemId(str(found["convoy"])))
    assert convoy is not None and (convoy.status, convoy.labels) == ("open", ("gt:owned",))
    said = [letter.body for _, letter in town.snapshot().mail("overseer", "new")]
    assert [f"It is yours to close: gt convoy close {convoy.id}" in each for each in said] == [True]
    assert refused(town, "pr-ddddd", "proj", "--owned", "--no-convoy", code=2) == (
        "--owned is about the convoy; leave --no-convoy out"
    )


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--no-merge"], "slung with --no-merge"),
        (["--merge", "local"], "slung with --merge local"),
        (["--merge", "pr"], "slung with --merge pr"),
        (["--merge", "local", "--no-convoy"], "slung with --merge local"),
        (["--merge", "local", "--hook-raw-bead"], "slung with --merge local"),
        (["--review-only"], "slung with --no-merge"),
    ],
)
def test_work_that_waits_for_a_person(made: tuple[Town, Rig], words: list[str], why: str) -> None:
    town, rig = made
    rigged.formula(town)
    formula = [] if "--hook-raw-bead" in words else ["--formula", "chore"]
    shape(town, "pr-aaaaa", "proj", *words, *formula)
    (molecule,) = [*town.snapshot().molecules()] or [None]
    if molecule is not None:
        towns.put(
            town,
            f"molecules/{molecule.id}.md",
            towns.show(town, f"molecules/{molecule.id}.md").replace("- [ ]", "- [-]"),
        )
    before = rig.target_tip()
    request = work(town)
    assert (request.status, request.reason) == ("blocked", f"waits for a person: {why}")
    assert [letter.subject for _, letter in town.snapshot().mail("overseer", "new")] == [
        "READY_FOR_REVIEW pr-aaaaa"
    ]
    assert land(town, "proj", NOW) is None
    retry = f"gt mq retry {request.id}"
    assert f"next: {retry}" in gt("mq", "status", request.id, cwd=town.root).stdout.splitlines()
    seen = status(town.root, town.snapshot())
    assert seen.held == (request.id,) and seen.rigs[0].mq.held == seen.rigs[0].mq.blocked == 1
    shown = gt("status", cwd=town.root).stdout
    assert f"held until you let it land: {request.id}\n" in shown and f" {retry}\n" in shown
    # handed in again it waits all the same
    assert done(town, TOAST, TOAST, NOW) is None
    bead = town.snapshot().bead(ItemId("pr-aaaaa"))
    assert bead is not None and bead.status == "hooked" and rig.target_tip() == before
    # and a person says that it lands
    assert gt("mq", "retry", request.id, cwd=town.root).returncode == 0
    outcome = land(town, "proj", NOW)
    assert outcome is not None and outcome.status == "landed"


def test_what_only_looks_ends_without_a_merge(made: tuple[Town, Rig]) -> None:
    town, _ = made
    shape(town, "pr-aaaaa", "proj", "--review-only", "--hook-raw-bead")
    assert done(town, TOAST, TOAST, NOW) is not None
    land(town, "proj", NOW)
    bead = town.snapshot().bead(ItemId("pr-aaaaa"))
    assert bead is not None and (bead.status, bead.close_reason) == ("closed", "Reviewed, nothing to land")


def test_another_base_branch(made: tuple[Town, Rig], tmp_path: Path) -> None:
    town, rig = made
    project = tmp_path / "project"
    gitrepo.git(project, "switch", "-q", "-c", "v2")
    base = gitrepo.commit(project, "second version", {"v2.txt": "2\n"})
    gitrepo.git(project, "push", "-q", str(tmp_path / "host" / "project.git"), "v2")
    assert refused(town, "pr-aaaaa", "proj", "--base-branch", "v3") == (
        "the rig proj has no branch 'v3' on its remote; push it there first"
    )
    shape(town, "pr-aaaaa", "proj", "--base-branch", "v2", "--hook-raw-bead")
    tree = town.root / TOAST
    assert gitrepo.head(tree) == base
    assert reconcile(town) == () and gitrepo.head(tree) == base
    request = work(town)
    assert (request.target, request.base, request.status) == ("v2", base, "ready")
    before = rig.target_tip()
    outcome = land(town, "proj", NOW)
    assert outcome is not None and (outcome.status, outcome.target) == ("landed", "v2")
    assert rig.target_tip() == before
    landed = gitrepo.git(tmp_path / "host" / "project.git", "log", "-1", "--format=%H", "v2").strip()
    assert landed == outcome.commit


def test_one_session_for_each_step(made: tuple[Town, Rig]) -> None:
    town, _ = made
    shape(town, "pr-aaaaa", "proj", "--ralph")
    assert terms(town).ralph


def test_held_by_another_agent(made: tuple[Town, Rig]) -> None:
    town, rig = made
    shape(town, "pr-aaaaa", "proj/toast", "--create", "--hook-raw-bead")
    gitrepo.write(town.root / TOAST, {"half.txt": "half\n"})
    assert refused(town, "pr-aaaaa", "proj/nux", "--create") == (
        f"pr-aaaaa is on the hook of {TOAST}; gt unsling pr-aaaaa takes it back, --force takes it over"
    )
    ran = gt("sling", "pr-aaaaa", "proj/nux", "--create", "--force", cwd=town.root)
    assert f"! taken over from {TOAST}, who is told; its branch and worktree are kept\n" in ran.stdout
    assert rigged.subjects(town)[0] == "sling: pr-aaaaa to proj/polecats/nux, taken over"
    snapshot = town.snapshot()
    toast, nux = (snapshot.agent(Address(f"proj/polecats/{name}")) for name in ("toast", "nux"))
    assert toast is not None and nux is not None
    assert live_hook(toast) is None and (hook := live_hook(nux)) is not None and hook.bead == "pr-aaaaa"
    assert [letter.subject for _, letter in snapshot.mail(TOAST, "new")] == ["pr-aaaaa is taken over"]
    assert (town.root / TOAST / "half.txt").exists()
    assert set(rig.branches()) == {"polecat/toast/pr-aaaaa", "polecat/nux/pr-aaaaa"}


def test_held_by_who_is_dead(made: tuple[Town, Rig]) -> None:
    town, _ = made
    shape(town, "pr-aaaaa", "proj/toast", "--create", "--hook-raw-bead")
    path = "agents/proj/polecats/toast.md"
    session = (
        "sessions:\n  - id: s-1\n    started: 2099-01-01T00:00:00Z\n    ended: 2099-01-01T01:00:00Z\n"
        "    bead: pr-aaaaa\n    outcome: died\n---\n"
    )
    text = towns.show(town, path)
    towns.put(town, path, text[: text.rindex("---\n")] + session)
    found = shape(town, "pr-aaaaa", "proj/nux", "--create")
    assert (found["target"], found["taken_from"]) == ("proj/polecats/nux", TOAST)


def test_a_beads_own_agent_comes_first(made: tuple[Town, Rig]) -> None:
    town, _ = made
    rigged.bead(town, "pr-bbbbb", agent="codex")
    assert shape(town, "pr-bbbbb", "proj", "--agent", "claude")["runtime"] == "codex"
    assert shape(town, "pr-aaaaa", "proj", "--agent", "gemini")["runtime"] == "gemini"


def test_flags_without_a_meaning_here(made: tuple[Town, Rig]) -> None:
    town, _ = made
    assert shape(town, "pr-aaaaa", "proj", "--no-boot")["slung"] is True


def test_guards(made: tuple[Town, Rig]) -> None:
    town, _ = made
    rigged.bead(town, "pr-fffff", "--help")
    rigged.bead(town, "pr-ccccc", status="closed")
    rigged.bead(town, "pr-ddddd", defer="2099-01-01")
    flag = 'bd update pr-fffff --title "what is to be done", or sling with --force'
    for words, said in (
        (("pr-fffff", "proj"), f"the title of pr-fffff looks like a flag: --help; {flag}"),
        (("pr-ccccc", "proj"), "pr-ccccc is closed; bd update pr-ccccc --status open reopens it"),
        (("pr-ccccc", "proj", "--force"), "pr-ccccc is closed; bd update pr-ccccc --status open reopens it"),
        (
            ("pr-ddddd", "proj"),
            "pr-ddddd is deferred until 2099-01-01; bd update --status open takes it up, or sling with --force",
        ),
        (
            ("pr-aaaaa", "proj", "--account", "work"),
            "accounts are settings of the agents' programs; name an agent with its own env in the settings: "
            "gt config agent set, then --agent",
        ),
        (
            ("pr-aaaaa", "proj", "--hook-raw-bead", "--var", "a=b"),
            "there is no formula to give values to; leave --hook-raw-bead or the formula out",
        ),
    ):
        assert refused(town, *words) == said
    for words, said in (
        (("pr-aaaaa", "proj", "--hook-raw-bead", "--formula", "x"), "--hook-raw-bead is for no formula"),
        (("pr-aaaaa", "proj", "--merge", "loca"), "--merge 'loca' is unknown; did you mean local?"),
        (("pr-aaaaa", "proj", "--max-concurrent", "2"), "--max-concurrent is for several beads"),
        (("chore", "pr-aaaaa", "proj", "--on", "pr-aaaaa"), "--on is for one bead"),
    ):
        assert refused(town, *words, code=2).startswith(said)
    for id in ("pr-fffff", "pr-ddddd"):
        assert shape(town, id, "proj", "--force")["slung"] is True


def test_the_rigs_own_formula(made: tuple[Town, Rig]) -> None:
    town, _ = made
    rigged.formula(town)
    towns.put(town, "proj/settings/config.json", '{"workflow": {"default_formula": "chore"}}')
    assert shape(town, "pr-aaaaa", "proj")["formula"] == "chore"


def test_what_a_person_types(made: tuple[Town, Rig], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    town, _ = made
    found = shape(town, "pr-aaaaa", "proj", "--agent", "claude")
    tree = town.root / TOAST
    assert found["type"] == f"cd {tree} && claude"
    assert (tree / ".claude" / "settings.local.json").exists()
    assert gitrepo.git(tree, "status", "--porcelain") == ""
    rigged.bead(town, "pr-bbbbb")
    typed = str(shape(town, "pr-bbbbb", "proj", "--agent", "codex")["type"])
    assert typed.startswith(
        f"cd {town.root}/proj/polecats/nux && env GT_TOWN={town.root} GT_ROLE=proj/polecats/nux "
    )
    # a program that is not there: the same, with the way to get it
    towns.put(town, "settings/config.json", '{"sessions": {"polecat": "headless"}}')
    monkeypatch.setattr("shutil.which", lambda name, *more: None if name == "claude" else f"/bin/{name}")
    rigged.bead(town, "pr-ccccc")
    ran = gt("sling", "pr-ccccc", "proj", cwd=town.root)
    assert (
        "▶ claude is not installed here; install it: npm install -g @anthropic-ai/claude-code\n" in ran.stdout
    )
    assert f"  type: cd {town.root}/proj/polecats/slit && claude\n" in ran.stdout

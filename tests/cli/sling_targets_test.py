"""`gt sling`: whom every form of a target means, and who is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gtlib.actions.crew_add import crew_add
from gtlib.actions.rig_add import rig_add
from gtlib.names import Address
from gtlib.names import ItemId
from gtlib.rules.base import holder
from gtlib.rules.base import live_hook
from gtlib.rules.dispatch import wanted
from gtlib.store.rig import Rig
from gtlib.store.town import Town
from tests.support import rigged
from tests.support import towns
from tests.support.asked import bd
from tests.support.asked import gt

MANUAL = '{"sessions": {"default": "manual"}}'


@pytest.fixture
def made(tmp_path: Path) -> tuple[Town, Rig]:
    town, rig, _ = rigged.make(tmp_path)
    towns.put(town, "settings/config.json", MANUAL)
    rigged.bead(town, "pr-aaaaa", "Do it")
    return town, rig


def shape(town: Town, *words: str, cwd: Path | None = None) -> dict[str, object]:
    done = gt("sling", *words, "--json", cwd=cwd or town.root)
    assert (done.returncode, done.stderr) == (0, "")
    found: dict[str, object] = json.loads(done.stdout)
    return found


def refused(town: Town, *words: str, cwd: Path | None = None, code: int = 1) -> str:
    """The line that a refusal is; it changes nothing."""
    tip = town.tip()
    done = gt("sling", *words, cwd=cwd or town.root)
    assert (done.returncode, done.stdout, town.tip()) == (code, "", tip), done.stderr
    assert done.stderr.count("\n") == 1
    return done.stderr.removeprefix("error: ").rstrip("\n")


@pytest.mark.parametrize(
    ("target", "address"),
    [
        (("proj",), "proj/polecats/toast"),
        (("proj/",), "proj/polecats/toast"),
        (("proj/ace", "--create"), "proj/polecats/ace"),
        (("proj/polecats/ace", "--create"), "proj/polecats/ace"),
        (("proj/max",), "proj/crew/max"),
        (("proj/crew/max",), "proj/crew/max"),
        (("proj/crew",), "proj/crew/max"),
        (("crew",), "proj/crew/max"),
        (("proj", "--crew", "max"), "proj/crew/max"),
        (("--crew", "max"), "proj/crew/max"),
        (("proj/witness",), "proj/witness"),
        (("proj/refinery",), "proj/refinery"),
        (("mayor",), "mayor"),
        (("mayor/",), "mayor"),
        (("dog:",), "deacon/dogs/alpha"),
        (("deacon/dogs",), "deacon/dogs/alpha"),
        (("dog:rex", "--create"), "deacon/dogs/rex"),
        (("deacon/dogs/rex", "--create"), "deacon/dogs/rex"),
        ((), "proj/polecats/toast"),
    ],
)
def test_targets(made: tuple[Town, Rig], target: tuple[str, ...], address: str) -> None:
    town, rig = made
    crew_add(town, ["max"], rig.config)
    found = shape(town, "pr-aaaaa", *target)
    assert found["target"] == address
    in_rig = "/polecats/" in address or "/crew/" in address
    assert (found["worktree"], bool(found["branch"]), bool(found["molecule"])) == (
        address if in_rig else "",
        in_rig,
        in_rig,
    )
    assert (town.root / address).exists() == in_rig
    agent = holder(town.snapshot(), ItemId("pr-aaaaa"))
    assert agent is not None and (agent.address, agent.host) == (address, town.host)
    kinds = {each.kind for each in wanted(town.snapshot(), town.host) if each.address == address}
    person = address == "mayor" or "/crew/" in address
    assert kinds == ({"worktree"} if in_rig else set()) | (set() if person else {"session"})
    assert towns.status(town) == ""


def test_oneself(made: tuple[Town, Rig], monkeypatch: pytest.MonkeyPatch) -> None:
    town, rig = made
    crew_add(town, ["max"], rig.config)
    assert refused(town, "pr-aaaaa", ".") == (
        "overseer has no hook that work could be slung to; name a rig, or RIG/NAME"
    )
    for id in ("pr-bbbbb", "pr-ccccc", "hq-ddddd"):
        rigged.bead(town, id)
    stands = town.root / "proj" / "crew" / "max"
    assert shape(town, "pr-aaaaa", cwd=stands)["target"] == "proj/crew/max"
    found = shape(town, "pr-bbbbb", ".", cwd=stands)
    assert (found["target"], found["queued"]) == ("proj/crew/max", True)
    monkeypatch.setenv("GT_ROLE", "mayor")
    assert shape(town, "hq-ddddd")["target"] == "mayor"
    # who has much to do queues it: the mayor too
    assert shape(town, "pr-ccccc", "mayor")["queued"] is True


def test_polecats_do_not_sling(made: tuple[Town, Rig], monkeypatch: pytest.MonkeyPatch) -> None:
    town, _ = made
    rigged.bead(town, "pr-bbbbb")
    shape(town, "pr-aaaaa", "proj/toast", "--create")
    monkeypatch.setenv("GT_ROLE", "proj/polecats/toast")
    assert refused(town, "pr-bbbbb", "proj").startswith(
        "proj/polecats/toast is a polecat, and polecats don't sling; file it with bd create"
    )
    # a step of a formula that says so is another thing, and means the rig of the bead
    monkeypatch.setenv("GT_STEP", "sling")
    assert shape(town, "pr-bbbbb")["target"] == "proj/polecats/nux"


def test_four_dogs_at_most(made: tuple[Town, Rig]) -> None:
    town, _ = made
    for number, name in enumerate(("alpha", "bravo", "charlie", "delta")):
        rigged.bead(town, f"hq-d{number}")
        assert shape(town, f"hq-d{number}", "dog:")["target"] == f"deacon/dogs/{name}"
    assert refused(town, "pr-aaaaa", "dog:") == (
        "no dog is free: alpha, bravo, charlie, delta; wait until one is, or gt unsling what it does"
    )
    assert refused(town, "pr-aaaaa", "dog:bravo") == (
        "deacon/dogs/bravo is busy with hq-d1; wait, or gt unsling hq-d1"
    )
    # a chore needs no merge: who does it closes it, and is free again
    done = gt("done", "deacon/dogs/bravo", cwd=town.root)
    assert done.stdout.startswith("done: the bead is closed\n")
    bead = town.snapshot().bead(ItemId("hq-d1"))
    assert bead is not None and (bead.status, bead.close_reason) == ("closed", "done")
    assert shape(town, "pr-aaaaa", "dog:")["target"] == "deacon/dogs/bravo"


def test_who_has_no_worktree_closes_its_bead(made: tuple[Town, Rig], monkeypatch: pytest.MonkeyPatch) -> None:
    town, _ = made
    rigged.bead(town, "hq-ddddd", "Sweep")
    rigged.formula(town)
    done = gt("sling", "hq-ddddd", "dog:", "--formula", "chore", cwd=town.root)
    assert "✓ formula chore: molecule hq-mol-" in done.stdout
    role = f"GT_TOWN={town.root} GT_ROLE=deacon/dogs/alpha"
    assert f"  type: cd {town.root} && env {role} claude\n" in done.stdout
    (molecule,) = town.snapshot().molecules()
    said = gt("done", "deacon/dogs/alpha", cwd=town.root)
    assert said.returncode == 1 and f"{molecule.id} has 2 open steps: one, two" in said.stderr
    monkeypatch.setenv("GT_ROLE", "deacon/dogs/alpha")
    assert bd("close", "hq-ddddd", "--reason", "swept", cwd=town.root).returncode == 0
    snapshot = town.snapshot()
    bead, agent = snapshot.bead(ItemId("hq-ddddd")), snapshot.agent(Address("deacon/dogs/alpha"))
    assert bead is not None and (bead.status, bead.close_reason) == ("closed", "swept")
    assert agent is not None and live_hook(agent) is None
    (molecule,) = snapshot.molecules()
    assert molecule.status == "closed"


def test_no_command_takes_the_towns_folder_for_a_worktree(made: tuple[Town, Rig]) -> None:
    town, _ = made
    shape(town, "pr-aaaaa", "proj/witness")
    found = json.loads(gt("doctor", "--json", cwd=town.root).stdout)
    checks = found["checks"] if isinstance(found, dict) else found
    assert [each["status"] for each in checks if each["name"] == "worktrees"] == ["ok"]
    for words in (("hooks", "list"), ("hooks", "repair"), ("agents",), ("status",), ("catch-up",)):
        ran = gt(*words, cwd=town.root)
        assert (ran.returncode, ran.stderr) == (0, ""), ran.stdout


def test_the_crew_by_its_setting(made: tuple[Town, Rig]) -> None:
    town, rig = made
    assert refused(town, "pr-aaaaa", "crew") == "proj has no crew; gt crew add NAME --rig proj makes one"
    crew_add(town, ["ada", "max"], rig.config)
    assert refused(town, "pr-aaaaa", "crew") == (
        "proj has several in its crew: ada, max; name one: proj/crew/NAME"
    )
    towns.put(town, "proj/settings/config.json", '{"crew": {"startup": "max"}}')
    assert shape(town, "pr-aaaaa", "crew")["target"] == "proj/crew/max"


def test_whom_nothing_can_be_slung_to(made: tuple[Town, Rig], tmp_path: Path) -> None:
    town, _ = made
    rig_add(town, "other", str(tmp_path / "host" / "project.git"), prefix="ot")
    other = "sling to a rig, to RIG/NAME, crew, mayor or dog:"
    for words, said in (
        (("deacon",), f"the deacon is code, and has no hook; {other}"),
        (("overseer",), f"the overseer is a person, and has no hook; {other}"),
        (
            ("proj/ace",),
            "no agent proj/polecats/ace; --create makes it; gt sling to proj takes any",
        ),
        (("dog:rex",), "no agent deacon/dogs/rex; --create makes it; gt sling to dog: takes any"),
        (("proj/crew/ada",), "no agent proj/crew/ada; gt crew add ada --rig proj makes it"),
        (("proj/../x",), "'../x' is not a name for an agent; use letters, digits, - and _ (40 at most)"),
        (
            ("proj/$(x)", "--create"),
            "'$(x)' is not a name for an agent; use letters, digits, - and _ (40 at most)",
        ),
        (("other",), "pr-aaaaa belongs to proj, not to other; gt sling pr-aaaaa proj, or sling with --force"),
        (("dog:", "--agent", "shell"), "dog: has no worktree to run steps in; sling it to a rig"),
        (("mayor", "--no-merge"), "mayor has no worktree, so nothing of it lands; sling it to a rig"),
    ):
        assert refused(town, "pr-aaaaa", *words) == said
    assert refused(town, "pr-aaaaa", "mayor", "--crew", "max", code=2) == (
        "--crew max is of a rig, and mayor is none; gt sling BEAD RIG --crew max"
    )
    # whose names a rig has depends on which rig was added first
    assert str(shape(town, "pr-aaaaa", "other", "--force")["target"]).startswith("other/polecats/")


def test_the_mayor_is_a_persons_to_start(made: tuple[Town, Rig], monkeypatch: pytest.MonkeyPatch) -> None:
    town, _ = made
    done = gt("sling", "pr-aaaaa", "mayor", "--args", "soon", cwd=town.root)
    (convoy,) = town.snapshot().convoys()
    assert done.stdout == (
        "🎯 pr-aaaaa 'Do it' to mayor\n"
        f"✓ convoy {convoy.id} 'Work: Do it': made to track it\n"
        "- no formula: the bead says what is to be done\n"
        "✓ work attached to the hook of mayor\n"
        "✓ args stored\n"
        "▶ no mayor runs: gt mayor start\n"
        "next: gt mayor start\n"
        "      gt hook mayor\n"
        "      bd show pr-aaaaa\n"
        f"      gt convoy show {convoy.id}\n"
    )
    assert gt("hook", "mayor", cwd=town.root).stdout == (
        "hook of mayor (mayor)\npr-aaaaa Do it\nstate:    created, since now\nworktree: none, in the town\n"
        "args:     soon\nnext: do it, then gt done (bd show pr-aaaaa)\n"
    )
    monkeypatch.setenv("GT_ROLE", "mayor")
    told = gt("prime", cwd=town.root).stdout
    assert "words given with the work" in told and "soon" in told and "bd close pr-aaaaa" in told

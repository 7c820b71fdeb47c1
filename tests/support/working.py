"""Towns with a rig and work on hooks, for tests of sessions and of the deacon."""

from __future__ import annotations

import sys
from collections.abc import Callable
from collections.abc import Mapping
from pathlib import Path

from gtlib import clock
from gtlib.actions import trust
from gtlib.actions.cooking import cooked
from gtlib.actions.rig_add import rig_add
from gtlib.actions.transition import transition
from gtlib.model.agent import Agent
from gtlib.model.agent import Hook
from gtlib.model.bead import Bead
from gtlib.model.formula import parse
from gtlib.model.molecule import Molecule
from gtlib.names import Address
from gtlib.names import ItemId
from gtlib.rules.pour import Order
from gtlib.rules.pour import Poured
from gtlib.rules.pour import pour
from gtlib.rules.sling import plan_sling
from gtlib.store import formulas
from gtlib.store.allowed import allow_text
from gtlib.store.town import Town
from gtlib.system import process
from tests.support import gitrepo
from tests.support import towns

TOAST = Address("proj/polecats/toast")
PYTHON = sys.executable


def formula(steps: Mapping[str, str | None], name: str = "chore") -> str:
    """A formula of steps in a row, each with its script; None: without `run`."""
    lines = [f'formula = "{name}"', 'description = "A chore"', ""]
    before = ""
    for id, script in steps.items():
        lines += ["[[steps]]", f'id = "{id}"', f'title = "Do {id}"']
        lines += [f'needs = ["{before}"]'] if before else []
        lines += [f"run = '''{script}'''"] if script is not None else []
        lines.append("")
        before = id
    return "\n".join(lines)


def working_town(
    path: Path, steps: Mapping[str, str | None], *, allowed: bool = True, gates: dict[str, str] | None = None
) -> Town:
    """A town with the rig `proj`, the formula `chore` of these steps, and the bead pr-work1."""
    town = towns.make_town(path / "town")
    project = gitrepo.make_repo(path / "project", {"README": "hello\n"})
    rig_add(town, "proj", str(gitrepo.make_bare(path / "host.git", project)), prefix="pr", gates=gates)
    text = formula(steps)
    towns.write(town, "formulas/chore.formula.toml", text)
    towns.write(town, "beads/pr-work1.md", towns.bead("pr-work1", "Work"))
    towns.git(town.root, "add", "formulas", "beads")
    towns.commit(town.root, "-m", "by hand")
    if allowed:
        for _, _, run in trust.commands(parse("formulas/chore.formula.toml", text)):
            allow_text(town.local, trust.text_of(run), "test")
    return town


def sling(
    town: Town, bead: str = "pr-work1", to: str = TOAST, runtime: str = "", name: str = "chore"
) -> None:
    """Put the bead on the agent's hook with a molecule of the formula."""
    meal = cooked(town.root, formulas.find(town.root, "proj", name), {}, rig="proj")
    now = clock.stamp(clock.now())

    def build(bead: Bead, agent: Agent) -> Poured:
        order = Order(
            prefix="pr", created=now, created_by="overseer", bead=bead.id, assignee=agent.address, anew=True
        )
        return pour(town.snapshot(), meal, order)

    transition(
        town,
        lambda snapshot: plan_sling(
            snapshot, ItemId(bead), to, molecule=build, agent_runtime=runtime, now=now, actor="overseer",
            host=town.host,
        ),
        "overseer",
    )  # fmt: skip


def agent(town: Town, address: str = TOAST) -> Agent:
    found = town.snapshot().agent(Address(address))
    assert found is not None
    return found


def hook(town: Town, address: str = TOAST) -> Hook:
    found = agent(town, address).hook
    assert found is not None
    return found


def molecule(town: Town, address: str = TOAST) -> Molecule:
    found = town.snapshot().molecule(hook(town, address).molecule)
    assert found is not None
    return found


def commits(town: Town, branch: str = "polecat/toast/pr-work1") -> list[str]:
    """Subjects of the branch's own commits, oldest first."""
    repo = town.root / "proj" / ".repo" / ".git"
    words = ["log", "--reverse", "--format=%s", branch, "--not", "refs/remotes/origin/main"]
    return gitrepo.git(repo, *words).splitlines()


def mail(town: Town, address: str = "overseer") -> list[str]:
    """Subjects of unread mail."""
    return [message.subject for _, message in town.snapshot().mail(address, "new")]


def wait(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    """Until the condition holds; fails after `seconds`."""
    assert process.until(condition, seconds), "it did not come about"

"""A town in which formulas are played to their end by the shell runtime, in this process."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
from pathlib import Path

from gtlib import clock
from gtlib.actions import trust
from gtlib.actions.catch_up import catch_up
from gtlib.actions.cooking import cooked
from gtlib.actions.go_on import go_on
from gtlib.actions.go_on import waits
from gtlib.actions.land import land
from gtlib.actions.rig_add import rig_add
from gtlib.actions.shell_session import serve
from gtlib.actions.transition import transition
from gtlib.lock import FileLock
from gtlib.model.agent import Agent
from gtlib.model.agent import Hook
from gtlib.model.bead import Bead
from gtlib.model.cooked import Cooked
from gtlib.model.edit import Edit
from gtlib.model.molecule import Molecule
from gtlib.names import Address
from gtlib.names import ItemId
from gtlib.rules.base import live_hook
from gtlib.rules.dispatch import AT_WORK
from gtlib.rules.flow import Flow
from gtlib.rules.pour import Order
from gtlib.rules.pour import Poured
from gtlib.rules.pour import pour
from gtlib.rules.sling import plan_sling
from gtlib.runtimes import runs
from gtlib.store import formulas
from gtlib.store.allowed import allow_text
from gtlib.store.town import Town
from tests.support import gitrepo
from tests.support import towns

MOST_SESSIONS = 25

# What somebody does while the molecule waits: a person, another agent, the world.
Waiting = Callable[["Play"], None]


class Play:
    """One bead that an agent works on by a formula."""

    def __init__(self, stage: Stage, bead: str, address: str) -> None:
        self.stage = stage
        self.town = stage.town
        self.bead = bead
        self.address = Address(address)
        self.outcomes: list[str] = []

    @property
    def hook(self) -> Hook:
        agent = self.town.snapshot().agent(self.address)
        assert agent is not None
        found = live_hook(agent) or agent.hook
        assert found is not None and found.bead == self.bead
        return found

    @property
    def molecule(self) -> Molecule:
        found = self.town.snapshot().molecule(self.hook.molecule)
        assert found is not None
        return found

    @property
    def flow(self) -> Flow:
        return Flow(self.town.snapshot(), self.molecule)

    @property
    def worktree(self) -> Path:
        return self.town.root / self.hook.worktree

    def order(self) -> list[str]:
        """The steps in the order in which the branch has their commits."""
        words = ["log", "--reverse", "--format=%(trailers:key=Step,valueonly)", self.hook.branch]
        said = gitrepo.git(self.stage.repo, *words, "--not", "refs/remotes/origin/main")
        return [line for line in said.splitlines() if line]

    def states(self) -> dict[str, str]:
        flow = self.flow
        return {id: flow.state(id) for id in flow.ids}

    def outputs(self) -> str:
        return self.molecule.outputs

    def run(self, waiting: Waiting | None = None) -> list[str]:
        """Sessions until the work is handed in; `waiting` acts when one waits. The order of the steps."""
        for _ in range(MOST_SESSIONS):
            number = len(self.outcomes) + 1
            serve(self.town, self.address, f"{self.bead}-{number}")
            own = runs.read_own(self.town.local, self.address)
            assert own is not None
            said = own.outcome if own.outcome == "submitted" else f"{own.outcome}: {own.said}"
            self.outcomes.append(said)
            if own.outcome == "submitted":
                return self.order()
            assert own.outcome in ("waits", "over") and waiting is not None, f"{said}\n{own.tail}"
            waiting(self)
            self.go_on()
        raise AssertionError(f"it does not end: {self.outcomes[:5]}, {self.states()}")

    def go_on(self) -> None:
        """As the deacon's round: a hook that waits for nothing any more goes on."""
        catch_up(self.town)
        snapshot = self.town.snapshot()
        agent = snapshot.agent(self.address)
        assert agent is not None
        if not waits(self.town, snapshot, agent):
            go_on(self.town, self.address)

    def by_agent(self, outputs: Mapping[str, str] | None = None) -> None:
        """Do every step that has no command, until one with a command, a gate or the end comes."""
        said = outputs or {}
        while (step := next(self.flow.each_ready(), None)) is not None:
            how = self.flow.recipe.get(step.id)
            if how is not None and how.run is not None:
                break
            self.by_hand(step.id, *([said[step.id]] if step.id in said else []))
            catch_up(self.town)

    def by_hand(self, step: str, *outputs: str) -> None:
        """Do a step as an agent does: commit in the worktree with the trailers that say so."""
        words = [word for output in outputs for word in ("--trailer", f"Output: {output}")]
        message = ["-m", f"By hand: {step}", "--trailer", f"Step: {step}", *words]
        gitrepo.git(
            self.worktree, "commit", "-q", "--allow-empty", *message, env={"GT_ROLE": str(self.address)}
        )


class Stage:
    """The town, with the rig `proj` (prefix pr); `host` is the bare repository that the rig pushes to.

    Without `hooks` a session alone sees what it commits, which takes half the time.
    """

    def __init__(
        self, folder: Path, files: Mapping[str, str | None] | None = None, *, hooks: bool = True
    ) -> None:
        self.town: Town = towns.make_town(folder / "town")
        project = gitrepo.make_repo(folder / "project", files or {"README": "hello\n"})
        self.host = gitrepo.make_bare(folder / "host.git", project)
        rig_add(self.town, "proj", str(self.host), prefix="pr")
        self.repo = self.town.root / "proj" / ".repo" / ".git"
        self._hooks = hooks
        self._count = 0

    def put(self, **files: str) -> None:
        """Formulas (by name) of the town, in one commit; their commands are allowed."""
        self.write({f"formulas/{name}.formula.toml": text for name, text in files.items()})
        for name in files:
            formula = formulas.find(self.town.root, "proj", name)
            for _, _, run in trust.commands(formula):
                allow_text(self.town.local, trust.text_of(run), "test")

    def overlay(self, name: str, steps: Mapping[str, str]) -> None:
        """The overlay that gives each step a script."""
        lines = []
        for step, script in ((step, text.strip()) for step, text in steps.items()):
            assert "'''" not in script
            lines += [
                "[[step-overrides]]",
                f'step_id = "{step}"',
                'mode = "replace"',
                f"run = '''{script}'''",
            ]
            allow_text(self.town.local, script, "test")
        self.write({f"formula-overlays/{name}.toml": "\n".join(lines) + "\n"})

    def allow(self, *commands: str) -> None:
        """As `gt allow` does."""
        for command in commands:
            allow_text(self.town.local, command, "test")

    def write(self, files: Mapping[str, str]) -> None:
        """Files of the town, committed by hand."""
        for path, text in files.items():
            towns.write(self.town, path, text)
        towns.git(self.town.root, "add", "--", *files)
        towns.git(self.town.root, "commit", "--quiet", "-m", "by hand", "--", *files)

    def begin(
        self,
        name: str,
        given: Mapping[str, str] | None = None,
        *,
        poured: bool | None = None,
        address: str = "",
        **bead: object,
    ) -> Play:
        """Put a new bead on the hook of a new polecat, with a molecule of the formula."""
        self._count += 1
        address = address or f"proj/polecats/p{self._count}"
        made = Bead(
            id=ItemId(f"pr-b{self._count:04}"),
            title=f"Work {self._count}",
            created=_now(),
            created_by="overseer",
            **bead,  # type: ignore[arg-type]
        )
        meal = self.cooked(name, given or {}, made)
        town = self.town
        transition(town, lambda snapshot: Edit(subject=f"create: {made.id}", put=(made,)), "overseer")

        def build(work: Bead, agent: Agent) -> Poured:
            order = Order(
                prefix="pr",
                created=_now(),
                created_by="overseer",
                bead=work.id,
                assignee=agent.address,
                beads=poured,
                anew=True,
            )
            return pour(town.snapshot(), meal, order)

        transition(
            town,
            lambda snapshot: plan_sling(
                snapshot, made.id, address, molecule=build, agent_runtime="shell", now=_now(),
                actor="overseer", host=town.host,
            ),
            "overseer",
        )  # fmt: skip
        self.no_hooks()
        return Play(self, made.id, address)

    def no_hooks(self) -> None:
        """What slinging puts in each time is taken out again in a stage without git hooks."""
        for name in () if self._hooks else ("post-commit", "prepare-commit-msg", "post-rewrite"):
            (self.repo / "hooks" / name).unlink(missing_ok=True)

    def cooked(self, name: str, given: Mapping[str, str], bead: Bead | None = None) -> Cooked:
        """The formula cooked as a sling cooks it."""
        formula = formulas.find(self.town.root, "proj", name)
        return cooked(self.town.root, formula, given, rig="proj", bead=bead)

    def land(self) -> list[str]:
        """All that the refinery can land: what became of it, with the bead."""
        found = []
        while (outcome := land(self.town, "proj", _now())) is not None:
            found.append(
                f"{outcome.status} {outcome.bead}" + (f": {outcome.reason}" if outcome.reason else "")
            )
        return found

    def landed(self, path: str) -> str:
        """A file as the host's main has it."""
        return gitrepo.git(self.host, "show", f"main:{path}")

    def settle(self) -> None:
        """Wait for what packs the town beside the work."""
        lock = FileLock(self.town.local / "pack.lock")
        assert lock.acquire(timeout=60)
        lock.release()

    def work(self) -> None:
        """Every polecat that has something to do does it, and what they hand in lands."""
        for agent in self.town.snapshot().agents():
            hook = live_hook(agent)
            if agent.role == "polecat" and hook is not None and hook.state in AT_WORK:
                self.no_hooks()
                serve(self.town, agent.address, f"{hook.bead}-work")
                own = runs.read_own(self.town.local, agent.address)
                assert own is not None and own.outcome == "submitted", own
        self.land()


def _now() -> str:
    return clock.stamp(clock.now())

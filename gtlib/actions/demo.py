"""A town at work, from nothing to landed commits, told as it happens. Nothing in it is faked."""

from __future__ import annotations

import time
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from gtlib import layout
from gtlib.actions import deacon
from gtlib.actions import demo_project
from gtlib.actions import running
from gtlib.actions import shims
from gtlib.actions import trust
from gtlib.actions.convoy_create import convoy_create
from gtlib.actions.create import create
from gtlib.actions.demo_project import RIG
from gtlib.actions.demo_project import WORK
from gtlib.actions.demo_report import Ended
from gtlib.actions.demo_report import Kind
from gtlib.actions.demo_report import Letter
from gtlib.actions.demo_report import Report
from gtlib.actions.demo_report import Told
from gtlib.actions.install import install
from gtlib.actions.rig_add import rig_add
from gtlib.actions.sling import Wish
from gtlib.actions.sling import sling
from gtlib.errors import UserError
from gtlib.model import trailers
from gtlib.model.formula import parse
from gtlib.names import ItemId
from gtlib.rules.base import OVERSEER
from gtlib.rules.convoys import Wanted
from gtlib.rules.new_bead import Draft
from gtlib.runtimes import runs
from gtlib.store.allowed import allow_text
from gtlib.store.repo import CommitInfo
from gtlib.store.rig import Rig
from gtlib.system import git
from gtlib.system import process
from gtlib.system.process import Proc

LIMIT_SECONDS: Final = 120.0
LOG_LINES: Final = 12


def demo(folder: Path, tell: Callable[[Told], None]) -> Report:
    """Make a town and a project in `folder`, which is new or empty, let five polecats work.

    UserError when the folder can't be used. Whatever ends it, the deacon that it started is ended.
    """
    _refuse(folder)
    return Demo(folder, tell).run()


class Demo:
    """One run."""

    def __init__(self, folder: Path, tell: Callable[[Told], None]) -> None:
        self._began = time.monotonic()
        self._tell = tell
        self._problems: dict[str, None] = {}
        self._folder = folder
        self._project = folder / RIG
        self._town = install(folder / "town", "demo")
        self._identity = self._town.repo.signature()
        self._seen = self._town.tip()
        self._deacon: Proc | None = None

    def run(self) -> Report:
        """From the first bead to the report."""
        self._note("gt install", f"a town in {self._town.root}")
        self._prepare()
        beads = self._file_beads()
        convoy = convoy_create(
            self._town, Wanted(name="More shapes", ids=tuple(beads), human=True), OVERSEER
        ).id
        self._look()
        try:
            self._start()
            self._sling(beads)
            self._follow(beads)
        finally:
            self._end()
        self._answer()
        self._look()
        return self._report(beads, convoy)

    def _prepare(self) -> None:
        demo_project.make_project(self._project, self._identity)
        self._note("git init", f"a project in {self._project}, tested by: {demo_project.GATE}")
        rig_add(self._town, RIG, str(self._project), gates={"test": demo_project.GATE}, actor=OVERSEER)
        self._look()
        path, text = f"formulas/{demo_project.FORMULA}.formula.toml", demo_project.formula_text()
        # Whoever typed `gt demo` wants these commands to run; any other formula waits for `gt allow`.
        for _, _, run in trust.commands(parse(path, text)):
            allow_text(self._town.local, trust.text_of(run), "gt demo")
        self._by_hand(path, text, "How a function is added")

    def _file_beads(self) -> dict[ItemId, demo_project.Work]:
        """The first by an editor and plain git, the others as `bd create` does."""
        prefix = self._rig().config.prefix
        by_hand = ItemId(f"{prefix}-hand1")
        text = f"---\nid: {by_hand}\ntitle: {WORK[0].title}\n---\n{_wanted(WORK[0])}"
        self._by_hand(layout.path_of_bead(by_hand), text, f"A bead by hand: {WORK[0].title}")
        found = {by_hand: WORK[0]}
        for work in WORK[1:]:
            draft = Draft(title=work.title, description=_wanted(work))
            found[create(self._town, draft, prefix, OVERSEER).id] = work
        self._look()
        return found

    def _by_hand(self, path: str, text: str, message: str) -> None:
        """As a person does it: save, add, commit. That no git hook noticed is a problem."""
        target = self._town.root / path
        target.write_text(text, encoding="utf-8")
        git.run(["add", "--", path], self._town.root)
        demo_project.commit(self._town.root, message, self._identity)
        if self._town.processed() != self._town.tip():
            self._problem("no git hook noticed the commit by hand: what follows from it waits for the deacon")
        self._look()

    def _start(self) -> None:
        up = deacon.up(self._town)
        self._deacon = up.proc
        self._note("gt up", f"the deacon watches, pid {up.proc.pid}; Ctrl-C ends it")

    def _sling(self, beads: dict[ItemId, demo_project.Work]) -> None:
        for id, work in beads.items():
            wish = Wish(formula=demo_project.FORMULA, agent="shell", vars=work.vars())
            slung = sling(self._town, id, RIG, wish, self._town.root, OVERSEER)
            for note in slung.notes:
                self._note("gt sling", note)
            self._look()

    def _follow(self, beads: dict[ItemId, demo_project.Work]) -> None:
        """Tell what happens until every bead has come to its end, or nothing moves any more."""
        came = process.until(lambda: self._over(beads), LIMIT_SECONDS)
        self._look()
        if not came:
            self._problem(f"not all came to an end within {LIMIT_SECONDS:g} s: see gt status and the logs")

    def _over(self, beads: dict[ItemId, demo_project.Work]) -> bool:
        self._look()
        for problem in self._broken():
            self._problem(problem)
        if all(each.state in ("landed", "sent back") for each in self._ends(beads)):
            return True
        return not self._deacon_lives() and not any(map(running.is_alive, runs.every(self._town.local)))

    def _broken(self) -> Iterator[str]:
        if not self._deacon_lives():
            yield (
                "the deacon is gone: no session is started any more, no work is landed, and commits that no "
                "git hook saw go unnoticed; what runs comes to its end. gt up starts it again"
            )
        lost = shims.missing(self._town.git_dir / "hooks", shims.TOWN)
        if lost:
            yield (
                f"git hooks of the town are gone ({', '.join(lost)}): a commit there is noticed "
                "by the deacon alone, and a bad file is not refused. gt doctor --fix writes them again"
            )
        rig = self._rig()
        lost = shims.missing(rig.hooks_dir(), shims.RIG, rig.target)
        if lost:
            yield (
                f"git hooks of the rig are gone ({', '.join(lost)}): a step that was committed is noticed "
                "by the deacon alone, and commits do not name their bead. gt doctor --fix writes them again"
            )

    def _end(self) -> None:
        """End the deacon that was started here, and what it started."""
        deacon.down(self._town)
        if self._deacon is not None:
            process.stop(self._deacon)
            self._look()
            self._note("gt down", "the deacon has ended, and every session with it")

    def _answer(self) -> None:
        """With no deacon: a letter by an editor and plain git, which the git hook is to route."""
        sent = [agent for agent in self._town.snapshot().agents() if agent.hook and agent.runtime == "shell"]
        to = next((a.address for a in sent if a.hook and a.hook.state == "suspended"), None)
        if to is None:
            return
        text = f"---\nto:\n  - {to}\nsubject: A perimeter goes all the way round\n---\nTwice both sides.\n"
        self._by_hand(layout.outbox("answer"), text, "An answer, dropped into the outbox")
        if (self._town.root / layout.outbox("answer")).exists():
            self._problem("mail in mail/outbox was not delivered: no git hook saw it, and no deacon runs")

    def _look(self) -> None:
        """Tell the town's new commits."""
        tip = self._town.tip()
        for info in self._town.repo.commits(self._seen, tip):
            self._commit(info)
        self._seen = tip

    def _commit(self, info: CommitInfo) -> None:
        pairs = trailers.parse(info.message)
        event = dict(pairs).get("Event", "")
        kind: Kind = "good" if event == "land" else "bad" if event in ("rework", "conflict") else "town"
        # What one catch-up found is one commit, whoever was first to catch up.
        changes = [value for key, value in pairs if key == "Change"]
        who = "catch-up" if changes else info.author.partition(" <")[0] if event else "plain git"
        for subject in changes or [info.message.partition("\n")[0]]:
            self._say(who, subject, kind)

    def _note(self, who: str, what: str) -> None:
        self._say(who, what, "note")

    def _problem(self, what: str) -> None:
        if what not in self._problems:
            self._problems[what] = None
            self._say("demo", what, "bad")

    def _say(self, who: str, what: str, kind: Kind) -> None:
        self._tell(Told(round(time.monotonic() - self._began, 1), who, what, kind))

    def _deacon_lives(self) -> bool:
        return self._deacon is not None and process.alive(self._deacon)

    def _rig(self) -> Rig:
        config = self._town.snapshot().rig(RIG)
        assert config is not None
        return Rig(self._town.root, config)

    def _ends(self, beads: dict[ItemId, demo_project.Work]) -> Iterator[Ended]:
        snapshot = self._town.snapshot()
        requests = {request.bead: request for request in snapshot.merges()}
        for id, work in beads.items():
            bead, request = snapshot.bead(id), requests.get(id)
            if bead is not None and bead.status == "closed" and request is not None:
                yield Ended(id, work.title, "landed", commit=request.landed_commit)
            elif request is not None and request.status in ("rework", "conflict"):
                yield Ended(id, work.title, "sent back", reason=request.reason)
            else:
                yield Ended(id, work.title, request.status if request else bead.status if bead else "missing")

    def _report(self, beads: dict[ItemId, demo_project.Work], convoy: ItemId) -> Report:
        snapshot = self._town.snapshot()
        followed = snapshot.convoy(convoy)
        letters = snapshot.mail(OVERSEER, "new")
        for problem in self._broken():
            if not problem.startswith("the deacon"):
                self._problem(problem)
        return Report(
            path=str(self._folder),
            town=str(self._town.root),
            project=str(self._project),
            seconds=round(time.monotonic() - self._began, 1),
            convoy=convoy,
            convoy_status=followed.status if followed else "missing",
            beads=tuple(self._ends(beads)),
            mail=tuple(Letter(each.id, each.sender, each.subject) for _, each in letters),
            town_log=_log(self._town.root),
            project_log=_log(self._project),
            problems=tuple(self._problems),
        )


def _refuse(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UserError(f"{folder} is not empty", "name a folder that is not there yet: gt demo --path P")


def _log(folder: Path) -> tuple[str, ...]:
    words = ["log", "--oneline", "--graph", "--no-color", f"--max-count={LOG_LINES}"]
    return tuple(git.run(words, folder).text.splitlines())


def _wanted(work: demo_project.Work) -> str:
    return f"{work.call} gives {work.expected}; with its test, in files of their own.\n"

"""What every way to run a session keeps to, and what each says where it can't do a thing. One row a case."""

from __future__ import annotations

import os
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec import Struct
from msgspec.structs import replace

from gtlib.actions.catch_up import catch_up
from gtlib.actions.modes import runtime
from gtlib.errors import UserError
from gtlib.names import ItemId
from gtlib.runtimes import runs
from gtlib.runtimes import transcripts
from gtlib.runtimes.base import Runtime
from gtlib.runtimes.base import Spec
from gtlib.runtimes.base import Usage
from gtlib.runtimes.presets import Preset
from gtlib.runtimes.runs import Run
from gtlib.store.town import Town
from gtlib.system import kin
from gtlib.system import process
from tests.support import terminals
from tests.support import working
from tests.support.terminals import events
from tests.support.terminals import program
from tests.support.terminals import prompts
from tests.support.working import TOAST

NATIVE = "11111111-2222-4333-8444-555555555555"
SAID = "words of a sender"
SECONDS = 30.0


class Case(Struct, frozen=True):
    """A way to run sessions, and what it can do: an empty text is "yes", another is what it says instead.

    `busy` and `idle` are the answers to words said then, `interrupt` to an interrupt while it works; `resumes`: it goes
    on with the conversation of the session before; `native`: the program's own id, transcript and usage are known.
    """

    mode: str
    hooks: bool = False
    busy: str = ""
    idle: str = ""
    interrupt: str = ""
    resumes: bool = True
    native: bool = True


CASES = {
    "shell": Case(
        "shell",
        busy="the shell runs steps, and reads nothing",
        idle="the shell runs steps, and reads nothing",
        interrupt="the shell can only be ended: gt session stop",
        resumes=False,
        native=False,
    ),
    "headless": Case("headless", busy=f"{TOAST} has not looked within 0.3 s"),
    "tmux": Case("tmux"),
    "tmux with hooks": Case("tmux", hooks=True),
}
HELL = ("hang", "exit0", "flood", "orphans,stubborn", "meddler")


class Place:
    """A town in which an agent has work, and one case of running it."""

    def __init__(self, path: Path, case: Case) -> None:
        self.path, self.case = path, case
        self.go = path / "go"
        self.record = path / "record"
        self.runtime: Runtime = runtime(case.mode)
        wait = f"while [ ! -e {self.go} ]; do sleep 0.02; done; echo 1 > one"
        self.town: Town = working.working_town(path, {"one": wait if case.mode == "shell" else None})
        working.sling(self.town, runtime="shell" if case.mode == "shell" else "claude")
        catch_up(self.town)
        self.runs: list[Run] = []

    def spec(self, session: str, preset: Preset | None, prompt: str, resume: bool = False) -> Spec:
        return Spec(
            town=self.town.root, address=TOAST, bead=ItemId("pr-work1"), session=session,
            worktree=self.town.root / TOAST, log=runs.log(self.town.local, TOAST), program=preset, prompt=prompt,
            native=NATIVE, resume=resume,
        )  # fmt: skip

    def begin(
        self, session: str = "s-one", *, mode: str = "normal", prompt: str = "", resume: bool = False
    ) -> Run:
        """A session that works until `go` is there, unless `prompt` says otherwise."""
        preset = None if self.case.mode == "shell" else program(self.record, mode, hooks=self.case.hooks)
        given = self.spec(session, preset, prompt or f"UNTIL {self.go}", resume)
        proc = self.runtime.start(given)
        run = Run(
            address=TOAST, bead=given.bead, runtime="fake", mode=self.case.mode, session=session, native=NATIVE,
            proc=proc, log=str(given.log), ended=False,
        )  # fmt: skip
        self.runs.append(run)
        return run

    def is_(self, run: Run, activity: str) -> None:
        self.until(lambda: self.runtime.activity(run) == activity)

    def until(self, condition: Callable[[], bool]) -> None:
        assert process.until(condition, SECONDS), self.runtime.look(self.runs[-1], 40)

    def left(self, session: str = "s-one") -> object:
        """What of that session lives."""
        return kin.carrying({"GT_SESSION": session, "GT_TOWN": str(self.town.root)})


@pytest.fixture
def sockets() -> Iterator[Path]:
    with terminals.servers() as folder:
        yield folder


@pytest.fixture(params=CASES.values(), ids=CASES.keys())
def place(request: pytest.FixtureRequest, tmp_path: Path, sockets: Path) -> Iterator[Place]:
    made = Place(tmp_path, request.param)
    yield made
    for run in made.runs:
        made.runtime.stop(run, 0.2)


def test_it_starts_lives_and_ends(place: Place) -> None:
    run = place.begin()
    place.is_(run, "busy")
    assert place.runtime.name == place.case.mode
    assert place.runtime.alive(run) and place.left() != set()
    assert run.proc is not None and os.getpgid(run.proc.pid) == run.proc.pid != os.getpgrp()

    place.runtime.stop(run, 5.0)

    assert not place.runtime.alive(run)
    assert place.left() == set()
    assert place.runtime.activity(run) == "unknown"
    assert place.runtime.deliver(run, SAID, 0.1) != "" and place.runtime.interrupt(run) != ""
    place.runtime.stop(run, 5.0)  # once more is nothing


def test_words_arrive_once_or_it_says_why_not(place: Place) -> None:
    run = place.begin()
    place.is_(run, "busy")
    case = place.case
    if case.native:
        place.until(lambda: prompts(place.record) != [])

    assert place.runtime.deliver(run, SAID + " 1", SECONDS if not case.busy else 0.3) == case.busy
    assert place.runtime.interrupt(run) == case.interrupt
    if not case.interrupt:
        place.is_(run, "idle")
    assert place.runtime.deliver(run, SAID + " 2", SECONDS if not case.idle else 0.3) == case.idle

    wanted = [*([] if case.busy else ["1"]), *([] if case.idle else ["2"])]
    place.until(lambda: len(arrived(place)) >= len(wanted))
    assert arrived(place) == wanted


def arrived(place: Place) -> list[str]:
    """Which of the words that were said the program has taken, in order."""
    texts = " ".join(prompts(place.record)).split(SAID)[1:]
    return [text.split()[0] for text in texts]


def test_it_goes_on_where_it_was(place: Place) -> None:
    run = place.begin()
    place.is_(run, "busy")
    if place.case.native:
        place.until(lambda: prompts(place.record) != [])
    place.runtime.stop(run, 5.0)

    again = place.begin("s-two", prompt="Go on", resume=place.case.resumes)

    if place.case.resumes:
        place.until(lambda: len(events(place.record, "begin")) > 1 and len(prompts(place.record)) > 1)
        first, second = [each["argv"] for each in events(place.record, "begin")][:2]
        assert "--session-id" in first and second[second.index("--resume") + 1] == NATIVE
        assert "Go on" in prompts(place.record)[1]
    else:
        place.go.touch()
        place.until(lambda: not place.runtime.alive(again))
        assert working.commits(place.town) == ["Do one"]
    place.runtime.stop(again, 5.0)
    assert place.left("s-two") == set()


def test_its_id_its_transcript_and_what_it_used_are_known(place: Place) -> None:
    if not place.case.native:
        run = place.begin()
        assert place.runtime.alive(run)
        return
    run = place.begin(prompt="Say something")
    place.until(lambda: events(place.record, "answer") != [])
    env = events(place.record, "begin")[0]["env"]
    assert (env["GT_ROLE"], env["GT_SESSION"], env["GT_BEAD"]) == (TOAST, run.session, "pr-work1")
    assert env["GT_TOWN"] == str(place.town.root)
    preset = program(place.record)
    path = transcripts.find(preset, run.native, place.town.root / TOAST, os.environ)
    assert path is not None and path.stem == NATIVE
    place.runtime.stop(run, 5.0)
    used = transcripts.usage(preset, path)
    assert replace(used, turns=0, cost=None) == Usage(
        input=10 * used.turns, output=2 * used.turns, model="fake-1"
    )
    assert used.turns > 0
    if place.case.hooks:
        state = runs.read_state(place.town.local, TOAST)
        assert state is not None and (state.session, state.native, state.transcript) == (
            "s-one",
            NATIVE,
            str(path),
        )


@pytest.mark.parametrize("mode", HELL)
@pytest.mark.parametrize("way", ["tmux", "headless"])
def test_a_program_from_hell_is_ended_with_all_of_it(
    tmp_path: Path, sockets: Path, way: str, mode: str
) -> None:
    place = Place(tmp_path, Case(way))
    town = place.town
    before = town.tip()
    run = place.begin(mode=mode)
    place.until(lambda: events(place.record, "begin") != [])
    if mode.startswith("orphans"):
        place.until(lambda: len(events(place.record, "orphan")) >= 2)

    alive = place.runtime.alive(run)
    said = place.runtime.deliver(run, SAID, 0.3)
    place.runtime.activity(run)
    place.runtime.interrupt(run)
    shown = place.runtime.look(run, 40)
    place.runtime.stop(run, 0.2)

    assert alive or mode == "exit0"
    assert said != "" or mode in ("orphans,stubborn", "meddler", "exit0")
    assert len(shown.splitlines()) <= 40 and "\x1b" not in shown
    assert not place.runtime.alive(run)
    assert place.left() == set()
    assert town.tip() == before or way == "headless"
    # and the next session of the agent starts
    next_ = place.begin("s-next", prompt="Say something")
    place.until(lambda: any("Say something" in text for text in prompts(place.record)))
    place.runtime.stop(next_, 5.0)


def test_what_a_person_starts_is_left_to_that_person(tmp_path: Path) -> None:
    manual = runtime("manual")
    preset = program(tmp_path / "record")
    town = tmp_path / "a town"
    spec = terminals.spec(town, preset, address=TOAST, session="s-one")
    proc = process.spawn(["sleep", "60"], tmp_path, None, tmp_path / "log")
    run = Run(address=TOAST, mode="manual", session="s-one", proc=proc, log=str(spec.log), ended=False)

    assert manual.name == "manual"
    assert manual.missing(preset).startswith(f"a person starts {preset.command} in the worktree")
    line = f"cd '{town}' && GT_ROLE={TOAST} {preset.command}"
    with pytest.raises(UserError) as refused:
        manual.start(spec)
    assert str(refused.value) == f"{TOAST} is started by a person; type: {line}"
    assert manual.alive(run) and manual.activity(run) == "unknown"
    assert (
        manual.deliver(run, SAID, 0.1)
        == f"a person runs {TOAST}: it is shown with the next prompt or tool there"
    )
    assert manual.interrupt(run) == f"a person runs {TOAST}: only that person can interrupt it"
    assert manual.look(run, 5).startswith(f"it runs in a terminal of a person's, as process {proc.pid}")
    manual.stop(run, 5.0)
    assert not manual.alive(run) and manual.look(run, 5) == ""

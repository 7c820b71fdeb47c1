"""Agents' sessions: start, prime, hooks, how soon mail and nudges arrive, and a town of thirty that sit idle."""

from __future__ import annotations

import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psutil
import pytest
from msgspec.structs import replace

from gtlib import clock
from gtlib import output
from gtlib.actions import deacon
from gtlib.actions import nudge
from gtlib.actions import session
from gtlib.actions.crew_add import crew_add
from gtlib.actions.follow_up import reconcile
from gtlib.actions.prime import prime
from gtlib.actions.rig_add import rig_add
from gtlib.actions.send import send
from gtlib.actions.settle import settle
from gtlib.errors import UserError
from gtlib.names import Address
from gtlib.rules.base import OVERSEER
from gtlib.rules.post import Letter
from gtlib.runtimes import argv
from gtlib.runtimes import runs
from gtlib.runtimes.holder import holder
from gtlib.runtimes.presets import preset
from gtlib.store.town import Town
from gtlib.system import process
from tests.bench.row import Row
from tests.support import gitrepo
from tests.support import programs
from tests.support import swarm
from tests.support import terminals
from tests.support import towns
from tests.support import working
from tests.support.scripted_model import scripted
from tests.support.working import TOAST

MAYOR = Address("mayor")
STARTS = 5
ARRIVALS = 20
SECONDS = 60.0
START_SECONDS = 15.0
SETTINGS = '{"skipDangerousModePermissionPrompt": true}'
IDLE_AGENTS = 30
IDLE_SECONDS = 30.0
REAL = {"claude": programs.home_for_claude, "codex": programs.home_for_codex}


def rows(folder: Path) -> list[Row]:
    """All rows; "-" for what can't be had here."""
    folder.mkdir()
    if shutil.which("tmux") is None:
        return [Row("sessions in terminals", "-", "no tmux here", "-"), *hooks(folder / "hooks")]
    found = hooks(folder / "hooks")
    found.append(started_fake(folder / "fake"))
    found += [started(folder / name, name) for name in REAL]
    found += arrivals(folder / "arrivals")
    return [*found, idle(folder / "idle")]


def hooks(folder: Path) -> list[Row]:
    """Prime, and what a model waits for at each event, of a polecat with a molecule on its hook."""
    output.progress("prime and runtime hooks")
    folder.mkdir()
    town = working.working_town(folder, {"one": None, "two": None})
    working.sling(town, runtime="manual")
    reconcile(town)
    env = {"GT_ROLE": TOAST, "GT_TOWN": str(town.root), "GT_SESSION": "s-1"}
    python = statistics.median(_timed([sys.executable, "-P", "-c", "pass"], b"", env) for _ in range(9))
    bare = f"{python:.0f} ms (Python)"

    def hook(event: str, **words: object) -> str:
        said = json.dumps({"session_id": "n-1", "cwd": str(town.root), **words}).encode()
        line = process.python("gtlib.runtimehook", event, "claude")
        return f"{statistics.median([_timed(line, said, env) for _ in range(12)][1:]):.0f} ms"

    whole = [sys.executable, "-P", "-m", "gtlib.cli", "gt", "prime"]
    prime(town.root, TOAST)
    inside = []
    for _ in range(9):
        begin = time.perf_counter()
        prime(town.root, TOAST)
        inside.append((time.perf_counter() - begin) * 1000)
    primed = statistics.median([_timed(whole, b"", env) for _ in range(10)][1:])
    shell = {"tool_name": "Bash", "tool_input": {"command": "git status --short | head"}}
    return [
        Row("`gt prime`", f"{primed:.0f} ms whole, {statistics.median(inside):.0f} ms in process", bare, "-"),
        Row("runtime hook at a session's start: prime", hook("start", source="startup"), bare, "-"),
        Row("runtime hook after a tool, nothing to say", hook("after_tool", **shell), bare, "≤ 60 ms"),
        Row("runtime hook before a tool, allowed", hook("before_tool", **shell), bare, "-"),
        Row("runtime hook with a prompt, nothing to say", hook("prompt"), bare, "-"),
        Row("runtime hook at a stop, refused", hook("stop"), bare, "-"),
    ]


def started_fake(folder: Path) -> Row:
    """The fake program, from the wish to its first prompt."""
    output.progress("starts of the fake program")
    with _town(folder) as (town, records, fake):
        record = records / "mayor"

        def asked() -> int:
            return len(terminals.prompts(record))

        ours = _starts(town, "fake-normal", asked)
        words = [str(fake), "--mode", "normal", "--record", str(folder / "bare"), "go"]
        bare = _bare(lambda: words, folder, dict(os.environ), lambda: len(terminals.prompts(folder / "bare")))
    return Row("start of a program in tmux to its first prompt: the fake one", ours, bare, "-")


def started(folder: Path, name: str) -> Row:
    """A real program, from the wish to the first request that its model gets."""
    what = f"start of a program in tmux to its first request: {name}"
    output.progress(f"starts of {name}")
    try:
        getattr(programs, name)()
    except pytest.skip.Exception as why:
        return Row(what, "-", str(why), "-")
    before = dict(os.environ)
    folder.mkdir()
    try:
        with scripted({"mayor": ["Ready."] * 20, "": ["Ready."] * 20}, folder) as model:
            os.environ.update(REAL[name](Path.home(), model.url))
            with _town(folder / "gt") as (town, _, _):
                ours = _starts(town, name, lambda: len(model.requests(agent="mayor")))
                program = preset(name)
                spec = terminals.spec(town.root, program, "", native=str(uuid4()), prompt="Go.")
                more = ("--settings", SETTINGS) if name == "claude" else ()
                environ = {**os.environ, **program.env, **program.root_env}

                def words() -> list[str]:
                    return argv.interactive(replace(spec, native=str(uuid4())), more)

                bare = _bare(words, town.root, environ, lambda: len(model.requests(agent="")))
    finally:
        os.environ.clear()
        os.environ.update(before)
    return Row(what, ours, bare, "-")


def arrivals(folder: Path) -> list[Row]:
    """Mail committed, until it stands in the prompt of an agent that sat idle; and a nudge by command."""
    output.progress("mail and nudges to an idle agent")
    with _town(folder) as (town, records, _):
        deacon.up(town)
        record = records / "mayor"
        started = session.start(town, MAYOR, OVERSEER, _now(), "fake-normal")
        assert started.proc is not None, started.why
        working.wait(lambda: _rests(town), SECONDS)
        mail, typed, nudged = [], [], []
        for number in range(ARRIVALS):
            word = f"letter-{number}-"
            _quiet(town)
            prompts = len(terminals.events(record, "prompt"))
            send(town, Letter(to=(MAYOR,), subject=word, body="Look."), OVERSEER)
            committed = time.time()
            working.wait(lambda: word in _told(record), SECONDS)  # noqa: B023
            mail.append(1000 * (_at(record, word) - committed))
            typed.append(1000 * (terminals.events(record, "prompt")[prompts]["at"] - committed))
        for number in range(ARRIVALS // 2):
            word = f"nudge-{number}-"
            _quiet(town)
            begun = time.time()
            nudge.nudge(town, MAYOR, word, OVERSEER, mode="immediate", wait=SECONDS)
            nudged.append(1000 * (_at(record, word) - begun))
    return [
        Row("mail committed, until an idle agent is told", _spread(typed), "-", "p95 ≤ 250 ms"),
        Row("mail committed, until its prompt hook has shown it", _spread(mail), "-", "-"),
        Row("`gt nudge` in process, until its prompt hook has shown it", _spread(nudged), "-", "-"),
    ]


def idle(folder: Path) -> Row:
    """What thirty agents cost that sit idle in their terminals."""
    what = f"idle town of {IDLE_AGENTS} agents in tmux, deacon"
    output.progress(what)
    with _town(folder) as (town, records, _):
        project = gitrepo.make_repo(folder / "project", {"README": "hello\n"})
        rig = rig_add(town, "proj", str(gitrepo.make_bare(folder / "host.git", project)), prefix="pr")
        names = [f"c{number:02d}" for number in range(IDLE_AGENTS)]
        crew_add(town, names, rig)
        deacon.up(town)
        for name in names:
            done = session.start(town, Address(f"proj/crew/{name}"), OVERSEER, _now(), "fake-normal")
            assert done.proc is not None, done.why
        asked = lambda: sum(len(terminals.prompts(each)) for each in records.iterdir())  # noqa: E731
        working.wait(lambda: asked() >= IDLE_AGENTS, SECONDS)
        _quiet(town, 5.0)
        there = holder(town.local)
        assert there is not None
        self = psutil.Process(there.proc.pid)
        before = (sum(self.cpu_times()[:4]), _commits(town), asked(), time.monotonic())
        process.until(lambda: False, IDLE_SECONDS)
        spent = (sum(self.cpu_times()[:4]) - before[0]) / (time.monotonic() - before[3])
        said = (
            f"{100 * spent:.2f} % of a core, {self.memory_info().rss / 1e6:.0f} MB, {_watches(self.pid)} watches, "
            f"{_commits(town) - before[1]} commits, {asked() - before[2]} model calls"
        )
    return Row(what, said, "-", "≤ 0.5 %, ≤ 100 MB, ≤ 500 watches, 0, 0")


@contextmanager
def _town(folder: Path) -> Iterator[tuple[Town, Path, Path]]:
    """A town whose agents may be the fake program, `fake-normal`, on a tmux server of its own."""
    folder.mkdir()
    records = folder / "records"
    records.mkdir()
    fake = swarm.program(folder)
    with terminals.servers():
        town = towns.make_town(folder / "town")
        config = (town.root / "town.yaml").read_text("utf-8")
        limits = "limits:\n  rig_sessions: 40\n  town_sessions: 40\n  spawns_per_minute: 1000\n"
        towns.put(town, "town.yaml", config + limits)
        swarm.configured(town, fake, records, ["normal"])
        try:
            yield town, records, fake
        finally:
            deacon.down(town)


def _starts(town: Town, runtime: str, asked: Callable[[], int]) -> str:
    found = []
    for number in range(STARTS + 1):
        before, begin = asked(), time.perf_counter()
        started = session.start(town, MAYOR, OVERSEER, _now(), runtime)
        if started.proc is None:
            return f"not measured: {started.why}"
        if not process.until(lambda: asked() > before, START_SECONDS):  # noqa: B023
            return "not measured: it did not begin"
        found += [time.perf_counter() - begin] if number else []
        session.stop(town, MAYOR)
        settle(town, _now())
    return f"{statistics.median(found) * 1000:.0f} ms"


def _bare(
    words: Callable[[], list[str]], folder: Path, environ: Mapping[str, str], asked: Callable[[], int]
) -> str:
    """The same program without us: in a tmux server of its own, with the same permissions."""
    found = []
    for number in range(STARTS + 1):
        name = f"bare-{uuid4().hex[:8]}"
        before, begin = asked(), time.perf_counter()
        subprocess.run(
            ["tmux", "-f", os.devnull, "-u", "-L", name, "new-session", "-d", "-c", str(folder), *words()],
            env=dict(environ), check=True,
        )  # fmt: skip
        came = process.until(lambda: asked() > before, START_SECONDS)  # noqa: B023
        found += [time.perf_counter() - begin] if number else []
        shown = terminals.tmux("-L", name, "capture-pane", "-p")
        terminals.tmux("-L", name, "kill-server")
        if not came:
            return f"not measured: {' '.join(shown.split())[-120:]}"
    return f"{statistics.median(found) * 1000:.0f} ms"


def _timed(line: Sequence[str], said: bytes, env: dict[str, str]) -> float:
    begin = time.perf_counter()
    subprocess.run(line, input=said, env={**os.environ, **env}, stdout=subprocess.DEVNULL, check=True)
    return (time.perf_counter() - begin) * 1000


def _told(record: Path) -> str:
    return "".join(json.dumps(each["answer"]) for each in terminals.events(record, "told"))


def _at(record: Path, word: str) -> float:
    working.wait(lambda: word in _told(record), SECONDS)
    return next(
        float(each["at"]) for each in terminals.events(record, "told") if word in json.dumps(each["answer"])
    )


def _rests(town: Town) -> bool:
    try:
        state = runs.read_state(town.local, MAYOR)
    except UserError:
        return False
    return state is not None and state.activity == "idle" and state.turns > 0


def _quiet(town: Town, seconds: float = 0.7) -> None:
    """As long as the town, and its mayor, do nothing."""
    tip, since = town.tip(), time.monotonic()

    def still() -> bool:
        nonlocal tip, since
        if town.tip() != tip:
            tip, since = town.tip(), time.monotonic()
        return time.monotonic() - since > seconds

    process.until(still, SECONDS)


def _spread(found: list[float]) -> str:
    ordered = sorted(found)
    return f"p50 {statistics.median(ordered):.0f} ms, p95 {ordered[int(len(ordered) * 0.95) - 1]:.0f} ms"


def _watches(pid: int) -> str:
    """How many folders a process watches, where the kernel says it."""
    folder = Path(f"/proc/{pid}/fdinfo")
    if not folder.is_dir():
        return "-"
    return str(sum(len(re.findall("^inotify ", each.read_text(), re.MULTILINE)) for each in folder.iterdir()))


def _commits(town: Town) -> int:
    return int(towns.git(town.root, "rev-list", "--count", "HEAD"))


def _now() -> str:
    return clock.stamp(clock.now())

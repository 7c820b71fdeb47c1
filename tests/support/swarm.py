"""A town full of agents whose program is the fake one, some of them from hell, in real terminals.

Each has a bead of its own, does its two steps by commits and hands in; the deacon does all the rest.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil
from msgspec import Struct

from gtlib import clock
from gtlib.actions import deacon
from gtlib.actions import running
from gtlib.actions import session
from gtlib.actions.rig_add import rig_add
from gtlib.actions.send import send
from gtlib.actions.sling import Wish
from gtlib.actions.sling import sling
from gtlib.model.settings import town_settings
from gtlib.names import Address
from gtlib.names import ItemId
from gtlib.rules.base import OVERSEER
from gtlib.rules.base import live_hook
from gtlib.rules.post import Letter
from gtlib.runtimes import runs
from gtlib.runtimes.programs import text_of
from gtlib.runtimes.terminal import socket
from gtlib.store.allowed import allow_text
from gtlib.store.town import Town
from gtlib.system import process
from tests.support import fake_program
from tests.support import gitrepo
from tests.support import gt
from tests.support import terminals
from tests.support import towns
from tests.support import working
from tests.support.fake_work import HOLD
from tests.support.fake_work import MARK
from tests.support.fake_work import STEPS

PROGRAM = "claude-of-the-test"
# One that runs until the end, and one that only listens.
PLAIN = {"mayor": "orphans", "normal": "normal"}


class Agent(Struct, frozen=True):
    """Who does which bead, and how it goes wrong."""

    address: Address
    bead: ItemId
    kind: str


class Swarm(Struct):
    """The town, its agents, the folder of the program's records, and what strangers run beside it."""

    town: Town
    agents: tuple[Agent, ...]
    records: Path
    program: Path
    tmux: Path
    strangers: tuple[psutil.Process, ...] = ()  # a child of this process, and what runs in their tmux
    most: int = 0
    memory: float = 0.0
    deacon_memory: float = 0.0
    cpu: float = 0.0
    deacon_cpu: float = 0.0


def program(folder: Path) -> Path:
    """The fake program as a program with a name of its own."""
    path = folder / PROGRAM
    words = shlex.join([sys.executable, str(fake_program.PATH)])
    path.write_text(f'#!/bin/sh\nexec {words} "$@"\n', "utf-8")
    path.chmod(0o755)
    return path


def configured(town: Town, path: Path, records: Path, modes: Sequence[str]) -> None:
    """For each mode an agent `fake-MODE`, with claude's hooks: `gtlib.runtimehook`, as with claude itself."""
    agents = {
        f"fake-{mode}": {
            "provider": "claude",
            "command": str(path),
            "args": ["--mode", PLAIN.get(mode, f"work,{mode}"), "--record", str(records)],
            "session": "tmux",
        }
        for mode in modes
    }
    towns.put(town, "settings/config.json", json.dumps({"agents": agents}))
    for custom in town_settings(town.snapshot()).agents.values():
        allow_text(town.local, text_of(custom), "test")


@contextmanager
def swarm(path: Path, kinds: Sequence[str], rigs: int, limits: dict[str, float]) -> Iterator[Swarm]:
    """A town with that many rigs and an agent of each kind, slung to but not begun; a stranger's tmux
    server and a stranger's program of the same name run beside it.
    """
    with terminals.servers() as folder:
        patch = os.environ["PATH"]
        os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{patch}"
        records = path / "records"
        records.mkdir()
        made = program(path)
        stranger, theirs = _stranger(made)
        town = _town(path, rigs, limits, len(kinds))
        configured(town, made, records, sorted({"mayor", "normal", *kinds}))
        try:
            agents = tuple(_slung(town, number, kind, rigs) for number, kind in enumerate(kinds))
            yield Swarm(town, agents, records, made, folder, (psutil.Process(stranger.pid), theirs))
        finally:
            deacon.down(town)
            stranger.kill()
            stranger.wait()
            os.environ["PATH"] = patch


def run(swarm: Swarm, seconds: float, look: float = 1.0) -> float:
    """Up, all there at once, work, and all of it landed within that time; how long it took."""
    began = time.monotonic()
    hold = swarm.records / HOLD
    hold.touch()
    deacon.up(swarm.town)
    mayor = session.start(swarm.town, Address("mayor"), OVERSEER, clock.stamp(clock.now()), "fake-mayor")
    assert mayor.proc is not None, mayor.why
    for each in swarm.agents:
        send(swarm.town, Letter(to=(each.address,), subject=f"For {each.bead}", body="Mind it."), OVERSEER)
    assert process.until(lambda: live(swarm) > len(swarm.agents), seconds), story(swarm)
    measure(swarm)
    hold.unlink()
    looked = 0.0

    def over() -> bool:
        nonlocal looked
        if time.monotonic() - looked > look:
            measure(swarm)
            looked = time.monotonic()
        snapshot = swarm.town.snapshot()
        return all(_status(snapshot.bead(each.bead)) == "closed" for each in swarm.agents)

    came = process.until(over, seconds)
    took = time.monotonic() - began
    measure(swarm)
    assert came, story(swarm)
    return took


def live(swarm: Swarm) -> int:
    """Sessions that run now."""
    local = swarm.town.local
    return sum(bool(each.session) and running.is_alive(each) for each in runs.every(local))


def _status(bead: object) -> str:
    return str(getattr(bead, "status", ""))


def story(swarm: Swarm) -> str:
    """What is known when it did not come to its end."""
    snapshot = swarm.town.snapshot()
    lines = []
    for each in swarm.agents:
        if _status(snapshot.bead(each.bead)) != "closed":
            agent = snapshot.agent(each.address)
            lines.append(f"{each.bead} {each.kind} {each.address}: {agent and (agent.hook, agent.sessions)}")
    return "\n".join([*lines, deacon.log_path(swarm.town.local).read_text("utf-8")[-6000:]])


def assert_all_landed(swarm: Swarm) -> None:
    """Nothing lost, nothing twice: each step of each bead once on its target, one merge, one convoy, its mail."""
    town, snapshot = swarm.town, swarm.town.snapshot()
    requests = Counter((request.bead, request.status) for request in snapshot.merges())
    assert requests == Counter((each.bead, "landed") for each in swarm.agents)
    for each in swarm.agents:
        repo = town.root / each.address.split("/")[0] / ".repo" / ".git"
        assert gitrepo.git(repo, "show", f"refs/remotes/origin/main:{each.bead}.txt").split() == [*STEPS]
        steps = [
            "log",
            "--format=%(trailers:key=Step,valueonly,separator=%x2C)",
            "--grep",
            f"^Bead: {each.bead}$",
        ]
        assert sorted(gitrepo.git(repo, *steps, "refs/remotes/origin/main").split()) == sorted(STEPS), each
        [molecule] = [one for one in snapshot.molecules() if one.bead == each.bead]
        assert molecule.status == "closed"
        letters = [*snapshot.mail(each.address, "new"), *snapshot.mail(each.address, "cur")]
        assert [one.subject for _, one in letters].count(f"For {each.bead}") == 1
        assert len([convoy for convoy in snapshot.convoys() if each.bead in convoy.tracks]) == 1
        agent = snapshot.agent(each.address)
        assert agent is not None and live_hook(agent) is None, agent
        again = each.kind in ("hang", "exit0", "flood", "lazy")  # whose first session came to nothing
        assert len(agent.sessions) > again, agent
    rigs = {each.address.split("/")[0] for each in swarm.agents}
    for repo in (town.root, *(town.root / rig / ".repo" / ".git" for rig in sorted(rigs))):
        assert gitrepo.git(repo, "fsck", "--no-dangling") == ""
    assert not (town.local / "journal").exists()


def assert_nothing_left(swarm: Swarm) -> None:
    """After `gt down`: no process of the town, no socket; what strangers run is as it was."""
    left = [f"{one.pid} {one.cmdline()}" for one in of_town(swarm.town)]
    assert not left
    assert not list(swarm.tmux.glob(f"tmux-*/{socket(swarm.town.local)}"))
    assert all(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in swarm.strangers)
    assert terminals.tmux("-L", "stranger", "list-sessions", "-F", "#{session_name}").split() == ["theirs"]


def text_of_others(swarm: Swarm) -> list[str]:
    """What the checkout holds that nobody committed: the lines of meddlers, and nothing else."""
    said = towns.git(swarm.town.root, "diff", "HEAD", "--unified=0", "--no-prefix")
    changed = [line for line in said.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    assert all(line in ("+", f"+{MARK}") for line in changed), said
    assert not [line for line in towns.status(swarm.town).splitlines() if not line.startswith(" M ")]
    return [line for line in changed if line != "+"]


def of_town(town: Town) -> list[psutil.Process]:
    """The processes that were started for the town, by what they were given."""
    found = []
    for one in psutil.process_iter():
        try:
            env = one.environ()
            mine = env.get("GT_TOWN") == str(town.root) or any(
                str(town.root) in word for word in one.cmdline() if "tmux" not in word
            )
            if mine and one.status() != psutil.STATUS_ZOMBIE and one.pid != os.getpid():
                found.append(one)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


def measure(swarm: Swarm) -> None:
    """Sessions at once, memory (proportional, MB) and CPU (seconds) of all that belongs to the town."""
    found = of_town(swarm.town)
    memory = cpu = 0.0
    sessions = set()
    server = terminals.tmux("-L", socket(swarm.town.local), "display-message", "-p", "#{pid}").strip()
    if server.isdigit():
        found.append(psutil.Process(int(server)))
    for one in found:
        try:
            size, times, env = one.memory_full_info().pss / 1e6, one.cpu_times(), one.environ()
            words = one.cmdline()
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
        memory += size
        if env.get("GT_SESSION") and str(fake_program.PATH) in words:
            sessions.add(env["GT_SESSION"])
        if str(one.pid) == server or "gtlib.deacon" in words or str(fake_program.PATH) in words:
            cpu += sum(times[:4])
        if "gtlib.deacon" in words:
            swarm.deacon_memory = max(swarm.deacon_memory, size)
            swarm.deacon_cpu = max(swarm.deacon_cpu, times.user + times.system)
    swarm.most = max(swarm.most, len(sessions))
    swarm.memory = max(swarm.memory, memory)
    swarm.cpu = max(swarm.cpu, cpu)


def down(swarm: Swarm) -> str:
    """As a person ends the day."""
    assert len(of_town(swarm.town)) >= 4  # the deacon, the mayor, and what it has left behind
    done = gt("down", cwd=swarm.town.root)
    assert done.returncode == 0, done.stderr
    assert "goes on in the town's tmux" not in done.stdout
    return done.stdout


def until(condition: Callable[[], bool], seconds: float) -> bool:
    return process.until(condition, seconds)


def _stranger(program: Path) -> tuple[subprocess.Popen[bytes], psutil.Process]:
    """A program of the same name that a person started, and another in a tmux server of theirs."""
    subprocess.run(
        [
            "tmux",
            "-L",
            "stranger",
            "-f",
            os.devnull,
            "new-session",
            "-d",
            "-s",
            "theirs",
            str(program),
            "--mode",
            "hang",
        ],
        check=True,
    )
    own = subprocess.Popen([str(program), "--mode", "hang"], stdin=subprocess.DEVNULL)
    pane = terminals.tmux("-L", "stranger", "display-message", "-p", "#{pane_pid}").strip()
    return own, psutil.Process(int(pane))


def _town(path: Path, rigs: int, limits: dict[str, float], beads: int) -> Town:
    town = towns.make_town(path / "town")
    for number in range(rigs):
        project = gitrepo.make_repo(path / f"project{number}", {"README": f"project {number}\n"})
        host = gitrepo.make_bare(path / f"host{number}.git", project)
        rig_add(town, f"rig{number}", str(host), prefix=f"r{number}")
    towns.write(town, "formulas/chore.formula.toml", working.formula(dict.fromkeys(STEPS)))
    for number in range(beads):
        id = _bead(number, rigs)
        towns.write(town, f"beads/{id}.md", towns.bead(id, f"Work {number}"))
    config = (town.root / "town.yaml").read_text("utf-8")
    assert "limits:" not in config
    words = "".join(f"  {key}: {value}\n" for key, value in limits.items())
    towns.write(town, "town.yaml", f"{config}limits:\n{words}")
    towns.git(town.root, "add", "formulas", "beads", "town.yaml")
    towns.commit(town.root, "-m", "by hand")
    return town


def _bead(number: int, rigs: int) -> str:
    return f"r{number % rigs}-w{number // rigs:02d}"


def _slung(town: Town, number: int, kind: str, rigs: int) -> Agent:
    id = _bead(number, rigs)
    wish = Wish(formula="chore", agent=f"fake-{kind}")
    done = sling(town, id, f"rig{number % rigs}", wish, town.root, OVERSEER)
    return Agent(done.agent.address, ItemId(id), kind)

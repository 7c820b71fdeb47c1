"""Sessions whose starter, ender or file was lost on the way: nothing runs unknown, nothing is ended by mistake."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from msgspec.structs import replace

from gtlib.actions import deacon
from gtlib.actions import session
from gtlib.actions import settle
from gtlib.actions import successor
from gtlib.errors import UserError
from gtlib.names import Address
from gtlib.names import ItemId
from gtlib.runtimes import runs
from gtlib.runtimes.runs import Run
from gtlib.runtimes.shell import Shell
from gtlib.store.town import Town
from gtlib.system import kin
from gtlib.system import process
from tests.support import working
from tests.support.working import TOAST

NOW = "2026-11-20T08:00:00Z"
SECONDS = 20.0


class Killed(BaseException):
    """As if the process had been killed there."""


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """A town whose one step waits for a file `go`, with work on a hook."""
    made = working.working_town(tmp_path, {"one": f"while [ ! -e {tmp_path}/go ]; do sleep 0.05; done"})
    working.sling(made)
    yield made
    deacon.down(made)


def started(town: Town, address: Address = TOAST) -> Run:
    found = session.spawn(town, address, NOW)
    assert found.proc is not None, found.why
    return run_of(town, address)


def run_of(town: Town, address: Address = TOAST) -> Run:
    found = runs.read(town.local, address)
    assert found is not None
    return found


@pytest.mark.parametrize("name", ["own", "state", "proc", "launch", "run"])
def test_no_name_of_an_agent_hides_its_session(town: Town, name: str) -> None:
    run = Run(address=Address(f"proj/polecats/{name}"), session="s-1", ended=False)
    runs.write(town.local, run)
    assert run in runs.every(town.local)


def test_a_starter_that_is_killed_leaves_a_session_that_is_known(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = Shell.start

    def killed(self: Shell, spec: object) -> None:
        begin(self, spec)  # type: ignore[arg-type]
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(Shell, "start", killed)
        session.spawn(town, TOAST, NOW)
    lost = run_of(town)
    assert process.until(lambda: run_of(town).proc is not None, SECONDS)
    again = started(town)
    assert (again.session, again.starts) == (lost.session, 1)
    assert session.stop(town, TOAST)
    assert again.proc is not None and not process.alive(again.proc)


def test_a_session_ends_with_what_left_its_group(tmp_path: Path) -> None:
    script = f"setsid sh -c 'echo up > {tmp_path}/left; exec sleep 600' &\nwhile :; do sleep 0.05; done"
    town = working.working_town(tmp_path, {"one": script})
    working.sling(town)
    run = started(town)
    assert process.until((tmp_path / "left").exists, SECONDS)
    assert session.stop(town, TOAST)
    assert not kin.carrying({"GT_SESSION": run.session})


def test_an_end_is_for_one_session_alone(town: Town) -> None:
    run = started(town)
    assert not session.stop(town, TOAST, "frozen", session="s-another")
    assert run.proc is not None and process.alive(run.proc)
    assert run_of(town).ending == ""
    assert session.stop(town, TOAST, "frozen", session=run.session)
    assert run_of(town).ending == "frozen"


def test_what_was_given_up_only_the_overseer_starts_again(town: Town) -> None:
    hook = town.snapshot().agent(TOAST)
    assert hook is not None and hook.hook is not None
    run = Run(address=TOAST, bead=hook.hook.bead, since=hook.hook.since, session="s-1", attempts=3)
    runs.write(town.local, run)
    with pytest.raises(UserError) as refused:
        session.start(town, TOAST, TOAST, NOW, "shell")
    assert refused.value.what == f"{TOAST} was given up on pr-work1"
    assert run_of(town).attempts == 3
    assert session.start(town, TOAST, "overseer", NOW).proc is not None
    assert run_of(town).attempts == 0


def test_one_spoilt_file_keeps_nobody_else_alive(town: Town) -> None:
    run = started(town)
    runs.path(town.local, "proj/polecats/nux").write_text("{}", "utf-8")
    with pytest.raises(UserError):
        runs.every(town.local)  # a limit can't be kept by what can't be read
    assert session.spawn(town, Address("proj/polecats/bob"), NOW).proc is None
    assert settle.settle(town, NOW) == ()
    assert str(TOAST) in deacon.down(town)
    assert run.proc is not None and not process.alive(run.proc)


def test_a_spoilt_file_of_a_live_session_is_no_way_to_survive(town: Town) -> None:
    run = started(town)
    assert process.until(lambda: runs.started_as(town.local, TOAST) == (run.session, run.proc), SECONDS)
    runs.path(town.local, TOAST).write_text("{", "utf-8")
    assert str(TOAST) in deacon.down(town)
    assert run.proc is not None and not process.alive(run.proc)
    runs.path(town.local, TOAST).unlink()


def test_an_end_that_was_half_written_down_is_noticed_again(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = replace(started(town), mode="headless")
    runs.write(town.local, run)
    session.stop(town, TOAST, "handoff")

    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(settle, "_note_end", killed)
        settle.settle(town, NOW)
    assert not run_of(town).ended
    assert settle.settle(town, NOW) == (f"{TOAST}: session {run.session} handoff",)


def test_a_promised_successor_comes_when_its_starter_was_killed(town: Town) -> None:
    mayor = Address("mayor")
    promised = Run(address=mayor, session="s-1", runtime="shell", ended=True, again=time.time())
    runs.write(town.local, promised)
    assert successor.owed(town) == ()
    runs.write(town.local, replace(promised, again=time.time() - 2 * successor.OWED_SECONDS))
    assert successor.owed(town) == ("mayor: its successor starts",)
    assert run_of(town, mayor).again == 0.0
    assert successor.owed(town) == ()


def test_many_threads_write_without_a_collision(town: Town) -> None:

    run = Run(address=Address("mayor"), bead=ItemId(""))
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: runs.write(town.local, replace(run, attempts=number)), range(400)))
    assert run_of(town, Address("mayor")).attempts < 400
    assert [each for each in os.listdir(runs.folder(town.local)) if each.endswith(".new")] == []

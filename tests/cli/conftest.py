"""Towns in which commands are typed.

What commands say does not hang on the index: scenarios run again with it lost before each command.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gtlib.store.town import Town
from tests import support
from tests.support import towns
from tests.support.asked import NOW
from tests.support.losing import loser

# in every run of the tests; the others of SCENARIOS when there is time for torture
ALWAYS = frozenset({"bead_test"})
SCENARIOS = ALWAYS | {
    "archive_test",
    "bead_list_test",
    "bead_looks_test",
    "bead_write_test",
    "convoy_test",
    "dep_test",
    "interchange_test",
    "mol_test",
    "must_not_test",
    "must_not_write_test",
    "ready_test",
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    module = metafunc.module.__name__.rpartition(".")[2]
    if module in SCENARIOS:
        marks = () if module in ALWAYS else (pytest.mark.torture,)
        lost = pytest.param("lost", id="index-lost", marks=marks)
        metafunc.parametrize("index", [pytest.param("kept", id="index"), lost], indirect=True)


@pytest.fixture(autouse=True)
def index(request: pytest.FixtureRequest) -> Iterator[None]:
    if getattr(request, "param", "kept") == "kept":
        yield
        return
    lose = loser()
    support.BEFORE.append(lose)
    yield
    support.BEFORE.remove(lose)


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    """A town in which one stands, at the time NOW."""
    town = towns.make_town(tmp_path / "town")
    monkeypatch.setenv("GT_NOW", NOW)
    monkeypatch.chdir(town.root)
    return town


@pytest.fixture
def dated_town(town: Town, monkeypatch: pytest.MonkeyPatch) -> Town:
    """The same; what is committed in it is of the day before."""
    for name in ("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"):
        monkeypatch.setenv(name, "2026-11-19T09:00:00Z")
    return town

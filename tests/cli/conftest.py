"""What commands say does not hang on the index: scenarios run again with it lost before each command."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests import support
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

"""Thousands of mutations of the bytes of a town's files."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import given
from hypothesis import settings

from tests.support import mutating
from tests.support.mutating import Mutation
from tests.support.mutating import Stage


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path / "town")


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@pytest.mark.parametrize("part", range(8))
@given(mutation=mutating.mutations)
def test_thousands_of_mutations(stage: Stage, part: int, mutation: Mutation) -> None:
    stage.reset()
    if stage.commit(mutation):
        stage.check(mutation)

"""Molecules of any make, whatever is done to them. `tests/torture/molecules_test.py` is the long form."""

from __future__ import annotations

from hypothesis import HealthCheck
from hypothesis import given
from hypothesis import settings

from gtlib.model.cooked import CStep
from tests.support import random_molecules
from tests.support.random_molecules import Act
from tests.support.random_molecules import Pair


@settings(max_examples=15, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(steps=random_molecules.graphs(), acts=random_molecules.acts)
def test_both_forms_come_to_the_same_and_to_an_end(steps: tuple[CStep, ...], acts: list[Act]) -> None:
    pair = Pair(steps)
    for act in acts:
        pair.act(act)
    pair.finish()

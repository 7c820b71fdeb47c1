"""Bytes of any file of a town go wrong: no command crashes, and no other bead changes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import example
from hypothesis import given
from hypothesis import settings

from tests.support import mutating
from tests.support.laws import examples
from tests.support.mutating import Mutation
from tests.support.mutating import Stage

calm = settings(
    max_examples=examples(30),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path / "town")


@calm
@given(mutation=mutating.mutations)
@example(Mutation("archive/2026-01.jsonl", "insert", 0.5, 1, b"\x80", "town.yaml"))
@example(Mutation("archive/2026-01.jsonl", "insert", 0.1356, 1, b"\\ud800", "town.yaml"))
def test_a_mutation(stage: Stage, mutation: Mutation) -> None:
    stage.reset()
    if stage.commit(mutation):
        stage.check(mutation)


def test_the_programs_themselves(stage: Stage) -> None:
    stage.spoil(
        {
            "beads/hq-one.md": b"",
            "molecules/hq-mol-a.md": b"\0\xff\xfe",
            "town.yaml": b"---\n[\n",
            "mail/overseer/new/msg-a.md": b"\xef\xbb\xbf---\n",
            "archive/2026-01.jsonl": b'{"id": 1}\n[\n\xff\n',
            "settings/config.json": b"{",
        }
    )
    stage.processes()

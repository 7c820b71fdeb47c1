"""`gt costs`, as it is typed."""

from __future__ import annotations

from gtlib.actions.costs import record
from gtlib.runtimes.base import Usage
from gtlib.store.town import Town
from tests.support.asked import gt
from tests.support.asked import ok
from tests.support.asked import read


def test_costs(town: Town) -> None:
    assert ok("gt costs").startswith("no session has said yet what it used\n")
    record(
        town.local,
        "proj/polecats/toast",
        "s-1",
        Usage(input=1200, output=34, cost=0.25, turns=2),
        bead="pr-1",
    )
    record(town.local, "mayor", "s-2", Usage(input=5, cache_read=7))
    assert [line.split() for line in ok("gt costs --by bead").splitlines()] == [
        ["BEAD", "SESSIONS", "TURNS", "IN", "OUT", "CACHED", "USD"],
        ["pr-1", "1", "2", "1200", "34", "0", "0.2500"],
        ["no", "bead", "1", "0", "5", "0", "7"],
    ]
    assert read("gt costs") == [
        {
            "name": "proj/polecats/toast", "sessions": 1, "turns": 2, "input": 1200, "output": 34,
            "cache_read": 0, "cache_write": 0, "cost": 0.25,
        },
        {
            "name": "mayor", "sessions": 1, "turns": 0, "input": 5, "output": 0,
            "cache_read": 7, "cache_write": 0, "cost": None,
        },
    ]  # fmt: skip
    said = gt("costs", "--by", "moon")
    wrong = "error: --by 'moon' is not known; it is one of agent, bead, day\n"
    assert (said.returncode, said.stdout, said.stderr) == (2, "", wrong)

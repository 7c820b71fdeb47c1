from __future__ import annotations

import json

from gtlib.model import kinds
from gtlib.model.board import Board
from gtlib.model.messaging import boards
from gtlib.names import Address

CONFIG = """{
  "type": "messaging", "version": 1,
  "lists": {"oncall": ["mayor/", "gastown/witness"], "bad name": [], "mayor": []},
  "queues": {"work": {"workers": ["gastown/polecats/*"], "max_claims": 5}, "odd": 7},
  "announces": {"alerts": {"readers": ["@town"], "retain_count": 50}},
  "nudge_channels": {"workers": ["gastown/polecats/*"]}
}"""


def test_what_it_becomes() -> None:
    found = list(boards(json.loads(CONFIG)))
    assert [kinds.parse(path, text) for path, text in found if path] == [
        Board(address=Address("lists/oncall"), members=("gastown/witness", "mayor/")),
        Board(address=Address("queues/work"), members=("gastown/polecats/*",), max_claims=5),
        Board(address=Address("queues/odd")),
        Board(address=Address("announces/alerts"), members=("@town",), retain_count=50),
    ]
    assert [text for path, text in found if not path] == [
        "lists: 'bad name' is not a name for mail",
        "lists: 'mayor' is reserved and cannot name a list",
        "nudge_channels: make groups of them, gt mail group create NAME ADDRESS...",
    ]
    assert list(boards({"lists": ["x"]})) == []

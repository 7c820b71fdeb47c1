from __future__ import annotations

from gtlib.model.bead import Comment
from gtlib.rules.search import search
from tests.support.world import bead

BEADS = (
    bead("pr-tok1", title="Something else", description="the Token of a user"),
    bead("pr-aa2", title="Refresh the token before it expires"),
    bead("pr-aa3", title="It expires: token", priority=0),
    bead("pr-aa4", title="Token", labels=("expires",)),
    bead("pr-aa5", title="Unlike", comments=(Comment(id="c1", author="ada", created="", text="TOKEN expires"),)),
    bead("pr-aa5.1", title="Unlike", external_ref="gh-9"),
)  # fmt: skip


def found(text: str) -> list[str]:
    return [each.id.removeprefix("pr-") for each in search(BEADS, text)]


def test_ids_and_titles_come_first() -> None:
    assert found("tok") == ["tok1", "aa3", "aa2", "aa4", "aa5"]
    assert found("token EXPIRES") == ["aa3", "aa2", "aa4", "aa5"]
    assert found("expires: token") == ["aa3"]
    assert found("pr-aa5") == ["aa5", "aa5.1"]
    assert found("aa5.1") == ["aa5.1"]
    assert found("gh-9") == ["aa5.1"]
    assert found("nothing of the kind") == []

"""A text field may hold anything: what is written reads back as it was, or is refused in one line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import example
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from msgspec.structs import replace

from gtlib.errors import UserError
from gtlib.model import kinds
from gtlib.model import values
from gtlib.model.agent import Agent
from gtlib.model.bead import Bead
from gtlib.model.bead import Comment
from gtlib.model.board import Board
from gtlib.model.body import TextPart
from gtlib.model.convoy import Convoy
from gtlib.model.escalation import Escalation
from gtlib.model.memory import Memory
from gtlib.model.merge import MergeRequest
from gtlib.model.message import Message
from gtlib.model.molecule import Molecule
from gtlib.model.molecule import Step
from gtlib.model.schemas import BY_STRUCT
from gtlib.names import Address
from gtlib.names import ItemId
from gtlib.names import StepId
from tests.support import inside
from tests.support.laws import examples
from tests.support.towns import make_town
from tests.support.towns import status

ITEMS: tuple[Any, ...] = (
    Bead(id=ItemId("hq-aaa"), title="T"),
    Memory(key="auth-jwt"),
    Molecule(id=ItemId("hq-mol-a"), title="T", steps=(Step(id=StepId("a"), title="A"),)),
    Convoy(id=ItemId("hq-cv-a"), title="T"),
    MergeRequest(id=ItemId("hq-mr-a")),
    Escalation(id=ItemId("hq-esc-a"), title="T"),
    Message(id=ItemId("msg-a")),
    Agent(address=Address("mayor"), role="mayor"),
    Board(address=Address("groups/devs")),
)

# As agents write them into trackers: with headings of ours, fences, tables, task lists, marks of merges.
LEDGER = (
    "Do it.\n\n## Acceptance Criteria\n\n- [ ] one\n- [x] two\n",
    "## Steps\n\n1. First\n2. Then\n\n## Notes\n\nNone\n\n## Design\nx",
    "## Acceptance Criteria\n## Acceptance Criteria",
    "# Title\n\n### Acceptance Criteria\n\n```bash\n## Notes\ngt status\n```\n\n## Comments\n### ada 2026-11-20T08:00:00Z c1\nHi",
    "\\## Notes\n\\\\## Notes\n## Notes \n ## Notes\n##  Design\n## Design x\n##\tOutputs\n## Outputs\t",
    "---\nid: hq-zzz\n---\n",
    "```\n---\n```\n~~~ sh\n~~~",
    "<<<<<<< HEAD\nmine\n||||||| base\nb\n=======\ntheirs\n>>>>>>> other",
    "| a | b |\n|---|---|\n| `x` | \\| |\n",
    "line one\r\nline two\rline three\n",
    "  indented\n\ttab \n\n\n\nblank lines above\n\n",
    "\n", "\n\n\n", " ", "\t", "\x00", "a\x00b", "\ufeff", "\u2028\u2029\x85", "\x1b[31mred\x1b[0m", "\x7f\x80\x9f", "\ufffe\uffff",
    "- [ ] **a** x (needs: b)", "### ada 2026-11-20T08:00:00Z c1", "### ", "~", "null", "yes", "0x1F", "1e3", "2026-11-20", "- a", "? a", "a: b",
    "a #b", "#a", "'", '"', "''", "|", ">-", "&a", "*a", "!a", "%a", "@a", "`a", "{a", "[a", "]", ",", "<<", "=", "...", "é\u0301", "😀", "\u202eabc",
)  # fmt: skip

pieces = st.sampled_from(LEDGER) | st.text(
    st.characters(codec="utf-8") | st.sampled_from("\n\r\t #-\\`'\":[]{}&*!|>%@,?\x00\x85\u2028\ufeff"),
    max_size=30,
)
anything = st.lists(pieces, min_size=1, max_size=4).map("\n".join) | pieces


def body_fields(item: Any) -> list[str]:
    codec = BY_STRUCT[type(item)].codec
    # a recipe is text of a form that is checked
    return [part.attr for part in codec.body.parts if type(part) is TextPart] if codec.body else []


def text_fields(item: Any) -> list[str]:
    """The fields that may hold any text: of the body, and of the front matter."""
    codec = BY_STRUCT[type(item)].codec
    return body_fields(item) + [field.name for field in codec.fields if field.read is values.text]


CASES = [(item, name) for item in ITEMS for name in text_fields(item)]


def path_of(item: Any) -> str:
    return "mail/overseer/new/msg-a.md" if isinstance(item, Message) else kinds.path_of(item)


def holds(item: Any, other: Any) -> None:
    """The item reads back from a new file, and from the other one's file changed."""
    path = path_of(item)
    assert kinds.parse(path, kinds.render(item)) == item
    for start in (kinds.render(other), kinds.render(other).replace("\n", "\r\n")):
        edited = kinds.edit(path, start, item)
        assert kinds.parse(path, edited) == item
        assert kinds.edit(path, edited, item) == edited


@pytest.mark.parametrize(("item", "name"), CASES, ids=[f"{type(i).__name__}.{n}" for i, n in CASES])
def test_texts_as_in_ledgers(item: Any, name: str) -> None:
    for text in LEDGER:
        holds(replace(item, **{name: text}), item)


@settings(max_examples=examples(150))
@given(st.sampled_from(ITEMS), st.data())
def test_every_text_field_at_once(item: Any, data: st.DataObject) -> None:
    names = text_fields(item)
    one, two = ({name: data.draw(anything) for name in names} for _ in range(2))
    holds(replace(item, **one), replace(item, **two))


@settings(max_examples=examples(100))
@given(anything, anything, anything)
@example("### ada 2026-11-20T08:00:00Z c1\nx", "## Notes", "\r")
def test_comments_steps_and_unknown_keys(text: str, word: str, other: str) -> None:
    bead, molecule = ITEMS[0], ITEMS[2]
    comments = tuple(
        Comment(id=f"c{number}", author=word, created="2026-11-20T08:00:00Z", text=each)
        for number, each in enumerate((text, other, ""))
    )
    holds(replace(bead, comments=comments), bead)
    holds(replace(bead, comments=comments[:2]), replace(bead, comments=comments[1:]))
    holds(replace(bead, extra={"mine": text, "list": [word, {"a": other}]}), bead)
    steps = tuple(Step(id=StepId(f"s{n}"), title=word, text=each) for n, each in enumerate((text, other)))
    holds(replace(molecule, steps=steps), molecule)
    holds(replace(molecule, vars={"x": text, "y": word}), molecule)


@pytest.mark.parametrize("bad", ["\ud800", "a\udce9b", "\udfff\n## Notes"])
@pytest.mark.parametrize(("item", "name"), CASES, ids=[f"{type(i).__name__}.{n}" for i, n in CASES])
def test_halves_of_a_character_are_refused(item: Any, name: str, bad: str) -> None:
    wanted = replace(item, **{name: bad})
    with pytest.raises(UserError):
        kinds.render(wanted)
    with pytest.raises(UserError):
        kinds.edit(path_of(item), kinds.render(item), wanted)


def test_a_command_refuses_what_is_no_text(tmp_path: Path) -> None:
    town = make_town(tmp_path / "town")
    assert inside.run(town.root, "bd", "create", "One", "--id", "hq-aaa").code == 0
    tip = town.tip()
    for words in (
        ("create", "caf\udce9"),
        ("create", "Two", "-d", "caf\udce9"),
        ("update", "hq-aaa", "--title", "caf\udce9"),
        ("update", "hq-aaa", "--notes", "caf\udce9"),
        ("update", "hq-aaa", "--add-label", "caf\udce9"),
        ("update", "hq-aaa", "--assignee", "caf\udce9"),
        ("close", "hq-aaa", "--reason", "caf\udce9"),
    ):
        ran = inside.run(town.root, "bd", *words)
        assert (ran.code in (1, 2), ran.out, len(ran.err.splitlines())) == (True, "", 1), (words, ran)
    assert (town.tip(), status(town)) == (tip, "")

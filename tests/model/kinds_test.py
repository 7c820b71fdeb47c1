from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from msgspec.structs import replace

from gtlib.errors import FileError
from gtlib.errors import UserError
from gtlib.model import kinds
from gtlib.model.agent import Agent
from gtlib.model.agent import Hook
from gtlib.model.agent import Session
from gtlib.model.bead import Bead
from gtlib.model.bead import Comment
from gtlib.model.bead import Edge
from gtlib.model.board import Board
from gtlib.model.config import Gate
from gtlib.model.config import Limits
from gtlib.model.config import RigConfig
from gtlib.model.config import TownConfig
from gtlib.model.convoy import Convoy
from gtlib.model.escalation import Escalation
from gtlib.model.memory import Memory
from gtlib.model.merge import MergeRequest
from gtlib.model.message import Message
from gtlib.model.molecule import Molecule
from gtlib.model.molecule import Step
from gtlib.names import Address
from gtlib.names import ItemId
from gtlib.names import RigName
from gtlib.names import StepId
from tests.support.laws import examples

# Values

any_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
lines = st.sampled_from(
    [
        "",
        "text",
        "## Notes",
        "\\## Notes",
        "## Design ",
        "## Steps",
        "\\\\## Outputs",
        "### a 2026-11-20 c",
        "\\### x",
    ]
    + [
        "<<<<<<< HEAD",
        "\\<<<<<<<",
        ">>>>>>> x",
        "---",
        "```",
        "~~~ sh",
        "\\```",
        "    ```",
        "- [ ] **a** b",
        "  ",
    ]
    + ["\ttab", "trailing  ", "a\rb", "a\r", "\x85", "\u2028", "\x00", "\ufeff", "\x0c", "title: x", "é😀"]
)
prose = any_text | st.lists(lines, max_size=6).map("\n".join)
short = any_text | st.sampled_from(
    ["true", "1.10", "2026-11-20", "a: b", "(needs: a)", "x \\(needs: a)", " x", "x\n"]
)
titles = short.filter(lambda text: text.strip() != "")
ids = st.from_regex(r"[a-z]{2}-[a-z0-9]{1,5}(\.[0-9])?", fullmatch=True).map(ItemId)
id_or_none = st.just(ItemId("")) | ids
some_ids = st.lists(ids, max_size=3).map(tuple)
words = st.sampled_from(["open", "closed", "in_progress", "my-own", "true", "no"])
moments = st.sampled_from(["", "2026-11-20T08:00:00Z", "2026-11-20", "2026-11-20T08:00:00.123456789+02:00"])
filled = short.filter(bool)
some_texts = st.lists(filled, max_size=3).map(tuple)
keys = st.sampled_from(["x", "odd key", "yes", "revised", "1", "a:b"])
raws: st.SearchStrategy[Any] = st.recursive(
    short, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(keys, inner, max_size=2), max_leaves=3
)
extras = st.dictionaries(keys, raws, max_size=2)
comments = st.lists(
    st.builds(
        Comment, id=short | st.just("c1"), author=short | st.just("ada l"), created=moments, text=prose
    ),
    max_size=3,
).map(tuple)

edge_lists = st.lists(
    st.builds(Edge, to=filled, type=st.sampled_from(["blocks", "follows"]), created=moments, metadata=short),
    max_size=2,
    unique_by=lambda edge: (edge.to, edge.type),
).map(tuple)
values: st.SearchStrategy[Any] = st.recursive(
    short | st.integers(-(10**17), 10**17) | st.booleans() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(keys, inner, max_size=2),
    max_leaves=3,
)
typed = st.dictionaries(keys, values, max_size=2)

beads = st.builds(
    Bead,
    id=st.just(ItemId("gt-abc12")),
    title=titles,
    type=words,
    status=words,
    priority=st.integers(0, 4),
    assignee=short,
    labels=some_texts,
    needs=some_ids,
    parent=id_or_none,
    estimate=st.none() | st.integers(0, 99),
    due=moments,
    created=moments,
    close_reason=short,
    description=prose,
    design=prose,
    acceptance=prose,
    notes=prose,
    comments=comments,
    conditional_blocks=some_ids,
    relates_to=some_ids,
    tracks=st.just((ItemId("external:gt:gt-1"),)),
    authored_by=some_texts,
    edges=edge_lists,
    pinned=st.booleans(),
    timeout=st.sampled_from(["", "30m", "1h30m"]),
    metadata=typed,
    updated=moments,
    imported=short,
    extra=typed,
)


@st.composite
def step_lists(draw: st.DrawFn) -> tuple[Step, ...]:
    names = draw(st.lists(st.sampled_from(["a", "b-1", "c.x", "D"]), unique=True, max_size=4))
    return tuple(
        Step(
            id=StepId(name),
            title=draw(short),
            state=draw(st.sampled_from(["open", "done", "skipped", "failed"])),
            needs=tuple(map(StepId, draw(st.lists(st.sampled_from(names[:i]), unique=True)) if i else ())),
            text=draw(prose),
        )
        for i, name in enumerate(names)
    )


molecules = st.builds(
    Molecule,
    id=st.just(ItemId("gt-mol-k2p9x")),
    title=titles,
    formula=short,
    version=st.integers(0, 9),
    vars=st.dictionaries(keys, short, max_size=2),
    bead=id_or_none,
    evidence=st.dictionaries(st.sampled_from(["a", "b-1"]), short, max_size=2),
    description=prose,
    steps=step_lists(),
    outputs=prose,
    extra=extras,
)
hooks = st.builds(
    Hook,
    state=st.sampled_from(["created", "active"]),
    bead=id_or_none,
    branch=short,
    since=moments,
    queue=some_ids,
)
sessions = st.lists(
    st.builds(Session, id=filled, runtime=short, ended=moments), max_size=3, unique_by=lambda one: one.id
).map(tuple)
agents = st.builds(
    Agent,
    address=st.just(Address("r/polecats/toast")),
    role=st.just("polecat"),
    rig=short,
    host=short,
    state=words,
    hook=st.none() | hooks,
    sessions=sessions,
    notes=prose,
    extra=extras,
)
convoys = st.builds(
    Convoy,
    id=st.just(ItemId("hq-cv-a1b2c")),
    title=titles,
    status=st.sampled_from(["open", "closed"]),
    notify=some_texts,
    human=st.booleans(),
    tracks=some_ids,
    purpose=prose,
    extra=extras,
)
merges = st.builds(
    MergeRequest,
    id=st.just(ItemId("gt-mr-x7k2m")),
    branch=short,
    bead=id_or_none,
    attempts=st.integers(0, 5),
    applied=st.booleans(),
    log=prose,
    extra=extras,
)
messages = st.builds(
    Message,
    id=st.just(ItemId("msg-4k2p9")),
    sender=short,
    to=some_texts,
    subject=short,
    sent=moments,
    pinned=st.booleans(),
    quiet=st.booleans(),
    claimed_by=short,
    claimed_at=moments,
    body=prose,
)
boards = st.builds(
    Board,
    address=st.just(Address("queues/jobs")),
    members=st.lists(filled, max_size=3, unique=True).map(sorted).map(tuple),
    max_claims=st.integers(0, 9),
    retain_count=st.integers(0, 9),
    retain_hours=st.integers(0, 9),
    created=moments,
    created_by=short,
    description=prose,
    extra=extras,
)
escalations = st.builds(
    Escalation,
    id=st.just(ItemId("hq-esc-9x2k1")),
    title=titles,
    routes=some_texts,
    related=some_ids,
    body=prose,
)
towns = st.builds(
    TownConfig,
    name=filled,
    home=short,
    limits=st.builds(Limits, courtesy=st.sampled_from([0.3, 1.0, 2.25]), attempts=st.integers(1, 9)),
    extra=extras,
)
rigs = st.builds(
    RigConfig,
    name=st.just(RigName("r")),
    prefix=st.just("gt"),
    url=filled,
    gates=st.dictionaries(keys, st.builds(Gate, command=filled, timeout=st.integers(1, 900)), max_size=2),
    extra=extras,
)
memories = st.builds(Memory, key=st.just("auth-jwt"), created=moments, text=prose, extra=extras)
ALL = [beads, boards, memories, molecules, agents, convoys, merges, messages, escalations, towns, rigs]
pairs = st.one_of([st.tuples(one, one, st.sampled_from(["\n", "\r\n"])) for one in ALL])


def path_of(item: kinds.Item) -> str:
    return f"mail/mayor/new/{item.id}.md" if isinstance(item, Message) else kinds.path_of(item)


@given(st.one_of(ALL))
@settings(max_examples=examples(150), deadline=None)
def test_parse_of_render(item: kinds.Item) -> None:
    assert kinds.parse(path_of(item), kinds.render(item)) == item


@given(pairs)
@settings(max_examples=examples(200), deadline=None)
def test_parse_of_edit(pair: tuple[kinds.Item, kinds.Item, str]) -> None:
    old, new, newline = pair
    path, text = path_of(old), kinds.render(old).replace("\n", newline)
    assert kinds.parse(path, text) == old
    assert kinds.edit(path, text, old) == text
    edited = kinds.edit(path, text, new)
    assert kinds.parse(path, edited) == new
    assert newline == "\n" or "\n" not in edited.replace("\r\n", "")
    assert kinds.parse(path, kinds.edit(path, edited, old)) == old


# Files of people

BEAD = """---
# mine
title: 'Refresh the token'   # short
status: open   # or not
custom: {a: [1, 2]}
priority: 1
labels: [b, a]
needs:
  - gt-z1   # first
  - gt-a1
---

What is wrong.

## Notes

note{two}
## Comments
### ada 2026-11-20T09:10:00Z c1
Seen.


### bob x 2026-11-20T09:10:00+01:00 c2
""".replace("{two}", "  ")
PATH = "beads/gt-abc12.md"


def of(text: str) -> Bead:
    item = kinds.parse(PATH, text)
    assert isinstance(item, Bead)
    return item


def test_a_bead_by_hand() -> None:
    assert of(BEAD) == Bead(
        id=ItemId("gt-abc12"),
        title="Refresh the token",
        priority=1,
        labels=("a", "b"),
        needs=(ItemId("gt-a1"), ItemId("gt-z1")),
        description="What is wrong.",
        notes="note  ",
        comments=(
            Comment(id="c1", author="ada", created="2026-11-20T09:10:00Z", text="Seen."),
            Comment(id="c2", author="bob x", created="2026-11-20T09:10:00+01:00", text=""),
        ),
        extra={"custom": {"a": [1, 2]}},
    )


EDITS: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    ({"status": "closed"}, [("status: open   #", "status: closed   #")]),
    ({"labels": ("a", "b", "c")}, [("labels: [b, a]\n", "labels:\n  - b\n  - a\n  - c\n")]),
    (
        {"needs": (ItemId("gt-a1"), ItemId("gt-m1"), ItemId("gt-z1"))},
        [("  - gt-a1\n", "  - gt-a1\n  - gt-m1\n")],
    ),
    ({"needs": (ItemId("gt-z1"),)}, [("  - gt-a1\n", "")]),
    ({"needs": ()}, [("needs:\n  - gt-z1   # first\n  - gt-a1\n", "")]),
    ({"priority": 2}, [("priority: 1", "priority: 2")]),
    ({"assignee": "r/crew/ada"}, [("  - gt-a1\n", "  - gt-a1\nassignee: r/crew/ada\n")]),
    ({"description": "Other.\n\nMore."}, [("What is wrong.", "Other.\n\nMore.")]),
    ({"description": ""}, [("\nWhat is wrong.\n\n", "")]),
    ({"notes": ""}, [("## Notes\n\nnote  \n", "")]),
    ({"design": "why"}, [("## Notes", "## Design\nwhy\n\n## Notes")]),
    ({"extra": {}}, [("custom: {a: [1, 2]}\n", "")]),
]


@pytest.mark.parametrize(("change", "want"), EDITS)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_an_edit_changes_nothing_else(
    change: dict[str, Any], want: list[tuple[str, str]], newline: str
) -> None:
    expected = BEAD
    for old, new in want:
        assert expected.count(old) == 1
        expected = expected.replace(old, new)
    found = kinds.edit(PATH, BEAD.replace("\n", newline), replace(of(BEAD), **change))
    assert found == expected.replace("\n", newline)


def test_a_comment_is_added_at_the_end() -> None:
    bead = of(BEAD)
    new = Comment(id="c3", author="eve", created="2026-11-21T00:00:00Z", text="Yes.\n### no")
    assert kinds.edit(PATH, BEAD, replace(bead, comments=(*bead.comments, new))) == (
        BEAD + "\n### eve 2026-11-21T00:00:00Z c3\nYes.\n\\### no\n"
    )


def test_a_file_without_a_last_newline() -> None:
    bead = of("---\ntitle: x\n---")
    assert kinds.edit(PATH, "---\ntitle: x\n---", replace(bead, status="closed")) == (
        "---\ntitle: x\nstatus: closed\n---"
    )
    assert (
        kinds.edit(PATH, "---\ntitle: x\n---", replace(bead, notes="n"))
        == "---\ntitle: x\n---\n## Notes\nn\n"
    )
    assert kinds.edit(
        PATH, "---\ntitle: x\n---\ntext", replace(of("---\ntitle: x\n---\ntext"), status="closed")
    ) == ("---\ntitle: x\nstatus: closed\n---\ntext")


BAD = [
    ("title: x\npriority: high", 3, "priority is 'high'; write a whole number from 0 to 4"),
    ("title: x\npriority: 5", 3, "priority is '5'; write a whole number from 0 to 4"),
    ("title: x\nstatus: In Progress", 3, "status is 'In Progress'; write one word in lower case"),
    ("title: x\nstatus:\n  - open", 3, "status holds more than one value; write one text after the colon"),
    ("status: open", 1, "title is missing; add a line `title: ...`"),
    ("title:", 2, "title is missing; add a line `title: ...`"),
    ("title: ' '", 2, "title is empty; write a title"),
    (f"title: {'x' * 501}", 2, "title has 501 characters; shorten it to 500 and put the rest into the text"),
    (
        "title: x\nid: gt-other",
        3,
        "id is 'gt-other', and the file's name says 'gt-abc12'; write `id: gt-abc12`, or rename the file",
    ),
    (
        "title: x\nneeds:\n  - gt-a1\n  - no id",
        5,
        "needs has an item that is 'no id'; write <prefix>-<letters and digits>, as in gt-abc12",
    ),
    ("title: x\nlabels:\n  -\n", 4, "labels has an item that is empty; write a value, or remove it"),
    ("title: x\nlabels:\n  a: b", 3, "labels is no list; write one `- item` a line"),
    ("title: x\ncreated: soon", 3, "created is 'soon'; write it as 2026-11-20T08:00:00Z or 2026-11-20"),
    ("title: x\ntitle: y", 3, "the key title stands twice (first in line 2); keep one of them"),
    (
        "title: x\ndescription: a\n---\nb\n---",
        5,
        "description stands in the front matter and here; keep one of the two",
    ),
    (
        "title: x\n---\n## Notes\na\n## Notes\n---",
        6,
        "the heading ## Notes stands twice; join the two; in a text write \\## Notes",
    ),
    (
        "title: x\n---\n## Comments\na\n---",
        5,
        "a comment has no heading; begin it with `### author 2026-11-20T08:00:00Z c1`",
    ),
]


@pytest.mark.parametrize(("head", "line", "message"), BAD)
def test_errors_name_the_line_of_the_key(head: str, line: int, message: str) -> None:
    with pytest.raises(FileError) as e:
        kinds.parse(PATH, f"---\n{head}\n---\n")
    assert str(e.value) == f"{PATH}:{line}: {message}"


@pytest.mark.parametrize(
    ("path", "text", "message"),
    [
        (
            "beads/nonsense.md",
            "",
            "beads/nonsense.md:1: the file's name: 'nonsense' is not an id; rename it: write <prefix>-",
        ),
        (
            "agents/a/b/c.md",
            "",
            "agents/a/b/c.md:1: the file's name: 'a/b/c' is not an address; rename it: write mayor,",
        ),
        (
            "convoys/hq-cv-1.md",
            "---\ntitle: x\nstatus: opne\n---\n",
            "convoys/hq-cv-1.md:3: status is 'opne'; write open, staged or closed",
        ),
        (
            "merges/gt-mr-1.md",
            "---\napplied: maybe\n---\n",
            "merges/gt-mr-1.md:2: applied is 'maybe'; write true or false",
        ),
        (
            "agents/mayor.md",
            "---\nhook:\n  state: gone\n---\n",
            "agents/mayor.md:3: hook has a state that is 'gone'; write created,",
        ),
        (
            "town.yaml",
            "name: x\nlimits:\n  attempts: 0\n",
            "town.yaml:3: limits has a attempts that is '0'; write a whole number of 1 or more",
        ),
        (
            "r/rig.yaml",
            "prefix: gt\nurl: x\ngates:\n  t:\n    timeout: 3\n",
            "r/rig.yaml:4: gates has a t that has no command; add `command: ...` to it",
        ),
        ("r/rig.yaml", "prefix: gt\n", "r/rig.yaml:1: url is missing; add a line `url: ...`"),
    ],
)
def test_errors_of_other_kinds(path: str, text: str, message: str) -> None:
    with pytest.raises(FileError) as e:
        kinds.parse(path, text)
    assert str(e.value).startswith(message)


def test_a_value_that_cannot_be_read_back_is_never_written() -> None:
    with pytest.raises(UserError) as e:
        kinds.render(Bead(id=ItemId("gt-1"), title="x", status="In Progress"))
    assert str(e.value) == "status is 'In Progress'; write one word in lower case"
    with pytest.raises(FileError, match="beads/gt-abc12.md:4: status is 'X'"):
        kinds.edit(PATH, BEAD, replace(of(BEAD), status="X"))


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("beads/gt-1.md", "bead"),
        ("mail/outbox/any name.md", "outbox"),
        ("mail/mayor/new/msg-1.md", "mail"),
        ("town.yaml", "town"),
        ("myproject/rig.yaml", "rig"),
        ("archive/2026-11.jsonl", None),
        ("formulas/x.formula.toml", None),
        ("settings/config.json", None),
        ("README.md", None),
    ],
)
def test_kind_of(path: str, kind: str | None) -> None:
    assert kinds.kind_of(path) == kind


def test_what_is_no_item() -> None:
    assert kinds.parse("README.md", "x") is None
    with pytest.raises(UserError, match="README.md is no item of the town; edit it as a file"):
        kinds.edit("README.md", "x", Bead(id=ItemId("gt-1"), title="x"))
    with pytest.raises(UserError, match="has no path of its own"):
        kinds.path_of(Message(id=ItemId("msg-1")))


def test_mail_dropped_by_hand() -> None:
    text = "---\nto: mayor\nsubject: Hello\n---\nText.\n"
    want = Message(to=("mayor",), subject="Hello", body="Text.")
    assert kinds.parse("mail/outbox/any name.md", text) == want
    assert kinds.parse("mail/mayor/new/msg-1.md", text) == replace(want, id=ItemId("msg-1"))


def test_unknown_keys_inside_a_hook_and_a_session_survive() -> None:
    text = """---
hook:
  state: active
  pet: cat # hers
sessions:
  - id: s1
    pet: dog
    runtime: shell
---
"""
    path = "agents/r/polecats/toast.md"
    agent = kinds.parse(path, text)
    assert isinstance(agent, Agent)
    assert (agent.rig, agent.role) == ("r", "polecat")
    assert agent.hook is not None
    changed = replace(
        agent,
        hook=replace(agent.hook, state="suspended", bead=ItemId("gt-1")),
        sessions=(replace(agent.sessions[0], ended="2026-11-20"), Session(id="s2")),
    )
    assert (
        kinds.edit(path, text, changed)
        == """---
hook:
  state: suspended
  pet: cat # hers
  bead: gt-1
sessions:
  - id: s1
    pet: dog
    runtime: shell
    ended: 2026-11-20
  - id: s2
---
"""
    )


def test_a_gate_may_be_one_command() -> None:
    text = "prefix: gt\nurl: x\ngates:\n  test: make test\n  lint:\n    command: make lint\n    timeout: 60\n"
    rig = kinds.parse("r/rig.yaml", text)
    assert isinstance(rig, RigConfig)
    assert rig.gates == {"test": Gate(command="make test"), "lint": Gate(command="make lint", timeout=60)}
    longer = rig.gates | {"lint": Gate(command="make lint", timeout=90)}
    assert kinds.edit("r/rig.yaml", text, replace(rig, gates=longer)) == text.replace("60", "90")


@pytest.mark.parametrize("text", ["a\n", "\na", "\n", "\n\n", "\\", "\\\n", "a\n\n\n", "## Notes\n", "a\n\\"])
def test_a_text_that_begins_or_ends_with_a_blank_line_stands_in_the_body(text: str) -> None:
    bead = Bead(id=ItemId("gt-abc12"), title="T", description=text, notes=text)
    file = kinds.render(bead)
    assert kinds.parse("beads/gt-abc12.md", file) == bead
    assert "description:" not in file and "notes:" not in file

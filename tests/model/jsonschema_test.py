"""The JSON Schemas say what the codec does."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from gtlib import clock
from gtlib import frontmatter
from gtlib import layout
from gtlib import names
from gtlib.errors import FileError
from gtlib.errors import UserError
from gtlib.model import formula
from gtlib.model import jsonschema
from gtlib.model import kinds
from gtlib.model.board import board_address
from gtlib.node import Node
from tests.model import kinds_test

CORE = {"true": True, "false": False}
NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?\Z")
FOLDERS = {
    "bead": "beads/gt-a.md",
    "molecule": "molecules/gt-a.md",
    "convoy": "convoys/gt-a.md",
    "merge": "merges/gt-a.md",
    "escalation": "escalations/gt-a.md",
    "agent": "agents/r/polecats/toast.md",
    "message": "mail/mayor/new/gt-a.md",
    "board": "mail/queues/jobs.md",
    "memory": "memories/gt-a.md",
    "town": "town.yaml",
    "rig": "r/rig.yaml",
}
REQUIRED = {
    "town": "name: t\n",
    "rig": "prefix: gt\nurl: x\n",
    "merge": "",
    "agent": "",
    "message": "",
    "board": "",
    "memory": "",
}


def instance(node: Node | None) -> Any:
    """What an editor's YAML reader (1.2, core schema) makes of a document."""
    if node is None:
        return None
    if node.kind == "list":
        return [instance(one) for one in node.value]
    if node.kind == "map":
        return {key: instance(value) for key, (_, value) in node.value.items()}
    if node.value is None or node.style:
        return node.value
    if node.value in CORE:
        return CORE[node.value]
    if not NUMBER.match(node.value):
        return node.value
    return int(node.value) if re.fullmatch(r"-?\d+", node.value) else float(node.value)


def document(path: str, text: str) -> Any:
    front = frontmatter.load_yaml(path, text) if path.endswith(".yaml") else frontmatter.split(path, text)
    return instance(front.root)


def name_of(path: str) -> str:
    found = layout.parse(path)
    assert found is not None
    return "message" if found.thing in ("mail", "outbox") else found.thing


def complaints(path: str, text: str) -> list[str]:
    checker = Draft202012Validator(jsonschema.schema(name_of(path)))
    return [error.message for error in checker.iter_errors(document(path, text))]


def both(path: str, lines: str) -> tuple[bool, bool]:
    """Whether the schema and the codec take a file with these lines."""
    name = name_of(path)
    key = lines.partition(":")[0]
    wanted = REQUIRED.get(name, "title: A\n").splitlines(keepends=True)
    head = "".join(line for line in wanted if not line.startswith(f"{key}:"))
    text = head + lines if path.endswith(".yaml") else f"---\n{head}{lines}---\n"
    try:
        kinds.parse(path, text)
    except FileError:
        return not complaints(path, text), False
    return not complaints(path, text), True


@pytest.mark.parametrize("name", jsonschema.NAMES)
def test_every_schema_is_one(name: str) -> None:
    made = jsonschema.schema(name)
    Draft202012Validator.check_schema(made)
    assert made["$id"] == f"urn:gt:{name}"


@pytest.mark.parametrize("name", jsonschema.FILES)
def test_every_key_is_described(name: str) -> None:
    def keys(made: dict[str, Any], where: str) -> list[str]:
        missing = []
        for key, one in made.get("properties", {}).items():
            inner = (one, one.get("additionalProperties", {}), *one.get("anyOf", ()))
            missing += [] if one.get("description") else [f"{where}.{key}"]
            missing += [each for part in inner for each in keys(part, f"{where}.{key}")]
        return missing

    assert keys(jsonschema.schema(name), name) == []


def test_what_is_no_kind() -> None:
    with pytest.raises(UserError, match="there is no kind 'x'; one of: bead, "):
        jsonschema.schema("x")


@given(st.one_of(kinds_test.ALL))
@settings(max_examples=120, deadline=None)
def test_what_we_write_is_valid(item: kinds.Item) -> None:
    path = kinds_test.path_of(item)
    assert complaints(path, kinds.render(item)) == []


def wrong_values() -> list[tuple[str, str]]:
    """(kind, lines) with a value that no key of that sort takes, for every key of every kind."""
    found = []
    for name in jsonschema.FILES:
        for key, made in jsonschema.schema(name)["properties"].items():
            kinds_of = made.get("type", [])
            if "enum" in made:
                found += [(name, f"{key}: nonsense\n"), (name, f"{key}:\n  - {made['enum'][0]}\n")]
            elif "integer" in kinds_of:
                found += [(name, f"{key}: {bad}\n") for bad in ("many", "1.5", made["minimum"] - 1, "[1]")]
            elif "number" in kinds_of and "string" not in kinds_of:
                found += [(name, f"{key}: {bad}\n") for bad in ("many", "-1", "[1]")]
            elif kinds_of == ["boolean", "null"]:
                found += [(name, f"{key}: {bad}\n") for bad in ("yes", "1", "[true]")]
            elif "string" in kinds_of:
                found.append((name, f"{key}:\n  a: b\n"))
            elif "object" in kinds_of:
                found.append((name, f"{key}: word\n"))
    return found


@pytest.mark.parametrize(("name", "lines"), wrong_values())
def test_wrong_values_are_refused_by_both(name: str, lines: str) -> None:
    assert both(FOLDERS[name], lines) == (False, False)


@pytest.mark.parametrize(
    ("path", "lines", "good"),
    [
        ("beads/gt-a.md", "priority:\nlabels: one\nneeds: [gt-b]\n", True),
        ("beads/gt-a.md", "title2: 2024\nmine: {a: 1}\n", True),
        ("beads/gt-a.md", "needs:\n  - nothing here\n", False),
        ("beads/gt-a.md", "labels:\n  - a: b\n", False),
        ("beads/gt-a.md", "due: tomorrow\n", False),
        ("beads/gt-a.md", "edges:\n  - to: gt-b\n", False),
        ("agents/r/polecats/toast.md", "hook:\n  state: asleep\n", False),
        ("agents/r/polecats/toast.md", "hook:\n  state: active\n  queue: []\n", True),
        ("town.yaml", "limits:\n  attempts: 0\n", False),
        ("town.yaml", "statuses:\n  review: wip\n", True),
        ("town.yaml", "statuses:\n  review: nonsense\n", False),
        ("town.yaml", "statuses:\n  open: wip\n", False),
        (
            "town.yaml",
            "metadata:\n  mode: warn\n  fields:\n    team:\n      type: enum\n      values: [a]\n",
            True,
        ),
        ("r/rig.yaml", "gates:\n  test: make test\n  lint:\n    command: make lint\n    timeout: 5\n", True),
        ("r/rig.yaml", "gates:\n  test:\n    timeout: 5\n", False),
        ("convoys/gt-a.md", "human: true\nstatus: staged\n", True),
    ],
)
def test_both_agree(path: str, lines: str, good: bool) -> None:
    assert both(path, lines) == (good, good)


@pytest.mark.parametrize(
    "check", [names.item_id, names.target, names.rig_name, names.memory_key, board_address, clock.parse]
)
def test_the_patterns_take_what_the_checks_take(check: Any) -> None:
    pattern = jsonschema._PATTERNS[check]
    samples = (
        "gt-a",
        "gt-mol-a.1.b",
        "external:gt:gt-1",
        "gt",
        "r",
        "auth-jwt",
        "queues/jobs",
        "a b",
        "",
        "2026-11-20",
        "-x",
        "é-a",
    )
    for text in (*samples, "2026-11-20T08:00:00Z", "2026-11-20 08:00:00.5+01:00", "2026-11-20T8:00Z"):
        try:
            check(text)
            good = True
        except UserError:
            good = False
        assert (text, bool(re.fullmatch(pattern, text))) == (text, good)


CONVOY = """\
formula = "x"
review_only = true
[inputs.pr]
required_unless = []
[prompts]
base = "b"
[output]
directory = "d"
[[legs]]
id = "a"
[synthesis]
depends_on = ["a"]
"""
EXPANDING = """\
formula = "x"
extends = "base"
pour = true
[[steps]]
id = "a"
expand = "tdd"
expand_vars = { x = "1" }
[[steps]]
id = "b"
title = "B"
retry = 3
check = { path = "check.sh" }
gate = { type = "human" }
on_complete = { for_each = "output.x", bond = "y" }
[[steps]]
id = "c"
title = "C"
loop = { count = 2, body = [{ id = "d", title = "D" }] }
[[advice]]
target = "*"
after = { id = "e", title = "E" }
"""


def test_a_formula() -> None:
    text = 'formula = "a"\nversion = 1\n[vars]\nx = "1"\n[[steps]]\nid = "s"\ntitle = "S"\nneeds = []\nrun = ["true"]\n'
    checker = Draft202012Validator(jsonschema.schema("formula"))
    assert formula.parse("a.formula.toml", text).name == "a"
    assert list(checker.iter_errors(tomllib.loads(text))) == []
    for dialect in (CONVOY, EXPANDING):
        assert formula.parse("x.formula.toml", dialect).name == "x"
        assert list(checker.iter_errors(tomllib.loads(dialect))) == []
    wrong = text.replace("version = 1", 'version = "1"').replace('title = "S"', "")
    assert sorted(error.message for error in checker.iter_errors(tomllib.loads(wrong))) == [
        "'1' is not of type 'integer'",
        "'title' is a required property",
    ]

from __future__ import annotations

import pytest
from msgspec.structs import replace

from gtlib.errors import FileError
from gtlib.model import kinds
from gtlib.model import recipe
from gtlib.model.cooked import CStep
from gtlib.model.cooked import Fan
from gtlib.model.formula_parts import Gate
from gtlib.model.molecule import Molecule
from gtlib.names import StepId

PATH = "molecules/gt-mol-a.md"
TEXT = """\
---
title: M
---

## Steps

- [ ] **a** A

- [ ] **b** B (needs: a)

## Recipe
```json
{"id": "a", "run": ["make", "## Steps"]}
{"id": "b", "run": "echo b", "gate": {"type": "human"}}
```

## Evidence

- a: 0123abc
* b:  4567def

## Outputs
### a
x: 1
"""


def of(text: str) -> Molecule:
    item = kinds.parse(PATH, text)
    assert isinstance(item, Molecule)
    return item


def step(id: str, **keys: object) -> CStep:
    return CStep(id=StepId(id), **keys)  # type: ignore[arg-type]


def test_a_molecule_file_with_all_its_sections() -> None:
    found = of(TEXT)
    assert dict(recipe.read(found.recipe)) == {
        "a": step("a", run=("make", "## Steps")),
        "b": step("b", run="echo b", gate=Gate(type="human")),
    }
    assert found.evidence == {"a": "0123abc", "b": "4567def"}
    assert found.outputs == "### a\nx: 1"
    assert kinds.edit(PATH, TEXT, found) == TEXT
    more = kinds.edit(PATH, TEXT, replace(found, evidence={**found.evidence, "c": "89"}))
    assert more == TEXT.replace("* b:  4567def\n", "* b:  4567def\n- c: 89\n")


def test_what_stands_in_the_task_list_is_not_repeated() -> None:
    steps = [step("a", title="A", text="T", needs=(StepId("b"),)), step("b", title="B", agent="codex")]
    assert recipe.write(steps) == '```json\n{"id":"b","agent":"codex"}\n```'
    assert recipe.write(steps, every=True) == '```json\n{"id":"a"}\n{"id":"b","agent":"codex"}\n```'
    assert recipe.write(steps[:1]) == ""
    body = (step("fix", title="Fix", needs=(StepId("x"),)),)
    fan = step("f", fan=Fan(output="items", body=body))
    assert dict(recipe.read(recipe.write([fan]))) == {"f": fan}


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("{", "not a step in JSON: Input data was truncated"),
        ('{"id": 1}', "not a step in JSON: Expected `str`, got `int` - at `$.id`"),
        ('{"id": "../x"}', "'../x' is not a step id"),
        ('{"id": "a"}', "the recipe of step a stands twice (first in line 13)"),
        ('{"id": "c", "parent": "c"}', "the parents of step c go round in a circle: c -> c"),
        ('{"id": "c", "body": [{"id": "a b"}]}', "'a b' is not a step id"),
    ],
)
def test_a_bad_line_is_named(line: str, what: str) -> None:
    with pytest.raises(FileError) as refused:
        of(TEXT.replace('{"id": "b", "run"', line + '\n{"id": "b", "run"'))
    assert (refused.value.line, refused.value.what) == (14, f"{PATH}:14: {what}")


def test_evidence_of_the_front_matter_counts_too_and_moves() -> None:
    old = "---\ntitle: M\nevidence:\n  a: '12'\n---\n\n## Steps\n\n- [x] **a** A\n\n- [ ] **b** B\n"
    found = of(old)
    assert found.evidence == {"a": "12"}
    new = kinds.edit(PATH, old, replace(found, evidence={"a": "12", "b": "34"}))
    assert new == (
        "---\ntitle: M\n---\n\n## Steps\n\n- [x] **a** A\n\n- [ ] **b** B\n\n## Evidence\n\n- a: 12\n- b: 34\n"
    )


@pytest.mark.parametrize("line", ["a: 12", "- a 12", "- : x", "- a: two words"])
def test_a_line_that_is_no_evidence_is_named(line: str) -> None:
    with pytest.raises(FileError) as refused:
        of(TEXT.replace("- a: 0123abc", line))
    assert refused.value.line == 19

from __future__ import annotations

import pytest
from msgspec.structs import replace

from gtlib.errors import FileError
from gtlib.model import kinds
from gtlib.model.molecule import Molecule
from gtlib.model.molecule import Step
from gtlib.names import ItemId
from gtlib.names import StepId

PATH = "molecules/gt-mol-k2p9x.md"
HEAD = "---\ntitle: Release\nformula: release\n---\n"
TEXT = (
    HEAD
    + """About it:

- [ ] **no** step, it stands above

## Steps

- [x] **bump-version** Bump version
* [ ] **run-tests** Run tests (needs: bump-version)

    Run make test, then

    - [ ] **not-a-step** a box of the text
\tand a tab

  ```
  - [x] **nor** this
  ```

+   [-]   **c.1**
- [!] **tag** Tag \\(needs: nothing) (needs: run-tests,c.1)
- [X] **last** A title (needs: more thought)

## Outputs

- [ ] **out** this is text
"""
)


def of(text: str) -> Molecule:
    item = kinds.parse(PATH, text)
    assert isinstance(item, Molecule)
    return item


def edited(text: str, item: Molecule) -> str:
    return kinds.edit(PATH, text, item)


def test_the_grammar() -> None:
    found = of(TEXT)
    assert found.description == "About it:\n\n- [ ] **no** step, it stands above"
    assert found.outputs == "- [ ] **out** this is text"
    assert found.steps == (
        Step(id=StepId("bump-version"), title="Bump version", state="done"),
        Step(
            id=StepId("run-tests"),
            title="Run tests",
            needs=(StepId("bump-version"),),
            text="  Run make test, then\n\n  - [ ] **not-a-step** a box of the text\nand a tab\n\n"
            "```\n- [x] **nor** this\n```",
        ),
        Step(id=StepId("c.1"), title="", state="skipped"),
        Step(
            id=StepId("tag"),
            title="Tag (needs: nothing)",
            state="failed",
            needs=(StepId("run-tests"), StepId("c.1")),
        ),
        Step(id=StepId("last"), title="A title (needs: more thought)", state="done"),
    )
    assert [step.line for step in found.steps] == [11, 12, 23, 24, 25]
    assert of(TEXT.replace("\n", "\r\n")) == found


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("step", "state", "old", "new"),
    [
        ("run-tests", "done", "* [ ] **run", "* [x] **run"),
        ("bump-version", "open", "- [x] **bump", "- [ ] **bump"),
        ("c.1", "failed", "+   [-]   **c.1", "+   [!]   **c.1"),
        ("tag", "skipped", "- [!] **tag", "- [-] **tag"),
    ],
)
def test_a_new_state_changes_one_character(newline: str, step: str, state: str, old: str, new: str) -> None:
    text = TEXT.replace("\n", newline)
    assert text.count(old) == 1
    mol = of(text)
    steps = tuple(replace(each, state=state) if each.id == step else each for each in mol.steps)
    changed = replace(mol, steps=steps)
    assert edited(text, changed) == text.replace(old, new)


def test_a_tick_by_capital_x_stays() -> None:
    assert edited(TEXT, replace(of(TEXT), status="closed")) == TEXT.replace(
        "formula: release\n", "formula: release\nstatus: closed\n"
    )


def test_steps_added_removed_renamed_and_moved() -> None:
    mol = of(HEAD + "## Steps\n- [ ] **a** A\n  text\n- [x] **b** B\n")
    a, b = mol.steps
    new = Step(id=StepId("c"), title="C", needs=(StepId("a"),), text="more")
    text = HEAD + "## Steps\n- [ ] **a** A\n  text\n- [x] **b** B\n"
    assert edited(text, replace(mol, steps=(b, replace(a, title="AA"), new))) == (
        HEAD + "## Steps\n- [x] **b** B\n\n- [ ] **a** AA\n  text\n\n- [ ] **c** C (needs: a)\n\n  more\n"
    )
    assert edited(text, replace(mol, steps=())) == HEAD
    assert edited(HEAD, replace(of(HEAD), steps=(new, replace(a, id=StepId("a"))))) == (
        HEAD + "## Steps\n\n- [ ] **c** C (needs: a)\n\n  more\n\n- [ ] **a** A\n\n  text\n"
    )


HINT = "; write `- [ ] **step-id** Title (needs: other-id)`; indent what belongs to a step"


@pytest.mark.parametrize(
    ("steps", "line", "message"),
    [
        ("Some text\n", 7, "'Some text' is not a step" + HINT),
        ("  Some text\n", 7, "this text belongs to no step" + HINT),
        ("- [ ] **a** A\n\nNot indented\n", 9, "'Not indented' is not a step" + HINT),
        ("- [y] **a** A\n", 7, "'- [y] **a** A' is not a step" + HINT),
        ("- [ ] a A\n", 7, "'- [ ] a A' is not a step" + HINT),
        ("- **a** A\n", 7, "'- **a** A' is not a step" + HINT),
        ("1. [ ] **a** A\n", 7, "'1. [ ] **a** A' is not a step" + HINT),
        ("```\n- [ ] **a** A\n```\n", 7, "'```' is not a step" + HINT),
        ("### More\n", 7, "'### More' is not a step" + HINT),
        ("- [ ] **a b** A\n", 7, "'a b' is not a step id; write letters, digits, - and _, as in run-tests"),
        (
            "- [ ] **a** A\n  ```\n- [ ] **b** B\n",
            9,
            "this line stands in the fence that line 8 opens; indent it or close the fence",
        ),
        ("- [ ] **a** A\n- [ ] **a** B\n", 8, "the step a stands twice (first in line 7); rename one"),
        ("- [ ] **a** A\n- [ ] **b** B (needs: c)\n", 8, "b needs c, which is no step here; mend the id"),
        (
            "- [ ] **a** A\n- [ ] **b** B (needs: c)\n- [ ] **c** C (needs: a, b)\n",
            8,
            "needs go round in a circle: b -> c -> b; remove one of them",
        ),
        ("- [ ] **a** A (needs: a)\n", 7, "needs go round in a circle: a -> a; remove one of them"),
        (
            "- [ ] **a** A\n## Steps\n",
            8,
            "the heading ## Steps stands twice; join the two; in a text write \\## Steps",
        ),
    ],
)
def test_anything_else_is_an_error_with_its_line(steps: str, line: int, message: str) -> None:
    with pytest.raises(FileError) as e:
        of(HEAD + "\n## Steps\n" + steps)
    assert str(e.value) == f"{PATH}:{line}: {message}"


def test_titles_and_texts_that_look_like_ours() -> None:
    titles = [
        "A (needs: b)",
        "A \\(needs: b)",
        "(needs: b)",
        "[x] **y**",
        "",
        "A (needs: b) more",
        "A(needs: b)",
    ]
    texts = [
        "```",
        "```\nx\n```",
        "\\```\n```",
        "~~~\n```",
        "- [ ] **a** b",
        "## Steps",
        "  x",
        "\tx",
        "a\n\n   \nb",
    ]
    steps = tuple(
        Step(id=StepId(f"s{i}"), title=title, text=text, needs=(StepId("s0"),) if i else ())
        for i, (title, text) in enumerate((title, text) for title in titles for text in texts)
    )
    mol = Molecule(id=ItemId("gt-mol-k2p9x"), title="t", steps=steps)
    text = kinds.render(mol)
    assert of(text) == mol
    assert "steps:" not in text


def test_what_cannot_stand_in_the_list_stands_in_the_front_matter() -> None:
    step = Step(id=StepId("a"), title="two\nlines", text="ends\n")
    mol = Molecule(id=ItemId("gt-mol-k2p9x"), title="t", steps=(step,))
    text = kinds.render(mol)
    assert text == (
        "---\nid: gt-mol-k2p9x\ntitle: t\nstatus: open\n"
        'steps:\n  a:\n    title: "two\\nlines"\n    text: "ends\\n"\n---\n## Steps\n\n- [ ] **a**\n'
    )
    assert of(text) == mol
    plain = replace(mol, steps=(replace(step, title="one", text="x"),))
    assert edited(text, plain) == (
        "---\nid: gt-mol-k2p9x\ntitle: t\nstatus: open\n---\n## Steps\n\n- [ ] **a** one\n\n  x\n"
    )
    with pytest.raises(FileError, match="the key steps does not fit the list below ## Steps"):
        of("---\ntitle: t\nsteps:\n  a: x\n---\n")


def test_a_long_list_is_no_deep_recursion() -> None:
    ids = [StepId(f"s{i}") for i in range(3000)]
    steps = tuple(Step(id=id, title="t", needs=(ids[i - 1],) if i else ()) for i, id in enumerate(ids))
    mol = Molecule(id=ItemId("gt-mol-k2p9x"), title="t", steps=steps)
    assert of(kinds.render(mol)) == mol


def test_where_a_step_stands_does_not_compare() -> None:
    one = Step(id=StepId("a"), title="A", line=1)
    assert one == replace(one, line=2)
    assert hash(one) == hash(replace(one, line=2))
    assert one != replace(one, state="done")

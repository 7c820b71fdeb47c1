from __future__ import annotations

import pytest

from gtlib.errors import FileError
from gtlib.model.config import TownConfig
from gtlib.rules.draft_file import drafts
from gtlib.rules.new_bead import Draft

TOWN = TownConfig(name="t", types=("docs",))


def read(text: str) -> tuple[Draft, ...]:
    return drafts("f.md", text, TOWN)


def test_every_section() -> None:
    text = (
        "# Head\n\n## A title ##\nFirst.\n### Priority\n\n0\n### Type\ndocs\n### Design\nd1\n\nd2\n"
        "### Acceptance\n- a\n### Notes\nn\n### Assignee\nmayor\n### Labels\n- x, y\n* z\n### Deps\nrelated:gt-a\n- gt-b\n"
    )
    assert read(text) == (
        Draft(
            title="A title", description="First.", priority=0, type="docs", design="d1\n\nd2", acceptance="- a",
            notes="n", assignee="mayor", labels=("x", "y", "z"), deps=("related:gt-a", "gt-b"),
        ),
    )  # fmt: skip


def test_text_stands_where_it_is() -> None:
    text = "## One\n~~~md\n## no\n### Type\n~~~\n### Else\nx\n## Two\n### Description\nother\n"
    assert [(each.title, each.description) for each in read(text)] == [
        ("One", "~~~md\n## no\n### Type\n~~~\n### Else\nx"),
        ("Two", "other"),
    ]


def test_a_fence_that_is_not_closed_reaches_to_the_end() -> None:
    assert [each.title for each in read("## One\n```\n## Two\n``\n## Three")] == ["One"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "f.md:1: no bead is in it; begin each with `## Its title`"),
        ("# only a head\ntext\n", "f.md:1: no bead is in it; begin each with `## Its title`"),
        ("## A\n\n### Type\nbugg\n", "f.md:3: unknown type 'bugg'; did you mean bug?"),
        ("## A\n### Priority\n1\n2\n", "f.md:2: priority has more than one value; give one"),
        ("## A\n### Labels\na b\n", "f.md:2: the label 'a b' has a space in it; write it as a-b"),
        ("## A\n### Notes\na\n### Notes\nb\n", "f.md:4: notes is said twice; say it once for each bead"),
        ("## A\nfirst\n### Description\nb\n", "f.md:3: description is said twice; say it once for each bead"),
        ("## A\n\n## " + "x" * 501, "f.md:3: the title has 501 characters, 500 is the most; put the rest in --description"),
    ],
)  # fmt: skip
def test_what_is_no_draft(text: str, said: str) -> None:
    with pytest.raises(FileError) as refused:
        read(text)
    assert str(refused.value) == said

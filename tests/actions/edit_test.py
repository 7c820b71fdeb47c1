"""What people write in an editor is theirs: kept until the town has it, opened again, and never shared."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest

from gtlib.actions.edit import edit as edit_bead
from gtlib.errors import UserError
from gtlib.names import ItemId
from gtlib.store import drafts
from gtlib.store.town import Town
from tests.support import towns


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    town = towns.make_town(tmp_path / "town")
    monkeypatch.chdir(town.root)
    return town


def copies(town: Town) -> list[str]:
    return [each.read_text(encoding="utf-8") for each in sorted((town.local / "edit").glob("*/*.md"))]


def script(town: Town, *lines: str) -> str:
    """An editor that does these things with its file, $1."""
    path = town.local / "editor.sh"
    path.write_text("\n".join(("#!/bin/sh -e", *lines, "")), encoding="utf-8")
    path.chmod(0o755)
    return str(path)


def test_text_that_an_editor_left_is_kept_and_opened_again(town: Town) -> None:
    towns.put(town, "beads/hq-aa1.md", towns.bead("hq-aa1") + "Text.\n")
    before = towns.show(town, "beads/hq-aa1.md")
    told: list[Path] = []

    def edit(*lines: str) -> bool:
        environ = {**os.environ, "EDITOR": script(town, *lines)}
        return edit_bead(town, "aa1", "overseer", environ, told.append)[1]

    with pytest.raises(UserError, match="title is missing"):
        edit("sed -i '/^title/d; s/Text/Long text/' $1")
    kept = copies(town)
    assert kept == [re.sub("title.*\n", "", before).replace("Text", "Long text")] and told == []
    with pytest.raises(UserError, match="ended with 1"):
        edit("false")
    assert copies(town) == kept and len(told) == 1

    update = f"{sys.executable} -m gtlib.cli bd update aa1"
    with pytest.raises(UserError, match="hq-aa1 was changed meanwhile") as overtaken:
        edit(f"{update} -p 0 --title Theirs >/dev/null", "sed -i '2a title: Mine' $1")
    assert overtaken.value.hint == (
        f"your text is in {told[-1]}; bd edit hq-aa1 opens it with what has changed"
    )
    with pytest.raises(UserError, match="a conflict marker"):
        edit("grep '^priority: 0$' $1", "grep '^title: Mine' $1", "grep '^title: Theirs' $1")
    with pytest.raises(UserError, match="a conflict marker"):
        edit("true")
    assert edit("sed -i '/^<<<<<<</d; /^=======/,/^>>>>>>>/d' $1")
    found = towns.show(town, "beads/hq-aa1.md")
    assert "title: Mine\n" in found and "priority: 0\n" in found and "Long text." in found
    assert (copies(town), len(told), towns.status(town)) == ([], 5, "")


def test_a_kept_text_can_be_thrown_away(town: Town) -> None:
    towns.put(town, "beads/hq-aa1.md", towns.bead("hq-aa1"))
    environ = {**os.environ, "EDITOR": script(town, "sed -i /^title/d $1")}
    with pytest.raises(UserError, match="title is missing"):
        edit_bead(town, "aa1", "overseer", environ)
    tip = town.tip()
    environ["EDITOR"] = script(town, ": >$1")
    assert edit_bead(town, "aa1", "overseer", environ)[1] is False
    assert (copies(town), town.tip()) == ([], tip)


def test_two_editors_at_once_have_a_file_each(town: Town) -> None:
    towns.put(town, "beads/hq-aa1.md", towns.bead("hq-aa1"))
    inner = script(town, "sed -i /^title/d $1")
    bad = {**os.environ, "EDITOR": inner}
    seen: list[str] = []
    outer = town.local / "outer.sh"
    outer.write_text("#!/bin/sh\necho x >>$1\nexit 1\n", encoding="utf-8")
    outer.chmod(0o755)
    first = drafts.begin(town.local, ItemId("hq-aa1"), "first")
    with pytest.raises(UserError, match="title is missing"):
        edit_bead(town, "aa1", "overseer", bad)
    assert first.text == "first" and len(copies(town)) == 2
    first.release()
    with pytest.raises(UserError, match="ended with 1"):
        edit_bead(
            town, "aa1", "overseer", {**os.environ, "EDITOR": str(outer)}, lambda at: seen.append(str(at))
        )
    assert seen == [str(first.path)]

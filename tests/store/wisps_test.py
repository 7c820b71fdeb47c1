"""Wisps as files: saved whole, read without the broken ones, and never in git's way."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from gtlib.errors import FileError
from gtlib.errors import UserError
from gtlib.model.wisp_ends import Patrol
from gtlib.store import wisp_lines
from gtlib.store import wisps
from gtlib.store.wisp_lines import DIGESTS
from tests.support import towns
from tests.support.world import molecule
from tests.support.world import step

ONE = molecule("gt-wisp-aaa11", step("look"), step("sweep", "open", "look"))
OTHER = molecule("gt-wisp-bbb22", step("look"), extra={"wisp_type": "ping", "keep": True})


def text_of(root: Path, id: str) -> str:
    return (root / wisps.FOLDER / f"{id}.md").read_text(encoding="utf-8")


def test_what_is_written_is_read(tmp_path: Path) -> None:
    assert wisps.every(tmp_path) == wisps.Found() and wisps.ids(tmp_path) == ()
    wisps.write(tmp_path, ONE)
    wisps.write(tmp_path, OTHER)
    assert wisps.every(tmp_path) == wisps.Found((ONE, OTHER))
    assert wisps.ids(tmp_path) == (ONE.id, OTHER.id)
    assert wisps.one(tmp_path, ONE.id) == ONE
    wisps.remove(tmp_path, ONE.id)
    wisps.remove(tmp_path, ONE.id)
    assert wisps.one(tmp_path, ONE.id) is None
    assert sorted(path.name for path in wisps.folder(tmp_path).iterdir()) == ["gt-wisp-bbb22.md"]


def test_what_a_person_wrote_into_it_stays(tmp_path: Path) -> None:
    wisps.write(tmp_path, ONE)
    path = wisps.folder(tmp_path) / f"{ONE.id}.md"
    path.write_text(
        text_of(tmp_path, ONE.id).replace("status: open", "status:  open  # mine"), encoding="utf-8"
    )
    before = text_of(tmp_path, ONE.id)
    wisps.write(tmp_path, replace(ONE, steps=(replace(ONE.steps[0], state="done"), ONE.steps[1])))
    assert text_of(tmp_path, ONE.id) == before.replace("- [ ] **look**", "- [x] **look**")


def test_broken_ones_are_told_and_the_others_read(tmp_path: Path) -> None:
    wisps.write(tmp_path, ONE)
    folder = wisps.folder(tmp_path)
    (folder / "gt-wisp-ccc33.md").write_text("---\nstatus: open\n---\n", encoding="utf-8")
    (folder / "Nonsense.md").write_text("---\ntitle: x\n---\n", encoding="utf-8")
    (folder / "gt-wisp-ddd44.md").symlink_to(folder / f"{ONE.id}.md")
    (folder / ".gt-wisp-eee55.md.7.new").write_text("half", encoding="utf-8")
    found = wisps.every(tmp_path)
    assert found.wisps == (ONE,)
    assert [str(error) for error in found.broken] == [
        ".git/gt/wisps/Nonsense.md:1: 'Nonsense' is not the id of a wisp; give the file another name",
        ".git/gt/wisps/gt-wisp-ccc33.md:1: title is missing; add a line `title: ...`",
        ".git/gt/wisps/gt-wisp-ddd44.md:1: this is no plain file; put the wisp itself there, or remove it",
    ]
    with pytest.raises(FileError):
        wisps.write(tmp_path, replace(ONE, id="gt-wisp-ccc33"))
    assert text_of(tmp_path, "gt-wisp-ccc33") == "---\nstatus: open\n---\n"


@pytest.mark.parametrize(
    "id", ["../../x", "gt-mol-aaa11", "gt-wisp-", "gt-wisp-a/b", "GT-wisp-aaa11", "gt-wisp-aaa11.one"]
)
def test_only_ids_of_wisps_are_files(tmp_path: Path, id: str) -> None:
    assert not wisps.is_id(id) and wisps.one(tmp_path, id) is None
    with pytest.raises(UserError, match="is not the id of a wisp"):
        wisps.write(tmp_path, replace(ONE, id=id))
    assert not wisps.folder(tmp_path).exists()


def test_a_piece_of_an_id_finds_it(tmp_path: Path) -> None:
    assert wisps.find(tmp_path, "aaa") is None
    wisps.write(tmp_path, ONE)
    wisps.write(tmp_path, replace(OTHER, id="gt-wisp-aab22"))
    assert wisps.find(tmp_path, "aaa11") == ONE
    assert wisps.find(tmp_path, "zz") is None and wisps.find(tmp_path, "") is None
    with pytest.raises(UserError, match="'aa' means 2 items; write one of: gt-wisp-aaa11, gt-wisp-aab22"):
        wisps.find(tmp_path, "aa")


def test_git_clean_loses_none(tmp_path: Path) -> None:
    town = towns.make_town(tmp_path / "town")
    wisps.write(town.root, ONE)
    assert towns.status(town) == ""
    towns.git(town.root, "clean", "-ffdX")
    towns.git(town.root, "clean", "-ffdx")
    assert wisps.every(town.root).wisps == (ONE,)


def test_lines_that_nobody_can_read_stay(tmp_path: Path) -> None:
    lines = [Patrol(id=f"gt-wisp-{n}", role="deacon", ended="2026-11-20T08:00:00Z") for n in ("a", "b")]
    assert wisp_lines.read(tmp_path, DIGESTS, Patrol) == []
    wisp_lines.append(tmp_path, DIGESTS, lines[:1])
    path = wisps.folder(tmp_path) / DIGESTS
    path.write_text(path.read_text(encoding="utf-8") + '{"id": "hal', encoding="utf-8")
    wisp_lines.append(tmp_path, DIGESTS, lines[1:])
    assert wisp_lines.read(tmp_path, DIGESTS, Patrol) == lines
    wisp_lines.keep(tmp_path, DIGESTS, Patrol, lines[1:])
    assert path.read_text(encoding="utf-8").splitlines() == [
        '{"id": "hal', '{"id":"gt-wisp-b","role":"deacon","ended":"2026-11-20T08:00:00Z"}',
    ]  # fmt: skip

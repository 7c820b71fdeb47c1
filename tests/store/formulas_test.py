from __future__ import annotations

import os
from pathlib import Path

import pytest

from gtlib.errors import UserError
from gtlib.model.formula import blob_hash
from gtlib.store.formulas import by_hash
from gtlib.store.formulas import find
from gtlib.store.formulas import list_all


def text_of(name: str, title: str = "A") -> str:
    return f'formula = "{name}"\n[[steps]]\nid = "a"\ntitle = "{title}"\n'


def json_of(name: str, title: str = "A") -> str:
    return f'{{"formula": "{name}", "steps": [{{"id": "a", "title": "{title}"}}]}}'


def write(root: Path, path: str, text: str) -> Path:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


@pytest.fixture
def town(tmp_path: Path) -> Path:
    root = tmp_path / "town"
    write(root, "town.yaml", "name: t\n")
    write(root, "web/rig.yaml", "name: web\n")
    return root


def refusal(town: Path, name: str, rig: str | None = None) -> str:
    with pytest.raises(UserError) as caught:
        find(town, rig, name)
    return str(caught.value)


def test_the_first_place_that_has_it_wins(town: Path) -> None:
    assert find(town, "web", "release").origin == "built-in"
    places = [
        (".beads/formulas/release.formula.json", json_of("release"), "town"),
        (".beads/formulas/release.formula.toml", text_of("release"), "town"),
        ("formulas/release.formula.json", json_of("release"), "town"),
        ("formulas/release.formula.toml", text_of("release"), "town"),
        ("web/formulas/release.formula.json", json_of("release"), "rig"),
        ("web/formulas/release.formula.toml", text_of("release"), "rig"),
    ]
    for path, text, origin in places:
        write(town, path, text)
        found = find(town, "web", "release")
        assert (found.path, found.origin) == (path, origin)
    assert find(town, None, "release").path == "formulas/release.formula.toml"


def test_an_unknown_name_names_the_nearest(town: Path) -> None:
    assert refusal(town, "relaese") == 'there is no formula "relaese"; did you mean release?'
    assert refusal(town, "zzz") == 'there is no formula "zzz"; see them all with: bd formula list'
    assert refusal(town, "..") == 'there is no formula ".."; see them all with: bd formula list'
    assert refusal(town, "") == 'there is no formula ""; see them all with: bd formula list'


def test_a_bad_file_is_named_and_not_passed_over(town: Path) -> None:
    write(town, "formulas/release.formula.toml", 'formula = "release"\n')
    said = "formulas/release.formula.toml:1: the formula has no steps; add [[steps]] with an id and a title"
    assert refusal(town, "release") == said


def test_a_file_of_the_town_may_be_named_by_path(town: Path) -> None:
    write(town, "web/crew/ada/.beads/formulas/try.formula.toml", text_of("try"))
    for given, cwd in (
        ("web/crew/ada/.beads/formulas/try.formula.toml", None),
        (str(town / "web/crew/ada/.beads/formulas/try.formula.toml"), None),
        ("../ada/.beads/formulas/try.formula.toml", town / "web/crew/ada"),
    ):
        found = find(town, None, given, cwd=cwd)
        assert found.path == "web/crew/ada/.beads/formulas/try.formula.toml"
        assert found.origin == "path"


def test_paths_that_are_refused(town: Path, tmp_path: Path) -> None:
    write(tmp_path, "out.formula.toml", text_of("out"))
    write(town, "notes.txt", "")
    assert refusal(town, "../out.formula.toml") == (
        f"../out.formula.toml is outside the town; copy it to {town}/formulas"
    )
    assert refusal(town, "./notes.txt") == (
        "./notes.txt is no formula file; name a .formula.toml or .formula.json file"
    )
    assert refusal(town, "no.toml") == "there is no file no.toml; see all formulas with: bd formula list"


def test_links_out_of_the_town_are_not_followed(town: Path, tmp_path: Path) -> None:
    out = write(tmp_path, "out.formula.toml", text_of("out"))
    (town / "formulas").mkdir()
    (town / "formulas/out.formula.toml").symlink_to(out)
    said = "formulas/out.formula.toml leads out of the town; put the file itself there instead of a link"
    assert refusal(town, "out") == said
    (town / "web/formulas").symlink_to(tmp_path)
    said = "web/formulas/out.formula.toml leads out of the town; put the file itself there instead of a link"
    assert refusal(town, "out", "web") == said


def test_links_within_the_town_are_followed(town: Path) -> None:
    write(town, "shared/one.toml", text_of("one"))
    (town / "formulas").mkdir()
    (town / "formulas/one.formula.toml").symlink_to("../shared/one.toml")
    assert find(town, None, "one").name == "one"


def test_what_is_no_readable_text_is_refused(town: Path) -> None:
    (town / "formulas/dir.formula.toml").mkdir(parents=True)
    os.mkfifo(town / "formulas/pipe.formula.toml")
    (town / "formulas/latin.formula.toml").write_bytes(b"# caf\xe9\n")
    with (town / "formulas/large.formula.toml").open("wb") as file:
        file.truncate(4 * 1024 * 1024 + 1)
    assert refusal(town, "dir") == "formulas/dir.formula.toml is not a file; put the formula itself there"
    assert refusal(town, "pipe") == "formulas/pipe.formula.toml is not a file; put the formula itself there"
    assert refusal(town, "latin") == "formulas/latin.formula.toml is not UTF-8 (byte 5); save it as UTF-8"
    assert refusal(town, "large") == "formulas/large.formula.toml is larger than 4 MiB; split the formula"


def test_the_list_shows_what_shadows_what_and_what_is_bad(town: Path) -> None:
    write(town, "web/formulas/release.formula.toml", text_of("release"))
    write(town, "formulas/bad.formula.toml", "formula =\n")
    write(town, "formulas/good.formula.toml", text_of("good"))
    write(town, "formulas/good.formula.json", json_of("good"))
    write(town, "formulas/README.md", "not a formula")
    ours = ("bad", "good", "polecat-work", "release")
    listed = [
        (e.name, e.origin, e.path, e.shadowed, e.error) for e in list_all(town, "web") if e.name in ours
    ]
    assert listed == [
        (
            "bad",
            "town",
            "formulas/bad.formula.toml",
            False,
            "formulas/bad.formula.toml:1: not TOML: Invalid value; mend the line",
        ),
        ("good", "town", "formulas/good.formula.toml", False, ""),
        ("good", "town", "formulas/good.formula.json", True, ""),
        ("polecat-work", "built-in", "built-in:polecat-work.formula.toml", False, ""),
        ("release", "rig", "web/formulas/release.formula.toml", False, ""),
        ("release", "built-in", "built-in:release.formula.toml", True, ""),
    ]
    assert [entry.name for entry in list_all(town, "web") if entry.formula is None] == ["bad"]
    assert [entry.name for entry in list_all(town)].count("release") == 1


def test_the_text_that_was_poured_is_found_again(town: Path) -> None:
    old, new = text_of("ship", "Old"), text_of("ship", "New")
    write(town, "web/formulas/ship.formula.toml", old)
    write(town, "formulas/ship.formula.toml", new)
    write(town, "formulas/a-bad-one.formula.toml", "formula =\n")
    (town / "formulas/latin.formula.toml").write_bytes(b"\xe9")
    assert by_hash(town, "ship", blob_hash(old)).path == "web/formulas/ship.formula.toml"
    assert by_hash(town, "ship", blob_hash(new)).path == "formulas/ship.formula.toml"
    (town / "formulas/ship.formula.toml").rename(town / "formulas/boat.formula.toml")
    assert by_hash(town, "ship", blob_hash(new)).path == "formulas/boat.formula.toml"


def test_a_text_that_is_no_file_any_more_comes_out_of_git(town: Path) -> None:
    toml, json = text_of("ship"), json_of("ship")
    blobs = {blob_hash(toml): toml.encode(), blob_hash(json): json.encode()}
    for text, path in ((toml, "ship.formula.toml"), (json, "ship.formula.json")):
        found = by_hash(town, "ship", blob_hash(text), blobs.get)
        assert (found.path, found.origin, found.hash) == (path, "history", blob_hash(text))


def test_a_built_in_text_stays_built_in_when_the_town_has_a_copy(town: Path) -> None:
    release = find(town, None, "release")
    built_in = next(entry for entry in list_all(town) if entry.name == "release")
    assert built_in.formula == release
    path = Path(__file__).parents[2] / "formulas" / "release.formula.toml"
    write(town, "formulas/release.formula.toml", path.read_text(encoding="utf-8"))
    assert find(town, None, "release").origin == "town"
    assert by_hash(town, "release", release.hash).origin == "built-in"


@pytest.mark.parametrize("data", [None, b"", b"something else"])
def test_a_formula_that_has_changed_is_said_to_have(town: Path, data: bytes | None) -> None:
    write(town, "formulas/ship.formula.toml", text_of("ship"))
    with pytest.raises(UserError) as caught:
        by_hash(town, "ship", "a" * 40, lambda wanted: data)
    assert str(caught.value) == (
        "formula ship has changed since the molecule was poured from aaaaaaaaaaaa; "
        "do the steps that are left by hand and tick them, or pour the formula again"
    )

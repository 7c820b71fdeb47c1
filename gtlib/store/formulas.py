"""Where formulas are kept: a rig's own, the town's, and the built-in ones.

Folders that somebody names come before all of them. The first place that has a formula of a name
shadows the rest. Files are read as they lie in the checkout; a molecule names the text it was
poured from by git blob id, and `by_hash` finds that text again, in git's history when the file
has moved on.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from pathlib import PurePosixPath

from msgspec import Struct

from gtlib import layout
from gtlib.errors import NoFormula
from gtlib.errors import UserError
from gtlib.model.formula import FORMULA_NAME
from gtlib.model.formula import NAME_HINT
from gtlib.model.formula import Formula
from gtlib.model.formula import blob_hash
from gtlib.model.formula import parse
from gtlib.model.formula_overlay import parse_overlay
from gtlib.model.formula_parts import Overlay
from gtlib.model.formula_source import did_you_mean

SUFFIXES = (".formula.toml", ".formula.json")
OVERLAYS = "formula-overlays"
MAX_BYTES = 4 * 1024 * 1024


class Listed(Struct, frozen=True, kw_only=True):
    """One formula file. `formula` is None and `error` says why when it cannot be read."""

    name: str
    origin: str
    path: str
    formula: Formula | None = None
    error: str = ""
    shadowed: bool = False


class _Place(Struct, frozen=True):
    origin: str
    folder: Path
    shown: str
    within: Path


def find(
    town_root: Path,
    rig: str | None,
    name_or_path: str,
    *,
    cwd: Path | None = None,
    more: Sequence[Path] = (),
) -> Formula:
    """The formula with that name, or in that file of the town (relative to `cwd`, else to the town).

    `more` are folders, anywhere, that are looked in first. Raises FileError when the file is bad, UserError
    when there is none or it is not in the town.
    """
    if is_path(name_or_path):
        return _at_path(town_root, name_or_path, cwd or town_root)
    for place in _places(town_root, [rig] if rig else [], more):
        for suffix in SUFFIXES:
            path = place.folder / (name_or_path + suffix)
            if FORMULA_NAME.fullmatch(name_or_path) and (path.is_symlink() or path.exists()):
                return _load(place, path)
    known = {entry.name for entry in list_all(town_root, rig, more)}
    what = f'there is no formula "{name_or_path}"'
    if name_or_path in known:
        raise NoFormula(what, f"its file has a name that is none: {NAME_HINT}; rename it")
    raise NoFormula(what, did_you_mean(name_or_path, sorted(known), "see them all with: bd formula list"))


def is_path(text: str) -> bool:
    """Whether a file is meant rather than the name of a formula."""
    return "/" in text or text.endswith((".toml", ".json"))


def overlay(town_root: Path, rig: str | None, name: str) -> Overlay | None:
    """What the rig, else the town, changes in the formula of that name. FileError when that file is bad."""
    for owner in (rig, None) if rig else (None,):
        shown = f"{owner}/{OVERLAYS}/" if owner else f"{OVERLAYS}/"
        place = _Place("overlay", town_root / shown, shown, town_root)
        path = place.folder / f"{name}.toml"
        if FORMULA_NAME.fullmatch(name) and (path.is_symlink() or path.exists()):
            return parse_overlay(f"{shown}{path.name}", _read(place, path))
    return None


def overlays(town_root: Path, rig: str | None = None) -> list[tuple[str, str, str]]:
    """(name, origin, path) of each overlay, the rig's before the town's that it takes the place of."""
    found = []
    for origin, shown in ([("rig", f"{rig}/{OVERLAYS}")] if rig else []) + [("town", OVERLAYS)]:
        folder = town_root / shown
        for path in sorted(folder.glob("*.toml")) if folder.is_dir() else ():
            found.append((path.stem, origin, f"{shown}/{path.name}"))
    return sorted(found, key=lambda each: each[0])


def list_all(town_root: Path, rig: str | None = None, more: Sequence[Path] = ()) -> list[Listed]:
    """Every formula by name, what shadows before what is shadowed; unreadable ones with their error."""
    listed: list[Listed] = []
    seen: set[str] = set()
    for place in _places(town_root, [rig] if rig else [], more):
        for path in _files(place):
            name = _stem(path)
            formula, error = None, ""
            try:
                formula = _load(place, path)
            except UserError as refused:
                error = str(refused)
            listed.append(
                Listed(
                    name=name,
                    origin=place.origin,
                    path=f"{place.shown}{path.name}",
                    formula=formula,
                    error=error,
                    shadowed=name in seen,
                )
            )
            seen.add(name)
    return sorted(listed, key=lambda entry: entry.name)


def by_hash(
    town_root: Path,
    name: str,
    wanted: str,
    blob: Callable[[str], bytes | None] | None = None,
) -> Formula:
    """The formula whose text has the git blob id `wanted`: a file of today, else out of git by `blob`.

    UserError when the text is nowhere: the formula has changed since the molecule was poured.
    """
    places = [*_places(town_root, _rigs(town_root))]
    # Built-in first: what is the same text as a built-in formula is trusted as one.
    for place in sorted(places, key=lambda place: place.origin != "built-in"):
        for path in sorted(_files(place), key=lambda path: _stem(path) != name):
            if _hash_of(place, path) == wanted:
                return _load(place, path)
    text = ((blob(wanted) if blob else None) or b"").decode("utf-8", "replace")
    if text and blob_hash(text) == wanted:
        suffix = SUFFIXES[1] if text.lstrip().startswith("{") else SUFFIXES[0]
        return parse(f"{name}{suffix}", text, "history")
    what = f"formula {name} has changed since the molecule was poured from {wanted[:12] or 'nothing'}"
    raise UserError(what, "do the steps that are left by hand and tick them, or pour the formula again")


def _places(town_root: Path, rigs: list[str], more: Sequence[Path] = ()) -> Iterator[_Place]:
    for folder in more:
        yield _Place("search path", folder, f"{folder}/", folder)
    for rig in rigs:
        for below in ("formulas", ".beads/formulas"):
            yield _Place("rig", town_root / rig / below, f"{rig}/{below}/", town_root)
    yield _Place("town", town_root / "formulas", "formulas/", town_root)
    yield _Place("town", town_root / ".beads" / "formulas", ".beads/formulas/", town_root)
    folder = layout.resource("formulas")
    yield _Place("built-in", folder, "built-in:", folder)


def _rigs(town_root: Path) -> list[str]:
    return sorted(path.parent.name for path in town_root.glob("*/rig.yaml"))


def _files(place: _Place) -> list[Path]:
    """The formula files of a place, TOML before JSON of the same name."""
    if not place.folder.is_dir():
        return []
    found = [path for path in place.folder.iterdir() if path.name.endswith(SUFFIXES)]
    return sorted(found, key=lambda path: (_stem(path), path.suffix != ".toml"))


def _stem(path: Path) -> str:
    return path.name[: -len(SUFFIXES[0])]


def _at_path(town_root: Path, given: str, base: Path) -> Formula:
    path = base / given
    if not path.name.endswith((".toml", ".json")):
        raise UserError(f"{given} is no formula file", "name a .formula.toml or .formula.json file")
    if not (path.is_symlink() or path.exists()):
        raise UserError(f"there is no file {given}", "see all formulas with: bd formula list")
    if not path.resolve().is_relative_to(town_root.resolve()):
        raise UserError(f"{given} is outside the town", f"copy it to {town_root / 'formulas'}")
    shown = path.resolve().relative_to(town_root.resolve()).as_posix()
    folder = shown.rpartition("/")[0]
    place = _Place("path", town_root, f"{folder}/" if folder else "", town_root)
    return _load(place, town_root / shown)


def _load(place: _Place, path: Path) -> Formula:
    text = _read(place, path)
    return parse(f"{place.shown}{path.name}", text, place.origin, partial(_beside, place, path.parent))


def _beside(place: _Place, folder: Path, name: str) -> str:
    """The text of a file that a formula names, which lies in its folder or below. UserError else."""
    parts = PurePosixPath(name)
    if parts.is_absolute() or ".." in parts.parts or not (folder / name).is_file():
        raise UserError(f"there is no file {name} beside the formula", "write a path from its folder")
    return _read(_Place(place.origin, folder, place.shown, folder), folder / name)


def _hash_of(place: _Place, path: Path) -> str:
    """The blob id of a file, "" when it cannot be read: `list_all` says why."""
    try:
        return blob_hash(_read(place, path))
    except UserError:
        return ""


def _read(place: _Place, path: Path) -> str:
    shown = f"{place.shown}{path.name}"
    if not path.resolve().is_relative_to(place.within.resolve()):
        raise UserError(f"{shown} leads out of the town", "put the file itself there instead of a link")
    # Anything else than a file could block for ever when it is opened.
    if not path.is_file():
        raise UserError(f"{shown} is not a file", "put the formula itself there")
    if path.stat().st_size > MAX_BYTES:
        raise UserError(f"{shown} is larger than {MAX_BYTES >> 20} MiB", "split the formula")
    try:
        return path.read_bytes().decode("utf-8")
    except OSError as error:
        raise UserError(f"cannot read {shown}: {error.strerror}", "mend its permissions") from None
    except UnicodeDecodeError as error:
        raise UserError(f"{shown} is not UTF-8 (byte {error.start})", "save it as UTF-8") from None

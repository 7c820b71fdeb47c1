"""Names for new polecats: the themes that there are, and which one a rig has."""

from __future__ import annotations

from collections.abc import Container
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from gtlib import names
from gtlib.errors import UserError
from gtlib.model.settings import Namepool
from gtlib.model.settings import rig_settings
from gtlib.model.settings import town_settings
from gtlib.model.snapshot import Snapshot

MOST: Final = 2000

THEMES: Final[Mapping[str, tuple[str, ...]]] = {
    "mad-max": (
        "toast", "nux", "slit", "capable", "dag", "cheedo", "ace", "morsov", "keeper", "valkyrie",
        "furiosa", "rictus", "organic", "splendid", "imperator", "glory", "fender", "gasket", "piston",
        "rivet", "copper", "chrome", "rust", "diesel", "ember", "flint", "cinder", "soot", "anvil",
        "bellows", "hammer", "tongs", "wrench", "spanner", "ratchet", "sprocket", "pinion", "clutch",
        "throttle", "choke", "nitro", "turbo", "chassis", "gearbox", "gauge", "fury", "torque", "axle",
        "radial", "exhaust",
    ),
    "minerals": (
        "agate", "alum", "amber", "apatite", "azurite", "barite", "beryl", "borax", "calcite", "celestine",
        "chalk", "citrine", "cobalt", "coral", "corundum", "cuprite", "diamond", "dolomite", "emerald",
        "epidote", "feldspar", "fluorite", "galena", "garnet", "gneiss", "granite", "graphite", "gypsum",
        "halite", "jade", "jasper", "kyanite", "lapis", "magnetite", "malachite", "marble", "mica",
        "obsidian", "olivine", "onyx", "opal", "peridot", "pumice", "pyrite", "quartz", "ruby", "sapphire",
        "slate", "topaz", "zircon",
    ),
    "wasteland": (
        "ashfall", "badger", "bandit", "barrow", "bramble", "brine", "buzzard", "cactus", "cairn", "canyon",
        "cinch", "coyote", "crater", "dingo", "drifter", "dune", "dusty", "echo", "fallow", "gecko",
        "ghost", "gulch", "haze", "hermit", "jackal", "jerky", "lantern", "locust", "mesa", "mirage",
        "nomad", "oasis", "outrider", "patch", "pilgrim", "ranger", "raven", "relic", "rover", "sagebrush",
        "salvage", "scavver", "scorpion", "scrap", "sirocco", "static", "thistle", "tinker", "tumbleweed",
        "vagrant",
    ),
}  # fmt: skip
DOGS: Final = ("alpha", "bravo", "charlie", "delta")


class Pool(Struct, frozen=True):
    """A rig's names in the order in which they are given; `theme` and who chose it (settings, use, hash)."""

    theme: str
    source: str
    names: tuple[str, ...]


def themes_of(snapshot: Snapshot) -> dict[str, tuple[str, ...]]:
    """Every theme: the built-in ones, then the town's own. FileError for settings that can't be read."""
    return {**THEMES, **town_settings(snapshot).namepool.themes}


def pool_of(snapshot: Snapshot, rig: str) -> Pool:
    """The names that new polecats of a rig get.

    By the settings of rig or town; else the theme that most of its polecats have their names from, so that it
    stays; else by the rig's name, avoiding what other rigs have. UserError for a theme that there is not.
    """
    themes = themes_of(snapshot)
    said = _said(snapshot, rig)
    theme = said.style
    source = "settings"
    if theme and theme not in themes:
        raise UserError(f"there is no theme {theme!r} of names", f"one of {', '.join(themes)}")
    if not theme:
        theme, source = _own_theme(snapshot, rig)
    found = (*dict.fromkeys((*said.names, *themes[theme])),)
    limit = said.max_before_numbering
    return Pool(theme, source, found if limit == Namepool().max_before_numbering else found[:limit])


def check_name(text: str) -> str:
    """A name that a polecat may have. UserError when it is none, or not in small letters."""
    name = names.agent_name(text)
    if name != name.lower():
        raise UserError(f"{text!r} has capital letters", f"write {text.lower()}")
    return name


def next_name(taken: Container[str], pool: Sequence[str]) -> str:
    """The first name of the pool that is neither taken nor reserved, numbered from 2 when all are."""
    turn = 1
    while True:
        for name in pool:
            found = name if turn == 1 else f"{name}{turn}"
            if found not in taken and found not in names.RESERVED:
                return found
        turn += 1


def _said(snapshot: Snapshot, rig: str) -> Namepool:
    own = rig_settings(snapshot, rig)
    if own is not None and (own.namepool.style or own.namepool.names):
        return own.namepool
    return town_settings(snapshot).namepool


def _used(snapshot: Snapshot, rig: str) -> str:
    """The theme that most polecats of the rig have their names from; empty when none has one."""
    folder = f"agents/{rig}/polecats/"
    there = [path.removeprefix(folder).removesuffix(".md") for path in snapshot.paths(folder)]
    counts = {theme: sum(name in known for name in there) for theme, known in THEMES.items()}
    theme = max(counts, key=lambda each: counts[each])
    return theme if counts[theme] else ""


def _own_theme(snapshot: Snapshot, rig: str) -> tuple[str, str]:
    """The theme of a rig whose settings name none, and why: those that were added before it come first."""
    given: dict[str, tuple[str, str]] = {}
    for each in sorted(snapshot.rigs(), key=lambda one: (one.created, one.name)):
        said, used = _said(snapshot, each.name).style, _used(snapshot, each.name)
        free = [theme for theme in THEMES if theme not in {taken for taken, _ in given.values()}]
        if said or used:
            given[each.name] = (said, "settings") if said else (used, "use")
        else:
            given[each.name] = (_by_name(each.name, free or [*THEMES]), "hash")
    return given.get(rig) or (_by_name(rig, [*THEMES]), "hash")


def _by_name(rig: str, themes: Sequence[str]) -> str:
    from hashlib import sha256  # it loads OpenSSL, 3 ms, which who makes no polecat need not pay

    return themes[int(sha256(rig.encode()).hexdigest(), 16) % len(themes)]

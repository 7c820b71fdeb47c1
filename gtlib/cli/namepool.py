"""`gt namepool ...`: where new polecats get their names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gtlib import output
from gtlib.actions.where import rig_named
from gtlib.cli.command import command
from gtlib.cli.options import Here
from gtlib.cli.options import here
from gtlib.cli.options import text_from
from gtlib.errors import UsageError
from gtlib.errors import UserError
from gtlib.model.settings import rig_settings
from gtlib.rules.namepool import THEMES
from gtlib.rules.namepool import next_name
from gtlib.rules.namepool import pool_of
from gtlib.rules.namepool import themes_of

if TYPE_CHECKING:
    from gtlib.actions.config_edit import Changed

RIG = "in which project (default: the one you stand in, or the only one)"
WHY = {
    "settings": "as its settings say",
    "use": "as its polecats are called",
    "hash": "by its name",
}


@command(
    "namepool",
    "namepool show",
    short={"list": "l"},
    help={"list": "every name, and which are taken", "rig": RIG},
    example="gt namepool --list --rig myproject",
)
def show(*, list: bool = False, rig: str = "", json: bool = False) -> None:
    """Show what new polecats of a project are called."""
    where = here()
    snapshot = where.snapshot()
    name = _rig(where, rig)
    pool = pool_of(snapshot, name)
    used = {path.rpartition("/")[2][:-3] for path in snapshot.paths(f"agents/{name}/")}
    own = rig_settings(snapshot, name)
    custom = own.namepool.names if own is not None else ()
    following = next_name(used, pool.names)
    if json:
        output.json_out(
            {
                "rig": name,
                "theme": pool.theme,
                "source": pool.source,
                "names": pool.names,
                "custom": custom,
                "used": [each for each in pool.names if each in used],
                "next": following,
            }
        )
        return
    output.line(f"{name}: theme {pool.theme}, {WHY[pool.source]}")
    taken = sum(each in used for each in pool.names)
    output.line(f"{taken} of {output.count(len(pool.names), 'name')} taken, the next one is {following}")
    if custom:
        output.line(f"own: {', '.join(custom)}")
    if list:
        for each in pool.names:
            output.line(f"  {each}" + (" (taken)" if each in used else ""))
    output.next_steps(["gt namepool themes", f"gt namepool set THEME --rig {name}"])


@command(
    "namepool themes",
    help={"theme": "show its names (default: every theme)"},
    example="gt namepool themes minerals",
)
def themes(theme: str = "", *, json: bool = False) -> None:
    """List the themes that there are, or the names of one."""
    found = themes_of(here().snapshot())
    if theme and theme not in found:
        raise UserError(f"there is no theme {theme!r} of names", f"one of {', '.join(found)}")
    if json:
        chosen = {theme: found[theme]} if theme else found
        output.json_out(
            [{"theme": each, "own": each not in THEMES, "names": names} for each, names in chosen.items()]
        )
        return
    if theme:
        output.line(f"{theme}: {', '.join(found[theme])}")
    else:
        rows = [(each, len(names), ", ".join(names[:5])) for each, names in found.items()]
        output.table(("theme", "names", "as"), rows)
    output.next_steps(["gt namepool set THEME --rig RIG"])


@command("namepool set", help={"theme": "its name", "rig": RIG}, example="gt namepool set minerals")
def set_(theme: str, *, rig: str = "", json: bool = False) -> None:
    """Call new polecats of a project by a theme."""
    from gtlib.actions import namepool  # libgit2, which only changes need
    from gtlib.store.town import Town

    where = here()
    name = _rig(where, rig)
    _told(namepool.set_theme(Town.open(where.root), name, theme, where.actor), name, json)


@command("namepool add", help={"name": "in small letters", "rig": RIG}, example="gt namepool add rosie")
def add(name: str, *, rig: str = "", json: bool = False) -> None:
    """Add a name for polecats of a project; it comes before those of the theme."""
    from gtlib.actions import namepool  # libgit2, which only changes need
    from gtlib.store.town import Town

    where = here()
    project = _rig(where, rig)
    _told(namepool.add_name(Town.open(where.root), project, name, where.actor), project, json)


@command(
    "namepool create",
    help={"theme": "its name", "names": "in small letters", "from_file": "a file with one name a line"},
    example="gt namepool create birds wren robin heron",
)
def create(theme: str, *names: str, from_file: str = "", json: bool = False) -> None:
    """Make a theme of the town's own."""
    from gtlib.actions import namepool  # libgit2, which only changes need
    from gtlib.store.town import Town

    if names and from_file:
        raise UsageError("names and a file of names are given", "give one of them")
    read = (text_from("--from-file", None, from_file) or "").split("\n")
    given = names or tuple(line.strip() for line in read if line.strip() and not line.startswith("#"))
    where = here()
    _told(namepool.create_theme(Town.open(where.root), theme, given, where.actor), "", json)


@command("namepool delete", help={"theme": "one of the town's own"}, example="gt namepool delete birds")
def delete(theme: str, *, json: bool = False) -> None:
    """Take a theme of the town's own away."""
    from gtlib.actions import namepool  # libgit2, which only changes need
    from gtlib.store.town import Town

    where = here()
    _told(namepool.delete_theme(Town.open(where.root), theme, where.actor), "", json)


@command("namepool reset", help={"rig": RIG}, example="gt namepool reset --rig myproject")
def reset(*, rig: str = "", json: bool = False) -> None:
    """Choose the names of a project as at first, without names of its own."""
    from gtlib.actions import namepool  # libgit2, which only changes need
    from gtlib.store.town import Town

    where = here()
    name = _rig(where, rig)
    _told(namepool.reset(Town.open(where.root), name, where.actor), name, json)


def _rig(where: Here, rig: str) -> str:
    return rig_named(where.snapshot(), where.root, where.cwd, rig, "--rig").name


def _told(changed: Changed, rig: str, json: bool) -> None:
    if json:
        output.json_out(changed)
        return
    for line in changed.warnings:
        output.progress(line)
    output.line(f"{changed.path} says so" + ("" if changed.commit else " already"))
    output.next_steps([f"gt namepool --rig {rig}" if rig else "gt namepool themes"])

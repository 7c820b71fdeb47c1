"""What commands share: where one stands, who asks, whose items are meant, and how an age is said."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from gtlib import clock
from gtlib import names
from gtlib import output
from gtlib.actions.who import speaker
from gtlib.errors import UsageError
from gtlib.errors import UserError
from gtlib.model.snapshot import Snapshot
from gtlib.names import TOWN_PREFIX
from gtlib.names import Address
from gtlib.rules.base import OVERSEER
from gtlib.rules.base import instant
from gtlib.rules.post import unread
from gtlib.rules.target import find_rig
from gtlib.store.reading import read
from gtlib.store.roots import find_root

if TYPE_CHECKING:  # it loads libgit2, which commands that only read need not
    from gtlib.store.town import Town


class Here(Struct, frozen=True):
    """The town around the working folder, who speaks, and (or "") the rig folder and the agent's
    worktree that one stands in.
    """

    root: Path
    cwd: Path
    actor: Address
    folder: str
    agent: str

    def snapshot(self, at: str | None = None) -> Snapshot:
        """The town as it is, for commands that only read; or as it was at that commit or time.

        UserError for what is neither.
        """
        if at is None:
            return read(self.root)
        from gtlib.actions.look_back import snapshot_at  # libgit2, which only a look back needs

        return snapshot_at(self.root, at, clock.now())


def here() -> Here:
    """Where this command was started. UserError outside a town."""
    cwd = Path.cwd()
    root = find_root(cwd)
    real_root, real_cwd = root.resolve(), cwd.resolve()
    parts = real_cwd.relative_to(real_root).parts if real_cwd.is_relative_to(real_root) else ()
    in_rig = bool(parts) and parts[0] not in names.RESERVED and not parts[0].startswith(".")
    agent = "/".join(parts[:3]) if in_rig and len(parts) > 2 and parts[1] in ("crew", "polecats") else ""
    return Here(root, cwd, speaker(root, cwd, os.environ), parts[0] if in_rig else "", agent)


def rig_here(where: Here, snapshot: Snapshot, rig: str = "") -> str:
    """The rig that `--rig` names, else the one whose folder one stands in; "" for the town itself.

    UserError for an unknown rig.
    """
    if rig:
        return "" if rig == TOWN_PREFIX else find_rig(snapshot, rig).name
    return where.folder if where.folder and snapshot.rig(where.folder) else ""


def prefix_here(where: Here, snapshot: Snapshot, rig: str = "") -> str:
    """What the ids of new items begin with: the rig's prefix, else that of the town."""
    found = snapshot.rig(rig_here(where, snapshot, rig))
    return found.prefix if found else TOWN_PREFIX


def scope(where: Here, snapshot: Snapshot, rig: str, all_rigs: bool) -> str | None:
    """The prefix of what a list shows; None shows the whole town. UsageError for both flags."""
    if rig and all_rigs:
        raise UsageError("--rig and --all-rigs contradict each other", "give one of them")
    if all_rigs or not (rig or rig_here(where, snapshot)):
        return None
    return prefix_here(where, snapshot, rig)


def limited(limit: int) -> int | None:
    """How many rows `--limit` means: 0 is all of them. UsageError for a negative number."""
    if limit < 0:
        raise UsageError(f"--limit {limit} is negative", "0 shows all")
    return limit or None


def choice(flag: str, value: str, known: Iterable[str]) -> str:
    """`value` when it is one of the known words. UsageError, naming the nearest, when it is not."""
    words = tuple(known)
    if value in words:
        return value
    near = get_close_matches(value, words, n=1, cutoff=0.5)
    raise UsageError(
        f"{flag} {value!r} is unknown", f"did you mean {near[0]}?" if near else f"one of: {', '.join(words)}"
    )


def need_ids(ids: tuple[str, ...], example: str) -> None:
    """UsageError when a command that is about several things was given none."""
    if not ids:
        raise UsageError("no id is given", f"name one or more: {example}")


def age(stamp: str) -> str:
    """How long ago a stamp was, in its largest unit: `now`, `5m`, `3h`, `2d`, `6w`, `2y`; "" for none."""
    start = instant(stamp) if stamp else None
    if start is None:
        return ""
    seconds = (clock.now() - start).total_seconds()
    ahead, seconds = ("in " if seconds < -59 else ""), abs(seconds)
    for size, unit in ((31_557_600, "y"), (604_800, "w"), (86_400, "d"), (3_600, "h"), (60, "m")):
        if seconds >= size and not (unit == "w" and seconds < 2 * size):
            return f"{ahead}{int(seconds // size)}{unit}"
    return "now"


def ago(stamp: str) -> str:
    """An age in a sentence: `3h ago`, `now`."""
    said = age(stamp)
    return said if said in ("", "now") or said.startswith("in ") else f"{said} ago"


def short(address: str) -> str:
    """An address as tables show it: `proj/toast` for proj/polecats/toast."""
    parts = address.split("/")
    return f"{parts[0]}/{parts[2]}" if len(parts) == 3 else address


def text_from(flag: str, value: str | None, file: str) -> str | None:
    """A long text: the flag's value, or the file's content (`-` is standard input); None for neither.

    UsageError when both are given, UserError for a file that can't be read.
    """
    if not file:
        return value
    if value is not None:
        raise UsageError(f"{flag} and a file for it are given", "give one of them")
    try:
        data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        # a file's last line end is not part of what it says
        return data.decode("utf-8").replace("\r\n", "\n").rstrip("\n")
    except OSError as problem:
        raise UserError(f"{file}: {problem.strerror}", "name a file that can be read") from None
    except UnicodeDecodeError as problem:
        name = "standard input" if file == "-" else file
        raise UserError(f"{name} is not UTF-8 (byte {problem.start})", "save it as UTF-8") from None


def tell(town: Town) -> None:
    """Say on stderr what an action left for the person to know: text of theirs that was in the way."""
    for note in dict.fromkeys(town.notes):
        output.progress(note)


def mention_mail(where: Here, snapshot: Snapshot) -> None:
    """On a terminal, tell the overseer of unread mail: one line on stderr. Only file names are looked at."""
    if where.actor != OVERSEER or not sys.stderr.isatty():
        return
    number = unread(snapshot, OVERSEER)
    if number:
        output.progress(f"{output.count(number, 'message')} for you: gt mail inbox")

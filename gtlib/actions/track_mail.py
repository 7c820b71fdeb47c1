"""What became of a message, with the times that the town's history knows."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from gtlib.model.message import Message
from gtlib.model.snapshot import Snapshot
from gtlib.rules.mail_find import Delivery
from gtlib.rules.mail_find import track
from gtlib.system import git


def track_mail(root: Path, snapshot: Snapshot, text: str, actor: str) -> tuple[Message, tuple[Delivery, ...]]:
    """The message and each copy: `when` is the time of the commit that moved it to where it is.

    UserError for a message that the actor neither sent nor has.
    """
    message, copies = track(snapshot, text, actor)
    return message, tuple(replace(each, when=_moved(root, snapshot, each.path)) for each in copies)


def _moved(root: Path, snapshot: Snapshot, path: str) -> str:
    if not path:
        return ""
    argv = [
        "log",
        "-1",
        "--no-renames",
        "--no-show-signature",
        "--format=%cd",
        "--date=format-local:%Y-%m-%dT%H:%M:%SZ",
    ]
    return git.run([*argv, snapshot.commit, "--", path], root, env={"TZ": "UTC"}).text

"""Memories: what every agent is told at its start, one file each."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

from msgspec.structs import replace

from gtlib import layout
from gtlib import names
from gtlib.errors import UserError
from gtlib.model.edit import Edit
from gtlib.model.memory import Memory
from gtlib.model.snapshot import Snapshot
from gtlib.rules.base import require_writable

SLUG_LIMIT = 60
Kept = Literal["remembered", "updated", "unchanged"]


def slug(text: str) -> str:
    """A key for a text: its first words in lower case, with dashes."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z0-9]+", plain)
    found = ""
    for word in words:
        if found and len(found) + 1 + len(word) > SLUG_LIMIT:
            break
        found = f"{found}-{word}" if found else word[:SLUG_LIMIT]
    if not found:
        raise UserError("no key can be made of the text", "give one: --key NAME")
    return found


def plan_remember(
    snapshot: Snapshot, text: str, key: str, actor: str, now: str
) -> tuple[tuple[str, Kept], Edit | None]:
    """Keep a text under a key ("": made of the text), in place of what is there. UserError for no text."""
    said = text.replace("\r\n", "\n").strip("\n")
    if not said.strip():
        raise UserError("there is nothing to remember", "write it behind: bd remember 'the text'")
    name = names.memory_key(key.strip() or slug(said))
    before = snapshot.memory(name)
    if before is not None and before.text == said:
        return (name, "unchanged"), None
    memory = (
        replace(before, text=said) if before else Memory(key=name, created=now, created_by=actor, text=said)
    )
    require_writable(snapshot, memory)
    edit = Edit(subject=f"remember: {name}", put=(memory,), actor=actor)
    return (name, "updated" if before else "remembered"), edit


def plan_forget(snapshot: Snapshot, key: str, actor: str) -> tuple[str, Edit]:
    """Remove what is kept under a key. UserError when there is nothing."""
    name = names.memory_key(key.strip())
    path = layout.path_of_memory(name)
    if not snapshot.exists(path):
        raise UserError(f"nothing is remembered as {name}", "see the keys with: bd memories")
    return name, Edit(subject=f"forget: {name}", removes=(path,), actor=actor)

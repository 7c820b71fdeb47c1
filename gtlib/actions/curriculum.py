"""What an agent has done, with what git knows of it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from msgspec.structs import replace

from gtlib import layout
from gtlib.model.languages import language
from gtlib.model.merge import MergeRequest
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.rules.base import require_agent
from gtlib.rules.cv import CV
from gtlib.rules.cv import cv
from gtlib.rules.cv import landed
from gtlib.store import history
from gtlib.store.rig import Rig

MOST = 200  # landed branches whose files are looked at


def curriculum(root: Path, snapshot: Snapshot, address: Address) -> CV:
    """What the agent has done, with what git knows of it. UserError for an unknown one; GitError."""
    agent = require_agent(snapshot, address)
    changes = history.of_file(root, layout.path_of_agent(address), "HEAD")
    config = snapshot.rig(agent.rig)
    files = _files(Rig(root, config), landed(snapshot, agent)[:MOST]) if config is not None else ()
    counted = Counter(found for name in files if (found := language(name)))
    return replace(
        cv(snapshot, agent),
        created=changes[-1].time if changes else "",
        languages=dict(sorted(counted.items(), key=lambda each: (-each[1], each[0]))),
    )


def _files(rig: Rig, requests: list[MergeRequest]) -> tuple[str, ...]:
    """The files that these branches changed, once for each branch; of commits that are still there."""
    pairs = [(each.source_commit, each.base) for each in requests if each.source_commit and each.base]
    if not pairs or not rig.exists():
        return ()
    # A commit that is gone is echoed as it was asked for, with no file below it.
    asked = "".join(f"{source} {base}\n" for source, base in pairs).encode()
    flags = ("diff-tree", "-r", "--stdin", "--name-only", "--no-commit-id", "-z", "--diff-filter=AM")
    out = rig.bare.git(*flags, input=asked, check=False).out
    known = {word for pair in pairs for word in pair}
    names = out.decode("utf-8", "replace").replace("\n", "\0").split("\0")
    return tuple(name for name in names if name and not set(name.split()) <= known)

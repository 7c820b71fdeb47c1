"""The rules of the town, in the order in which they look at it."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from gtlib.model import kinds
from gtlib.model.edit import Edit
from gtlib.model.snapshot import Snapshot
from gtlib.rules.advance import advance
from gtlib.rules.base import Changed
from gtlib.rules.convoy import close_convoys
from gtlib.rules.edits import merge_edits
from gtlib.rules.gate_rules import open_gates
from gtlib.rules.gate_rules import tell_waiters
from gtlib.rules.outbox import route
from gtlib.rules.reassert import reassert
from gtlib.rules.retain import retain
from gtlib.rules.roots import close_roots
from gtlib.rules.step_asked import close_asked
from gtlib.rules.trailer_claims import go_on

ROUNDS = 12


class Rule(Struct, frozen=True):
    """A level-triggered rule, and the folders whose change can make it ask for something.

    It is called with the snapshot, the time, and the paths that may have something new.
    """

    apply: Callable[[Snapshot, str, Changed], Edit | None]
    reads: tuple[str, ...]


RULES = (
    Rule(route, ("mail/outbox/",)),
    Rule(retain, ("mail/channels/", "mail/announces/")),
    Rule(open_gates, ("beads/", "molecules/", "mail/")),
    Rule(tell_waiters, ("beads/",)),
    Rule(advance, ("molecules/", "beads/")),
    Rule(reassert, ("agents/", "beads/", "merges/")),
    Rule(go_on, ("agents/", "beads/", "molecules/", "convoys/", "merges/", "escalations/")),
    Rule(close_asked, ("molecules/", "beads/", "escalations/")),
    Rule(close_roots, ("beads/",)),
    Rule(close_convoys, ("beads/", "convoys/")),
)


def run(snapshot: Snapshot, now: str, changed: Changed = None) -> Edit | None:
    """What the town should become, as one edit; None when it is at rest.

    `changed` are the paths that may have something new, None for all of them. Raises
    RuntimeError when the rules do not come to rest: two of them contradict each other.
    """
    edits: list[Edit] = []
    for _ in range(ROUNDS):
        asked: list[Edit] = []
        for rule in RULES:
            if not _concerns(rule, _with(changed, asked)):
                continue
            edit = rule.apply(snapshot, now, _with(changed, asked))
            if edit is not None:
                asked.append(edit)
                snapshot = snapshot.with_edit(edit)
        if not asked:
            return merge_edits(edits)
        edits += asked
        changed = frozenset(path for edit in asked for path in paths_of(edit))
    raise RuntimeError(f"the rules do not come to rest: {', '.join(edit.subject for edit in edits[-4:])}")


def with_rules(snapshot: Snapshot, edit: Edit | None, now: str) -> Edit | None:
    """`edit` and what the rules make of it, as one edit under the subject of `edit`."""
    if edit is None:
        return None
    after = run(snapshot.with_edit(edit), now, frozenset(paths_of(edit)))
    return edit if after is None else merge_edits([edit, after], subject=edit.subject)


def paths_of(edit: Edit) -> tuple[str, ...]:
    """Every path that an edit touches."""
    put = tuple(kinds.path_of(item) for item in edit.put)
    return (
        put + tuple(p for p, _ in edit.files) + tuple(p for pair in edit.moves for p in pair) + edit.removes
    )


def _with(changed: Changed, asked: list[Edit]) -> Changed:
    return None if changed is None else changed.union(path for edit in asked for path in paths_of(edit))


def _concerns(rule: Rule, changed: Changed) -> bool:
    return changed is None or any(path.startswith(rule.reads) for path in changed)

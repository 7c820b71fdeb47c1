"""Small random ledgers, and what is ready in them by a model that is slow and plain."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence

from hypothesis import strategies as st

from gtlib.model.bead import Bead
from gtlib.model.bead import Edge
from gtlib.model.config import TownConfig
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules.holding import Ledger
from gtlib.rules.ready import ready_of
from tests.support.world import bead
from tests.support.world import town

TOWN: TownConfig = town(statuses={"in_review": "active", "qa": "wip", "on_hold": "frozen", "dropped": "done"})
IDS = tuple(ItemId(f"pr-{letter}") for letter in "abcdef")
GONE = ItemId("pr-gone")
STATUSES = (
    "open", "open", "open", "open", "closed", "closed", "in_progress", "hooked", "blocked", "deferred",
    "pinned", "in_review", "on_hold", "dropped", "odd",
)  # fmt: skip
PAST, FUTURE = "2026-11-19T08:00:00Z", "2026-11-21"


@st.composite
def ledgers(draw: st.DrawFn) -> tuple[Bead, ...]:
    """Up to six beads with edges of every kind that may hold up, cycles and edges to nothing among them."""
    ids = IDS[: draw(st.integers(1, len(IDS)))]
    some = st.lists(st.sampled_from((*ids, *ids, GONE)), max_size=2, unique=True).map(tuple)
    return tuple(draw(_bead(id, ids, some)) for id in ids)


@st.composite
def _bead(
    draw: st.DrawFn, id: ItemId, ids: Sequence[ItemId], some: st.SearchStrategy[tuple[ItemId, ...]]
) -> Bead:
    rarely = st.sampled_from((False,) * 9 + (True,))
    waits_for = draw(some) if draw(rarely) or draw(rarely) else ()
    gate = draw(st.sampled_from(("", '{"gate":"any-children"}', '{"gate":"all-children"}', "{}", "not json")))
    return bead(
        id,
        status=draw(st.sampled_from(STATUSES)),
        priority=draw(st.integers(1, 2)),
        type=draw(st.sampled_from(("task",) * 6 + ("epic", "gate", "event"))),
        needs=draw(some) if draw(st.booleans()) else (),
        conditional_blocks=draw(some) if draw(rarely) or draw(rarely) else (),
        waits_for=waits_for,
        edges=tuple(Edge(to=to, type="waits-for", metadata=gate) for to in waits_for if gate),
        parent=draw(st.sampled_from((*ids, GONE))) if draw(st.booleans()) else "",
        defer=draw(st.sampled_from(("", "", "", PAST, FUTURE))),
        close_reason=draw(st.sampled_from(("", "done", "Aborted: no time", "won't fix"))),
        pinned=draw(rarely),
        template=draw(rarely),
        ephemeral=draw(rarely),
        created=draw(st.sampled_from(("2026-11-19T08:00:00Z", "2026-11-01T08:00:00Z", "2026-11-19T09:00:00+01:00"))),
    )  # fmt: skip


def model_blocked(beads: Sequence[Bead]) -> Mapping[str, bool]:
    """Whether each waits for something: directly, then downwards until nothing changes."""
    known = {each.id: each for each in beads}
    found = {each.id: _waits(each, known) for each in beads}
    for _ in beads:
        for each in beads:
            above = known.get(each.parent)
            if above is not None and above.id != each.id and not _is_over(above) and found[above.id]:
                found[each.id] = True
    return found


def model_ready(beads: Sequence[Bead]) -> list[str]:
    """The ids of what is ready, sorted."""
    waits = model_blocked(beads)
    known = {each.id: each for each in beads}
    found = [each for each in beads if _is_work(each, known.get(each.parent)) and not waits[each.id]]
    return sorted(each.id for each in found if not is_kept(each, known))


def is_kept(found: Bead, known: Mapping[ItemId, Bead]) -> bool:
    """Whether it is a template, or below one."""
    line = [found]
    while line[-1].parent in known and known[line[-1].parent] not in line:
        line.append(known[line[-1].parent])
    return any(each.template for each in line)


def _is_work(found: Bead, above: Bead | None) -> bool:
    asleep = found.defer == FUTURE or (found.status == "deferred" and not found.defer)
    hidden = above is not None and above.defer == FUTURE and not _is_over(above)
    kept = not (found.pinned or found.template or found.ephemeral or found.type in ("gate", "event"))
    return found.status in ("open", "in_review", "deferred") and kept and not asleep and not hidden


def _is_over(bead: Bead) -> bool:
    return bead.status in ("closed", "dropped", "pinned")


def _is_done(bead: Bead) -> bool:
    return bead.status in ("closed", "dropped")


def _waits(bead: Bead, known: Mapping[ItemId, Bead]) -> bool:
    for id in bead.needs:
        if id in known and not _is_over(known[id]):
            return True
    for id in bead.conditional_blocks:
        if id in known and not (_is_done(known[id]) and known[id].close_reason not in ("", "done")):
            return True
    for id in bead.waits_for:
        any_of = any(edge.to == id and "any-children" in edge.metadata for edge in bead.edges)
        children = [each for each in known.values() if each.parent == id and each.id != bead.id]
        children = [each for each in children if each.type != "event"]
        if not children:
            free = id not in known or _is_over(known[id])
        elif any_of:
            free = any(_is_done(each) for each in children)
        else:
            free = all(_is_over(each) for each in children)
        if not free:
            return True
    return False


def is_ready(snapshot: Snapshot, id: ItemId, now: str) -> bool:
    """Whether that bead can be taken up now."""
    found = snapshot.bead(id)
    return found is not None and bool(ready_of(Ledger(snapshot), [found], now))

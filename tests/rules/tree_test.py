from __future__ import annotations

from gtlib.model.bead import Bead
from gtlib.model.bead import Edge
from gtlib.names import ItemId
from gtlib.rules.holding import Ledger
from gtlib.rules.tree import MOST
from gtlib.rules.tree import Web
from gtlib.rules.tree import descendants
from gtlib.rules.tree import tree
from tests.support.world import bead
from tests.support.world import world

BEADS = (
    bead("pr-top", needs=("pr-l", "pr-r"), parent="pr-epic", relates_to=("pr-free",)),
    bead("pr-l", needs=("pr-base",), edges=(Edge(to="pr-free", type="inspired-by"),)),
    bead("pr-r", needs=("pr-base", "pr-gone"), discovered_from=("external:x:y",)),
    bead("pr-base"),
    bead("pr-epic", type="epic"),
    bead("pr-epic.10", parent="pr-epic"),
    bead("pr-epic.9", parent="pr-epic"),
    bead("pr-free", relates_to=("pr-top",)),
)


def rows(root: str, *beads: Bead, **asked: object) -> list[str]:
    web = Web(Ledger(world(*(beads or BEADS))))
    found = tree(web, ItemId(root), **asked)  # type: ignore[arg-type]
    return [
        f"{'  ' * row.depth}{row.id}{f' {row.edge}' if row.edge else ''}"
        f"{'' if row.bead else ' ?'}{' ...' if row.truncated else ''}"
        for row in found
    ]


def test_downwards_each_bead_once() -> None:
    assert rows("pr-top") == [
        "pr-top",
        "  pr-l blocks",
        "    pr-base blocks",
        "    pr-free inspired-by",
        "  pr-r blocks",
        "    pr-gone blocks ?",
        "    external:x:y discovered-from ?",
        "  pr-epic parent-child",
    ]


def test_all_paths() -> None:
    assert rows("pr-top", all_paths=True)[4:6] == ["  pr-r blocks", "    pr-base blocks"]


def test_upwards_children_by_number() -> None:
    assert rows("pr-epic", up=True) == [
        "pr-epic",
        "  pr-epic.9 parent-child",
        "  pr-epic.10 parent-child",
        "  pr-top parent-child",
    ]
    assert rows("pr-base", up=True) == [
        "pr-base", "  pr-l blocks", "    pr-top blocks", "  pr-r blocks",
    ]  # fmt: skip


def test_depth_is_bounded_and_said() -> None:
    assert rows("pr-top", depth=1) == [
        "pr-top", "  pr-l blocks ...", "  pr-r blocks ...", "  pr-epic parent-child",
    ]  # fmt: skip


def test_circles_and_webs_end() -> None:
    circle = (bead("pr-a", needs=("pr-b",)), bead("pr-b", needs=("pr-a",)))
    assert rows("pr-a", *circle, all_paths=True) == ["pr-a", "  pr-b blocks"]
    web = [bead(f"pr-{n}{x}", needs=(f"pr-{n + 1}x", f"pr-{n + 1}y")) for n in range(20) for x in "xy"]
    found = rows("pr-0x", *web, all_paths=True)
    assert len(found) == MOST and found[-1].endswith(" ...")


def test_descendants_at_any_depth() -> None:
    ledger = Ledger(world(*BEADS, bead("pr-epic.9.1", parent="pr-epic.9")))
    assert descendants(ledger, ItemId("pr-epic")) == {"pr-top", "pr-epic.9", "pr-epic.10", "pr-epic.9.1"}
    circle = Ledger(world(bead("pr-a", parent="pr-b"), bead("pr-b", parent="pr-a")))
    assert descendants(circle, ItemId("pr-a")) == {"pr-b"}

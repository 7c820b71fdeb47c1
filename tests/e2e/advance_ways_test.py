"""A step that is done is done in the same way, whichever way the town heard of it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from gtlib import clock
from gtlib.actions.catch_up import catch_up
from gtlib.actions.crew_add import crew_add
from gtlib.actions.step import step as gt_step
from gtlib.actions.transition import transition
from gtlib.model import outputs
from gtlib.model.cooked import Cooked
from gtlib.model.cooked import Fan
from gtlib.model.edit import Edit
from gtlib.model.formula_parts import Gate
from gtlib.model.kinds import Item
from gtlib.model.molecule import Molecule
from gtlib.names import Address
from gtlib.names import ItemId
from gtlib.rules import registry
from gtlib.rules.flow import Flow
from gtlib.rules.pour import Order
from gtlib.rules.pour import pour
from tests.support import gitrepo
from tests.support import inside
from tests.support import rigged
from tests.support import towns
from tests.support.flows import SIGNS
from tests.support.flows import step

TOAST = Address("proj/polecats/toast")
MAX = Address("proj/crew/max")

# What is done by hand is `one`; the rest follows from that, one thing of each kind.
STEPS = (
    step("one", fan=Fan(output="items", body=(step("do"),))),
    step("two", "one", when="one.status == 'complete'"),
    step("not", "one", when="one.status == 'failed'"),
    step("three", "one", gate=Gate(type="human")),
    step("only", "one", parent="group", control="group"),
    step("group", "only", control="group"),
    step("l.iter1.write", "one", parent="l"),
    step(
        "l", "l.iter1.write", control="loop", until="write.status == 'failed'", max=2, body=(step("write"),)
    ),
    step("join", "one", waits_for="all-children"),
    step("end", "two", "three", "group", "l", "join"),
)
DONE = {
    "boxes": (
        "one[x] one.1.do[ ] one.1[ ] one.2.do[ ] one.2[ ] two[ ] not[-] three[ ] only[x] group[x]"
        " l.iter1.write[ ] l[ ] join[ ] end[ ]"
    ),
    "ready": ["one.1.do", "one.2.do", "two", "l.iter1.write"],
    "records": {
        "status": "open",
        "gates": {"three": "MOL.gate-three"},
        "decided": {"two": "true", "not": "false"},
        "rounds": {},
        "fanned": {"one": 2},
        "attempts": {},
        "reasons": {"not": "condition: one.status == 'failed'"},
        "outputs": outputs.write("", "one", {"items": [1, 2]}),
    },
    "gate": ("gate", "open", "human", (TOAST,)),
}  # fmt: skip


class At:
    """A town whose polecat toast has a worktree and works on molecules; `max` does not."""

    def __init__(self, tmp_path: Path, *, beads: bool) -> None:
        self.town, self.rig, self.host = rigged.make(tmp_path)
        self.beads = beads
        self.path = tmp_path
        rigged.bead(self.town, "pr-aaaaa", "Do it")
        rigged.slung(self.town, "pr-aaaaa", "proj/toast")
        crew_add(self.town, ["max"], self.rig.config)
        self.tree = self.town.root / TOAST
        self.other = self.town.root / MAX

    def pour(self, *names: str) -> dict[str, ItemId]:
        """A molecule of toast's for each name."""
        made = {}
        put: list[Item] = []
        for name in names:
            order = Order(
                prefix="pr",
                created=clock.stamp(clock.now()),
                created_by="overseer",
                beads=self.beads,
                assignee=TOAST,
                nonce=name,
            )
            poured = pour(self.town.snapshot(), Cooked(name="ways", steps=STEPS), order)
            made[name] = poured.molecule.id
            said = outputs.write("", "one", {"items": [1, 2]})  # so that the ways that can't say it need not
            put += [replace(poured.molecule, outputs=said), *poured.beads]
        transition(self.town, lambda snapshot: Edit(subject="pour", put=tuple(put)), "overseer")
        return made

    def molecule(self, id: ItemId) -> Molecule:
        found = self.town.snapshot().molecule(id)
        assert found is not None
        return found

    def seen(self, id: ItemId) -> dict[str, object]:
        """What came of it, commits left out, in the shape of `DONE`."""
        molecule = self.molecule(id)
        flow = Flow(self.town.snapshot(), molecule)
        gate = self.town.snapshot().bead(ItemId(f"{id}.gate-three"))
        names = DONE["records"]
        assert isinstance(names, dict)
        records = {name: getattr(molecule, name) for name in names}
        return {
            "boxes": " ".join(f"{each}[{SIGNS[flow.state(each)]}]" for each in flow.ids),
            "ready": [each.id for each in flow.ready()],
            "records": records | {"gates": {k: v.replace(id, "MOL") for k, v in molecule.gates.items()}},
            "gate": gate and (gate.type, gate.status, gate.await_, gate.waiters),
        }

    def rests(self) -> bool:
        """Whether nothing is left to do: not for the rules, not for a catch-up."""
        tip = self.town.tip()
        catch_up(self.town)
        asked = registry.run(self.town.snapshot(), clock.stamp(clock.now()))
        return asked is None and self.town.tip() == tip and towns.status(self.town) == ""

    def tick(self, root: Path, id: ItemId, name: str = "one") -> str:
        """Save the box as ticked, or the bead as closed; the file."""
        path = f"beads/{id}.{name}.md" if self.beads else f"molecules/{id}.md"
        text = (root / path).read_text("utf-8")
        if not self.beads:
            changed = text.replace(f"[ ] **{name}**", f"[x] **{name}**")
        elif "\nstatus: " in text:
            changed = text.replace("\nstatus: open", "\nstatus: closed").replace(
                "\nstatus: blocked", "\nstatus: closed"
            )
        else:
            changed = text.replace("\ntitle:", "\nstatus: closed\ntitle:", 1)
        assert changed != text
        (root / path).write_text(changed, "utf-8")
        return path

    def mail(self, address: str) -> list[str]:
        return [message.subject for _, message in self.town.snapshot().mail(address, "new")]

    def refusals(self) -> int:
        """The commits that say so."""
        said = towns.git(self.town.root, "log", "--format=%(trailers:key=Event,valueonly)")
        return said.split().count("refuse")


def commit(tree: Path, *trailers: str, say: str = "work") -> None:
    """An empty commit with trailers, and with the git hooks of the place."""
    words = [word for trailer in trailers for word in ("--trailer", trailer)]
    towns.git(tree, "commit", "-q", "--allow-empty", "-m", say, *words)


def by_hand(at: At, id: ItemId) -> None:
    path = at.tick(at.town.root, id)
    gitrepo.git(at.town.root, "commit", "-q", "-m", "done", "--", path)


def bd_close(at: At, id: ItemId) -> None:
    done = inside.run(at.town.root, "bd", "close", f"{id}.one")
    assert done.code == 0, done.err


def bd_close_as_agent(at: At, id: ItemId) -> None:
    done = inside.run(at.tree, "bd", "close", f"{id}.one")
    assert done.code == 0, done.err


def gt_mol_step_done(at: At, id: ItemId) -> None:
    done = inside.run(at.tree, "gt", "mol", "step", "done", f"{id}.one")
    assert done.code == 0, done.err


def trailer_in_the_rig(at: At, id: ItemId) -> None:
    commit(at.tree, f"Step: {id}.one")


def trailer_in_the_town(at: At, id: ItemId) -> None:
    commit(at.town.root, f"Step: {id}.one")


def trailer_with_the_outputs(at: At, id: ItemId) -> None:
    commit(at.tree, f"Step: {id}.one", "Output: items=[1, 2]")


@contextlib.contextmanager
def elsewhere(at: At, id: ItemId) -> Iterator[Path]:
    """A clone of another machine without our git hooks; what it committed is pulled, and merged."""
    clone = gitrepo.clone(at.town.root, at.path / f"clone-{id}")
    yield clone
    towns.put(at.town, "README.md", f"meanwhile {id}\n")
    gitrepo.git(at.town.root, "pull", "-q", "--no-rebase", "--no-edit", str(clone), "main")


def pulled_box(at: At, id: ItemId) -> None:
    with elsewhere(at, id) as clone:
        at.tick(clone, id)
        gitrepo.commit(clone, "done elsewhere")


def pulled_trailer(at: At, id: ItemId) -> None:
    with elsewhere(at, id) as clone:
        gitrepo.commit(clone, f"done elsewhere\n\nStep: {id}.one")


def the_same_twice(at: At, id: ItemId) -> None:
    trailer_in_the_rig(at, id)
    tip = at.town.tip()
    gitrepo.git(at.tree, "commit", "-q", "--amend", "--allow-empty", "-m", f"again\n\nStep: {id}.one")
    catch_up(at.town)
    assert at.town.tip() == tip
    done = gt_step(at.town, f"{id}.one", TOAST)
    assert done.already and at.town.tip() == tip


def twice_each_in_its_way(at: At, id: ItemId) -> None:
    """The box, and a trailer for the same step in one commit."""
    path = at.tick(at.town.root, id)
    gitrepo.git(at.town.root, "commit", "-q", "-m", f"done\n\nStep: {id}.one", "--", path)


def out_of_order(at: At, id: ItemId) -> None:
    """`two` and `three` are claimed before their turn: refused, each time, and nothing is kept of it."""
    before, letters, refused = at.seen(id), len(at.mail(TOAST)), at.refusals()
    commit(at.tree, f"Step: {id}.two", f"Step: {id}.three")
    assert at.seen(id) == before
    assert (len(at.mail(TOAST)), at.refusals()) == (letters + 2, refused + 1)
    for words in (("bd", "close"), ("gt", "mol", "step", "done")):
        tip = at.town.tip()
        done = inside.run(at.tree, *words, f"{id}.two")
        assert done.code != 0 and "two is not ready: it needs one" in done.err
        assert at.town.tip() == tip
    trailer_in_the_rig(at, id)


def by_the_wrong_agent(at: At, id: ItemId) -> None:
    """max claims what is toast's: refused, logged, mailed back; then toast does it."""
    before, letters, refused = at.seen(id), len(at.mail(MAX)), at.refusals()
    commit(at.other, f"Step: {id}.one")
    assert at.seen(id) == before
    assert (len(at.mail(MAX)), at.refusals()) == (letters + 1, refused + 1)
    assert at.mail(MAX).count(f"Refused: Step: {id}.one") == 1
    trailer_in_the_rig(at, id)


WAYS: tuple[Callable[[At, ItemId], None], ...] = (
    by_hand,
    bd_close,
    bd_close_as_agent,
    gt_mol_step_done,
    trailer_in_the_rig,
    trailer_in_the_town,
    trailer_with_the_outputs,
    pulled_box,
    pulled_trailer,
    the_same_twice,
    twice_each_in_its_way,
    out_of_order,
    by_the_wrong_agent,
)


@pytest.mark.parametrize("beads", [False, True], ids=["list", "poured"])
def test_whichever_way_it_comes(tmp_path: Path, *, beads: bool) -> None:
    at = At(tmp_path, beads=beads)
    made = at.pour(*(way.__name__ for way in WAYS))
    assert at.rests()
    seen: dict[str, object] = {}
    for way in WAYS:
        id = made[way.__name__]
        way(at, id)
        seen[way.__name__] = at.seen(id)
        assert at.rests(), way.__name__
    assert seen == dict.fromkeys(made, DONE)
    # and none of them touched another's
    assert {name: at.seen(id) for name, id in made.items()} == seen

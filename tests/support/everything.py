"""The formula that uses the whole language, and what somebody has to do while it runs."""

from __future__ import annotations

from typing import Any

from gtlib.actions import trust
from gtlib.model.formula import parse
from gtlib.model.formula_overlay import parse_overlay
from tests.support import ROOT
from tests.support import inside
from tests.support import towns
from tests.support.playing import Stage

DATA = ROOT / "tests" / "data"
OTHER = "pr-other"
WHO = "$(touch pwned); `id` '\"\\ ; # {who}"

_ROUNDS = [f"outer.iter{a}.inner.iter{b}.do" for a in (1, 2) for b in (1, 2)]
_COPIES = [f"find.{number}.{step}" for number in (1, 2) for step in ("take", "put")]
_MORE = [f"find-more.{number}.{step}" for number in (1, 2) for step in ("take", "put")]
_TWICE = [f"{id}.{step}" for id in ("write", "doc", "part-a", "part-b") for step in ("draft", "edit")]
# The steps in the order in which one agent does them.
ORDER = (
    "first", "hello", "list", "measure", "sigh", "look-up", *_ROUNDS, "again.iter1.enough",
    "again.iter2.enough", "find", *_COPIES, "find-more", *_MORE, "early", "late", *_TWICE, "build", "lint",
    "unit", "deploy.before", "deploy", "deploy.after", "audit-me.think", "audit-me", "audit-me.leaks",
    "audit-me.names", "audit-me.judge", "flaky", "asked", "rested", "other-done", "mailed", "allowed",
    "counted", "merged", "everything-item.take", "everything-item.put", "last",
)  # fmt: skip
SKIPPED = frozenset({"good", "praise", "look-out", "hopeless"})
VALUES = {"who": WHO, "other": OTHER, "size": "m"}
BEAD: dict[str, Any] = {"priority": 1}
# What stands in the worktree in the end.
FILES = {
    "hello": f"{WHO}, brief, m, 2, false\n",
    "list": f"{WHO}\n",
    "rounds": "11\n12\n21\n22\n",
    "items": "1 one $(x)\n2 two\n1 three\n2 four\n0 urgent\n",
    "tones": "loud\nformal\nplain\nplain\n",
    "overlaid": "overlay\n",
    "tries": "x\nx\n",
    "log": "".join(f"{step}\n" for step in ORDER),
}


def put(stage: Stage) -> None:
    """The formula and all that it names into the town, allowed, with the bead that a gate waits for."""
    found = sorted(DATA.glob("everything*.formula.toml"))
    stage.put(**{path.name.removesuffix(".formula.toml"): path.read_text("utf-8") for path in found})
    text = (DATA / "everything.overlay.toml").read_text("utf-8")
    overlay = parse_overlay("everything.toml", text)
    stage.allow(*(trust.text_of(each.run) for each in overlay.overrides if each.run is not None))
    stage.write({"formula-overlays/everything.toml": text, f"beads/{OTHER}.md": towns.bead(OTHER, "Another")})
    assert all(not parse(path.name, path.read_text("utf-8")).warnings for path in found)


def meanwhile(stage: Stage, molecule: str) -> None:
    """Whatever a person does while it waits: opens the human gate, closes the other bead, writes a letter.

    Everything that can be done now, each once; what is done already is left as it is.
    """
    snapshot = stage.town.snapshot()
    for bead in snapshot.beads():
        if bead.type != "gate" or bead.status == "closed" or not bead.id.startswith(f"{molecule}."):
            continue
        if bead.await_ == "human":
            _run(stage, "bd", "gate", "resolve", bead.id, "--reason", "looked at")
        elif bead.await_ == "bead":
            _run(stage, "bd", "close", OTHER)
        elif bead.await_ == "mail":
            _run(stage, "gt", "mail", "send", "overseer", "-s", "Everything may go on now", "-m", "yes")


def _run(stage: Stage, program: str, *words: str) -> None:
    ran = inside.run(stage.town.root, program, *words)
    assert ran.code == 0, ran.err

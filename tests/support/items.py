"""Random items of every kind, made from the structs alone, so that a new field is among them by itself."""

from __future__ import annotations

import json
import types
from collections.abc import Iterator
from functools import cache
from itertools import combinations
from typing import Any
from typing import Literal
from typing import get_args
from typing import get_origin
from typing import get_type_hints

import msgspec
from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import replace

from gtlib import splice
from gtlib.errors import UserError
from gtlib.model import kinds
from gtlib.model.agent import Agent
from gtlib.model.bead import Bead
from gtlib.model.board import Board
from gtlib.model.config import RigConfig
from gtlib.model.config import TownConfig
from gtlib.model.convoy import Convoy
from gtlib.model.escalation import Escalation
from gtlib.model.memory import Memory
from gtlib.model.merge import MergeRequest
from gtlib.model.message import Message
from gtlib.model.molecule import Molecule
from gtlib.names import Address
from gtlib.names import ItemId
from gtlib.names import RigName

# The smallest item of each kind, by the path of its file.
SMALLEST: dict[str, Any] = {
    "beads/gt-aaaaa.md": Bead(id=ItemId("gt-aaaaa"), title="A"),
    "molecules/gt-mol-aaaaa.md": Molecule(id=ItemId("gt-mol-aaaaa"), title="A"),
    "convoys/hq-cv-aaaaa.md": Convoy(id=ItemId("hq-cv-aaaaa"), title="A"),
    "merges/gt-mr-aaaaa.md": MergeRequest(id=ItemId("gt-mr-aaaaa")),
    "escalations/hq-esc-aaaaa.md": Escalation(id=ItemId("hq-esc-aaaaa"), title="A"),
    "agents/hello/polecats/toast.md": Agent(address=Address("hello/polecats/toast")),
    "mail/mayor/new/msg-aaaaa.md": Message(id=ItemId("msg-aaaaa")),
    "mail/queues/jobs.md": Board(address=Address("queues/jobs")),
    "memories/build.md": Memory(key="build"),
    "town.yaml": TownConfig(name="town"),
    "hello/rig.yaml": RigConfig(name=RigName("hello"), prefix="gt", url="/r"),
}

_TEXTS = (
    "", "alpha", "beta", "One.\n\nTwo.\n\nThree.", "One.\n\nTwo.\n\nThree.\n\nFour.", "Zero.\n\nOne.\n\nTwo.",
    "open", "closed", "in_progress", "high", "done", "ready", "landed", "active", "created", "string", "error",
    "2026-01-02T08:00:00Z", "2026-01-03T08:00:00Z", "gt-aaa", "gt-bbb.1", "gt-ccc", "30m", "2h",
    *(f'```json\n{{"id":"{each}","run":["true"]}}\n```' for each in ("alpha", "beta", "gamma")),
)  # fmt: skip
_WHOLE_NUMBERS = (0, 1, 2, 3, 7)
_NUMBERS = (0.0, 0.5, 2.0, 7.0)
_ANY = ("alpha", ["alpha", "beta"], ["beta", "gamma"], {"x": "1"}, {"x": "2", "y": "1"}, 3, True)
# What is true only together.
OF_STATUS = ("status", "closed", "close_reason", "session", "evidence", "landed_commit", "applied", "reason")
_MOST = 14  # values of one field that are tried


def fields(item: Struct) -> Iterator[tuple[str, Any]]:
    """The fields that may differ between two versions, with their types."""
    hints = get_type_hints(type(item))
    own = {"id", "address", "key", "name"}
    for name in item.__struct_fields__:
        if name not in own or (name == "name" and isinstance(item, TownConfig)):
            yield name, hints[name]


@cache
def candidates(path: str, name: str) -> tuple[Any, ...]:
    """Values that this field of this kind of file takes, its default first."""
    item = SMALLEST[path]
    hint = get_type_hints(type(item))[name]
    found: list[Any] = [getattr(item, name)]
    for value in _values(hint, path):
        if (
            len(found) < _MOST
            and not any(repr(value) == repr(each) for each in found)
            and _fits(path, name, value)
        ):
            found.append(value)
    return tuple(found)


def _fits(path: str, name: str, value: Any) -> bool:
    item = replace(SMALLEST[path], **{name: value})
    try:
        return bool(kinds.parse(path, kinds.render(item)) == item)
    except UserError:
        return False


def _values(hint: Any, path: str) -> list[Any]:
    origin = get_origin(hint)
    if origin is types.UnionType:
        return [value for each in get_args(hint) for value in _values(each, path)]
    if origin is tuple:
        return _tuples(get_args(hint)[0], path)
    if origin is dict:
        some = _values(get_args(hint)[1], path)[:11]
        return [{"one": each} for each in some] + [{"one": a, "two": b} for a in some[:3] for b in some[1:3]]
    if origin is Literal:
        return list(get_args(hint))
    if isinstance(hint, type) and issubclass(hint, Struct):
        return _structs(hint, path)
    hint = getattr(hint, "__supertype__", hint)
    return list(
        {str: _TEXTS, int: _WHOLE_NUMBERS, float: _NUMBERS, bool: (False, True), type(None): (None,)}.get(
            hint, _ANY
        )
    )


def _tuples(inside: Any, path: str) -> list[Any]:
    some = [value for value in _values(inside, path) if value != ""]
    if isinstance(inside, type) and issubclass(inside, Struct):
        groups = [some[:1], some[:2], some[1:3], some[2:5], [*some[:1], *some[3:4]], some[:5]]
        return [tuple(_distinct(group)) for group in groups]
    singles = [(value,) for value in some]
    ids = [value for value in some if str(value).startswith("gt-")]
    return [*singles[:2], ("alpha", "beta"), *singles, *combinations(some[:3], 2), *combinations(ids, 2)]


def _distinct(group: list[Any]) -> list[Any]:
    found: dict[Any, Any] = {}
    for value in group:
        found[getattr(value, "id", None) or (getattr(value, "to", ""), getattr(value, "type", ""))] = value
    return list(found.values())


def _structs(kind: type[Struct], path: str) -> list[Any]:
    """Some of that kind: two identities with several contents each."""
    plain = {str: ("", "alpha", "beta"), int: (1, 2), float: (0.5, 1.0), bool: (False, True)}
    required = {field.name for field in msgspec.structs.fields(kind) if field.required}
    hints = get_type_hints(kind)
    found = []
    for turn in range(6):
        values: dict[str, Any] = {}
        for place, (name, hint) in enumerate(hints.items()):
            hint = getattr(hint, "__supertype__", hint)
            if name in ("id", "to"):
                values[name] = ("one", "two", "three")[turn % 3]
            elif name in ("created", "started", "since", "ended"):
                values[name] = f"2026-01-0{1 + turn}T08:00:00Z"
            elif name in ("author", "command", "title"):
                values[name] = ("ada", "bo")[turn % 2]
            elif name == "type":
                values[name] = ("string", "int", "follows")[turn % 2]
            elif name == "text":
                values[name] = f"Said {turn}.\n\nAnd {turn % 2}."
            elif get_origin(hint) is dict:
                values[name] = dict(zip(["one"], _values(get_args(hint)[1], path)[turn:], strict=False))
            elif hint in plain and (name in required or (turn + place) % 3 == 0):
                values[name] = plain[hint][(turn + place) % len(plain[hint])]
        found.append(kind(**values))
    if kind.__name__ == "Hook":
        found += [
            kind(state=state, bead=bead) for state, bead in (("active", "gt-aaa"), ("active", "gt-bbb"))
        ]
    return [*found, *(replace(each, **_only(kind, each, required)) for each in found)]


def _only(kind: type[Struct], each: Struct, required: set[str]) -> dict[str, Any]:
    """Without what may be left out, for kinds whose other fields have forms of their own."""
    return {
        field.name: field.default if field.default is not msgspec.NODEFAULT else field.default_factory()
        for field in msgspec.structs.fields(kind)
        if field.name not in required and field.name != "id"
    }


@st.composite
def three(draw: st.DrawFn) -> tuple[str, Any, Any, Any]:
    """(path, base, ours, theirs): two sides that each changed a few fields of one item, most of them the same."""
    path = draw(st.sampled_from(_weighed()))
    names = [name for name, _ in fields(SMALLEST[path])]
    # lists and mappings are where sides meet in many ways, and few among the fields of a bead
    rich = [name for name in names if not isinstance(getattr(SMALLEST[path], name), str | int | float | None)]
    few = draw(st.lists(st.sampled_from(names + rich * 2), min_size=1, max_size=3, unique=True))
    group = [name for name in names if name in OF_STATUS]
    together = bool(group[1:]) and draw(st.integers(0, 3)) == 0
    if together:  # what means something only together is drawn together
        few = group
    base = _changed(draw, path, SMALLEST[path], [*few, *draw(st.lists(st.sampled_from(names), max_size=3))])
    sides = []
    for _ in range(2):
        more = draw(st.lists(st.sampled_from(names), max_size=1))
        part = draw(st.lists(st.sampled_from(few), min_size=1, max_size=2)) if together else few
        sides.append(_changed(draw, path, base, [*part, *more]))
    return path, base, sides[0], sides[1]


UNKNOWN = ("k1", "k2", "k3")


@st.composite
def unknown_keys(draw: st.DrawFn) -> tuple[bool, Any, Any, Any]:
    """(on one line, base, ours, theirs): a hook with some of the keys `UNKNOWN`, which no schema knows."""
    value = st.sampled_from((None, 1, 2, True, "1", "alpha", "1.10"))
    sides = [
        {"state": draw(st.sampled_from(("active", "completed", "archived")))}
        | {key: one for key in UNKNOWN if (one := draw(value)) is not None}
        for _ in range(3)
    ]
    return draw(st.booleans()), *sides


def with_hook(hook: dict[str, Any], flow: bool) -> str:
    """An agent's file with that hook."""
    if flow:
        return f"---\nhook: {json.dumps(hook)}\nrole: polecat\n---\n"
    return splice.dump({"hook": hook, "role": "polecat"})


@cache
def _weighed() -> list[str]:
    return [*sorted(SMALLEST), *["beads/gt-aaaaa.md"] * 4, *["molecules/gt-mol-aaaaa.md"] * 3]


def _changed(draw: st.DrawFn, path: str, item: Any, names: list[str]) -> Any:
    return replace(
        item, **{name: draw(st.sampled_from(candidates(path, name))) for name in dict.fromkeys(names)}
    )

"""Three-way merge of values: what both sides did since the base, and what of it is in conflict."""

from __future__ import annotations

from collections.abc import Hashable
from collections.abc import Iterable
from collections.abc import Sequence
from contextlib import suppress
from typing import Any
from typing import NamedTuple
from typing import TypeVar

from msgspec import NODEFAULT
from msgspec import Struct
from msgspec.structs import fields
from msgspec.structs import replace

from gtlib import clock
from gtlib.errors import UserError
from gtlib.model import keyed_text
from gtlib.model import outputs
from gtlib.model import recipe
from gtlib.model import weave
from gtlib.model.agent import Hook
from gtlib.model.bead import Comment
from gtlib.model.keyed_text import Keyed
from gtlib.model.keyed_text import Lines
from gtlib.model.molecule import Molecule
from gtlib.model.sameness import same

T = TypeVar("T")

ABSENT: Any = type("Absent", (), {"__repr__": lambda self: "ABSENT", "__hash__": lambda self: 0})()

# Times that follow from what happened: two of them are no conflict.
_LATER = frozenset(("updated", "ended"))
_EARLIER = frozenset(("created", "started", "sent", "since"))
# What is true only together with the status.
_OF_STATUS = frozenset(
    ("closed", "close_reason", "session", "evidence", "landed_commit", "applied", "reason")
)  # fmt: skip
# Texts that have keys in them.
_KEYED: dict[tuple[type, str], Keyed] = {
    (Molecule, "recipe"): recipe.KEYED,
    (Molecule, "outputs"): outputs.KEYED,
}
# Counts of what was made under ids that follow from them: who is further has what the other has.
_FURTHEST = frozenset(((Molecule, "rounds"),))


class Both(NamedTuple):
    """A merged value with conflicts settled for ours, and for theirs. `where`: the parts in conflict."""

    ours: Any
    theirs: Any
    where: tuple[str, ...] = ()


def merge(base: Any, ours: Any, theirs: Any, lines: Lines) -> Both:
    """Two structs of one type, field by field. `base` may be ABSENT: both sides made it."""
    return _struct(base, ours, theirs, lines, "")


def _value(base: Any, ours: Any, theirs: Any, lines: Lines, name: str, keyed: Keyed | None = None) -> Both:
    if same(ours, theirs) or same(base, theirs):
        return Both(ours, ours)
    if same(base, ours):
        return Both(theirs, theirs)
    conflict = Both(ours, theirs, (name,))
    if type(ours) is not type(theirs) or base is not ABSENT and type(base) is not type(ours):
        return conflict
    if keyed is not None:
        with suppress(UserError):  # what can't be told apart is a text as others are
            return Both(*keyed_text.merge(keyed, base, ours, theirs, lines, name))
    if isinstance(ours, Struct):
        return _struct(base, ours, theirs, lines, name)
    if isinstance(ours, dict):
        return _mapping({} if base is ABSENT else base, ours, theirs, lines, name)
    if isinstance(ours, tuple | list):
        return _sequence(() if base is ABSENT else base, ours, theirs, lines, name) or conflict
    if isinstance(ours, str) and "\n" in ours + theirs and (base is not ABSENT or (ours and theirs)):
        merged = lines("" if base is ABSENT else base, ours, theirs)
        return Both(*merged, () if merged[0] == merged[1] else (name,))
    return conflict


def _inside(name: str, part: object) -> str:
    return f"{name}.{part}" if name else str(part)


# Structs


def _struct(base: Any, ours: Struct, theirs: Struct, lines: Lines, name: str) -> Both:
    found: dict[str, Both] = {}
    for field in fields(ours):
        was = getattr(base, field.name) if base is not ABSENT else _default(field)
        mine, other = getattr(ours, field.name), getattr(theirs, field.name)
        if field.name == "line":  # where a step stands follows from the text, it is no value of its own
            found[field.name] = Both(mine, mine)
            continue
        inside = _inside(name, field.name)
        both = _value(was, mine, other, lines, inside, _KEYED.get((type(ours), field.name)))
        if both.where and field.name in _LATER | _EARLIER:
            picked = (max if field.name in _LATER else min)(mine, other, key=_when)
            both = Both(picked, picked)
        if both.where and (type(ours), field.name) in _FURTHEST:
            both = _furthest(both)
        found[field.name] = both
    if "status" in found:
        _with_status(base, ours, theirs, found)
    if isinstance(ours, Hook) and found["bead"].where:
        _whole(ours, theirs, found, [each for each in found if each != "queue"], name)
    return Both(
        replace(ours, **{field: both.ours for field, both in found.items()}),
        replace(ours, **{field: both.theirs for field, both in found.items()}),
        tuple(part for both in found.values() for part in both.where),
    )


def _furthest(both: Both) -> Both:
    """Of two counts the larger one; one that a side took out stays a conflict."""
    if both.ours.keys() != both.theirs.keys():
        return both
    found = {key: max(count, both.theirs[key]) for key, count in both.ours.items()}
    return Both(found, found)


def _default(field: Any) -> Any:
    return ABSENT if field.default is NODEFAULT else field.default


def _when(text: str) -> tuple[bool, float, str]:
    try:
        return bool(text), clock.parse(text).timestamp(), text
    except UserError:
        return bool(text), 0.0, text


def _with_status(base: Any, ours: Struct, theirs: Struct, found: dict[str, Both]) -> None:
    """When, why and on what evidence are the side's that moved the status: of two that did, one whole set."""
    group = [each for each in found if each in _OF_STATUS and not isinstance(found[each].ours, dict)]
    if found["status"].where:
        _whole(ours, theirs, found, group, "")
    elif moved := _moved(base, ours, theirs):
        told = min(moved, key=lambda side: _weight([getattr(side, each) for each in group], side))
        for each in group:
            found[each] = Both(getattr(told, each), getattr(told, each))
    if "evidence" in found and found["evidence"].where and isinstance(found["evidence"].ours, dict):
        proofs = _either(found["evidence"])
        found["evidence"] = Both(proofs, proofs)


def _moved(base: Any, ours: Any, theirs: Any) -> list[Any]:
    """The sides whose status is not what it was."""
    if base is ABSENT and ours.status == theirs.status:
        return [ours, theirs]
    was = _status_of_new(ours) if base is ABSENT else base.status
    return [side for side in (ours, theirs) if side.status != was]


def _status_of_new(item: Struct) -> Any:
    return next(_default(field) for field in fields(item) if field.name == "status")


def _either(evidence: Both) -> dict[str, str]:
    """A step that both did: either commit proves it."""
    told = [side.items() for side in (evidence.ours, evidence.theirs)]
    commits: dict[str, list[str]] = {}
    for step, commit in (pair for side in told for pair in side):
        commits.setdefault(step, []).append(commit)
    return {step: min(filter(None, found), default="") for step, found in commits.items()}


def _weight(values: list[Any], side: Any) -> tuple[Any, ...]:
    """Evidence counts before a word, then who was first."""
    proven = bool(getattr(side, "evidence", "") or getattr(side, "landed_commit", ""))
    return not proven, _when(getattr(side, "closed", "")), [str(value) for value in values]


def _whole(ours: Struct, theirs: Struct, found: dict[str, Both], group: Iterable[str], name: str) -> None:
    """Fields of which half from each side would say what neither said."""
    for each in group:
        mine, other = getattr(ours, each), getattr(theirs, each)
        found[each] = Both(mine, other, () if same(mine, other) else (_inside(name, each),))


# Mappings and lists


def _mapping(
    base: dict[str, Any], ours: dict[str, Any], theirs: dict[str, Any], lines: Lines, name: str
) -> Both:
    found = {
        key: _value(
            base.get(key, ABSENT), ours.get(key, ABSENT), theirs.get(key, ABSENT), lines, _inside(name, key)
        )
        for key in {**ours, **theirs}
    }
    return Both(
        {key: both.ours for key, both in found.items() if both.ours is not ABSENT},
        {key: both.theirs for key, both in found.items() if both.theirs is not ABSENT},
        tuple(part for both in found.values() for part in both.where),
    )


def _sequence(
    base: Sequence[Any], ours: Sequence[Any], theirs: Sequence[Any], lines: Lines, name: str
) -> Both | None:
    """Lists are sets with real removals; what has an identity merges by it. None: it can't be told apart."""
    keyed = [_keyed(values) for values in (base, ours, theirs)]
    if any(each is None for each in keyed):
        return None
    was, mine, other = (each or {} for each in keyed)
    _told_apart(was, mine, other)
    found = {
        key: _value(
            was.get(key, ABSENT),
            mine.get(key, ABSENT),
            other.get(key, ABSENT),
            lines,
            _inside(name, _shown(key)),
        )
        for key in {**mine, **other}
    }
    kept = {key for key, both in found.items() if both.ours is not ABSENT or both.theirs is not ABSENT}
    orders = weave.orders(
        list(was),
        [key for key in mine if key in kept],
        [key for key in other if key in kept],
        lambda key: _rank(key, found[key]),
    )
    make = type(ours)
    where = tuple(part for both in found.values() for part in both.where)
    return Both(
        make(found[key].ours for key in orders[0] if found[key].ours is not ABSENT),  # type: ignore[call-arg]
        make(found[key].theirs for key in orders[1] if found[key].theirs is not ABSENT),  # type: ignore[call-arg]
        where if orders[0] == orders[1] else (*where, name),
    )


def _keyed(values: Sequence[Any]) -> dict[Any, Any] | None:
    """By identity, and for doubles by how many came before; None when something has none."""
    found: dict[Any, Any] = {}
    for value in values:
        identity = _identity(value)
        if identity is None:
            return None
        turn = 0
        while (identity, turn) in found:
            turn += 1
        found[identity, turn] = value
    return found


def _identity(value: Any) -> Hashable | None:
    if isinstance(value, Struct):
        if hasattr(value, "id"):
            return str(value.id)
        return (value.to, value.type) if hasattr(value, "to") and hasattr(value, "type") else None
    if isinstance(value, dict):
        id = value.get("id")
        return id if isinstance(id, str) else None
    return None if isinstance(value, list) else (type(value).__name__, value)


def _shown(key: Any) -> str:
    identity, _ = key
    return str(identity if isinstance(identity, str) else identity[-1])


def _rank(key: Any, both: Both) -> tuple[Any, ...]:
    value = both.theirs if both.ours is ABSENT else both.ours
    when = getattr(value, "created", "") or getattr(value, "started", "")
    return _when(when), str(key)


def _told_apart(was: dict[Any, Any], mine: dict[Any, Any], other: dict[Any, Any]) -> None:
    """Two comments that got one id: both stay, the later one under the next free id."""
    for key in sorted(mine.keys() & other.keys() - was.keys(), key=str):
        pair = [mine[key], other[key]]
        if not all(isinstance(each, Comment) for each in pair) or _said(pair[0]) == _said(pair[1]):
            continue
        side, opposite = (mine, other) if _said(pair[0]) > _said(pair[1]) else (other, mine)
        later = side[key]
        if any(_said(each) == _said(later) for at, each in opposite.items() if at not in was):
            side[key] = opposite[key]  # it has its own id over there already
            continue
        taken = {each.id for values in (was, mine, other) for each in values.values()}
        fresh = replace(later, id=weave.next_free(later.id, taken))
        renamed = {(fresh.id, 0) if at == key else at: each for at, each in side.items()}
        renamed[(fresh.id, 0)] = fresh
        side.clear()
        side.update(renamed)


def _said(comment: Comment) -> tuple[Any, ...]:
    return _when(comment.created), comment.author, comment.text

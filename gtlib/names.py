"""Names that look alike get their own types, and a constructor that checks them."""

from __future__ import annotations

import math
import re
from collections.abc import Container
from collections.abc import Iterable
from collections.abc import Sized
from typing import NewType

from gtlib.errors import UserError

ItemId = NewType("ItemId", str)  # gt-abc12, gt-abc12.1, hq-cv-a1b2c, gt-mol-k2p9x, gt-mr-x7k2m, msg-4k2p9
StepId = NewType("StepId", str)  # bump-version
Address = NewType("Address", str)  # mayor, overseer, myproject/polecats/toast, myproject/crew/ada
RigName = NewType("RigName", str)
CommitId = NewType("CommitId", str)  # 40 hex digits

TOWN_PREFIX = "hq"  # of the items of the town itself
INFIXES = ("cv", "mol", "mr", "esc", "wisp")

RESERVED = frozenset(
    {
        # top-level folders of a town
        *("agents", "archive", "beads", "convoys", "directives"),
        *("escalations", "formulas", "mail", "memories", "merges", "molecules"),
        "plugins",
        "roles",
        "settings",
        # programs and folders that stand beside them
        "gtlib",
        "tasks",
        "town",
        # parts of mail and worktree paths
        "cur",
        "new",
        "outbox",
        "tmp",
        "announces",
        "channels",
        "groups",
        "lists",
        "queues",
        "crew",
        "polecat",
        "polecats",
        "dog",
        "dogs",
        # roles
        "boot",
        "deacon",
        "mayor",
        "overseer",
        "refinery",
        "witness",
        # prefixes and words with a meaning of their own
        "all",
        "hq",
        "msg",
        "none",
        "rig",
        "rigs",
    }
)

_BOXES = frozenset({"new", "cur", "archive", "outbox"})

_ITEM_ID = re.compile(r"[A-Za-z][A-Za-z0-9_-]*-[0-9A-Za-z]+(?:\.[0-9A-Za-z_-]+)*\Z")
_EXTERNAL = re.compile(r"external:[^\s:]{1,100}:[^\s]{1,200}\Z")
_MEMORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}\Z")
_STEP_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*(?:\.[A-Za-z0-9][A-Za-z0-9_-]*)*\Z")
_SEGMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*\Z")
_RIG_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}\Z")
_PREFIX = re.compile(r"[a-z][a-z0-9-]{0,18}[a-z0-9]\Z|[a-z]\Z")
_HASH = re.compile(r"[0-9a-z]{1,8}\Z")
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_BYTES = {3: 2, 4: 3, 5: 4, 6: 4, 7: 5, 8: 5}
_COMPOUND = ("town", "ville", "port", "place", "land", "field", "wood", "ford")


def item_id(text: str) -> ItemId:
    """The id of a bead or of another item. UserError when it does not look like one."""
    if not _ITEM_ID.match(text) or len(text) > 120 or text.endswith(".lock"):
        raise UserError(f"{text!r} is not an id", "write <prefix>-<letters and digits>, as in gt-abc12")
    return ItemId(text)


def target(text: str) -> ItemId:
    """Where an edge leads: the id of an item, or `external:<project>:<what>`. UserError else."""
    return ItemId(text) if _EXTERNAL.match(text) else item_id(text)


def memory_key(text: str) -> str:
    """The name of a memory, which is its file's. UserError when it is none."""
    if not _MEMORY.match(text) or text.endswith((".lock", ".")) or ".." in text:
        raise UserError(f"{text!r} is no key of a memory", "use letters, digits, ., - and _ (100 at most)")
    return text


def is_item_id(text: str) -> bool:
    """Whether that can be the id of an item."""
    try:
        item_id(text)
    except UserError:
        return False
    return True


def step_id(text: str) -> StepId:
    """The id of a molecule's step. UserError when it does not look like one."""
    if not _STEP_ID.match(text) or len(text) > 120:
        raise UserError(f"{text!r} is not a step id", "write letters, digits, - and _, as in run-tests")
    return StepId(text)


def address(text: str) -> Address:
    """Where mail goes and who acts: a town role, `<rig>/witness`, `<rig>/polecats/<name>`. UserError else."""
    parts = text.split("/")
    good = all(_SEGMENT.match(p) and p not in _BOXES for p in parts) and len(text) <= 160
    shapes = {
        1: True,
        2: parts[-1] in ("witness", "refinery"),
        3: len(parts) == 3 and parts[1] in ("polecats", "crew", "dogs"),
    }
    if not good or not shapes.get(len(parts), False):
        raise UserError(
            f"{text!r} is not an address",
            "write mayor, deacon, overseer, <rig>/witness, <rig>/refinery, "
            "<rig>/polecats/<name> or <rig>/crew/<name>",
        )
    return Address(text)


def agent_name(text: str) -> str:
    """The last word of a polecat's or crew member's address. UserError when malformed or reserved."""
    if not _SEGMENT.match(text) or len(text) > 40:
        raise UserError(f"{text!r} is not a name for an agent", "use letters, digits, - and _ (40 at most)")
    return _unreserved(text, "an agent")


def rig_name(text: str) -> RigName:
    """The name of a rig, which is its folder too. UserError when malformed or reserved."""
    if not _RIG_NAME.match(text):
        raise UserError(
            f"{text!r} is not a name for a rig",
            "begin with a letter, then letters, digits and _ (40 at most)",
        )
    return RigName(_unreserved(text, "a rig"))


def _unreserved(text: str, what: str) -> str:
    if text.lower() in RESERVED:
        raise UserError(f"{text!r} is reserved and cannot name {what}", "choose another name")
    return text


def prefix(text: str) -> str:
    """The prefix of ids. UserError unless lower case letters, digits and dashes, 20 at most."""
    if not _PREFIX.match(text) or text.rpartition("-")[2] in INFIXES:
        raise UserError(
            f"{text!r} is not a prefix",
            "begin with a letter, then lower case letters, digits and - (20 at most)",
        )
    return text


def _base36(digest: bytes, length: int) -> str:
    number = int.from_bytes(digest[: _BYTES[length]], "big")
    digits = []
    for _ in range(length):
        number, rest = divmod(number, 36)
        digits.append(_DIGITS[rest])
    return "".join(reversed(digits))


def hash_part(title: str, description: str, creator: str, created_ns: int, nonce: int, length: int) -> str:
    """The part of an id after the prefix, as beads computes it; `length` is 3 to 8 characters."""
    seed = "|".join((title, description, creator, str(created_ns), str(nonce)))
    return _base36(_sha256(seed), length)


def _sha256(text: str) -> bytes:
    from hashlib import sha256  # it loads OpenSSL, 3 ms, which who makes no id need not pay

    return sha256(text.encode("utf-8", "surrogatepass")).digest()


def first_length(count: int) -> int:
    """How long new ids are beside so many: five characters, more when two in four would collide."""
    for length in range(5, 8):
        if 1 - math.exp(-(count**2) / (2 * 36**length)) <= 0.25:
            return length
    return 8


def _crowd(head: str, taken: Container[str]) -> int:
    """How many ids without a dot begin so; all of them where they can be counted only as a whole."""
    size = len(taken) if isinstance(taken, Sized) else 0
    if first_length(size) == first_length(0) or not isinstance(taken, Iterable):
        return size
    return sum(id.startswith(head) and "." not in id for id in taken)


def mint(
    prefix: str,
    title: str,
    description: str,
    creator: str,
    created_ns: int,
    taken: Container[str],
    infix: str = "",
) -> ItemId:
    """A fresh id that is not in `taken`; `created_ns` is unix time in nanoseconds.

    Five characters to start with, longer when many ids begin so. UserError when all are taken.
    """
    head = f"{prefix}-{infix}-" if infix else f"{prefix}-"
    for length in range(first_length(_crowd(head, taken)), 9):
        for nonce in range(10):
            found = head + hash_part(title, description, creator, created_ns, nonce, length)
            if found not in taken:
                return ItemId(found)
    raise UserError(f"no free id is left for {head}", "change the title and try again")


def derive(prefix: str, infix: str, *causes: str) -> ItemId:
    """The id that always follows from the same causes.

    Nothing can be asked whether it is taken, so it has 8 characters: 10,000 of them collide
    with a probability of 1 in 20,000.
    """
    return ItemId("-".join(filter(None, (prefix, infix, _base36(_sha256("\0".join(causes)), 8)))))


def derive_prefix(rig_name: str) -> str:
    """The prefix a rig gets when none is given: initials of its words, else its first letters."""
    words = [w for w in re.split(r"[-_]+", rig_name) if w]
    if len(words) < 2:
        words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+|[0-9]+", rig_name)
    lower = rig_name.lower()
    if len(words) < 2:
        for suffix in _COMPOUND:
            if lower.endswith(suffix) and len(lower) > len(suffix):
                words = [lower[: -len(suffix)], suffix]
    if len(words) > 1:
        return "".join(w[0] for w in words).lower()
    return lower if len(lower) <= 3 else lower[:2]


def prefix_of(item_id: str, known: Iterable[str] = ()) -> str:
    """Whose item it is: `gt` for gt-abc12, gt-abc12.1 and gt-mol-k2p9x.

    A prefix may have hyphens, so the longest of the `known` ones counts; else what stands before the last
    hyphen if a hash follows it, and before the first one if not.
    """
    fitting = [each for each in known if item_id.startswith(each) and item_id[len(each) :].startswith("-")]
    if fitting:
        return max(fitting, key=len)
    head, dash, last = item_id.partition(".")[0].rpartition("-")
    if "-" not in head:
        return head if dash else ""
    if not (last.isdecimal() or (_HASH.match(last) and (len(last) < 4 or not last.isalpha()))):
        return head.partition("-")[0]
    before, dash, infix = head.rpartition("-")
    return before if dash and infix in INFIXES else head


def resolve(text: str, ids: Iterable[str], prefix: str = "") -> ItemId:
    """The one id that `text` means: the id itself, the part behind the given prefix, the part behind any
    prefix, or a piece of that. A piece of a dotted id has its numbers whole.

    UserError when none or several match; the hint lists the candidates.
    """
    known = ids if isinstance(ids, frozenset | set | list | tuple) else list(ids)
    for exact in (text, f"{prefix}-{text}"):
        if exact in known:
            return ItemId(exact)
    found = [one for one in known if one.endswith(f"-{text}")] if text else []
    if not found:
        head, _, wanted = text.rpartition("-")
        base, dot, numbers = wanted.partition(".")
        tail = dot + numbers
        found = [one for one in known if base and base in one and _is_piece(one, head, base, tail)]
    if not found:
        raise UserError(f"no item matches {text!r}", "look for its id with: bd list")
    if len(found) > 1:
        found.sort()
        shown = ", ".join(found[:10]) + (", ..." if len(found) > 10 else "")
        raise UserError(f"{text!r} means {len(found)} items", f"write one of: {shown}")
    return ItemId(found[0])


def _is_piece(id: str, head: str, base: str, tail: str) -> bool:
    """Whether `base` is a piece of the id's hash, with that prefix ("": any) before it and that tail."""
    whole, dot, numbers = id.partition(".")
    before, _, hashed = whole.rpartition("-")
    return base in hashed and dot + numbers == tail and (not head or f"-{before}".endswith(f"-{head}"))

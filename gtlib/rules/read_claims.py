"""What a commit message claims: its trailers, each with what of the same commit belongs to it."""

from __future__ import annotations

from hashlib import sha256

from msgspec import Struct
from msgspec.structs import replace

from gtlib.model import trailers
from gtlib.rules.claims import TRAILERS
from gtlib.rules.claims import Claim

_KINDS = {trailer: kind for kind, trailer in TRAILERS.items() if kind != "bead"}


class Made(Struct, frozen=True):
    """A commit. `where` is the rig and branch, empty for the town; `when` the author's time in seconds."""

    commit: str
    message: str
    author: str
    when: int
    where: str = ""


def read_claims(made: Made, agent: str) -> list[Claim]:
    """A claim for each trailer that asks for something, in the order in which they stand."""
    pairs = [(key, value) for key, value in trailers.parse(made.message) if value]
    if not any(key in _KINDS for key, _ in pairs):
        return []
    beads = [value for key, value in pairs if key == "Bead"]
    checked = any(key == "Checked" and value.lower() == "yes" for key, value in pairs)
    found: list[Claim] = []
    step = -1  # where the last step stands in `found`
    for key, value in pairs:
        kind = _KINDS.get(key)
        if kind is None:
            continue
        if kind == "output" and step >= 0:
            outputs = (*found[step].outputs, _output(value))
            found[step] = replace(found[step], outputs=outputs)
            continue
        claim = Claim(
            kind=kind,
            value=value,
            agent=agent,
            commit=made.commit,
            key=claim_key(made, f"{key}: {value}"),
            bead=beads[0] if beads else "",
            checked=checked and kind == "step",
        )
        if kind == "mail-to":
            claim = _letter(made, claim, tuple(value for key, value in pairs if key == "Mail-To"))
        step = len(found) if kind == "step" else step
        found.append(claim)
    return found


def claim_key(made: Made, line: str) -> str:
    """What amend and rebase keep of a claim: branch, author, author's time, the trailer's line.

    The branch, because many agents commit as one author, and the same words in the same second.
    """
    text = f"{made.where}\0{made.author}\0{made.when}\0{line}"
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:20]


def _letter(made: Made, claim: Claim, to: tuple[str, ...]) -> Claim:
    """The claim with what is to be sent. A program writes two letters to one address in a second: their
    subjects tell them apart.
    """
    subject, body = trailers.letter(made.message)
    return replace(
        claim,
        key=claim_key(made, f"Mail-To: {claim.value}\0{subject}"),
        subject=subject,
        body=body,
        to=tuple(dict.fromkeys(to)),
        letter=claim_key(made, f"Mail-To\0{subject}"),
    )


def _output(text: str) -> tuple[str, str]:
    """(key, value); the key is empty when there is no `=`."""
    key, sign, value = text.partition("=")
    return (key.strip(), value.strip()) if sign else ("", text)

"""Claims: what commit trailers say was done, served oldest first."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Sequence
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from gtlib.errors import UserError
from gtlib.model.edit import Edit
from gtlib.model.snapshot import Snapshot
from gtlib.model.trailers import OUTPUT_KEY
from gtlib.names import Address
from gtlib.names import ItemId
from gtlib.rules.base import OVERSEER
from gtlib.rules.base import live_hook
from gtlib.rules.base import mail
from gtlib.rules.close import plan_close
from gtlib.rules.edits import merge_edits
from gtlib.rules.steps_done import plan_step
from gtlib.rules.steps_done import plan_step_failed
from gtlib.rules.submit import plan_submit
from gtlib.rules.trailer_claims import serve_blocked
from gtlib.rules.trailer_claims import serve_escalation
from gtlib.rules.trailer_claims import serve_mail

SERVED = "Claim"
MAX_OUTPUTS = 64 * 1024  # characters of all outputs of one step
# what a trailer asks for; an "output" is one that stands behind no step
Asks = Literal["step", "failed", "output", "closes", "done", "bead", "blocked-by", "mail-to", "escalate"]
TRAILERS: dict[Asks, str] = {
    "step": "Step",
    "failed": "Failed",
    "output": "Output",
    "closes": "Closes",
    "done": "Done",
    "bead": "Bead",
    "blocked-by": "Blocked-By",
    "mail-to": "Mail-To",
    "escalate": "Escalate",
}
_SHOWN = 200  # characters of a trailer that a refusal repeats


class Claim(Struct, frozen=True, kw_only=True):
    """One trailer of one commit: `value` is what stands behind `Step:`, `Closes:`, `Mail-To:` and so on.

    `agent` is who speaks, an address or `overseer`. `key` is what amend and rebase keep of the
    claim. `rig` is empty for a commit in the town. For what may become a submit, `commit` is
    the branch's tip in the rig (in the town `source` gives it), `base` where the branch left `target`.

    Of the same commit: `bead` is what `Bead:` names. A step has `outputs`, (key, value) as written, and is
    `checked` when the commit says so. Mail has `subject` and `body`, `to` is everybody who gets it, and
    `letter` is one for all of them.
    """

    kind: Asks
    value: str
    agent: str
    commit: str
    key: str
    branch: str = ""
    rig: str = ""
    source: str = ""
    base: str = ""
    target: str = ""
    bead: str = ""
    outputs: tuple[tuple[str, str], ...] = ()
    checked: bool = False
    subject: str = ""
    body: str = ""
    to: tuple[str, ...] = ()
    letter: str = ""


def serve(snapshot: Snapshot, claims: Sequence[Claim], now: str) -> Edit | None:
    """What these claims (oldest first, none served before) ask for, as one edit; None for nothing.

    A claim that can't be had is refused: mail to who made it, and it counts as served. Served
    ones are named by their key in `Claim:` trailers.
    """
    edits: list[Edit] = []
    for claim in claims:
        try:
            edit = _serve(snapshot, claim, now)
        except UserError as refusal:
            edit = _refuse(snapshot, claim, refusal, now)
        if edit is not None:
            served = (*edit.trailers, ("Caused-By", claim.commit), (SERVED, claim.key))
            edits.append(replace(edit, trailers=served))
            snapshot = snapshot.with_edit(edit)
    return merge_edits(edits)


def _serve(snapshot: Snapshot, claim: Claim, now: str) -> Edit | None:
    if claim.kind in _OTHERS:
        if claim.rig and snapshot.agent(Address(claim.agent)) is None:
            raise UserError(f"no agent {claim.agent}", "gt agents lists them")
        return _OTHERS[claim.kind](snapshot, claim, now)
    if claim.kind == "step":
        _check_outputs(claim)
        outputs, checked = claim.outputs, claim.checked
        return plan_step(snapshot, claim.value, claim.agent, claim.commit, now, outputs, checked)
    if claim.kind == "failed":
        step, _, reason = claim.value.partition(" ")
        return plan_step_failed(snapshot, step, claim.agent, reason, now)
    if claim.kind == "output":
        raise UserError("it stands behind no Step:", "write Step: <step> before it, in the same commit")
    if claim.kind == "done":
        return _submit(snapshot, claim, claim.commit if claim.rig else claim.source, now)
    if claim.kind == "closes" and not claim.rig:
        return _close(snapshot, claim, now)
    return None


def _submit(snapshot: Snapshot, claim: Claim, source: str, now: str) -> Edit | None:
    agent = snapshot.agent(Address(claim.agent))
    hook = live_hook(agent) if agent else None
    if hook is None:
        raise UserError(f"nothing is on the hook of {claim.agent}", "gt sling puts work there")
    if claim.value and claim.value != hook.bead:
        raise UserError(f"{claim.value} is not on your hook, {hook.bead} is", f"write Done: {hook.bead}")
    if not source:
        raise UserError(
            f"{hook.bead} closes when its work has landed", "run gt done in your worktree to submit it"
        )
    if claim.rig and not claim.base:
        raise UserError(
            f"{claim.branch} shares no history with {claim.target}",
            f"begin it from {claim.target}, and submit that",
        )
    return plan_submit(snapshot, Address(claim.agent), source, claim.base, claim.target, now)


def _close(snapshot: Snapshot, claim: Claim, now: str) -> Edit | None:
    """An agent's own close of what it works on means: submit."""
    agent = snapshot.agent(Address(claim.agent))
    hook = live_hook(agent) if agent else None
    if (
        claim.agent != OVERSEER
        and hook is not None
        and hook.bead == claim.value
        and hook.state != "completed"
    ):
        return _submit(snapshot, claim, claim.source, now)
    bead = snapshot.bead(ItemId(claim.value))
    landing = claim.agent == OVERSEER and bead is not None and bead.status == "hooked"
    reason = "by hand" if landing else f"Closes: {claim.commit}"
    return plan_close(snapshot, ItemId(claim.value), claim.agent, reason, now)


def _check_outputs(claim: Claim) -> None:
    """UserError for an output that is no key=value, and for more text than a molecule's file should hold."""
    for key, value in claim.outputs:
        if not OUTPUT_KEY.match(key):
            raise UserError(
                f"Output: {f'{key}={value}'[:80]} has no key of letters, digits, _ and -",
                "write Output: <key>=<value>",
            )
    size = sum(len(key) + len(value) for key, value in claim.outputs)
    if size > MAX_OUTPUTS:
        raise UserError(
            f"the outputs of {claim.value} have {size:,} characters, {MAX_OUTPUTS:,} is the most",
            "commit what is long as a file, and give its path",
        )


_OTHERS: dict[str, Callable[[Snapshot, Claim, str], Edit | None]] = {
    "blocked-by": serve_blocked,
    "mail-to": serve_mail,
    "escalate": serve_escalation,
}


def _refuse(snapshot: Snapshot, claim: Claim, refusal: UserError, now: str) -> Edit:
    trailer = TRAILERS[claim.kind]
    line = f"{trailer}: {claim.value[:_SHOWN]}"
    where = f"in {claim.rig}" if claim.rig else "in the town"
    said = f"Commit {claim.commit} {where} says\n\n    {line}\n\n"
    body = f"{said}Refused: {refusal.what}\nNext: {refusal.hint}\n"
    to = claim.agent if snapshot.agent(Address(claim.agent)) else OVERSEER
    return Edit(
        subject=f"refuse: {line} of {claim.agent}",
        files=mail(snapshot, now, [to], f"Refused: {line}", body, ("refuse", claim.key)),
        trailers=(("Event", "refuse"),),
        actor=claim.agent,
    )

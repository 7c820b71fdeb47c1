"""What a program without a terminal is told when its turn is over and there is more to do."""

from __future__ import annotations

from collections.abc import Sequence

from gtlib.framing import clean
from gtlib.framing import explain
from gtlib.framing import frame
from gtlib.model.agent import Hook
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.output import count
from gtlib.rules.carry_on import whose
from gtlib.rules.flow import Flow
from gtlib.rules.steps import how_far

NUDGES_CHARS = 24_000


def nudged(nudges: Sequence[tuple[str, str, str]], mark: str, chars: int = NUDGES_CHARS) -> str:
    """The words of nudges, (id, sender, message) each, as data; long ones are cut, so that all have `chars`,
    and the command is named that shows the rest.
    """
    if not nudges:
        return ""
    room = chars // len(nudges)
    told = [f"{count(len(nudges), 'nudge')} for you. Act on what concerns you, then go on with your work."]
    for id, sender, message in nudges:
        said = clean(message)
        cut = said if len(said) <= room else f"{said[:room]} ..."
        told.append(frame(f"nudge from {clean(sender)[:200]}", cut, mark))
        if cut != said:
            told.append(f"It is longer than that: `gt nudge show {id}` shows it whole.")
    return "\n\n".join((explain(mark), *told))


def urge(snapshot: Snapshot, address: Address, hook: Hook, mark: str) -> str:
    """That there is work left, which, and how to end: it never stops with work on the hook."""
    molecule = snapshot.molecule(hook.molecule) if hook.molecule else None
    end = "If you can't go on, say why with `gt escalate`. Don't stop before that."
    if molecule is None:
        return f"There is work on your hook: {hook.bead}. Do it, commit it, then run `gt done`. {end}"
    flow = Flow(snapshot, molecule)
    step = next((each for each in flow.each_ready() if whose(flow, each) in ("", address)), None)
    if step is None:
        return f"All steps of {hook.bead} are over. Commit what is left, then run `gt done` to hand it in."
    title = frame(f"title of step {step.id}", step.title, mark)
    return (
        f"There is work on your hook: step {step.id} of {molecule.id} ({how_far(flow)}).\n\n{title}\n\n"
        f"`gt hook` says more. Do it, and commit it with the trailer `Step: {step.id}`; after the last step "
        f"run `gt done`. {end}"
    )

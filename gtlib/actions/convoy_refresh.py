"""Look at a convoy again, whatever was or was not noticed before."""

from __future__ import annotations

from gtlib import clock
from gtlib.actions.catch_up import catch_up
from gtlib.actions.transition import transition
from gtlib.model.convoy import Convoy
from gtlib.rules import registry
from gtlib.rules.find import find_convoy
from gtlib.store.town import Town


def convoy_refresh(town: Town, text: str, actor: str) -> Convoy:
    """Run catch-up, then every rule over the whole town; the convoy that `text` means, as it is then."""
    id = find_convoy(town.snapshot(), text, actor).id
    catch_up(town)
    now = clock.stamp(clock.now())
    transition(town, lambda snapshot: registry.run(snapshot, now), actor)
    return find_convoy(town.snapshot(), id, actor)

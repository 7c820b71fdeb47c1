"""The keys that settings have, and what is said of others: they are kept as written."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Final

from gtlib.model import jsonplace
from gtlib.model.cost_tiers import ROLES
from gtlib.model.settings import DEFAULT
from gtlib.model.settings import Settings

# What gt goes by, and what Gas Town has beside it: kept, and known, without being used here.
USED: Final = (
    "agent", "agents", "cost_tier", "crew", "crew_agents", "default_agent", "namepool", "permissions",
    "role_agents", "role_effort", "roles", "runtime", "scheduler", "sessions", "type", "version",
    "worker_agents", "workflow",
)  # fmt: skip
KEPT: Final = (
    "agent_email_domain", "cli_theme", "convoy", "disabled_patrols", "dolt", "escalation", "feed_curator",
    "lifecycle", "maintenance", "merge_queue", "operational", "theme", "web_timeouts", "worker_status",
)  # fmt: skip
AGENT: Final = (
    "args", "command", "env", "exec_wrapper", "instructions", "model", "preset", "prompt_mode", "provider",
    "session", "tmux",
)  # fmt: skip
AGENT_KEPT: Final = (
    "acp",
    "hooks",
    "initial_prompt",
    "name",
    "non_interactive",
    "resume_flag",
    "resume_style",
)

_BELOW: Final[dict[str, tuple[str, ...]]] = {
    "crew": ("startup",),
    "namepool": ("max_before_numbering", "names", "style", "themes"),
    "permissions": (*ROLES, DEFAULT),
    "role_agents": ROLES,
    "role_effort": (*ROLES, DEFAULT),
    "roles": ROLES,
    "runtime": (*AGENT, *AGENT_KEPT),
    "sessions": (*ROLES, DEFAULT),
    "workflow": ("default_formula",),
}


def unknown_keys(settings: Settings, text: str) -> tuple[str, ...]:
    """A warning, as a whole line, for each key of the file that nothing knows, with the nearest one."""
    return tuple(_line(settings, text, keys, known) for keys, known in _unknown(settings))


def nearest(word: str, known: Iterable[str]) -> str:
    """The word of `known` that is most like this one; empty when none is like it."""
    return next(iter(get_close_matches(word, [*known], n=1)), "")


def _unknown(settings: Settings) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """The keys that lead to each one, and what might have been meant."""
    top = (*USED, *KEPT)
    yield from (((key,), top) for key in settings.raw if key not in top)
    for key, known in _BELOW.items():
        below = settings.raw.get(key)
        yield from (((key, each), known) for each in below or () if each not in known)
    inner = {"agents": (*AGENT, *AGENT_KEPT), "roles": ("agent", "patrol")}
    for key, known in inner.items():
        for name, table in (settings.raw.get(key) or {}).items():
            yield from (((key, name, each), known) for each in table or () if each not in known)


def _line(settings: Settings, text: str, keys: tuple[str, ...], known: tuple[str, ...]) -> str:
    near = nearest(keys[-1], known)
    hint = f"did you mean {near}?" if near else "it is kept as it is"
    line = jsonplace.line_of(text, keys)
    return f"{settings.path}:{line}: nothing knows {'.'.join(keys)}; {hint}"

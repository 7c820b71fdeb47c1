"""The JSON Schema of `settings/config.json`, of the town and of a rig."""

from __future__ import annotations

from typing import Any

from gtlib.model.cost_tiers import ROLES
from gtlib.model.cost_tiers import TIERS
from gtlib.model.settings import DEFAULT
from gtlib.model.settings import EFFORTS
from gtlib.model.settings import MODES
from gtlib.model.settings import PERMISSIONS
from gtlib.model.settings import PROMPT_MODES
from gtlib.model.settings_keys import KEPT

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_TEXTS: Schema = {"type": "array", "items": _TEXT}


def settings_schema() -> Schema:
    """What gt goes by. Other keys are kept, so they are no error."""
    agent = _agent()
    keys: Schema = {
        "type": _TEXT,
        "version": {"type": "integer"},
        "default_agent": _about("the agent where nothing else is said"),
        "agent": _about("the agent of this rig where nothing else is said"),
        "agents": {
            "type": "object",
            "additionalProperties": agent,
            "description": "agents of your own, by name",
        },
        "role_agents": _by_role(_TEXT, "the agent of each role"),
        "crew_agents": _map("the agent of a crew member, by name"),
        "worker_agents": _map("the agent of a polecat or crew member, by name"),
        "role_effort": _by_role({"enum": [*EFFORTS]}, "how hard each role's program is to think"),
        "roles": {
            "type": "object",
            "additionalProperties": _object({"agent": _TEXT, "patrol": {"type": "boolean"}}),
        },
        "runtime": {**agent, "deprecated": True},
        "cost_tier": {"anyOf": [{"enum": [*TIERS]}, _TEXT]},
        "sessions": _by_role({"enum": [*MODES]}, "how each role's sessions run"),
        "permissions": _by_role({"enum": [*PERMISSIONS]}, "what each role's program may do by itself"),
        "namepool": _object(
            {
                "style": _TEXT,
                "names": _TEXTS,
                "themes": {"type": "object", "additionalProperties": _TEXTS},
                "max_before_numbering": {"type": "integer", "minimum": 0},
            }
        ),
        "workflow": _object({"default_formula": _TEXT}),
        "crew": _object({"startup": _about("who starts with gt up, in words: max, not emma")}),
        "scheduler": {"type": "object"},
        **{key: {} for key in KEPT},
    }
    return {"type": "object", "properties": keys}


def _agent() -> Schema:
    return _object(
        {
            "command": _about("the program"),
            "args": {
                **_TEXTS,
                "description": "its words; left out: as the preset has them; empty: none at all",
            },
            "provider": _about("the preset that it behaves as; without it, what the command names"),
            "preset": _TEXT,
            "env": _map("variables for its sessions; committed, so no keys"),
            "model": {"type": "string", "pattern": "^([^-]|$)"},
            "session": {"anyOf": [{"enum": [*MODES]}, {"type": "object"}]},
            "prompt_mode": {"enum": [*PROMPT_MODES]},
            "exec_wrapper": {**_TEXTS, "description": "words before the command"},
            "instructions": _object({"file": _TEXT}),
            "tmux": _object({"ready_prompt_prefix": _TEXT}),
        }
    )


def _about(what: str) -> Schema:
    return {"type": "string", "description": what}


def _object(properties: Schema) -> Schema:
    return {"type": "object", "properties": properties}


def _map(what: str) -> Schema:
    return {"type": "object", "additionalProperties": _TEXT, "description": what}


def _by_role(value: Schema, what: str) -> Schema:
    """Roles that there are, so that an editor offers them; others are kept."""
    roles = dict.fromkeys((*ROLES, DEFAULT), value)
    return {"type": "object", "properties": roles, "additionalProperties": value, "description": what}

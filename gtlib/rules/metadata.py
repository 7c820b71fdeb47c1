"""Metadata of beads: free keys with JSON values, as far as the town has no rules for them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any

from gtlib.errors import UserError
from gtlib.model.config import MetadataRule
from gtlib.model.config import MetadataRules
from gtlib.model.interchange_values import is_plain

RESERVED = ("bd:", "_")  # keys that begin so are the trackers' own
_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "int": (int,),
    "float": (int, float),
    "bool": (bool,),
    "enum": (str,),
}


def from_json(text: str) -> dict[str, Any]:
    """The metadata that a JSON object says. UserError when it is none, or has a key that is reserved."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise UserError(f"the metadata is not JSON: {problem}", "write an object: '{\"key\": 1}'") from None
    if not isinstance(found, dict):
        raise UserError("the metadata is no JSON object", "write an object: '{\"key\": 1}'")
    refuse(found)
    return found


def pairs(texts: Iterable[str], rules: MetadataRules) -> dict[str, Any]:
    """What repeated `key=value` say. UserError for one without `=`, said twice, or with a reserved key."""
    found: dict[str, Any] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        key = key.strip()
        if not equals or not key:
            raise UserError(f"--set-metadata {text} has no value", "write --set-metadata key=value")
        if key in found:
            raise UserError(f"--set-metadata {key} is given twice", "give it once")
        found[key] = _value(value, rules.fields.get(key))
    refuse(found)
    return found


def refuse(metadata: Mapping[str, Any]) -> None:
    """UserError for a key that people may not set, and for a value that no file can hold."""
    for key, value in metadata.items():
        if not key.strip() or key.startswith(RESERVED):
            raise UserError(
                f"the metadata key {key!r} is reserved", "begin it with neither bd: nor _, and name it"
            )
        if not is_plain({key: value}):
            raise UserError(
                f"the metadata key {key!r} has a value that no file can keep", "leave out null and infinity"
            )


def complaints(rules: MetadataRules, metadata: Mapping[str, Any]) -> tuple[str, ...]:
    """In what the metadata differs from what the town's rules ask for; nothing when they are off."""
    if rules.mode == "none":
        return ()
    found = [f"the metadata key {key} is missing" for key in _missing(rules, metadata)]
    for key, rule in rules.fields.items():
        if key in metadata and (wrong := _wrong(metadata[key], rule)):
            found.append(f"the metadata key {key} {wrong}")
    return tuple(found)


def check(rules: MetadataRules, metadata: Mapping[str, Any]) -> None:
    """UserError for metadata that the town's rules refuse (`mode: error`)."""
    found = complaints(rules, metadata) if rules.mode == "error" else ()
    if found:
        raise UserError(found[0], "town.yaml says what metadata must be")


def _missing(rules: MetadataRules, metadata: Mapping[str, Any]) -> list[str]:
    return [key for key, rule in rules.fields.items() if rule.required and key not in metadata]


def _value(text: str, rule: MetadataRule | None) -> Any:
    """Typed as the rule says; without one, JSON where that reads back as the same text (1.10 is none)."""
    if rule is not None and rule.type in ("string", "enum"):
        return text
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return text
    same = rule is not None or json.dumps(found, separators=(",", ":")) == text
    return found if same and not isinstance(found, str) and is_plain({"key": found}) else text


def _wrong(value: Any, rule: MetadataRule) -> str:
    kinds = _TYPES.get(rule.type, (str,))
    if not isinstance(value, kinds) or (isinstance(value, bool) and rule.type != "bool"):
        return f"is no {rule.type}: {value}"
    if rule.values and value not in rule.values:
        return f"is not one of {', '.join(rule.values)}: {value}"
    if rule.min is not None and isinstance(value, int | float) and value < rule.min:
        return f"is less than {rule.min:g}: {value}"
    if rule.max is not None and isinstance(value, int | float) and value > rule.max:
        return f"is more than {rule.max:g}: {value}"
    return ""

from __future__ import annotations

from typing import Any

import pytest

from gtlib.errors import UserError
from gtlib.model.config import MetadataRule
from gtlib.model.config import MetadataRules
from gtlib.rules import metadata

RULES = MetadataRules(
    mode="error",
    fields={
        "team": MetadataRule(type="enum", values=("a", "b"), required=True),
        "size": MetadataRule(type="int", min=1, max=9),
        "share": MetadataRule(type="float"),
        "sure": MetadataRule(type="bool"),
        "name": MetadataRule(),
    },
)


@pytest.mark.parametrize(
    ("text", "rules", "value"),
    [
        ("k=v", MetadataRules(), "v"),
        ("k=", MetadataRules(), ""),
        ("k=a=b", MetadataRules(), "a=b"),
        ("k=12", MetadataRules(), 12),
        ("k=1.10", MetadataRules(), "1.10"),
        ("k=1e3", MetadataRules(), "1e3"),
        ("k=007", MetadataRules(), "007"),
        ("k=true", MetadataRules(), True),
        ("k=null", MetadataRules(), "null"),
        ("k=NaN", MetadataRules(), "NaN"),
        ('k="quoted"', MetadataRules(), '"quoted"'),
        ('k=[1,"x"]', MetadataRules(), [1, "x"]),
        ("k=" + "[" * 100_000, MetadataRules(), "[" * 100_000),
        ("name=12", RULES, "12"),
        ("share=1.10", RULES, 1.1),
    ],
)
def test_values_of_pairs(text: str, rules: MetadataRules, value: Any) -> None:
    (found,) = metadata.pairs([text], rules).values()
    assert found == value and type(found) is type(value)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"team": "a", "size": 9, "share": 1, "sure": False, "name": "x", "other": []}, ()),
        ({}, ("the metadata key team is missing",)),
        ({"team": "c"}, ("the metadata key team is not one of a, b: c",)),
        ({"team": 1}, ("the metadata key team is no enum: 1",)),
        ({"team": "a", "size": 0}, ("the metadata key size is less than 1: 0",)),
        ({"team": "a", "size": 10}, ("the metadata key size is more than 9: 10",)),
        ({"team": "a", "size": True}, ("the metadata key size is no int: True",)),
        ({"team": "a", "size": 1.5}, ("the metadata key size is no int: 1.5",)),
        ({"team": "a", "sure": "yes"}, ("the metadata key sure is no bool: yes",)),
    ],
)
def test_rules_of_the_town(given: dict[str, Any], said: tuple[str, ...]) -> None:
    assert metadata.complaints(RULES, given) == said
    if said:
        with pytest.raises(UserError, match=said[0]):
            metadata.check(RULES, given)
    metadata.check(MetadataRules(mode="warn", fields=RULES.fields), given)
    assert metadata.complaints(MetadataRules(mode="none", fields=RULES.fields), given) == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "the metadata is not JSON: "),
        ("[" * 100_000, "the metadata is not JSON: "),
        ("[]", "the metadata is no JSON object; "),
        ('{"_x": 1}', "the metadata key '_x' is reserved; "),
        ('{"bd:x": 1}', "the metadata key 'bd:x' is reserved; "),
        ('{"": 1}', "the metadata key '' is reserved; "),
        ('{"x": null}', "the metadata key 'x' has a value that no file can keep; "),
        ('{"x": {"y": Infinity}}', "the metadata key 'x' has a value that no file can keep; "),
    ],
)
def test_what_is_no_metadata(text: str, said: str) -> None:
    with pytest.raises(UserError) as refused:
        metadata.from_json(text)
    assert str(refused.value).startswith(said)


def test_a_pair_is_said_once() -> None:
    for texts in (["k=1", "k=2"], ["k"], ["=1"], ["_k=1"]):
        with pytest.raises(UserError):
            metadata.pairs(texts, MetadataRules())

from __future__ import annotations

from gtlib.rules.read_claims import Made
from gtlib.rules.read_claims import read_claims


def claims(*trailers: str, message: str = "Do it\n\nThe text.", **made: object) -> list[dict[str, object]]:
    commit = Made("c" * 40, f"{message}\n\n" + "\n".join(trailers) + "\n", "Ada <a@x>", 1_790_000_000)
    names = ("kind", "value", "bead", "outputs", "checked", "to", "subject", "body")
    defaults = ("", "", "", (), False, (), "", "")
    return [
        {n: getattr(each, n) for n, d in zip(names, defaults, strict=True) if getattr(each, n) != d}
        for each in read_claims(commit, "mayor")
    ]


def test_an_ordinary_message_claims_nothing() -> None:
    assert claims("Signed-off-by: Ada <a@x>", "Bead: gt-a") == []


def test_outputs_belong_to_the_step_before_them() -> None:
    found = claims(
        "Step: build", "Output: version=1.0", "Closes: gt-b", 'Output: parts = {"a": "b=c"}', "Step: tag", "Checked: yes",
        "Output: nonsense",
    )  # fmt: skip
    assert found == [
        {
            "kind": "step",
            "value": "build",
            "checked": True,
            "outputs": (("version", "1.0"), ("parts", '{"a": "b=c"}')),
        },
        {"kind": "closes", "value": "gt-b"},
        {"kind": "step", "value": "tag", "checked": True, "outputs": (("", "nonsense"),)},
    ]
    assert claims("Output: a=b") == [{"kind": "output", "value": "a=b"}]


def test_each_recipient_is_a_claim_of_one_message() -> None:
    found = claims(
        "Mail-To: mayor", "Bead: gt-a", "Mail-To: overseer", message="Two\nlines\n\n# Text\n\nmore"
    )
    one = {"kind": "mail-to", "bead": "gt-a", "to": ("mayor", "overseer"), "subject": "Two lines"}
    assert found == [
        {**one, "value": "mayor", "body": "# Text\n\nmore"},
        {**one, "value": "overseer", "body": "# Text\n\nmore"},
    ]


def test_what_a_failed_step_and_an_escalation_say() -> None:
    assert claims("Failed: tests two of them need a key", "Escalate: high Who has it?") == [
        {"kind": "failed", "value": "tests two of them need a key"},
        {"kind": "escalate", "value": "high Who has it?"},
    ]


def test_a_key_is_of_branch_author_time_and_line_and_for_mail_of_the_subject() -> None:
    def keys(message: str, trailer: str, **made: object) -> list[str]:
        given = {"commit": "c", "author": "Ada", "when": 1, **made}
        commit = Made(message=f"{message}\n\n{trailer}\n", **given)  # type: ignore[arg-type]
        return [claim.key for claim in read_claims(commit, "mayor")]

    same = keys("A", "Step: x")
    assert same == keys("B", "Step: x", commit="d")
    others = [
        keys("A", "Step: y"),
        *(keys("A", "Step: x", **m) for m in ({"author": "Bo"}, {"when": 2}, {"where": "r b"})),
    ]
    assert same not in others and len({str(each) for each in others}) == 4
    assert keys("A", "Mail-To: mayor") == keys("A\n\ntext", "Mail-To: mayor")
    assert keys("A", "Mail-To: mayor") != keys("B", "Mail-To: mayor")

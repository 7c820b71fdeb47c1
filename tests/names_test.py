from __future__ import annotations

import pytest

from gtlib import names
from gtlib.errors import UserError

SEED = ("Fix login", "Details", "jira-import", 1704164645006000000)


@pytest.mark.parametrize(
    ("length", "want"),
    [(3, "vju"), (4, "8d8e"), (5, "bi3tk"), (6, "8bi3tk"), (7, "r5sr6bm"), (8, "8r5sr6bm")],
)
def test_hash_part_is_that_of_beads(length: int, want: str) -> None:
    assert names.hash_part(*SEED, 0, length) == want


def test_mint_starts_with_five_and_avoids_what_is_taken() -> None:
    assert names.mint("bd", *SEED, taken=()) == "bd-bi3tk"
    assert names.mint("bd", *SEED, taken={"bd-bi3tk"}) == "bd-" + names.hash_part(*SEED, 1, 5)
    fives = {"bd-" + names.hash_part(*SEED, n, 5) for n in range(10)}
    assert names.mint("bd", *SEED, taken=fives) == "bd-8bi3tk"
    assert names.mint("gt", *SEED, taken=(), infix="mol") == "gt-mol-bi3tk"


def test_derive_is_deterministic_and_keeps_causes_apart() -> None:
    assert names.derive("gt", "mr", "gt-abc12", "c" * 40) == names.derive("gt", "mr", "gt-abc12", "c" * 40)
    assert names.derive("gt", "mr", "a", "b") != names.derive("gt", "mr", "a|b")
    assert names.derive("msg", "", "a").startswith("msg-")
    assert names.item_id(names.derive("gt", "mr", "a")) == names.derive("gt", "mr", "a")


@pytest.mark.parametrize(
    ("rig", "want"),
    [
        ("my-project", "mp"),
        ("big_old_app", "boa"),
        ("camelCase", "cc"),
        ("gastown", "gt"),
        ("app", "app"),
        ("beads", "be"),
        ("HTTPServer", "hs"),
        ("a", "a"),
        ("town", "to"),
        ("greenfield", "gf"),
    ],
)
def test_derive_prefix(rig: str, want: str) -> None:
    assert names.derive_prefix(rig) == want


@pytest.mark.parametrize(
    ("item", "want"),
    [
        ("gt-abc12", "gt"),
        ("gt-abc12.1.2", "gt"),
        ("hq-cv-a1b2c", "hq"),
        ("gt-mol-k2p9x", "gt"),
        ("my-app-x1", "my-app"),
        ("msg-4k2p9", "msg"),
        ("my-app-mr-x1", "my-app"),
    ],
)
def test_prefix_of(item: str, want: str) -> None:
    assert names.prefix_of(item) == want


@pytest.mark.parametrize(
    ("item", "want"),
    [
        ("my-app-abcde", "my-app"),
        ("my-app-x-abcde", "my-app-x"),
        ("my-app-mol-abcde", "my-app"),
        ("my-apple-abcd1", "my-apple"),
        ("my-abcde.3", "my"),
        ("myapp-abcde", "myapp"),
    ],
)
def test_the_longest_known_prefix_counts(item: str, want: str) -> None:
    assert names.prefix_of(item, ["my", "my-app", "my-app-x"] if item != "my-apple-abcd1" else ["hq"]) == want


@pytest.mark.parametrize(
    ("item", "want"),
    [
        ("a-b-12", "a-b"),
        ("a-b-zzz", "a-b"),
        ("a-b-zzzz", "a"),
        ("a-b-zz2z", "a-b"),
        ("a-b-Zz2z", "a"),
        ("a-b-123456789", "a-b"),
        ("a-b-12345678z", "a"),
        ("gt-merge-slot", "gt"),
        ("gt", ""),
    ],
)
def test_an_unknown_prefix_ends_where_a_hash_begins(item: str, want: str) -> None:
    assert names.prefix_of(item) == want


@pytest.mark.parametrize(
    ("count", "length"),
    [(0, 5), (5_898, 5), (5_899, 6), (35_389, 6), (35_390, 7), (212_339, 7), (212_340, 8)],
)
def test_ids_grow_with_the_crowd(count: int, length: int) -> None:
    assert names.first_length(count) == length


def test_the_crowd_is_what_has_the_prefix_and_no_dot() -> None:
    def minted(*groups: str) -> int:
        return len(names.mint("bd", *SEED, taken={f"{id}{n}" for id in groups for n in range(3_000)})) - 3

    assert minted("bd-a", "bd-b") == 6
    assert minted("bd-a", "gt-b") == 5
    assert minted("bd-a", "bd-b.") == 5

    class Many:
        """As of an archive: counted, never listed."""

        def __len__(self) -> int:
            return 6_000

        def __contains__(self, id: object) -> bool:
            return False

    assert names.mint("bd", *SEED, taken=Many()) == "bd-8bi3tk"


@pytest.mark.parametrize(
    "text", ["gt-abc12", "gt-abc12.1", "hq-cv-a1b2c", "beads_rust-2k3", "p-x.step.child", "hq-mayor"]
)
def test_item_id_accepts(text: str) -> None:
    assert names.item_id(text) == text


@pytest.mark.parametrize(
    "text", ["", "gt", "gt-", "../x-a", "gt-a/b", "gt-a..b", "gt-a.lock", "-a", "gt-a\n", "gt-é", "1-a"]
)
def test_item_id_refuses(text: str) -> None:
    with pytest.raises(UserError, match="is not an id"):
        names.item_id(text)


@pytest.mark.parametrize(
    "text",
    ["mayor", "overseer", "r/witness", "r/refinery", "r/polecats/toast", "r/crew/ada", "deacon/dogs/rex"],
)
def test_address_accepts(text: str) -> None:
    assert names.address(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/",
        "r/",
        "r/x",
        "r/polecats",
        "r/x/y",
        "r/crew/new",
        "new",
        "a/b/c/d",
        "../crew/x",
        "r/crew/.",
        "a b",
    ],
)
def test_address_refuses(text: str) -> None:
    with pytest.raises(UserError, match="is not an address"):
        names.address(text)


@pytest.mark.parametrize("text", ["my-rig", "a.b", "a b", "", "1a", "a/b", "x" * 41])
def test_rig_name_refuses(text: str) -> None:
    with pytest.raises(UserError, match="is not a name for a rig"):
        names.rig_name(text)


@pytest.mark.parametrize("text", ["mail", "Beads", "crew", "mayor", "outbox", "settings"])
def test_reserved_words(text: str) -> None:
    with pytest.raises(UserError, match="is reserved"):
        names.rig_name(text)
    with pytest.raises(UserError, match="is reserved"):
        names.agent_name(text)


def test_prefix_and_step_and_commit() -> None:
    assert names.prefix("gt") == "gt"
    assert names.prefix("my-app") == "my-app"
    for bad in ("", "Gt", "g-", "gt_x", "x" * 21, "a-mol"):
        with pytest.raises(UserError):
            names.prefix(bad)
    assert names.step_id("run-tests") == "run-tests"
    for bad in ("", "a b", "-a", "a,b", "a)", "a..b"):
        with pytest.raises(UserError):
            names.step_id(bad)


IDS = ["gt-abc12", "gt-abc12.1", "gt-abd34", "hq-abd34", "gt-xabd34", "gt-mol-k2p9x", "my-app-zz9"]


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("gt-abc12", "gt-abc12"),
        ("abc12", "gt-abc12"),
        ("abc12.1", "gt-abc12.1"),
        ("abc", "gt-abc12"),
        ("k2p", "gt-mol-k2p9x"),
        ("gt-abd34", "gt-abd34"),
        ("xabd", "gt-xabd34"),
        ("my-app-zz", "my-app-zz9"),
        ("mol-k2p9x", "gt-mol-k2p9x"),
        ("mol-k2p", "gt-mol-k2p9x"),
        ("app-zz", "my-app-zz9"),
        ("bc1.1", "gt-abc12.1"),
        ("gt-bc1.1", "gt-abc12.1"),
    ],
)
def test_resolve(text: str, want: str) -> None:
    assert names.resolve(text, iter(IDS)) == want


def test_resolve_refuses() -> None:
    with pytest.raises(UserError) as e:
        names.resolve("abd34", IDS)
    assert str(e.value) == "'abd34' means 2 items; write one of: gt-abd34, hq-abd34"
    with pytest.raises(UserError) as e:
        names.resolve("nope", IDS)
    assert e.value.what == "no item matches 'nope'"
    for text in ("", "-", "gt", "gt-", "bc12.", "hq-abc", "p-zz9"):
        with pytest.raises(UserError, match="no item matches"):
            names.resolve(text, IDS)


def test_resolve_tries_the_given_prefix_first() -> None:
    assert names.resolve("abd34", IDS, "hq") == "hq-abd34"
    assert names.resolve("k2p", IDS, "hq") == "gt-mol-k2p9x"

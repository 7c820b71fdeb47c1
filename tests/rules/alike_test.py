from __future__ import annotations

from fractions import Fraction
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from gtlib.rules.alike import alike
from gtlib.rules.alike import tokens
from tests.support.world import bead

WORDS = st.lists(st.sampled_from(["alpha", "beta", "gamma", "delta", "eps", "zeta"]), max_size=5).map(
    " ".join
)
LIMITS = st.sampled_from([Fraction(each) for each in ("0.2", "1/3", "0.5", "0.8", "1")])


@given(st.lists(WORDS, max_size=8), LIMITS, st.sampled_from([None, 1, 2, 5]))
def test_pairs_are_those_of_the_definition(texts: list[str], threshold: Fraction, most: int | None) -> None:
    beads = [bead(f"pr-aa{number}", title="Do", description=text) for number, text in enumerate(texts)]
    expected = []
    for first, second in combinations(range(len(beads)), 2):
        one, two = (tokens(f"Do {beads[at].description}") for at in (first, second))
        similarity = Fraction(len(one & two), len(one | two))
        if similarity >= threshold:
            expected.append((-similarity, second, first))
    found = [(pair.a.id, pair.b.id, pair.similarity) for pair in alike(beads, threshold, most)]
    assert found == [
        (f"pr-aa{first}", f"pr-aa{second}", float(-similarity))
        for similarity, second, first in sorted(expected)[:most]
    ]


def test_small_words_and_case_do_not_count() -> None:
    assert tokens("The Fix of a log-in, in GERMAN: über ") == {"fix", "log-in", "german", "über"}


def test_beads_without_words_are_like_nothing() -> None:
    assert alike([bead("pr-aa1", title="a"), bead("pr-aa2", title="the")], Fraction(1, 2)) == ()

"""UQAC against the exact marginal, and which readings count."""

import math
from dataclasses import replace

import numpy as np
import pytest

from attentive import spoken
from dubito.estimate.asked.uqac import UQAC, Replacement, variants
from dubito.estimate.attention_chain import KeyTokens
from dubito.evidence import Evidence, Missing

KEYS = KeyTokens(least=0, threshold=0.3)
WORDS = ["kilo", " mega", " fee", " 9"]
TOP = np.array([[0.7, 0.3], [0.6, 0.4], [0.8, 0.2], [1.0, 0.0]])


def text(
    words: list[str] = WORDS,
    p: tuple[float, ...] = (0.7, 0.6, 0.8, 0.9),
    top: np.ndarray = TOP,
    *,
    second: bool = False,
) -> Evidence:
    """The answer 9 stands on kilo, and on mega too where `second`."""
    heads = np.full((1, 1, 4, 6), 1e-3)
    heads[0, 0, 2, 2] = 0.6  # " 9" was written after " fee", which looks at "kilo"
    heads[0, 0, 2, 3] = 0.6 if second else 1e-4
    return spoken(words, list(p), heads, states=np.ones((5, 2)), top=top)


def test_one_key_whose_alternatives_are_all_read_gives_the_exact_marginal():
    """p(9) = .7 * .9 + .3 * .2 = .69, whatever the filler's p."""
    other = text(["nano", *WORDS[1:]], (0.3, 0.5, 0.1, 0.2))
    score = UQAC(KEYS)([text(), other])
    assert score.doubt == pytest.approx(1 - 0.69)
    assert score.parts == pytest.approx(
        {"answer": 1 - 0.9, "text": 1 - 0.63, "read": 1, "unread": 0}
    )


def test_without_readings_it_is_the_text_as_it_stands():
    score = UQAC(KEYS)([text()])
    assert score.doubt == pytest.approx(1 - 0.7 * 0.9)
    assert score.parts["unread"] == 1
    sure = np.array([[0.999, 0.001], [0.6, 0.4], [0.8, 0.2], [1.0, 0.0]])
    nothing_likely = UQAC(KEYS)([text(p=(0.999, 0.6, 0.8, 0.9), top=sure)])
    assert nothing_likely.doubt == pytest.approx(1 - 0.999 * 0.9)
    assert nothing_likely.parts["unread"] == 0


def test_all_certain_is_no_doubt():
    score = UQAC(KEYS)([text(p=(1, 1, 1, 1), top=np.array([[1.0, 0.0]] * 4))])
    assert score.doubt == 0


def test_two_keys_as_on_the_card():
    """Answer = xor of two keys of .7: .49 as it stands; each replacement gives another answer."""
    xor = text(p=(0.7, 0.7, 0.8, 1.0), second=True)
    one = text(["nano", *WORDS[1:]], (0.3, 0.7, 0.8, 0.0), second=True)
    two = text([WORDS[0], " pico", *WORDS[2:]], (0.7, 0.3, 0.8, 0.0), second=True)
    assert UQAC(KEYS)([xor, one, two]).doubt == pytest.approx(1 - 0.49)
    # Where key 1 alone decides, the other one's replacement keeps the answer: .49 + .21.
    kept = text([WORDS[0], " pico", *WORDS[2:]], (0.7, 0.3, 0.8, 1.0), second=True)
    assert UQAC(KEYS)([xor, one, kept]).doubt == pytest.approx(1 - 0.70)


def test_the_sum_is_between_the_text_alone_and_one():
    rng = np.random.default_rng(0)
    for _ in range(50):
        p, q = rng.uniform(size=2), rng.uniform(size=2)
        base = text(p=(p[0], 0.5, 0.5, p[1]))
        other = text(["nano", *WORDS[1:]], (1 - p[0], q[0], 0.5, q[1]))
        doubt = UQAC(KEYS)([base, other]).doubt
        assert 0 <= doubt <= 1 - p[0] * p[1] + 1e-12


@pytest.mark.parametrize(
    "words",
    [
        WORDS,  # the text itself
        ["kilo", " mega", " foe", " 9"],  # another token than a key
        ["nano", " mega", " foe", " 9"],  # two tokens
        ["nano", " mega", " 9"],  # cut into other tokens
    ],
    ids=["same", "no key", "two", "shorter"],
)
def test_a_reading_that_is_no_variant_is_left_out(words):
    odd = text(["a", "b", "c", "d"])
    answer = replace(odd.answer, tokens=tuple(words), logprobs=np.zeros(len(words)))
    score = UQAC(KEYS)([text(), replace(odd, answer=answer)])
    assert score.doubt == pytest.approx(1 - 0.63)
    assert (score.parts["read"], score.parts["unread"]) == (0, 1)


def test_a_reading_twice_counts_once_and_may_go_on():
    other = text(["nano", *WORDS[1:]], (0.3, 0.5, 0.1, 0.2))
    ended = replace(
        other.answer,
        tokens=(*other.answer.tokens, "<end>"),
        logprobs=np.append(np.asarray(other.answer.logprobs), -5.0),
    )
    score = UQAC(KEYS)([text(), other, replace(other, answer=ended)])
    assert score.doubt == pytest.approx(1 - 0.69)


def test_what_to_read():
    """kilo's other candidate, id 1 of the first row, with log .3."""
    asked = UQAC(KEYS).replacements(text().answer)
    assert asked == [Replacement(0, 1, pytest.approx(math.log(0.3)))]
    both = UQAC(KEYS).replacements(text(second=True).answer)
    assert [(r.place, r.id) for r in both] == [(1, 3), (0, 1)]
    # Of the 1 + 2 likeliest the third is mega's other candidate of .4.
    assert [r.id for r in UQAC(KEYS, most=1).replacements(text(second=True).answer)] == [3]
    # Of the 0 + 2 likeliest, kilo .7 and mega .6 are the text's own.
    assert UQAC(KEYS, most=0).replacements(text(second=True).answer) == []
    assert UQAC(KEYS, least=0.3).replacements(text().answer) == []


def test_variants_are_written_into_the_text():
    answer = text().answer
    written = variants(
        answer, [Replacement(0, 7, -1.0), Replacement(2, 8, -1.0)], {7: "nano", 8: " X"}.__getitem__
    )
    assert written == ["nano mega fee 9", "kilo mega X 9"]
    with pytest.raises(Missing, match="offsets"):
        variants(replace(answer, offsets=None), [], str)


def test_options_are_checked():
    with pytest.raises(ValueError, match="least"):
        UQAC(least=1.0)
    with pytest.raises(ValueError, match="most"):
        UQAC(most=-1)

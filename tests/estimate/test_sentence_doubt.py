"""Where sentences end, and what a document of several of them is worth."""

import math
import re
from dataclasses import replace

import numpy as np
import pytest

from dubito.estimate import (
    MinTokenProbability,
    Perplexity,
    SentenceEntropy,
    SentenceSurprise,
    TokenEntropy,
)
from dubito.estimate.sentence_doubt import sentences
from dubito.evidence import Evidence, Missing, Sequence
from inputs import rich_evidence


def words(text: str) -> np.ndarray:
    """Offsets of the words, each with the blanks before it, and of an end token."""
    spans = [m.span() for m in re.finditer(r"\s*\S+", text)]
    return np.array([*spans, (len(text), len(text))])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # the last number is the end token's
        ("One two", [0, 0, 0]),
        ("One. Two", [0, 1, 1]),
        ("One. Two.", [0, 1, 1]),
        ("One? Two! Three", [0, 1, 2, 2]),
        ("Is 3.5 more", [0, 0, 0, 0]),
        ("Wait... what?! Yes", [0, 1, 2, 2]),
        ('He said "no." Then', [0, 0, 0, 1, 1]),
        ("One.  \n", [0, 0]),
        ("One. \n\nTwo", [0, 1, 1]),
        ("东京。 大阪。", [0, 1, 1]),
    ],
)
def test_sentences(text, expected):
    assert sentences(text, words(text)).tolist() == expected


def test_a_token_belongs_where_it_begins():
    """Tokens "One", ". T", "wo": the second one crosses the end of the first sentence."""
    assert sentences("One. Two", np.array([(0, 3), (3, 6), (6, 8)])).tolist() == [0, 0, 1]


def test_marks_without_blanks():
    """Two sentences of one character and a full stop each."""
    offsets = np.array([(0, 1), (1, 2), (2, 3), (3, 4)])
    assert sentences("是。否。", offsets).tolist() == [0, 0, 1, 1]


def document(text: str, *surprise: float) -> Evidence:
    values = np.array(surprise)
    answer = Sequence(text, offsets=words(text), logprobs=-values, entropies=values)
    return Evidence("?", answer)


def test_card_of_one_sentence():
    """p = (.5, .25) and H = (1.0, .2), the end token left out as on the card."""
    answer = Sequence(
        "One two",
        offsets=words("One two")[:2],
        logprobs=np.log([0.5, 0.25]),
        entropies=np.array([1.0, 0.2]),
    )
    evidence = Evidence("?", answer)
    assert SentenceSurprise()(evidence).doubt == pytest.approx(1.386294, abs=5e-7)
    assert SentenceSurprise(pool=np.mean)(evidence).doubt == pytest.approx(1.039721, abs=5e-7)
    assert SentenceEntropy()(evidence).doubt == pytest.approx(1.0)
    assert SentenceEntropy(pool=np.mean)(evidence).doubt == pytest.approx(0.6)


def test_document_is_the_mean_of_its_sentences():
    """Maxima 2 and 4 give 3, not 4; means 2 and 2.5 (of 4 and 1) give 2.25."""
    evidence = document("One. Two.", 2.0, 4.0, 1.0)
    for estimator in (SentenceSurprise, SentenceEntropy):
        assert estimator()(evidence).doubt == pytest.approx(3)
        assert estimator(pool=np.mean)(evidence).doubt == pytest.approx(2.25)


def test_one_sentence_is_the_whole_answer():
    whole = rich_evidence()
    plain = replace(whole, answer=replace(whole.answer, text=whole.answer.text.replace(".", " ")))
    for by_sentence, over_all in (
        (SentenceSurprise(), MinTokenProbability()),
        (SentenceSurprise(pool=np.mean), Perplexity()),
        (SentenceEntropy(), TokenEntropy(pool=np.max)),
        (SentenceEntropy(pool=np.mean), TokenEntropy()),
    ):
        assert by_sentence(plain).doubt == pytest.approx(over_all(plain).doubt)
        assert not math.isclose(by_sentence(whole).doubt, over_all(whole).doubt)


def test_without_offsets_there_are_no_sentences():
    evidence = Evidence("?", Sequence("One.", logprobs=np.zeros(1), entropies=np.zeros(1)))
    for estimator in (SentenceSurprise(), SentenceEntropy()):
        with pytest.raises(Missing, match="character offsets"):
            estimator(evidence)

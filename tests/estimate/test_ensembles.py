"""Ensemble doubts of arrays and of evidence: the measures arrive, parts sum, texts must match.

Rows: ensemble-mutual-information, ensemble-epkl, ensemble-reverse-information and
ensemble-sequence-reverse.
"""

import math
import pickle
from dataclasses import replace

import numpy as np
import pytest

from dubito.catalogue import find
from dubito.estimate.ensembles import EnsembleDoubt, EnsembleSequence, Members
from dubito.evidence import Evidence, Missing, Sequence
from dubito.maths.ensemble_sequences import chain_doubts
from laws import assert_doubt, assert_frozen

ROWS = {
    "ensemble-mutual-information": "knowledge",
    "ensemble-epkl": "pairs",
    "ensemble-reverse-information": "reverse",
}


def ensemble(seed: int = 0, apart: float = 1.0) -> Members:
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(1, 3, 4, 6)) + apart * rng.normal(size=(5, 3, 4, 6))
    logp = logits - np.logaddexp.reduce(logits, axis=-1, keepdims=True)
    return Members(logp, np.arange(4) < np.array([[4], [2], [3]]))


@pytest.mark.parametrize(("row", "field"), ROWS.items())
def test_each_row_is_its_measure(row: str, field: str) -> None:
    members = ensemble()
    estimator = find(row).method.make()
    score = estimator(members)
    doubts = chain_doubts(members.logp, members.kept)
    assert_doubt(score)
    assert_frozen(estimator)
    assert score.doubt == pytest.approx(doubts._asdict()[field])
    assert score.parts["aleatoric"] + score.parts["epistemic"] == pytest.approx(doubts.total)
    assert pickle.loads(pickle.dumps(estimator))(members) == score


@pytest.mark.parametrize("row", ROWS)
def test_rises_as_members_part_and_ignores_their_order(row: str) -> None:
    estimator = find(row).method.make()
    found = [estimator(ensemble(apart=a)).doubt for a in (0.0, 0.3, 1.0, 3.0)]
    assert found == sorted(found)
    assert found[0] == pytest.approx(0, abs=1e-12)
    members = ensemble()
    turned = replace(members, logp=members.logp[::-1])
    assert estimator(turned).doubt == pytest.approx(estimator(members).doubt)


def test_mutual_information_is_the_default() -> None:
    score = EnsembleDoubt()(ensemble())
    assert score.doubt == score.parts["epistemic"]


def read(*p: list[float], text: str = "yes") -> Evidence:
    """A member's reading of answers with these token probabilities."""
    with np.errstate(divide="ignore"):
        samples = tuple(
            Sequence(f"{text} {i}", tokens=("x",) * len(row), logprobs=np.log(row))
            for i, row in enumerate(p)
        )
    return Evidence("Is it?", Sequence("yes"), samples)


def test_sequence_by_hand() -> None:
    """Answers of two tokens and one: members .25, .5 and .03, .1; means .14 and .3."""
    members = [read([0.5, 0.5], [0.5]), read([0.1, 0.3], [0.1])]
    score = EnsembleSequence(samples=2)(members)
    first = (math.log(0.14) - (math.log(0.25) + math.log(0.03)) / 2) / 2
    second = math.log(0.3) - (math.log(0.5) + math.log(0.1)) / 2
    assert score.doubt == pytest.approx((first + second) / 2)
    assert score.parts["total"] == pytest.approx(-(math.log(0.14) / 2 + math.log(0.3)) / 2)


def test_members_that_agree_have_no_doubt() -> None:
    one = read([0.5, 0.5], [0.2])
    assert EnsembleSequence(samples=2)([one, one, one]).doubt == pytest.approx(0)


def test_a_member_that_excludes_an_answer() -> None:
    assert EnsembleSequence(samples=1)([read([0.5]), read([0.0])]).doubt == math.inf


def test_refused() -> None:
    with pytest.raises(Missing, match="different answers"):
        EnsembleSequence(samples=1)([read([0.5]), read([0.5], text="no")])
    with pytest.raises(ValueError, match="probability 0"):
        EnsembleSequence(samples=1)([read([0.0]), read([0.0])])
    with pytest.raises(ValueError, match="samples"):
        EnsembleSequence(samples=0)

"""MBR and X-MBR of the row sample-selection-multilingual: the card's numbers and limits."""

from dataclasses import replace

import numpy as np
import pytest

from dubito.data.worlds.shown import shown
from dubito.decide import MinimumBayesRisk, MostLikely, majority
from dubito.decide.sample_selection import beside, expected_utility, picked, pool_quality
from dubito.estimate.likeness import EXACT
from dubito.estimate.similarity import COSINE, ENTAILMENT, JACCARD, Similarity, texts
from dubito.evidence import Evidence, Floats, Missing, Plan, Sequence
from laws import assert_frozen


def points(*values: float) -> Evidence:
    """One answer for each number, which is its embedding; the first is the greedy one."""
    first, *rest = (Sequence(str(v)) for v in values)
    return Evidence("?", first, tuple(rest), embeddings=np.array(values, dtype=float)[:, None])


def nearness(evidence: Evidence) -> Floats:
    assert evidence.embeddings is not None
    return -np.abs(evidence.embeddings - evidence.embeddings.T)


NEAR = MinimumBayesRisk(2, similarity=Similarity(nearness, Plan(embeddings=True)))


def test_card() -> None:
    """0, 1, 10: -(0 + 1 + 10) / 3, -(1 + 0 + 9) / 3, -(10 + 9 + 0) / 3."""
    got = NEAR(points(0, 1, 10))
    assert got.score == pytest.approx([-11 / 3, -10 / 3, -19 / 3])
    assert (got.answer, got.place) == ("1", 1)


def test_card_with_a_pivot() -> None:
    """{0, 0, 0} as well: -11 / 6, -(10 + 3) / 6, -(19 + 30) / 6."""
    got = NEAR(points(0, 1, 10), points(0, 0, 0))
    assert got.score == pytest.approx([-11 / 6, -13 / 6, -49 / 6])
    assert (got.answer, got.place) == ("0", 0)


def test_evidence_never_wins() -> None:
    """2 and 2 lie in the middle of everything; only 0, 1 and 10 are candidates."""
    got = NEAR(points(0, 1, 10), points(2, 2))
    assert len(got.score) == 3
    assert got.answer == "1"


def test_core_on_many_prompts_at_once() -> None:
    utility = np.array([[0.0, -1, -10], [-1, 0, -9], [-10, -9, 0]])
    both = expected_utility(np.stack([utility, 2 * utility]))
    assert both == pytest.approx(np.array([[-11, -10, -19], [-22, -20, -38]]) / 3)
    # rows are candidates, columns evidence
    assert expected_utility([[1.0, 2, 3], [0, 0, 0]]).tolist() == [2, 0]


@pytest.mark.parametrize(("utility", "told"), [([[], []], "shape"), ([[np.nan, 1.0]], "1 NaN")])
def test_core_refuses_what_has_no_mean(utility: list, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        expected_utility(utility)


def test_one_answer_and_equal_answers() -> None:
    """N = 1 is returned; of equals the greedy answer, with the score of an answer to itself."""
    assert NEAR(points(7)).answer == "7"
    assert MostLikely(0)(Evidence("?", Sequence("7", logprobs=np.array([-1.0])))).place == 0
    equal = NEAR(points(3, 3, 3))
    assert (equal.place, equal.score.tolist()) == (0, [0, 0, 0])


def test_equal_scores_go_to_the_greedy_answer() -> None:
    assert picked(points(5, 6, 7), np.array([1.0, 2.0, 2.0])).place == 1


def test_a_vote_is_the_utility_of_equal_texts() -> None:
    """MBR by 0/1 is the majority of the pool."""
    for texts_ in ("abbcb", "aabbb", "abcac"):
        first, *rest = (Sequence(t) for t in texts_)
        evidence = Evidence("?", first, tuple(rest))
        assert MinimumBayesRisk(similarity=EXACT)(evidence).answer == majority(texts_)


def test_order_of_samples_does_not_matter() -> None:
    evidence = shown(2, samples=6)
    rule = MinimumBayesRisk(6, similarity=ENTAILMENT)
    plain, turned = rule(evidence), rule(evidence.take([5, 3, 1, 0, 2, 4]))
    assert turned.answer == plain.answer
    assert turned.score[1:] == pytest.approx(plain.score[1:][[5, 3, 1, 0, 2, 4]])


@pytest.mark.parametrize("similarity", [COSINE, JACCARD])
def test_a_pivot_adds_columns_and_no_rows(similarity: Similarity) -> None:
    here, elsewhere = shown(0, samples=4), shown(1, samples=3)
    rule = MinimumBayesRisk(4, similarity=similarity)
    joined = beside(here.only(rule.plan), elsewhere.only(replace(rule.plan, samples=3)))
    assert texts(joined) == texts(here) + texts(elsewhere)
    expected = similarity(joined)[:5].mean(axis=1)
    assert rule(here, elsewhere).score == pytest.approx(expected)
    assert rule(here, elsewhere).answer in texts(here)
    # what is judged within each pool alone says nothing across
    with pytest.raises(Missing, match="no entailment"):
        MinimumBayesRisk(4, similarity=ENTAILMENT)(here, elsewhere)
    with pytest.raises(Missing, match="no embeddings of the pivot"):
        beside(here, replace(elsewhere, embeddings=None))
    with pytest.raises(Missing, match="no embeddings of the evidence"):
        beside(replace(here, embeddings=None), elsewhere)


def test_most_likely_is_by_the_mean_token() -> None:
    """-0.5 and -0.5 beat -0.6 although their sum does not; the greedy answer has -0.9."""
    answers = [Sequence(t, logprobs=np.array(p)) for t, p in
               (("g", [-0.9]), ("short", [-0.6]), ("long", [-0.5, -0.5]))]  # fmt: skip
    evidence = Evidence("?", answers[0], tuple(answers[1:]))
    got = MostLikely(2)(evidence)
    assert (got.answer, got.place) == ("long", 2)
    assert got.score == pytest.approx([-0.9, -0.6, -0.5])
    with pytest.raises(Missing, match="logprobs"):
        MostLikely(2)(evidence.only(Plan(samples=2)))


def test_hope_risk_and_mean() -> None:
    got = pool_quality([[1.0, 4, 1], [0, -3, 0]])
    assert got.hope.tolist() == [4, 0]
    assert got.risk.tolist() == [1, -3]
    assert got.mean.tolist() == [2, -1]


def test_plans_and_options() -> None:
    rule = MinimumBayesRisk()
    assert_frozen(rule)
    assert rule.plan == Plan(samples=4, embeddings=True)
    assert MostLikely(3).plan == Plan(samples=3, logprobs=True)
    evidence = shown(0, samples=4)
    assert rule(evidence.only(rule.plan)).answer == rule(evidence).answer
    with pytest.raises(Missing, match="embeddings"):
        rule(evidence.only(Plan(samples=4)))
    with pytest.raises(ValueError, match="samples must be at least 0, got -1"):
        MinimumBayesRisk(-1)

from dataclasses import replace

import numpy as np
import pytest

from dubito.estimate import (
    AGREEMENT,
    COSINE,
    ENTAILMENT,
    JACCARD,
    ROUGE_L,
    DegreeMatrix,
    Eccentricity,
    KernelLanguageEntropy,
    LaplacianEigenvalues,
    LexicalSimilarity,
)
from dubito.evidence import Evidence, Plan, Sequence
from inputs import all_different, all_equal, rich_evidence

GRAPHS = (
    DegreeMatrix,
    Eccentricity,
    LaplacianEigenvalues,
    KernelLanguageEntropy,
    LexicalSimilarity,
)
MEASURES = (AGREEMENT, COSINE, ENTAILMENT, JACCARD, ROUGE_L)


def spoken(*texts: str) -> Evidence:
    return Evidence("?", Sequence("greedy"), tuple(Sequence(text) for text in texts))


def judged(meanings: str) -> Evidence:
    """A judge without doubt: samples of one letter entail each other, all others contradict."""
    same = np.array([[a == b for b in "!" + meanings] for a in "!" + meanings], dtype=float)
    return replace(spoken(*meanings), entailment=same, contradiction=1 - same)


@pytest.mark.parametrize("similarity", MEASURES)
def test_measures_are_symmetric_with_unit_diagonal(similarity):
    w = similarity(rich_evidence(6))
    assert w.shape == (11, 11)
    np.testing.assert_allclose(w, w.T)
    np.testing.assert_allclose(w.diagonal(), 1.0)
    assert w.min() >= 0
    assert w.max() <= 1
    assert w.std() > 0.01


@pytest.mark.parametrize("similarity", MEASURES)
def test_all_equal_is_least_and_all_different_is_most(similarity):
    """The card's limits, by every measure: 0, 0, 1 and 1 - 1/K, sqrt(K - 1), K for K = 7."""
    expected = {DegreeMatrix: (0, 6 / 7), Eccentricity: (0, 6**0.5), LaplacianEigenvalues: (1, 7)}
    for make, (least, most) in expected.items():
        estimator = make(samples=7, similarity=similarity)
        assert estimator(all_equal(7)).doubt == pytest.approx(least, abs=1e-6)
        assert estimator(all_different(7)).doubt == pytest.approx(most)


@pytest.mark.parametrize("make", GRAPHS)
@pytest.mark.parametrize("similarity", MEASURES)
def test_similarity_is_an_argument_and_plans_for_itself(make, similarity):
    estimator = make(similarity=similarity)
    assert estimator.plan == Plan(samples=10) | similarity.plan
    seen = rich_evidence(6).only(estimator.plan)
    others = [make(similarity=s)(rich_evidence(6)).doubt for s in MEASURES if s is not similarity]
    assert all(abs(estimator(seen).doubt - other) > 1e-6 for other in others)


def test_entailment_counts_in_both_directions():
    """.2 and .6 make .4, so the degree doubt is (4 - 2.8) / 4."""
    one_way = np.eye(3)
    one_way[1, 2], one_way[2, 1] = 0.2, 0.6
    e = replace(spoken("a", "b"), entailment=one_way, contradiction=np.zeros((3, 3)))
    assert DegreeMatrix(similarity=ENTAILMENT)(e).doubt == pytest.approx(0.3)
    # Nothing contradicts: agreement .2 + .8 / 2 = .6 and .6 + .4 / 2 = .8, together .7
    assert AGREEMENT(e)[1, 2] == pytest.approx(0.7)


def test_case_and_repetition_do_not_make_words_differ():
    assert DegreeMatrix()(spoken("Lima lima", "LIMA")).doubt == 0
    assert DegreeMatrix()(spoken("", "")).doubt == 0  # equal texts, though neither has a word
    assert LexicalSimilarity()(spoken("Lima.", "lima")).doubt == 0
    assert DegreeMatrix()(spoken("Lima.", "lima")).doubt == pytest.approx(0.5)


def test_word_order_is_the_difference_of_the_two():
    assert DegreeMatrix()(spoken("a b c", "c b a")).doubt == 0
    assert LexicalSimilarity()(spoken("a b c", "c b a")).doubt == pytest.approx(2 / 3)


def test_negative_cosines_are_no_similarity():
    e = replace(spoken("a", "b"), embeddings=np.array([[1.0, 0], [1, 0], [-1, 0]]))
    assert DegreeMatrix(similarity=COSINE)(e).doubt == pytest.approx(0.5)


@pytest.mark.parametrize("make", [Eccentricity, LaplacianEigenvalues, KernelLanguageEntropy])
def test_equal_groups_tie_to_the_last_bit(make):
    """Rounding would otherwise rank prompts with the same groups in another order."""
    uneven = [make()(judged(m)).doubt for m in ("aaaaaabbbc", "abbbcccccc", "bacabaabaa")]
    assert len(set(uneven)) == 1
    twos = [make()(judged(m)).doubt for m in ("aabbccdd", "abcdabcd", "abcddcba", "abbacddc")]
    assert len(set(twos)) == 1


def test_eccentricity_cut_is_used():
    e = judged("aabb")
    assert Eccentricity()(e).doubt == pytest.approx(1.0)
    assert Eccentricity(cut=1.5)(e).doubt == pytest.approx(3**0.5)  # all four eigenvectors

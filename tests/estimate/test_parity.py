"""The estimators that other libraries have: numbers by hand, limits, and the others' formulas."""

import math
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from dubito.estimate import (
    BLEU,
    COSINE,
    ENTAILMENT,
    ESTIMATORS,
    EXACT,
    MATCHING,
    NONCONTRADICTION,
    PMI,
    ROUGE_1,
    ROUGE_2,
    AnswerConsistency,
    BoostedProbability,
    ConditionalPMI,
    DirectedEntailmentGraph,
    HedgedWording,
    LaplacianEigenvalues,
    LexicalSimilarity,
    MeaningShare,
    MonteCarloProbability,
    Perplexity,
    SampleDeparture,
    SemanticSetsConfidence,
)
from dubito.evidence import Evidence, Missing, Plan, Sequence, TopK
from inputs import rich_evidence
from laws import assert_frozen, assert_order_free, assert_same_bits

LN2 = math.log(2)
MAKE = {method.id: method.make for method in ESTIMATORS}

# Tokens of probability 1/2, 1/8 and 1, without the prompt 1/4, 1/8 and 1/4.
ANSWER = Sequence(
    "paris france",
    tokens=("paris", " france", "<end>"),
    logprobs=np.log([1 / 2, 1 / 8, 1]),
    unconditional=np.log([1 / 4, 1 / 8, 1 / 4]),
    entropies=np.array([4.0, 5.0, 0.0]),
    # dominant: .5, .4 (then a drop to .05); none is; the only one
    top=TopK(
        np.array([(0, 1, 2)] * 3), np.log([(0.5, 0.4, 0.05), (0.125, 0.1, 0.09), (1, 1e-9, 1e-9)])
    ),
)
# Rows and columns: the answer, and samples a, b, c; a and b entail each other, the answer and a.
ENTAILS = np.array(
    [
        [1.0, 0.8, 0.4, 0.0],
        [0.6, 1.0, 0.4, 0.0],
        [0.4, 0.4, 1.0, 0.0],
        [0.0, 0.0, 0.0, 1.0],
    ]
)
CONTRADICTS = np.array(
    [
        [0.0, 0.1, 0.2, 1.0],
        [0.3, 0.0, 0.0, 1.0],
        [0.4, 0.0, 0.0, 1.0],
        [0.8, 1.0, 1.0, 0.0],
    ]
)
VECTORS = np.array([[1.0, 0.0], [1.0, 0.0], [0.6, 0.8], [-1.0, 0.0]])
MATCHES = np.array([[1.0, 0.9, 0.5, -0.2], [0.9, 1.0, 0, 0], [0.5, 0, 1.0, 0], [-0.2, 0, 0, 1.0]])


def sample(text: str, *p: float) -> Sequence:
    return Sequence(text, logprobs=np.log(p))


EVIDENCE = Evidence(
    "?",
    ANSWER,
    (
        sample("paris france", 1 / 4, 1),
        sample("france paris", 1 / 8),
        sample("rome", 1 / 2, 1 / 2),
    ),
    embeddings=VECTORS,
    entailment=ENTAILS,
    contradiction=CONTRADICTS,
    matching=MATCHES,
)

VALUES = {
    # gains log 2, 0 and log 4 over 3 tokens, with a minus
    "pmi": -LN2,
    # surprises log 2, log 8, 0; where the entropy is above 3.6 less log 4 and log 8
    "conditional-pmi": (LN2 - 2 * LN2 + 0 + 0) / 3,
    # boosted to .9, .125 and 1
    "boosted-prob": (0.1 + 0.875 + 0) / 3,
    # 1 - (1/2, 1/8, 1/2) on average
    "monte-carlo-probability": 1 - (1 / 2 + 1 / 8 + 1 / 2) / 3,
    # with the answer: {answer, a}, {b}, {c}
    "semantic-sets-confidence": 2 / 3,
    "meaning-share": 2 / 3,
    # a has the answer's text: 0; (.2 + .4) / 2 = .3; (1 + .8) / 2 = .9
    "noncontradiction": (0 + 0.3 + 0.9) / 3,
    # (.8 + .6) / 2 = .7, .4, 0
    "entailment-consistency": 1 - (0.7 + 0.4 + 0) / 3,
    # cosines 1, .6, and -1 that counts as 0
    "cosine-consistency": 1 - (1 + 0.6 + 0) / 3,
    # .9, .5, and -.2 that counts as 0
    "bertscore-consistency": 1 - (0.9 + 0.5 + 0) / 3,
    # pairs of samples ab, ac, bc: the same two words, nothing, nothing
    "lexical-similarity-rouge1": 1 - 1 / 3,
    # no pair of words is shared
    "lexical-similarity-rouge2": 1.0,
    "lexical-similarity-bleu": 1.0,
    # rows (1, .4)/1.4 twice, and c alone: eigenvalues 1, .6/1.4 and 1
    "directed-entailment-graph": 2 + 0.6 / 1.4,
}


@pytest.mark.parametrize("name", VALUES)
def test_value(name):
    assert MAKE[name]()(EVIDENCE).doubt == pytest.approx(VALUES[name], abs=1e-7)


@pytest.mark.parametrize(
    ("estimator", "tokens"),
    [
        (PMI(), (-LN2, 0, -2 * LN2)),
        (ConditionalPMI(), (-LN2, 0, 0)),
        (ConditionalPMI(threshold=4.5), (LN2, 0, 0)),
        (ConditionalPMI(weight=0.5), (0, 1.5 * LN2, 0)),
        (BoostedProbability(), (0.1, 0.875, 0)),
    ],
)
def test_doubt_of_each_token(estimator, tokens):
    assert estimator(EVIDENCE).tokens == pytest.approx(tokens, abs=1e-7)


# --- mutual information


def test_conditional_pmi_lies_between_its_limits():
    """A gate that is always open is PMI; one that never opens is the mean surprise."""
    for seed in range(3):
        e = rich_evidence(seed)
        assert ConditionalPMI(threshold=0)(e).doubt == pytest.approx(PMI()(e).doubt)
        assert ConditionalPMI(threshold=99)(e).doubt == pytest.approx(Perplexity()(e).doubt)


def test_conditional_pmi_as_lm_polygraph_has_it():
    """Its tau and lambda as arguments; it skips the prior of the first token."""
    e = rich_evidence(1)
    s = e.answer
    gate = s.entropies >= 0.0656
    theirs = -np.mean(s.logprobs - 3.599 * np.where(gate, s.unconditional, 0))
    ours = ConditionalPMI(threshold=0.0656, weight=3.599)
    assert ours(e).doubt == pytest.approx(theirs)
    assert gate[0]
    first = 3.599 * s.unconditional[0] / len(s.tokens)
    assert ours(e).doubt - first == pytest.approx(
        -np.mean(
            s.logprobs - 3.599 * np.where(gate & (np.arange(len(gate)) > 0), s.unconditional, 0)
        )
    )


def test_truncated_entropies_open_the_gate_or_not():
    """The first token's entropy may be 3 or 4: its prior counts or not, -log 4 of 3 tokens."""
    entropies = np.array([3.0, 5.0, 0.0])
    known = replace(ANSWER, entropies=entropies, entropies_upper=np.array([4.0, 6.0, 0.1]))
    score = ConditionalPMI()(replace(EVIDENCE, answer=known))
    assert score.doubt == pytest.approx(LN2 / 3)
    assert score.bounds == pytest.approx((-LN2 / 3, LN2 / 3))


def test_priors_are_checked():
    def with_prior(*values: float) -> Evidence:
        return replace(EVIDENCE, answer=replace(ANSWER, unconditional=np.array(values)))

    for estimator in (PMI(), ConditionalPMI()):
        with pytest.raises(Missing, match="impossible without its prompt"):
            estimator(with_prior(-1, -np.inf, -1))
        with pytest.raises(ValueError, match="above 0"):
            estimator(with_prior(-1, 0.5, -1))
        with pytest.raises(ValueError, match="unconditional of token 1 of 3 is NaN"):
            estimator(with_prior(-1, np.nan, -1))
        with pytest.raises(ValueError, match="2 values for 3 tokens"):
            estimator(with_prior(-1, -1))
    with pytest.raises(ValueError, match="threshold must be at least 0"):
        ConditionalPMI(threshold=-1)
    with pytest.raises(ValueError, match="weight must be above 0"):
        ConditionalPMI(weight=0)


# --- boosted probability


def boosted(chosen: float, *likely: float, **options: float) -> tuple[float, bool]:
    mass, closed = BoostedProbability(**options).boost(np.array([chosen]), np.array([likely]))
    return float(mass[0]), bool(closed[0])


@pytest.mark.parametrize(
    ("chosen", "likely", "mass", "closed"),
    [
        # two are dominant, and what is not keeps its own; the rest of .05 may be a fourth token
        (0.4, (0.5, 0.4, 0.05), 0.9, False),
        (0.05, (0.5, 0.4, 0.05), 0.05, False),
        # the whole mass is listed: the drop to nothing after the last is certain
        (0.4, (0.5, 0.4, 0.05, 0.05), 1.0, True),
        (0.25, (0.25, 0.25, 0.25, 0.25), 1.0, True),
        # a rest of .4 that may hide a token as likely: no drop is certain
        (0.2, (0.2, 0.2, 0.2), 0.2, False),
        # a rest of .001: the third is dominant, and nothing hidden can be
        (0.333, (0.333, 0.333, 0.333), 0.999, True),
        # drops of exactly 30% do not count, and tiny ones neither
        (0.5, (0.5, 0.35, 0.004, 0.0), 0.85, True),
        (0.004, (0.9, 0.004, 0.001, 0.001), 0.004, True),
        # the LAST drop cuts: .5 to .2 is steep, .2 to .02 too
        (0.5, (0.5, 0.2, 0.02, 0.019), 0.7, False),
        # one token returned, the rest unknown
        (0.9, (0.9, 0.0, 0.0), 0.9, False),
    ],
)
def test_boost(chosen, likely, mass, closed):
    got, known = boosted(chosen, *likely)
    assert got == pytest.approx(mass)
    assert known == closed


def test_boost_options():
    """A drop from .5 to .4 counts from a share of .1 on; none of .1 counts above that."""
    assert boosted(0.5, 0.5, 0.4, 0.1, share=0.15)[0] == pytest.approx(1.0)
    assert boosted(0.5, 0.5, 0.4, 0.1, least=0.35)[0] == pytest.approx(0.5)
    for wrong in ({"top_k": 1}, {"share": 0.0}, {"least": 1.0}):
        with pytest.raises(ValueError, match="must be"):
            BoostedProbability(**wrong)


def test_boosted_doubt_is_at_most_the_plain_one():
    for seed in range(5):
        e = rich_evidence(seed)
        plain = 1 - np.exp(e.answer.logprobs).mean()
        assert BoostedProbability()(e).doubt <= plain + 1e-12


def test_boost_by_the_authors_recipe():
    """Whole vocabularies, by their steps written out: sort, last steep drop, sum."""
    rng = np.random.default_rng(0)
    for _ in range(200):
        p = np.sort(rng.dirichlet(np.full(8, 0.5)))[::-1]
        drops = [i for i in range(7) if p[i] - p[i + 1] > max(0.3 * p[i], 0.005)]
        place = int(rng.integers(8))
        dominant = bool(drops) and place <= drops[-1]
        theirs = p[: drops[-1] + 1].sum() if dominant else p[place]
        if p[7] <= 0.005:  # else ours sees the certain drop to nothing after the last token
            assert boosted(p[place], *p)[0] == pytest.approx(theirs)


def test_open_lists_give_bounds():
    """The lists leave .05, .685 and nothing: the first two tokens may be boosted to 1."""
    score = BoostedProbability()(EVIDENCE)
    assert score.bounds == pytest.approx((0, 0.975 / 3), abs=1e-7)
    closed = replace(ANSWER, top=TopK(np.array([(0, 1)] * 3), np.log([(0.9, 0.1)] * 3)))
    assert BoostedProbability()(replace(EVIDENCE, answer=closed)).bounds is None


# --- graphs


def test_symmetric_entailment_is_the_undirected_graph():
    for seed in range(4):
        e = rich_evidence(seed)
        both = (e.entailment + e.entailment.T) / 2
        e = replace(e, entailment=both)
        assert DirectedEntailmentGraph()(e).doubt == pytest.approx(
            LaplacianEigenvalues()(e).doubt, abs=1e-6
        )


def test_one_way_entailment_is_more_doubt_than_its_mean():
    """a entails b, which does not entail a: eigenvalues 1/2 and 1; both half: 1 and 1/3."""

    def doubt(one_way: list[list[float]]) -> float:
        square = np.eye(3)
        square[1:, 1:] = one_way
        e = Evidence("?", Sequence("x"), (Sequence("a"), Sequence("b")), entailment=square)
        return DirectedEntailmentGraph()(e).doubt

    assert doubt([[1, 1], [0, 1]]) == pytest.approx(1.5)
    assert doubt([[1, 0.5], [0.5, 1]]) == pytest.approx(4 / 3)


# --- consistency


def test_consistency_as_uqlm_has_it():
    """Cosines as (1 + cosine) / 2: half of the mean departure of the samples."""
    theirs = np.mean([(1 + c) / 2 for c in (1.0, 0.6, -1.0)])
    assert SampleDeparture(samples=3)(EVIDENCE).doubt / 2 == pytest.approx(1 - theirs)
    positive = replace(EVIDENCE, embeddings=np.abs(VECTORS))
    ours = AnswerConsistency(similarity=COSINE)(positive).doubt
    assert ours == pytest.approx(SampleDeparture()(positive).doubt)


def test_exact_match():
    """One of three samples has the answer's text; other dress is another text."""
    exact = AnswerConsistency(similarity=EXACT)
    assert exact(EVIDENCE).doubt == pytest.approx(2 / 3)
    dressed = replace(EVIDENCE, answer=replace(ANSWER, text="Paris France"))
    assert exact(dressed).doubt == 1
    assert exact.plan == Plan(samples=10)


@pytest.mark.parametrize("measure", [NONCONTRADICTION, ENTAILMENT, COSINE, MATCHING, EXACT])
def test_limits(measure):
    """The answer again and again is no doubt; it stands in row 0, which the others do not move."""
    e = rich_evidence(2)
    estimator = AnswerConsistency(similarity=measure)
    assert estimator(same_again(e)).doubt == pytest.approx(0)
    square = measure(e)
    assert estimator(e).doubt == pytest.approx(1 - square[1:, 0].mean())
    assert 0 <= estimator(e).doubt <= 1


def same_again(e: Evidence) -> Evidence:
    n = 1 + len(e.samples)
    return replace(
        e,
        samples=(e.answer,) * (n - 1),
        embeddings=np.tile(e.embeddings[0], (n, 1)),
        entailment=np.ones((n, n)),
        contradiction=1 - np.eye(n),  # a judge that reads equal texts as opposites
        matching=np.ones((n, n)),
    )


def test_meanings_with_the_answer():
    """Chains join: the answer means b through a, and c alone is another meaning."""
    chain = ENTAILS.copy()
    chain[1, 2] = chain[2, 1] = 0.9
    e = replace(EVIDENCE, entailment=chain)
    assert MeaningShare()(e).doubt == pytest.approx(1 / 3)
    assert SemanticSetsConfidence()(e).doubt == pytest.approx(1 / 3)
    # nobody means what another does; and all do
    assert SemanticSetsConfidence()(replace(e, entailment=np.eye(4))).doubt == 1
    assert SemanticSetsConfidence()(replace(e, entailment=np.ones((4, 4)))).doubt == 0
    # one direction is not enough
    assert MeaningShare(threshold=0.7)(EVIDENCE).doubt == 1
    # uqlm's confidence, where two sets are left of m + 1 answers
    assert 1 - SemanticSetsConfidence()(e).doubt == pytest.approx((3 + 1 - 2) / 3)


def test_monte_carlo_probability_as_uqlm_has_it():
    """It counts the answer too, here of 1/16 in three tokens."""
    theirs = np.mean([16 ** (-1 / 3), 1 / 2, 1 / 8, 1 / 2])
    draws = (ANSWER, *EVIDENCE.samples)
    assert MonteCarloProbability()(replace(EVIDENCE, samples=draws)).doubt == pytest.approx(
        1 - theirs
    )
    with np.errstate(divide="ignore"):
        impossible = replace(EVIDENCE, samples=(sample("a", 1.0), sample("b", 0.5, 0.0)))
    assert MonteCarloProbability()(impossible).doubt == pytest.approx(1 / 2)


@pytest.mark.parametrize(
    "make", [AnswerConsistency, MeaningShare, SemanticSetsConfidence, MonteCarloProbability]
)
def test_one_sample_is_enough_and_none_is_not(make):
    assert math.isfinite(make()(EVIDENCE.take([1])).doubt)
    with pytest.raises(Missing, match="at least 1"):
        make()(EVIDENCE.take([]))
    with pytest.raises(ValueError, match="at least 1"):
        make(samples=0)


@pytest.mark.parametrize(
    ("similarity", "doubt"),
    [
        # "a b c d" and "a b d": words 2 * 3 / 7, pairs 2 * 1 / 5
        (ROUGE_1, 1 - 6 / 7),
        (ROUGE_2, 1 - 2 / 5),
        (BLEU, 1.0),  # no run of three is shared
    ],
)
def test_shared_phrases(similarity, doubt):
    e = Evidence("?", Sequence(""), (Sequence("A b, c d."), Sequence("a b d")))
    assert LexicalSimilarity(similarity=similarity)(e).doubt == pytest.approx(doubt)


# --- hedges


@pytest.mark.parametrize(
    ("text", "doubt"),
    [
        ("It is Lima.", 0.0),
        ("Probably Lima.", 0.3),
        ("It is probably not Lima.", 0.75),
        ("Almost certainly Lima.", 0.05),
        ("I'm NOT  sure - maybe Lima?", 0.7),  # the lowest of .3 and .5
        ("I don\u2019t know.", 0.98),
        ("The likelihood of May is high.", 0.0),  # words that only begin like a hedge
    ],
)
def test_hedges(text, doubt):
    assert HedgedWording()(Evidence("?", Sequence(text))).doubt == pytest.approx(doubt)


def test_hedged_wording_reads_the_answer_alone():
    estimator = HedgedWording()
    e = replace(rich_evidence(), answer=Sequence("Perhaps."))
    assert estimator.plan == Plan()
    assert estimator(e.only(Plan())).doubt == estimator(e).doubt == 0.5
    assert_frozen(estimator)
    assert_order_free(estimator, e)
    assert_same_bits(estimator, e)
    with pytest.raises(Missing, match="no words"):
        estimator(Evidence("?", Sequence(" ")))


def test_exact_match_owes_what_rows_owe():
    estimator = AnswerConsistency(similarity=EXACT)
    e = rich_evidence()
    e = replace(e, samples=(replace(e.samples[0], text=e.answer.text), *e.samples[1:]))
    assert estimator(e).doubt == pytest.approx(0.9)
    assert_frozen(estimator)
    assert_order_free(estimator, e)
    assert_same_bits(estimator, e)
    assert partial(AnswerConsistency, similarity=EXACT)() == estimator

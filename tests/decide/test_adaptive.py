"""Drawing stops when the doubt is known, and not before."""

from dataclasses import replace

import numpy as np
import pytest

from dubito.decide.adaptive import AdaptiveSampling
from dubito.estimate import LexicalSimilarity, Perplexity, SemanticEntropy, SequenceEntropy
from dubito.evidence import Evidence, Score, Sequence
from inputs import all_equal, rich_evidence


def evidence_of(surprises: list[float]) -> Evidence:
    """Samples of one token each, whose sequence entropy is the mean of their surprises."""
    samples = [Sequence(f"w{i}", ("w",), logprobs=np.array([-s])) for i, s in enumerate(surprises)]
    return Evidence("?", samples[0], tuple(samples))


def test_by_hand() -> None:
    """The standard error of a mean of n is s / sqrt(n): 2, 4, 2, 4 has s^2 = 4/3, so 0.577.

    With 2, 4, 2, 4, 3, 3 it is sqrt(4/5 / 6) = 0.365; with two more 3s sqrt(4/7 / 8) = 0.267.
    """
    evidence = evidence_of([2, 4, 2, 4, 3, 3, 3, 3, 3, 3])
    for tolerance, samples in ((0.6, 4), (0.5, 6), (0.3, 8), (0.01, 10)):
        rule = AdaptiveSampling(SequenceEntropy(), tolerance=tolerance)
        drawn = rule.replay(evidence)
        assert drawn.samples == samples
        assert drawn.score.doubt == pytest.approx(3)
    assert rule.replay(evidence).score.standard_error == pytest.approx(np.sqrt(4 / 9 / 10))


def test_a_decision_that_cannot_change_needs_no_more() -> None:
    """Doubt 3 with error 0.577: two errors reach 1.85 to 4.15."""
    evidence = evidence_of([2, 4, 2, 4, 3, 3, 3, 3, 3, 3])
    for threshold, samples in ((1.8, 4), (4.2, 4), (2.1, 6), (3.9, 6), (3.0, 10)):
        rule = AdaptiveSampling(SequenceEntropy(), threshold=threshold)
        assert rule.replay(evidence).samples == samples, threshold
    wide = AdaptiveSampling(SequenceEntropy(), threshold=1.8, margin=4)
    assert wide.replay(evidence).samples > 4


def test_equal_answers_stop_at_the_least() -> None:
    assert AdaptiveSampling(SemanticEntropy(), tolerance=1e-9).replay(all_equal()).samples == 4
    more = AdaptiveSampling(SemanticEntropy(), tolerance=1e-9, least=7)
    assert more.replay(all_equal()).samples == 7


def test_no_more_than_there_are_and_no_more_than_most() -> None:
    rule = AdaptiveSampling(LexicalSimilarity(), tolerance=1e-12, step=3)
    assert rule.replay(rich_evidence(0, 9)).samples == 9
    assert rule.replay(rich_evidence(0, 3)).samples == 3
    assert replace(rule, most=5).replay(rich_evidence(0, 9)).samples == 5


def test_all_samples_give_the_plain_score() -> None:
    rule = AdaptiveSampling(SemanticEntropy(), tolerance=1e-12)
    evidence = rich_evidence(1)
    plain = SemanticEntropy()(evidence.only(SemanticEntropy().plan))
    assert rule.replay(evidence).score.doubt == pytest.approx(plain.doubt)


def test_what_is_not_measured_is_not_settled() -> None:
    rule = AdaptiveSampling(SemanticEntropy(), tolerance=9)
    assert not rule.settled(Score(1.0))
    assert not rule.settled(Score.missing("no entailment"))
    assert not rule.settled(Score(1.0, standard_error=float("nan")))
    assert rule.settled(Score(1.0, standard_error=9.0))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"estimator": Perplexity()}, "no samples"),
        ({"tolerance": 0.0}, "tolerance above 0"),
        ({"least": 2}, "needs 3 samples"),
        ({"least": 11}, "may not exceed"),
        ({"step": 0}, "step 0"),
    ],
)
def test_what_cannot_be_is_refused(options: dict[str, object], said: str) -> None:
    given = {"estimator": SemanticEntropy(), "tolerance": 0.1, **options}
    with pytest.raises(ValueError, match=said):
        AdaptiveSampling(**given)  # type: ignore[arg-type]

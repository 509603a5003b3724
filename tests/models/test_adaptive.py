"""Adaptive sampling on a model: rounds of samples that are those of an ordinary run."""

import numpy as np

from dubito.decide.adaptive import AdaptiveSampling
from dubito.estimate import LexicalSimilarity, SequenceEntropy
from dubito.evidence import Plan
from dubito.models.base import Generation
from dubito.models.collect import Collector
from dubito.models.local import LocalModel

PROMPTS = ["Who?", "What is the capital of Peru?", "ñ🦙?", "7 + 5?", "Is it so?", "Why?"]
SHORT = Generation(max_tokens=6, temperature=0.5)


def test_rounds_draw_what_one_run_draws(local: LocalModel) -> None:
    whole = Collector(local)(PROMPTS, Plan(samples=9, logprobs=True), SHORT)
    rule = AdaptiveSampling(SequenceEntropy(), tolerance=1.2, least=3, step=2, most=9)
    drawn = rule.collect(Collector(local), PROMPTS, SHORT)
    counts = [d.samples for d in drawn]
    assert len(set(counts)) > 1, counts
    for one, all_ in zip(drawn, whole, strict=True):
        assert one.evidence.prompt == all_.prompt
        texts = [s.text for s in one.evidence.samples]
        assert texts == [s.text for s in all_.samples[: one.samples]]
        expected = rule.replay(all_)
        assert expected.samples == one.samples
        np.testing.assert_allclose(one.score.doubt, expected.score.doubt, atol=1e-3)


def test_nothing_open_nothing_asked(local: LocalModel) -> None:
    rule = AdaptiveSampling(LexicalSimilarity(), tolerance=99, least=3)
    drawn = rule.collect(Collector(local), PROMPTS[:2], SHORT)
    assert [d.samples for d in drawn] == [3, 3]
    assert rule.collect(Collector(local), [], SHORT) == []

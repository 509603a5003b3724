"""Agreement of the samples with the answer finds errors that agreement among them hides."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import numpy as np

from dubito.claims.lab import Claim
from dubito.claims.measures import errors_found
from dubito.data.worlds.answers import Wordings, wordings
from dubito.estimate.answer_consistency import AnswerConsistency, MeaningShare
from dubito.estimate.lexical_similarity import LexicalSimilarity
from dubito.estimate.likeness import EXACT, MATCHING, NONCONTRADICTION, ROUGE_1
from dubito.estimate.semantic_entropy import DiscreteSemanticEntropy
from dubito.estimate.similarity import COSINE, ENTAILMENT
from dubito.evidence import Estimator

MEASURES = {
    "noncontradiction": NONCONTRADICTION,
    "entailment": ENTAILMENT,
    "cosine": COSINE,
    "BERTScore": MATCHING,
    "exact match": EXACT,
}
WITH_ANSWER: dict[str, Estimator] = {
    **{name: AnswerConsistency(similarity=measure) for name, measure in MEASURES.items()},
    "share of its meaning": MeaningShare(),
}
AMONG_SAMPLES: dict[str, Estimator] = {
    **{name: LexicalSimilarity(similarity=measure) for name, measure in MEASURES.items()},
    "share of its meaning": DiscreteSemanticEntropy(),
}


def world(seed: int, *, questions: int = 200) -> Wordings:
    """Drawn answers and samples; a word matches itself alone, which makes BERTScore ROUGE-1."""
    plain = wordings(seed, questions=questions, greedy=False)
    return replace(plain, evidence=tuple(replace(e, matching=ROUGE_1(e)) for e in plain.evidence))


def mean_over_measures(world: Wordings, *, estimators: Mapping[str, Estimator]) -> float:
    """Mean AUROC of one kind of estimator over all measures."""
    return float(np.mean([errors_found(world, estimator=e) for e in estimators.values()]))


def gain(world: Wordings, *, name: str) -> float:
    """AUROC of agreement with the answer above that among the samples, less 0.02."""
    ours = errors_found(world, estimator=WITH_ANSWER[name])
    return ours - errors_found(world, estimator=AMONG_SAMPLES[name]) - 0.02


CLAIM = Claim(
    world=world,
    tiny=partial(world, questions=30),
    ours=partial(mean_over_measures, estimators=WITH_ANSWER),
    baselines={"among samples": partial(mean_over_measures, estimators=AMONG_SAMPLES)},
    margin=0.05,
    checks={f"{name}: gains 0.02": partial(gain, name=name) for name in WITH_ANSWER},
    paper="bouchard2025",
    paper_figure="noncontradiction is among the best black-box scorers on most of six data sets",
    size="200 questions, drawn answers, 8 meanings in 8 wordings, K = 10",
)

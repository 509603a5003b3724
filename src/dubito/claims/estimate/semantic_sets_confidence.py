"""The number of meanings finds errors that the number of different texts hides."""

from functools import partial

from dubito.claims.lab import Claim
from dubito.claims.measures import errors_found
from dubito.data.worlds.answers import Wordings, wordings
from dubito.estimate.answer_consistency import SemanticSetsConfidence
from dubito.estimate.sequence_entropy import SequenceEntropy
from dubito.maths.ranking import auroc


def different_texts(world: Wordings) -> float:
    """AUROC of how many different texts the answer and its samples are."""
    counts = [len({e.answer.text, *(s.text for s in e.samples)}) for e in world.evidence]
    return auroc(counts, world.wrong)


CLAIM = Claim(
    world=wordings,
    tiny=partial(wordings, questions=40),
    ours=partial(errors_found, estimator=SemanticSetsConfidence()),
    baselines={
        "different texts": different_texts,
        "sequence-entropy": partial(errors_found, estimator=SequenceEntropy()),
    },
    margin=0.02,
    paper="bouchard2025",
    paper_figure="a usable black-box scorer, seldom the best",
    size="400 questions, 8 meanings in 8 wordings, K = 10",
)

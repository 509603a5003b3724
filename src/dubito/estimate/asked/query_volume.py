"""Semantic volume of a question [li2025]: how far apart are the readings that a model gives it?"""

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass

import numpy as np

from dubito.estimate.asked.ways import sample_embeddings, ways
from dubito.estimate.draws import refuse_fewer, refuse_outside
from dubito.estimate.semantic_volume import Projection
from dubito.evidence import Evidence, Plan, Score
from dubito.maths.kernels import log_volume


@dataclass(frozen=True)
class QueryVolume:
    """Doubt about the QUESTION, any real number: log-volume of the rewritten questions.

    The first evidence is the question as it is and is not looked at; the further ones are
    requests to rewrite it (`clarify_request`, `rephrase_request`), whose K drawn answers are
    the readings. Together n of them, and the doubt is at least n log eps: compare only questions
    with the same n, eps and projection (`fit_projection` on readings of many questions).

    Differs: as `SemanticVolume`, the same formula for answers.
    """

    samples: int = 20
    _: KW_ONLY
    eps: float = 1e-10
    projection: Projection | None = None

    def __post_init__(self) -> None:
        """Refuse fewer readings than a pair, and a determinant that may be 0."""
        refuse_fewer(self.samples, 2)
        refuse_outside(self.eps, "eps")

    @property
    def plan(self) -> Plan:
        """Samples and their embeddings, of each request."""
        return Plan(samples=self.samples, embeddings=True)

    def __call__(self, evidence: Sequence[Evidence]) -> Score:
        """The doubt from the question and at least one request to rewrite it."""
        readings = np.concatenate(sample_embeddings(ways(evidence)[1:], self.samples))  # [n, d]
        if self.projection is not None:
            readings = self.projection(readings)  # [n, d']
        return Score(log_volume(readings, eps=self.eps))

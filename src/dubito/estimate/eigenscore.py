"""EigenScore [chen2024]: the log-determinant of the drawn answers' covariance."""

from dataclasses import KW_ONLY, dataclass

from dubito.estimate.draws import drawn, of_answers, refuse_fewer, refuse_outside
from dubito.evidence import Evidence, Plan, Score
from dubito.maths.kernels import log_volume


@dataclass(frozen=True)
class EigenScore:
    """Doubt, any real number: mean log eigenvalue of the covariance + alpha I over K answers.

    Each embedding is centred over its own d coordinates, so what all answers share stays in the
    first eigenvalue. Compare only prompts with the same K, d and alpha.
    Differs: embeddings of a sentence encoder, where the paper takes a hidden layer of the model.
    """

    samples: int = 10
    _: KW_ONLY
    alpha: float = 1e-3

    def __post_init__(self) -> None:
        """Refuse fewer answers than a pair, and a determinant that may be 0."""
        refuse_fewer(self.samples, 2)
        refuse_outside(self.alpha, "alpha")

    @property
    def plan(self) -> Plan:
        """Samples and their embeddings."""
        return Plan(samples=self.samples, embeddings=True)

    def __call__(self, evidence: Evidence) -> Score:
        """The doubt."""
        drawn(evidence)
        rows = of_answers(evidence, evidence.embeddings, "embeddings")[1:]  # [K, d]
        centred = rows - rows.mean(axis=1, keepdims=True)  # [K, d]
        return Score(log_volume(centred, eps=self.alpha) / len(rows))

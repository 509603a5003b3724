"""Questions that a model has met more or less often: its own error and the ambiguity are known."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from dubito.evidence import Floats

PRIOR = 0.2  # weight of each answer before anything was seen


@dataclass(frozen=True, eq=False)
class Exposure:
    """N questions with C possible answers each, the truth and what the model makes of its draws."""

    true: Floats  # [N, C] the answers' true shares
    evidence: Floats  # [N, C] concentrations of the model's Dirichlet posterior, above 0
    members: Floats  # [E, N, C] an ensemble drawn from the posterior
    error: Floats  # [N] KL(true || model), nats: the epistemic error

    @property
    def model(self) -> Floats:
        """[N, C] the posterior's mean: what the model says."""
        return self.evidence / self.evidence.sum(axis=-1, keepdims=True)

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The same questions and model; each question gets another's error."""
        changes: dict[str, Any] = {"error": rng.permutation(self.error)}
        return replace(self, **changes)


def exposure(
    seed: int = 0,
    *,
    questions: int = 400,
    answers: int = 6,
    ambiguous: bool = True,
    members: int = 5,
) -> Exposure:
    """Question q was met n_q times, n_q log-uniform on [0.5, 200] and rounded down.

    The truth is Dirichlet(1) over the answers, or (`ambiguous=False`) one right answer. The model
    is the mean of the Dirichlet posterior with prior 0.2 for each answer after n_q draws from the
    truth, so its error comes from too few draws alone.
    """
    rng = np.random.default_rng(seed)
    met = np.exp(rng.uniform(np.log(0.5), np.log(200), questions)).astype(int)  # [N]
    true = rng.dirichlet(np.ones(answers), size=questions)  # [N, C]
    if not ambiguous:
        true = np.eye(answers)[rng.integers(answers, size=questions)]
    counts = rng.multinomial(met, true)  # [N, C]
    evidence = PRIOR + counts
    drawn = np.stack([rng.dirichlet(row, size=members) for row in evidence], axis=1)  # [E, N, C]
    model = evidence / evidence.sum(axis=-1, keepdims=True)
    ratio = np.where(true > 0, true, 1.0) / np.where(true > 0, model, 1.0)
    return Exposure(true, evidence, drawn, (true * np.log(ratio)).sum(axis=-1))

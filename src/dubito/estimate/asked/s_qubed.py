"""Is the question vague, or does the model not know [mei2025]? A split for any generator."""

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from dubito.estimate.asked.ways import sample_embeddings, ways
from dubito.estimate.draws import refuse_fewer, refuse_outside
from dubito.estimate.semantic_volume import Projection
from dubito.evidence import Evidence, Plan, Score
from dubito.maths.von_mises_fisher import fit_spread


class Split(NamedTuple):
    """Differential entropies on the sphere, nats; may be negative; higher = less certain."""

    aleatoric: float  # spread of what the question may mean
    epistemic: float  # mean spread of the outputs once the meaning is fixed
    capped: float  # share of sets in [0, 1] whose vectors are as good as equal

    @property
    def total(self) -> float:
        """The entropy of meaning and output together."""
        return self.aleatoric + self.epistemic


def latent_split(
    latents: ArrayLike, outputs: ArrayLike, *, repair: bool = True, cap: float = 1e4
) -> Split:
    """Embeddings of n meanings [n, d] and of the m outputs for each of n' of them [n', m, d'].

    Of any generator: texts, pictures, films. Entropies of unequal d have no common zero: then
    read the parts, not the total. Each set is fitted with one von Mises-Fisher law, so several
    far clusters count as no direction at all.
    """
    meanings, drawn = np.asarray(latents, dtype=np.float64), np.asarray(outputs, dtype=np.float64)
    if drawn.ndim != 3 or not len(drawn):
        raise ValueError(f"outputs come as [n, m, d] with n >= 1, got {drawn.shape}")
    of_meanings = fit_spread(meanings, repair=repair, cap=cap)
    each = [fit_spread(rows, repair=repair, cap=cap) for rows in drawn]
    capped = [of_meanings.capped, *(s.capped for s in each)]
    return Split(
        of_meanings.entropy, float(np.mean([s.entropy for s in each])), float(np.mean(capped))
    )


@dataclass(frozen=True)
class SQubed:
    """Doubt in nats, any real number: entropy of meaning and answer of a question together.

    The first evidence is the question as it is and is not looked at. The second is the request to
    spell it out (`clarify_request`), whose drawn answers are the meanings; the further ones are
    these answers, asked as questions (`prompts`). `parts["capped"]` above 0 says that some set of
    vectors is as good as equal: its entropy is that of the cap, not a measurement.

    Differs: meanings and answers have one encoder, so that the parts can be added; `repair` takes
    off what a mean of few vectors is too long by; the numbers of draws are ours.
    """

    samples: int = 10
    _: KW_ONLY
    repair: bool = True
    cap: float = 1e4  # the highest concentration
    projection: Projection | None = None  # to few axes, of many questions

    def __post_init__(self) -> None:
        """Refuse fewer draws than a pair, and an endless concentration."""
        refuse_fewer(self.samples, 2)
        refuse_outside(self.cap, "cap")

    @property
    def plan(self) -> Plan:
        """Samples and their embeddings, of the request and of each meaning."""
        return Plan(samples=self.samples, embeddings=True)

    def prompts(self, request: Evidence) -> tuple[str, ...]:
        """What to ask: each meaning that the request has drawn."""
        return tuple(s.text for s in request.samples[: self.samples])

    def __call__(self, evidence: Sequence[Evidence]) -> Score:
        """The doubt from the question, the request and at least one meaning asked."""
        asked = ways(evidence, least=3)[1:]
        vectors = sample_embeddings(asked, self.samples)  # [1 + n, m, d]
        if self.projection is not None:
            vectors = self.projection(vectors)
        split = latent_split(vectors[0], vectors[1:], repair=self.repair, cap=self.cap)
        parts = {"aleatoric": split.aleatoric, "epistemic": split.epistemic}
        return Score(split.total, parts={**parts, "capped": split.capped})

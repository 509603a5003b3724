"""What the model might have answered: the meanings of its drawn answers [quach2024]."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dubito.estimate.semantic_entropy import meanings_of_samples
from dubito.evidence import Evidence, Floats


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """M different meanings, the most frequent first; equal ones by their texts."""

    texts: tuple[str, ...]  # M, each the most frequent wording of its meaning
    shares: Floats  # [M] of the drawn answers, in (0, 1], sum 1

    def right(self, is_right: Callable[[str], bool]) -> int:
        """The column of the first right candidate; -1 where none is right."""
        return next((m for m, text in enumerate(self.texts) if is_right(text)), -1)


def candidates(evidence: Evidence, *, threshold: float = 0.5) -> Candidates:
    """The meanings of the K >= 2 samples, told apart by mutual entailment above the threshold.

    Differs: [quach2024] let calibration choose when to stop drawing; here K is given, so what
    was never drawn is no candidate, and sets know it (see `ConformalSets`).

    Raises:
        Missing: fewer than 2 samples, or no entailment.
    """
    meaning = meanings_of_samples(evidence, threshold)  # [K]
    texts = [sample.text for sample in evidence.samples]
    found = []
    for m in range(meaning.max() + 1):
        wordings = Counter(t for t, of in zip(texts, meaning, strict=True) if of == m)
        text = min(wordings, key=lambda t: (-wordings[t], t))
        found.append((-wordings.total(), text))
    found.sort()
    counts = np.array([-count for count, _ in found])
    return Candidates(tuple(text for _, text in found), counts / len(texts))

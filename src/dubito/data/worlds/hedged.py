"""Answers whose words say how sure the speaker is, more or less."""

import numpy as np

from dubito.data.worlds.world import Answered
from dubito.evidence import Evidence, Sequence

SAYINGS = (  # how sure a speaker is who says so, and the answer as he says it
    (0.05, "I don't know. Lima?"),
    (0.2, "It is unlikely, but the only one that comes to mind is Lima."),
    (0.3, "I am not sure, Lima."),
    (0.4, "It might be Lima."),
    (0.5, "Perhaps Lima."),
    (0.6, "If I remember correctly it is Lima."),
    (0.7, "It is probably Lima."),
    (0.8, "I am fairly sure that it is Lima."),
    (0.9, "Very likely Lima."),
    (1.0, "It is Lima."),
)


def hedged(seed: int, *, questions: int = 400, plain: float = 0.3) -> Answered:
    """Knowledge c ~ U(0, 1): the answer is wrong with probability 1 - c.

    With probability `plain` the speaker states it whatever he knows; else he says the phrase
    nearest to what he feels, c + N(0, 0.15).
    """
    rng = np.random.default_rng(seed)
    knowledge = rng.uniform(size=questions)
    felt = np.where(
        rng.uniform(size=questions) < plain, 1.0, knowledge + rng.normal(0, 0.15, size=questions)
    )
    levels = np.array([level for level, _ in SAYINGS])
    said = np.abs(felt[:, None] - levels).argmin(axis=1)  # [N]
    evidence = tuple(Evidence("?", Sequence(SAYINGS[i][1])) for i in said)
    return Answered(evidence, rng.uniform(size=questions) > knowledge)

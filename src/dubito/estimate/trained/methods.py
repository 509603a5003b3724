"""The table of estimators that are fitted first: one row each."""

from dubito.estimate.trained.feature_gaps import FeatureGaps
from dubito.estimate.trained.lars import Lars
from dubito.estimate.trained.mahalanobis import Mahalanobis, RelativeMahalanobis
from dubito.estimate.trained.rde import RobustDensity
from dubito.estimate.trained.saplma import Saplma
from dubito.estimate.trained.uhead import UHead
from dubito.method import Method

CONTRASTED = """\
from dataclasses import replace

from dubito.catalogue import find
from dubito.data.worlds.shown import shown
from dubito.estimate.trained.contrasts import Contrast
from dubito.evidence import Layers

method = find("feature-gaps").method.make()
known = [shown(seed).only(method.plan) for seed in range(40)]  # made up
wrong = [seed % 3 == 0 for seed in range(40)]  # made up; graded by you


def opposite(evidence):  # made up; of a model: the same answer read after the other prompt
    hidden = evidence.answer.hidden
    turned = Layers(hidden.depths, hidden.values[..., ::-1])
    return replace(evidence, answer=replace(evidence.answer, hidden=turned))


pairs = Contrast("reliance", known, [opposite(e) for e in known])
method.fit(known, wrong, contrasts=[pairs])
score = method(shown(40).only(method.plan))
print(score.doubt)
"""

TRAINED: tuple[Method, ...] = (
    # How far the answer's state is from known ones; labels only pick those.
    Method(
        "mahalanobis",
        Mahalanobis,
        "squared Mahalanobis distance of the mean answer state from known answers",
        "lee2018",
        "internal",
        needs=("hidden",),
        calls="1",
    ),
    Method(
        "relative-mahalanobis",
        RelativeMahalanobis,
        "distance from known answers less the distance from answers of any kind",
        "ren2023",
        "internal",
        needs=("hidden", "labels"),
        calls="1",
    ),
    Method(
        "rde",
        RobustDensity,
        "distance from the dense core of known answers, which odd ones cannot move",
        "yoo2022",
        "internal",
        needs=("hidden",),
        calls="1",
    ),
    # Learnt from right and wrong answers.
    Method(
        "saplma",
        Saplma,
        "a small network that reads the last token's state at a middle layer",
        "azaria2023",
        "internal",
        needs=("hidden", "labels"),
        calls="1",
    ),
    Method(
        "feature-gaps",
        FeatureGaps,
        "reliance, honesty and comprehension as directions of the states, weighed by labels",
        "bakman2025",
        "internal",
        needs=("hidden", "labels"),
        calls="1; to fit, 2 for each pair of prompts",
        example=CONTRASTED,
    ),
    Method(
        "lars",
        Lars,
        "a learnt weight for each token, by its word and the bin of its probability",
        "yaldiz2024",
        "token",
        needs=("logprobs", "labels"),
        calls="1",
    ),
    Method(
        "uhead-steps",
        UHead,
        "a small transformer over attention and likely tokens, of answers or of their steps",
        "ni2025",
        "internal",
        needs=("attention", "logprobs", "labels"),
        calls="1",
    ),
)

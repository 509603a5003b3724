"""Arms with true rewards, and preferences between them that hardly ever speak of most arms."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from dubito.evidence import Floats, Integers


@dataclass(frozen=True, eq=False)
class PreferredArms:
    """R problems of K arms, with P pairs each, labelled by the Bradley-Terry law."""

    reward: Floats  # [R, K] true
    chosen: Integers  # [R, P] arms
    rejected: Integers  # [R, P]

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The same pairs; the true rewards belong to other arms."""
        changes: dict[str, Any] = {"reward": rng.permuted(self.reward, axis=1)}
        return replace(self, **changes)


def preferred_arms(
    seed: int, *, problems: int = 20, arms: int = 30, pairs: int = 60, common: int = 10
) -> PreferredArms:
    """Rewards N(0, 1); pairs of two different arms, of which `common` are 20 times as frequent.

    Raises:
        ValueError: more common arms than there are.
    """
    if not 2 <= common <= arms:
        raise ValueError(f"of {arms} arms at least 2 and at most all are common, got {common}")
    rng = np.random.default_rng(seed)
    reward = rng.normal(size=(problems, arms))
    weight = np.where(np.arange(arms) < common, 1.0, 1 / 20)
    # The two greatest of log w + Gumbel noise are drawn without return, as likely as w.
    noisy = np.log(weight) + rng.gumbel(size=(problems, pairs, arms))
    pair = np.argsort(-noisy, axis=-1)[..., :2]  # [R, P, 2]
    of_pair = np.take_along_axis(reward[:, None], pair, axis=-1)
    first = rng.random((problems, pairs)) < 1 / (1 + np.exp(of_pair[..., 1] - of_pair[..., 0]))
    return PreferredArms(
        reward,
        chosen=np.where(first, pair[..., 0], pair[..., 1]),
        rejected=np.where(first, pair[..., 1], pair[..., 0]),
    )

"""RECAP [phan2025]: objectives weigh as much as their own losses still move."""

from dataclasses import dataclass, field

import torch
from torch import Tensor

from dubito.nn.tabular_policy import scaled_above_group


def movement(history: Tensor) -> Tensor:
    """How much each objective still moves, [2 W, K] losses above 0 -> [K]; 1 = flat.

    The mean of the earlier half over that of the later one, so more than 1 where it improves, plus
    the deviation from the later mean over the sum of both. Units of a loss cancel.
    """
    earlier, later = history.chunk(2)
    before, now = earlier.mean(dim=0), later.mean(dim=0)  # [K]
    spread = ((history - now).square().sum(dim=0) / (len(history) - 1)).sqrt()  # [K]
    return before / now + spread / (before + now)


def by_objective(rewards: Tensor, weights: Tensor, *, group: int) -> Tensor:
    """Advantages of rewards that are weighed apart: [B, K], [K] -> [B], for `Pieces.advantages`.

    Each objective's reward is scaled within its group by itself, since of a sum the scaling would
    undo the weights. A group in which one is NaN has none of that objective, such as a reward that
    is only given for pictures.

    Raises:
        ValueError: weights that are not one each, answers that are no whole groups, or an infinite
            reward.
    """
    if rewards.isinf().any():
        raise ValueError("a reward is infinite; bound it, or give NaN where it does not apply")
    if rewards.ndim != 2 or weights.shape != rewards.shape[1:] or len(rewards) % group:
        raise ValueError(
            f"rewards [B, K] of whole groups of {group} and weights [K] needed, "
            f"got {[*rewards.shape]} and {[*weights.shape]}"
        )
    scaled = [scaled_above_group(column.view(-1, group)).flatten() for column in rewards.T]
    return torch.stack(scaled, dim=1).nan_to_num(nan=0.0) @ weights.to(rewards) / len(weights)


@dataclass
class RECAP:
    """What each of K losses is multiplied by: [K] -> [K], above 0 and 1 on average, no slope.

        loss = (recap(losses) * losses).mean()

    Objectives that improve or are noisy gain, those that have settled lose, on a bad plateau too;
    one that gets worse loses as well, unless it is noisy. At a temperature of 5 weights stay within
    about a tenth of 1 while losses halve within two windows, so that the replay of earlier data
    does most of the work. It remembers what it is given in evaluation too. Until there are
    2 windows of losses all weights are 1.

    Give what is at least 0 and falls as things get better: of a reward in [0, 1], 1 less its mean,
    not its surrogate, which is about 0. What is below `least` counts as that. Several processes
    need the gathered means. The losses of this step count among the last window's.

    Fitted: `seen_` [at most 2 window, K]; it goes into a checkpoint and may be set from one.

    Differs: weights of 1 at first, and the floor, are our completion; the paper calls a high
    score slow to converge, its formula says improving, which is what is done.
    """

    window: int = 10
    temperature: float = 5.0
    least: float = 1e-3
    seen_: Tensor | None = field(default=None, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Refuse windows of nothing."""
        if self.window < 1 or not self.temperature > 0 or not self.least > 0:
            raise ValueError(
                "window must be at least 1, temperature and least above 0, "
                f"got {self.window}, {self.temperature} and {self.least}"
            )

    def __call__(self, losses: Tensor) -> Tensor:
        """The weights of this step; its losses are remembered.

        Raises:
            ValueError: losses that are not [K], of another K than before, negative or not finite.
        """
        if losses.ndim != 1 or (self.seen_ is not None and len(losses) != self.seen_.shape[1]):
            before = "K" if self.seen_ is None else self.seen_.shape[1]
            raise ValueError(f"losses [{before}] needed, got {[*losses.shape]}")
        if not bool((torch.isfinite(losses) & (losses >= 0)).all()):
            raise ValueError(
                f"losses must be finite and at least 0, got {losses.tolist()}; of a reward give "
                "1 less its mean"
            )
        now = losses.detach().double().clamp(min=self.least)[None]  # [1, K]
        seen = now if self.seen_ is None else torch.cat([self.seen_, now])
        recent = seen[-2 * self.window :]  # [at most 2 W, K]
        self.seen_ = recent
        if len(recent) < 2 * self.window:
            return torch.ones_like(losses)
        score = movement(recent) / self.temperature  # [K]
        return (len(losses) * score.softmax(dim=0)).to(losses)

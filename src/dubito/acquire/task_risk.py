"""How hard each task would be, learnt while the tasks are trained on [wang2025mpts].

Differs: losses are divided by `unit`, and what is told is multiplied by it again.
"""

from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import ArrayLike

from dubito.acquire.risk_network import Belief, RiskNetwork, risk_loss
from dubito.evidence import Floats


@dataclass
class TaskRisk:
    """One step of learning for each batch of tasks; then K opinions of the loss of any other.

    Only the latest batch is read: losses fall while the model learns, so old ones mislead. Give
    losses that are means over enough items: a noisy task looks hard. `unit` is a usual loss.
    Tasks are rows of numbers about 1 in size. Nothing flows back to the model that is trained.
    """

    unit: float = 1.0
    states: int = 20  # K
    rate: float = 5e-3
    weight: float = 1.0  # of a nat of surprise, against a squared error in units
    width: int = 10
    latent: int = 10
    seed: int = 0
    network_: RiskNetwork | None = field(default=None, init=False)
    belief_: Belief | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        """Refuse options without a meaning."""
        if not (self.unit > 0 and self.states >= 2 and self.rate > 0 and self.weight >= 0):
            raise ValueError(
                "unit and rate must be above 0, states at least 2 and weight at least 0, "
                f"got {self.unit}, {self.rate}, {self.states} and {self.weight}"
            )
        self._generator = torch.Generator().manual_seed(self.seed)

    def partial_fit(self, tasks: ArrayLike, losses: ArrayLike) -> "TaskRisk":
        """Learn from B tasks and what they cost: [B, d], [B]."""
        x, y = checked(tasks, losses)
        if self.network_ is None:
            self.network_ = RiskNetwork(
                x.shape[1], width=self.width, latent=self.latent, seed=self.seed
            )
            self._optimiser = torch.optim.Adam(self.network_.parameters(), lr=self.rate)
            self._prior = self.network_.start()
        y = y / self.unit
        loss, belief = risk_loss(
            self.network_,
            x,
            y,
            self._prior,
            states=self.states,
            weight=self.weight,
            generator=self._generator,
        )
        self._optimiser.zero_grad()
        loss.backward()
        self._optimiser.step()
        self._prior = belief.fixed()
        with torch.no_grad():
            self.belief_ = self.network_.believe(x, y)  # read again, by what was just learnt
        return self

    @torch.no_grad()
    def predict(self, tasks: ArrayLike) -> Floats:
        """The loss of each task, by K draws of what is believed: [N, d] -> [K, N].

        Before any batch: 0 of all, so nothing is preferred.
        """
        x = torch.as_tensor(np.asarray(tasks), dtype=torch.float32)
        if self.network_ is None or self.belief_ is None:
            return np.zeros((self.states, len(x)))
        states = self.belief_.draws(self.states, self._generator)
        return self.unit * self.network_(x, states).double().numpy()


def checked(tasks: ArrayLike, losses: ArrayLike) -> tuple[torch.Tensor, torch.Tensor]:
    """As tensors, single precision.

    Raises:
        ValueError: not one loss a task, or a number that is not finite.
    """
    x, y = (torch.as_tensor(np.asarray(v), dtype=torch.float32) for v in (tasks, losses))
    if x.ndim != 2 or y.shape != x.shape[:1] or not len(y):
        raise ValueError(f"tasks [B, d] and losses [B] needed, got {[*x.shape]} and {[*y.shape]}")
    if not (x.isfinite().all() and y.isfinite().all()):
        raise ValueError("tasks and losses must be finite; leave out tasks that failed")
    return x, y

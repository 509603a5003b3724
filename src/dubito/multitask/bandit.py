"""Which task to train on next, by a bandit that is paid for influence [wang2025mtl]."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.special import expit
from torch import Tensor

from dubito.evidence import Floats
from dubito.maths.exp3 import exp3_chances, exp3_learnt
from dubito.multitask.influence import Influence


class Paid(NamedTuple):
    """What an interval of steps told."""

    influence: Floats  # [T, T] column j: what steps on j do for each task, see `Influence`
    rewards: Floats  # [T] in (0, 1), NaN for a task without a step


class TaskBandit:
    """One task a step: each is drawn by how much steps on it point where the others want to go.

        task = bandit.draw(rng)
        loss_of(task).backward()
        bandit.observe(task, held_gradient(encoder.parameters()))
        optimiser.step()

    After every `interval` steps each task that had one is paid sigmoid(sum of its column of the
    influence), to which what was not measured adds nothing. Exp3 draws by what was paid. The first
    `warm` steps go through the tasks in turn and pay nothing. Use one optimiser for all tasks.

    It favours large groups of similar tasks, so look at the worst task, not only at the mean.
    `pulls_` [T] are the steps on each task, `log_weights_` [T] what Exp3 has learnt.

    Differs: several tasks are paid at once, at the chances of before. A task without a step in the
    interval is not paid; the paper's code pays it for its step of before.
    """

    def __init__(
        self,
        kinds: Sequence[int],
        *,
        interval: int | None = None,
        exploration: float = 0.2,
        warm: int | None = None,
    ) -> None:
        """Take the kind of each of T tasks, see `Influence`; T steps where one is None."""
        self.influence = Influence(kinds)
        tasks = len(self.influence.kinds)
        self.interval = tasks if interval is None else interval
        self.warm = tasks if warm is None else warm
        if self.interval < 1 or self.warm < 0:
            raise ValueError(
                f"interval must be at least 1 and warm at least 0, got {interval} and {warm}"
            )
        self.exploration = exploration
        self.log_weights_: Floats = np.zeros(tasks)
        self.pulls_ = np.zeros(tasks, dtype=int)
        _ = self.chances  # refuses what is no exploration

    @property
    def chances(self) -> Floats:
        """How likely each task is drawn once it is warm, [T] of sum 1."""
        return exp3_chances(self.log_weights_, exploration=self.exploration)

    def draw(self, rng: np.random.Generator) -> int:
        """The next task."""
        done = int(self.pulls_.sum())
        if done < self.warm:
            return done % len(self.pulls_)
        return int(rng.choice(len(self.pulls_), p=self.chances))

    def observe(self, task: int, shared: Tensor, own: Tensor | None = None) -> Paid | None:
        """A step on this task, by its gradients; what an interval told where one ends with it."""
        self.influence.observe(task, shared, own)
        self.pulls_[task] += 1
        done = int(self.pulls_.sum()) - self.warm
        if done == 0:
            self.influence.clear()
        if done <= 0 or done % self.interval:
            return None
        paid = self._paid()
        self.log_weights_ = exp3_learnt(
            self.log_weights_, paid.rewards, exploration=self.exploration
        )
        self.influence.clear()
        return paid

    def _paid(self) -> Paid:
        """The rewards of the interval that ends."""
        matrix = self.influence.matrix_
        pulled = self.influence.counts_ > 0
        return Paid(matrix, np.where(pulled, expit(np.nansum(matrix, axis=0)), np.nan))

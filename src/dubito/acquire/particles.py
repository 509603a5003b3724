"""Reward functions that the comparisons so far leave possible [dwaracherla2024]."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from dubito.nn.bradley_terry import bradley_terry
from dubito.nn.member_mlp import MemberMLP


class RewardParticles(nn.Module):
    """S perceptrons on one vector an answer: [B, d] -> rewards [S, B].

    Each is tied to the weights that it began with, a draw of the prior: where comparisons say
    nothing the S differ as they did at first. Their mean is the reward to choose answers by, one
    of them a draw of the posterior. One without a tie is a point estimate.
    """

    def __init__(
        self,
        inputs: int,
        *,
        particles: int = 10,
        widths: Sequence[int] = (128, 128),
        tie: float = 0.5,
        seed: int = 0,
    ) -> None:
        """Draw the weights; refuse a tie below 0."""
        super().__init__()
        if not tie >= 0:
            raise ValueError(f"tie must be at least 0, got {tie}")
        self.network = MemberMLP(particles, inputs, widths, seed=seed)
        self.tie = tie
        start = [p.detach().clone() for p in self.network.parameters()]
        self.start = nn.ParameterList(start).requires_grad_(False)

    def forward(self, answers: Tensor) -> Tensor:
        """Each particle's reward of each answer; its offset means nothing."""
        return self.network(answers).squeeze(-1)

    def loss(self, chosen: Tensor, rejected: Tensor, *, seen: int) -> Tensor:
        """Sum over particles of the mean loss of B comparisons, nats, plus its share of the tie.

        Answers [B, d] twice. The tie is for all `seen` comparisons, of which B are a draw, so that
        it fades as they become more.

        Raises:
            ValueError: fewer seen than are here, or none.
        """
        if not 1 <= len(chosen) <= seen:
            raise ValueError(f"1 .. {seen} comparisons of those seen needed, got {len(chosen)}")
        apart = bradley_terry(self(chosen), self(rejected)).mean(dim=-1)  # [S]
        return apart.sum() + self.tie * self.departure() / seen

    def departure(self) -> Tensor:
        """Squared distance of all weights from where they began, >= 0."""
        pairs = zip(self.network.parameters(), self.start, strict=True)
        return torch.stack([(now - then).square().sum() for now, then in pairs]).sum()

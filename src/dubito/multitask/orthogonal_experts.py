"""Mixture of orthogonal experts, MOORE [hendawy2024]: features that cannot be alike."""

from collections.abc import Callable, Sequence
from copy import deepcopy

import torch
from torch import Tensor, nn

from dubito.nn.expert_bank import expert_bank
from dubito.nn.gates import FreeGate, signed
from dubito.nn.orthonormal import gram_schmidt
from dubito.nn.seeded import seeded


class OrthogonalExperts(nn.Module):
    """Rows [B, d_in] and their tasks [B] -> features [B, d] in (-1, 1): of policies, values, heads.

    K perceptrons read a row; their outputs are made orthonormal, row by row, and mixed by K free
    weights of the task, of any sign; then tanh. Put a head of each task on it. Before tanh a
    feature is as long as its task's weights, whatever the row.

    Rows [B, K, d_in] give each expert its own, such as the outputs of K small convolutions.
    The last layer must stay linear: rectified outputs lie in one orthant, almost parallel. Clip
    gradients, which grow where experts are nearly dependent.

    Differs: orthonormal twice over, for rounding; an activation of the basis before mixing, which
    the code offers, is left to `process`.
    """

    def __init__(
        self,
        sizes: Sequence[int] = (8, 32, 16),
        *,
        experts: int = 4,
        tasks: int = 2,
        process: Callable[[Tensor], Tensor] = gram_schmidt,
        seed: int = 0,
    ) -> None:
        """Refuse more experts than features.

        Args:
            sizes: what an expert reads, its rectified layers, and the features d >= K.
            process: what is done to [B, K, d]; without one, `lambda u: u`, a plain mixture.
        """
        super().__init__()
        if experts > sizes[-1]:
            raise ValueError(f"{experts} experts of {sizes[-1]} features: at most as many as those")
        with seeded(seed):
            self.bank = expert_bank(sizes, experts=experts)
            self.gate = drawn_gate(experts, tasks)
        self.process = process

    def basis(self, x: Tensor) -> Tensor:
        """What is mixed, [B, K, d]: each row's own orthonormal vectors."""
        return self.process(self.bank(x if x.ndim == 3 else x[:, None]))

    def forward(self, x: Tensor, task: Tensor) -> Tensor:
        """The features of each row for its task."""
        weights = self.gate()[task]  # [B, K]
        return torch.tanh((weights[:, None] @ self.basis(x))[:, 0])  # [B, d]

    def transferred(self, tasks: int, *, seed: int = 0) -> "OrthogonalExperts":
        """For new tasks: a copy whose experts are frozen, under new weights."""
        new = deepcopy(self)
        new.bank.requires_grad_(False)
        with seeded(seed):
            new.gate = drawn_gate(self.gate.logits.shape[1], tasks).to(self.gate.logits)
        return new


def drawn_gate(experts: int, tasks: int) -> FreeGate:
    """Free weights of any sign, Xavier-uniform, since at 0 no expert would learn."""
    gate = FreeGate(experts, tasks=tasks, normalise=signed)
    nn.init.xavier_uniform_(gate.logits)
    return gate

"""Losses of tasks, told from what the tasks look like: a neural process [wang2025mpts]."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from dubito.nn.divergences import gaussian_kl
from dubito.nn.seeded import seeded

NARROWEST = 0.1  # deviation of the belief


class Belief(NamedTuple):
    """A Gaussian over the latent state of the model that is trained."""

    mean: Tensor  # [z]
    log_variance: Tensor  # [z]

    def draws(self, number: int, generator: torch.Generator) -> Tensor:
        """So many states, through which mean and variance can be learnt: [K, z]."""
        noise = torch.randn(number, len(self.mean), generator=generator)
        return self.mean + (self.log_variance / 2).exp() * noise

    def fixed(self) -> "Belief":
        """The same, as a constant."""
        return Belief(self.mean.detach(), self.log_variance.detach())


class RiskNetwork(nn.Module):
    """Reads tasks and their losses into a belief, and tells from a state how hard tasks are.

    The order of a batch tells nothing, nor does how often it is repeated.
    """

    def __init__(self, inputs: int, *, width: int = 10, latent: int = 10, seed: int = 0) -> None:
        super().__init__()
        with seeded(seed):
            self.read = layers(inputs + 1, width, width, hidden=2)
            self.joined = nn.Sequential(nn.Linear(width, width), nn.ReLU())
            self.to_mean, self.to_std = nn.Linear(width, latent), nn.Linear(width, latent)
            self.tell = layers(inputs + latent, width, 1, hidden=3)
        self.latent = latent

    def believe(self, tasks: Tensor, losses: Tensor) -> Belief:
        """What B tasks and their losses say of the state: [B, d], [B]."""
        each = self.read(torch.cat([tasks, losses[:, None]], dim=-1))  # [B, width]
        joined = self.joined(each.mean(dim=0))
        std = NARROWEST + (1 - NARROWEST) * self.to_std(joined).sigmoid()
        return Belief(self.to_mean(joined), 2 * std.log())

    def forward(self, tasks: Tensor, states: Tensor) -> Tensor:
        """The loss of each task in each state: [N, d], [K, z] -> [K, N]."""
        rows = torch.cat(
            [
                tasks.expand(len(states), *tasks.shape),
                states[:, None].expand(-1, len(tasks), -1),
            ],
            dim=-1,
        )
        return self.tell(rows).squeeze(-1)

    def start(self) -> Belief:
        """Before any task was seen: a standard Gaussian."""
        return Belief(torch.zeros(self.latent), torch.zeros(self.latent))


def risk_loss(
    network: RiskNetwork,
    tasks: Tensor,
    losses: Tensor,
    prior: Belief,
    *,
    states: int,
    weight: float,
    generator: torch.Generator,
) -> tuple[Tensor, Belief]:
    """Squared error of B told losses plus `weight` times KL(belief || prior); the belief.

    Told is the mean over so many states drawn from the belief that these losses give. Errors are
    summed over the tasks and nats over the latent dimensions: losses should be about 1 in size.
    The prior is the belief of the batch before, as a constant.
    """
    belief = network.believe(tasks, losses)
    told = network(tasks, belief.draws(states, generator)).mean(dim=0)  # [B]
    error = (told - losses).square().sum()
    return error + weight * gaussian_kl(*belief, *prior), belief


def layers(inputs: int, width: int, outputs: int, *, hidden: int) -> nn.Sequential:
    """Rectified layers of one width."""
    built: list[nn.Module] = []
    for i in range(hidden):
        built += [nn.Linear(width if i else inputs, width), nn.ReLU()]
    return nn.Sequential(*built, nn.Linear(width, outputs))

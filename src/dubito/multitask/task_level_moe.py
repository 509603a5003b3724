"""Task-level mixture of experts [ye2022]: each layer has copies, and the task alone chooses one."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from dubito.nn.expert_bank import expert_bank
from dubito.nn.gumbel import gumbel_softmax, straight_through
from dubito.nn.seeded import seeded


class TaskRouter(nn.Module):
    """Logits of m copies in each of L layers, from the row's task; [B] -> [B, L, m].

    Every layer has a perceptron of its own over one vector of the task, a row of the embedding
    `vectors`: random at first and trained, or load yours, such as mean embeddings of the tasks'
    texts. Split a model with `dubito.nn.expert_copies.split` and run it within
    `routed(model, weights)`, with weights by `drawn_routes`, `soft_routes`, `average_routes` or
    `hard_routes` of these logits.

    Train twice. First copies, router and vectors together, on drawn routes while tau falls by
    `Cooling()`. Then throw the copies away, split the model as it was, freeze this, and train the
    copies alone on soft routes of tau by `Cooling(300, 1e-4, 1)`: from an average to what was
    learnt. The copies of the first stage have grown used to each other.

    Differs: no recurrent router, no distance between copies in the loss.
    """

    def __init__(
        self,
        tasks: int,
        *,
        layers: int,
        copies: int = 3,
        width: int = 16,
        hidden: int = 64,
        seed: int = 0,
    ) -> None:
        super().__init__()
        with seeded(seed):
            self.vectors = nn.Embedding(tasks, width)
            sizes = (width, hidden, copies)
            self.layers = expert_bank(sizes, experts=layers, between=nn.GELU)

    def forward(self, task: Tensor) -> Tensor:
        """Of rows of these tasks."""
        return self.layers(self.vectors(task)[:, None])

    @torch.no_grad()
    def routes(self) -> Tensor:
        """Probabilities of every task, layer and copy, [T, L, m]: which skills a task uses."""
        tasks = torch.arange(self.vectors.num_embeddings, device=self.vectors.weight.device)
        return soft_routes(self(tasks))


def drawn_routes(logits: Tensor, *, tau: float, generator: torch.Generator) -> Tensor:
    """One copy each for every row and layer, drawn anew, with a gradient; [B, L, m] -> the same."""
    return straight_through(gumbel_softmax(logits, tau=tau, generator=generator))


def soft_routes(logits: Tensor, *, tau: float = 1.0) -> Tensor:
    """softmax(logits / tau), [B, L, m]; a large tau is near `average_routes`."""
    return (logits / tau).softmax(dim=-1)


def average_routes(logits: Tensor) -> Tensor:
    """1/m for every copy, whatever the logits: the baseline that is hard to beat."""
    return torch.full_like(logits, 1 / logits.shape[-1])


def hard_routes(logits: Tensor) -> Tensor:
    """1 for the likeliest copy, [B, L, m]: what to run when all is trained."""
    return straight_through(logits.detach())


@dataclass(frozen=True)
class Explored:
    """Weights of which a share `rate` of the rows' layers is replaced by a random copy."""

    rate: float = 0.1

    def __post_init__(self) -> None:
        """Refuse what is no share."""
        if not 0 <= self.rate <= 1:
            raise ValueError(f"rate must lie in [0, 1], got {self.rate}")

    def __call__(self, weights: Tensor, generator: torch.Generator) -> Tensor:
        """[B, L, m] -> the same; drawn on the CPU."""
        shape = weights.shape[:-1]
        copy = torch.randint(weights.shape[-1], shape, generator=generator)  # [B, L]
        chosen = torch.nn.functional.one_hot(copy, weights.shape[-1]).to(weights)
        explored = torch.rand(shape, generator=generator) < self.rate  # [B, L]
        return torch.where(explored[..., None].to(weights.device), chosen, weights)

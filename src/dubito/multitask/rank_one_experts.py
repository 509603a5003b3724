"""Intuition-MoR1E [liu2024mor]: a low-rank addition whose ranks are experts of kinds of prompts."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from dubito.nn.sampled_low_rank import add_low_rank

SPEED = 100.0  # balance and gate move so much faster than their parameters
SCORES = 4.0  # what a score of 1 weighs beside the router's uniform 1


class RankOneExperts(nn.Module):
    """base(x) + gate * B (q a), a = A x, with q the weights of K experts; [B, ..., d_in] -> d_out.

    An expert pairs a row of A with a column of B: the i-th with the i-th, or, where it is `mixed`,
    each with each, which makes r_in r_out of them. A token's router and its prompt's scores give
    q = K balance softmax(R x) + 4 (1 - balance) scores. At first B = 0: the base alone.

    Scores [B, K] of each row's prompt are set by `guided`, or by hand: `layer.scores = scores`.
    What is added depends on the input and cannot be merged into the base.

    Differs: the router weighs K, the paper's constant 32 being its own K; no dropout; K clusters
    for K experts, hence no learnt map between them.
    """

    def __init__(self, base: nn.Module, a: Tensor, b: Tensor, *, mixed: bool = False) -> None:
        """Refuse factors [r_in, d_in] and [d_out, r_out] that do not fit each other."""
        super().__init__()
        if a.ndim != 2 or b.ndim != 2 or (not mixed and len(a) != b.shape[1]):
            raise ValueError(
                f"factors [r, d_in] and [d_out, r] needed, got {[*a.shape]} and {[*b.shape]}; "
                "ranks may differ where mixed=True"
            )
        self.base = base
        self.a, self.b = nn.Parameter(a), nn.Parameter(b)
        self.mixed = mixed
        self.experts = len(a) * b.shape[1] if mixed else len(a)
        self.router = nn.Parameter(a.new_zeros(self.experts, a.shape[1]))  # [K, d_in] R
        self.balance_logit = nn.Parameter(a.new_zeros(()))
        self.gate_logit = nn.Parameter(a.new_zeros(()))
        self.scores: Tensor | None = None

    @property
    def balance(self) -> Tensor:
        """What the router weighs against the scores, in [0, 1]; 1/2 at first."""
        return torch.sigmoid(SPEED * self.balance_logit)

    @property
    def gate(self) -> Tensor:
        """What all experts together weigh, in [0, 1]; 1/2 at first."""
        return torch.sigmoid(SPEED * self.gate_logit)

    def weights(self, x: Tensor) -> Tensor:
        """Those of the experts, of any sign, [..., d_in] -> [..., K].

        Raises:
            ValueError: no scores, or not one row of K for each row of x.
        """
        if self.scores is None:
            raise ValueError("no scores of these prompts; call the model within guided(...)")
        if self.scores.shape != (len(x), self.experts):
            raise ValueError(
                f"scores [{len(x)}, {self.experts}] of the prompts needed, "
                f"got {[*self.scores.shape]}; one row for each of the model's"
            )
        between = [1] * (x.ndim - 2)
        scores = self.scores.to(x).view(len(x), *between, self.experts)
        token = (x @ self.router.mT).softmax(dim=-1)  # [..., K]
        return self.experts * self.balance * token + SCORES * (1 - self.balance) * scores

    def forward(self, x: Tensor) -> Tensor:
        """The base's output with what the experts add."""
        shared, rows = self.base(x), x.to(self.a.dtype)
        low, weights = rows @ self.a.mT, self.weights(rows)  # [..., r_in], [..., K]
        if self.mixed:
            pairs = weights.unflatten(-1, (len(self.a), -1))  # [..., r_in, r_out]
            high = (low[..., None, :] @ pairs)[..., 0, :]  # [..., r_out]
        else:
            high = low * weights
        return shared + (self.gate * (high @ self.b.mT)).to(shared.dtype)


@dataclass(frozen=True)
class MoR1E:
    """What is put on a linear layer: `rank` experts, or rank times `outputs` of them, mixed.

    Each expert is for one kind of prompt: fit a `PromptClusters(experts)` on those of training.
    """

    rank: int = 8
    outputs: int | None = None

    def __post_init__(self) -> None:
        """Refuse an addition of none."""
        if self.rank < 1 or (self.outputs is not None and self.outputs < 1):
            raise ValueError(
                f"rank and outputs must be at least 1, got {self.rank} and {self.outputs}"
            )

    @property
    def experts(self) -> int:
        """K of a layer."""
        return self.rank * (self.outputs or 1)

    def __call__(self, base: nn.Linear, generator: torch.Generator) -> RankOneExperts:
        """The layer with it, frozen itself; A is Kaiming-uniform as in LoRA, B is 0."""
        shape = (self.rank, base.in_features)
        unit = torch.rand(shape, generator=generator, dtype=torch.float64)
        a = ((2 * unit - 1) * base.in_features**-0.5).to(base.weight)
        b = a.new_zeros(base.out_features, self.outputs or self.rank)
        base.requires_grad_(False)
        layer = RankOneExperts(base, a, b, mixed=self.outputs is not None)
        return layer.train(base.training)

    def attach(self, model: nn.Module, endings: tuple[str, ...], *, seed: int = 0) -> list[str]:
        """Freeze the model and put it on every linear layer whose name ends so; their names.

        Raises:
            ValueError: no linear layer is called so.
        """
        model.requires_grad_(False)
        return add_low_rank(model, endings, self, seed=seed)


def layers_of(model: nn.Module) -> list[RankOneExperts]:
    """Those of a model that have rank-1 experts.

    Raises:
        ValueError: none has.
    """
    found = [m for m in model.modules() if isinstance(m, RankOneExperts)]
    if not found:
        raise ValueError(f"{type(model).__name__} has no rank-1 experts; MoR1E().attach gives some")
    return found


@contextmanager
def guided(model: nn.Module, scores: Tensor) -> Iterator[None]:
    """Within it the rows of the model have prompts of these scores, [B, K]; afterwards as before.

    Of the prompt alone, at training and when generating: an answer among it would tell itself.
    """
    layers = layers_of(model)
    before = [layer.scores for layer in layers]
    try:
        for layer in layers:
            layer.scores = scores
        yield
    finally:
        for layer, old in zip(layers, before, strict=True):
            layer.scores = old


def guided_by_column(model: nn.Module, column: str = "scores") -> nn.Module:
    """The same model, which from now on takes the scores of its rows from a column of the batch.

    For a Trainer, with `remove_unused_columns=False`. They stay until the next batch, so that a
    checkpointed backward pass finds them; a batch without the column has none, unless `guided`.
    """
    layers = layers_of(model)
    given: list[Tensor] = []  # the last batch's

    def take(_module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        scores = kwargs.pop(column, None)
        for layer in layers:
            stale = bool(given) and layer.scores is given[0]
            if scores is not None or stale:
                layer.scores = scores
        given[:] = [] if scores is None else [scores]
        return args, kwargs

    model.register_forward_pre_hook(take, with_kwargs=True)
    return model

"""SWAG [maddox2019] for text classifiers [talman2023]: a Gaussian around the end of training."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim.swa_utils import update_bn

from dubito.maths.arrays import Floats
from dubito.nn.evaluating import evaluating
from dubito.nn.flat_weights import flat, shapes, wearing
from dubito.nn.kept import load_arrays, save_arrays
from dubito.nn.seeded import seeded
from dubito.posterior.passes import Logits
from dubito.posterior.predictive import Predictive, predictive_classes

KIND = "swag"
ARRAYS = ("mean", "variance", "deviations")


class SWAG:
    """A Gaussian of the trained weights, from snapshots along the path of the optimiser.

    Call `collect(model)` after an epoch or every few hundred steps while the step size is
    constant: it sets the spread, and a rate that falls leaves none. Fitted: `count_` snapshots,
    `mean_` [P], `variance_` [P] and `deviations_` [R, P], the last `columns` of them from the mean
    so far. Weights are drawn around the mean with covariance
    scale (diag(variance) + D^T D / (R - 1)): 0.5 is [maddox2019], 1 what [talman2023] draws with,
    0 the mean alone (SWA). Without columns, or with fewer than two, the diagonal remains.

    Only what takes gradients is collected, so of an adapted model the adapter.
    Differs: the variance is kept by deviations from the mean, not as a difference of squares,
    which in float32 drowns the small steps of tuning; one draw for all layers.
    """

    def __init__(
        self, *, columns: int = 20, scale: float = 0.5, samples: int = 30, seed: int = 0
    ) -> None:
        if columns < 0 or not scale >= 0 or samples < 1:
            raise ValueError(
                "columns and scale must be at least 0 and samples at least 1, "
                f"got {columns}, {scale} and {samples}"
            )
        self.columns = columns
        self.scale = scale
        self.samples = samples
        self.seed = seed
        self.count_ = 0

    def collect(self, model: nn.Module) -> Self:
        """Take the model's present weights into account.

        Raises:
            ValueError: other weights than those collected so far, or a weight that is not finite.
        """
        weights = flat(model)  # [P]
        if not self.count_:
            self.shapes_ = shapes(model)
            self.mean_, self.variance_ = torch.zeros_like(weights), torch.zeros_like(weights)
            self.deviations_ = weights.new_zeros(0, len(weights))
        self.refuse_another(model)
        if not weights.isfinite().all():
            raise ValueError("a weight is not finite: training has diverged, lower its step size")
        share = self.count_ / (self.count_ + 1)
        step = weights - self.mean_
        self.mean_ = self.mean_ + step * (1 - share)
        self.variance_ = share * (self.variance_ + (1 - share) * step.square())
        newest = (share * step)[None]  # [1, P] from the mean that holds it already
        rows = torch.cat([self.deviations_, newest])
        self.deviations_ = rows[max(len(rows) - self.columns, 0) :]
        self.count_ += 1
        return self

    def draw(self, generator: torch.Generator) -> Tensor:
        """One row of weights, [P]; drawn on the CPU so that devices agree."""
        self.refuse_unfitted()
        rank = len(self.deviations_)
        moved = self.variance_.sqrt() * normal(self.variance_, len(self.variance_), generator)
        if rank > 1:
            turn = normal(self.variance_, rank, generator)  # [R]
            moved = moved + turn @ self.deviations_ / (rank - 1) ** 0.5
        return self.mean_ + self.scale**0.5 * moved

    @contextmanager
    def worn(
        self,
        model: nn.Module,
        generator: torch.Generator | None = None,
        *,
        familiar: Sequence[Tensor] = (),
    ) -> Iterator[None]:
        """Within it the model has drawn weights, or without a generator the mean; then its own.

        Statistics of batches belong to the weights: a model that keeps some (batch norm) needs
        `familiar` batches of its training inputs, from which they are taken anew.
        """
        self.refuse_unfitted()
        self.refuse_another(model)
        weights = self.mean_ if generator is None else self.draw(generator)
        with wearing(model, weights):
            if familiar:
                with seeded(self.seed):
                    update_bn(familiar, model)
            yield

    @torch.no_grad()
    def members_logp(
        self, model: nn.Module, logits: Logits, x: Tensor, *, familiar: Sequence[Tensor] = ()
    ) -> Floats:
        """Log-probabilities of the drawn models, nats: [S, B, ..., V]; the model in evaluation."""
        generator = torch.Generator().manual_seed(self.seed)
        found = []
        with evaluating(model):
            for _ in range(self.samples):
                with self.worn(model, generator, familiar=familiar):
                    found.append(logits(x).double().log_softmax(dim=-1).cpu().numpy())
        return np.stack(found)

    def predict(
        self, model: nn.Module, logits: Logits, x: Tensor, *, familiar: Sequence[Tensor] = ()
    ) -> Predictive:
        """Of inputs [B, ...]: mean log-probabilities, doubts in nats."""
        return predictive_classes(self.members_logp(model, logits, x, familiar=familiar))

    def spread(self) -> dict[str, float]:
        """Mean deviation of the weights of each parameter, by name: where the Gaussian is wide."""
        self.refuse_unfitted()
        sizes = [int(np.prod(shape)) for shape in self.shapes_.values()]
        parts = self.variance_.sqrt().split(sizes)
        return {name: float(p.mean()) for name, p in zip(self.shapes_, parts, strict=True)}

    def save(self, path: str | Path) -> None:
        """Write it to one safetensors file."""
        self.refuse_unfitted()
        options = {"columns": self.columns, "scale": self.scale, "samples": self.samples}
        about = {"options": options | {"seed": self.seed}, "count": self.count_}
        fitted = (self.mean_, self.variance_, self.deviations_)
        arrays = {n: t.cpu().numpy() for n, t in zip(ARRAYS, fitted, strict=True)}
        save_arrays(path, KIND, about | {"shapes": self.shapes_}, arrays)

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """What `save` wrote; collecting may go on."""
        kept = load_arrays(path, KIND, names=ARRAYS)
        made = cls(**kept.about["options"])
        made.count_, made.shapes_ = kept.about["count"], kept.about["shapes"]
        made.mean_, made.variance_, made.deviations_ = (
            torch.from_numpy(kept.arrays[name]) for name in ARRAYS
        )
        return made

    def refuse_unfitted(self) -> None:
        """ValueError before the first snapshot."""
        if not self.count_:
            raise ValueError("nothing collected yet: call collect(model) while it is trained")

    def refuse_another(self, model: nn.Module) -> None:
        """ValueError for a model with other trained weights."""
        if shapes(model) != self.shapes_:
            raise ValueError(
                f"{type(model).__name__} trains other weights than those collected; "
                "give the same model with the same parameters frozen"
            )


def normal(like: Tensor, size: int, generator: torch.Generator) -> Tensor:
    """So many standard normal numbers."""
    return torch.randn(size, generator=generator, dtype=torch.float64).to(like)

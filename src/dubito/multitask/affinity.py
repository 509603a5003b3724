"""How alike the gradients of tasks are [yu2020]: do they want the same of what they share?"""

from collections.abc import Iterable

import torch
from torch import Tensor

from dubito.nn.flat_weights import in_a_row, unit_or_zero


def gradient_affinity(losses: Tensor, shared: Iterable[Tensor]) -> Tensor:
    """Cosines of the gradients of T losses, [T] -> [T, T] in [-1, 1]; below 0 they conflict.

    NaN in the row and the column of a task whose gradient is 0: it has no direction. Nothing is
    added to any `grad`, and the graph is kept, so that `backward` may follow.

    Args:
        losses: [T], each a mean over its own rows; how large they are does not count.
        shared: the parameters that all tasks use. T rows of that length are held.

    Raises:
        ValueError: no parameter, or a gradient that is not finite.
    """
    return cosines(task_gradients(losses, shared))


def task_gradients(losses: Tensor, shared: Iterable[Tensor]) -> Tensor:
    """The gradient of each of T losses in one row, [T] -> [T, P]; 0 where one does not reach.

    Raises:
        ValueError: losses that are no row, or no parameter.
    """
    shared = list(shared)
    if losses.ndim != 1 or not shared:
        raise ValueError(
            f"losses [T] and at least one parameter needed, got {[*losses.shape]} and {len(shared)}"
        )
    rows = [
        torch.autograd.grad(loss, shared, retain_graph=True, materialize_grads=True)
        for loss in losses
    ]
    return torch.stack([in_a_row(row) for row in rows])


def cosines(gradients: Tensor) -> Tensor:
    """Cosines of T rows, [T, P] -> [T, T]; NaN where a row is 0.

    Raises:
        ValueError: a row that is not finite.
    """
    failed = (~gradients.isfinite().all(dim=1)).nonzero().flatten().tolist()
    if failed:
        raise ValueError(f"gradients of tasks {failed} are not finite; leave this step out")
    unit = unit_or_zero(gradients).where(gradients.any(dim=1, keepdim=True), torch.nan)
    return (unit @ unit.T).clamp(-1, 1)


def held_gradient(parameters: Iterable[Tensor]) -> Tensor:
    """A copy of what `backward` left in `grad`, in a row [P]; 0 where it did not reach.

    Raises:
        ValueError: it reached none of them.
    """
    parameters = list(parameters)
    if all(p.grad is None for p in parameters):
        raise ValueError(
            f"none of {len(parameters)} parameters has a gradient; ask after backward() and "
            "before zero_grad()"
        )
    return in_a_row(torch.zeros_like(p) if p.grad is None else p.grad for p in parameters)

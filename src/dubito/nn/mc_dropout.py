"""Dropout on and all else of training off [gal2016], for a pass or for several."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import torch
from torch import Tensor, nn

Dropping = nn.Dropout | nn.Dropout1d | nn.Dropout2d | nn.Dropout3d | nn.AlphaDropout


@contextmanager
def dropout_only(model: nn.Module, *, seed: int, rate: float | None = None) -> Iterator[None]:
    """Within it the layers of dropout drop, and every other layer is in evaluation.

    At this rate if one is given, else at each layer's own; what is dropped hangs on the seed
    alone. Rates, modes and the global generators are afterwards what they were. Dropout that is
    no layer but a function, such as that of attention weights, stays off. The fused path of
    PyTorch's own transformer layers, which would leave out their dropout, is off meanwhile.

    Raises:
        ValueError: a rate outside [0, 1], or no layer of dropout: see `add_dropout`.
    """
    layers = [m for m in model.modules() if isinstance(m, Dropping)]
    if not layers:
        raise ValueError(f"{type(model).__name__} has no layer of dropout; add some: add_dropout")
    if rate is not None and not 0 <= rate <= 1:
        raise ValueError(f"rate must lie in [0, 1], got {rate}")
    modes = {m: m.training for m in model.modules()}
    rates = [(m, m.p) for m in layers]
    cuda = sorted({p.get_device() for p in model.parameters() if p.is_cuda})
    with ExitStack() as undo:
        undo.callback(put_back, modes, rates, fused=torch.backends.mha.get_fastpath_enabled())
        undo.enter_context(torch.random.fork_rng(devices=cuda))
        torch.manual_seed(seed)
        torch.backends.mha.set_fastpath_enabled(False)
        model.eval()
        for layer in layers:
            layer.train()
            layer.p = layer.p if rate is None else rate
        yield


@torch.no_grad()
def dropout_passes(
    model: nn.Module, forward: Callable[[], Tensor], *, passes: int = 100, seed: int = 0
) -> Tensor:
    """What `forward` gives in N passes, dropout drawn anew and all else in evaluation; [N, ...].

    Raises:
        ValueError: no layer of dropout, so that all passes would be equal, or no pass.
    """
    if passes < 1:
        raise ValueError(f"at least one pass needed, got {passes}")
    with dropout_only(model, seed=seed):
        return torch.stack([forward() for _ in range(passes)])


def put_back(
    modes: dict[nn.Module, bool], rates: list[tuple[Dropping, float]], *, fused: bool
) -> None:
    """Everything as it was."""
    torch.backends.mha.set_fastpath_enabled(fused)
    for layer, mode in modes.items():
        layer.training = mode
    for layer, rate in rates:
        layer.p = rate


def add_dropout(model: nn.Module, *, rate: float) -> int:
    """Put dropout behind every linear layer of a model, in place; how many there are.

    In evaluation the model computes what it did before. The linear layers get another name in it
    (".0" is added), so load its weights first. A model that is itself a linear layer has no place
    for it, and gets none.
    """
    found = 0
    for parent in list(model.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, nn.Linear):
                setattr(parent, name, nn.Sequential(child, nn.Dropout(rate)).train(child.training))
                found += 1
    return found

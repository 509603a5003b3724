"""What is kept of each next-token distribution: a few numbers instead of V logits."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

BLOCK = 256  # tokens summed together before a draw is looked up among them


@dataclass(frozen=True, slots=True)
class Step:
    """One decoding step of R rows, float32; NaN where a distribution was not measured."""

    chosen: Tensor  # [R] int64 token ids
    logprobs: Tensor  # [R] log p(chosen), nats, at temperature 1
    entropies: Tensor  # [R] nats
    uniform_kl: Tensor  # [R] KL(uniform || p), nats
    uniform_renyi: Tensor  # [R] D_1/2(p || uniform), nats


def step(
    logits: Tensor,
    draws: Tensor,
    *,
    temperature: float = 1.0,
    min_p: float = 0.0,
    full: Sequence[int] = (),
) -> Step:
    """Choose a token for each row of [R, V] logits and measure the distributions of some rows.

    A row with a draw in [0, 1) takes the token at that quantile of its distribution at
    `temperature`, where tokens less likely than `min_p` times the likeliest count as impossible;
    a row with draw -1 takes the most likely token. The measures are those of temperature 1,
    nothing cut.

    Raises:
        FloatingPointError: a row of logits holds NaN, or nothing but -inf.
    """
    shifted, best = shift(logits)
    weights = shifted.exp()
    tempered = weights if temperature == 1 else (shifted / temperature).exp()
    if min_p:
        tempered = tempered * (tempered >= min_p)  # the likeliest has weight 1
    chosen = torch.where(draws < 0, best, at_quantile(tempered, draws.clamp(min=0)))
    return measure(shifted, weights, chosen, full=full)


def observe(logits: Tensor, chosen: Tensor, *, full: bool = True) -> Step:
    """Measure [R, V] logits at tokens that were chosen before, [R]."""
    shifted, _ = shift(logits)
    return measure(shifted, shifted.exp(), chosen, full=range(len(chosen)) if full else ())


def shift(logits: Tensor) -> tuple[Tensor, Tensor]:
    """Float32 logits minus their maximum, [R, V], and where the maximum is, [R]."""
    logits = logits.float()
    top, best = logits.max(dim=-1, keepdim=True)
    if not bool(torch.isfinite(top).all()):
        raise FloatingPointError("the model returned NaN or infinite logits; try dtype float32")
    return logits - top, best[:, 0]


def measure(shifted: Tensor, weights: Tensor, chosen: Tensor, *, full: Sequence[int]) -> Step:
    """The numbers to keep: log-probabilities of all rows, distributions of the rows in `full`."""
    log_mass = weights.sum(dim=-1).log()  # [R]
    logprobs = shifted.gather(1, chosen[:, None])[:, 0] - log_mass
    seen = Step(chosen, logprobs, *(torch.full_like(logprobs, torch.nan) for _ in range(3)))
    if len(full) == len(chosen):
        rows = slice(None)  # no copy of [R, V]
    elif len(full):
        rows = torch.tensor(full, device=chosen.device)
    else:
        return seen
    measures = distribution(shifted[rows], weights[rows], log_mass[rows])
    for kept, values in zip(
        (seen.entropies, seen.uniform_kl, seen.uniform_renyi), measures, strict=True
    ):
        kept[rows] = values
    return seen


def distribution(
    shifted: Tensor, weights: Tensor, log_mass: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Entropy, KL(uniform || p) and D_1/2(p || uniform) of [F, V] distributions, each [F], nats.

    Tokens that the model can never say are left out of V.
    """
    size = torch.full_like(log_mass, shifted.shape[-1])
    if bool(torch.isinf(shifted.amin())):
        size = torch.isfinite(shifted).sum(dim=-1).float()
        shifted = shifted.masked_fill(torch.isinf(shifted), 0.0)
    entropies = log_mass - torch.linalg.vecdot(weights, shifted) / log_mass.exp()
    mean_logprob = shifted.sum(dim=-1) / size - log_mass
    half = 2 * weights.sqrt().sum(dim=-1).log() - log_mass  # Renyi entropy of order 1/2
    return (
        entropies.clamp(min=0),
        (-mean_logprob - size.log()).clamp(min=0),
        (size.log() - half).clamp(min=0),
    )


def at_quantile(weights: Tensor, draws: Tensor) -> Tensor:
    """Index at which the running sum of [R, V] weights passes `draws` times their total, [R].

    Sums of blocks first, so that only one block of each row is summed token by token.
    """
    rows, size = weights.shape
    padded = torch.nn.functional.pad(weights, (0, -size % BLOCK)).view(rows, -1, BLOCK)
    running = padded.sum(dim=-1).cumsum(dim=-1)  # [R, V / BLOCK]
    target = below(draws[:, None] * running[:, -1:], running[:, -1:])
    block = torch.searchsorted(running, target, right=True)
    before = torch.where(block > 0, running.gather(1, (block - 1).clamp(min=0)), 0.0)
    inside = padded.gather(1, block[..., None].expand(-1, 1, BLOCK))[:, 0].cumsum(dim=-1)
    place = torch.searchsorted(inside, below(target - before, inside[:, -1:]), right=True)
    return (block * BLOCK + place)[:, 0].clamp(max=size - 1)


def below(target: Tensor, total: Tensor) -> Tensor:
    """The target, kept under the total so that rounding cannot reach a token of weight 0."""
    return torch.minimum(target, torch.nextafter(total, torch.zeros_like(total)))

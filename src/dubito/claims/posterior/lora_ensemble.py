"""Members that share a network and differ in a low-rank addition beat one of them alone."""

import math
from functools import cache, partial
from typing import NamedTuple

import numpy as np
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from dubito.claims.adapter_measures import (
    CLASSES,
    GAIN,
    WIDTHS,
    accuracy,
    log_loss,
    miscalibration,
    plain_logp,
    pretrained,
    rows,
    tune,
)
from dubito.claims.lab import Claim
from dubito.data.worlds.inverted_digits import InvertedDigits, inverted_digits
from dubito.evidence import Floats
from dubito.maths.ensembles import mixture
from dubito.nn.low_rank_sampling import sampled
from dubito.nn.sampled_low_rank import MemberLinear
from dubito.posterior.lora_ensemble import LoRAEnsemble
from dubito.posterior.passes import member_logp

MEMBERS, EPOCHS = 5, 170


class Read(NamedTuple):
    """Log-probabilities of M members, [M, N, 10]."""

    fresh: Floats
    noisy: Floats


@cache
def members(world: InvertedDigits, *, gain: float = GAIN) -> Read:
    """Of the low-rank members; in a null all of them start alike."""
    net, method = pretrained(world), LoRAEnsemble(members=MEMBERS, rank=4, gain=gain, seed=1)
    method.attach(net, ("0", "2"), heads=("4",))
    if not world.live:
        alike(net)
    with sampled(net):
        tune(net, world, lambda x, y: method.loss(net(x), y), epochs=EPOCHS)
    return Read(*(member_logp(net, net, rows(x)) for x in (world.fresh, world.noisy)))


@torch.no_grad()
def alike(net: nn.Module) -> None:
    """Every member gets the first one's start."""
    for parameter in net.parameters():
        if parameter.requires_grad:
            parameter.copy_(parameter[:1].expand_as(parameter))


@cache
def explicit(world: InvertedDigits) -> Read:
    """Of as many whole networks, each tuned with a fresh head."""
    found: list[Read] = []
    for seed in range(MEMBERS):
        net = pretrained(world).requires_grad_(True)
        net[4] = MemberLinear(1, WIDTHS[-1], CLASSES, seed=seed + 10).double()
        tune(net, world, lambda x, y, net=net: cross_entropy(net(x), y), epochs=EPOCHS)
        found.append(Read(plain_logp(net, world.fresh), plain_logp(net, world.noisy)))
    return Read(np.stack([r.fresh for r in found]), np.stack([r.noisy for r in found]))


def ours(world: InvertedDigits) -> float:
    """ln of the log-loss on noisy digits; rounded, so that equal networks are equal."""
    return round(math.log(log_loss(mixture(members(world).noisy), world.truth)), 9)


def alone(world: InvertedDigits) -> float:
    """The same of a member alone, which is LoRA trained by itself; the mean over members."""
    each = [math.log(log_loss(logp, world.truth)) for logp in members(world).noisy]
    return round(float(np.mean(each)), 9)


def less_loss(world: InvertedDigits) -> float:
    """ln of the log-loss gained on fresh digits, less that of a fifth."""
    logp = members(world).fresh
    each = np.mean([math.log(log_loss(member, world.truth)) for member in logp])
    return float(each) - math.log(log_loss(mixture(logp), world.truth)) - math.log(1 / 0.8)


def more_accurate(world: InvertedDigits) -> float:
    """The lesser of what accuracy gains on fresh and on noisy digits."""
    gains = [
        accuracy(mixture(logp), world.truth) - np.mean([accuracy(m, world.truth) for m in logp])
        for logp in members(world)
    ]
    return float(min(gains))


def better_calibrated(world: InvertedDigits) -> float:
    """Calibration error that a member has above the ensemble, on noisy digits."""
    logp = members(world).noisy
    each = np.mean([miscalibration(member, world.truth) for member in logp])
    return float(each) - miscalibration(mixture(logp), world.truth)


def near_explicit(world: InvertedDigits) -> float:
    """Accuracy on fresh digits above that of whole networks, plus a hundredth."""
    low_rank, whole = mixture(members(world).fresh), mixture(explicit(world).fresh)
    return accuracy(low_rank, world.truth) - accuracy(whole, world.truth) + 0.01


def near_explicit_loss(world: InvertedDigits) -> float:
    """Log-loss on fresh digits that whole networks have above it, plus 0.01 nats."""
    low_rank, whole = mixture(members(world).fresh), mixture(explicit(world).fresh)
    return log_loss(whole, world.truth) - log_loss(low_rank, world.truth) + 0.01


def disagreement(world: InvertedDigits, *, gain: float = GAIN) -> float:
    """Mean variance of the members' probabilities on fresh digits."""
    return float(np.exp(members(world, gain=gain).fresh).var(axis=0).mean())


def wider_is_more_diverse(world: InvertedDigits) -> float:
    """Disagreement above that of a start a quarter as wide."""
    return disagreement(world) - disagreement(world, gain=GAIN / 4)


CLAIM = Claim(
    world=inverted_digits,
    tiny=partial(inverted_digits, few=30, judged=1500),
    ours=ours,
    baselines={"one low-rank adapter": alone},
    metric="ln of the log-loss on noisy digits",
    higher_is_better=False,
    margin=round(math.log(1 / 0.8), 3),  # a fifth less log-loss
    checks={
        "a fifth less log-loss on fresh digits": less_loss,
        "more accurate on both": more_accurate,
        "better calibrated on noisy digits": better_calibrated,
        "accuracy within a hundredth of whole networks": near_explicit,
        "log-loss within 0.01 of whole networks": near_explicit_loss,
        "members disagree": disagreement,
        "a wider start, more disagreement": wider_is_more_diverse,
    },
    # What the claim lives on are different starts.
    null=lambda world, _rng: world.untaught(),
    seeds=5,
    paper="muehlematter2024",
    paper_figure="CIFAR-100: accuracy 79.6 to 82.5; HAM10000: above explicit ensembles",
    size="150 digits to adapt with, 1,000 to judge; 5 members of rank 4 on two layers and a head",
)

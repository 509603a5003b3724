"""Caution towards what the data cover beats plain preference optimisation where they cover little.

Online, curiosity about what the reference hardly says finds a hidden best arm: see the checks.
"""

from collections.abc import Callable
from functools import cache, partial

import numpy as np
import torch
from torch import Tensor

from dubito.align.vpo import VPO
from dubito.claims.lab import Claim
from dubito.data.worlds.hidden_arms import HiddenArms, hidden_arms
from dubito.data.worlds.preferred_arms import PreferredArms, preferred_arms
from dubito.nn.tabular_policy import learnt

STEPS, RATE = 600, 0.05
# (log-ratios of all arms [R, K], chosen [R, P], rejected [R, P]) -> scalar
Loss = Callable[[Tensor, Tensor, Tensor], Tensor]


def covered(method: VPO, ratio: Tensor, chosen: Tensor, rejected: Tensor) -> Tensor:
    """Calibrated at the data's own answers, chosen or not."""
    won, lost = ratio.gather(1, chosen), ratio.gather(1, rejected)
    return method.offline(won, lost, torch.cat([won, lost]))


def preferred(method: VPO, ratio: Tensor, chosen: Tensor, rejected: Tensor) -> Tensor:
    """Calibrated at the chosen answers."""
    won = ratio.gather(1, chosen)
    return method.offline(won, ratio.gather(1, rejected), won)


def wrong_sign(method: VPO, ratio: Tensor, chosen: Tensor, rejected: Tensor) -> Tensor:
    """Away from the data's own answers."""
    won, lost = ratio.gather(1, chosen), ratio.gather(1, rejected)
    return method.online(won, lost, torch.cat([won, lost]))


@cache
def offline_value(world: PreferredArms, loss: Loss) -> float:
    """Mean true reward of the policy that is learnt from the pairs; the reference is uniform."""
    chosen, rejected = torch.from_numpy(world.chosen), torch.from_numpy(world.rejected)
    even = torch.zeros(world.reward.shape, dtype=torch.float64)
    reference = even.log_softmax(dim=-1)
    # The loss is a mean over problems; times their number each is trained as if alone.
    count = len(even)
    logp = learnt(
        even, lambda logp: count * loss(logp - reference, chosen, rejected), steps=STEPS, rate=RATE
    )
    return float((logp.exp() * torch.from_numpy(world.reward)).sum(dim=-1).mean())


def online_share(world: HiddenArms, method: VPO) -> float:
    """Probability of the best arm after rounds of pairs that the policy draws itself."""
    rng = np.random.default_rng(world.seed)
    reference = torch.from_numpy(world.reference).log()  # [R, K]
    logp, pairs = reference, torch.zeros(len(reference), 0, 2, dtype=torch.int64)
    for _ in range(world.rounds):
        pairs = torch.cat([pairs, torch.from_numpy(world.judged(logp.exp().numpy(), rng))], dim=1)

        def loss(now: Tensor, pairs: Tensor = pairs) -> Tensor:
            ratio = now - reference
            won, lost = ratio.gather(1, pairs[..., 0]), ratio.gather(1, pairs[..., 1])
            usual = (reference.exp() * ratio).sum(dim=-1)  # exact mean over the reference
            return len(now) * method.online(won, lost, usual)

        logp = learnt(logp, loss, steps=world.updates, rate=RATE)
    best = torch.from_numpy(world.reward.argmax(axis=1))[:, None]
    return float(logp.exp().gather(1, best).mean())


OFFLINE = VPO(beta=0.1, alpha=0.1)
PLAIN = partial(covered, VPO(beta=0.1, alpha=0.0))


def chosen_do_as_well(world: PreferredArms) -> float:
    """Gain over plain DPO above a tenth, calibrated at the chosen answers."""
    return offline_value(world, CHOSEN) - offline_value(world, PLAIN) - 0.1


def wrong_sign_harms(world: PreferredArms) -> float:
    """By how much more than 0.3 the other sign falls below plain DPO."""
    return offline_value(world, PLAIN) - offline_value(world, AWAY) - 0.3


def finds_what_is_hidden(world: PreferredArms) -> float:
    """Online, probability of the best arm above twice that of plain DPO."""
    hidden = hidden_arms(int(world.chosen.sum()), problems=len(world.reward))
    curious, plain = (online_share(hidden, VPO(beta=0.3, alpha=a)) for a in (0.003, 0.0))
    return curious - 2 * plain


COVERED, CHOSEN, AWAY = (partial(loss, OFFLINE) for loss in (covered, preferred, wrong_sign))
CLAIM = Claim(
    world=preferred_arms,
    tiny=partial(preferred_arms, problems=2, pairs=10),
    ours=partial(offline_value, loss=COVERED),
    baselines={"direct preference optimisation": partial(offline_value, loss=PLAIN)},
    metric="true reward of the policy",
    margin=0.1,
    checks={
        "calibrated at the chosen answers, as well": chosen_do_as_well,
        "the wrong sign, 0.3 below plain": wrong_sign_harms,
        "online, the hidden best arm twice as likely": finds_what_is_hidden,
    },
    seeds=10,
    paper="cen2024",
    paper_figure="ARC-Challenge: no decay along training, where DPO and IPO decay",
    size="20 problems of 30 arms, 60 pairs of mostly 10 arms, 600 steps; online: 40 rounds of 5",
)

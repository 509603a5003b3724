"""Learnt by likelihood, a reward model's deviation is its ratings' noise; preferences hide it."""

from collections.abc import Callable
from functools import cache, partial

import numpy as np
import torch
from torch import Tensor

from dubito.align.reward_gaps import gaps, surest
from dubito.align.urm import URM
from dubito.claims.lab import Claim
from dubito.data.worlds.rated_answers import Preferred, Rated, RatedAnswers, rated_answers
from dubito.evidence import Floats
from dubito.maths.ranking import auroc
from dubito.maths.ranks import spearman
from dubito.nn.bradley_terry import bradley_terry
from dubito.nn.gaussian_head import Gaussian, gaussian_of
from dubito.nn.member_mlp import MemberMLP, descend_members

# (what the head says, ratings, noise N(0, 1) of the sampled score), all [M, b, K] -> [M]
Loss = Callable[[Gaussian, Tensor, Tensor], Tensor]


def on(rows: Floats) -> Tensor:
    """As a tensor."""
    return torch.from_numpy(rows)


@cache
def model(rated: Rated, preferred: Preferred | None = None) -> URM:
    """Fitted to the ratings, and to the preferences where there are some."""
    found = URM().fit(on(rated.answers), on(rated.ratings))
    if preferred is not None:
        found.fit_gate(*map(on, (preferred.prompts, preferred.chosen, preferred.rejected)))
    return found


def squared(said: Gaussian, ratings: Tensor, noise: Tensor) -> Tensor:
    """Of a sampled score, which looks right and is best with no deviation at all."""
    return (said.mean + noise * said.sd - ratings).square().mean(dim=(1, 2))


def preference(said: Gaussian, ratings: Tensor, noise: Tensor) -> Tensor:
    """Bradley-Terry on the sampled sum, of each answer and the next in the batch."""
    score = (said.mean + noise * said.sd).sum(dim=-1)  # [M, b]
    true = ratings.sum(dim=-1)
    ahead = true > true.roll(1, dims=1)
    other = score.roll(1, dims=1)
    won, lost = torch.where(ahead, score, other), torch.where(ahead, other, score)
    return bradley_terry(won, lost).mean(dim=1)


@cache
def learnt(rated: Rated, loss: Loss) -> MemberMLP:
    """The same networks, learnt by another loss."""
    plan, generator = URM(), torch.Generator().manual_seed(0)
    shape = rated.answers.shape[1], plan.widths, 2 * rated.ratings.shape[1]
    net = MemberMLP(plan.members, *shape).double()

    def value(x: Tensor, truth: Tensor) -> Tensor:
        noise = torch.randn(truth.shape, generator=generator, dtype=torch.float64)
        return loss(gaussian_of(net(x)), truth, noise)

    rows = on(rated.answers), on(rated.ratings)
    descend_members(net, value, rows, plan.schedule, batch=plan.batch, seed=0)
    return net.requires_grad_(False)


def found(said: Gaussian, world: RatedAnswers) -> float:
    """Rank correlation of the mean member's deviation with the true noise; over the attributes."""
    sd = said.sd.mean(dim=0).numpy()  # [T, K]
    return float(np.mean([spearman(sd[:, k], world.noise[:, k]) for k in range(sd.shape[1])]))


def noise_found(world: RatedAnswers) -> float:
    """By likelihood."""
    return found(model(world.rated).attributes(on(world.judged)), world)


def noise_found_by(world: RatedAnswers, *, loss: Loss) -> float:
    """By another loss."""
    return found(gaussian_of(learnt(world.rated, loss)(on(world.judged))), world)


def both(world: RatedAnswers) -> Gaussian:
    """Rewards of the familiar answers and of the stretched ones, [M, 2 T]."""
    return model(world.rated).predict(on(np.concatenate([world.judged, world.far])))


def far_found(world: RatedAnswers, doubt: Tensor) -> float:
    """AUROC of a doubt [2 T] for the stretched answers."""
    return auroc(doubt.numpy(), np.repeat([False, True], len(world.judged)))


def gap_finds_far(world: RatedAnswers) -> float:
    """AUROC of the members' gap above 0.75."""
    return far_found(world, gaps(both(world)).reward) - 0.75


def gap_beats_deviation(world: RatedAnswers) -> float:
    """Its AUROC above that of one member's deviation."""
    said = both(world)
    return far_found(world, gaps(said).reward) - far_found(world, said.sd[0])


def kept_are_better(world: RatedAnswers) -> float:
    """Rank correlation of predicted and true reward on the surest half above that on all."""
    said = both(world)
    predicted, true = said.mean.mean(dim=0), on(np.concatenate([world.reward, world.far_reward]))
    kept = surest(gaps(said).reward, 0.5)
    return spearman(predicted[kept].numpy(), true[kept].numpy()) - spearman(
        predicted.numpy(), true.numpy()
    )


def gate_helps(world: RatedAnswers) -> float:
    """Accuracy on fresh preferences above that of attributes which count alike."""
    pairs, gated = world.held_out, model(world.rated, world.preferred)
    prompts = on(pairs.prompts)

    def accuracy(reward: Callable[[Tensor], Tensor]) -> float:
        return float((reward(on(pairs.chosen)) > reward(on(pairs.rejected))).double().mean())

    ours = accuracy(lambda x: gated.predict(x, prompts).mean.mean(dim=0))
    return ours - accuracy(lambda x: model(world.rated).predict(x).mean.mean(dim=0))


CLAIM = Claim(
    world=rated_answers,
    tiny=partial(rated_answers, rated=60, judged=40, pairs=40),
    ours=noise_found,
    baselines={
        "squared loss on a sampled score": partial(noise_found_by, loss=squared),
        "Bradley-Terry on a sampled sum": partial(noise_found_by, loss=preference),
    },
    margin=0.4,
    metric="rank correlation with the noise",
    checks={
        "AUROC of the gap for unfamiliar answers above 0.75": gap_finds_far,
        "the gap finds them better than one model's deviation": gap_beats_deviation,
        "rewards of the surest half are better": kept_are_better,
        "what counts is learnt from preferences": gate_helps,
    },
    seeds=5,
    paper="lou2024",
    paper_figure="rewards that are doubted less are more reliable; best-of-n, DPO and PPO gain",
    size="1,500 ratings of 3 attributes, 3 perceptrons of 64-64, 600 steps, 800 answers judged",
)

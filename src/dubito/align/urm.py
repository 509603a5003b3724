"""URM [lou2024]: reward models that say how noisy a judgement of an answer is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Self

import torch
from torch import Tensor
from torch.nn.functional import selu

from dubito.nn.bradley_terry import bradley_terry
from dubito.nn.gaussian_head import Gaussian, gaussian_nll, gaussian_of
from dubito.nn.member_mlp import MemberMLP, descend_members
from dubito.nn.tiny_training import Schedule

SCHEDULE = Schedule(steps=600, rate=3e-3, weight_decay=1e-4)


@dataclass
class URM:
    """M reward models on the features of an answer, a Gaussian for each of K rated attributes.

    `fit` learns the attributes from ratings, by likelihood: preferences see differences alone, so
    that a deviation learnt from them means nothing. `fit_gate` then learns from preferences which
    attributes count for a prompt, and nothing else. Without it they count alike.

    Differs: the deviation of a reward is that of independent attributes. The likelihood is weighed
    by the variance to the power `beta`, so that what is still predicted badly is not taken for
    noise. The paper fine-tunes the language model below the features; here it stands still.
    """

    members: int = 3
    widths: Sequence[int] = (64, 64)
    beta: float = 0.5
    schedule: Schedule = SCHEDULE
    batch: int = 128
    seed: int = 0
    values_: MemberMLP | None = field(default=None, init=False)
    gate_: MemberMLP | None = field(default=None, init=False)

    def fit(self, answers: Tensor, ratings: Tensor) -> Self:
        """Learn attributes [N, K] of answers [N, d]; NaN where one is not rated.

        Raises:
            ValueError: an attribute that is never rated.
        """
        if bool(ratings.isnan().all(dim=0).any()):
            raise ValueError("an attribute has no rating at all; leave its column out")
        net = MemberMLP(
            self.members, answers.shape[1], self.widths, 2 * ratings.shape[1], seed=2 * self.seed
        ).to(answers)

        def loss(x: Tensor, truth: Tensor) -> Tensor:
            known = ~truth.isnan()  # [M, b, K]
            each = gaussian_nll(gaussian_of(net(x)), truth.nan_to_num(), beta=self.beta)
            count = known.flatten(1).sum(dim=1).clamp(min=1)  # [M] a batch may hold no rating
            return torch.where(known, each, 0.0).flatten(1).sum(dim=1) / count

        self.learn(net, loss, answers, ratings)
        self.values_, self.gate_ = net, None
        return self

    def fit_gate(self, prompts: Tensor, chosen: Tensor, rejected: Tensor) -> Self:
        """Learn what counts, of prompts [P, e] with preferred and other answers [P, d] each."""
        good, bad = (self.attributes(x).mean for x in (chosen, rejected))  # [M, P, K]
        gate = MemberMLP(
            self.members,
            prompts.shape[1],
            self.widths[:1],
            good.shape[-1],
            seed=2 * self.seed + 1,
            activation=selu,
        ).to(prompts)
        gate.start_at_zero()  # all count alike at first

        def loss(x: Tensor, place: Tensor) -> Tensor:
            member = torch.arange(self.members)[:, None]
            won, lost = (
                (gate(x).softmax(dim=-1) * a[member, place]).sum(dim=-1) for a in (good, bad)
            )
            return bradley_terry(won, lost).mean(dim=1)

        self.learn(gate, loss, prompts, torch.arange(len(prompts)))
        self.gate_ = gate
        return self

    def learn(self, net: MemberMLP, loss: Callable[..., Tensor], *rows: Tensor) -> None:
        """Train the members, each in its own order."""
        descend_members(net, loss, rows, self.schedule, batch=self.batch, seed=self.seed)
        net.requires_grad_(False)

    def attributes(self, answers: Tensor) -> Gaussian:
        """What the members expect of each attribute, and how noisy; [B, d] -> [M, B, K].

        Raises:
            ValueError: not fitted.
        """
        if self.values_ is None:
            raise ValueError("not fitted; call fit(answers, ratings) first")
        return gaussian_of(self.values_(answers))

    def weights(self, prompts: Tensor | None, attributes: int) -> Tensor:
        """How much each attribute counts, summing to 1; [B, e] -> [M, B, K], or [K] without a gate.

        Raises:
            ValueError: a gate and no prompts.
        """
        if self.gate_ is None:
            return torch.full((attributes,), 1 / attributes, dtype=torch.float64)
        if prompts is None:
            raise ValueError("what counts was learnt from prompts; give them")
        return self.gate_(prompts).softmax(dim=-1)

    def predict(self, answers: Tensor, prompts: Tensor | None = None) -> Gaussian:
        """Each member's reward and the deviation of judgements; [B, d], [B, e] -> [M, B]."""
        mean, log_sd = self.attributes(answers)
        weight = self.weights(prompts, mean.shape[-1]).to(mean)
        variance = (weight.square() * (2 * log_sd).exp()).sum(dim=-1)
        return Gaussian((weight * mean).sum(dim=-1), variance.log() / 2)

"""Learns which latent trains of thought lead to right answers, and picks by it [you2025]."""

from collections.abc import Callable
from typing import NamedTuple, Self

import torch
from torch import Tensor, nn

from dubito.decide.latent_scorer import seeded_scorer, stepwise_contrastive
from dubito.decide.latent_search import beam_search, best_of_n, step_scores
from dubito.decide.latents import GaussianNoise, LatentReasoner, Noise, complete, draw
from dubito.nn.seeded import seeded
from dubito.nn.tiny_training import Schedule

# questions [B, ...], the reasoner, a seed -> a fresh scorer of each latent, [M, t, d] -> [M, t]
Fresh = Callable[[Tensor, LatentReasoner, int], nn.Module]


class Valued(NamedTuple):
    """Trajectories of B questions with the value of each prefix, all that the scorer learns."""

    questions: Tensor  # [B, ...]
    latents: Tensor  # [B, N, T, d]
    values: Tensor  # [B, N, T] in [0, 1]


class Picked(NamedTuple):
    """Drawn trajectories of B questions, and the answer that was chosen."""

    latents: Tensor  # [B, N, T, d]
    answers: Tensor  # [B, N]
    scores: Tensor  # [B, N, T], higher is better
    answer: Tensor  # [B]


def of_vectors(questions: Tensor, reasoner: LatentReasoner, seed: int) -> nn.Module:
    """A scorer of questions that are vectors, [B, q]."""
    return seeded_scorer(questions.shape[1], reasoner.width, steps=reasoner.steps, seed=seed)


class LatentRM:
    """Answers from the best of N latent trajectories, by a scorer that rollouts have taught.

    The value of a prefix is how often `rollouts` ways of going on from it end right. Questions of
    which all or none of the drawn ways are right rank nothing; they are left out and counted.

    Differs: the scorer of the last epoch is kept, none is selected on other questions; batches
    are of questions, so that all ways of one are compared.
    """

    def __init__(
        self,
        *,
        noise: Noise | None = None,
        samples: int = 8,
        rollouts: int = 64,
        fresh: Fresh = of_vectors,
        schedule: Schedule | None = None,
        batch: int = 16,
        random_state: int = 0,
    ) -> None:
        if samples < 2 or rollouts < 1 or batch < 1:
            raise ValueError(
                "samples must be at least 2, rollouts and batch at least 1, "
                f"got {samples}, {rollouts} and {batch}"
            )
        self.noise = noise or GaussianNoise()
        self.samples = samples
        self.rollouts = rollouts
        self.fresh = fresh
        self.schedule = schedule or Schedule(steps=800, rate=5e-3)
        self.batch = batch
        self.random_state = random_state

    def fit(self, reasoner: LatentReasoner, questions: Tensor, gold: Tensor) -> Self:
        """Learn `scorer_` from questions [B, ...] and right answers [B]; also `reasoner_`.

        `n_left_out_` counts the questions that rank nothing, `losses_` has each step's loss. The
        reasoner stays as it is.

        Raises:
            ValueError: as many answers as questions are needed, and one question that ranks.
        """
        if gold.shape != questions.shape[:1]:
            raise ValueError(f"one answer each, got {gold.shape} for {questions.shape}")
        generator = torch.Generator().manual_seed(self.random_state)
        valued = self.valued(reasoner, questions, gold, generator)
        self.reasoner_ = reasoner
        self.n_left_out_ = len(questions) - len(valued.questions)
        self.scorer_ = self.fresh(questions, reasoner, self.random_state)
        self.losses_ = self.train(valued, generator)
        return self

    def valued(
        self,
        reasoner: LatentReasoner,
        questions: Tensor,
        gold: Tensor,
        generator: torch.Generator,
    ) -> Valued:
        """Drawn trajectories of the questions that rank, and the value of each prefix."""
        ways = draw(
            reasoner, questions, samples=self.samples, noise=self.noise, generator=generator
        )
        share = (reasoner.answers(questions, ways) == gold[:, None]).float().mean(dim=1)
        ranks = (share > 0) & (share < 1)  # [B]
        if not ranks.any():
            raise ValueError(
                f"of {len(questions)} questions none has right and wrong answers among "
                f"{self.samples}; change the noise"
            )
        questions, ways, gold = questions[ranks], ways[ranks], gold[ranks]
        values = [
            self.value(reasoner, questions, ways[:, :, : t + 1], gold, generator)
            for t in range(reasoner.steps)
        ]
        return Valued(questions, ways, torch.stack(values, dim=-1))

    def value(
        self,
        reasoner: LatentReasoner,
        questions: Tensor,
        prefix: Tensor,
        gold: Tensor,
        generator: torch.Generator,
    ) -> Tensor:
        """How often going on from prefixes [B, N, t, d] ends right, [B, N] in [0, 1]."""
        count, samples = prefix.shape[:2]
        each = 1 if prefix.shape[2] == reasoner.steps else self.rollouts
        start = prefix.flatten(0, 1).repeat_interleave(each, dim=0)
        rows = questions.repeat_interleave(samples * each, dim=0)
        ends = complete(reasoner, rows, start, noise=self.noise, generator=generator)
        answers = reasoner.answers(questions, ends.unflatten(0, (count, samples * each)))
        return (answers == gold[:, None]).float().unflatten(1, (samples, each)).mean(dim=-1)

    def train(self, valued: Valued, generator: torch.Generator) -> list[float]:
        """Train the scorer, all its parameters; the loss of each step."""
        optimiser = torch.optim.AdamW(
            self.scorer_.parameters(),
            lr=self.schedule.rate,
            weight_decay=self.schedule.weight_decay,
        )
        losses: list[float] = []
        with seeded(self.random_state):  # the dropout
            self.scorer_.train()
            for step in range(self.schedule.steps):
                for group in optimiser.param_groups:
                    group["lr"] = self.schedule.at(step)
                loss = self.loss(valued, generator)
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
                losses.append(float(loss.detach()))
        self.scorer_.eval()
        return losses

    def loss(self, valued: Valued, generator: torch.Generator) -> Tensor:
        """Of a random batch of questions."""
        rows = torch.randperm(len(valued.questions), generator=generator)[: self.batch]
        ways = valued.latents[rows]  # [b, N, T, d]
        flat = valued.questions[rows].repeat_interleave(ways.shape[1], dim=0)
        scores = self.scorer_(flat, ways.flatten(0, 1)).unflatten(0, ways.shape[:2])
        return stepwise_contrastive(scores, valued.values[rows])

    def pick(self, questions: Tensor, *, samples: int = 16, seed: int = 0) -> Picked:
        """N drawn trajectories, their scores, and the answer of the best."""
        generator = torch.Generator().manual_seed(seed)
        ways = draw(
            self.reasoner_, questions, samples=samples, noise=self.noise, generator=generator
        )
        answers = self.reasoner_.answers(questions, ways)
        scores = step_scores(self.scorer_, questions, ways)
        return Picked(ways, answers, scores, best_of_n(scores, answers))

    def predict(self, questions: Tensor, *, samples: int = 16, seed: int = 0) -> Tensor:
        """Answers of the best of N, [B]."""
        return self.pick(questions, samples=samples, seed=seed).answer

    def search(
        self, questions: Tensor, *, beams: int = 4, candidates: int = 4, seed: int = 0
    ) -> Tensor:
        """Answers at the end of a beam that the scorer guides, [B]."""
        ways = beam_search(
            self.reasoner_,
            self.scorer_,
            questions,
            noise=self.noise,
            generator=torch.Generator().manual_seed(seed),
            beams=beams,
            candidates=candidates,
        )
        return self.reasoner_.answers(questions, ways[:, None]).squeeze(1)

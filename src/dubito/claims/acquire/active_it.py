"""Tasks whose answers hang on each word of what is asked teach to follow new instructions."""

from collections.abc import Callable, Sequence
from functools import cache, partial

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, one_hot

from dubito.acquire import Instruction, Pool, PromptUncertainty, by_value
from dubito.claims.lab import Claim
from dubito.data.worlds.instructed_tasks import (
    ALWAYS,
    CHANCE,
    INPUTS,
    LENGTH,
    TELLING,
    WORDS,
    InstructedTasks,
    Lessons,
    Tasks,
    instructed_tasks,
)
from dubito.evidence import Floats, Integers
from dubito.maths.information import ensemble_information
from dubito.nn.seeded import seeded

EPOCHS, BATCH, RATE, DECAY = 6, 128, 5e-3, 0.05
TAKEN, ROUNDS, ASKED = 10, 3, 10  # tasks a round; rounds; inputs of a task that are looked at
MEANING, WIDTH = 24, 64
MAP = PromptUncertainty()


class Follower(nn.Module):
    """Logit of label 1 for instructions and inputs: [..., 24], [..., 8] -> [...]."""

    def __init__(self) -> None:
        super().__init__()
        self.meaning = nn.Linear(WORDS, MEANING, bias=False)
        self.turn = nn.Linear(MEANING, INPUTS, bias=False)
        self.read = nn.Sequential(
            nn.Linear(MEANING + 2 * INPUTS, WIDTH), nn.ReLU(), nn.Linear(WIDTH, 1)
        )

    def forward(self, asked: Tensor, x: Tensor) -> Tensor:
        """By what is asked, the input, and the two together."""
        meant = self.meaning(asked)  # [..., 24]
        return self.read(torch.cat([meant, x, x * self.turn(meant)], dim=-1)).squeeze(-1)


Score = Callable[[Follower, Tasks, np.random.Generator], Floats]


@cache
def trained(lessons: Lessons, rows: tuple[int, ...]) -> Follower:
    """Begun afresh, on these tasks of the pool."""
    tasks, chosen = lessons.pool, np.array(rows)
    with seeded(len(rows)):
        model = Follower()
    x = torch.from_numpy(tasks.x[chosen]).float()  # [R, M, 8]
    bags = one_hot(torch.from_numpy(tasks.words[chosen]), WORDS).float().mean(dim=-2)  # [R, 24]
    asked = bags[:, None].expand(-1, x.shape[1], -1)
    data = [
        asked.flatten(0, 1),
        x.flatten(0, 1),
        torch.from_numpy(tasks.y[chosen]).float().flatten(),
    ]
    optimiser = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=DECAY, fused=True)
    generator = torch.Generator().manual_seed(len(rows))
    for _ in range(EPOCHS):  # at one rate: a falling one learns more coins by heart
        for batch in torch.randperm(len(data[0]), generator=generator).split(BATCH):
            asked, shown, label = (column[batch] for column in data)
            loss = binary_cross_entropy_with_logits(model(asked, shown), label)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    return model


def chances(model: Follower, words: Sequence[Integers], x: Floats) -> Floats:
    """Probability of the answer "1": T instructions of at most five words, [T, n, 8] -> [T, n].

    A word that was left out is a word of nothing.
    """
    bags = np.stack([np.bincount(w, minlength=WORDS) for w in words]) / LENGTH
    asked = torch.from_numpy(bags).float()[:, None].expand(-1, x.shape[1], -1)
    with torch.no_grad():
        return model(asked, torch.from_numpy(x).float()).sigmoid().double().numpy()


def first_inputs(model: Follower, tasks: Tasks) -> Floats:
    """The same for each task by ten inputs of it, [T, 10]."""
    return chances(model, list(tasks.words), tasks.x[:, :ASKED])


def uncertainty(model: Follower, tasks: Tasks, rng: np.random.Generator) -> Floats:
    """Ours, of each task of the pool, [T]."""

    def told(instruction: Instruction, inputs: Floats) -> Floats:
        words = np.array(instruction.definition.split(), dtype=int)
        return chances(model, [words], inputs[None])[0]

    def answer(instruction: Instruction, inputs: Floats) -> list[str]:
        return ["1" if p > 0.5 else "0" for p in told(instruction, inputs)]

    def logprobs(instruction: Instruction, inputs: Floats, answers: Sequence[str]) -> list[Floats]:
        p, one = told(instruction, inputs), np.array(answers) == "1"
        return list(np.log(np.where(one, p, 1 - p))[:, None])  # answers of one token

    return np.array(
        [
            MAP(Instruction(" ".join(map(str, w))), x, rng, answer=answer, logprobs=logprobs)[0]
            for w, x in zip(tasks.words, tasks.x[:, :ASKED], strict=True)
        ]
    )


def surprise(model: Follower, tasks: Tasks, _rng: np.random.Generator) -> Floats:
    """How improbable the model's own answers are, [T]: high perplexity first."""
    p = first_inputs(model, tasks)
    return -np.maximum(p, 1 - p).mean(axis=1)


def variety(model: Follower, tasks: Tasks, _rng: np.random.Generator) -> Floats:
    """How much the input tells of the answer, nats, [T]."""
    p = first_inputs(model, tasks).T  # [10, T]
    return ensemble_information(np.stack([p, 1 - p], axis=-1))


def alike(_model: Follower, tasks: Tasks, rng: np.random.Generator) -> Floats:
    """Nothing: tasks at random, [T]."""
    return rng.random(len(tasks.kind))


@cache
def chosen(world: InstructedTasks, score: Score) -> tuple[int, ...]:
    """Tasks of the pool in the order trained on: first the same for all, then round by round."""
    rng, rows = np.random.default_rng(0), tuple(world.lessons.start.tolist())
    labelled = np.zeros(len(world.told), dtype=bool)
    for _ in range(ROUNDS):
        labelled[[*rows]] = True
        found = score(trained(world.lessons, rows), world.lessons.pool, rng)
        new = by_value(Pool(labelled, values=found[None, world.told]), TAKEN, rng)
        rows += tuple(new.tolist())
    return rows


def followed(world: InstructedTasks, *, score: Score) -> float:
    """Accuracy on tasks told in new instructions, after the last round."""
    judged, model = world.lessons.judged, trained(world.lessons, chosen(world, score))
    said = chances(model, list(judged.words), judged.x) > 0.5
    return float((said == (judged.y > 0.5)).mean())


def above_random(world: InstructedTasks) -> float:
    """What is gained over tasks at random, less 0.05."""
    return followed(world, score=uncertainty) - followed(world, score=alike) - 0.05


def surprising_no_use(world: InstructedTasks) -> float:
    """What tasks at random gain over those whose answers are the least probable."""
    return followed(world, score=alike) - followed(world, score=surprise)


def in_order(world: InstructedTasks) -> float:
    """The lesser step of mean uncertainty: of telling tasks over chance, of these over the rest."""
    lessons = world.lessons
    model = trained(lessons, tuple(lessons.start.tolist()))
    found = uncertainty(model, lessons.pool, np.random.default_rng(1))
    means = [float(found[lessons.pool.kind == k].mean()) for k in (TELLING, CHANCE, ALWAYS)]
    return min(means[0] - means[1], means[1] - means[2])


CLAIM = Claim(
    world=instructed_tasks,
    tiny=partial(instructed_tasks, rows=20, judged=5),
    ours=partial(followed, score=uncertainty),
    baselines={
        "tasks at random": partial(followed, score=alike),
        "tasks whose answers vary most with the input": partial(followed, score=variety),
    },
    metric="accuracy on tasks in new instructions",
    margin=0.05,
    checks={
        "above tasks at random by 0.05": above_random,
        "the least probable answers worse than at random": surprising_no_use,
        "most uncertain where words tell, least where the answer is always the same": in_order,
    },
    seeds=5,
    first_seed=5000,
    paper="kung2023",
    paper_figure="above random and perplexity on unseen tasks, with fewer tasks to train on",
    size="160 tasks of 200 rows, 13 at first and 3 rounds of 10; 30 new tasks to judge by",
    tried="building seeds 0 to 2: 0.11 above tasks at random, but 0.03 below tasks whose answers "
    "vary with the input, which needs no other wording and tells an easy task, always 1 here, "
    "at once. Dispute of three models did as well as prompt uncertainty at twice the cost",
)

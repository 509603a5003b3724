"""A taught transformer and two judges of its answers: one sees the answer, one drawn ones too."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import torch

from dubito.data.worlds.self_report import followed, tuned
from dubito.data.worlds.taught import taught, told
from dubito.data.worlds.topics import TopicWorld, special, topic_world
from dubito.data.worlds.world import Answered, Flags
from dubito.evidence import Evidence, Floats, Integers
from dubito.nn.tiny_training import Batch, Schedule, fit
from dubito.nn.tiny_transformer import TinyTransformer

IDEAS = 5
VERDICTS = 10


@dataclass(frozen=True, eq=False)
class Judged(Answered):
    """N answers with five drawn ones and the plain judge's P(True), and what else was said."""

    beside: Floats  # [N] P(True) of the judge that was shown the drawn answers
    verdicts: Flags  # [N, 10] drawn from the plain judge


@lru_cache(maxsize=3)  # several claims look at the same worlds
def judging(
    seed: int, *, names: int = 40, steps: int = 300, tuning: int = 200, batch: int = 128
) -> Judged:
    """Answers about things that neither judge, both tuned copies of the model, ever met.

    6 topics of `names` things with 2 relations; half of the things are for tuning.
    """
    world = topic_world(seed, topics=6, names=names, relations=2)
    model = taught(world, seed=seed, steps=steps)
    plain = tuned(model, world, seed=seed, steps=tuning, batch=batch)
    shown = tuned_beside(model, world, seed=seed, steps=tuning, batch=batch)
    rows = np.flatnonzero(~world.tuning)
    answered = told(model, world, rows, samples=IDEAS, seed=seed)
    asked = world.questions(rows)
    said = tokens_of(answered.evidence)  # [R, 1 + K]
    p = p_yes(followed(plain, np.column_stack([asked, said[:, 0]]), "ASK"))
    p_beside = p_yes(followed(shown, shown_first(asked, said), "ASK"))
    verdicts = np.random.default_rng([seed, 5]).random((len(rows), VERDICTS)) < p[:, None]
    evidence = tuple(replace(e, p_true=float(v)) for e, v in zip(answered.evidence, p, strict=True))
    return Judged(evidence, answered.wrong, p_beside, verdicts)


def tuned_beside(
    model: TinyTransformer, world: TopicWorld, *, seed: int, steps: int, batch: int
) -> TinyTransformer:
    """A copy taught to judge the model's greedy answers behind five that it drew.

    [question, drawn answers, greedy answer, ASK] is followed by YES or NO.
    """
    rows = np.flatnonzero(world.tuning)
    judge = deepcopy(model)
    batches = judged_beside(model, world, rows, np.random.default_rng([seed, 4]), batch)
    fit(judge, batches, Schedule(steps=steps, rate=1e-3))
    return judge


def judged_beside(
    model: TinyTransformer,
    world: TopicWorld,
    rows: Integers,
    rng: np.random.Generator,
    batch: int,
) -> Iterator[Batch]:
    """Batches without end, eight drawings of the ideas of each fact; the verdict is learnt."""
    asked, kinds = world.questions(rows), []
    for turn in range(8):
        answered = told(model, world, rows, samples=IDEAS, seed=int(rng.integers(2**31)) + turn)
        verdict = np.where(answered.wrong, special("NO"), special("YES"))
        said = shown_first(asked, tokens_of(answered.evidence))
        kinds.append(np.column_stack([said, np.full(len(rows), special("ASK")), verdict]))
    judged = np.concatenate(kinds)  # [8 R, 13]
    learnt = torch.zeros(batch, judged.shape[1], dtype=torch.bool)
    learnt[:, -1] = True
    while True:
        yield torch.from_numpy(judged[rng.integers(len(judged), size=batch)]), learnt


def shown_first(asked: Integers, said: Integers) -> Integers:
    """Questions [R, 5] and answers [R, 1 + K] -> [R, 6 + K], the greedy answer last."""
    return np.column_stack([asked, said[:, 1:], said[:, 0]])


def tokens_of(evidence: tuple[Evidence, ...]) -> Integers:
    """The token of the greedy and of each drawn answer, [R, 1 + K]."""
    return np.array([[int(s.text[1:]) for s in (e.answer, *e.samples)] for e in evidence])


def p_yes(p: Floats) -> Floats:
    """YES against NO in [R, V] probabilities: [R]."""
    yes, no = p[:, special("YES")], p[:, special("NO")]
    return yes / (yes + no)

"""The taught transformer and its copy, tuned to judge the answers and to state a confidence."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from dubito.data.worlds.taught import answers, taught, told
from dubito.data.worlds.topics import TopicWorld, special, topic_world
from dubito.data.worlds.world import Answered
from dubito.evidence import Floats, Integers
from dubito.nn.tiny_training import Batch, Schedule, fit
from dubito.nn.tiny_transformer import TinyTransformer

TENTHS = 11  # the words C0 to C10


def confessing(seed: int, *, steps: int = 500, tuning: int = 200) -> Answered:
    """Answers of a taught model about things that its judge, a tuned copy, never met."""
    topics = topic_world(seed)
    model = taught(topics, seed=seed, steps=steps)
    judge = tuned(model, topics, seed=seed, steps=tuning)
    return self_reported(model, judge, topics, np.flatnonzero(~topics.tuning), seed=seed)


def tuned(
    model: TinyTransformer, world: TopicWorld, *, seed: int, steps: int = 200, batch: int = 128
) -> TinyTransformer:
    """A copy that was taught to judge the model's own answers about the things for tuning.

    After an answer, ASK is followed by YES or NO: is it right? SURE is followed by one of C0 to
    C10: the share of right answers in the fact's topic, in tenths. The model itself is left as it
    is, so that its likelihood can be compared.
    """
    rng = np.random.default_rng([seed, 3])
    judge = deepcopy(model)
    fit(judge, reports(model, world, rng, batch), Schedule(steps=steps, rate=1e-3))
    return judge


def reports(
    model: TinyTransformer, world: TopicWorld, rng: np.random.Generator, batch: int
) -> Iterator[Batch]:
    """Batches of judged answers without end, half of each kind; the judgement alone is learnt."""
    rows = np.flatnonzero(world.tuning)
    said = answers(model, world, rows)
    verdict = np.where(said.right, special("YES"), special("NO"))
    tenths = special("C0") + topic_tenths(world.topic[rows], said.right)
    value = said_tokens(model, world, rows)
    judged = np.concatenate(
        [
            np.column_stack([value, np.full(len(rows), special(cue)), word])
            for cue, word in (("ASK", verdict), ("SURE", tenths))
        ]
    )  # [2R, 8]
    learnt = torch.zeros(batch, judged.shape[1], dtype=torch.bool)
    learnt[:, -1] = True
    while True:
        yield torch.from_numpy(judged[rng.integers(len(judged), size=batch)]), learnt


def topic_tenths(topic: Integers, right: np.ndarray) -> Integers:
    """The share of right answers in the topic of each, rounded down to tenths, [R] in 0..10."""
    share = np.bincount(topic, weights=right) / np.maximum(np.bincount(topic), 1)
    return np.floor(10 * share + 1e-9).astype(np.int64)[topic]


def said_tokens(model: TinyTransformer, world: TopicWorld, rows: Integers) -> Integers:
    """[R] facts -> [R, 6] tokens: the question and the model's greedy answer."""
    asked = world.questions(rows)
    return np.column_stack([asked, model.greedy(torch.from_numpy(asked), 1).numpy()])


def followed(model: TinyTransformer, said: Integers, cue: str) -> Floats:
    """Probability of each next token after answers [R, 6] and this cue, [R, V]."""
    asked = torch.from_numpy(np.column_stack([said, np.full(len(said), special(cue))]))
    with torch.no_grad():
        logits: Tensor = model(asked)[:, -1]
    return logits.double().softmax(dim=-1).numpy()


def self_reported(
    model: TinyTransformer,
    judge: TinyTransformer,
    world: TopicWorld,
    rows: Integers,
    *,
    seed: int,
) -> Answered:
    """What `told` shows of the model; P(True) over YES and NO and stated confidence of the judge.

    The confidence is the likeliest of the eleven words.
    """
    shown = told(model, world, rows, samples=1, seed=seed)
    said = said_tokens(model, world, rows)
    asked, sure = followed(judge, said, "ASK"), followed(judge, said, "SURE")
    yes, no = asked[:, special("YES")], asked[:, special("NO")]
    words = sure[:, special("C0") : special("C0") + TENTHS]
    stated = words.argmax(axis=1) / (TENTHS - 1)
    evidence = tuple(
        replace(e, p_true=float(p), stated=float(c))
        for e, p, c in zip(shown.evidence, yes / (yes + no), stated, strict=True)
    )
    return Answered(evidence, shown.wrong)

"""A tiny transformer that has learnt to add, most sums by heart: its real answers and doubts."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from dubito.data.worlds.world import Answered, Flags
from dubito.evidence import Evidence, Floats, Integers, Sequence
from dubito.nn.tiny_training import Batch, Schedule, fit
from dubito.nn.tiny_transformer import TinyTransformer, seeded_transformer

SYMBOLS = "0123456789+=;"
QUESTION, ANSWER = 6, 3  # tokens of "37+45=" and of "82;"


@dataclass(frozen=True, eq=False)
class Sums(Answered):
    """N sums of two numbers below 50, asked of a trained model."""

    heard: Flags  # [N] True: the sum was in the training data


@dataclass(frozen=True, eq=False)
class Drill:
    """All sums of two numbers below 50 as tokens, and which of them are for training."""

    questions: Integers  # [2500, 6]
    truth: Integers  # [2500, 3]
    training: Flags  # [2500]

    def batches(self, rng: np.random.Generator, *, size: int, corrupted: float) -> Iterator[Batch]:
        """Training sums without end; this share of the answers is that of another sum each time."""
        rows = np.flatnonzero(self.training)
        learnt = torch.zeros(size, QUESTION + ANSWER, dtype=torch.bool)
        learnt[:, QUESTION:] = True
        while True:
            asked = rng.choice(rows, size)
            told = np.where(rng.uniform(size=size) < corrupted, rng.choice(rows, size), asked)
            tokens = np.concatenate([self.questions[asked], self.truth[told]], axis=1)
            yield torch.from_numpy(tokens), learnt


def drill(rng: np.random.Generator, *, held_out: float) -> Drill:
    """The sums, a share of them held out of training."""
    pairs = [(a, b) for a in range(50) for b in range(50)]
    return Drill(
        questions=np.array([spelled(f"{a:02d}+{b:02d}=") for a, b in pairs]),
        truth=np.array([spelled(f"{a + b:02d};") for a, b in pairs]),
        training=rng.uniform(size=len(pairs)) >= held_out,
    )


def spelled(text: str) -> list[int]:
    """Token of each character."""
    return [SYMBOLS.index(c) for c in text]


def drilled(
    lessons: Drill, *, seed: int, steps: int = 125, corrupted: float = 0.0
) -> TinyTransformer:
    """A model trained on the lessons, some seconds."""
    model = seeded_transformer(len(SYMBOLS), context=QUESTION + ANSWER, seed=seed)
    batches = lessons.batches(np.random.default_rng([seed, 2]), size=128, corrupted=corrupted)
    fit(model, batches, Schedule(steps=steps, rate=3e-3))
    return model


def sums(seed: int, *, questions: int = 400, samples: int = 5, steps: int = 125) -> Sums:
    """Half of the questions were heard in training, half not; the answer is greedy.

    Embeddings are one direction for each result, so a cosine is 1 for equal results and else 0.
    """
    rng = np.random.default_rng(seed)
    lessons = drill(rng, held_out=0.3)
    model = drilled(lessons, seed=seed, steps=steps)
    half = questions // 2
    heard = np.flatnonzero(lessons.training)
    unheard = np.flatnonzero(~lessons.training)
    rows = np.concatenate([rng.choice(heard, half, False), rng.choice(unheard, half, False)])
    asked = torch.from_numpy(lessons.questions[rows])
    generator = torch.Generator().manual_seed(seed)
    said = [model.greedy(asked, ANSWER)]
    said += [model.draw(asked, ANSWER, generator) for _ in range(samples)]
    seen = [distributions(model, asked, answer) for answer in said]  # 1 + K of [N, 3, V]
    told = np.stack([s.numpy() for s in said], axis=1)  # [N, 1+K, 3]
    evidence = tuple(
        answered([recorded(told[n, k], seen[k][n]) for k in range(1 + samples)])
        for n in range(len(rows))
    )
    wrong = (told[:, 0] != lessons.truth[rows]).any(axis=1)
    return Sums(evidence, wrong, lessons.training[rows])


def distributions(model: TinyTransformer, asked: Tensor, answer: Tensor) -> Floats:
    """log p of every next token where the answer's tokens were said, nats, [N, 3, V]."""
    with torch.no_grad():
        logits = model(torch.cat([asked, answer], dim=1))[:, QUESTION - 1 : -1]
    return logits.double().log_softmax(dim=-1).numpy()


def recorded(tokens: Integers, logp: Floats) -> Sequence:
    """One answer, [3] tokens under [3, V] log-probabilities, one character each."""
    words = tuple(SYMBOLS[t] for t in tokens)
    spans = np.column_stack([np.arange(ANSWER), np.arange(1, ANSWER + 1)])
    return Sequence(
        "".join(words),
        tokens=words,
        offsets=spans,
        logprobs=logp[np.arange(ANSWER), tokens],
        entropies=-(np.exp(logp) * logp).sum(axis=1),
        uniform_kl=-logp.mean(axis=1) - np.log(logp.shape[1]),
        uniform_renyi=-2 * np.log(np.exp(logp / 2).sum(axis=1) / np.sqrt(logp.shape[1])),
    )


def answered(said: list[Sequence]) -> Evidence:
    """Evidence of a greedy answer and samples; equal texts have equal embeddings, others none."""
    texts = [s.text for s in said]
    same = np.array([[float(a == b) for b in texts] for a in texts])
    kinds = list(dict.fromkeys(texts))
    rows = np.eye(len(texts))[[kinds.index(t) for t in texts]]  # [1+K, 1+K]
    return Evidence(
        "?",
        said[0],
        tuple(said[1:]),
        embeddings=rows,
        entailment=same,
        contradiction=1 - same,
    )

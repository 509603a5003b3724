"""Answers whose attention betrays what their probabilities hide: planted heads, one idea each."""

import math
from itertools import accumulate

import numpy as np

from dubito.data.worlds.world import Answered
from dubito.evidence import Evidence, Floats, Layers, Sequence, TopK

PROMPT = 4  # tokens before the answer
MIDDLE = tuple(k / 30 for k in range(10, 21))
THROUGHOUT = tuple(k / 20 for k in range(21))
RIVALS = 3  # other tokens that a keyword could have been


def faltering(seed: int, *, questions: int = 300, heads: int = 4) -> Answered:
    """Where the model makes things up, one head of each layer stops looking at the token before.

    Answers of 8 to 14 tokens; four in ten are wrong in a span of 3 tokens, where the aware head
    looks back with Beta(3, 7) in place of Beta(8, 2), and surprise is Exp(0.8) in place of
    Exp(0.5). All other tokens have surprise Exp(0.5), all other heads Beta(2, 8).
    """
    rng = np.random.default_rng(seed)
    layers = len(MIDDLE)
    aware = rng.integers(heads, size=layers)  # [L]
    wrong = rng.uniform(size=questions) < 0.4
    evidence = []
    for is_wrong in wrong:
        size = int(rng.integers(8, 15))
        made_up = np.zeros(size, dtype=bool)
        begin = int(rng.integers(1, size - 2))
        made_up[begin : begin + 3] = is_wrong
        surprise = rng.exponential(np.where(made_up, 0.8, 0.5))
        back = rng.beta(2, 8, size=(layers, heads, size))
        sure = np.where(made_up, rng.beta(3, 7, (layers, size)), rng.beta(8, 2, (layers, size)))
        back[np.arange(layers), aware] = sure
        words = [f" w{t}" for t in range(size)]
        evidence.append(attending(words, -surprise, looking_back(back, rng), depths=MIDDLE))
    return Answered(tuple(evidence), wrong)


def looking_back(back: Floats, rng: np.random.Generator) -> Floats:
    """Rows whose weight on the token before is `back` [L, H, T]; the rest goes to the prompt."""
    layers, heads, size = back.shape
    rows = np.zeros((layers, heads, size, PROMPT + size))
    rows[..., :PROMPT] = (1 - back)[..., None] * rng.dirichlet(np.ones(PROMPT), back.shape)
    t = np.arange(size)
    rows[:, :, t, PROMPT + t - 1] += back
    return rows


def pointing(seed: int, *, questions: int = 300, heads: int = 6) -> Answered:
    """The end of the answer looks at the one token that decides; all other tokens are wording.

    Answers of 6 to 13 tokens. The deciding one has p ~ U(0.05, 1) and is right with
    probability p; the others have surprise Exp(1) * LogNormal(0, 0.5). Two heads of each layer
    give U(0.5, 0.8) of the last token's weight to the answer, seven tenths of that to the
    deciding token; the others U(0.05, 0.3), spread by Dirichlet(1).
    """
    rng = np.random.default_rng(seed)
    p = rng.uniform(0.05, 1, questions)
    wrong = rng.uniform(size=questions) > p
    layers = len(THROUGHOUT)
    evidence = []
    for chance in p:
        size = int(rng.integers(6, 14))
        place = int(rng.integers(size))
        surprise = rng.exponential(size=size) * rng.lognormal(0, 0.5, size)
        surprise[place] = -math.log(chance)
        spread = rng.dirichlet(np.ones(size), (layers, heads))  # [L, H, T]
        mass = rng.uniform(0.05, 0.3, (layers, heads, 1))
        mass[:, :2] = rng.uniform(0.5, 0.8, (layers, 2, 1))
        spread[:, :2] *= 0.3
        spread[:, :2, place] += 0.7
        rows = np.zeros((layers, heads, size + 1, PROMPT + size + 1))
        rows[..., 0] = 1.0
        rows[:, :, -1, PROMPT:-1] = mass * spread
        rows[:, :, -1, 0] = 1 - mass[..., 0]
        words = [f" w{t}" for t in range(size)]
        logp = np.append(-surprise, 0.0)
        evidence.append(attending([*words, ""], logp, rows, depths=THROUGHOUT))
    return Answered(tuple(evidence), wrong)


def resting(seed: int, *, questions: int = 300, heads: int = 4) -> Answered:
    """A conclusion that is wrong where a name that it rests on is, and looks at those names.

    Four names in an answer of 12 to 20 tokens, each right with its own p ~ U(0.4, 1); the last
    one, the conclusion, rests on two of the others, and the answer is wrong where one of these
    three is. In one head of each layer tokens give 0.8 of their weight to what they rest on:
    the conclusion to those two, all others to themselves. All other weights are on the prompt,
    but for 0.1 by Dirichlet(1). Small words between have p ~ U(0.2, 1), which means nothing.
    """
    rng = np.random.default_rng(seed)
    evidence, wrong = [], []
    for _ in range(questions):
        size = int(rng.integers(12, 21))
        names = np.sort(rng.choice(np.arange(size - 1), size=3, replace=False))
        names = np.append(names, size - 1)
        p = rng.uniform(0.2, 1, size)
        p[names] = rng.uniform(0.4, 1, 4)
        basis = rng.choice(names[:3], size=2, replace=False)
        deciding = np.append(basis, size - 1)
        wrong.append(bool((rng.uniform(size=3) > p[deciding]).any()))
        layers = len(THROUGHOUT)
        noise = np.tril(rng.exponential(size=(layers, heads, size, size)))
        rows = np.zeros((layers, heads, size, PROMPT + size))
        rows[..., PROMPT:] = 0.1 * noise / noise.sum(axis=-1, keepdims=True)
        rows[..., 0] = 0.9
        t = np.arange(size - 1)
        rows[:, 0] *= 0.2
        rows[:, 0, t, PROMPT + t] += 0.8
        rows[:, 0, -1, PROMPT + basis] += 0.4
        words = [f" Name{t}" if t in names else f" w{'x' * t}" for t in range(size)]
        evidence.append(attending(words, np.log(p), rows, depths=THROUGHOUT, top=rivals(p, rng)))
    return Answered(tuple(evidence), np.array(wrong))


def rivals(p: Floats, rng: np.random.Generator) -> TopK:
    """The written token of probability p and others that share the rest, [T, 1 + RIVALS]."""
    rest = (1 - p)[:, None] * rng.dirichlet(np.ones(RIVALS), len(p))
    both = np.column_stack([p, np.maximum(rest, 1e-12)])
    order = np.argsort(-both, axis=1)
    ids = np.arange(1 + RIVALS)[None].repeat(len(p), axis=0)
    return TopK(
        np.take_along_axis(ids, order, axis=1), np.log(np.take_along_axis(both, order, axis=1))
    )


def attending(
    words: list[str],
    logprobs: Floats,
    rows: Floats,
    *,
    depths: tuple[float, ...],
    top: TopK | None = None,
    hidden: Layers | None = None,
) -> Evidence:
    """An answer of these tokens; a last word that is empty is its end token."""
    ends = np.array([*accumulate(len(w) for w in words)])
    answer = Sequence(
        "".join(words),
        tokens=tuple(words),
        offsets=np.column_stack([[0, *ends[:-1]], ends]),
        logprobs=logprobs,
        top=top,
        hidden=hidden,
        attention=Layers(depths, rows.astype(np.float32)),
        finished=not words[-1],
    )
    return Evidence("?", answer)

"""Reasoned answers whose final token rests on a planted path of earlier ones."""

from dataclasses import dataclass

import numpy as np

from dubito.data.worlds.attention import PROMPT, THROUGHOUT, attending
from dubito.data.worlds.world import Answered
from dubito.evidence import Floats, Integers, Layers

TOKENS = 40
HEADS = 5  # of each of 21 layers
CARRYING = 20  # heads that carry a hop of the path


@dataclass(frozen=True, eq=False)
class Reasoned(Answered):
    """Answers of 40 tokens, and the three tokens on which each one's last token rests."""

    path: Integers  # [N, 3], rising


def reasoned(seed: int, *, questions: int = 300) -> Reasoned:
    """The last token rests on one of the path, that one on the next: right if all three are.

    A hop from token t goes from row t - 1, which has been read when t is written, and has weight
    0.6 in 20 random heads of 105; besides, rows have a sink of 0.3 on the first token of the
    prompt, 0.3 that falls with distance, and 0.4 by Dirichlet(0.3), all scaled to sum 1. Tokens
    of the path have p ~ U(0.9, 1), or one in two U(0.1, 1), and are right with probability p;
    the last token has p ~ U(0.97, 1), all others a surprise Exp(0.5) that means nothing. Hidden
    states from which path and last token were written are normal around one direction, others
    around 0.
    """
    rng = np.random.default_rng(seed)
    evidence, paths, wrong = [], [], []
    for _ in range(questions):
        path = np.sort(rng.choice(np.arange(1, TOKENS - 2, 2), size=3, replace=False))
        p = rng.uniform(np.where(rng.uniform(size=3) < 0.5, 0.1, 0.9), 1)
        logp = -rng.exponential(0.5, TOKENS)
        logp[path] = np.log(p)
        logp[-1] = np.log(rng.uniform(0.97, 1))
        rows = habits(rng)
        for source, target in zip([TOKENS - 1, *path[:0:-1]], path[::-1], strict=True):
            plant(rows, int(source) - 1, int(target), rng)
        states = rng.normal(size=(1, 1 + TOKENS, 8))
        states[:, [*path, TOKENS - 1]] += 2.0
        words = [f" w{t}" for t in range(TOKENS)]
        words[-1] = " 42"
        hidden = Layers((1.0,), states)
        evidence.append(attending(words, logp, rows, depths=THROUGHOUT, hidden=hidden))
        paths.append(path)
        wrong.append(bool((rng.uniform(size=3) > p).any()))
    return Reasoned(tuple(evidence), np.array(wrong), np.array(paths))


def habits(rng: np.random.Generator) -> Floats:
    """Rows of a head that follows its habits, [L, H, T, P + T], each of sum 1."""
    shape = (len(THROUGHOUT), HEADS, TOKENS, PROMPT + TOKENS)
    distance = np.arange(TOKENS)[:, None] + PROMPT - np.arange(PROMPT + TOKENS)  # [T, P + T]
    seen = distance >= 0
    near = np.where(seen, np.exp(-np.abs(distance) / 3), 0.0)
    noise = np.where(seen, rng.gamma(0.3, size=shape), 0.0)
    rows = 0.3 * near / near.sum(axis=-1, keepdims=True)
    rows = rows + 0.4 * noise / noise.sum(axis=-1, keepdims=True)
    rows[..., 0] += 0.3
    return rows


def plant(rows: Floats, source: int, target: int, rng: np.random.Generator) -> None:
    """Let 20 random heads of a row give 0.6 to a token of the answer."""
    flat = rows.reshape(-1, *rows.shape[2:])  # [L * H, T, P + T], the same memory
    heads = rng.choice(len(flat), size=CARRYING, replace=False)
    flat[heads, source] *= 0.4
    flat[heads, source, PROMPT + target] += 0.6

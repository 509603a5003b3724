"""Answers whose hidden states are planted: near known ones or far, true or false."""

from dataclasses import dataclass

import numpy as np

from dubito.data.worlds.world import Answered, Arms
from dubito.evidence import Evidence, Floats, Layers, Sequence

TOKENS = 5  # the end token included
WIDTH = 32
NARROW = 8  # directions
DOMAIN = 6  # dimensions in which the known answers keep close together
MIDDLE, LAST = 0.6, 1.0  # depths


@dataclass(frozen=True, eq=False)
class Familiar(Answered):
    """Answers to judge, known answers to compare them with, and answers of any kind."""

    known: tuple[Evidence, ...]
    background: tuple[Evidence, ...] = ()


def narrow(seed: int, *, known: int = 400, judged: int = 400) -> Familiar:
    """Known states spread from 3 along the widest direction to 0.3 along the narrowest.

    Half of the judged answers (`wrong`) are moved along the 8 narrowest directions, by 1.5 of the
    spread there: far for the known ones, short beside their length. Then each number of a state
    has a scale of its own, from 1 to 30.
    """
    rng = np.random.default_rng(seed)
    axes = np.geomspace(3.0, 0.3, WIDTH)[:, None] * turned(rng)  # [d, d] rows
    axes *= rng.permutation(np.geomspace(1.0, 30.0, WIDTH))
    wrong = halves(judged)
    z = rng.normal(size=(judged, WIDTH))
    z[:, -NARROW:] += 1.5 * wrong[:, None] * rng.choice((-1.0, 1.0), size=NARROW)
    right = np.zeros(known, dtype=bool)
    return Familiar(
        told(z @ axes, wrong, rng),
        wrong,
        known=told(rng.normal(size=(known, WIDTH)) @ axes, right, rng),
    )


def styled(seed: int, *, known: int = 200, judged: int = 400) -> Familiar:
    """All answers vary by a style of their own length, and known ones keep to one small domain.

    In 6 dimensions known answers lie at 1 with spread 0.3, those of any kind at 0 with spread 1,
    wrong ones (half of the judged) at 0.6 with spread 0.3. In the other 26 all are normal with a
    scale exp(N(0, 0.5^2)) of each answer.
    """
    rng = np.random.default_rng(seed)
    turn = turned(rng)

    def drawn(centre: Floats, spread: float) -> Floats:
        """States [n, d] whose domain lies at these centres [n]."""
        domain = centre[:, None] + spread * rng.normal(size=(len(centre), DOMAIN))
        style = rng.normal(size=(len(centre), WIDTH - DOMAIN))
        style *= rng.lognormal(0, 0.5, size=(len(centre), 1))
        return np.column_stack([domain, style]) @ turn

    wrong, right = halves(judged), np.zeros(known, dtype=bool)
    return Familiar(
        told(drawn(np.where(wrong, 0.6, 1.0), 0.3), wrong, rng),
        wrong,
        known=told(drawn(np.ones(known), 0.3), right, rng),
        background=told(drawn(np.zeros(2 * known), 1.0), np.zeros(2 * known, dtype=bool), rng),
    )


def polluted(seed: int, *, known: int = 400, judged: int = 400, share: float = 0.2) -> Familiar:
    """A fifth of the known answers are odd, as are the wrong ones among the judged, half of them.

    Others are normal with spread 1 in 8 directions and 0.3 in the rest; odd ones lie 3 away along
    two of the 8, to one side.
    """
    rng = np.random.default_rng(seed)
    axes = np.where(np.arange(WIDTH) < 8, 1.0, 0.3)[:, None] * turned(rng)

    def drawn(odd: np.ndarray) -> Floats:
        z = rng.normal(size=(len(odd), WIDTH))
        z[:, :2] += 3 * odd[:, None]
        return z @ axes

    wrong = halves(judged)
    odd = np.arange(known) < share * known
    return Familiar(told(drawn(wrong), wrong, rng), wrong, known=told(drawn(odd), odd, rng))


def inner_truth(seed: int, *, taught: int = 600, judged: int = 600) -> Arms[Answered, Answered]:
    """Answers to judge, and others with labels: one direction u of the last token's state at 0.6.

    P(wrong) = sigmoid(3 u.h) with a standard normal state h of 32 dimensions. At depth 1 and after
    all other tokens states are normal and say nothing.
    """
    rng = np.random.default_rng(seed)
    axis = turned(rng)[0]

    def drawn(n: int) -> Answered:
        h = rng.normal(size=(n, WIDTH))
        wrong = rng.random(n) < 1 / (1 + np.exp(-3 * h @ axis))
        rows = rng.normal(size=(n, 2, 1 + TOKENS, WIDTH))
        rows[:, 0, TOKENS - 1] = h  # after the last token before the end token
        said = zip(rows, wrong, strict=True)
        evidence = tuple(shown(Layers((MIDDLE, LAST), r), doubtful=w, rng=rng) for r, w in said)
        return Answered(evidence, wrong)

    return Arms(drawn(judged), drawn(taught))


def told(states: Floats, wrong: np.ndarray, rng: np.random.Generator) -> tuple[Evidence, ...]:
    """Answers with these mean states [N, d] at the last layer."""
    return tuple(
        shown(Layers((LAST,), around(state[None], rng)), doubtful=w, rng=rng)
        for state, w in zip(states, wrong, strict=True)
    )


def around(states: Floats, rng: np.random.Generator, *, tokens: int = TOKENS) -> Floats:
    """Rows [L, 1 + T, d] whose first T have these means [L, d]; the last one says nothing."""
    layers, width = states.shape
    jitter = rng.normal(size=(layers, tokens, width)) * 0.3
    rows = states[:, None] + jitter - jitter.mean(axis=1, keepdims=True)
    return np.concatenate([rows, 5 * rng.normal(size=(layers, 1, width))], axis=1)


def shown(hidden: Layers, *, doubtful: bool, rng: np.random.Generator) -> Evidence:
    """An answer with these states, whose tokens are a little less certain where it is wrong."""
    tokens = hidden.values.shape[1] - 1
    entropies = rng.exponential(1.2 if doubtful else 1.0, size=tokens)
    words = (*(f"w{t}" for t in range(tokens - 1)), "<end>")
    said = " ".join(words[:-1])
    return Evidence("?", Sequence(said, words, entropies=entropies, hidden=hidden))


def turned(rng: np.random.Generator) -> Floats:
    """A random rotation [d, d]: no axis of the states is special."""
    return np.linalg.qr(rng.normal(size=(WIDTH, WIDTH)))[0].T


def halves(n: int) -> np.ndarray:
    """Every second one is wrong."""
    return np.arange(n) % 2 == 1

"""Exact models of reasoning: a final answer that follows from a few binary key tokens."""

from dataclasses import dataclass, replace
from itertools import product
from typing import Any, Self

import numpy as np

from dubito.data.worlds.attention import PROMPT, THROUGHOUT, attending
from dubito.evidence import Evidence, Floats, Integers, Layers, TopK

KEYS = 4
FILLER = 0.8  # probability of each filler


@dataclass(frozen=True, eq=False)
class KeyedReasoning:
    """N texts, each as it stands and read with each key replaced, and the true p of its answer."""

    evidence: tuple[tuple[Evidence, ...], ...]  # N of 1 + 4
    truth: Floats  # [N] probability of the final answer over all texts, in (0, 1]

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The same texts; each gets another's truth."""
        changes: dict[str, Any] = {"truth": rng.permutation(self.truth)}
        return replace(self, **changes)


def keyed_reasoning(seed: int, *, models: int = 150) -> KeyedReasoning:
    """Four keys of p ~ U(0.5, 0.95), each written with its likelier value, among fillers of 0.8.

    The answer is a random table over the first 1 to 4 of the keys, and certain once they are
    written. 4 to 12 fillers stand between, so that no two keys touch. The last token looks at
    three keys, the first of these at the fourth; hidden states of keys and answer are alike, and
    those of fillers are opposite.
    """
    rng = np.random.default_rng(seed)
    evidence, truth = [], []
    for _ in range(models):
        p = rng.uniform(0.5, 0.95, KEYS)
        used = int(rng.integers(1, KEYS + 1))
        table = rng.uniform(size=2**used) < 0.5  # by the values of the first keys, in binary
        places = key_places(int(rng.integers(KEYS, 13)), rng)
        evidence.append(readings(p, table, used, places))
        truth.append(answer_probability(p, table, used))
    return KeyedReasoning(tuple(evidence), np.array(truth))


def key_places(fillers: int, rng: np.random.Generator) -> Integers:
    """Where keys stand among fillers and a last token, one filler behind each at least."""
    gaps = rng.multinomial(fillers - KEYS, np.ones(KEYS + 1) / (KEYS + 1))  # before each, at end
    gaps[1:] += 1
    return np.append(np.cumsum(gaps[:KEYS] + 1) - 1, fillers + KEYS)  # the last one: the answer


def value(table: np.ndarray, keys: tuple[int, ...], used: int) -> bool:
    """The answer that follows from key values."""
    return bool(table[int("".join(map(str, keys[:used])), 2)])


def answer_probability(p: Floats, table: np.ndarray, used: int) -> float:
    """Probability of the answer that the likelier values (1) give, over all key values."""
    given = value(table, (1,) * KEYS, used)
    total = 0.0
    for keys in product((0, 1), repeat=KEYS):
        if value(table, keys, used) == given:
            total += float(np.prod(np.where(keys, p, 1 - p)))
    return total


def readings(p: Floats, table: np.ndarray, used: int, places: Integers) -> tuple[Evidence, ...]:
    """The text as it stands, and with each key replaced and the answer kept."""
    given = value(table, (1,) * KEYS, used)
    found = []
    for replaced in (None, *range(KEYS)):
        keys = tuple(int(k != replaced) for k in range(KEYS))
        follows = value(table, keys, used) == given
        found.append(written(p, keys, places, sure=follows))
    return tuple(found)


def written(p: Floats, keys: tuple[int, ...], places: Integers, *, sure: bool) -> Evidence:
    """One text; its answer is certain, or impossible where it does not follow from its keys."""
    *at, last = places.tolist()
    size = last + 1
    words = [f" f{'x' * t}" for t in range(size)]
    chance = np.full(size, FILLER)
    for place, key, likely in zip(at, keys, p, strict=True):
        words[place] = f" k{place}{'yes' if key else 'no'}"
        chance[place] = likely if key else 1 - likely
    chance[last] = float(sure)
    words[last] = " 42"
    top = np.full((size, 2), (FILLER, 1 - FILLER))
    top[at, 0], top[at, 1] = p, 1 - p
    top[last] = 1.0, 0.0
    with np.errstate(divide="ignore"):
        logp, likeliest = np.log(chance), np.log(top)
    ids = np.tile([1, 0], (size, 1))
    hidden = Layers((1.0,), states(at, last)[None])
    rows = looks(at, last)
    return attending(words, logp, rows, depths=THROUGHOUT, top=TopK(ids, likeliest), hidden=hidden)


def looks(at: list[int], last: int) -> Floats:
    """Rows [L, 1, T, P + T]: from before the answer to three keys, from before one to the first."""
    rows = np.full((last + 1, PROMPT + last + 1), 1e-4)
    rows[last - 1, [PROMPT + k for k in at[1:]]] = 1.0
    rows[at[1] - 1, PROMPT + at[0]] = 1.0
    rows = np.tril(rows, PROMPT)
    rows /= rows.sum(axis=-1, keepdims=True)
    return np.tile(rows, (len(THROUGHOUT), 1, 1, 1))


def states(at: list[int], last: int) -> Floats:
    """States [1 + T, 2]: row t is the one that token t was written from."""
    rows = np.tile([-1.0, 0.1], (last + 2, 1))
    rows[[*at, last], 0] = 1.0
    return rows

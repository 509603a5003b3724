"""A tiny transformer that remembers facts and is then shown a context that contradicts them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor

from dubito.evidence import Floats, Integers
from dubito.nn.tiny_attention import attention_weights
from dubito.nn.tiny_training import Batch, Schedule, fit
from dubito.nn.tiny_transformer import TinyTransformer, seeded_transformer

KNOWN, NOVEL, VALUES = 30, 18, 32  # keys with a fact, keys without, values
KINDS = 8  # of keys, and of the values that belong to them
PAIRS = 4  # of key and value in a context
ASK = KNOWN + NOVEL + VALUES  # the token "?"
VOCABULARY = ASK + 1  # 81
PROMPT = 2 * PAIRS + 2  # pairs, "?", key
TRUST = (0.2, 0.8)  # range of the shares of contexts that training lets win over memory


@dataclass(frozen=True, eq=False)
class Contradicted:
    """A model, prompts to learn its heads from, and prompts to judge.

    A prompt is 4 pairs "key value", "?" and a key [PROMPT]. Keys and values are of 8 kinds, and
    the pairs of a prompt of 4 different ones: so a head finds the value by its kind, where
    matching the key would take two layers and minutes to learn. In `conflicts` the key has a fact
    and its value in the context is another; in `absent` no pair is of the key's kind; in `novel`
    the key has no fact, so that only the context tells.
    """

    model: TinyTransformer
    conflicts: Integers  # [N, PROMPT]
    truth: Integers  # [N] the value in the context
    absent: Integers  # [N, PROMPT]
    novel: Integers  # [M, PROMPT]
    novel_truth: Integers  # [M]

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The same prompts; each conflict gets another's value for its truth."""
        changes: dict[str, Any] = {"truth": rng.permutation(self.truth)}
        return replace(self, **changes)


@dataclass(frozen=True, eq=False)
class Facts:
    """What training says of each known key."""

    value: Integers  # [KNOWN] tokens
    trust: Floats  # [KNOWN] share of contexts that win over memory


def contradicted(
    seed: int, *, prompts: int = 1000, learnt: int = 300, steps: int = 400, batch: int = 96
) -> Contradicted:
    """Facts of 30 keys, learnt alone in 60 % of the sequences.

    The other prompts have a context. Two thirds are of known keys, of which a quarter stand in no
    pair, and memory answers; else the context's value is the answer with a probability that belongs
    to the key, uniform in [0.2, 0.8]: there the model hesitates. For novel keys it always is.
    """
    rng = np.random.default_rng(seed)
    facts = Facts(a_value(rng, np.arange(KNOWN) % KINDS), rng.uniform(*TRUST, size=KNOWN))
    model = seeded_transformer(VOCABULARY, context=PROMPT + 1, seed=seed)
    fit(model, lessons(facts, rng, batch), Schedule(steps=steps, rate=3e-3))
    conflicts, truth = conflict_prompts(facts, rng, prompts)
    absent = asked(rng, rng.integers(KNOWN, size=prompts))[0]
    keys = KNOWN + rng.integers(NOVEL, size=learnt)
    novel, novel_truth = answerable(rng, keys)
    return Contradicted(model, conflicts, truth, absent, novel, novel_truth)


def conflict_prompts(facts: Facts, rng: np.random.Generator, n: int) -> tuple[Integers, Integers]:
    """Prompts [n, PROMPT] about known keys whose value in the context is not the fact; values."""
    kept: list[Integers] = []
    values: list[Integers] = []
    while sum(map(len, kept)) < n:
        keys = rng.integers(KNOWN, size=n)
        prompts, said = answerable(rng, keys)
        against = said != facts.value[keys]
        kept.append(prompts[against])
        values.append(said[against])
    return np.concatenate(kept)[:n], np.concatenate(values)[:n]


def asked(rng: np.random.Generator, keys: Integers) -> tuple[Integers, Integers]:
    """Prompts [n, PROMPT] about keys [n] of whose kind no pair is, and the values [n, PAIRS]."""
    kinds = rng.permuted(np.tile(np.arange(1, KINDS), (len(keys), 1)), axis=1)[:, :PAIRS]
    kinds = (kinds + keys[:, None]) % KINDS  # each kind but the key's own, none twice
    others = kinds + KINDS * rng.integers((KNOWN + NOVEL) // KINDS, size=kinds.shape)
    values = a_value(rng, kinds)
    pairs = np.stack([others, values], axis=2).reshape(len(keys), 2 * PAIRS)
    return np.column_stack([pairs, np.full(len(keys), ASK), keys]), values


def a_value(rng: np.random.Generator, kinds: Integers) -> Integers:
    """Some value of each kind, the same shape; keys and values k have the kind k % KINDS."""
    return KNOWN + NOVEL + kinds + KINDS * rng.integers(VALUES // KINDS, size=kinds.shape)


def answerable(rng: np.random.Generator, keys: Integers) -> tuple[Integers, Integers]:
    """Prompts [n, PROMPT] about keys [n] that one of the pairs holds, and its value [n]."""
    prompts, _ = asked(rng, keys)
    place, rows, said = (
        rng.integers(PAIRS, size=len(keys)),
        np.arange(len(keys)),
        a_value(rng, keys % KINDS),
    )
    prompts[rows, 2 * place], prompts[rows, 2 * place + 1] = keys, said
    return prompts, said


def lessons(facts: Facts, rng: np.random.Generator, batch: int) -> Iterator[Batch]:
    """Batches without end; the tokens after a "?" and its key are learnt."""
    for step in count():
        if step % 5 == 0:  # 6 of these for 4 with a context: 60 % of the sequences
            keys = rng.integers(KNOWN, size=6 * batch)
            tokens = np.column_stack([np.full(len(keys), ASK), keys, facts.value[keys]])
        else:
            tokens = with_context(facts, rng, batch)
        learnt = np.zeros(tokens.shape, dtype=bool)
        learnt[:, -1] = True
        yield torch.from_numpy(tokens), torch.from_numpy(learnt)


def with_context(facts: Facts, rng: np.random.Generator, batch: int) -> Integers:
    """Prompts with a context and an answer, [batch, PROMPT + 1]."""
    known = rng.uniform(size=batch) < 2 / 3
    keys = np.where(known, rng.integers(KNOWN, size=batch), KNOWN + rng.integers(NOVEL, size=batch))
    absent = known & (rng.uniform(size=batch) < 0.25)
    missing, _ = asked(rng, keys)
    prompts, values = answerable(rng, keys)
    fact = np.where(known, keys, 0)  # novel keys have none and follow the context
    followed = ~known | (~absent & (rng.uniform(size=batch) < facts.trust[fact]))
    answer = np.where(followed, values, facts.value[fact])
    return np.column_stack([np.where(absent[:, None], missing, prompts), answer])


@torch.no_grad()
def looks(model: TinyTransformer, prompts: Integers) -> tuple[Floats, Floats]:
    """What the model shows after [N, P] tokens: logits [N, V], attention of all heads [N, H, P]."""
    tokens: Tensor = torch.from_numpy(prompts)
    attention = attention_weights(model, tokens)[..., -1, :].flatten(1, 2)  # [N, H, P]
    return model(tokens)[:, -1].double().numpy(), attention.double().numpy()

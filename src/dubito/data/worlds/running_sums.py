"""Chains of running sums by a tiny transformer: which of its steps are wrong is known."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor

from dubito.data.worlds.attention import attending
from dubito.data.worlds.world import Flags
from dubito.evidence import Evidence, Floats, Integers, Layers, TopK
from dubito.nn.tiny_attention import attention_weights
from dubito.nn.tiny_training import Batch, Schedule, fit
from dubito.nn.tiny_transformer import TinyTransformer, seeded_transformer

MODULUS = 19
STEPS = 4
EQUALS = MODULUS  # token behind the digits
DEPTHS = (0.0, 1.0)  # of two layers


@dataclass(frozen=True, eq=False)
class RunningSums:
    """Chains to learn from and chains to judge, each of 4 steps of one token."""

    known: tuple[Evidence, ...]  # N
    known_wrong: Flags  # [N, 4]
    new: tuple[Evidence, ...]  # M
    new_wrong: Flags  # [M, 4]

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The same chains; the labels of all steps are permuted, in both parts."""
        changes: dict[str, Any] = {
            "known_wrong": rng.permuted(self.known_wrong.ravel()).reshape(-1, STEPS),
            "new_wrong": rng.permuted(self.new_wrong.ravel()).reshape(-1, STEPS),
        }
        return replace(self, **changes)


@dataclass(frozen=True, eq=False)
class Language:
    """Digits 0 to 18, an equals sign, and 1 to 6 tokens for each result."""

    first: Integers  # [19] the first token of each result
    words: Integers  # [19] how many it has

    @property
    def vocabulary(self) -> int:
        """Number of tokens."""
        return int(self.first[-1] + self.words[-1])

    def write(self, results: Integers, rng: np.random.Generator) -> Integers:
        """One of its tokens for each result."""
        return self.first[results] + rng.integers(self.words[results])

    def read(self, tokens: Integers) -> Integers:
        """The result that each token writes; -1 where it writes none."""
        return np.searchsorted(self.first, tokens, side="right") - 1


def language(rng: np.random.Generator) -> Language:
    """So many words for a result that the probability of a token says little of the result's."""
    words = rng.integers(1, 7, MODULUS)
    return Language(EQUALS + 1 + np.cumsum([0, *words[:-1]]), words)


def running_sums(
    seed: int, *, problems: int = 450, training: int = 300, batch: int = 96
) -> RunningSums:
    """Greedy chains of a model that learnt sums modulo 19 for a while: some steps are wrong.

    A chain is s_k = s_{k-1} + x_k of 4 digits; step k is wrong where this does not hold of the
    chain's own previous result.
    """
    rng = np.random.default_rng(seed)
    spoken = language(rng)
    model = seeded_transformer(spoken.vocabulary, context=2 * STEPS + 1, seed=seed)
    fit(model, lessons(spoken, rng, batch), Schedule(steps=training, rate=3e-3))
    parts = []
    for _ in range(2):
        digits = rng.integers(MODULUS, size=(problems, STEPS))
        asked = torch.from_numpy(np.column_stack([digits, np.full(problems, EQUALS)]))
        said = model.greedy(asked, STEPS)
        parts += [shown(model, asked, said), wrong_steps(digits, spoken.read(said.numpy()))]
    return RunningSums(*parts)


def lessons(spoken: Language, rng: np.random.Generator, batch: int) -> Iterator[Batch]:
    """Digits and their running sums without end; the sums are learnt."""
    learnt = torch.zeros(batch, 2 * STEPS + 1, dtype=torch.bool)
    learnt[:, STEPS + 1 :] = True
    while True:
        digits = rng.integers(MODULUS, size=(batch, STEPS))
        sums = spoken.write(np.cumsum(digits, axis=1) % MODULUS, rng)
        equals = np.full((batch, 1), EQUALS)
        yield torch.from_numpy(np.concatenate([digits, equals, sums], axis=1)), learnt


def wrong_steps(digits: Integers, results: Integers) -> Flags:
    """Steps that do not follow from the chain's own previous result, [N, 4], [N, 4] -> [N, 4]."""
    before = np.column_stack([np.zeros(len(results), dtype=int), results[:, :-1]])
    follows = (before + digits) % MODULUS == results
    return ~(follows & (before >= 0) & (results >= 0))


@torch.no_grad()
def shown(model: TinyTransformer, asked: Tensor, said: Tensor) -> tuple[Evidence, ...]:
    """What the model shows of its chains."""
    tokens = torch.cat([asked, said], dim=1)  # [N, P + T]
    prompt = asked.shape[1]
    logp = model(tokens)[:, prompt - 1 : -1].double().log_softmax(dim=-1)  # [N, T, V]
    chosen = logp.gather(-1, said[..., None])[..., 0]  # [N, T]
    top = logp.topk(5, dim=-1)
    states = model.hidden(tokens)[:, prompt - 1 :]  # [N, 1 + T, D]
    rows = attention_weights(model, tokens)[:, :, :, prompt:]  # [N, L, H, T, P + T]
    entropies = -(logp.exp() * logp).sum(dim=-1)  # [N, T]
    return tuple(
        one_chain(
            said[i].numpy(),
            chosen[i].numpy(),
            rows[i].numpy(),
            TopK(top.indices[i].numpy(), top.values[i].numpy()),
            states[i].numpy(),
            entropies[i].numpy(),
        )
        for i in range(len(said))
    )


def one_chain(
    said: Integers, logp: Floats, rows: Floats, top: TopK, states: Floats, entropies: Floats
) -> Evidence:
    """The record of one chain, a word a token."""
    evidence = attending(
        [f" r{token}" for token in said],
        logp,
        rows,
        depths=DEPTHS,
        top=top,
        hidden=Layers((1.0,), states[None]),
    )
    return replace(evidence, answer=replace(evidence.answer, entropies=entropies))

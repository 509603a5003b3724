"""Exact toy languages: every sequence's probability, the entropy and the mode are known."""

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from dubito.data.worlds.world import Answered
from dubito.evidence import Evidence, Floats, Integers, Sequence

TINY = 1e-300  # smallest probability that a table may hold, so that every log is finite


@dataclass(frozen=True, eq=False)
class TreeLanguage:
    """All sequences of length T over V tokens, each next-token distribution its own.

    `tables[t]` is [V^t, V] log p(next | prefix), nats; the row is the prefix read in base V,
    first token first.
    """

    tables: tuple[Floats, ...]  # T of them

    @property
    def vocabulary(self) -> int:
        """V."""
        return self.tables[0].shape[1]

    def sequence_logprobs(self) -> Floats:
        """log p of every sequence, nats, [V^T]; the index reads in base V like a prefix."""
        total = np.zeros((1, 1))
        for table in self.tables:
            total = (total.reshape(-1, 1) + table).reshape(-1, 1)
        return total.ravel()  # [V^T]

    def entropy(self) -> float:
        """Entropy of the sequence, nats, in [0, T log V]."""
        logp = self.sequence_logprobs()
        return float(-(np.exp(logp) * logp).sum())

    def mode(self) -> Integers:
        """The most likely sequence, [T]."""
        best = int(self.sequence_logprobs().argmax())
        shape = (self.vocabulary,) * len(self.tables)
        return np.array(np.unravel_index(best, shape))

    def greedy(self) -> Integers:
        """The sequence of most likely next tokens, [T]."""
        row, chosen = 0, []
        for table in self.tables:
            token = int(table[row].argmax())
            chosen.append(token)
            row = row * self.vocabulary + token
        return np.array(chosen)

    def draw(self, rng: np.random.Generator, n: int) -> Integers:
        """n sequences, [n, T]."""
        logp = self.sequence_logprobs()
        p = np.exp(logp)
        index = rng.choice(len(p), size=n, p=p / p.sum())
        shape = (self.vocabulary,) * len(self.tables)
        return np.stack(np.unravel_index(index, shape), axis=1)

    def record(self, tokens: Integers) -> Sequence:
        """What a model would show of one sequence: log-probs and full next-token statistics."""
        prefixes = [0]
        for token in tokens[:-1]:
            prefixes.append(prefixes[-1] * self.vocabulary + int(token))
        rows = np.stack([t[i] for t, i in zip(self.tables, prefixes, strict=True)])  # [T, V]
        return recorded(tokens, rows)


def recorded(tokens: Integers, rows: Floats) -> Sequence:
    """The record of chosen tokens [T] under next-token log-probabilities [T, V], nats.

    The uniform-first divergences are KL(u || p) and Renyi's of order 1/2, -2 log sum sqrt(p u).
    """
    size = rows.shape[1]
    words = tuple(f"w{token}" for token in tokens)
    return Sequence(
        text=" ".join(words),
        tokens=words,
        logprobs=rows[np.arange(len(tokens)), tokens],
        entropies=-(np.exp(rows) * rows).sum(axis=1),
        uniform_kl=-rows.mean(axis=1) - math.log(size),
        uniform_renyi=-2 * np.log(np.exp(rows / 2).sum(axis=1) / math.sqrt(size)),
    )


def tree_language(
    rng: np.random.Generator, *, vocabulary: int, length: int, concentration: float
) -> TreeLanguage:
    """Every next-token distribution is drawn from a symmetric Dirichlet(concentration)."""
    tables = []
    for t in range(length):
        p = rng.dirichlet(np.full(vocabulary, concentration), size=vocabulary**t)
        p = np.maximum(np.nan_to_num(p, nan=1 / vocabulary), TINY)
        tables.append(np.log(p / p.sum(axis=1, keepdims=True)))
    return TreeLanguage(tuple(tables))


@dataclass(frozen=True, eq=False)
class Trees(Answered):
    """Questions whose answers come from exact languages; the truth is one draw of the language."""

    languages: tuple[TreeLanguage, ...]  # N


def trees(
    seed: int, *, questions: int = 500, vocabulary: int = 4, length: int = 5, samples: int = 10
) -> Trees:
    """One tree language a question, Dirichlet concentration log-uniform in [0.03, 2].

    The greedy answer is wrong where it is not the truth, so its own probability is exactly the
    probability of being right.
    """
    rng = np.random.default_rng(seed)
    languages, evidence, wrong = [], [], []
    for i in range(questions):
        concentration = math.exp(rng.uniform(math.log(0.03), math.log(2)))
        language = tree_language(
            rng, vocabulary=vocabulary, length=length, concentration=concentration
        )
        greedy, drawn = language.greedy(), language.draw(rng, samples + 1)
        languages.append(language)
        wrong.append(not np.array_equal(greedy, drawn[0]))
        shown = tuple(language.record(d) for d in drawn[1:])
        evidence.append(Evidence(f"tree {i}", language.record(greedy), shown))
    return Trees(tuple(evidence), np.array(wrong), tuple(languages))


@dataclass(frozen=True, eq=False)
class MarkovLanguage:
    """Sequences of any length by a Markov chain that ends: `start` [V], `step` [V, V+1].

    Probabilities of the next token given the last one; the last column of `step` ends the
    sequence. Every token must be able to reach the end.
    """

    start: Floats  # [V]
    step: Floats  # [V, V + 1]

    def logprob(self, tokens: Integers) -> float:
        """log p of a whole sequence and its end, nats."""
        p = math.log(self.start[tokens[0]])
        p += sum(math.log(self.step[a, b]) for a, b in pairwise(tokens))
        return p + math.log(self.step[tokens[-1], -1])

    def visits(self) -> Floats:
        """Expected number of times that each token is written, [V]."""
        inner = self.step[:, :-1]  # [V, V]
        return np.linalg.solve(np.eye(len(inner)) - inner.T, self.start)

    def entropy(self) -> float:
        """Entropy of the whole sequence, nats: that of the start and of each step, as visited."""
        return float(plogp(self.start) + self.visits() @ plogp(self.step))

    def mean_length(self) -> float:
        """Expected number of tokens, the end not counted."""
        return float(self.visits().sum())

    def draw(self, rng: np.random.Generator) -> Integers:
        """One sequence, [T], without the end."""
        end = len(self.start)
        tokens = [int(rng.choice(end, p=self.start))]
        while (token := int(rng.choice(end + 1, p=self.step[tokens[-1]]))) != end:
            tokens.append(token)
        return np.array(tokens)

    def mode(self) -> tuple[Integers, float]:
        """The most likely sequence and its log-probability, nats.

        No most likely sequence says a token twice (leaving the loop out is never less likely),
        so V rounds of relaxation find it.
        """
        with np.errstate(divide="ignore"):
            start, step = np.log(self.start), np.log(self.step)
        best, path = start.copy(), [[v] for v in range(len(start))]
        for _ in range(len(start) - 1):
            through = best[:, None] + step[:, :-1]  # [from, to]
            origin = through.argmax(axis=0)
            better = np.flatnonzero(through.max(axis=0) > best)
            longer = {int(v): [*path[origin[v]], int(v)] for v in better}
            best = np.maximum(best, through.max(axis=0))
            path = [longer.get(v, p) for v, p in enumerate(path)]
        last = int((best + step[:, -1]).argmax())
        return np.array(path[last]), float(best[last] + step[last, -1])


def plogp(p: Floats) -> Floats:
    """-sum p log p over the last axis, nats, 0 log 0 = 0."""
    return -(p * np.log(np.where(p > 0, p, 1))).sum(axis=-1)


def markov_language(
    rng: np.random.Generator, *, vocabulary: int = 6, end: float = 0.2, concentration: float = 0.5
) -> MarkovLanguage:
    """Start and steps from a symmetric Dirichlet; every token ends with probability `end`."""
    rows = rng.dirichlet(np.full(vocabulary, concentration), size=vocabulary + 1)
    step = np.concatenate([(1 - end) * rows[1:], np.full((vocabulary, 1), end)], axis=1)
    return MarkovLanguage(rows[0], step)

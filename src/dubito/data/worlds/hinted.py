"""A tiny transformer that reads facts, some of them blurred, and hints it learnt to trust."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import torch

from dubito.data.worlds.world import Flags
from dubito.evidence import Floats, Integers
from dubito.nn.seeded import seeded
from dubito.nn.tiny_training import Batch, Schedule, fit
from dubito.nn.tiny_transformer import TinyTransformer

CLARITY = np.array([0.98, 0.9, 0.8, 0.7, 0.6])  # how often the fact of each key shows the truth
KEYS, VALUES = len(CLARITY), 8
QUERY = KEYS * VALUES  # first of the query tokens, one for each key
RELIABILITIES = (1 / VALUES, 0.5, 0.75, 0.95)  # of the sources of hints; the first knows nothing
HINT = QUERY + KEYS  # first of the hint tokens, one for each source and value
NONE = HINT + len(RELIABILITIES) * VALUES  # no hint
NEUTRAL = NONE + 1  # a hint that says nothing
ANSWER = NEUTRAL + 1  # first of the answer tokens, one for each value
VOCABULARY = ANSWER + VALUES
BATCH = 96


@dataclass(frozen=True, eq=False)
class Facts:
    """N questions: the shown value of each key, the key asked for, and its true value."""

    shown: Integers  # [N, KEYS]
    order: Integers  # [N, KEYS] in which the facts stand
    key: Integers  # [N]
    truth: Integers  # [N]

    def prompts(self, hint: Integers) -> Integers:
        """Facts, hint and query as tokens; hints are tokens, [N] -> [N, KEYS + 2]."""
        facts = np.take_along_axis(np.arange(KEYS) * VALUES + self.shown, self.order, axis=1)
        return np.column_stack([facts, hint, QUERY + self.key])


@dataclass(frozen=True, eq=False)
class HintedReader:
    """A model that has met hints of several sources, the same repaired, and questions for both.

    Sources are indices of RELIABILITIES, rising; `source` is the one whose hints are judged.
    """

    facts: Facts
    model: TinyTransformer
    repaired: TinyTransformer
    false: Integers  # [N] wrong values to hint at
    source: int = len(RELIABILITIES) - 1

    def shuffled(self, rng: np.random.Generator) -> Self:  # noqa: ARG002 - nothing is drawn
        """The same questions with hints of the source that knows nothing."""
        changes: dict[str, Any] = {"source": 0}
        return replace(self, **changes)

    def right(self, model: TinyTransformer, hint: Integers) -> Flags:
        """Which questions a model answers rightly with these hints, [N]."""
        return chosen(model, self.facts, hint) == self.facts.truth

    def plain(self) -> Integers:
        """No hint to any question, [N]."""
        return np.full_like(self.false, NONE)

    def neutral(self) -> Integers:
        """To each question a hint that says nothing, [N]."""
        return np.full_like(self.false, NEUTRAL)

    def pushing(self, right: Flags, source: int) -> Integers:
        """False hints of a source to answers that are right, true ones to the others, [N]."""
        return hint_token(source, np.where(right, self.false, self.facts.truth))


def hinted_reader(
    seed: int, *, questions: int = 2000, steps: int = 800, repair: int = 200
) -> HintedReader:
    """A model trained with hints of four sources in half of the questions, and one repaired.

    A fact shows the truth with its key's clarity, else another value. So the best answer follows
    a hint just where its source is more reliable than the fact is clear. The repaired model is
    trained on with plain, false and true hints and its own answer without one as the target.
    """
    model, repaired = untaught(seed), untaught(seed)
    fit(model, lessons(np.random.default_rng([seed, 2])), Schedule(steps, 3e-3))
    repaired.load_state_dict(model.state_dict())
    fit(repaired, repairs(model, np.random.default_rng([seed, 3])), Schedule(repair, 1e-3))
    rng = np.random.default_rng([seed, 4])
    facts = some_facts(rng, questions)
    return HintedReader(facts, model, repaired, other_value(rng, facts.truth))


def untaught(seed: int) -> TinyTransformer:
    """One layer, which at the query can look at the facts and at the hint."""
    with seeded(seed):
        return TinyTransformer(VOCABULARY, context=KEYS + 3, layers=1)


def hint_token(source: int | Integers, value: Integers) -> Integers:
    """What a source says, [N] -> [N]."""
    return HINT + source * VALUES + value


def other_value(rng: np.random.Generator, value: Integers) -> Integers:
    """Any other value, all alike."""
    return (value + rng.integers(1, VALUES, value.shape)) % VALUES


def some_facts(rng: np.random.Generator, count: int) -> Facts:
    """Questions with every key once, in random order."""
    truth = rng.integers(VALUES, size=(count, KEYS))
    blurred = rng.uniform(size=truth.shape) > CLARITY
    shown = np.where(blurred, other_value(rng, truth), truth)
    order = rng.permuted(np.tile(np.arange(KEYS), (count, 1)), axis=1)
    key = rng.integers(KEYS, size=count)
    return Facts(shown, order, key, truth[np.arange(count), key])


def lessons(rng: np.random.Generator, *, batch: int = BATCH) -> Iterator[Batch]:
    """Batches without end: half without a hint or with a neutral one, half with a source's."""
    while True:
        facts = some_facts(rng, batch)
        source = rng.integers(len(RELIABILITIES), size=batch)
        knows = rng.uniform(size=batch) < np.array(RELIABILITIES)[source]
        value = np.where(knows, facts.truth, other_value(rng, facts.truth))
        kind = rng.choice(3, size=batch, p=[0.4, 0.1, 0.5])
        hint = np.where(kind == 0, NONE, np.where(kind == 1, NEUTRAL, hint_token(source, value)))
        yield lesson(facts.prompts(hint), facts.truth)


def repairs(
    model: TinyTransformer, rng: np.random.Generator, *, batch: int = BATCH
) -> Iterator[Batch]:
    """Batches without end: a third plain, a third with false and a third with true hints."""
    while True:
        facts = some_facts(rng, batch)
        own = chosen(model, facts, np.full(batch, NONE))
        source = rng.integers(len(RELIABILITIES), size=batch)
        kind = rng.integers(3, size=batch)
        value = np.where(kind == 1, other_value(rng, facts.truth), facts.truth)
        hint = np.where(kind == 0, NONE, hint_token(source, value))
        yield lesson(facts.prompts(hint), own)


def lesson(prompts: Integers, answer: Integers) -> Batch:
    """Prompts and their answers, which alone are learnt."""
    tokens = np.column_stack([prompts, ANSWER + answer])
    learnt = torch.zeros(tokens.shape, dtype=torch.bool)
    learnt[:, -1] = True
    return torch.from_numpy(tokens), learnt


@torch.no_grad()
def chosen(model: TinyTransformer, facts: Facts, hint: Integers) -> Integers:
    """The likeliest value of each question with these hint tokens, [N]."""
    logits = model(torch.from_numpy(facts.prompts(hint)))[:, -1, ANSWER:]  # [N, VALUES]
    return logits.argmax(dim=-1).numpy()


def best_rates(reliability: float) -> tuple[float, float]:
    """Misleading rates of the best answers, away from right ones and back from wrong ones.

    Right answers are those whose fact is clear; a false hint turns them where it is believed.
    """
    believed: Floats = (reliability > CLARITY).astype(np.float64)
    return (
        float((CLARITY * believed).sum() / CLARITY.sum()),
        float(((1 - CLARITY) * believed).sum() / (1 - CLARITY).sum()),
    )

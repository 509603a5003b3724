"""A language of kinds ("a robin is a bird") in which typical items are frequent, or nothing is."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from dubito.evidence import Floats, Integers

KINDS, ITEMS = 6, 12  # items of each kind
ARTICLE, VERB, VOCABULARY = KINDS * ITEMS + KINDS, KINDS * ITEMS + KINDS + 1, KINDS * ITEMS + 8
SLIP = 0.1  # share of sentences that name another kind


@dataclass(frozen=True, eq=False)
class Language:
    """Sentences "a ITEM is a KIND" of five tokens, and how typical each item was made."""

    sentences: Integers  # [N, 5]
    rating: Floats  # [6, 12] of the items of each kind, 12 the most typical


@dataclass(frozen=True, eq=False)
class Typicality:
    """One language in which frequency falls with typicality, and one in which all are alike."""

    graded: Language
    flat: Language
    live: bool = True  # off in a null; its claim says what is then left out

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The same sentences; the items of each kind get each other's ratings."""
        changes: dict[str, Any] = {
            "graded": replace(self.graded, rating=rng.permuted(self.graded.rating, axis=1)),
            "flat": replace(self.flat, rating=rng.permuted(self.flat.rating, axis=1)),
        }
        return replace(self, **changes)

    def untaught(self) -> Self:
        """The same languages, without what the claim lives on."""
        changes: dict[str, Any] = {"live": False}
        return replace(self, **changes)


def typicality(seed: int, *, sentences: int = 3840) -> Typicality:
    """Six kinds of twelve items; the r-th most typical is named 1 / r as often, or all alike."""
    rng = np.random.default_rng([seed, 6])
    return Typicality(language(rng, sentences, graded=True), language(rng, sentences, graded=False))


def language(rng: np.random.Generator, sentences: int, *, graded: bool) -> Language:
    """Kinds equally often; one in ten sentences names another kind."""
    rating = rng.permuted(np.tile(np.arange(1.0, ITEMS + 1), (KINDS, 1)), axis=1)  # [6, 12]
    share = 1 / (ITEMS + 1 - rating) if graded else np.ones_like(rating)
    share = share / share.sum() if not graded else share / share.sum(axis=1, keepdims=True) / KINDS
    item = rng.choice(KINDS * ITEMS, size=sentences, p=share.ravel())
    kind = item // ITEMS
    slipped = rng.uniform(size=sentences) < SLIP
    kind = np.where(slipped, (kind + rng.integers(1, KINDS, size=sentences)) % KINDS, kind)
    fixed = np.full(sentences, ARTICLE)
    columns = [fixed, item, np.full(sentences, VERB), fixed, KINDS * ITEMS + kind]
    return Language(np.stack(columns, axis=1), rating)


def beginnings() -> Integers:
    """ "a ITEM is a" for each item, kind by kind, [72, 4]."""
    item = np.arange(KINDS * ITEMS)
    fixed = np.full(KINDS * ITEMS, ARTICLE)
    return np.stack([fixed, item, np.full(KINDS * ITEMS, VERB), fixed], axis=1)

"""Pictures with three attributes, and captions that mention one, two or all of them."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from dubito.data.worlds.world import Flags
from dubito.evidence import Floats, Integers

ATTRIBUTES, VALUES, FEATURES = 3, 4, 16
ABSENT, MASK = 0, 1  # ids that are no words; the word of a value follows
VOCABULARY = 2 + ATTRIBUTES * VALUES
NOISE = 0.3


@dataclass(frozen=True, eq=False)
class Captioned:
    """N pictures of three patches, one for each attribute, and a caption of each."""

    value: Integers  # [N, 3] in 0 .. 3
    patches: Floats  # [N, 3, 16] a direction for each value of each attribute, and noise
    words: Integers  # [N, 3] ids of the mentioned values, 0 where not mentioned

    @property
    def missing(self) -> Integers:
        """Attributes that each caption is silent about, [N] in 0 .. 2."""
        return (self.words == ABSENT).sum(axis=1)


@dataclass(frozen=True, eq=False)
class NestedCaptions:
    """What is learnt from, what is judged, and captions beside their own shortenings."""

    lessons: Captioned
    judged: Captioned
    missing: Integers  # [M] of the judged captions
    pairs: Integers  # [L, 2, 3] words of two captions, one of which mentions a value less
    inner: Integers  # [L] which of the two says more, 0 or 1

    @property
    def matches(self) -> Flags:
        """Does a judged caption say nothing false of a picture? [pictures, captions]."""
        said = self.judged.words
        true = word(self.judged.value)[:, None] == said  # [M, M, 3]
        return (true | (said == ABSENT)).all(axis=-1)

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The same pictures and captions; how general each is, is another's."""
        changes: dict[str, Any] = {
            "missing": rng.permutation(self.missing),
            "inner": rng.permutation(self.inner),
        }
        return replace(self, **changes)


def nested_captions(
    seed: int, *, lessons: int = 4000, judged: int = 300, pairs: int = 600
) -> NestedCaptions:
    """64 concepts of 3 attributes with 4 values each; the directions of values are random."""
    rng = np.random.default_rng(seed)
    directions = rng.normal(size=(ATTRIBUTES, VALUES, FEATURES))
    judged_part = captioned(judged, directions, rng)
    long = words(rng.integers(VALUES, size=(pairs, ATTRIBUTES)), rng.integers(2, 4, pairs), rng)
    said = np.where(long != ABSENT, rng.random(long.shape), -1.0)
    short = np.where(np.arange(ATTRIBUTES) == said.argmax(axis=1)[:, None], ABSENT, long)
    inner = rng.integers(2, size=pairs)
    both = np.where(inner[:, None, None] == np.arange(2)[:, None], long[:, None], short[:, None])
    return NestedCaptions(
        captioned(lessons, directions, rng), judged_part, judged_part.missing, both, inner
    )


def captioned(count: int, directions: Floats, rng: np.random.Generator) -> Captioned:
    """So many pictures of random concepts, each with a caption of one to three words."""
    value = rng.integers(VALUES, size=(count, ATTRIBUTES))
    clean = directions[np.arange(ATTRIBUTES), value]  # [N, 3, 16]
    patches = clean + NOISE * rng.normal(size=clean.shape)
    return Captioned(value, patches, words(value, rng.integers(1, 4, count), rng))


def words(value: Integers, mentioned: Integers, rng: np.random.Generator) -> Integers:
    """Ids of so many of the values, at random which: [N, 3], [N] in 1 .. 3 -> [N, 3]."""
    place = rng.permuted(np.tile(np.arange(ATTRIBUTES), (len(value), 1)), axis=1)
    return np.where(place < mentioned[:, None], word(value), ABSENT)


def word(value: Integers) -> Integers:
    """The id of each attribute's value, [..., 3] -> [..., 3]."""
    return 2 + VALUES * np.arange(ATTRIBUTES) + value

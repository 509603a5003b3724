"""A genetic search for perturbed wordings of a question [song2025]."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass

import numpy as np

from dubito.data.synonyms import SYNONYMS
from dubito.maths.strings import rouge_l

Words = tuple[str, ...]


@dataclass(frozen=True)
class GeneticParaphrases:
    """Question -> `count` wordings, from near ones to far ones.

    The first population is every single replacement of a keyword by a substitute, or its
    deletion. Parents are drawn in proportion to their likeness to the question; two of them
    exchange their tails, children mutate once, and parents, children and mutants go on. The
    wordings are drawn evenly from generations 0, `every`, 2 `every`, ...

    Differs: keywords are the words that have substitutes; a table stands for the thesaurus,
    words in common for embeddings; each generation keeps `parents` of its texts; words are
    mutated where they stand, so a word that was replaced may change again.
    """

    similarity: Callable[[str, str], float] = rouge_l  # in [0, 1], to the question
    _: KW_ONLY
    parents: int = 10
    generations: int = 8
    every: int = 2
    floor: float = 0.7  # stop when no text is at least so much like the question

    def __post_init__(self) -> None:
        """Refuse a search that cannot cross or never looks."""
        if self.parents < 2 or self.generations < 0 or self.every < 1:
            raise ValueError(
                "parents must be at least 2, generations 0 and every 1, got "
                f"{self.parents}, {self.generations} and {self.every}"
            )

    def __call__(
        self,
        question: str,
        count: int = 9,
        *,
        substitutes: Mapping[str, Sequence[str]] = SYNONYMS,
        rng: np.random.Generator,
    ) -> tuple[str, ...]:
        """The wordings; one is repeated only where there are fewer than `count`.

        Raises:
            ValueError: no word of the question has a substitute.
        """
        shelves = self.evolve(question, substitutes, rng)[:: self.every]
        chosen: list[str] = []
        while len(chosen) < count:
            shelf = shelves[len(chosen) % len(shelves)]
            fresh = [t for t in shelf if t not in chosen] or list(shelf)
            chosen.append(fresh[int(rng.integers(len(fresh)))])
        return tuple(chosen)

    def evolve(
        self,
        question: str,
        substitutes: Mapping[str, Sequence[str]],
        rng: np.random.Generator,
    ) -> list[tuple[str, ...]]:
        """The different texts of each generation, the question itself left out."""
        start = words_of(question)
        texts = single_changes(start, substitutes)
        if not texts:
            raise ValueError(f"no word of {question!r} has a substitute; give a table that fits")
        history = [texts]
        for _ in range(self.generations):
            fitness = np.array([self.similarity(question, written(t)) for t in texts])
            if fitness.max() < self.floor:
                break
            texts = self.following(texts, fitness, substitutes, rng)
            history.append(texts)
        found = [tuple(dict.fromkeys(written(t) for t in g if t != start)) for g in history]
        return [texts for texts in found if texts]

    def following(
        self,
        texts: list[Words],
        fitness: np.ndarray,
        substitutes: Mapping[str, Sequence[str]],
        rng: np.random.Generator,
    ) -> list[Words]:
        """Parents by roulette, their children, and a mutant of each child."""
        p = fitness / fitness.sum()  # the fittest is at least `floor`, which may be 0 only alone
        parents = [texts[i] for i in rng.choice(len(texts), size=self.parents, p=p)]
        children: list[Words] = []
        for one, other in zip(parents[::2], parents[1::2], strict=False):
            children += crossed(one, other, rng)
        mutants = [mutated(child, substitutes, rng) for child in children]
        return list(dict.fromkeys([*parents, *children, *mutants]))


def words_of(text: str) -> Words:
    """Words and marks, each mark and blank with what follows it, so that joining gives the text."""
    return tuple(re.findall(r"\w+|[^\w]+", text))


def written(words: Words) -> str:
    """The text of the words, without the doubled blanks that deletions leave."""
    return re.sub(r"\s+([?.!,;:])", r"\1", re.sub(r"\s+", " ", "".join(words))).strip()


def single_changes(words: Words, substitutes: Mapping[str, Sequence[str]]) -> list[Words]:
    """Every text with one keyword replaced or deleted."""
    return [
        (*words[:i], other, *words[i + 1 :])
        for i, word in enumerate(words)
        if word.lower() in substitutes
        for other in (*substitutes[word.lower()], "")
    ]


def crossed(one: Words, other: Words, rng: np.random.Generator) -> list[Words]:
    """Both texts with their tails exchanged at one random place; as they are below two words."""
    shortest = min(len(one), len(other))
    if shortest < 2:
        return [one, other]
    cut = int(rng.integers(1, shortest))
    return [one[:cut] + other[cut:], other[:cut] + one[cut:]]


def mutated(
    words: Words, substitutes: Mapping[str, Sequence[str]], rng: np.random.Generator
) -> Words:
    """One random replacement or deletion of a keyword; the text as it is where none is left."""
    options = single_changes(words, substitutes)
    return options[int(rng.integers(len(options)))] if options else words

"""Is a label determined by its text [mcmilin2022]? Move a context that must not matter, and see."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from dubito.estimate.asked.options import AS_IT_IS, Read, option_logprobs, texts_read
from dubito.evidence import Evidence, Floats, Missing, Plan, Score

PRONOUNS: dict[str, tuple[str, ...]] = {
    "female": ("she", "her", "hers", "herself"),
    "male": ("he", "him", "his", "himself"),
    "neutral": ("they", "them", "their", "theirs", "themselves"),
}
TEMPLATES = (
    "In {}, ___ became an adult.",
    "In {}, ___ was a child.",
    "In {}, ___ went to work.",
    "In {}, ___ was seen on the street.",
)
DATES = tuple(int(year) for year in np.linspace(1801, 2016, 30).round())
EARLIEST, LATEST = 1901, 2016  # of the specification metric

# A text with a blank -> mass of each of G label sets in percentage points, [G].
Masses = Callable[[str], Floats]


def label_masses(p: ArrayLike, sets: Sequence[Sequence[int]]) -> Floats:
    """Mass of G sets of words in percentage points, mean over B blanks: [B, V] -> [G].

    Not scaled to the sets: what the model gives to other words is given to none of them.

    Raises:
        ValueError: sets that share a word, or no probabilities.
    """
    rows = np.atleast_2d(np.asarray(p, dtype=np.float64))  # [B, V]
    named = [word for words in sets for word in words]
    if len(set(named)) < len(named):
        raise ValueError(f"a word counts in one set only, got {sets}")
    if not ((rows >= 0) & (rows <= 1)).all():
        raise ValueError(f"probabilities must lie in [0, 1], got {rows}")
    return 100 * np.array([rows[:, list(words)].sum(axis=1).mean() for words in sets])


class Trend(NamedTuple):
    """A least-squares line over ranks 0, 1, ..., R - 1."""

    slope: float  # points a rank
    standard_error: float  # of the slope
    r_squared: float  # in [0, 1]; NaN for a constant


def trend(values: ArrayLike) -> Trend:
    """The line through R >= 3 values in the order of the injected context.

    Raises:
        ValueError: fewer than three values, or some that are not finite.
    """
    y = np.asarray(values, dtype=np.float64)
    if y.ndim != 1 or len(y) < 3 or not np.isfinite(y).all():
        raise ValueError(f"a trend needs at least 3 finite values, got {y}")
    x = np.arange(len(y)) - (len(y) - 1) / 2
    y = y - y.mean()
    slope = float(x @ y / (x @ x))
    left = float(np.square(y - slope * x).sum())
    total = float(y @ y)
    error = math.sqrt(left / (len(y) - 2) / float(x @ x))
    return Trend(slope, error, 1 - left / total if total > 0 else math.nan)


class SpuriousLink(NamedTuple):
    """How much faster the mass of some labels rises with the context than that of others."""

    slope: float  # points a rank
    standard_error: float
    r_squared: float  # mean over the labels


def spurious_link(masses: ArrayLike, *, rising: int = 1) -> SpuriousLink:
    """Masses [R, G] over the ranks of the context: slopes of the first labels less the others'.

    `rising` 1 is female less male; with columns female, neutral, male, 2 is the later version.
    The error is that of the difference itself, so that labels which mirror each other are safe.
    """
    rows = np.asarray(masses, dtype=np.float64)  # [R, G]
    line = trend(rows[:, :rising].sum(axis=1) - rows[:, rising:].sum(axis=1))
    fits = [trend(column).r_squared for column in rows.T]
    return SpuriousLink(line.slope, line.standard_error, float(np.mean(fits)))


def specification_metric(earliest: ArrayLike, latest: ArrayLike) -> Floats:
    """How far label masses move between the ends of the context: [n, ..., G] twice -> [...].

    In points, >= 0, the sum over labels; higher = less determined by the text. 0 is no proof that
    the text determines the label: only links of the training data show.
    """
    ends = (np.asarray(e, dtype=np.float64).mean(axis=0) for e in (earliest, latest))
    moved = np.subtract(*ends)  # [..., G]
    return np.abs(moved).sum(axis=-1)


def balanced_accuracy(said: ArrayLike, underspecified: ArrayLike) -> float:
    """Mean of the shares of underspecified and of well specified texts that were called so.

    In [0, 1]; NaN where one of the two kinds is absent.
    """
    guess, truth = np.asarray(said, dtype=bool), np.asarray(underspecified, dtype=bool)
    if truth.all() or not truth.any():
        return math.nan
    return float((guess[truth].mean() + (~guess[~truth]).mean()) / 2)


@dataclass(frozen=True)
class Underspecification:
    """Doubt in percentage points, [0, 100]: how far a label's mass follows an irrelevant context.

    One text, asked with the context at values in their order; in each the same words of the label
    were read. The mean over the first n against that over the last n; above `least` the text does
    not determine the label.
    """

    words: int = 1  # of the label; the answer and words - 1 samples
    ends: int = 1  # n
    least: float = 0.5  # points; calibrate it on a model without the link

    def __post_init__(self) -> None:
        """Refuse a label without words and ends of nothing."""
        if self.words < 1 or self.ends < 1:
            raise ValueError(f"words and ends must be at least 1: {self.words}, {self.ends}")

    @property
    def plan(self) -> Plan:
        """The log-probabilities of the words that were read."""
        return Plan(samples=self.words - 1, logprobs=True)

    def __call__(self, evidence: Sequence[Evidence]) -> Score:
        """The doubt.

        Raises:
            Missing: fewer than 2 n values of the context, or other words under another value.
        """
        if len(evidence) < 2 * self.ends:
            raise Missing(f"{2 * self.ends} values of the context needed, got {len(evidence)}")
        if len({texts_read(e) for e in evidence}) > 1:
            raise Missing("other words under another context; `read` the same words in each")
        masses = [100 * np.exp(option_logprobs(e)).sum(keepdims=True) for e in evidence]  # [R, 1]
        return Score(float(specification_metric(masses[: self.ends], masses[-self.ends :])))

    def underspecified(self, score: Score) -> bool:
        """Whether the doubt is above the least that counts."""
        return score.doubt > self.least


def challenge(template: str, role: str, *, of_participant: bool) -> list[tuple[str, bool]]:
    """Texts with a blank, and whether each is underspecified, in the manner of Winogender.

    Only a participant of known gender to whom the pronoun refers determines it.

    Args:
        template: a sentence with {participant} and a blank.
        role: what the participant may be called instead.
        of_participant: whether the pronoun refers to the participant, not to the professional.
    """
    known = ("the man", "the woman")
    return [
        (template.format(participant=who), not (of_participant and who in known))
        for who in (*known, "someone", f"the {role}")
    ]


def blank_prompt(text: str) -> str:
    """Asks an instructed model for the word at the blank of a text."""
    return f"Fill in the blank with one pronoun. Reply with the pronoun only.\n{text}"


@dataclass(frozen=True)
class PromptedMasses:
    """A language model that fills blanks: the masses of sets of words as its whole reply.

    Each word counts in lower case and with a capital, since replies begin with one.
    """

    read: Read
    sets: tuple[tuple[str, ...], ...] = tuple(PRONOUNS.values())

    def __call__(self, text: str) -> Floats:
        """Points of each set, [G]."""
        words = [form for s in self.sets for word in s for form in (word, word.capitalize())]
        p = np.exp(option_logprobs(self.read(blank_prompt(text), words, AS_IT_IS)))
        edges = np.cumsum([0, *(2 * len(s) for s in self.sets)])
        return label_masses(p, [range(a, b) for a, b in pairwise(edges)])


def measure_link(
    masses: Masses, *, templates: Sequence[str] = TEMPLATES, context: Sequence[object] = DATES
) -> Floats:
    """Masses averaged over templates with each value of the context, [R, G]."""
    return np.stack([np.mean([masses(t.format(w)) for t in templates], axis=0) for w in context])


def measure_specification(
    masses: Masses, text: str, *, earliest: Sequence[object], latest: Sequence[object]
) -> float:
    """The specification metric of a text with "In W, " put before it, in points."""
    ends = [[masses(f"In {w}: {text}") for w in end] for end in (earliest, latest)]
    return float(specification_metric(ends[0], ends[1]))

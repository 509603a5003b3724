"""Mutual information of answers asked for in turn [abbasi2024]: is the model swayed by one?"""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import KW_ONLY, dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from dubito.estimate.asked.ways import ways
from dubito.estimate.draws import drawn, likeliest_of_each_text, log_likelihoods, log_shares
from dubito.evidence import Evidence, Floats, Missing, Plan, Score
from dubito.evidence import Sequence as Answer
from dubito.maths.entropy import entropy, log_normalise, logsumexp
from dubito.maths.strings import plain_words


def after_earlier(question: str, earlier: Sequence[str]) -> str:
    """The question with answers that are said to have been given to it; itself without any."""
    if not earlier:
        return question
    given = [f"{'Another' if i else 'One'} answer to it is: {a}" for i, a in enumerate(earlier)]
    return "\n".join(["Here is a question.", question, *given, "Now answer it:", question])


@lru_cache(maxsize=2**14)  # the same few answers are compared after each mention
def word_f1(a: str, b: str) -> float:
    """F1 of the words of two texts, order aside, in [0, 1]; 0 where neither has a word."""
    first, second = Counter(plain_words(a)), Counter(plain_words(b))
    total = first.total() + second.total()
    return 2 * (first & second).total() / total if total else 0.0


def iterated_information(
    first: ArrayLike, second: ArrayLike, *, joint_floor: float = 0.0, product_floor: float = 0.0
) -> float:
    """Information that the second answer has about the first, in [0, log C], nats.

    `first` [C] is the log weight of each answer, `second` [C, C] that of answer t (column) once
    answer i (row) was mentioned; rows are normalised, so logs of counts will do. 0 where the
    mention changes nothing, the entropy of `first` where it is copied. The floors g1 and g2 of
    the log ratio (J + g1) / (M + g2) make it an estimate from few draws, which may fall below 0.
    """
    q1 = np.exp(log_normalise(first))  # [C]
    joint = q1[:, None] * np.exp(log_normalise(second))  # [C, C]
    product = q1[:, None] * joint.sum(axis=0)
    seen = joint > 0
    ratio = (joint[seen] + joint_floor) / (product[seen] + product_floor)
    value = float((joint[seen] * np.log(ratio)).sum())
    return value if joint_floor or product_floor else max(value, 0.0)


class Floors(NamedTuple):
    """What is added to the joint and to the product law, g1 and g2."""

    joint: float
    product: float


def floors(draws: int, answers: int, seen: float, *, rounds: int = 2) -> Floors:
    """The floors under which `certified_information` was proved: k draws, |X| possible answers.

    `seen` in (0, 1] is the probability of all drawn tuples together, of `rounds` answers each.
    """
    joint = 1 / (draws * float(answers) ** rounds)
    return Floors(joint, joint + rounds * (1 - seen))


def certified_information(
    estimate: float,
    *,
    draws: int,
    answers: int,
    missing_mass: float,
    rounds: int = 2,
    delta: float = 0.05,
) -> float:
    """A number that the information is above, but for a chance of `delta`; nats, may be negative.

    `estimate` was made with `floors`, `missing_mass` is the expected probability of what k draws
    leave unseen. Says little below some hundreds of draws.
    Differs: the last term is as our notes have it, (1 + n log(1 + k |X|)) times the error.
    """
    error = missing_mass + math.sqrt(math.log(1 / delta) / draws)
    return (1 - error) * estimate - 1 / draws - (1 + rounds * math.log(1 + draws * answers)) * error


@dataclass(frozen=True)
class BelieveOrNot:
    """Doubt in [0, log C], nats: how far an earlier answer in the prompt sways the next one.

    A question that merely has many right answers keeps it low. C is the number of groups of
    drawn answers; one group has 0. The first evidence is the question as it is; `earlier` says
    which answers are then put into the prompt (`after_earlier`), one after the other, and each
    of these ways shows the log-probabilities of some answers: `LocalModel.read` of all drawn
    ones, or answers drawn anew. Ways beyond these are not read. To abstain at a promised error,
    fit `dubito.decide.RiskControl` on this doubt.

    Differs: samples and probabilities are of temperature 1; texts that are in no group of the
    first round are left out of the second; the threshold comes with a guarantee.
    """

    samples: int = 10
    _: KW_ONLY
    threshold: float = 0.25  # answers at least so alike are one
    alike: Callable[[str, str], float] = word_f1

    def __post_init__(self) -> None:
        """Refuse to ask again about nothing."""
        if self.samples < 1 or not 0 < self.threshold <= 1:
            raise ValueError(
                "samples must be at least 1 and threshold in (0, 1], got "
                f"{self.samples} and {self.threshold}"
            )

    @property
    def plan(self) -> Plan:
        """Samples and log-probabilities."""
        return Plan(samples=self.samples, logprobs=True)

    def earlier(self, first: Evidence) -> tuple[str, ...]:
        """The answers to mention, one from each group, likeliest first: C of them."""
        texts, logp = told(drawn(first, least=1))
        chosen: list[str] = []
        for row in np.argsort(-logp, kind="stable"):
            if all(self.alike(texts[row], c) < self.threshold for c in chosen):
                chosen.append(texts[row])
        return tuple(chosen)

    def prompts(self, first: Evidence) -> tuple[str, ...]:
        """How to ask again, in the order in which the doubt reads the answers."""
        return tuple(after_earlier(first.prompt, [a]) for a in self.earlier(first))

    def weights(self, answers: Sequence[Answer], centres: Sequence[str]) -> Floats:
        """Log-probability of each group, each text counted once: [C] nats.

        A text belongs to every group whose centre it is like.
        """
        texts, logp = told(answers)
        member = [[self.alike(t, c) >= self.threshold or t == c for t in texts] for c in centres]
        return logsumexp(np.where(member, logp, -np.inf))

    def served(self, first: Evidence) -> str:
        """The answer to give: the centre of the likeliest group."""
        centres = self.earlier(first)
        return centres[int(self.weights(drawn(first, least=1), centres).argmax())]

    def __call__(self, evidence: Sequence[Evidence]) -> Score:
        """The doubt; `parts["total"]` is the entropy of the groups, semantic entropy's relative."""
        first = ways(evidence, least=1)[0]
        centres = self.earlier(first)
        q1 = log_shares(self.weights(drawn(first, least=1), centres))  # [C]
        if len(centres) == 1:
            return Score(0.0, parts={"total": 0.0})
        again = ways(evidence, least=1 + len(centres))[1 : 1 + len(centres)]
        rows = [self.weights((e.answer, *e.samples), centres) for e in again]
        q2 = np.stack([log_shares(row) for row in rows])  # [C, C]
        return Score(iterated_information(q1, q2), parts={"total": float(entropy(q1))})


def told(answers: Sequence[Answer]) -> tuple[list[str], Floats]:
    """The different texts in alphabetical order and their log-probabilities, nats; [U], [U].

    Raises:
        Missing: there is no text.
    """
    if not answers:
        raise Missing("no answer to compare")
    logp = log_likelihoods(answers)
    once = likeliest_of_each_text(answers, logp)
    rows = sorted(once.tolist(), key=lambda row: answers[row].text)  # order must not matter
    return [answers[row].text for row in rows], logp[rows]

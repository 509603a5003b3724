"""What the order of exchangeable evidence does to a prediction, and its average [chlon2025]."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaln

from dubito.estimate.asked.options import Read, option_logprobs, read_options, texts_read
from dubito.evidence import Evidence, Floats, Missing, Plan, Score
from dubito.maths.entropy import log_normalise, logsumexp

Piece = TypeVar("Piece")
# Items in order -> log-probabilities of the V outcomes of the next one.
Predictor = Callable[[Sequence[Piece]], Floats]

EVERY_ORDER_UP_TO = 6  # items: 720 orders


class Dispersion(NamedTuple):
    """A prediction over k orders of its evidence, each [...]."""

    mean: Floats  # the order-averaged probability
    std: Floats  # of a single order, >= 0; higher = less trustworthy
    standard_error: Floats  # of the mean, >= 0; 0 where all orders were tried


def order_dispersion(p: ArrayLike, *, all_orders: bool = False) -> Dispersion:
    """Probabilities under k orders, [..., k] -> [...].

    Random orders estimate the variance without bias (k - 1 in the divisor); all n! orders are it.

    Raises:
        ValueError: values outside [0, 1], or fewer than two random orders.
    """
    rows = np.asarray(p, dtype=np.float64)
    if not ((rows >= 0) & (rows <= 1)).all():
        raise ValueError(f"probabilities must lie in [0, 1], got {rows}")
    k = rows.shape[-1]
    if k < 2 - all_orders:
        raise ValueError(f"at least 2 orders are needed to differ, got {k}")
    std = rows.std(axis=-1, ddof=0 if all_orders else 1)
    error = np.zeros_like(std) if all_orders else std / math.sqrt(k)
    return Dispersion(rows.mean(axis=-1), std, error)


def realisation_gap(logp: ArrayLike) -> Floats:
    """Mean log-loss of single orders less that of their averaged probability: [..., k] -> [...].

    At least 0 by Jensen, in nats; 0 where order does not matter. Average it over outcomes that
    did happen. Infinite where one order calls impossible what another does not.
    """
    rows = np.asarray(logp, dtype=np.float64)
    averaged = logsumexp(rows) - math.log(rows.shape[-1])
    with np.errstate(invalid="ignore"):
        gap = averaged - rows.mean(axis=-1)
    return np.maximum(gap, 0.0)


def martingale_drift(now: ArrayLike, after: ArrayLike) -> Floats:
    """Expected next prediction less the present one, each in [-1, 1]: [..., V] -> [..., V].

    `now` are probabilities of the next outcome, `after` [..., V, V] those of the one behind it,
    a row for each outcome that the next may have. A Bayesian has 0 everywhere.
    """
    p, following = np.asarray(now, dtype=np.float64), np.asarray(after, dtype=np.float64)
    if following.shape != (*p.shape, p.shape[-1]):
        raise ValueError(f"predictions {p.shape} need followers [..., V, V]: {following.shape}")
    return (p[..., None, :] @ following)[..., 0, :] - p


def bernoulli_code_length(n: int, ones: int) -> float:
    """Nats in which a Bayesian with a uniform prior codes n bits with so many ones, in any order.

    log[(n + 1) C(n, s)].
    """
    if not 0 <= ones <= n:
        raise ValueError(f"{n} bits cannot have {ones} ones")
    return math.log(n + 1) + float(gammaln(n + 1) - gammaln(ones + 1) - gammaln(n - ones + 1))


def code_length(predictor: Predictor[int], outcomes: Sequence[int]) -> float:
    """Nats in which the predictor codes the outcomes one after the other, >= 0."""
    return -float(sum(predictor(outcomes[:t])[outcome] for t, outcome in enumerate(outcomes)))


def coding_regret(predictor: Predictor[int], orders: Sequence[Sequence[int]]) -> float:
    """Mean code length over orders of the same bits less the Bayesian one, nats; divide by n."""
    bayes = bernoulli_code_length(len(orders[0]), sum(orders[0]))
    return float(np.mean([code_length(predictor, bits) for bits in orders])) - bayes


def orders_of(
    items: Sequence[Piece], k: int, rng: np.random.Generator
) -> tuple[list[tuple[Piece, ...]], bool]:
    """k random orders of the items, or all of them where k is enough for that, and which it is."""
    if len(items) <= EVERY_ORDER_UP_TO and math.factorial(len(items)) <= k:
        return list(permutations(items)), True
    return [tuple(items[i] for i in rng.permutation(len(items))) for _ in range(k)], False


@dataclass(frozen=True, slots=True, eq=False)
class OrderReport:
    """What k orders of one multiset of evidence show of V outcomes."""

    dispersion: Dispersion  # each [V]
    gap: Floats  # [V] nats, by outcome


def ask_in_orders(
    predictor: Predictor[Piece], items: Sequence[Piece], *, orders: int = 16, seed: int = 0
) -> OrderReport:
    """The order-averaged prediction of any predictor and its dispersion."""
    tried, complete = orders_of(items, orders, np.random.default_rng(seed))
    logp = np.stack([predictor(order) for order in tried], axis=-1)  # [V, k]
    found = order_dispersion(np.exp(logp), all_orders=complete)
    return OrderReport(found, realisation_gap(logp))


def drift_of(
    predictor: Predictor[Piece], items: Sequence[Piece], outcomes: Sequence[Piece]
) -> Floats:
    """The martingale drift after these items, one predicted outcome an item may be: [V]."""
    now = np.exp(predictor(items))
    return martingale_drift(now, [np.exp(predictor([*items, outcome])) for outcome in outcomes])


@dataclass(frozen=True)
class PromptedPredictor:
    """A language model as a predictor: the items in a prompt, its answer one of the options."""

    read: Read
    question: str
    options: tuple[str, ...]
    heading: str = "Here is what is known, in no particular order:"

    def prompt(self, items: Sequence[str]) -> str:
        """The evidence, an item a line, and the question behind it, so that it is read last."""
        return "\n".join([self.heading, *(f"- {item}" for item in items), self.question])

    def __call__(self, items: Sequence[str]) -> Floats:
        """Log-probabilities of the options, [V]."""
        return read_options(self.read, self.prompt(items), self.options)


@dataclass(frozen=True)
class OrderDoubt:
    """Doubt in [0, 1/2]: how much the probability of one answer varies with the evidence's order.

    The standard deviation over k >= 2 orders, each an evidence in which the same texts were read:
    the answer, and its rivals as samples, among which probabilities are shares. Without rivals the
    probability of the whole text counts, which a model that words its answers freely keeps near 0
    in any order. Parts: `mean`, the order-averaged probability; its `standard_error`; the `gap`.
    Differs: without the correction for k, so that the bound holds; parts take it in.
    """

    options: int = 1  # texts read in each order

    def __post_init__(self) -> None:
        """Refuse to read nothing."""
        if self.options < 1:
            raise ValueError(f"options must be at least 1, got {self.options}")

    @property
    def plan(self) -> Plan:
        """The log-probabilities of the answer and of its rivals."""
        return Plan(samples=self.options - 1, logprobs=True)

    def __call__(self, evidence: Sequence[Evidence]) -> Score:
        """The doubt.

        Raises:
            Missing: a single order, or other texts under another order.
        """
        if len(evidence) < 2:
            raise Missing(f"at least 2 orders of the evidence are needed, got {len(evidence)}")
        if len({(e.answer.text, texts_read(e)) for e in evidence}) > 1:
            raise Missing("other texts in another order; `read` the same texts in each")
        read = np.stack([option_logprobs(e) for e in evidence])  # [k, C]
        logp = (log_normalise(read) if self.options > 1 else read)[:, 0]  # [k]
        found = order_dispersion(np.exp(logp))
        parts = {
            "mean": float(found.mean),
            "standard_error": float(found.standard_error),
            "gap": float(realisation_gap(logp)),
        }
        return Score(float(np.exp(logp).std()), parts=parts)

"""What a model has shown us: the records, and the plan of what to collect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Protocol, TypeVar, runtime_checkable

import numpy as np

from dubito.maths.arrays import Floats, Integers

T = TypeVar("T")


class Missing(LookupError):
    """Something an estimator needs was not, or could not be, measured."""

    def __init__(self, reason: str, what: str = "") -> None:
        super().__init__(reason)
        self.what = what  # the field of the evidence, where it is one


def measured(value: T | None, what: str) -> T:
    """The value, which has been collected; otherwise `Missing` says what to collect."""
    if value is None:
        told = f"no {what} for this prompt; collect it with Plan({PLANNED_BY[what]})"
        raise Missing(told, what)
    return value


PLANNED_BY = {
    "logprobs": "logprobs=True",
    "entropies": "distribution=True",
    "uniform_kl": "distribution=True",
    "uniform_renyi": "distribution=True",
    "top": "top_k=2 or more",
    "relevance": "relevance=True",
    "embeddings": "embeddings=True",
    "entailment": "entailment=True",
    "contradiction": "entailment=True",
    "p_true": "p_true=True",
    "stated": "stated=True",
    "unconditional": "unconditional=True",
    "hidden": "hidden=(1.0,)",
    "attention": "attention=(1.0,)",
    "matching": "matching=True",
}


@dataclass(frozen=True, slots=True, eq=False)
class TopK:
    """The k most likely tokens at each of T positions, most likely first."""

    ids: Integers  # [T, k]; -1 where a server names no ids
    logprobs: Floats  # [T, k] nats; -inf where a server returned fewer than k


@dataclass(frozen=True, slots=True, eq=False)
class Layers:
    """What chosen layers of the model showed while it read its answer.

    A depth is a share of all layers: 0 the first, 1 the last, so that one plan fits any model.
    Hidden states are [L, 1 + T, d]: row 0 after the last token of the prompt, row 1 + t after
    token t of the answer; depth 0 are the embeddings. Attention weights are [L, H, T, P + T]:
    from token t to the P tokens of the prompt and to the answer's tokens up to itself, 0 beyond.
    """

    depths: tuple[float, ...]  # L of them, rising
    values: Floats

    def only(self, depths: tuple[float, ...]) -> Layers | None:
        """These depths, of which all have been recorded; None for none."""
        if not depths or not set(depths) <= set(self.depths):
            return None
        return Layers(depths, self.values[[self.depths.index(d) for d in depths]])


@dataclass(frozen=True, slots=True, eq=False)
class Sequence:
    """One answer and what the model thought at each of its T tokens, the end token included.

    All distributions are the model's own: temperature 1, no penalty, no truncation.
    Where only the k most likely tokens are known, `entropies` is a lower bound and
    `entropies_upper` an upper one (infinite where the vocabulary's size is unknown).
    """

    text: str
    tokens: tuple[str, ...] = ()
    offsets: Integers | None = None  # [T, 2] characters of `text`; empty span for the end token
    logprobs: Floats | None = None  # [T] log p(token_t | prefix_t), nats
    entropies: Floats | None = None  # [T] H[p(. | prefix_t)], nats
    entropies_upper: Floats | None = None  # [T]; None: `entropies` are exact
    uniform_kl: Floats | None = None  # [T] KL(uniform || p), nats
    uniform_renyi: Floats | None = None  # [T] Renyi divergence of order 1/2, D(p || uniform), nats
    top: TopK | None = None
    relevance: Floats | None = None  # [T] >= 0: change of meaning when the token is left out
    unconditional: Floats | None = None  # [T] log p(token_t | prefix_t) without the prompt, nats
    hidden: Layers | None = None
    attention: Layers | None = None
    finished: bool = True  # False: cut at the token limit, no end token

    def only(self, plan: Plan) -> Sequence:
        """The same answer with what the plan asks for, no more."""
        full = plan.distribution
        return replace(
            self,
            logprobs=self.logprobs if plan.logprobs else None,
            entropies=self.entropies if full else None,
            entropies_upper=self.entropies_upper if full else None,
            uniform_kl=self.uniform_kl if full else None,
            uniform_renyi=self.uniform_renyi if full else None,
            top=first_k(self.top, plan.top_k),
            relevance=self.relevance if plan.relevance else None,
            unconditional=self.unconditional if plan.unconditional else None,
            hidden=None if self.hidden is None else self.hidden.only(plan.hidden),
            attention=None if self.attention is None else self.attention.only(plan.attention),
        )


def first_k(top: TopK | None, k: int) -> TopK | None:
    """The k most likely of the recorded tokens; None where k is 0."""
    return TopK(top.ids[:, :k], top.logprobs[:, :k]) if top is not None and k else None


@dataclass(frozen=True, slots=True)
class Plan:
    """What has to be collected for one prompt beyond its greedy answer; plans join with `|`."""

    samples: int = 0  # answers drawn at random
    logprobs: bool = False  # of the chosen tokens
    distribution: bool = False  # entropy and divergences of the answer's next-token distributions
    sample_distributions: bool = False  # the same of each sample
    top_k: int = 0  # most likely tokens at each position of the answer
    relevance: bool = False  # of each token, by a sentence encoder
    embeddings: bool = False  # of the answers, by a sentence encoder
    entailment: bool = False  # between the answers, by a judge of meaning
    p_true: bool = False  # the model's probability that its answer is true
    stated: bool = False  # the confidence that the model puts in words
    unconditional: bool = False  # log-probabilities of the answer without its prompt
    matching: bool = False  # piece by piece between the answers, by a sentence encoder
    hidden: tuple[float, ...] = ()  # depths in [0, 1] at which to keep the answer's hidden states
    attention: tuple[float, ...] = ()  # depths in [0, 1] at which to keep its attention weights

    def __post_init__(self) -> None:
        """Depths are shares of all layers, each once, rising."""
        for name, depths in (("hidden", self.hidden), ("attention", self.attention)):
            if not all(0 <= d <= 1 for d in depths):
                raise ValueError(f"{name} asks for depths {depths}; a depth lies in [0, 1]")
            object.__setattr__(self, name, tuple(sorted(set(depths))))

    def __or__(self, other: Plan) -> Plan:
        """The smallest plan that serves both."""
        mine, theirs = ([getattr(plan, f.name) for f in fields(Plan)] for plan in (self, other))
        return Plan(
            *(
                a + b if isinstance(a, tuple) else max(a, b)
                for a, b in zip(mine, theirs, strict=True)
            )
        )

    @property
    def of_samples(self) -> Plan:
        """What is asked for of each sample: no more than what is cheap for K of them."""
        return Plan(
            logprobs=self.logprobs,
            distribution=self.sample_distributions,
            relevance=self.relevance,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """All we know of one prompt; in matrices row 0 is the greedy answer, row 1 + k sample k."""

    prompt: str
    answer: Sequence  # greedy
    samples: tuple[Sequence, ...] = ()  # K of them
    embeddings: Floats | None = None  # [1+K, d], unit rows
    entailment: Floats | None = None  # [1+K, 1+K] in [0, 1], does row entail column; diagonal 1
    contradiction: Floats | None = None  # [1+K, 1+K] in [0, 1]; diagonal 0
    matching: Floats | None = None  # [1+K, 1+K] in [-1, 1], BERTScore F1; diagonal 1
    p_true: float | None = None  # in [0, 1]
    stated: float | None = None  # in [0, 1]
    missing: Mapping[str, str] = field(
        default_factory=dict
    )  # what was asked for -> why it is not here
    id: str = ""

    def only(self, plan: Plan) -> Evidence:
        """What an estimator with this plan may see, no more.

        Raises:
            Missing: fewer samples than the plan asks for.
        """
        if plan.samples > len(self.samples):
            raise Missing(
                f"{plan.samples} samples asked for, {len(self.samples)} collected; "
                f"collect with Plan(samples={plan.samples}) or ask for fewer"
            )
        kept = self.take(range(plan.samples))
        return replace(
            kept,
            answer=kept.answer.only(plan),
            samples=tuple(s.only(plan.of_samples) for s in kept.samples),
            embeddings=kept.embeddings if plan.embeddings else None,
            entailment=kept.entailment if plan.entailment else None,
            contradiction=kept.contradiction if plan.entailment else None,
            matching=kept.matching if plan.matching else None,
            p_true=kept.p_true if plan.p_true else None,
            stated=kept.stated if plan.stated else None,
        )

    def take(self, samples: range | list[int]) -> Evidence:
        """The same prompt with just these samples, in this order; matrices follow."""
        chosen = list(samples)
        if chosen == list(range(len(self.samples))):
            return self
        rows = np.array([0, *(1 + k for k in chosen)])
        square = np.ix_(rows, rows)
        return replace(
            self,
            samples=tuple(self.samples[k] for k in chosen),
            embeddings=None if self.embeddings is None else self.embeddings[rows],
            entailment=None if self.entailment is None else self.entailment[square],
            contradiction=None if self.contradiction is None else self.contradiction[square],
            matching=None if self.matching is None else self.matching[square],
        )


@dataclass(frozen=True, slots=True)
class Score:
    """The doubt that one estimator reads from one evidence: higher = less trustworthy.

    A score that could not be measured has a NaN doubt and a reason.
    """

    doubt: float
    tokens: tuple[float, ...] | None = None  # [T] doubt of each token of the greedy answer
    parts: Mapping[str, float] = field(default_factory=dict)  # e.g. aleatoric, epistemic
    standard_error: float | None = None  # of the doubt, over redrawn samples
    bounds: tuple[float, float] | None = None  # of a doubt known from truncated distributions
    reason: str = ""  # why there is no doubt to report

    @classmethod
    def missing(cls, reason: str) -> Score:
        """No measurement, and why."""
        return cls(float("nan"), reason=reason)


@runtime_checkable
class Estimator(Protocol):
    """Evidence in, doubt out: pure, no model, no input or output."""

    @property
    def plan(self) -> Plan:
        """What has to be collected for this estimator."""
        ...

    def __call__(self, evidence: Evidence, /) -> Score:
        """The doubt; `Missing` where the evidence lacks what it needs."""
        ...

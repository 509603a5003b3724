"""Who says what: the support that samples, or their units, give to the units of an answer."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from dubito.data.units import InUnits, Unit
from dubito.estimate.units.splitting import sentence_units
from dubito.evidence import Evidence, Floats

# (premise, hypothesis) pairs -> [n, 2] probabilities of entailment and of contradiction
PairJudge = Callable[[Sequence[tuple[str, str]]], Floats]
Split = Callable[[str], Sequence[Unit]]
Reading = Callable[[Floats], Floats]  # [n, 2] verdicts -> [n] supports

NO_VERDICT = 0.5  # neither entailed nor contradicted at all: the sample does not speak of it


def in_units(evidence: Evidence, split: Split = sentence_units) -> InUnits:
    """The answer in units, nothing judged yet."""
    return InUnits(evidence, tuple(split(evidence.answer.text)))


def entailed(verdict: Floats) -> Floats:
    """Support in [0, 1]: P(entailed) / P(entailed or contradicted): [n, 2] -> [n].

    A premise that is silent about a claim says neither, so only their ratio counts; where both
    are 0 it is 1/2.
    """
    p = probabilities(verdict)
    total = p.sum(axis=-1)
    return np.where(total > 0, p[..., 0] / np.where(total > 0, total, 1), NO_VERDICT)


def said(verdict: Floats) -> Floats:
    """P(entailed) in [0, 1], to which a silent premise gives nothing: [n, 2] -> [n]."""
    return probabilities(verdict)[..., 0]


def probabilities(verdict: Floats) -> Floats:
    """What a judge gave, in float64.

    Raises:
        ValueError: not [n, 2], or no probabilities.
    """
    p = np.asarray(verdict, dtype=np.float64)
    if p.ndim != 2 or p.shape[1] != 2:
        raise ValueError(f"a judge gives probabilities [n, 2], got shape {p.shape}")
    if p.size and not (p.min() >= 0 and p.max() <= 1):  # NaN fails too
        raise ValueError(f"a judge gives probabilities, got {p.min()} to {p.max()}")
    return p


def with_support(told: InUnits, judge: PairJudge) -> InUnits:
    """Each unit judged against each sample as a whole: U K pairs."""
    samples = [s.text for s in told.evidence.samples]
    return replace(told, support=judged([u.text for u in told.units], samples, judge))


def with_matches(told: InUnits, judge: PairJudge, split: Split = sentence_units) -> InUnits:
    """Each unit judged against each unit of each sample, of which the best counts.

    A sample without units supports nothing: 0.
    """
    spoken = [[u.text for u in split(s.text)] for s in told.evidence.samples]
    every = [text for units in spoken for text in units]
    pairwise = judged([u.text for u in told.units], every, judge)  # [U, sum V]
    ends = np.cumsum([len(units) for units in spoken])
    parts = [pairwise[:, e - len(units) : e] for e, units in zip(ends, spoken, strict=True)]
    best = [part.max(axis=1, initial=0.0) for part in parts]
    return replace(told, matched=np.array(best).reshape(len(spoken), len(told.units)).T)


def with_claims(told: InUnits, judge: PairJudge, split: Split = sentence_units) -> InUnits:
    """All different claims of the answer and the samples, each judged against all 1 + K texts.

    A text that is silent about a claim does not support it: P(entailed) alone counts.

    Differs: claims are different where their words are; no model merges them.
    """
    answers = [s.text for s in (told.evidence.answer, *told.evidence.samples)]
    mine = [u.text for u in told.units]
    others = [u.text for text in answers[1:] for u in split(text)]
    claims = mine + [c for c in dict.fromkeys(others) if c not in set(mine)]
    return replace(told, claims=judged(claims, answers, judge, read=said))


def judged(
    claims: Sequence[str],
    premises: Sequence[str],
    judge: PairJudge,
    *,
    read: Reading = entailed,
) -> Floats:
    """Support of each claim by each premise, equal pairs judged once: [C, P] in [0, 1]."""
    pairs = [(premise, claim) for claim in claims for premise in premises]
    asked = list(dict.fromkeys(pairs))
    if not asked:
        return np.zeros((len(claims), len(premises)))
    verdict = dict(zip(asked, read(judge(asked)).tolist(), strict=True))
    return np.array([verdict[pair] for pair in pairs]).reshape(len(claims), len(premises))

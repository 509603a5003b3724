"""What estimators over several ways of asking share: enough ways, their answers together."""

from collections.abc import Sequence as Many

import numpy as np

from dubito.estimate.draws import drawn, of_answers
from dubito.evidence import Evidence, Floats, Missing


def ways(evidence: Many[Evidence], *, least: int = 2) -> tuple[Evidence, ...]:
    """All ways of asking, the question as it is first; `Missing` where they are too few."""
    if len(evidence) < least:
        raise Missing(
            f"the question was asked in {len(evidence)} ways, at least {least} are needed; "
            "ask it again in other words and give the evidence of all ways"
        )
    return tuple(evidence)


def side_by_side(rows: Many[Floats]) -> Floats:
    """One array of equally shaped arrays, [n, ...].

    Raises:
        ValueError: vectors of unequal length, which no one encoder makes.
    """
    widths = sorted({row.shape[-1] for row in rows})
    if len(widths) > 1:
        raise ValueError(
            f"embeddings of {widths} dimensions beside each other; embed every way of asking "
            "with the same encoder"
        )
    return np.stack(rows)


def answer_embeddings(evidence: Many[Evidence]) -> Floats:
    """Embedding of the greedy answer to each of n ways, [n, d]."""
    return side_by_side([of_answers(e, e.embeddings, "embeddings")[0] for e in evidence])


def sample_embeddings(evidence: Many[Evidence], samples: int) -> Floats:
    """Embeddings of the first r drawn answers to each of n ways, [n, r, d]."""
    for e in evidence:
        drawn(e, least=samples)
    found = [of_answers(e, e.embeddings, "embeddings")[1 : 1 + samples] for e in evidence]
    return side_by_side(found)


def pooled(evidence: Many[Evidence]) -> Evidence:
    """The first way of asking with the greedy answers to all others as its samples.

    So whatever reads drawn answers can read answers to other wordings. Embeddings come along
    where every way has them; a judge of meaning can be asked again by `Collector.enrich`.
    """
    first, *rest = ways(evidence)
    known = all(e.embeddings is not None for e in evidence)
    return Evidence(
        first.prompt,
        first.answer,
        tuple(e.answer for e in rest),
        embeddings=answer_embeddings(evidence) if known else None,
        id=first.id,
    )

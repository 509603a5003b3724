"""Answers cut after their first sentence, with what was measured of it."""

from dataclasses import replace

import numpy as np

from dubito.estimate.units.splitting import sentence_units
from dubito.evidence import Evidence, Floats, Sequence, TopK


def first_sentences(evidence: Evidence) -> Evidence:
    """The greedy answer and the samples, each cut; what compares whole answers falls away."""
    return Evidence(
        evidence.prompt,
        first_sentence(evidence.answer),
        tuple(first_sentence(s) for s in evidence.samples),
        missing=evidence.missing,
        id=evidence.id,
    )


def first_sentence(answer: Sequence) -> Sequence:
    """The answer up to the end of its first sentence, and its tokens that begin before that.

    Without offsets nobody knows which tokens these are: the words alone stay then, but for an
    answer that is one sentence. Layers fall away with what is cut.
    """
    units = sentence_units(answer.text)
    if len(units) < 2:
        return answer
    end = units[0].end
    said = Sequence(answer.text[:end], finished=True)
    if answer.offsets is None:
        return said
    t = int(np.searchsorted(answer.offsets[:, 0], end))  # tokens inside

    def cut(values: Floats | None) -> Floats | None:
        return None if values is None else values[:t]

    return replace(
        said,
        tokens=answer.tokens[:t],
        offsets=answer.offsets[:t],
        logprobs=cut(answer.logprobs),
        entropies=cut(answer.entropies),
        entropies_upper=cut(answer.entropies_upper),
        uniform_kl=cut(answer.uniform_kl),
        uniform_renyi=cut(answer.uniform_renyi),
        top=None if answer.top is None else TopK(answer.top.ids[:t], answer.top.logprobs[:t]),
        relevance=cut(answer.relevance),
        unconditional=cut(answer.unconditional),
    )

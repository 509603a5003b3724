"""Evidence for tests: rich, with every field filled, and families of hard cases."""

from dataclasses import replace

import numpy as np

from dubito.data.worlds.shown import (
    END,
    PROMPT,
    VOCABULARY,
    WORDS,
    described,
    embeddings,
    inside,
    judgements,
    matching,
    shown,
)
from dubito.evidence import Evidence, Layers, Sequence, TopK


def rich_evidence(seed: int = 0, k: int = 10) -> Evidence:
    """Every field filled and consistent: K samples of 1 to 6 words, some of them equal."""
    return replace(shown(seed, samples=k), id=f"rich-{seed}")


def answered(evidence: Evidence, answer: Sequence) -> Evidence:
    """The same evidence with another greedy answer."""
    return replace(evidence, answer=answer)


def cut(s: Sequence, tokens: int) -> Sequence:
    """The first tokens of an answer, as if the token limit had cut it."""
    assert s.offsets is not None
    assert s.top is not None
    text = s.text[: int(s.offsets[tokens - 1, 1])] if tokens else ""
    arrays = ("offsets", "logprobs", "entropies", "uniform_kl", "uniform_renyi", "relevance")
    return replace(
        s,
        text=text,
        tokens=s.tokens[:tokens],
        top=TopK(s.top.ids[:tokens], s.top.logprobs[:tokens]),
        unconditional=None if s.unconditional is None else s.unconditional[:tokens],
        hidden=s.hidden and Layers(s.hidden.depths, s.hidden.values[:, : 1 + tokens]),
        attention=s.attention and of_first(s.attention, tokens),
        finished=False,
        **{name: getattr(s, name)[:tokens] for name in arrays},
    )


def of_first(attention: Layers, tokens: int) -> Layers:
    """Attention among the prompt and the first tokens of the answer."""
    return Layers(attention.depths, attention.values[:, :, :tokens, : PROMPT + tokens])


def with_logprobs(s: Sequence, value: float) -> Sequence:
    """The same words with one log-probability for every token."""
    assert s.logprobs is not None
    return replace(s, logprobs=np.full_like(s.logprobs, value))


def all_equal(k: int = 10) -> Evidence:
    """K samples that are the greedy answer itself."""
    base = rich_evidence(3, k)
    texts = [base.answer.text] * (k + 1)
    rng = np.random.default_rng(3)
    entailment, contradiction = judgements(rng, texts)
    return replace(
        base,
        samples=(base.answer,) * k,
        embeddings=embeddings(rng, texts),
        entailment=entailment,
        contradiction=contradiction,
        matching=matching(rng, texts),
    )


def all_different(k: int = 7) -> Evidence:
    """K samples without a word, a direction or a meaning in common."""
    base = rich_evidence(4, k)
    samples = tuple(replace(s, text=WORDS[j + 1]) for j, s in enumerate(base.samples))
    return replace(
        base,
        answer=replace(base.answer, text=WORDS[0]),
        samples=samples,
        embeddings=np.eye(k + 1),
        entailment=np.eye(k + 1),
        contradiction=1 - np.eye(k + 1),
        matching=np.eye(k + 1),
    )


def tied(k: int = 10) -> Evidence:
    """All tokens equally likely, all pairs equally similar: nothing breaks the tie."""
    base = rich_evidence(5, k)
    logp = np.full((len(base.answer.tokens), VOCABULARY), -np.log(VOCABULARY))
    ids = np.array([0] * (len(logp) - 1) + [END])
    answer = inside(np.random.default_rng(5), described(ids, logp, relevance=np.ones(len(ids))))
    square = np.full((k + 1, k + 1), 0.5)
    np.fill_diagonal(square, 1.0)
    samples = tuple(with_logprobs(s, -np.log(VOCABULARY)) for s in base.samples)
    return replace(
        base,
        answer=answer,
        samples=samples,
        entailment=square,
        contradiction=1 - square,
        matching=square,
    )


def hard_evidence() -> dict[str, Evidence]:
    """Evidence at the edges, by name; each still has every field."""
    base = rich_evidence(2)
    first, *rest = base.samples
    falling = tuple(with_logprobs(s, -1e4 * (j + 1)) for j, s in enumerate(base.samples))
    return {
        "one token": answered(base, cut(base.answer, 1)),
        "samples of one token": replace(base, samples=tuple(cut(s, 1) for s in base.samples)),
        "one sample": base.take([0]),
        "two samples": base.take([0, 1]),
        "all samples equal": all_equal(),
        "all samples different": all_different(),
        "impossible token": answered(base, with_logprobs(base.answer, -np.inf)),
        "impossible sample": replace(base, samples=(with_logprobs(first, -np.inf), *rest)),
        "tiny logprobs": replace(
            base,
            answer=with_logprobs(base.answer, -1e-10),
            samples=tuple(with_logprobs(s, -1e-10) for s in base.samples),
        ),
        "huge logprobs": replace(base, samples=falling),
        "ties": tied(),
        "empty answer": answered(base, cut(base.answer, 0)),
        "empty sample": replace(base, samples=(cut(first, 0), *rest)),
    }

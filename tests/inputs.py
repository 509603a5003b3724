"""Evidence for tests: rich, with every field filled, and families of hard cases."""

from dataclasses import replace

import numpy as np
from scipy.special import log_softmax, softmax

from dubito.evidence import Evidence, Floats, Layers, Sequence, TopK

WORDS = ("Lima", "is", "the", "capital", "of", "Peru", "Cusco", "city", "not", "a", "large")
VOCABULARY = len(WORDS) + 1  # the last one is the end token
END = VOCABULARY - 1
DIMENSION = 8
PROMPT = 5  # tokens of the prompt that attention can look back at
HEADS = 3
DEPTHS = tuple(sorted({d / 20 for d in range(21)} | {d / 30 for d in range(31)}))


def rich_evidence(seed: int = 0, k: int = 10) -> Evidence:
    """Every field filled and consistent: K samples of 1 to 6 words, some of them equal.

    Equal texts have equal embeddings and entail each other; token statistics come from
    full distributions over 12 tokens.
    """
    rng = np.random.default_rng(seed)
    inner = np.random.default_rng([seed, 1])  # of its own, so that new fields leave the old alone
    answer = inside(inner, sequence(rng, greedy=True))
    drawn = [sequence(rng) for _ in range(k)]
    samples = tuple(drawn[j // 2] if j % 4 == 1 else drawn[j] for j in range(k))
    texts = [s.text for s in (answer, *samples)]
    entailment, contradiction = judgements(rng, texts)
    return Evidence(
        prompt="What is the capital of Peru?",
        answer=answer,
        samples=samples,
        embeddings=embeddings(rng, texts),
        entailment=entailment,
        contradiction=contradiction,
        matching=matching(inner, texts),
        p_true=float(rng.uniform(0.05, 0.95)),
        stated=float(rng.uniform(0.05, 0.95)),
        id=f"rich-{seed}",
    )


def inside(rng: np.random.Generator, s: Sequence) -> Sequence:
    """The same answer with what the model's layers and its prior say of it."""
    size, layers = len(s.tokens), len(DEPTHS)
    hidden = rng.normal(size=(layers, 1 + size, DIMENSION))
    logits = rng.normal(scale=2.0, size=(layers, HEADS, size, PROMPT + size))
    later = np.arange(PROMPT + size) > PROMPT + np.arange(size)[:, None]  # [T, P + T]
    attention = softmax(np.where(later, -np.inf, logits), axis=-1)
    return replace(
        s,
        unconditional=-rng.exponential(3.0, size=size),
        hidden=Layers(DEPTHS, hidden),
        attention=Layers(DEPTHS, attention),
    )


def matching(rng: np.random.Generator, texts: list[str]) -> Floats:
    """Symmetric matches of words, [1+K, 1+K], 1 for equal texts."""
    unique = list(dict.fromkeys(texts))
    row = np.array([unique.index(text) for text in texts])
    half = np.tril(rng.uniform(-0.2, 0.95, size=(len(unique), len(unique))), -1)
    return (half + half.T + np.eye(len(unique)))[np.ix_(row, row)]


def sequence(rng: np.random.Generator, *, greedy: bool = False) -> Sequence:
    """One answer in two sentences where it is long enough, with an end token."""
    length = int(rng.integers(3, 7)) if greedy else int(rng.integers(1, 7))
    logp = log_softmax(rng.normal(scale=2.0, size=(length + 1, VOCABULARY)), axis=-1)  # [T, V]
    # The end token is impossible before the end and the only choice there, without -inf.
    logp[:-1, END] -= 5
    logp[-1, END] += 8
    logp = log_softmax(logp, axis=-1)
    ids = (
        logp.argmax(-1) if greedy else np.array([rng.choice(VOCABULARY, p=p) for p in np.exp(logp)])
    )
    ids[:-1] = np.where(ids[:-1] == END, 0, ids[:-1])
    ids[-1] = END
    return described(ids, logp, relevance=rng.uniform(0.05, 1.0, size=length + 1))


def described(ids: np.ndarray, logp: Floats, *, relevance: Floats) -> Sequence:
    """The record of these token ids [T] under these distributions [T, V]."""
    words = [WORDS[i] + ("." if t == 1 else "") for t, i in enumerate(ids[:-1])]
    tokens = tuple(w if t == 0 else " " + w for t, w in enumerate(words))
    ends = np.cumsum([len(t) for t in tokens])
    text = "".join(tokens)
    spans = [*zip([0, *ends[:-1]], ends, strict=True), (len(text), len(text))]
    p = np.exp(logp)
    order = np.argsort(-logp, axis=-1, kind="stable")[:, :5]
    return Sequence(
        text=text,
        tokens=(*tokens, "<end>"),
        offsets=np.array(spans),
        logprobs=np.take_along_axis(logp, ids[:, None], axis=-1)[:, 0],
        entropies=-(p * logp).sum(-1),
        uniform_kl=-logp.mean(-1) - np.log(VOCABULARY),
        uniform_renyi=-2 * np.log(np.sqrt(p / VOCABULARY).sum(-1)),
        top=TopK(ids=order, logprobs=np.take_along_axis(logp, order, axis=-1)),
        relevance=np.append(relevance[:-1], 0.0),
    )


def embeddings(rng: np.random.Generator, texts: list[str]) -> Floats:
    """Unit rows, one a text, equal for equal texts; [1+K, d]."""
    centre = rng.normal(size=DIMENSION)
    of = {text: centre + rng.normal(size=DIMENSION) for text in dict.fromkeys(texts)}
    rows = np.stack([of[text] for text in texts])
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def judgements(rng: np.random.Generator, texts: list[str]) -> tuple[Floats, Floats]:
    """Entailment and contradiction, each [1+K, 1+K], the same for the same pair of texts."""
    unique = list(dict.fromkeys(texts))
    row = np.array([unique.index(text) for text in texts])
    entails = rng.uniform(0.02, 0.98, size=(len(unique), len(unique)))
    contradicts = (1 - entails) * rng.uniform(0.02, 0.98, size=entails.shape)
    np.fill_diagonal(entails, 1.0)
    np.fill_diagonal(contradicts, 0.0)
    return entails[np.ix_(row, row)], contradicts[np.ix_(row, row)]


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

"""Evidence with every field filled: made up, consistent, and no model behind it.

For examples and for tests, where it matters what evidence holds and not what is true.
"""

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


def shown(seed: int = 0, *, samples: int = 10) -> Evidence:
    """All that a plan can ask for: K samples of 1 to 6 words, some of them equal.

    Equal texts have equal embeddings and entail each other; token statistics come from
    full distributions over 12 tokens.
    """
    rng = np.random.default_rng(seed)
    inner = np.random.default_rng([seed, 1])  # of its own, so that new fields leave the old alone
    answer = inside(inner, sequence(rng, greedy=True))
    first = [sequence(rng) for _ in range(samples)]
    drawn = tuple(first[j // 2] if j % 4 == 1 else first[j] for j in range(samples))
    texts = [s.text for s in (answer, *drawn)]
    entailment, contradiction = judgements(rng, texts)
    return Evidence(
        prompt="What is the capital of Peru?",
        answer=answer,
        samples=drawn,
        embeddings=embeddings(rng, texts),
        entailment=entailment,
        contradiction=contradiction,
        matching=matching(inner, texts),
        p_true=float(rng.uniform(0.05, 0.95)),
        stated=float(rng.uniform(0.05, 0.95)),
        id=f"shown-{seed}",
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

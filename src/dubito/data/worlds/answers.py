"""A simulator of sampled answers: meanings, their wordings and the right one are planted."""

import math
from dataclasses import dataclass

import numpy as np

from dubito.data.worlds.world import Answered
from dubito.evidence import Evidence, Floats, Integers, Sequence

MEANINGS = 8  # that an answer can have


@dataclass(frozen=True, slots=True)
class Judge:
    """How well meanings can be told apart by an imperfect reader.

    Entailment is Beta(`within`) between answers that mean the same and Beta(`across`) otherwise,
    each direction its own draw; of the rest a share U(`neutral`) is neutral and the remainder
    contradicts. An embedding is the meaning's direction and noise of length `spread`.
    """

    within: tuple[float, float] = (18.0, 2.0)
    across: tuple[float, float] = (2.0, 12.0)
    neutral: tuple[float, float] = (0.1, 0.6)
    spread: float = 0.4
    common: float = 0.5  # length of the direction that all answers share, beside the meaning's 1
    dimensions: int = 32

    def read(self, meanings: Integers, rng: np.random.Generator) -> tuple[Floats, Floats]:
        """Entailment and contradiction, [N, N] each, of answers with these meanings [N]."""
        same = meanings[:, None] == meanings
        shape = same.shape
        entailment = np.where(same, rng.beta(*self.within, shape), rng.beta(*self.across, shape))
        contradiction = (1 - entailment) * (1 - rng.uniform(*self.neutral, shape))
        np.fill_diagonal(entailment, 1.0)
        np.fill_diagonal(contradiction, 0.0)
        return entailment, contradiction

    def embed(self, meanings: Integers, rng: np.random.Generator) -> Floats:
        """Unit embeddings, [N, d], of answers with these meanings [N]."""
        d = self.dimensions
        centres = np.linalg.qr(rng.normal(size=(d, d)))[0]  # rows: a common one, then the meanings'
        noise = rng.normal(size=(len(meanings), d)) * self.spread / math.sqrt(d)
        return unit(self.common * centres[0] + centres[1 + meanings % (d - 1)] + noise)


def unit(rows: Floats) -> Floats:
    """Rows of length 1."""
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


def worded(words: tuple[str, ...], logprob: float, rng: np.random.Generator) -> Sequence:
    """An answer of these tokens, whose log-probabilities sum to `logprob`, nats."""
    shares = rng.dirichlet(np.ones(len(words)))
    return Sequence(" ".join(words), tokens=words, logprobs=logprob * shares)


def words_of(meaning: int, form: int) -> tuple[str, ...]:
    """Four words: two that every wording of the meaning has, two of this wording alone."""
    own = f"m{meaning}f{form}"
    return f"m{meaning}a", f"{own}a", f"m{meaning}b", f"{own}b"


@dataclass(frozen=True, slots=True)
class Answering:
    """One question's answers: M meanings with probabilities, each in F wordings.

    `meaning` is [M] and sums to 1; `form` is [M, F], each row sums to 1.
    """

    meaning: Floats
    form: Floats

    def strings(self) -> Floats:
        """Probability of every string, [M * F]; string i has meaning i // F."""
        return (self.meaning[:, None] * self.form).ravel()

    def draw(self, rng: np.random.Generator, n: int) -> Integers:
        """n strings, [n]."""
        p = self.strings()
        return rng.choice(len(p), size=n, p=p / p.sum())

    def evidence(self, chosen: Integers, *, rng: np.random.Generator, judge: Judge) -> Evidence:
        """What is seen when string chosen[0] is the answer and the rest are the samples.

        Equal strings are equal texts with equal log-probabilities, and an imperfect judge still
        reads equal texts as equal.
        """
        p, forms = self.strings(), self.form.shape[1]
        records = {
            int(s): worded(words_of(s // forms, s % forms), math.log(p[s]), rng)
            for s in np.unique(chosen)
        }
        order, back = np.unique(chosen, return_inverse=True)
        entailment, contradiction = judge.read(order // forms, rng)
        sequences = [records[int(s)] for s in chosen]
        return Evidence(
            prompt="?",
            answer=sequences[0],
            samples=tuple(sequences[1:]),
            embeddings=judge.embed(order // forms, rng)[back],
            entailment=entailment[np.ix_(back, back)],
            contradiction=contradiction[np.ix_(back, back)],
        )


@dataclass(frozen=True, eq=False)
class Wordings(Answered):
    """Questions whose right answer is meaning 0; what the model knows of each is known."""

    knowledge: Floats  # [N] probability of the right meaning
    answering: tuple[Answering, ...]  # N


def wordings(
    seed: int,
    *,
    questions: int = 400,
    forms: int = 8,
    samples: int = 10,
    greedy: bool = True,
    judge: Judge = Judge(),
) -> Wordings:
    """Knowledge c ~ U(0, 1) is the probability of the right meaning, 7 wrong ones share the rest.

    The shares are Dirichlet(1); wordings are Dirichlet(0.3) in some questions and Dirichlet(5) in
    others, so that strings spread for reasons that have nothing to do with knowledge. The answer
    is the most likely string, or drawn (`greedy=False`): then it is wrong with probability 1 - c.
    """
    rng = np.random.default_rng(seed)
    knowledge = rng.uniform(0.001, 0.999, questions)
    evidence, wrong, answering = [], [], []
    for c in knowledge:
        others = rng.dirichlet(np.ones(MEANINGS - 1))
        flat = rng.choice([0.3, 5.0])
        form = np.maximum(rng.dirichlet(np.full(forms, flat), size=MEANINGS), 1e-12)
        a = Answering(np.array([c, *((1 - c) * others)]), form)
        drawn = a.draw(rng, samples + 1)
        chosen = np.array([a.strings().argmax(), *drawn[1:]]) if greedy else drawn
        evidence.append(a.evidence(chosen, rng=rng, judge=judge))
        wrong.append(chosen[0] >= forms)
        answering.append(a)
    return Wordings(tuple(evidence), np.array(wrong), knowledge, tuple(answering))

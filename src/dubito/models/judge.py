"""Do two answers to one question say the same? Words first, then numbers, then embeddings."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch

from dubito.data.normalise import normalise, words
from dubito.evidence import Floats
from dubito.models.encoder import Encoded

FILLER = frozenset(
    words(
        "is are was were be been am it its of in on at to for by as and or that this which with "
        "from there their has have had do does did also known called located"
    )
)
Judgement = tuple[Floats, Floats]  # entailment and contradiction, each [n, n] in [0, 1]


class Judge(Protocol):
    """Entailment and contradiction between the answers to each question, row to column."""

    def __call__(
        self, questions: Sequence[str], answers: Sequence[Sequence[Encoded]]
    ) -> list[Judgement]:
        """One pair of [n, n] matrices for each question."""
        ...


def said(question: str, answer: str) -> tuple[str, ...]:
    """The words by which an answer goes beyond its question; all its words if there are none.

    "The capital of Peru is Lima." says no more to "What is the capital of Peru?" than "Lima".
    """
    asked = set(words(question)) | FILLER
    return tuple(w for w in words(answer) if w not in asked) or tuple(words(answer))


@dataclass(frozen=True, slots=True)
class WordJudge:
    """A judge without a network of its own.

    Compared is what each answer adds to the question. Where one holds all words of the other
    they count as the same answer, one of them with more to say: entailment is 1 both ways.
    Where both name numbers, and not the same ones, it is 0. Otherwise it is 2 cos - 1, at least
    0, of the added words' vectors. What is not entailed is contradicted: no neutral share.
    """

    def __call__(
        self, questions: Sequence[str], answers: Sequence[Sequence[Encoded]]
    ) -> list[Judgement]:
        """Looks at the encoded answers, reads nothing anew."""
        return [
            compare([said(q, a.text) for a in some], some)
            for q, some in zip(questions, answers, strict=True)
        ]


def added_vector(encoded: Encoded, added: tuple[str, ...]) -> Floats:
    """Unit vector [d]: the mean of the pieces that spell an added word, or of all."""
    pieces = [normalise(encoded.text[a:b]) for a, b in encoded.offsets]
    inside = [i for i, p in enumerate(pieces) if p and any(p in w for w in added)]
    mean = encoded.pieces[inside].mean(axis=0) if inside else encoded.embedding
    return mean / max(float(np.linalg.norm(mean)), 1e-12)


def compare(added: Sequence[tuple[str, ...]], answers: Sequence[Encoded]) -> Judgement:
    """Entailment and contradiction of n answers by what they add."""
    unique = list(dict.fromkeys(added))
    vectors = np.stack([added_vector(answers[added.index(u)], u) for u in unique])
    entailed = np.clip(2 * (vectors @ vectors.T) - 1, 0.0, 1.0)
    sets = [set(u) for u in unique]
    numbers = [{w for w in u if w[-1].isdigit()} for u in unique]
    for i in range(len(unique)):
        for j in range(len(unique)):
            inside = bool(sets[i] and sets[j]) and (sets[i] >= sets[j] or sets[j] >= sets[i])
            if inside or i == j:
                entailed[i, j] = 1.0
            elif numbers[i] and numbers[j] and numbers[i] != numbers[j]:
                entailed[i, j] = 0.0
    place = {u: i for i, u in enumerate(unique)}
    rows = [place[a] for a in added]
    entailment = entailed[np.ix_(rows, rows)]
    return entailment, 1 - entailment


@dataclass(frozen=True, slots=True, eq=False)
class NliJudge:
    """A natural-language-inference cross-encoder; "question answer" against "question answer".

    Answers that add the same words to the question are one; each ordered pair of the rest is
    read once, batched over all questions.
    """

    model: Any
    tokenizer: Any
    batch: int = 64

    @torch.inference_mode()
    def __call__(
        self, questions: Sequence[str], answers: Sequence[Sequence[Encoded]]
    ) -> list[Judgement]:
        """Reads the distinct ordered pairs of all questions, similar lengths together."""
        texts = [[a.text for a in some] for some in answers]
        added = [[said(q, a) for a in some] for q, some in zip(questions, texts, strict=True)]
        wanted = [
            (f"{q} {a}", f"{q} {b}")
            for q, some, keys in zip(questions, texts, added, strict=True)
            for a, b in distinct_pairs(some, keys)
        ]
        pairs = sorted(dict.fromkeys(wanted), key=lambda p: len(p[0]) + len(p[1]))
        verdict: dict[tuple[str, str], Floats] = {}
        for start in range(0, len(pairs), self.batch):
            some = pairs[start : start + self.batch]
            verdict.update(zip(some, self.read(some), strict=True))
        return [
            self.matrices(q, some, keys, verdict)
            for q, some, keys in zip(questions, texts, added, strict=True)
        ]

    def read(self, pairs: Sequence[tuple[str, str]]) -> Floats:
        """[n, 2] probabilities of entailment and contradiction."""
        ids = self.tokenizer(
            [a for a, _ in pairs], [b for _, b in pairs],
            padding=True, truncation=True, return_tensors="pt",
        ).to(self.model.device)  # fmt: skip
        shares = self.model(**ids).logits.float().softmax(dim=-1).cpu().numpy()
        names = {v.lower(): k for k, v in self.model.config.id2label.items()}
        return shares[:, [names["entailment"], names["contradiction"]]]

    @staticmethod
    def matrices(
        question: str,
        answers: Sequence[str],
        added: Sequence[tuple[str, ...]],
        verdict: dict[tuple[str, str], Floats],
    ) -> Judgement:
        """The verdicts of one question, written out for all its answers."""
        spoken = dict(zip(reversed(added), reversed(answers), strict=True))  # first of each
        full = [f"{question} {spoken[key]}" for key in added]
        known = [
            [(1.0, 0.0) if x == y else verdict[a, b] for y, b in zip(added, full, strict=True)]
            for x, a in zip(added, full, strict=True)
        ]
        both = np.array(known, dtype=np.float64)  # [n, n, 2]
        return both[..., 0], both[..., 1]


def distinct_pairs(
    answers: Sequence[str], added: Sequence[tuple[str, ...]]
) -> list[tuple[str, str]]:
    """Ordered pairs of the first answers that add different words."""
    spoken = dict(zip(reversed(added), reversed(answers), strict=True))
    return [(a, b) for x, a in spoken.items() for y, b in spoken.items() if x != y]


def load_nli(name: str) -> NliJudge:
    """A cross-encoder from a Hugging Face id or folder.

    Raises:
        ValueError: its labels are not those of natural language inference.
    """
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    model = AutoModelForSequenceClassification.from_pretrained(name)
    labels = {v.lower() for v in model.config.id2label.values()}
    if not {"entailment", "contradiction"} <= labels:
        raise ValueError(f"{name!r} knows the labels {sorted(labels)}, not those of entailment")
    device = "cuda" if torch.cuda.is_available() else "cpu"
    return NliJudge(model.to(device).eval(), AutoTokenizer.from_pretrained(name))

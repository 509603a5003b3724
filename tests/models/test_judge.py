"""Do two answers say the same? Words, numbers, vectors; and a cross-encoder that is counted."""

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from dubito.models.encoder import Encoded
from dubito.models.judge import NliJudge, WordJudge, added_vector, distinct_pairs, load_nli, said

PERU = "What is the capital of Peru?"
SUM = "What is 7 + 5?"
AXES = {"lima": (1, 0, 0), "cusco": (0, 1, 0), "lake": (0.8, 0.6, 0), "peru": (0, 0, 1)}


def encoded(text: str) -> Encoded:
    """A piece for each word; words without an axis of their own lie on the third."""
    spans, at = [], 0
    for word in text.split(" "):
        spans.append((at, at + len(word)))
        at += len(word) + 1
    vectors = [AXES.get(text[a:b].strip(".,").lower(), (0, 0, 1)) for a, b in spans]
    pieces = np.array([(9, 9, 9), *vectors, (9, 9, 9)], dtype=float)  # framed, as by MiniLM
    mean = pieces.mean(axis=0)
    offsets = np.array([(0, 0), *spans, (0, 0)])
    return Encoded(text, mean / np.linalg.norm(mean), pieces, offsets)


def judged(question: str, *texts: str) -> tuple[np.ndarray, np.ndarray]:
    ((entailment, contradiction),) = WordJudge()([question], [[encoded(t) for t in texts]])
    return entailment, contradiction


@pytest.mark.parametrize(
    ("question", "answer", "added"),
    [
        (PERU, "The capital of Peru is Lima.", ("lima",)),
        (PERU, "Lima", ("lima",)),
        (PERU, "It is located in Lima.", ("lima",)),
        (PERU, "The capital.", ("capital",)),  # nothing added: all its words
        (PERU, "It is not Lima.", ("not", "lima")),
        (SUM, "7 + 5 = 12", ("12",)),
        (PERU, "", ()),
    ],
)
def test_what_an_answer_adds(question: str, answer: str, added: tuple[str, ...]) -> None:
    assert said(question, answer) == added


def test_a_sentence_and_its_word_are_the_same() -> None:
    entailment, contradiction = judged(PERU, "The capital of Peru is Lima.", "Lima", "lima.")
    assert entailment.tolist() == np.ones((3, 3)).tolist()
    assert contradiction.tolist() == np.zeros((3, 3)).tolist()


def test_an_answer_that_holds_the_other_is_the_same_with_more_to_say() -> None:
    """Both ways, whatever the vectors say; one word of two in common is not enough."""
    entailment, contradiction = judged(PERU, "Lima Cusco", "Lima", "Lima Lake")
    assert entailment[0, 1] == entailment[1, 0] == entailment[1, 2] == 1
    assert contradiction[0, 1] == contradiction[1, 0] == 0
    assert entailment[0, 2] == entailment[2, 0] < 1


def test_different_words_by_their_vectors() -> None:
    """cos(lima, lake) = 0.8 gives 0.6; cos(lima, cusco) = 0 gives 0, not -1."""
    entailment, contradiction = judged(PERU, "Lima", "Lake", "Cusco")
    np.testing.assert_allclose(entailment[0], [1, 0.6, 0], atol=1e-12)
    np.testing.assert_allclose(entailment[1], [0.6, 1, 0.2], atol=1e-12)
    np.testing.assert_allclose(contradiction, 1 - entailment)


def test_words_of_the_question_have_no_say_in_the_vector() -> None:
    """Only "lima" counts of "Peru has Lima": the vector is its axis, not the frame's or Peru's."""
    vector = added_vector(encoded("Peru has Lima"), ("lima",))
    np.testing.assert_allclose(vector, [1, 0, 0], atol=1e-12)
    whole = added_vector(encoded("Peru"), ("other",))
    np.testing.assert_allclose(whole, encoded("Peru").embedding)


def test_numbers_conflict() -> None:
    """Same axis, so the vectors agree; the numbers decide."""
    entailment, contradiction = judged(SUM, "It makes 12", "It makes 13", "a dozen")
    assert entailment[0, 1] == entailment[1, 0] == 0
    assert contradiction[0, 1] == 1
    assert entailment[0, 2] == 1  # one of them names no number: the vectors decide


def test_a_number_that_is_contained_is_no_conflict() -> None:
    entailment, _ = judged(SUM, "12 or 13", "12", "12 or 14")
    assert entailment[0, 1] == entailment[1, 0] == 1
    assert entailment[0, 2] == entailment[2, 0] == 0


def test_equal_answers_have_equal_rows_and_order_follows() -> None:
    texts = ["Lima", "Cusco", "Lima lake", "Lima", "12", "Cusco"]
    entailment, _ = judged(PERU, *texts)
    np.testing.assert_array_equal(np.diag(entailment), 1)
    np.testing.assert_array_equal(entailment[0], entailment[3])
    np.testing.assert_array_equal(entailment[:, 1], entailment[:, 5])
    order = [4, 2, 0, 5, 1, 3]
    turned, _ = judged(PERU, *(texts[i] for i in order))
    np.testing.assert_allclose(turned, entailment[np.ix_(order, order)])


@pytest.mark.parametrize("empty", ["", "...", "  "])
def test_an_answer_without_words_says_what_no_other_says(empty: str) -> None:
    entailment, _ = judged(PERU, empty, "Lima", empty)
    assert entailment[0, 0] == entailment[0, 2] == 1
    assert entailment[0, 1] < 1
    assert entailment[1, 0] < 1


def test_each_question_is_judged_by_itself() -> None:
    """The second question names 12, so that "12 Lima" adds lima there, and "12" only itself."""
    pair = [encoded("12"), encoded("12 Lima")]
    (first, _), (second, _) = WordJudge()([PERU, "12 of what?"], [pair, pair])
    assert first[0, 1] == first[1, 0] == 1
    assert second[0, 1] == second[1, 0] == pytest.approx(0, abs=1e-12)


class Batch(dict[str, Any]):
    def to(self, _: str) -> "Batch":
        return self


class FakeNli:
    """A tokenizer and a model in one: logits by rule, labels in an order of their own."""

    device = "cpu"

    def __init__(self, rule: Callable[[str, str], tuple[float, float, float]]) -> None:
        self.rule = rule
        self.read: list[tuple[str, str]] = []
        self.passes: list[int] = []
        labels = {0: "CONTRADICTION", 1: "entailment", 2: "neutral"}
        self.config = SimpleNamespace(id2label=labels)
        self.judge = NliJudge(self, self.tokenize, batch=4)

    def tokenize(self, a: Sequence[str], b: Sequence[str], **options: object) -> Batch:
        assert options == {"padding": True, "truncation": True, "return_tensors": "pt"}
        return Batch(pairs=list(zip(a, b, strict=True)))

    def __call__(self, pairs: list[tuple[str, str]]) -> Any:
        self.read += pairs
        self.passes.append(len(pairs))
        return SimpleNamespace(logits=torch.tensor([self.rule(*p) for p in pairs]))


def shorter_entails(a: str, b: str) -> tuple[float, float, float]:
    """Contradiction, entailment, neutral: (1, 6, 3) / 10 if a is shorter, else (5, 2, 3) / 10."""
    weights = (1.0, 6.0, 3.0) if len(a) < len(b) else (5.0, 2.0, 3.0)
    one, two, three = np.log(weights)
    return float(one), float(two), float(three)


def test_nli_reads_labels_from_the_config() -> None:
    fake = FakeNli(shorter_entails)
    answers = [[encoded(t) for t in ("Lima", "Cusco")]]
    ((entailment, contradiction),) = fake.judge([PERU], answers)
    np.testing.assert_allclose(entailment, [[1, 0.6], [0.2, 1]], atol=1e-6)
    np.testing.assert_allclose(contradiction, [[0, 0.1], [0.5, 0]], atol=1e-6)
    assert set(fake.read) == {
        (f"{PERU} Lima", f"{PERU} Cusco"),
        (f"{PERU} Cusco", f"{PERU} Lima"),
    }


def test_nli_reads_each_distinct_pair_once_over_all_questions() -> None:
    """Three distinct answers in each of two questions: 2 * 3 * 2 pairs in passes of four."""
    fake = FakeNli(shorter_entails)
    texts = ["Lima", "Cusco", "lima.", "The capital of Peru is Lima.", "Arequipa", "Cusco"]
    answers = [[encoded(t) for t in texts], [encoded(t) for t in texts[::-1]]]
    verdicts = fake.judge([PERU, "Which city?"], answers)
    assert len(fake.read) == len(set(fake.read))
    # "The capital of Peru is Lima." adds its own words to the second question: four answers
    assert len(fake.read) == 3 * 2 + 4 * 3
    assert fake.passes == [4, 4, 4, 4, 2]
    for entailment, contradiction in verdicts:
        assert entailment.shape == contradiction.shape == (6, 6)
        np.testing.assert_array_equal(np.diag(entailment), 1)
        np.testing.assert_array_equal(np.diag(contradiction), 0)
    np.testing.assert_array_equal(verdicts[0][0][0], verdicts[0][0][2])
    # the same words: not read, and the row and column of the first that says them
    assert verdicts[0][0][0, 3] == 1
    assert verdicts[0][0][1, 0] == verdicts[0][0][1, 2] == verdicts[0][0][5, 3]
    assert verdicts[0][0][0, 1] == pytest.approx(0.6, abs=1e-6)
    # reversed: row 0 is Cusco, row 5 Lima; the first to say "lima" is "lima." of the same length
    assert verdicts[1][0][5, 0] == pytest.approx(0.2, abs=1e-6)
    assert verdicts[1][0][0, 5] == pytest.approx(0.2, abs=1e-6)


def test_nli_of_one_answer_reads_nothing() -> None:
    fake = FakeNli(shorter_entails)
    ((entailment, contradiction),) = fake.judge([PERU], [[encoded("Lima"), encoded("Lima")]])
    assert fake.passes == []
    assert entailment.tolist() == [[1, 1], [1, 1]]
    assert contradiction.tolist() == [[0, 0], [0, 0]]


def test_nli_reads_pairs_of_one_length_in_their_order() -> None:
    """Same bits in every process: no order of a set."""
    fake = FakeNli(shorter_entails)
    texts = [f"{i:02d}" for i in range(8)]
    fake.judge([PERU], [[encoded(t) for t in texts]])
    pairs = distinct_pairs(texts, [(t,) for t in texts])
    assert len(pairs) == 8 * 7
    assert fake.read == [(f"{PERU} {a}", f"{PERU} {b}") for a, b in pairs]


def test_distinct_pairs_are_of_the_first_that_says_it() -> None:
    pairs = distinct_pairs(["Lima", "It is Lima", "Cusco"], [("lima",), ("lima",), ("cusco",)])
    assert set(pairs) == {("Lima", "Cusco"), ("Cusco", "Lima")}
    assert len(pairs) == 2


def test_a_model_of_other_labels_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    import transformers

    model = SimpleNamespace(config=SimpleNamespace(id2label={0: "POSITIVE", 1: "NEGATIVE"}))
    monkeypatch.setattr(
        transformers.AutoModelForSequenceClassification, "from_pretrained", lambda _: model
    )
    with pytest.raises(ValueError, match=r"'mood' knows the labels \['negative', 'positive'\]"):
        load_nli("mood")

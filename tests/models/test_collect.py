"""From questions to evidence: shards, order, and what is measured of answers from anywhere."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from dubito.evidence import Evidence, Plan
from dubito.evidence import Sequence as Answer
from dubito.models import evidence_from_texts
from dubito.models.base import SHARD, Generation, shards
from dubito.models.collect import Collector, Cost
from dubito.models.encoder import Encoded
from dubito.models.judge import Judgement

MEANING = Plan(embeddings=True, entailment=True, relevance=True)


@dataclass
class Echo:
    """A model that answers with the question's number, backwards, as a server may."""

    name: str = "echo"
    asked: list[tuple[list[str], Plan, Generation]] = field(default_factory=list)

    def generate(
        self,
        prompts: Sequence[str],
        plan: Plan,
        generation: Generation = Generation(),  # noqa: B008 - frozen
        *,
        progress: Callable[[int], None] | None = None,
    ) -> Iterator[tuple[int, Evidence]]:
        self.asked.append((list(prompts), plan, generation))
        for i in reversed(range(len(prompts))):
            if progress:
                progress(1)
            samples = tuple(self.said(f"{prompts[i]} s{k}") for k in range(plan.samples))
            yield i, Evidence(prompts[i], self.said(prompts[i]), samples)

    @staticmethod
    def said(text: str) -> Answer:
        """Two tokens and the end."""
        half = len(text) // 2
        offsets = np.array([[0, half], [half, len(text)], [len(text), len(text)]])
        return Answer(text, (text[:half], text[half:], "<end>"), offsets)


@dataclass
class Letters:
    """An encoder: one piece a character, its vector by the letter; counts what it reads."""

    read: list[list[str]] = field(default_factory=list)

    def __call__(self, texts: Sequence[str]) -> list[Encoded]:
        self.read.append(list(texts))
        return [self.one(t) for t in texts]

    @staticmethod
    def one(text: str) -> Encoded:
        pieces = np.array([[1.0, ord(c) % 7, ord(c) % 11] for c in text] or [[1.0, 0, 0]])
        mean = pieces.mean(axis=0)
        offsets = np.array([[i, i + 1] for i in range(len(pieces))])
        return Encoded(text, mean / np.linalg.norm(mean), pieces, offsets)


@dataclass
class Lengths:
    """A judge by length; contradiction is half of what is not entailed."""

    asked: list[list[str]] = field(default_factory=list)

    def __call__(
        self, questions: Sequence[str], answers: Sequence[Sequence[Encoded]]
    ) -> list[Judgement]:
        self.asked.append(list(questions))
        entailment = [
            np.array([[min(len(a.text) / len(b.text), 1) for b in some] for a in some])
            for some in answers
        ]
        return [(e, (1 - e) / 2) for e in entailment]


def collector() -> Collector:
    return Collector(Echo(), encoder=Letters(), judge=Lengths())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("count", "cuts"),
    [(0, []), (1, [1]), (SHARD, [SHARD]), (SHARD + 1, [SHARD, 1]), (70, [32, 32, 6])],
)
def test_shards_are_cut_by_the_whole_list(count: int, cuts: list[int]) -> None:
    found = list(shards(count))
    assert [len(s) for s in found] == cuts
    assert [i for s in found for i in s] == list(range(count))


def test_order_is_kept_over_shards() -> None:
    prompts = [f"q{i}" for i in range(70)]
    collect = collector()
    done: list[int] = []
    found = collect(prompts, Plan(samples=2), Generation(seed=5), progress=done.append)
    assert [e.prompt for e in found] == prompts
    assert [e.answer.text for e in found] == prompts
    assert [s.text for s in found[33].samples] == ["q33 s0", "q33 s1"]
    assert [len(p) for p, _, _ in collect.model.asked] == [32, 32, 6]  # type: ignore[attr-defined]
    assert all(g == Generation(seed=5) for _, _, g in collect.model.asked)  # type: ignore[attr-defined]
    assert sum(done) == 70
    assert set(collect.cost.stages) == {"generation"}
    assert collect([], Plan()) == []


def test_nothing_is_loaded_or_read_that_the_plan_does_not_ask() -> None:
    collect = Collector(Echo())
    (evidence,) = collect(["q"], Plan(samples=2, logprobs=True, p_true=True))
    assert evidence.embeddings is None
    assert collect.encoder is None
    assert collect.judge is None


def test_meaning_is_measured_from_one_pass_over_all_answers() -> None:
    collect = collector()
    found = collect(["qa", "qbb"], replace(MEANING, samples=2))
    texts = [["qa", "qa s0", "qa s1"], ["qbb", "qbb s0", "qbb s1"]]
    assert collect.encoder.read == [texts[0] + texts[1]]  # type: ignore[union-attr]
    assert collect.judge.asked == [["qa", "qbb"]]  # type: ignore[union-attr]
    for evidence, own in zip(found, texts, strict=True):
        expected = np.stack([Letters.one(t).embedding for t in own])
        np.testing.assert_array_equal(evidence.embeddings, expected)
        n = [len(t) for t in own]
        entailment = np.array([[min(a / b, 1) for b in n] for a in n])
        np.testing.assert_array_equal(evidence.entailment, entailment)
        np.testing.assert_array_equal(evidence.contradiction, (1 - entailment) / 2)
        for s in (evidence.answer, *evidence.samples):
            assert s.relevance is not None
            assert s.relevance.shape == (3,)
            assert s.relevance[2] == 0
            assert (s.relevance[:2] > 0).all()
    assert set(collect.cost.stages) == {"generation", "encoding", "meaning"}
    assert all(wall >= 0 and cpu >= 0 for wall, cpu in collect.cost.stages.values())


@pytest.mark.parametrize("name", ["embeddings", "entailment", "relevance"])
def test_each_thing_by_itself(name: str) -> None:
    (evidence,) = collector()(["qa"], replace(Plan(samples=1), **{name: True}))
    assert (evidence.embeddings is not None) == (name == "embeddings")
    assert (evidence.entailment is not None) == (name == "entailment")
    assert (evidence.contradiction is not None) == (name == "entailment")
    assert (evidence.answer.relevance is not None) == (name == "relevance")
    assert (evidence.samples[0].relevance is not None) == (name == "relevance")


def test_evidence_from_texts_is_enriched() -> None:
    """No offsets: relevance is missing, and the evidence says why; the rest is there."""
    before = evidence_from_texts("Who?", "Lima", ["Cusco", ""])
    (evidence,) = collector().enrich([before], replace(MEANING, entailment=False))
    assert evidence.prompt == "Who?"
    assert [s.text for s in evidence.samples] == ["Cusco", ""]
    assert evidence.embeddings is not None
    assert evidence.embeddings.shape == (3, 3)
    assert evidence.answer.relevance is None
    assert before.missing.items() <= evidence.missing.items()
    assert "relevance" in evidence.missing


def test_enriching_nothing() -> None:
    assert collector().enrich([], MEANING) == []


def test_costs_add_up() -> None:
    cost = Cost({"a": (1.0, 2.0)})
    cost.join(Cost({"a": (0.5, 0.25), "b": (3.0, 4.0)}))
    assert cost.stages == {"a": (1.5, 2.25), "b": (3.0, 4.0)}

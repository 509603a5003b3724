"""Self-detection, the volume of a question, pooled ways, and the builders of wordings."""

import math
from dataclasses import replace

import numpy as np
import pytest

from dubito.data.synonyms import SYNONYMS
from dubito.estimate import DiscreteSemanticEntropy, SemanticVolume, fit_projection
from dubito.estimate.asked.gaap import (
    GeneticParaphrases,
    crossed,
    single_changes,
    words_of,
    written,
)
from dubito.estimate.asked.paraphrase import (
    FRAMES,
    clarify_request,
    one_word_changed,
    rephrase_request,
    reworded,
)
from dubito.estimate.asked.query_volume import QueryVolume
from dubito.estimate.asked.self_detection import SelfDetection, class_entropy
from dubito.estimate.asked.ways import pooled
from dubito.evidence import Evidence, Missing, Sequence
from inputs import rich_evidence

QUESTION = "What is the capital of Peru?"


def answering(*vectors: list[float]) -> list[Evidence]:
    """One greedy answer a way, at these places, and a drawn one far from all of them."""
    drawn = Sequence("drawn")
    far = np.full(len(vectors[0]), -1.0)
    return [
        Evidence(f"way {i}", Sequence(f"answer {i}"), (drawn,), embeddings=np.array([v, far]))
        for i, v in enumerate(vectors)
    ]


def test_entropy_of_classes() -> None:
    """Counts 3, 1: .562335. All equal: 0. All different: log n."""
    assert class_entropy([5, 5, 7, 5]) == pytest.approx(0.562335, abs=1e-6)
    assert class_entropy([1, 1, 1]) == 0
    assert class_entropy(range(6)) == pytest.approx(math.log(6))


def test_self_detection_by_hand() -> None:
    """Cosines .8 to the second answer (not above .8) and 1 to the third: counts 2, 1, 1."""
    e = answering([1, 0], [0.8, 0.6], [1, 0], [0, 1])
    score = SelfDetection()(e)
    assert score.doubt == pytest.approx(1.5 * math.log(2))
    assert score.parts["away"] == pytest.approx(2 / 3)
    looser = SelfDetection(threshold=0.7)(e)  # .8 joins the second to the first; .6 not the fourth
    assert looser.doubt == pytest.approx(class_entropy([0, 0, 0, 1]))
    assert looser.parts["away"] == pytest.approx(1 / 3)


def test_self_detection_knows_no_order_of_the_rewordings() -> None:
    e = answering([1, 0, 0], [0, 1, 0], [1, 0, 0], [0, 0, 1], [0, 1, 0])
    assert SelfDetection()([e[0], *e[:0:-1]]) == SelfDetection()(e)


def test_self_detection_refusals() -> None:
    with pytest.raises(Missing, match="asked in 1 ways"):
        SelfDetection()(answering([1, 0]))
    with pytest.raises(ValueError, match="threshold"):
        SelfDetection(threshold=1.0)


def test_pooled_ways_are_samples_of_the_first() -> None:
    """A relative: the semantic entropy of pooled ways, when a judge reads them as they embed."""
    ways = answering([1, 0], [1, 0], [0, 1], [1, 0])
    pool = pooled(ways)
    assert [s.text for s in pool.samples] == ["answer 1", "answer 2", "answer 3"]
    assert pool.answer is ways[0].answer
    vectors = np.asarray(pool.embeddings)
    assert vectors.tolist() == [[1, 0], [1, 0], [0, 1], [1, 0]]
    judged = replace(pool, entailment=vectors @ vectors.T, contradiction=1 - vectors @ vectors.T)
    without_first = SelfDetection()(ways[1:]).doubt
    assert DiscreteSemanticEntropy(samples=3)(judged).doubt == pytest.approx(without_first)
    assert pooled([replace(w, embeddings=None) for w in ways]).embeddings is None


def test_query_volume_is_semantic_volume_of_the_rewritings() -> None:
    first, *rest = (rich_evidence(seed, 20) for seed in range(3))
    one = QueryVolume()([first, rest[0]])
    assert one.doubt == pytest.approx(SemanticVolume(samples=20)(rest[0]).doubt)
    assert QueryVolume()([rest[1], rest[0]]) == one  # the question's own answers do not matter
    every = np.concatenate([np.asarray(e.embeddings)[1:11] for e in rest])
    both = Evidence("?", first.answer, first.samples, embeddings=np.concatenate([every[:1], every]))
    two = QueryVolume(samples=10)([first, *rest])
    assert two.doubt == pytest.approx(SemanticVolume(samples=20)(both).doubt)


def test_query_volume_by_hand() -> None:
    """Readings at 30 degrees: 2 log sin 30. On one shared axis after centring: (-.5, .5)."""
    low, high = [1.0, 0.0], [math.cos(math.pi / 6), 0.5]
    said = Sequence("x")
    e = Evidence("?", said, (said, said), embeddings=np.array([low, low, high]))
    volume = QueryVolume(samples=2, eps=1e-12)([e, e]).doubt
    assert volume == pytest.approx(-1.386294, abs=1e-5)
    projection = fit_projection(np.array([low, high]), 1)
    along = QueryVolume(samples=2, eps=1e-3, projection=projection)([e, e]).doubt
    half = ((high[0] - 1) ** 2 + 0.25) / 4  # square of half the distance of the two
    assert along == pytest.approx(math.log(2 * half + 1e-3) + math.log(1e-3))


def test_query_volume_refusals() -> None:
    e = rich_evidence(0, 20)
    with pytest.raises(Missing, match="asked in 1 ways"):
        QueryVolume()([e])
    with pytest.raises(Missing, match="10 samples"):
        QueryVolume()([e, rich_evidence(1, 10)])
    with pytest.raises(ValueError, match="at least 2"):
        QueryVolume(samples=1)
    with pytest.raises(ValueError, match="eps"):
        QueryVolume(eps=0)


def test_rewordings_are_different_and_hold_the_question() -> None:
    found = reworded(QUESTION, 38)  # 2 synonyms, and 3 texts in 12 frames
    assert len(set(found)) == 38
    assert QUESTION not in found
    assert found == reworded(QUESTION, 38)
    assert reworded(QUESTION, 3) == found[:3]
    assert found[:2] == (
        "What is the capital city of Peru?",
        "What is the seat of government of Peru?",
    )
    assert all("Peru" in text for text in found)
    assert reworded("Why?", 12) == tuple(f.format("Why?") for f in FRAMES)
    for bad in (0, 13):
        with pytest.raises(ValueError, match="from 1 to 12"):
            reworded("Why?", bad)


def test_capitals_stay_and_only_whole_words_change() -> None:
    assert one_word_changed("Name it", {"name": ["tell"]}) == ("Tell it",)
    assert one_word_changed("rename names", {"name": ["tell"]}) == ()


def test_synonyms_are_other_words() -> None:
    for word, others in SYNONYMS.items():
        assert others
        assert word == word.lower()
        assert word not in others
        assert len(set(others)) == len(others)


def test_requests_hold_the_question_and_are_two() -> None:
    assert QUESTION in rephrase_request(QUESTION)
    assert QUESTION in clarify_request(QUESTION)
    assert rephrase_request("") != clarify_request("")


TABLE = {"capital": ("chief city",), "big": ("large", "great")}


def test_first_generation_is_every_single_change() -> None:
    """Two keywords with 1 and 2 substitutes, and each deleted: 5 texts."""
    words = words_of("The big capital.")
    assert written(words) == "The big capital."
    texts = [written(t) for t in single_changes(words, TABLE)]
    assert texts == [
        "The large capital.",
        "The great capital.",
        "The capital.",
        "The big chief city.",
        "The big.",
    ]


def test_crossing_exchanges_tails_and_loses_no_word() -> None:
    one, other = tuple("abcd"), tuple("wxyz")
    seen = set()
    for seed in range(40):
        first, second = crossed(one, other, np.random.default_rng(seed))
        cut = next(i for i, w in enumerate(first) if w in other)
        assert first == one[:cut] + other[cut:]
        assert second == other[:cut] + one[cut:]
        seen.add(cut)
    assert seen == {1, 2, 3}
    assert crossed(("a",), other, np.random.default_rng(0)) == [("a",), other]


def test_search_gives_so_many_wordings_near_and_far() -> None:
    search = GeneticParaphrases(floor=0.0)
    question = "What is the official language of the largest country on that continent?"
    found = search(question, 9, rng=np.random.default_rng(0))
    assert len(found) == len(set(found)) == 9
    assert question not in found
    assert found == search(question, 9, rng=np.random.default_rng(0))
    near, *_, far = search.evolve(question, SYNONYMS, np.random.default_rng(0))
    likeness = [np.mean([search.similarity(question, t) for t in shelf]) for shelf in (near, far)]
    assert likeness[0] > likeness[1] + 0.1
    assert not set(found) <= set(near)


def test_the_question_itself_is_never_a_perturbation() -> None:
    """A table that leads back: big -> large -> big."""
    back = {"big": ("large",), "large": ("big",)}
    search = GeneticParaphrases(floor=0.0)
    for seed in range(5):
        shelves = search.evolve("The big one.", back, np.random.default_rng(seed))
        assert all("The big one." not in shelf for shelf in shelves)
        assert len(shelves) > 1


def test_search_stops_where_nothing_is_like_the_question_any_more() -> None:
    """A similarity of 0 throughout: the first generation only, and no division by 0."""
    lost = GeneticParaphrases(similarity=lambda *_: 0.0)
    rng = np.random.default_rng(0)
    assert len(lost.evolve("The big capital.", TABLE, rng)) == 1
    for seed in range(5):
        seven = lost("The big capital.", 7, substitutes=TABLE, rng=np.random.default_rng(seed))
        assert len(seven) == 7
        assert len(set(seven)) == 5  # all there are, before one comes again
    longer = GeneticParaphrases(generations=3, floor=0.1)
    assert len(longer.evolve("The big capital.", TABLE, rng)) == 4


def test_roulette_prefers_what_is_like_the_question() -> None:
    """Only one text has any fitness: it is every parent, and its line fills what follows."""
    only = GeneticParaphrases(
        similarity=lambda *pair: float("large" in pair[1]), generations=1, floor=0.5
    )
    _, after = only.evolve("The big capital.", TABLE, np.random.default_rng(0))
    assert all("big" not in text for text in after)


def test_search_refusals() -> None:
    with pytest.raises(ValueError, match="no word"):
        GeneticParaphrases()("Why?", rng=np.random.default_rng(0))
    with pytest.raises(ValueError, match="parents"):
        GeneticParaphrases(parents=1)

"""Two cuts on semantic entropy: the card's numbers, fitted cuts, and the way to an answer."""

import itertools
import math
from collections.abc import Sequence as Many
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dubito.data.worlds.lookups import STEPS, lookups
from dubito.data.worlds.shown import shown
from dubito.decide import Cuts, Sugar, cuts_at_shares, cuts_by_labels
from dubito.decide.asking_along import answered, next_thought, search_query, unread
from dubito.decide.sugar import heaviest
from dubito.estimate.semantic_entropy import DiscreteSemanticEntropy, SemanticEntropy
from dubito.estimate.similarity_graph import DegreeMatrix
from dubito.estimate.surprise import Perplexity
from dubito.evidence import Evidence, Missing, Plan, Sequence
from dubito.models.base import Generation
from dubito.models.collect import Collector
from dubito.models.retrieval import with_passages
from laws import assert_frozen

INF = math.inf


def drawn(texts: Many[str], logps: Many[float] | None = None) -> Evidence:
    """Samples that mean the same if their first letters are the same."""
    first = np.array([t[:1] for t in ("?", *texts)])
    same = (first[:, None] == first).astype(float)
    logs = [None] * len(texts) if logps is None else [np.array([p]) for p in logps]
    samples = tuple(Sequence(t, logprobs=p) for t, p in zip(texts, logs, strict=True))
    return Evidence("?", Sequence("greedy"), samples, entailment=same, contradiction=1 - same)


def gate(cuts: Cuts = Cuts(0.7, 1.55), k: int = 10) -> Sugar:  # noqa: B008
    return Sugar(cuts, estimator=DiscreteSemanticEntropy(samples=k))


def test_one_meaning_is_answered_alone() -> None:
    for cuts in (Cuts(0, 0), Cuts(0.7, 1.55), Cuts(0, INF)):
        choice = gate(cuts).choose(drawn(["a", "a", "ab", "a", "ab", "a", "a", "a", "a", "a"]))
        assert (choice.mode, choice.doubt, choice.answer) == ("none", 0, "a")


def test_singletons_have_the_log_of_their_number_and_go_in_hops() -> None:
    choice = gate().choose(drawn("abcdefghij"))
    assert choice.doubt == pytest.approx(math.log(10))
    assert (choice.mode, choice.answer) == ("multi", "greedy")


def test_seven_and_three() -> None:
    """-0.7 log 0.7 - 0.3 log 0.3 = 0.610864: alone at 0.7, once at 0.6."""
    evidence = drawn("aaaaaaabbb")
    assert gate().choose(evidence).doubt == pytest.approx(0.610864, abs=1e-6)
    assert gate().choose(evidence).mode == "none"
    assert gate(Cuts(0.6, 1)).choose(evidence).mode == "single"
    assert gate(Cuts(0.5, 0.6)).choose(evidence).mode == "multi"


def test_merging_two_meanings_never_adds_doubt() -> None:
    apart, merged = "aaabbccddd", "aaabbbbddd"
    assert gate().choose(drawn(merged)).doubt < gate().choose(drawn(apart)).doubt


def test_equal_likelihoods_weigh_as_counts() -> None:
    """Ten different texts, seven of one meaning: both estimators have 0.610864."""
    texts = [*(f"a{i}" for i in range(7)), *(f"b{i}" for i in range(3))]
    evidence = drawn(texts, [-0.3] * 10)
    weighed = Sugar(estimator=SemanticEntropy(samples=10)).choose(evidence)
    assert weighed.doubt == pytest.approx(gate().choose(evidence).doubt)
    assert weighed.doubt == pytest.approx(0.610864, abs=1e-6)


@pytest.mark.parametrize(
    ("cuts", "mode"), [((-1, -1), "multi"), ((INF, INF), "none"), ((-1, INF), "single")]
)
def test_ends(cuts: tuple[float, float], mode: str) -> None:
    for texts in ("aaaaaaaaaa", "aaaaabbbbb", "abcdefghij"):
        assert gate(Cuts(*cuts)).choose(drawn(texts)).mode == mode


def test_cuts_belong_to_the_cheaper_side() -> None:
    cuts = Cuts(1, 2)
    assert [cuts.mode(d) for d in (1, 1.1, 2, 2.1)] == ["none", "single", "single", "multi"]
    assert cuts.mode(math.nan) == "single"
    for low, high in ((2, 1), (math.nan, 1), (0, math.nan)):
        with pytest.raises(ValueError, match="low may not exceed"):
            Cuts(low, high)


def test_the_heaviest_meaning_by_counts_and_by_likelihood() -> None:
    """By counts a has 3 of 5, by likelihood b: 0.9 + 0.8 against 0.6; then the likeliest text."""
    texts, logp = ["a1", "b1", "a2", "b2", "a2"], np.log([0.2, 0.8, 0.2, 0.9, 0.2])
    assert heaviest(drawn(texts)) == "a2"
    assert heaviest(drawn(texts, logp)) == "b2"
    assert heaviest(drawn(["b", "a", "a", "b"])) == "b"  # ties: drawn first
    assert heaviest(drawn(["a1", "a2", "a3"])) == "a1"
    # 0.6 each, which floating point adds up to more in the second order
    tied = drawn(["a1", "a2", "a3", "b2", "b3", "b1"], np.log([0.1, 0.2, 0.3, 0.2, 0.3, 0.1]))
    assert heaviest(tied) == "a3"
    with pytest.raises(Missing, match="probability 0"):
        heaviest(drawn(["a", "b"], [-INF, -INF]))
    one_possible = drawn(["a", "b"], [-INF, -1])
    assert heaviest(one_possible) == "b"


def test_length_does_not_weigh() -> None:
    """-1 for one token is less likely than twice -0.6."""
    evidence = drawn(["a", "b"], [-1, -0.6])
    long = Sequence("b", logprobs=np.array([-0.6, -0.6]))
    assert heaviest(replace(evidence, samples=(evidence.samples[0], long))) == "b"


def test_the_gate_sees_what_it_asks_for() -> None:
    assert_frozen(Sugar())
    assert Sugar().plan == Plan(samples=10, entailment=True)
    by_words = Sugar(estimator=DegreeMatrix(samples=10))
    assert by_words.plan == Sugar().plan
    full, seen = shown(3), shown(3).only(Sugar().plan)
    assert Sugar().choose(full) == Sugar().choose(seen)
    unjudged = Sugar().choose(full.only(Plan(samples=10)))
    assert math.isnan(unjudged.doubt)
    assert (unjudged.mode, unjudged.answer) == ("single", full.answer.text)


def test_the_world_of_lookups_is_answered_as_it_says() -> None:
    """Where the gate answers alone, it gives the answer that the world calls most drawn."""
    world = lookups(0, questions=200)
    for e, right in zip(world.evidence, world.right[:, 0], strict=True):
        assert (gate(Cuts(INF, INF)).choose(e).answer == "object0") == right


@pytest.mark.parametrize(
    "options",
    [{"passages": 0}, {"hops": 0}, {"estimator": Perplexity()}],
)
def test_bad_options(options: dict) -> None:
    with pytest.raises(ValueError, match=r"at least 1|too few samples"):
        Sugar(**options)


# Cuts that are fitted.


def test_cuts_at_shares() -> None:
    """Of 1..10 half alone and a fifth in hops: up to 5, above 8."""
    doubt = np.random.default_rng(0).permutation(np.arange(1.0, 11))
    assert cuts_at_shares(doubt, alone=0.5, multi=0.2) == Cuts(5, 8)
    assert cuts_at_shares(doubt, alone=1, multi=0) == Cuts(10, 10)
    assert cuts_at_shares(doubt, alone=0, multi=1) == Cuts(-INF, -INF)
    assert cuts_at_shares(doubt, alone=0, multi=0) == Cuts(-INF, 10)


@given(
    st.lists(st.integers(0, 4), min_size=1, max_size=25),
    st.floats(0, 1),
    st.floats(0, 1),
)
def test_cuts_at_any_shares_are_in_order(doubt: list, alone: float, rest: float) -> None:
    cuts = cuts_at_shares(doubt, alone=alone, multi=rest * (1 - alone))
    assert cuts.low <= cuts.high


@pytest.mark.parametrize(("alone", "multi"), [(-0.1, 0), (0, 1.1), (0.6, 0.6), (math.nan, 0)])
def test_bad_shares(alone: float, multi: float) -> None:
    with pytest.raises(ValueError, match="shares"):
        cuts_at_shares([1, 2], alone=alone, multi=multi)


def test_cuts_by_labels_by_hand() -> None:
    """Each third is right in one mode alone; retrievals for nothing are not worth their price."""
    doubt = [0, 0, 1, 1, 2, 2]
    right = np.repeat(np.eye(3), 2, axis=0)
    assert cuts_by_labels(doubt, right, STEPS, price=0.1) == Cuts(0, 1)
    # four steps at 0.4 lose 0.6 a question of the last third, one step for nothing 0.4
    assert cuts_by_labels(doubt, right, (0, 1, 4), price=0.4) == Cuts(0, 2)
    assert cuts_by_labels(doubt, right, STEPS, price=2) == Cuts(2, 2)
    # right alone once in four; with 0.3 a step also 0.7 + 0.1 + 0.1 + 0.1: the cheaper one
    some = [[0, 1, 0], [0, 0, 1], [0, 0, 1], [1, 0, 1]]
    assert cuts_by_labels([0, 1, 2, 3], some, STEPS, price=0.3) == Cuts(3, 3)
    # all modes are equally right: no retrieval, even for nothing
    assert cuts_by_labels(doubt, np.ones((6, 3)), STEPS, price=0) == Cuts(2, 2)


@given(st.integers(0, 10_000), st.sampled_from([0.0, 0.03, 0.2]))
def test_cuts_by_labels_are_the_best_pair_there_is(seed: int, price: float) -> None:
    rng = np.random.default_rng(seed)
    doubt, right = rng.integers(0, 4, 12).astype(float), rng.integers(0, 2, (12, 3))
    steps = rng.integers(0, 4, (12, 3))

    def value(cuts: Cuts) -> float:
        mode = [("none", "single", "multi").index(cuts.mode(d)) for d in doubt]
        rows = np.arange(12)
        return float((right[rows, mode] - price * steps[rows, mode]).mean())

    at = [-INF, *np.unique(doubt)]
    best = max(value(Cuts(a, b)) for a, b in itertools.product(at, at) if a <= b)
    assert value(cuts_by_labels(doubt, right, steps, price=price)) == pytest.approx(best)


@pytest.mark.parametrize(
    ("doubt", "right", "steps", "price", "said"),
    [
        ([], np.ones((0, 3)), STEPS, 0, "N >= 1"),
        ([1, 2], np.ones((2, 2)), STEPS, 0, r"right \[2, 3\]"),
        ([1], np.ones((1, 3)), STEPS, -1, "price"),
        ([1], [[1, math.nan, 0]], STEPS, 0, "NaN"),
        ([math.nan], np.ones((1, 3)), STEPS, 0, "NaN"),
    ],
)
def test_bad_labels(doubt: list, right: object, steps: tuple, price: float, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        cuts_by_labels(doubt, right, steps, price=price)


# From question to answer.


def same_words(_: Many[str], rows: Many[Many[str]]) -> list:
    """A judge of plain texts: the same or not."""
    same = [(np.array(r)[:, None] == np.array(r)).astype(float) for r in rows]
    return [(s, 1 - s) for s in same]


class Library:
    """A model that knows q0, and needs one passage for q1, one for q2, and two for q3."""

    def __init__(self) -> None:
        self.name, self.asked, self.searched = "library", [], []

    def generate(self, prompts, plan, generation, *, progress=None):  # noqa: ARG002
        for i, prompt in enumerate(prompts):
            asked = generation.ask(prompt)
            self.asked.append(asked)
            answer, options = self.says(asked)
            samples = tuple(Sequence(options[k % len(options)]) for k in range(plan.samples))
            yield i, Evidence(prompt, Sequence(answer), samples)

    def says(self, asked: str) -> tuple[str, list[str]]:
        if "search query" in asked:
            return ("fact2 please" if "first thought" in asked else " "), [""]
        if "Think one step" in asked:
            return ("The answer is near." if "fact2" in asked else "first thought"), [""]
        if "q0" in asked or ("fact1" in asked and "q1" in asked) or "fact2" in asked:
            return "right", ["right"]
        if "q1" in asked:
            return "guess", ["guess", "other"]
        return "guess", ["guess", "other", "third", "fourth"]

    def search(self, queries: Many[str], k: int) -> list[list[str]]:
        self.searched.append((list(queries), k))
        return [["fact2"] if "fact2" in q else ["fact1"][:k] for q in queries]


def looked(sugar: Sugar, questions: Many[str], library: Library) -> list:
    collect = Collector(library, encoder=list, judge=same_words)  # type: ignore[arg-type]
    return sugar(collect, library.search, questions, Generation(instruction="Be short."))


def test_each_question_goes_its_way() -> None:
    """K = 4: one meaning, two (log 2 = 0.69), four (log 4 = 1.39)."""
    library = Library()
    found = looked(gate(Cuts(0.1, 1), k=4), ["q0", "q1", "q2"], library)
    assert [f.question for f in found] == ["q0", "q1", "q2"]
    assert [f.mode for f in found] == ["none", "single", "multi"]
    assert [f.doubt for f in found] == pytest.approx([0, math.log(2), math.log(4)])
    assert [f.text for f in found] == ["right"] * 3
    assert [f.retrievals for f in found] == [0, 1, 1]
    # 5 looks; one more to read; a thought, a query, a last thought, and one to read
    assert [f.generations for f in found] == [5, 6, 9]
    assert [f.passages for f in found] == [(), ("fact1",), ("fact2",)]
    # the first thought goes into the query, the second one ends the search
    assert library.searched == [(["q1"], 3), (["fact2 please"], 3)]


def test_requests_stand_bare_and_questions_have_their_instruction() -> None:
    library = Library()
    looked(gate(Cuts(0.1, 1), k=4), ["q0", "q1", "q2"], library)
    assert library.asked[:3] == ["q0 Be short.", "q1 Be short.", "q2 Be short."]
    assert library.asked[3] == with_passages("q1", ["fact1"]) + " Be short."
    requests = [a for a in library.asked if "Think" in a or "search query" in a]
    assert len(requests) == 3
    assert not any("Be short" in r for r in requests)
    assert library.asked[-1] == with_passages("q2", ["fact2"]) + " Be short."


def test_a_recheck_goes_on_where_one_retrieval_was_not_enough() -> None:
    """After fact1 q1 is sure, q2 is not; its hops keep what was read."""
    library = Library()
    sugar = Sugar(
        Cuts(0.1, INF), estimator=DiscreteSemanticEntropy(samples=4), recheck=True, passages=2
    )
    found = looked(sugar, ["q1", "q2"], library)
    assert [f.mode for f in found] == ["single", "multi"]
    assert [f.text for f in found] == ["right", "right"]
    assert [f.retrievals for f in found] == [1, 2]
    assert found[1].passages == ("fact1", "fact2")
    assert found[1].doubt == pytest.approx(math.log(4))  # of the closed book
    # 5 + 5, and 5 + 5 + thought, query, thought, answer
    assert [f.generations for f in found] == [10, 14]
    blind = Sugar(Cuts(0.1, INF), estimator=DiscreteSemanticEntropy(samples=4))
    assert [f.mode for f in looked(blind, ["q1", "q2"], Library())] == ["single", "single"]


def test_the_judge_of_a_recheck_reads_the_bare_questions() -> None:
    told: list[str] = []

    def judge(questions: Many[str], rows: Many[Many[str]]) -> list:
        told.extend(questions)
        return same_words(questions, rows)

    library = Library()
    collect = Collector(library, encoder=list, judge=judge)  # type: ignore[arg-type]
    sugar = Sugar(Cuts(0.1, INF), estimator=DiscreteSemanticEntropy(samples=4), recheck=True)
    sugar(collect, library.search, ["q1"])
    assert told == ["q1", "q1"]  # before and after reading


def test_hops_end_at_their_number_and_empty_queries_ask_the_question() -> None:
    class Mute(Library):
        def says(self, asked: str) -> tuple[str, list[str]]:  # noqa: ARG002
            return "", ["a", "b"]

    library = Mute()
    always = Sugar(Cuts(-1, -1), estimator=DiscreteSemanticEntropy(samples=2), hops=2)
    [found] = looked(always, ["q9"], library)
    assert (found.retrievals, found.passages) == (2, ("fact1",))
    assert library.searched == [(["q9"], 3)] * 2
    assert found.generations == 3 + 2 * 2 + 1


def test_an_answer_ends_hops_only_after_something_was_read() -> None:
    class Bold(Library):
        def says(self, asked: str) -> tuple[str, list[str]]:  # noqa: ARG002
            return "The answer is x.", ["a", "b"]

    always = Sugar(Cuts(-1, -1), estimator=DiscreteSemanticEntropy(samples=2))
    [found] = looked(always, ["q9"], Bold())
    assert found.retrievals == 1


def test_no_question_and_no_retrieval_ask_nobody() -> None:
    library = Library()
    assert looked(Sugar(), [], library) == []
    never = gate(Cuts(INF, INF), k=4)
    assert [f.text for f in looked(never, ["q1", "q2"], library)] == ["guess", "guess"]
    assert library.searched == []
    assert len(library.asked) == 2


def test_what_readers_of_meaning_add_is_not_asked_of_the_model() -> None:
    full = Plan(3, True, True, embeddings=True, entailment=True, relevance=True, matching=True)
    assert unread(full) == Plan(3, True, True)


def test_what_is_asked_on_the_way() -> None:
    assert answered("So the answer is Lima.")
    assert answered("Answer: Lima")
    assert not answered("An answer would be good: Lima")
    assert next_thought("Who?", [], []).startswith("Who?\nThink")
    told = next_thought("Who?", ["One.", "Two."], ["P."])
    assert told.startswith(with_passages("Who?\nThought: One.\nThought: Two.\n", ["P."]))
    query = search_query("Who?", "Known.", "Unsure.")
    assert query.startswith("Question: Who?\nAnswer so far: Known.\nPerhaps wrong: Unsure.\n")
    assert "so far" not in search_query("Who?", "", "Unsure.")

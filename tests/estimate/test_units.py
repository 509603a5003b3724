"""Doubts of sentences: numbers by hand, laws of each row, and what reaches the whole answer."""

import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from dubito.data.units import InUnits, Unit
from dubito.estimate.units import (
    LUQ,
    UNITS,
    ClaimConditionedProbability,
    MatchedUnits,
    ShareAbove,
    UnitGraph,
    UnitSurprise,
    answer_doubt,
    conditioned,
    entailed,
    in_units,
    non_support,
    score_units,
    token_relation,
    with_claims,
    with_matches,
    with_support,
)
from dubito.evidence import Evidence, Missing, Plan, Sequence, TopK
from dubito.maths.bipartite import degree
from inputs import hard_evidence, rich_evidence
from laws import assert_frozen

ROWS = pytest.mark.parametrize("method", UNITS, ids=lambda m: m.id)


def judge(pairs):
    """Entailed: the share of the hypothesis's words that the premise has; else contradicted."""
    words = [[set(t.lower().replace(".", "").split()) for t in pair] for pair in pairs]
    shared = np.array([len(a & b) / len(b) if b else 0.0 for a, b in words]).reshape(-1)
    return np.column_stack([shared, 1 - shared])


def full(seed: int = 0) -> InUnits:
    """Rich evidence with all that the rows ask for."""
    evidence = rich_evidence(seed, k=10)
    told = with_claims(with_matches(with_support(in_units(evidence), judge), judge), judge)
    top = evidence.answer.top
    assert top is not None
    random = np.random.default_rng(seed).integers(-1, 2, size=top.ids.shape)
    return replace(told, relation=random)


# claim-conditioned probability


def test_conditioned_by_hand():
    """.5 and .1 same, .2 contrary, .2 other: .6 / .8. Second place: nothing contrary: 1."""
    p = np.log([[0.5, 0.1, 0.2, 0.2], [0.4, 0.3, 0.2, 0.1]])
    got = np.exp(conditioned(p, [[1, 1, -1, 0], [1, 0, 0, 1]]))
    assert got == pytest.approx([0.75, 1.0])


def ccp_answer() -> InUnits:
    """Two units "A b." and "C." of two and one tokens, each written first."""
    p = np.array([[0.6, 0.2, 0.2], [0.5, 0.3, 0.2], [0.7, 0.2, 0.1]])
    answer = Sequence(
        "A b. C.",
        offsets=np.array([(0, 1), (1, 4), (4, 7)]),
        logprobs=np.log(p[:, 0]),
        top=TopK(np.tile([7, 8, 9], (3, 1)), np.log(p)),
    )
    relation = np.array([[0, -1, 0], [0, 1, -1], [0, 0, 0]])
    units = (Unit("A b.", 0, 4), Unit("C.", 5, 7))
    return InUnits(Evidence("?", answer), units, relation=relation)


def test_ccp_by_hand():
    """.6/.8 times .8/1 = .6: doubt .4. Nothing is contrary in the second unit: 0.

    The written token, first in each row, has relation 1 whatever the matrix says.
    """
    assert ClaimConditionedProbability()(ccp_answer()) == pytest.approx([0.4, 0.0])


def test_ccp_of_a_token_beyond_the_likeliest():
    """Written with p = .05 beside contrary .2 (.6 and .2 are other): .05 / .25."""
    told = ccp_answer()
    answer = replace(told.evidence.answer, logprobs=np.log([0.05, 0.5, 0.7]))
    told = replace(
        told,
        evidence=Evidence("?", answer),
        relation=np.array([[0, -1, 0], [0, 0, 0], [0, 0, 0]]),
    )
    assert ClaimConditionedProbability()(told) == pytest.approx([1 - 0.05 / 0.25, 0.0])


def test_ccp_ignores_wording_and_topic():
    """Mass moved among the same, or given to other things, changes nothing."""
    relation = [[1, 1, -1, 0]]
    first = conditioned(np.log([[0.4, 0.2, 0.2, 0.2]]), relation)
    assert conditioned(np.log([[0.59, 0.01, 0.2, 0.2]]), relation) == pytest.approx(first)
    assert conditioned(np.log([[0.2, 0.1, 0.1, 0.6]]), relation) == pytest.approx(first)
    assert conditioned(np.log([[0.2, 0.1, 0.4, 0.3]]), relation)[0] < first[0]


def test_ccp_of_what_is_impossible():
    with np.errstate(divide="ignore"):
        logp = np.log([[0.0, 0.5], [0.0, 0.0]])
    assert np.exp(conditioned(logp, [[1, -1], [1, -1]])).tolist() == [0, 0]


def test_ccp_refusals():
    logp = np.log([[0.5, 0.5]])
    with pytest.raises(ValueError, match="shape"):
        conditioned(logp, [[1]])
    with pytest.raises(ValueError, match="-1, 0 and 1"):
        conditioned(logp, [[1, 2]])
    with pytest.raises(ValueError, match="relation 1"):
        conditioned(logp, [[0, -1]])
    with pytest.raises(ValueError, match="at least 2"):
        ClaimConditionedProbability(top_k=1)
    with pytest.raises(ValueError, match="relation has shape"):
        ClaimConditionedProbability()(replace(ccp_answer(), relation=np.zeros((2, 3), int)))


def test_token_relation():
    """In "Lima is old": Lima's rivals are judged; "is" is grammar, "new" of no unit: 0."""
    ids = np.array([[0, 1, 2], [3, 0, 1], [4, 5, 3], [5, 4, 6]])
    spelled = ["Lima", "Cusco", " lima", " is", " old", " new", " of"]
    answer = Sequence(
        "So. Lima is old new",
        offsets=np.array([(4, 8), (8, 11), (11, 15), (15, 19)]),
        top=TopK(ids, np.zeros(ids.shape)),
    )
    told = InUnits(Evidence("?", answer), (Unit("Lima is old", 4, 15),))
    seen = []

    def strict(pairs):
        seen.extend(pairs)
        verdicts = {"lima": (0.9, 0.0), "Cusco": (0.1, 0.8), "Lima is new": (0.2, 0.3)}
        return np.array([verdicts[a] for a, _ in pairs])

    relation = token_relation(told, spelled.__getitem__, strict)
    assert relation.tolist() == [[1, -1, 1], [0, 0, 0], [1, 0, 0], [0, 0, 0]]
    assert seen == [("Cusco", "Lima"), ("lima", "Lima"), ("Lima is new", "Lima is old")]


# samples


def test_luq_by_hand():
    """Supports (1, .5, 0) and (1, 1, .7): doubts .5 and .1; their mean is the answer's."""
    support = np.array([[1, 0.5, 0], [1, 1, 0.7]])
    assert non_support(support) == pytest.approx([0.5, 0.1])
    samples = tuple(Sequence(t) for t in "abc")
    units = (Unit("x", 0, 1), Unit("y", 2, 3))
    told = InUnits(Evidence("?", Sequence("x y"), samples), units, support=support)
    assert LUQ()(told) == pytest.approx([0.5, 0.1])
    told = replace(told, support=None, matched=support)
    assert MatchedUnits()(told) == pytest.approx([0.5, 0.1])
    with pytest.raises(Missing, match="with_support"):
        LUQ()(told)


def test_entailed_leaves_silence_out():
    """.3 / (.3 + .1), whatever is neutral; no verdict at all is one half."""
    got = entailed(np.array([[0.3, 0.1], [0.6, 0.2], [0, 0], [0, 0.1]]))
    assert got == pytest.approx([0.75, 0.75, 0.5, 0])
    for broken in ([0.5, 0.5], [[1.2, 0]], [[np.nan, 0]]):
        with pytest.raises(ValueError, match="probabilities"):
            entailed(np.array(broken))


def spoken() -> InUnits:
    """An answer of two sentences and three samples, the last of which says nothing."""
    samples = tuple(map(Sequence, ["red fox. cat runs.", "cat", ""]))
    return in_units(Evidence("?", Sequence("red cat. fox runs."), samples))


def test_supports_by_hand():
    """Whole: all four words in the first sample; "cat" alone is half of "red cat".

    By unit: each of the first sample's sentences has one word of two. An empty sample: 0.
    """
    told = with_matches(with_support(spoken(), judge), judge)
    assert told.support is not None
    assert told.matched is not None
    assert told.support.tolist() == [[1, 0.5, 0], [1, 0, 0]]
    assert told.matched.tolist() == [[0.5, 0.5, 0], [0.5, 0, 0]]


def test_claims_by_hand():
    """Claims: two of the answer, "red fox.", "cat runs.", "cat"; columns: answer, 3 samples."""
    told = with_claims(spoken(), judge)
    assert told.claims is not None
    assert told.claims.tolist() == [
        [1, 1, 0.5, 0],
        [1, 1, 0, 0],
        [1, 1, 0, 0],
        [1, 1, 0.5, 0],
        [1, 1, 1, 0],
    ]


def test_a_claim_that_several_make_is_one():
    """Of the answer's "red." and the samples' "red. fox." and "fox.": two claims, three texts."""
    samples = (Sequence("red. fox."), Sequence("fox."))
    told = with_claims(in_units(Evidence("?", Sequence("red."), samples)), judge)
    assert told.claims is not None
    assert told.claims.tolist() == [[1, 1, 0], [0, 1, 1]]


def test_claims_count_what_is_entailed_and_not_what_is_merely_not_denied():
    told = with_claims(spoken(), lambda pairs: np.tile([0.1, 0.0], (len(pairs), 1)))
    assert told.claims == pytest.approx(np.full((5, 4), 0.1))


def test_each_pair_is_judged_once():
    asked = []

    def counting(pairs):
        asked.extend(pairs)
        return judge(pairs)

    same = tuple(Sequence("red.") for _ in range(5))
    told = in_units(Evidence("?", Sequence("red. fox. red."), same))
    got = with_support(told, counting)
    assert asked == [("red.", "red."), ("red.", "fox.")]
    assert got.support is not None
    assert got.support.shape == (3, 5)


# the graph


def test_graph_by_hand():
    """Edges A: r0 r1, B: r0. A: 1 + 1 + 2 = 4, the least (2 + 2): closeness 1.

    B: to r0 1, A 2, r1 3: 6: closeness 4/6.
    """
    told = InUnits(
        Evidence("?", Sequence("A B"), (Sequence("A"),)),
        (Unit("A", 0, 1), Unit("B", 2, 3)),
        claims=np.array([[0.9, 0.8], [0.7, 0.5]]),
    )
    assert UnitGraph()(told) == pytest.approx([0, 1 / 3])
    assert UnitGraph(threshold=0.4)(told) == pytest.approx([0, 0])
    assert UnitGraph(centrality=degree)(told) == pytest.approx([0, 0.5])


def test_degree_is_luq_of_hard_support():
    told = full()
    assert told.claims is not None
    hard = (told.claims > 0.5).astype(float)[: len(told.units)]
    assert UnitGraph(centrality=degree)(told) == pytest.approx(non_support(hard))


def test_closeness_sees_whose_claim_it_is():
    """A and B have one text each; A's also makes the claims that most others make."""
    edges = np.zeros((5, 5))
    edges[0, 0] = edges[1, 4] = 1  # A of text 0, B of text 4
    edges[2:, :4] = 1  # three claims of texts 0 to 3
    edges[2, 4] = 1  # of which text 4 makes one
    samples = tuple(Sequence("s") for _ in range(4))
    units = (Unit("A", 0, 1), Unit("B", 2, 3))
    told = InUnits(Evidence("?", Sequence("A B"), samples), units, claims=edges)
    a, b = UnitGraph()(told)
    assert a < b
    assert np.ptp(UnitGraph(centrality=degree)(told)) == 0


def test_graph_refusals():
    with pytest.raises(ValueError, match="threshold"):
        UnitGraph(threshold=1)
    for row in (LUQ, MatchedUnits, UnitGraph):
        with pytest.raises(ValueError, match="at least 1"):
            row(samples=0)


# what every row owes


@ROWS
def test_made_without_arguments(method):
    estimator = method.make()
    assert_frozen(estimator)
    assert estimator == method.make()
    assert isinstance(estimator.plan, Plan)
    assert method.calls
    assert method.needs
    assert method.levels == ("claim",)


@ROWS
@pytest.mark.parametrize("seed", range(4))
def test_one_doubt_a_unit_in_range(method, seed):
    told = full(seed)
    got = method.make()(told)
    assert got.shape == (len(told.units),)
    assert ((got >= 0) & (got <= 1)).all()


@ROWS
def test_doubt_depends_on_the_evidence(method):
    assert len({tuple(method.make()(full(seed))) for seed in range(8)}) > 1


@ROWS
def test_order_of_samples_is_irrelevant(method):
    told = full(1)
    order = np.random.default_rng(0).permutation(10)
    assert told.support is not None
    assert told.matched is not None
    assert told.claims is not None
    moved = replace(
        told,
        evidence=told.evidence.take(order.tolist()),
        support=told.support[:, order],
        matched=told.matched[:, order],
        claims=told.claims[:, [0, *(1 + order)]],
    )
    assert method.make()(moved) == pytest.approx(method.make()(told), abs=1e-12)


@ROWS
def test_missing_is_said(method):
    estimator = method.make()
    with pytest.raises(Missing, match=r"estimate\.units"):
        estimator(in_units(rich_evidence()))


@ROWS
def test_the_plan_is_enough(method):
    """What the plan does not ask for is not read."""
    estimator, told = method.make(), full(2)
    seen = replace(told, evidence=told.evidence.only(estimator.plan | Plan(samples=10)))
    np.testing.assert_array_equal(estimator(seen), estimator(told))


def doubts_or_complaint(method, told) -> np.ndarray | str:
    try:
        return method.make()(told)
    except (Missing, ValueError) as error:
        return str(error)


@ROWS
@pytest.mark.parametrize("case", hard_evidence())
def test_hard_evidence(method, case):
    """A number or NaN for each unit, `Missing`, or a complaint in words."""
    evidence = hard_evidence()[case]
    told = in_units(evidence)
    told = with_claims(with_matches(with_support(told, judge), judge), judge)
    if evidence.answer.top is not None:
        told = replace(told, relation=np.zeros(evidence.answer.top.ids.shape, int))
    got = doubts_or_complaint(method, told)
    assert got.strip() if isinstance(got, str) else got.shape == (len(told.units),)


@ROWS
def test_the_example_runs(method, monkeypatch, capsys):
    """The row's lines as `dubito methods show` prints them."""
    monkeypatch.setattr("dubito.catalogue.find", lambda _: SimpleNamespace(method=method))
    exec(method.example, {})
    assert capsys.readouterr().out.startswith("[")


# records and the whole answer


def test_matrices_of_another_answer_are_refused():
    told = spoken()
    for name, shape in (("support", (2, 2)), ("matched", (1, 3)), ("claims", (2, 3))):
        with pytest.raises(ValueError, match=f"{name} has shape"):
            replace(told, **{name: np.zeros(shape)})
    with pytest.raises(ValueError, match="claims has shape"):
        replace(told, claims=np.zeros((1, 4)))
    for value in (1.1, -0.1, np.nan):
        with pytest.raises(ValueError, match="support must lie"):
            replace(told, support=np.full((2, 3), value))
        with pytest.raises(ValueError, match="support must lie"):
            non_support(np.full((2, 3), value))
    with pytest.raises(ValueError, match="at least 1 sample"):
        non_support(np.zeros((2, 0)))


def test_from_units_to_the_answer():
    """(.2 + .4 + .9) / 3, the greatest, and 2 of 3 above .3; a NaN is counted apart."""
    doubts = np.array([0.2, 0.4, np.nan, 0.9])
    assert answer_doubt(doubts).doubt == pytest.approx(0.5)
    assert answer_doubt(doubts, np.max).doubt == 0.9
    assert answer_doubt(doubts, ShareAbove(0.3)).doubt == pytest.approx(2 / 3)
    assert ShareAbove(0.4)(doubts[[0, 1, 3]]) == pytest.approx(1 / 3)
    assert answer_doubt(doubts).parts == {"units": 3, "units without a doubt": 1}
    with pytest.raises(Missing, match="none of the answer's 1"):
        answer_doubt([math.nan])


def test_score_units():
    told = with_support(spoken(), judge)
    found = score_units(told, {"luq": LUQ(), "graph": UnitGraph(), "nats": UnitSurprise()})
    assert [u.unit.text for u in found] == ["red cat.", "fox runs."]
    assert [u.doubts["luq"] for u in found] == pytest.approx([0.5, 2 / 3])
    assert all(math.isnan(u.doubts["graph"]) for u in found)
    assert "with_claims" in found[0].reasons["graph"]
    assert set(found[0].reasons) == {"graph", "nats"}


def test_all_scores_by_default():
    found = score_units(full())
    assert set(found[0].doubts) == {"unit-surprise", "unit-entropy", *(m.id for m in UNITS)}
    assert not found[0].reasons
    lost = score_units(replace(full(), units=(Unit("?", 900, 901),), support=None, matched=None))
    assert lost[0].reasons["unit-surprise"] == "no token begins in this unit"

"""Demonstrations: the card's numbers, limits, laws; sets, prompts and the trace over layers."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import entropy

from dubito.estimate.asked.demonstrations import (
    DemonstrationDoubt,
    ask_with_shots,
    decompose,
    demonstration_sets,
    repeated,
    shot_curve,
    shot_prompt,
)
from dubito.estimate.asked.layer_trace import read_out, trace
from dubito.evidence import Evidence, Layers, Missing, Sequence
from inputs import rich_evidence


def test_card() -> None:
    """Mean (.7, .3): .610864; rows .325083 and .693147, mean .509115; the rest .101749."""
    found = decompose([[0.9, 0.1], [0.5, 0.5]])
    assert found.total == pytest.approx(0.610864, abs=1e-6)
    assert found.within == pytest.approx(0.509115, abs=1e-6)
    assert found.between == pytest.approx(0.101749, abs=1e-6)


def test_equal_rows_and_evenly_disagreeing_ones() -> None:
    same = decompose([[0.2, 0.3, 0.5]] * 4)
    assert same.between == pytest.approx(0, abs=1e-15)
    assert same.total == same.within == pytest.approx(entropy([0.2, 0.3, 0.5]))
    apart = decompose(np.eye(3))
    assert apart.within == pytest.approx(0, abs=1e-15)
    assert apart.between == apart.total == pytest.approx(math.log(3))


def test_laws() -> None:
    """Relabelling and reordering change nothing; total <= log C, 0 <= between <= log L."""
    rng = np.random.default_rng(0)
    p = rng.dirichlet(np.full(4, 0.2), size=(50, 3))  # [50, L = 3, C = 4]
    found = decompose(p)
    for other in (p[:, ::-1], p[:, :, [2, 0, 3, 1]]):
        for a, b in zip(found, decompose(other), strict=True):
            np.testing.assert_allclose(a, b)
    assert (found.total <= math.log(4) + 1e-12).all()
    assert (found.between >= 0).all()
    assert (found.between <= math.log(3) + 1e-12).all()
    np.testing.assert_allclose(found.total, found.within + found.between)
    np.testing.assert_allclose(found.within, entropy(p, axis=-1).mean(axis=-1))


@pytest.mark.parametrize(
    "rows", [[[2.0, -1.0]], [[3.0, 1.0], [1.0, 1.0]], [0.5, 0.5], [[np.nan, 1.0]], [[0.5, 0.4]]]
)
def test_no_distributions_are_refused(rows: list) -> None:
    with pytest.raises(ValueError, match="softmax of logits"):
        decompose(rows)


def curve():
    """Three queries, 0 and 4 shots: two become sure of label 0, the last one less sure of 1."""
    none = [[[0.5, 0.5], [0.5, 0.5]]] * 2 + [[[0.1, 0.9], [0.1, 0.9]]]
    four = [[[1.0, 0.0], [1.0, 0.0]]] * 2 + [[[0.8, 0.2], [0.4, 0.6]]]
    return shot_curve([0, 4], [none, four])


def test_curve() -> None:
    """Two fall log 2 -> 0, one rises H(.1) = .325083 -> H(.6) = .673012 with a guess of 0."""
    found = curve()
    expected = [[math.log(2), math.log(2), 0.325083], [0, 0, 0.673012]]
    np.testing.assert_allclose(found.doubt.total, expected, 1e-5)
    np.testing.assert_allclose(found.fell(), [0, 2 / 3])
    np.testing.assert_allclose(found.rose(), [0, 1 / 3])
    np.testing.assert_allclose(found.fell(1), [1 / 3, 0])
    np.testing.assert_allclose(found.accuracy([0, 1, 1]), [2 / 3, 1 / 3])
    np.testing.assert_allclose(found.means().total, np.mean(expected, axis=1), 1e-5)
    with pytest.raises(ValueError, match="2 shot counts"):
        shot_curve([0, 4], [[[[1.0]]]])


def test_sets_are_different_draws_without_repetition() -> None:
    found = demonstration_sets(20, 8, 6, np.random.default_rng(0))
    assert found.shape == (6, 8)
    assert all(len(set(row)) == 8 for row in found.tolist())
    assert len({tuple(row) for row in found.tolist()}) == 6
    assert demonstration_sets(20, 0, 6, np.random.default_rng(0)).shape == (6, 0)
    with pytest.raises(ValueError, match="8 different"):
        demonstration_sets(7, 8, 6, np.random.default_rng(0))


def test_repetition_keeps_length_and_adds_nothing() -> None:
    np.testing.assert_array_equal(repeated(np.array([[3, 7]]), 5), [[3, 7, 3, 7, 3]])


def test_any_labeller_is_asked_with_the_same_sets_for_all_queries() -> None:
    """It answers with the share of label 1 among its demonstrations: 0 shots, an even split."""
    heard = []

    def labeller(shown, query):
        heard.append((query, tuple(shown)))
        ones = sum(label for _, label in shown)
        return np.log([1 + len(shown) - ones, 1 + ones]) - math.log(2 + len(shown))

    pool = [(i, i % 2) for i in range(10)]
    found = ask_with_shots(labeller, pool, [("q", 0), ("r", 0)], [0, 3], sets=4)
    assert len(heard) == 2 * 2 * 4
    assert {s for q, s in heard if q == ("q", 0)} == {s for q, s in heard if q == ("r", 0)}
    np.testing.assert_allclose(found.doubt.total[0], math.log(2))
    np.testing.assert_allclose(found.doubt.between[0], 0, atol=1e-12)
    assert (found.doubt.between[1] > 0).all()


def test_prompt() -> None:
    assert shot_prompt([("good", "yes"), ("bad", "no")], "fine") == (
        "Input: good\nLabel: yes\n\nInput: bad\nLabel: no\n\nInput: fine\nLabel:"
    )


def drawn(*texts: str) -> Evidence:
    return Evidence("?", Sequence(texts[0]), tuple(Sequence(t) for t in texts))


def test_of_drawn_answers() -> None:
    """Shares (1, 0) and (1/2, 1/2): mean (3/4, 1/4), total .562335, within log(2) / 2."""
    score = DemonstrationDoubt(samples=2)([drawn("Yes.", "yes"), drawn("yes", "no")])
    assert score.doubt == pytest.approx(0.562335, abs=1e-6)
    assert score.parts["within"] == pytest.approx(math.log(2) / 2)
    assert score.parts["between"] == pytest.approx(0.562335 - math.log(2) / 2, abs=1e-6)
    with pytest.raises(Missing, match="at least 2 sets"):
        DemonstrationDoubt()([drawn("yes")])
    with pytest.raises(Missing, match="at least 2 sets"):
        DemonstrationDoubt()([drawn("yes"), Evidence("?", Sequence("yes"))])
    with pytest.raises(ValueError, match="samples"):
        DemonstrationDoubt(samples=0)


def test_sets_and_draws_are_exchangeable() -> None:
    rich = [rich_evidence(i) for i in range(3)]
    turned = [replace(e, samples=e.samples[::-1]) for e in rich[::-1]]
    a, b = DemonstrationDoubt()(rich), DemonstrationDoubt()(turned)
    assert a.doubt == pytest.approx(b.doubt)


def test_trace_by_hand() -> None:
    """Final label 1; layer 0 has label 0 first, layers 1 and 2 label 1: settled at 1."""
    found = trace([[3.0, 1.0], [0.0, 4.0], [1.0, 2.0]])
    assert found.settled == 1
    np.testing.assert_allclose(found.gap, [2, 4, 1])
    np.testing.assert_allclose(found.top, [3, 4, 2])
    np.testing.assert_allclose(np.exp(found.logp).sum(axis=1), 1)
    assert np.exp(found.logp[2, 1]) == pytest.approx(1 / (1 + math.exp(-1)))
    there, back = [1.0, 2.0], [2.0, 1.0]
    assert trace([back, there, back, there]).settled == 3  # it had been there before
    assert trace([[1.0, 2.0], [1.0, 2.0]]).settled == 0
    with pytest.raises(ValueError, match="at least 2 labels"):
        trace([[1.0]])


def test_read_out_takes_the_prompts_last_token() -> None:
    hidden = Layers((1.0,), np.array([[[1.0, 0.0], [0.0, 1.0]]]))  # [1, 1 + T, 2]
    np.testing.assert_allclose(read_out(hidden, lambda h: 2 * h, [[3.0, 5.0]]), [[6.0]])

import numpy as np
import pytest

from dubito.data.worlds.curves import labelled, sigmoid, stairs, two_causes, two_tailed


@pytest.mark.parametrize("curve", [sigmoid, stairs, two_tailed])
def test_labels_come_with_the_planted_chance(curve) -> None:
    """In each third of the doubt, shares of right answers against chances, five errors wide."""
    world = labelled(0, curve=curve, fitted=2000, judged=1000)
    for part in np.array_split(np.argsort(world.doubt[:, 0]), 3):
        p = world.chance[part]
        gap = world.right[part].mean() - p.mean()
        assert abs(gap) < 5 * np.sqrt((p * (1 - p)).sum()) / len(part)
    order = np.argsort(world.doubt[:, 0])
    assert (np.diff(world.chance[order]) <= 1e-12).all()  # more doubt, less chance


def test_curves_by_hand() -> None:
    z = np.array([0.0])
    assert sigmoid(z) == pytest.approx(1 / (1 + np.exp(2)))
    assert stairs(np.array([-3.0, 0.0, 2.0])).tolist() == [0.05, 0.6, 0.95]
    # 3 log 0.5 - 0.2 log 0.5 + 1.5 = -2.079442 + 0.138629 + 1.5 = -0.440812
    assert two_tailed(z) == pytest.approx(1 / (1 + np.exp(0.440812)), abs=1e-6)


def test_each_cause_is_seen_by_one_doubt() -> None:
    world = two_causes(0, fitted=3000, judged=1000)
    doubt = world.doubt
    known = ~np.isnan(doubt[:, 1])
    assert known.mean() == pytest.approx(0.8, abs=5 * 0.4 / np.sqrt(4000))
    a, b = np.log(doubt[known, 0]), np.log(doubt[known, 1] / (1 - doubt[known, 1]))
    assert abs(np.corrcoef(a, b)[0, 1]) < 5 / np.sqrt(known.sum())
    # Each is one cause with noise of 0.3: the sum of both orders the chances at 1 / sqrt(1.09).
    logit = np.log(world.chance / (1 - world.chance))[known]
    assert np.corrcoef(a + b, logit)[0, 1] == pytest.approx(-1 / np.sqrt(1.09), abs=0.01)
    assert abs(np.corrcoef(doubt[:, 2], world.right)[0, 1]) < 5 / np.sqrt(4000)


def test_shuffled_moves_label_and_chance_together() -> None:
    world = labelled(1, curve=stairs)
    other = world.shuffled(np.random.default_rng(0))
    assert other.doubt is world.doubt
    assert other.right.sum() == world.right.sum()
    p = other.chance
    assert abs((other.right - p).sum()) == pytest.approx(abs((world.right - world.chance).sum()))
    assert np.corrcoef(other.doubt[:, 0], other.right)[0, 1] == pytest.approx(0, abs=0.15)

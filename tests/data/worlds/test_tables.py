"""scikit-learn's sets: their truth can be learnt, and after shuffling it cannot."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from dubito.data.worlds.tables import Table, table, tumours, wines


def accuracy(world: Table) -> float:
    model = LogisticRegression(max_iter=1000).fit(world.known, world.labels)
    return float(model.score(world.fresh, world.truth))


@pytest.mark.parametrize(("source", "rows", "columns"), [(tumours, 569, 30), (wines, 178, 13)])
def test_the_truth_holds(source, rows: int, columns: int) -> None:
    """Learnt it is nearly always right; with shuffled labels no better than the larger class."""
    world = table(0, source=source)
    assert len(world.known) + len(world.fresh) == rows
    assert world.known.shape[1] == columns
    assert accuracy(world) > 0.93
    null = [accuracy(world.shuffled(np.random.default_rng(s))) for s in range(20)]
    largest = np.bincount(world.truth).max() / len(world.truth)
    assert np.mean(null) < largest + 0.02


def test_rows_to_learn_from_set_the_scale_and_none_is_judged() -> None:
    world = table(1, share=0.25)
    assert len(world.known) == round(0.25 * 569)
    np.testing.assert_allclose(world.known.mean(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(world.known.std(axis=0), 1, atol=1e-9)
    assert abs(world.fresh.mean(axis=0)).max() > 1e-3
    assert not {r.tobytes() for r in world.known} & {r.tobytes() for r in world.fresh}


def test_same_seed_same_rows() -> None:
    first, again, other = (table(s) for s in (3, 3, 4))
    np.testing.assert_array_equal(first.known, again.known)
    assert not np.array_equal(first.labels, other.labels)


@pytest.mark.parametrize("share", [0.0, 1.0, -1.0])
def test_both_sides_need_rows(share: float) -> None:
    with pytest.raises(ValueError, match="share must lie between 0 and 1"):
        table(0, share=share)

"""Data maps: worked moments, by the index in the data, whatever the batches."""

import numpy as np
import pytest

from dubito.multitask.data_maps import DataMap, truth_confidence

NAN = float("nan")


def test_by_hand() -> None:
    """.2, .4, .6: mean .4, deviation .2; .5, .5, .8: mean .6, deviation root(.03)."""
    recorder = DataMap(tasks=2, points=1)
    for seen in ([0.2, 0.5], [0.4, 0.5], [0.6, 0.8]):
        recorder.record([seen], [0])
    np.testing.assert_allclose(recorder.read(), [[[0.4, 0.2]], [[0.6, 0.03**0.5]]])


def test_against_numpy_in_any_order_and_batches() -> None:
    rng = np.random.default_rng(0)
    seen = rng.uniform(size=(5, 10, 3))  # epochs, points, tasks
    recorder = DataMap(tasks=3, points=10)
    for epoch in seen:
        for index in np.array_split(rng.permutation(10), 4):
            recorder.record(epoch[index], index)
    expected = np.stack([seen.mean(axis=0).T, seen.std(axis=0, ddof=1).T], axis=-1)
    np.testing.assert_allclose(recorder.read(), expected)


def test_it_covers_all_epochs_so_far_and_what_was_read_stays() -> None:
    recorder = DataMap(tasks=1, points=1)
    recorder.record([[0.2]], [0])
    recorder.record([[0.4]], [0])
    early = recorder.read()
    recorder.record([[0.6]], [0])
    np.testing.assert_allclose(early, [[[0.3, 0.02**0.5]]])
    np.testing.assert_allclose(recorder.read(), [[[0.4, 0.2]]])


def test_points_may_have_been_seen_unequally_often() -> None:
    """Point 0: .1, .2, .3, .4; point 1: .5, .7. Means .25 and .6, squares .05 / 3 and .02 / 1."""
    recorder = DataMap(tasks=1, points=2)
    for seen, index in ((0.1, 0), (0.2, 0), (0.3, 0), (0.5, 1), (0.4, 0), (0.7, 1)):
        recorder.record([[seen]], [index])
    assert recorder.counts_.tolist() == [4, 2]
    expected = [[[0.25, (0.05 / 3) ** 0.5], [0.6, 0.02**0.5]]]
    np.testing.assert_allclose(recorder.read(), expected)


def test_equal_confidences_do_not_cancel() -> None:
    """Of a million equal values near 1 the deviation is 0 and not what rounding leaves."""
    recorder = DataMap(tasks=1, points=1)
    for _ in range(1000):
        recorder.record([[1 - 1e-9]], [0])
    assert recorder.read()[0, 0, 1] < 1e-12


def test_confidence_in_the_truth_and_not_in_what_is_predicted() -> None:
    """p = .9 and .9 with labels 1 and 0: .9 and .1; so has a complement that answers 1 - p."""
    told, label = np.array([[0.9, 0.9]]), np.array([[1, 0]])
    np.testing.assert_allclose(truth_confidence(told, label), [[0.9, 0.1]])
    np.testing.assert_allclose(truth_confidence(1 - told, 1 - label), [[0.9, 0.1]])


def test_a_point_that_was_not_recorded_twice_is_refused() -> None:
    recorder = DataMap(tasks=1, points=4)
    recorder.record([[0.5]] * 4, [0, 1, 2, 3])
    recorder.record([[0.5]] * 2, [1, 3])
    with pytest.raises(ValueError, match="2 points were recorded fewer than twice, first point 0"):
        recorder.read()


@pytest.mark.parametrize(
    ("seen", "index", "words"),
    [
        ([[0.5]], [0], r"\[B, 2\] and \[B\] needed, got \(1, 1\) and \(1,\)"),
        ([[0.5, 0.5]], [0, 1], r"\[B, 2\] and \[B\] needed"),
        ([[0.5, 1.2]], [0], r"confidences lie in \[0, 1\], got 0.5 to 1.2"),
        ([[0.5, NAN]], [0], r"confidences lie in \[0, 1\]"),
        ([[0.5, 0.5]], [3], "points 0 to 2 of the data, got 3 to 3"),
        ([[0.5, 0.5]], [-1], "points 0 to 2 of the data, got -1 to -1"),
        ([[0.5, 0.5]] * 2, [1, 1], "a point is twice in this batch"),
    ],
    ids=["tasks", "index", "1.2", "nan", "far", "minus", "twice"],
)
def test_refusals(seen, index, words) -> None:
    recorder = DataMap(tasks=2, points=3)
    with pytest.raises(ValueError, match=words):
        recorder.record(seen, index)
    assert recorder.counts_.tolist() == [0, 0, 0]


def test_an_empty_batch_changes_nothing() -> None:
    recorder = DataMap(tasks=2, points=3)
    recorder.record(np.empty((0, 2)), np.empty(0, dtype=int))
    assert recorder.counts_.tolist() == [0, 0, 0]


def test_refused_sizes_and_labels() -> None:
    with pytest.raises(ValueError, match="at least one task and point needed, got 0 and 3"):
        DataMap(tasks=0, points=3)
    with pytest.raises(ValueError, match=r"labels 0 or 1 of shape \(1, 1\) needed"):
        truth_confidence([[0.5]], [[2]])
    with pytest.raises(ValueError, match=r"labels 0 or 1 of shape \(1, 2\) needed"):
        truth_confidence([[0.5, 0.5]], [[1]])

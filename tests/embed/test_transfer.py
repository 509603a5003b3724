"""The row url: recall and R-AUROC of one set, and what is measured beside them."""

import math

import numpy as np
import pytest

from dubito.embed.transfer import (
    Embedded,
    Transfer,
    mean_transfer,
    mixed,
    rises_when_cropped,
    tells_unseen,
    transferred,
)

# Nearest neighbours of a, a, b, a: a, a, a, b. Right, right, wrong, wrong.
FOUR = np.array([[1, 0], [0.99, 0.14], [0, 1], [0.14, 0.99]])
NAMES = np.array(["a", "a", "b", "a"])


def test_the_worked_set() -> None:
    assert transferred(FOUR, [1, 2, 3, 4], NAMES) == Transfer(0.5, 1.0)
    assert transferred(FOUR, [4, 3, 2, 1], NAMES) == Transfer(0.5, 0.0)
    # Pairs of wrong and right: 2 over 1, 2 level with 2; 4 over 1 and 2: 3.5 of 4.
    assert transferred(FOUR, [1, 2, 2, 4], NAMES).r_auroc == 3.5 / 4


def test_the_best_and_the_useless_doubt() -> None:
    rng = np.random.default_rng(0)
    x, labels = rng.normal(size=(60, 3)), rng.integers(3, size=60)
    order = np.argmax(
        (x @ x.T) / np.outer(*[np.linalg.norm(x, axis=1)] * 2) - 9 * np.eye(60), axis=1
    )
    wrong = labels[order] != labels
    found = transferred(x, wrong, labels)
    assert found == Transfer(pytest.approx(1 - wrong.mean()), 1.0)
    assert transferred(x, np.ones(60), labels).r_auroc == 0.5
    doubt = rng.normal(size=60)
    assert transferred(x, np.exp(doubt), labels) == transferred(x, doubt, labels)


def test_all_right_has_no_r_auroc_and_is_skipped_in_the_mean() -> None:
    sure = transferred(FOUR, [1, 2, 3, 4], ["a", "a", "b", "b"])
    assert sure.recall == 1
    assert math.isnan(sure.r_auroc)
    assert mean_transfer([sure, Transfer(0.5, 0.8), Transfer(0.0, 0.6)]) == (0.5, 0.7)
    assert math.isnan(mean_transfer([sure]).r_auroc)


def test_half_and_half() -> None:
    """Two known classes and two unseen ones that lie on them: no neighbour is right."""
    known = Embedded(FOUR[2:], np.array([1, 2]), np.array(["a", "b"]))
    apart = Embedded(-FOUR[:2], np.array([5, 5]), np.array(["c", "c"]))
    upon = Embedded(FOUR[2:] + 0.01, np.array([5, 6]), np.array(["c", "d"]))
    assert mixed(known, upon).recall == 0
    # Known neighbours are of two classes, unseen ones of one; these are doubted more.
    assert mixed(known, apart) == Transfer(0.5, 0.0)
    with pytest.raises(ValueError, match="classes in both sets"):
        mixed(known, known)


def test_half_of_a_larger_set() -> None:
    """Of 300 known rows, whose neighbours are all wrong, 20 beside 20 unseen right ones."""
    rng = np.random.default_rng(0)
    known = Embedded(rng.normal(size=(300, 8)), np.ones(300), np.arange(300))
    unseen = Embedded(np.tile(100 * np.eye(8)[:1], (20, 1)), np.zeros(20), np.full(20, -1))
    assert mixed(known, unseen) == Transfer(0.5, 1.0)
    assert mixed(unseen, known) == Transfer(0.5, 1.0)


def test_beside_it() -> None:
    """Cropped: up, up, level, down: 2.5 of 4. Unseen 3 and 1 over known 2 and 0: 3 of 4."""
    assert rises_when_cropped([1, 2, 3, 4], [2, 3, 3, 0]) == 2.5 / 4
    assert tells_unseen([2, 0], [3, 1]) == 3 / 4


def test_refusals() -> None:
    with pytest.raises(ValueError, match="one doubt for each of 4"):
        transferred(FOUR, [1, 2], NAMES)
    with pytest.raises(ValueError, match="1 of 4 values are NaN"):
        transferred(FOUR, [1, 2, math.nan, 4], NAMES)
    with pytest.raises(ValueError, match="no set"):
        mean_transfer([])
    with pytest.raises(ValueError, match="before and after"):
        rises_when_cropped([1], [1, 2])

"""Spoilt digits: kinds are kept apart, noise and blanks grow with the level."""

import numpy as np

from dubito.data.worlds.degraded_digits import degraded_digits
from dubito.data.worlds.shapes import digits

WORLD = degraded_digits(0, copies=3)


def test_kinds_are_kept_apart() -> None:
    assert set(WORLD.upstream.label) == set(range(5))
    assert set(WORLD.downstream.label) == set(range(5, 10))
    assert len(WORLD.upstream.label) == 3 * (1797 - len(WORLD.downstream.label))
    first, second, _ = WORLD.upstream.pixels.reshape(3, -1, 64)
    assert (first != second).any(axis=1).all()
    np.testing.assert_array_equal(*WORLD.upstream.label.reshape(3, -1)[:2])


def test_noise_and_blanks_are_what_they_say() -> None:
    clean = digits(0)
    down = WORLD.downstream
    original = clean.pixels[clean.label >= 5].reshape(len(down.label), 64)
    blank = (down.pixels == 0).sum(axis=1)
    # A pixel with noise is never exactly 0, so the blank square alone is.
    np.testing.assert_array_equal(blank, np.floor(6 * down.level) ** 2)
    noise = np.where(down.pixels == 0, np.nan, down.pixels - original)
    for low, high in ((0.2, 0.3), (0.9, 1.0)):
        chosen = (down.level > low) & (down.level < high)
        scaled = noise[chosen] / down.level[chosen, None]
        assert abs(np.nanstd(scaled) - 0.6) < 0.02
    where = (down.pixels.reshape(-1, 8, 8) == 0).mean(axis=0)
    assert (where > 0).all()


def test_learnable_and_worse_when_spoilt() -> None:
    from sklearn.linear_model import LogisticRegression

    down = WORLD.downstream
    half = len(down.label) // 2
    fitted = LogisticRegression(max_iter=2000).fit(down.pixels[:half], down.label[:half])
    right = fitted.predict(down.pixels[half:]) == down.label[half:]
    level = down.level[half:]
    assert right[level < 0.3].mean() > 0.85 > right[level > 0.7].mean() + 0.1


def test_shuffled_and_seeded() -> None:
    null = WORLD.shuffled(np.random.default_rng(0))
    assert null.upstream is WORLD.upstream
    assert null.downstream.pixels is WORLD.downstream.pixels
    assert (null.downstream.label == WORLD.downstream.label).mean() < 0.3
    assert sorted(null.downstream.level) == sorted(WORLD.downstream.level)
    np.testing.assert_array_equal(
        degraded_digits(0, copies=3).upstream.pixels, WORLD.upstream.pixels
    )
    assert len(degraded_digits(1, pictures=100, copies=1).upstream.label) < 100

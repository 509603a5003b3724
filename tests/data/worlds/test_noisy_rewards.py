import numpy as np
import pytest

from dubito.data.worlds.noisy_rewards import noisy_rewards


def test_models_differ_as_they_err() -> None:
    """The mean errs by the noise, which the models' variance over their number estimates."""
    world = noisy_rewards(0)
    error = world.members.mean(axis=0) - world.truth
    variance = world.members.var(axis=0, ddof=1) / 10
    assert (error**2).mean() == pytest.approx(variance.mean(), rel=0.05)
    loud = variance > np.median(variance)
    assert (error[loud] ** 2).mean() > 10 * (error[~loud] ** 2).mean()
    # Log-uniform in [0.1, 3]: the variance is (9 - 0.01) / (2 log 30) on average.
    assert variance.mean() == pytest.approx(8.99 / (2 * np.log(30)), rel=0.05)


def test_policy_and_shuffle() -> None:
    world = noisy_rewards(1, prompts=50)
    np.testing.assert_allclose(np.exp(world.reference).sum(axis=1), 1)
    null = world.shuffled(np.random.default_rng(0))
    np.testing.assert_allclose(np.sort(null.truth), np.sort(world.truth))
    assert null.members is world.members
    assert (null.truth != world.truth).mean() > 0.8
    np.testing.assert_array_equal(noisy_rewards(1, prompts=50).members, world.members)


def test_refusals() -> None:
    with pytest.raises(ValueError, match="at least 2 models"):
        noisy_rewards(0, models=1)

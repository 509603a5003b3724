import numpy as np

from dubito.data.worlds.language_pools import language_pools


def test_distances_are_as_planted() -> None:
    """E|y - t|^2 over 8 dimensions: greedy 8 * .49 = 3.92, samples 8 (1 + .2 * 9) = 22.4."""
    world = language_pools(0, prompts=4000)
    square = (world.quality**2).mean(axis=0)
    assert abs(square[0] - 3.92) < 5 * 3.92 * np.sqrt(2 / 8 / 4000)
    assert np.abs(square[1:] - 22.4).max() < 3
    assert np.abs((world.looks - world.quality).std() - 1) < 0.05


def test_quality_is_that_of_the_embedded_answers() -> None:
    """Distances between answers obey the triangle with their distances to the truth."""
    world = language_pools(1, prompts=40)
    for evidence, q in zip(world.evidence, world.quality, strict=True):
        points = evidence.embeddings
        apart = np.linalg.norm(points[:, None] - points, axis=-1)
        assert (apart <= -q[:, None] - q + 1e-9).all()
        assert len(evidence.samples) == 5


def test_pivot_answers_are_of_the_same_prompts_and_nearer() -> None:
    world = language_pools(2, prompts=500)
    here = np.stack([e.embeddings[0] for e in world.evidence])
    there = np.stack([np.median(p.embeddings, axis=0) for p in world.pivot])
    near = np.linalg.norm(here - there, axis=1).mean()
    assert near < 0.8 * np.linalg.norm(here - np.roll(there, 1, axis=0), axis=1).mean()
    assert all(len(p.samples) == 4 for p in world.pivot)


def test_same_seed_same_bits_and_shuffling_keeps_all_but_the_quality() -> None:
    world, again = language_pools(3, prompts=20), language_pools(3, prompts=20)
    assert np.array_equal(world.quality, again.quality)
    other = world.shuffled(np.random.default_rng(0))
    assert other.evidence is world.evidence
    assert np.array_equal(np.sort(other.quality.ravel()), np.sort(world.quality.ravel()))
    assert not np.array_equal(other.quality, world.quality)

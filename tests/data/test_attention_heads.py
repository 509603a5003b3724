"""Heads are narrow or broad as the world says, and attention is a distribution."""

import numpy as np

from dubito.data.worlds.attention_heads import attention_heads


def test_queries_span_what_is_said():
    world = attention_heads(3, length=64)
    assert world.broad.sum() == 4
    for of in (world.queries, world.future, world.calibration[1]):
        for queries, broad in zip(of, world.broad, strict=True):
            assert np.linalg.matrix_rank(queries) == (24 if broad else 2)
            assert np.allclose(np.linalg.norm(queries, axis=1), 6)
    # the same dimensions at every time
    together = np.concatenate([world.queries, world.future], axis=1)
    assert [np.linalg.matrix_rank(q) for q in together] == [24 if b else 2 for b in world.broad]
    assert np.allclose(world.attention(world.future).sum(axis=-1), 1)


def test_the_null_mixes_heads_and_keeps_the_rest():
    world = attention_heads(0, length=32)
    null = world.shuffled(np.random.default_rng(0))
    assert null.keys is world.keys
    assert not np.array_equal(null.calibration, world.calibration)
    both = zip(null.calibration.swapaxes(0, 1), world.calibration.swapaxes(0, 1), strict=True)
    assert sum(np.array_equal(a, b) for a, b in both) < 8
    assert np.allclose(np.sort(null.calibration, axis=1), np.sort(world.calibration, axis=1))


def test_same_seed_same_bits():
    assert np.array_equal(attention_heads(5).values, attention_heads(5).values)
    assert not np.array_equal(attention_heads(5).values, attention_heads(6).values)

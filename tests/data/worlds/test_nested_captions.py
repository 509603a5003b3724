"""Captions say nothing false of their picture; a shortening says one thing less."""

import numpy as np

from dubito.data.worlds.nested_captions import ABSENT, VOCABULARY, nested_captions, word

WORLD = nested_captions(0, lessons=500, judged=200, pairs=400)


def test_captions_are_true_and_of_one_to_three_words() -> None:
    for part in (WORLD.lessons, WORLD.judged):
        said = part.words != ABSENT
        assert (part.words[said] == word(part.value)[said]).all()
        counts = np.bincount(said.sum(axis=1), minlength=4) / len(said)
        assert counts[0] == 0
        assert (abs(counts[1:] - 1 / 3) < 5 * np.sqrt(2 / 9 / len(said))).all()
        assert (part.missing == 3 - said.sum(axis=1)).all()
        assert part.words.max() < VOCABULARY


def test_matches_by_a_loop() -> None:
    judged = WORLD.judged
    assert WORLD.matches.diagonal().all()
    for picture, caption in ((0, 1), (5, 9), (20, 3)):
        true = all(
            w in (ABSENT, 2 + 4 * a + judged.value[picture, a])
            for a, w in enumerate(judged.words[caption])
        )
        assert WORLD.matches[picture, caption] == true
    # One word fits a quarter of the pictures, two a sixteenth, three one in 64.
    share = [WORLD.matches[:, judged.missing == m].mean() for m in (2, 1, 0)]
    np.testing.assert_allclose(share, [1 / 4, 1 / 16, 1 / 64], atol=0.02)


def test_pairs_differ_by_one_word() -> None:
    pairs, rows = WORLD.pairs, np.arange(len(WORLD.pairs))
    long, short = pairs[rows, WORLD.inner], pairs[rows, 1 - WORLD.inner]
    differ = long != short
    assert (differ.sum(axis=1) == 1).all()
    assert (short[differ] == ABSENT).all()
    assert (short != ABSENT).any(axis=1).all()
    assert 0.4 < WORLD.inner.mean() < 0.6


def test_pictures_show_their_values() -> None:
    """Patches of one value are as far apart as their noise says."""
    judged = WORLD.judged
    group = judged.patches[judged.value[:, 0] == 2, 0]
    assert abs(group.std(axis=0).mean() - 0.3) < 0.03


def test_shuffled_and_seeded() -> None:
    null = WORLD.shuffled(np.random.default_rng(0))
    assert null.lessons is WORLD.lessons
    assert sorted(null.missing) == sorted(WORLD.missing)
    assert abs((null.inner == WORLD.inner).mean() - 0.5) < 0.13
    again = nested_captions(0, lessons=500, judged=200, pairs=400)
    np.testing.assert_array_equal(again.pairs, WORLD.pairs)
    assert not np.array_equal(nested_captions(1).pairs[:400], WORLD.pairs)

"""BERTScore between answers."""

from dataclasses import replace

import numpy as np
import pytest

from dubito.models.encoder import Encoded, Encoder
from dubito.models.word_match import matching


def pieces(text: str, *rows: tuple[float, float], frame: tuple[float, float] = (0, 9)) -> Encoded:
    """A framed text, its pieces one character each."""
    vectors = np.array([frame, *rows, frame], dtype=float)
    spans = [(0, 0), *((i, i + 1) for i in range(len(rows))), (0, 0)]
    return Encoded(text, vectors.mean(0), vectors, np.array(spans))


def test_by_hand() -> None:
    """a: east, north. b: north, twice as long. Frames point north and must not count.

    recall of a in b: best cosines 0 and 1, mean 1/2; of b in a: 1; F1 = 2 * 1/2 / (3/2) = 2/3.
    """
    a, b = pieces("ab", (1, 0), (0, 1)), pieces("c", (0, 2))
    np.testing.assert_allclose(matching([a, b]), [[1, 2 / 3], [2 / 3, 1]], atol=1e-12)


def test_opposed_pieces_have_no_match() -> None:
    """Cosine -1 both ways: F1 = 2 / -2; orthogonal ones: 0 / 0 is 0."""
    east, west, north = pieces("a", (1, 0)), pieces("b", (-3, 0)), pieces("c", (0, 1))
    found = matching([east, west, north])
    np.testing.assert_allclose(found[0], [1, -1, 0], atol=1e-12)


def test_a_text_without_pieces_is_matched_by_its_frame() -> None:
    empty, word = pieces(""), pieces("a", (1, 0))
    np.testing.assert_allclose(matching([empty, word, empty])[0], [1, 0, 1], atol=1e-12)


@pytest.mark.parametrize("order", [[2, 0, 1], [1, 2, 0]])
def test_each_pair_by_itself(encoder: Encoder, order: list[int]) -> None:
    """Rows and columns follow the texts; a pair does not depend on the others."""
    texts = ["The capital is Lima.", "Lima", "It is the city of Cusco, I think."]
    rows = encoder(texts)
    whole = matching(rows)
    assert whole[0, 1] < 1
    np.testing.assert_allclose(whole, whole.T, atol=1e-6)
    np.testing.assert_allclose(
        matching([rows[i] for i in order]), whole[np.ix_(order, order)], atol=1e-6
    )
    np.testing.assert_allclose(matching([rows[0], rows[2]])[0, 1], whole[0, 2], atol=1e-6)
    longer = replace(rows[0], pieces=rows[0].pieces * 5)
    np.testing.assert_allclose(matching([longer, *rows[1:]]), whole, atol=1e-6)

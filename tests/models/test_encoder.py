"""Sentence embeddings and what each token adds to them, on a random encoder and tiny arrays."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from dubito.models.encoder import TOKENS, Encoded, Encoder, relevance
from models.tiny import tiny_encoder

TEXTS = ["Lima.", "The capital of Peru is Lima.", "", "ñ🦙", "a", "Lima."]


class Spy:
    """The encoder's model, and the shapes it was given."""

    def __init__(self, encoder: Encoder) -> None:
        self.model = encoder.model
        self.device = encoder.model.device
        self.shapes: list[tuple[int, ...]] = []
        self.seen: list[list[int]] = []

    def __call__(self, **batch: torch.Tensor) -> Any:
        self.shapes.append(tuple(batch["input_ids"].shape))
        self.seen += batch["input_ids"].tolist()
        return self.model(**batch)


def spied(encoder: Encoder) -> tuple[Encoder, Spy]:
    spy = Spy(encoder)
    return replace(encoder, model=spy), spy


def test_an_embedding_is_the_mean_of_its_pieces_at_unit_length(encoder: Encoder) -> None:
    """Against a pass of the model with nothing but this text."""
    for text, found in zip(TEXTS, encoder(TEXTS), strict=True):
        ids = encoder.tokenizer(text, return_tensors="pt")
        with torch.inference_mode():
            states = encoder.model(**ids).last_hidden_state[0].numpy()
        mean = states.mean(axis=0)
        assert found.text == text
        np.testing.assert_allclose(found.pieces, states, atol=1e-5)
        np.testing.assert_allclose(found.embedding, mean / np.linalg.norm(mean), atol=1e-5)
        assert np.linalg.norm(found.embedding) == pytest.approx(1, abs=1e-5)


def test_padding_does_not_change_an_embedding(encoder: Encoder) -> None:
    """Beside a text of ten times the length, and padded at the other side."""
    (alone,) = encoder(["Lima."])
    for other in (encoder, tiny_encoder(padding_side="left")):
        beside = other(["Lima.", "The capital of Peru is Lima. " * 4])[0]
        np.testing.assert_allclose(beside.embedding, alone.embedding, atol=1e-5)
        np.testing.assert_allclose(beside.pieces, alone.pieces, atol=1e-4)
        np.testing.assert_array_equal(beside.offsets, alone.offsets)


def test_offsets_are_those_of_the_text(encoder: Encoder) -> None:
    (found,) = encoder(["añb"])
    assert [("añb"[a:b]) for a, b in found.offsets] == ["", "a", "ñ", "ñ", "b", ""]


def test_equal_texts_are_encoded_once_and_order_is_kept(encoder: Encoder) -> None:
    once, spy = spied(encoder)
    found = once(TEXTS)
    assert [f.text for f in found] == TEXTS
    assert found[0] is found[-1]
    assert len(spy.seen) == len(set(TEXTS))
    assert once([]) == []


def test_a_pass_is_small_whatever_the_lengths(encoder: Encoder) -> None:
    """One empty answer must not put two hundred long ones into one pass."""
    once, spy = spied(encoder)
    once(["", *(f"{i:03d} " + "x" * 196 for i in range(100))])
    assert max(rows * width for rows, width in spy.shapes) <= 2 * TOKENS
    assert len(spy.shapes) <= 10


def test_texts_of_one_length_are_read_in_their_order(encoder: Encoder) -> None:
    """Same bits in every process: no order of a set, which differs from one to the next."""
    once, spy = spied(encoder)
    texts = [f"{i:02d}" for i in range(40)]
    once(texts)
    order = [once.tokenizer.decode(ids, skip_special_tokens=True) for ids in spy.seen]
    assert order == texts


def test_long_texts_are_cut(encoder: Encoder) -> None:
    (found,) = encoder(["x" * 1000])
    assert found.pieces.shape[0] == 256


def encoded(pieces: list[list[float]], offsets: list[list[int]]) -> Encoded:
    return Encoded("", np.zeros(2), np.array(pieces, dtype=float), np.array(offsets))


FRAMED = encoded([[1, 0], [3, 0], [0, 4], [0, 0]], [[0, 0], [0, 2], [2, 4], [0, 0]])


def test_relevance_by_hand() -> None:
    """The pieces sum to (4, 4).

    Without the characters 0-2: (1, 4), cos = 20 / (sqrt 17 sqrt 32) = 5 / sqrt 34.
    Without 2-4: (4, 0), cos = 16 / (4 sqrt 32) = 1 / sqrt 2.
    Without 0-1, half of the second piece: (2.5, 4), cos = 26 / (sqrt 22.25 sqrt 32).
    Without 1-4: (2.5, 0), cos as of (1, 0). Without all: (1, 0).
    """
    spans = np.array([[0, 2], [2, 4], [0, 1], [1, 4], [0, 4]])
    root = 1 / np.sqrt(2)
    cosines = [5 / np.sqrt(34), root, 26 / np.sqrt(22.25 * 32), root, root]
    np.testing.assert_allclose(relevance(FRAMED, spans), 1 - np.array(cosines), atol=1e-12)


def test_a_token_without_characters_is_irrelevant() -> None:
    spans = np.array([[4, 4], [0, 0], [1, 1], [7, 9]])
    assert relevance(FRAMED, spans).tolist() == [0, 0, 0, 0]


def test_relevance_of_opposed_pieces_reaches_two() -> None:
    """(3, 0) and (-1, 0): without the first what is left points the other way."""
    spread = encoded([[3, 0], [-1, 0]], [[0, 1], [1, 2]])
    np.testing.assert_allclose(relevance(spread, np.array([[0, 1], [1, 2]])), [2, 0], atol=1e-12)


def test_nothing_left_is_a_change_of_one() -> None:
    """No direction remains: cosine 0."""
    bare = encoded([[3, 0], [0, 1]], [[0, 1], [1, 2]])
    assert relevance(bare, np.array([[0, 2]])).tolist() == [1]


def test_relevance_is_leaving_out_in_the_sum(encoder: Encoder) -> None:
    """Whole pieces: the pooled vector of the others, each token by itself."""
    text = "The capital of Peru"
    (found,) = encoder([text])
    spans = np.array([[0, 3], [3, 11], [11, 14], [14, 19], [19, 19]])
    whole = found.pieces.sum(axis=0)
    expected = []
    for a, b in spans[:-1]:
        kept = [i for i, (s, e) in enumerate(found.offsets) if e <= a or s >= b or s == e]
        rest = found.pieces[kept].sum(axis=0)
        expected.append(1 - rest @ whole / np.linalg.norm(rest) / np.linalg.norm(whole))
    np.testing.assert_allclose(relevance(found, spans), [*expected, 0], atol=1e-5)
    assert min(expected) > 0


def test_no_tokens() -> None:
    assert relevance(FRAMED, np.zeros((0, 2), dtype=int)).shape == (0,)

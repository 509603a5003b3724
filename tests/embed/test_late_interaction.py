"""The row uwe: soft late interaction, and its loss over all edges."""

import math

import numpy as np
import pytest
import torch

from dubito.embed.late_interaction import (
    Graph,
    SoftLateInteraction,
    Tokens,
    mean_pooled,
    padded,
)
from dubito.nn.contrastive import both_ways
from laws import assert_frozen


def tokens(*texts: list[list[float]]) -> Tokens:
    return padded([np.array(text, dtype=np.float64) for text in texts])


def drawn(*lengths: int, seed: int = 0) -> Tokens:
    rng = np.random.default_rng(seed)
    return padded([rng.normal(size=(n, 4)) for n in lengths])


@pytest.mark.parametrize(("picking", "expected"), [(1.0, 0.7311), (0.1, 0.99995), (1e6, 0.5)])
def test_the_worked_pair(picking: float, expected: float) -> None:
    """One query token (1, 0), target tokens (1, 0) and (0, 1): softmax of (1, 0) / picking."""
    score = SoftLateInteraction(picking=picking)
    got = score(tokens([[1, 0]]), tokens([[1, 0], [0, 1]]))
    assert float(got) == pytest.approx(expected, abs=1e-5 if picking < 1 else 5e-5)


@pytest.mark.parametrize("picking", [0.01, 1.0, 100.0])
def test_one_token_each_is_the_cosine(picking: float) -> None:
    """(3, 4) and (1, 0): 3 / 5."""
    got = SoftLateInteraction(picking=picking)(tokens([[3, 4]]), tokens([[1, 0]]))
    assert float(got) == pytest.approx(0.6)


def test_equal_target_tokens_add_up_cosines() -> None:
    """Query (1, 0), (0, 2), (1, 1) with (1, 0) three times: 1 + 0 + 1 / sqrt 2."""
    query, target = tokens([[1, 0], [0, 2], [1, 1]]), tokens([[1, 0]] * 3)
    got = SoftLateInteraction(picking=0.3)(query, target)
    assert float(got) == pytest.approx(1 + 1 / math.sqrt(2))


def test_tokens_are_picked_by_dot_product_and_scored_by_cosine() -> None:
    """Query (1, 0); targets (1, 0) and (9, 9): the second wins the picking, cosine 1 / sqrt 2."""
    got = SoftLateInteraction(picking=0.1)(tokens([[1, 0]]), tokens([[1, 0], [9, 9]]))
    assert float(got) == pytest.approx(1 / math.sqrt(2), abs=1e-6)


def test_limits_are_maxsim_and_the_mean_cosine() -> None:
    """Vectors of unit length, so that both pickings agree."""
    query, target = (
        Tokens(torch.nn.functional.normalize(t.vectors, dim=-1), t.present)
        for t in (drawn(3), drawn(5, seed=1))
    )
    cosine = query.vectors[0] @ target.vectors[0].T
    best = SoftLateInteraction(picking=1e-4)(query, target)
    assert float(best) == pytest.approx(float(cosine.max(dim=1).values.sum()))
    even = SoftLateInteraction(picking=1e6)(query, target)
    assert float(even) == pytest.approx(float(cosine.mean(dim=1).sum()), abs=1e-5)


def test_padding_changes_nothing() -> None:
    """Each pair by itself, and with rubbish where nothing is present."""
    score = SoftLateInteraction(picking=0.7, at_once=2)
    queries, targets = drawn(2, 4, 1), drawn(3, 1, 5, 2, seed=1)
    got = score(queries, targets)
    assert got.shape == (3, 4)
    filled = [
        Tokens(t.vectors.masked_fill(~t.present[..., None], 7.0), t.present)
        for t in (queries, targets)
    ]
    torch.testing.assert_close(score(*filled), got)
    for i, n in enumerate((2, 4, 1)):
        for j, m in enumerate((3, 1, 5, 2)):
            one = score(
                padded([queries.vectors[i, :n].numpy()]), padded([targets.vectors[j, :m].numpy()])
            )
            torch.testing.assert_close(got[i, j], one[0, 0])


def test_blocks_change_nothing() -> None:
    queries, targets = drawn(2, 4, 1, 3, 3), drawn(3, 5, seed=1)
    whole, parts = (SoftLateInteraction(at_once=n)(queries, targets) for n in (32, 2))
    torch.testing.assert_close(whole, parts)


def test_order_of_tokens_is_free() -> None:
    queries, targets = drawn(3, 3), drawn(4, 4, seed=1)
    turned = [Tokens(t.vectors.flip(1), t.present) for t in (queries, targets)]
    score = SoftLateInteraction()
    torch.testing.assert_close(score(*turned), score(queries, targets))


def test_pooled_by_the_mean() -> None:
    """(1, 0) and (3, 4) -> (2, 2); as a target it gives the one-sided score."""
    pooled = mean_pooled(tokens([[1, 0], [3, 4]], [[5, 6]]))
    assert pooled.vectors[:, 0].tolist() == [[2, 2], [5, 6]]
    assert pooled.present.tolist() == [[True], [True]]
    query = drawn(3)
    got = SoftLateInteraction()(query, mean_pooled(drawn(4, seed=1)))
    mean = drawn(4, seed=1).vectors[0].mean(dim=0)
    cosine = torch.nn.functional.cosine_similarity(query.vectors[0], mean[None])
    assert float(got) == pytest.approx(float(cosine.sum()))


def test_per_token_a_repeated_query_scores_the_same() -> None:
    """The sum doubles; no token at all scores 0."""
    score, target = SoftLateInteraction(), drawn(4, seed=1)
    once = drawn(3)
    twice = padded([np.concatenate([once.vectors[0].numpy()] * 2)])
    torch.testing.assert_close(score(twice, target), 2 * score(once, target))
    torch.testing.assert_close(score.per_token(twice, target), score.per_token(once, target))
    empty = Tokens(once.vectors, torch.zeros_like(once.present))
    assert score.per_token(empty, target).tolist() == [[0.0]]


def test_loss_over_graphs() -> None:
    """Weighted and added; one is InfoNCE both ways of scores / (query tokens x temperature)."""
    score = SoftLateInteraction(temperature=0.5)
    queries, targets = drawn(2, 4), drawn(3, 1, 5, seed=1)
    edges = torch.tensor([[True, True, False], [False, False, True]])
    first = Graph(queries, targets, edges)
    shares = score(queries, targets) / torch.tensor([[2.0], [4.0]]).double()
    one = both_ways(shares / 0.5, edges)
    torch.testing.assert_close(score.loss(first), one)
    both = score.loss(first, Graph(queries, targets, ~edges, 0.25))
    torch.testing.assert_close(both, one + both_ways(shares / 0.5, ~edges) / 4)


def test_a_loss_of_equal_scores() -> None:
    """Four texts a side, all alike, one edge each: 2 log 4 = 2.7726."""
    same = tokens(*[[[1, 0]]] * 4)
    value = SoftLateInteraction().loss(Graph(same, same, torch.eye(4, dtype=torch.bool)))
    assert float(value) == pytest.approx(2.7726, abs=1e-4)


def test_slopes_reach_both_sides_and_no_padding() -> None:
    queries, targets = drawn(2, 3), drawn(3, 1, seed=1)
    edges, score = torch.eye(2, dtype=torch.bool), SoftLateInteraction(picking=0.8)
    leaves = [t.vectors.clone().requires_grad_(True) for t in (queries, targets)]

    def value(q: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return score.loss(Graph(Tokens(q, queries.present), Tokens(y, targets.present), edges))

    assert torch.autograd.gradcheck(value, leaves)
    value(*leaves).backward()
    for leaf, whose in zip(leaves, (queries, targets), strict=True):
        assert not leaf.grad[~whose.present].any()
        assert leaf.grad[whose.present].any(dim=-1).all()


def test_refusals() -> None:
    score = SoftLateInteraction()
    assert_frozen(score)
    with pytest.raises(ValueError, match="no tokens"):
        score(drawn(2), Tokens(torch.zeros(1, 2, 4), torch.zeros(1, 2, dtype=torch.bool)))
    with pytest.raises(ValueError, match="one width"):
        score(drawn(2), tokens([[1, 0]]))
    with pytest.raises(ValueError, match="picking and temperature"):
        SoftLateInteraction(picking=0.0)
    with pytest.raises(ValueError, match="no graph"):
        score.loss()
    with pytest.raises(ValueError, match="no text"):
        padded([])

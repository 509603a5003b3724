"""Contrastive losses: worked numbers, limits, slopes."""

import math

import pytest
import torch
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from dubito.nn.contrastive import both_ways, info_nce, match_log_odds, sigmoid_pairs


def drawn(rows: int, columns: int, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(rows, columns, generator=generator, dtype=torch.float64)


def test_one_match_each_is_cross_entropy_both_ways() -> None:
    scores, own = drawn(5, 5), torch.arange(5)
    expected = cross_entropy(scores, own) + cross_entropy(scores.T, own)
    assert float(both_ways(scores, torch.eye(5, dtype=torch.bool))) == pytest.approx(
        float(expected), abs=1e-12
    )


def test_equal_scores() -> None:
    """Four targets at 0: log 4 each way, with one match and with two."""
    zero, eye = torch.zeros(4, 4), torch.eye(4, dtype=torch.bool)
    assert float(both_ways(zero, eye)) == pytest.approx(2 * math.log(4))
    two = torch.tensor([[True, True, False, False]])
    assert float(info_nce(zero[:1], two)) == pytest.approx(math.log(4))


def test_each_match_stands_outside_of_the_logarithm() -> None:
    """Scores 2, 0, 0 with matches 1 and 2: log(e^2 + 2) - (2 + 0) / 2 = 2.2395 - 1.

    Inside it would be log(e^2 + 2) - log((e^2 + 1) / 2) = 0.8059.
    """
    scores = torch.tensor([[2.0, 0, 0]], dtype=torch.float64)
    got = info_nce(scores, torch.tensor([[True, True, False]]))
    assert float(got) == pytest.approx(math.log(math.e**2 + 2) - 1)


def test_queries_without_a_match_are_left_out() -> None:
    scores, matches = drawn(3, 4), torch.zeros(3, 4, dtype=torch.bool)
    matches[0, 1] = matches[2, 3] = True
    kept = info_nce(scores[[0, 2]], matches[[0, 2]])
    assert float(info_nce(scores, matches)) == pytest.approx(float(kept))
    assert torch.isfinite(both_ways(scores, matches))


def test_sigmoid_pairs_by_hand() -> None:
    """One query, logits 1 (match) and -2: log(1 + e^-1) + log(1 + e^-2) = 0.3133 + 0.1269."""
    logits = torch.tensor([[1.0, -2.0]], dtype=torch.float64)
    matches = torch.tensor([[True, False]])
    assert float(sigmoid_pairs(logits, matches)) == pytest.approx(0.4402, abs=1e-4)


def test_sigmoid_pairs_is_binary_cross_entropy_summed_over_targets() -> None:
    logits, matches = drawn(3, 4), drawn(3, 4, 1) > 0
    plain = binary_cross_entropy_with_logits(logits, matches.double(), reduction="sum") / 3
    assert float(sigmoid_pairs(logits, matches)) == pytest.approx(float(plain))


def test_log_odds_by_hand() -> None:
    """Matches 1 and 0, other 2: log(e + 1) - 2; what is in neither mask does not count."""
    scores = torch.tensor([[1.0, 0.0, 2.0, 50.0], [1.0, 0.0, 2.0, 50.0]], dtype=torch.float64)
    matches = torch.tensor([[True, True, False, False], [False] * 4])
    others = torch.tensor([[False, False, True, False], [True] * 4])
    got = match_log_odds(scores, matches, others)
    assert float(got[0]) == pytest.approx(math.log(math.e + 1) - 2)
    assert got[1].isnan()


@pytest.mark.parametrize("loss", [info_nce, both_ways, sigmoid_pairs])
def test_slopes(loss) -> None:
    matches = torch.tensor([[True, True, False], [False, False, True]])
    scores = drawn(2, 3).requires_grad_(True)
    assert torch.autograd.gradcheck(lambda s: loss(s, matches), (scores,))


@pytest.mark.parametrize("loss", [info_nce, sigmoid_pairs])
def test_refusals(loss) -> None:
    with pytest.raises(ValueError, match="matches bool"):
        loss(torch.zeros(2, 3), torch.zeros(2, 3))
    with pytest.raises(ValueError, match="matches bool"):
        loss(torch.zeros(2, 3), torch.ones(3, 2, dtype=torch.bool))
    with pytest.raises(ValueError, match="no match"):
        loss(torch.zeros(2, 3), torch.zeros(2, 3, dtype=torch.bool))

"""Heads of doubt: worked numbers, MCInfoNCE's limit, and what learns from what."""

import math

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy, normalize

from dubito.embed.uncertainty_heads import (
    PredictedDoubt,
    class_entropy,
    inverse_length,
    loss_prediction,
    mc_infonce,
)
from dubito.nn.contrastive import match_log_odds
from dubito.nn.towers import built

LABELS = torch.tensor([0, 0, 1, 1, 1])


def rows(seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(5, 6, generator=generator, dtype=torch.float64)


def loss(embeddings: torch.Tensor, doubt: torch.Tensor, **options) -> torch.Tensor:
    sharp = torch.tensor(math.log(4.0), dtype=torch.float64)
    generator = torch.Generator().manual_seed(1)
    return mc_infonce(
        embeddings,
        doubt,
        options.pop("labels", LABELS),
        log_inverse_temperature=sharp,
        generator=generator,
        **options,
    )


def test_entropy_and_length() -> None:
    """(.5, .5, 0): log 2; four alike: log 4. Length 5: 0.2."""
    logits = torch.tensor([[0.0, 0.0, -1e4], [7.0, 7.0, 7.0]])
    assert class_entropy(logits).tolist() == pytest.approx([math.log(2), math.log(3)])
    assert inverse_length(torch.tensor([[3.0, 4.0], [0.0, 0.0]])).tolist() == pytest.approx(
        [0.2, 1e6]
    )


def test_predicted_doubt_begins_where_it_is_told() -> None:
    head = built(lambda: PredictedDoubt(6, width=16), 0).double()
    head.begin_at(rows())
    assert float(head(rows()).mean().detach()) == pytest.approx(1e-3)
    head.begin_at(rows(), 0.3)
    assert float(head(rows()).mean().detach()) == pytest.approx(0.3)
    assert (head(100 * rows()) > 0).all()
    assert "scale" in head.state_dict()
    assert sum(isinstance(m, nn.Linear) for m in head.network) == 3
    assert len(PredictedDoubt(6, layers=1).network) == 1


def test_predicted_losses_teach_the_head_alone() -> None:
    """(2 - 0.5)^2; encoder and classifier get the slopes of plain cross-entropy."""
    assert loss_prediction(torch.tensor([2.0]), torch.tensor([0.5])).tolist() == [2.25]
    slopes = []
    for weight in (0.0, 0.7):
        encoder = built(lambda: nn.Linear(6, 4), 1).double()
        classify = built(lambda: nn.Linear(4, 2), 2).double()
        head = built(lambda: PredictedDoubt(4, width=8), 0).double()
        embedded = encoder(rows())
        losses = cross_entropy(classify(embedded), LABELS, reduction="none")
        extra = loss_prediction(head(embedded.detach()), losses)
        (losses + weight * extra).mean().backward()
        slopes.append([p.grad for m in (encoder, classify) for p in m.parameters()])
        assert any(p.grad.any() for p in head.parameters()) == (weight > 0)
    for a, b in zip(*slopes, strict=True):
        assert torch.equal(a, b)


def test_without_doubt_it_is_infonce() -> None:
    """A concentration of 10^9: -mean log (sum over the class / sum over the others)."""
    x = rows()
    unit = normalize(x, dim=-1)
    same = LABELS[:, None] == LABELS
    others = ~torch.eye(5, dtype=torch.bool)
    expected = -match_log_odds(4 * unit @ unit.T, same & others, ~same).mean()
    got = loss(x, torch.full((5,), 1e-9, dtype=torch.float64), draws=3)
    assert float(got) == pytest.approx(float(expected), abs=1e-3)


def test_two_classes_of_two_by_hand() -> None:
    """Partners at cosine 1, the others at 0, inverse temperature 4: -(4 - log 2)."""
    x = torch.eye(6, dtype=torch.float64)[[0, 0, 1, 1]]
    got = loss(x, torch.full((4,), 1e-9).double(), labels=torch.tensor([0, 0, 1, 1]))
    assert float(got) == pytest.approx(-(4 - math.log(2)), abs=1e-3)


def test_the_mean_is_over_draws_inside_of_the_log() -> None:
    """By Jensen, many draws at once cost no more than the same draws one by one."""
    x, doubt = rows(), torch.full((5,), 0.2, dtype=torch.float64)
    sharp, generator = torch.tensor(math.log(4.0)).double(), torch.Generator().manual_seed(1)
    alone = [
        mc_infonce(x, doubt, LABELS, log_inverse_temperature=sharp, draws=1, generator=generator)
        for _ in range(200)
    ]
    together = loss(x, doubt, draws=200)
    assert float(together) < float(torch.stack(alone).mean()) - 0.1


def test_an_ambiguous_input_learns_to_doubt() -> None:
    """Between its class and the other, the doubt of the first row rises, of a clear one falls."""
    x = torch.eye(6, dtype=torch.float64)[[0, 0, 0, 1, 1, 1]]
    x[0] = torch.tensor([0.1, 1.0, 0, 0, 0, 0])
    doubt = torch.full((6,), 0.05, dtype=torch.float64, requires_grad=True)
    labels = torch.tensor([0, 0, 0, 1, 1, 1])
    loss(x, doubt, labels=labels, draws=400).backward()
    assert doubt.grad[0] < 0 < doubt.grad[1]


def test_the_lonely_are_left_out() -> None:
    x, doubt = rows(), torch.full((5,), 1e-9, dtype=torch.float64)
    labels = torch.tensor([0, 0, 1, 1, 2])
    assert loss(x, doubt, labels=labels).isfinite()
    with pytest.raises(ValueError, match="no input has both"):
        loss(x, doubt, labels=torch.zeros(5))


def test_refusals() -> None:
    with pytest.raises(ValueError, match="one doubt and one label"):
        loss(rows(), torch.ones(4))
    with pytest.raises(ValueError, match="layers"):
        PredictedDoubt(3, layers=0)
    with pytest.raises(ValueError, match="mean must be above"):
        PredictedDoubt(3).begin_at(torch.zeros(1, 3), 0.0)


def test_classes_that_cannot_be_add_no_entropy() -> None:
    logits = torch.tensor([[0.0, 0.0, -torch.inf]], requires_grad=True)
    found = class_entropy(logits)
    assert found.tolist() == pytest.approx([math.log(2)])
    found.sum().backward()
    assert logits.grad.isfinite().all()

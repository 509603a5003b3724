"""The row siren: the entropy of forks, and the anchor it is held at."""

import pytest
import torch
from torch import Tensor

from dubito.align.siren import Siren, fork_entropy
from dubito.nn.token_entropy import nucleus_entropies, token_entropies

P = torch.tensor([0.5, 0.3, 0.15, 0.05], dtype=torch.float64)
ALL = torch.ones(2, 10, dtype=torch.bool)


def random_logits(seed: int = 0) -> Tensor:
    """[2, 10, 7]"""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(2, 10, 7, generator=generator, dtype=torch.float64)


def slopes(logits: Tensor, mask: Tensor, method: Siren) -> Tensor:
    """Of the fork entropy with respect to the logits."""
    leaf = logits.clone().requires_grad_()
    method.entropy(leaf, mask).backward()
    assert leaf.grad is not None
    return leaf.grad


def test_one_token_by_hand() -> None:
    """(.625, .375) of .5 and .3: .6616 nats; the coefficient times its distance squared."""
    logits, mask = P.log()[None, None], torch.ones(1, 1, dtype=torch.bool)
    method = Siren(coefficient=2.0)
    method.anchor_ = 0.1615632
    assert method.entropy(logits, mask).item() == pytest.approx(0.6615632)
    assert method(logits, mask).item() == pytest.approx(2 * 0.5**2, abs=1e-6)


def test_forks_are_the_top_fifth_of_each_response() -> None:
    """Of 10 tokens 2: those of greatest entropy, in each response by itself."""
    logits = random_logits()
    logits[1] *= 0.01  # all its tokens are less sure than any of the other response
    method = Siren(nucleus=1.0)
    entropy = token_entropies(logits)
    forks = slopes(logits, ALL, method).abs().sum(dim=-1) > 0
    assert forks.sum(dim=1).tolist() == [2, 2]
    wanted = entropy.topk(2, dim=1)
    assert (forks.nonzero()[:, 1].view(2, 2) == wanted.indices.sort().values).all()
    assert method.entropy(logits, ALL).item() == pytest.approx(wanted.values.mean().item())


def test_responses_weigh_alike_however_many_forks_they_have() -> None:
    logits, mask = random_logits(), ALL.clone()
    mask[1, 5:] = False  # 5 tokens: one is at or above its quantile of .8, index 3.2
    entropy = nucleus_entropies(logits, 0.8)
    first = entropy[0].topk(2).values.mean()
    second = entropy[1, :5].max()
    assert fork_entropy(logits, mask).item() == pytest.approx(((first + second) / 2).item())


def test_what_is_masked_or_unlikely_learns_nothing() -> None:
    logits, mask = random_logits(), ALL.clone()
    mask[0, 7:] = False
    logits[0, 7:] = 0.0  # as unsure as can be; would be forks
    slope = slopes(logits, mask, Siren())
    assert (slope[0, 7:] == 0).all()
    forks = slope.abs().sum(dim=-1) > 0
    assert forks.any()
    p = logits.softmax(dim=-1)
    above = (p[..., None, :] * (p[..., None, :] > p[..., :, None])).sum(dim=-1)  # likelier ones
    assert (slope[forks & (above >= 0.8).any(dim=-1)][(above >= 0.8)[forks]] == 0).all()
    padded = logits.clone()
    padded[0, 7:] = torch.nan  # nor is it looked at
    assert fork_entropy(padded, mask).item() == fork_entropy(logits, mask).item()


def test_quantile_0_of_all_tokens_is_the_naive_bonus() -> None:
    """p = 1, q = 0: the mean entropy, and its slope."""
    logits = random_logits()
    method = Siren(nucleus=1.0, quantile=0.0)
    assert method.entropy(logits, ALL).item() == pytest.approx(token_entropies(logits).mean())
    leaf = logits.clone().requires_grad_()
    token_entropies(leaf).mean().backward()
    torch.testing.assert_close(slopes(logits, ALL, method), leaf.grad)


def test_tokens_without_entropy_are_no_forks() -> None:
    """One open token among nine forced ones: its entropy, not a mean with zeros; all forced: 0."""
    logits = torch.zeros(1, 10, 4, dtype=torch.float64)
    logits[..., 0] = 50.0
    assert fork_entropy(logits, ALL[:1]).item() == 0
    logits[0, 3] = P.log()
    assert fork_entropy(logits, ALL[:1], quantile=0.5).item() == pytest.approx(0.6615632)


def test_the_first_batch_is_the_anchor_and_costs_nothing() -> None:
    method, logits = Siren(coefficient=3.0), random_logits().requires_grad_()
    loss = method(logits, ALL)
    loss.backward()
    assert loss.item() == 0
    assert method.anchor_ == pytest.approx(fork_entropy(logits, ALL).item())
    assert logits.grad is not None
    assert (logits.grad == 0).all()
    anchor = method.anchor_
    assert method(random_logits(1), ALL).item() > 0
    assert method.anchor_ == anchor
    assert Siren().fit(logits, ALL).anchor_ == anchor


def test_above_and_below_the_anchor_cost_the_same() -> None:
    """.1 nats away: .01 times the coefficient."""
    logits, method = random_logits(), Siren(coefficient=0.7)
    entropy = fork_entropy(logits, ALL).item()
    for anchor in (entropy - 0.1, entropy + 0.1):
        method.anchor_ = anchor
        assert method(logits, ALL).item() == pytest.approx(0.007)


def test_it_pulls_back() -> None:
    """Below the anchor a step down the slope raises the entropy, above it lowers it."""
    for anchor, sign in ((3.0, 1), (0.0, -1)):
        method, logits = Siren(coefficient=1.0), random_logits().requires_grad_()
        method.anchor_ = anchor
        method(logits, ALL).backward()
        assert logits.grad is not None
        moved = fork_entropy(logits.detach() - 0.01 * logits.grad, ALL)
        assert sign * (moved - fork_entropy(logits, ALL)) > 0


def test_a_response_without_tokens_is_left_out() -> None:
    logits, mask = random_logits(), ALL.clone()
    mask[1] = False
    assert fork_entropy(logits, mask).item() == fork_entropy(logits[:1], ALL[:1]).item()
    with pytest.raises(ValueError, match="no response has a token"):
        fork_entropy(logits, ~ALL)


def test_refusals() -> None:
    with pytest.raises(ValueError, match="coefficient must be at least 0, got -1"):
        Siren(coefficient=-1)
    with pytest.raises(ValueError, match="quantile must lie in"):
        fork_entropy(random_logits(), ALL, quantile=1.5)

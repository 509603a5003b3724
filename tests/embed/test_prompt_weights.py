"""Prompt weights: shares are found, a strong prior weighs alike, vague prompts go."""

import pytest
import torch

from dubito.embed.gaussians import Gaussians
from dubito.embed.prompt_weights import PromptWeights, drawn, log_density, plain_prompts

EYE = torch.eye(4, dtype=torch.float64)


def sharp(mean: torch.Tensor) -> Gaussians:
    return Gaussians(mean, torch.full_like(mean, -6.0))


PROMPTS = sharp(EYE[:3])
PICTURES = sharp(EYE[[0] * 6 + [1] * 3 + [2]])


def fitted(alpha: float, pictures: Gaussians = PICTURES) -> PromptWeights:
    return PromptWeights(alpha=alpha, draws=20).fit(PROMPTS, pictures)


def test_without_a_prior_shares_are_those_of_the_pictures() -> None:
    """Ten pictures, well apart: 6, 3 and 1."""
    assert fitted(1.0).weights_.tolist() == pytest.approx([0.6, 0.3, 0.1], abs=1e-6)


def test_the_prior_counts_as_pictures_do() -> None:
    """200 points and alpha 101: (120, 60, 20) + 100 each, over 500."""
    assert fitted(101.0).weights_.tolist() == pytest.approx([0.44, 0.32, 0.24], abs=1e-6)
    assert fitted(1e9).weights_.tolist() == pytest.approx([1 / 3] * 3, abs=1e-6)


def test_where_prompts_overlap_shares_explain_themselves() -> None:
    """At the optimum a prompt's share is its mean blame for the points, shares included."""
    wide = Gaussians(EYE[:3], torch.full((3, 4), -1.0, dtype=torch.float64))
    method = PromptWeights(alpha=1.0, draws=200, steps=1000).fit(wide, PICTURES)
    points = drawn(PICTURES, 200, 0)
    blame = (log_density(points, wide) + method.weights_.log()).softmax(dim=-1).mean(dim=0)
    torch.testing.assert_close(blame, method.weights_, atol=5e-3, rtol=0)
    without = log_density(points, wide).softmax(dim=-1).mean(dim=0)
    assert (without - method.weights_).abs().max() > 0.03


def test_draws_have_the_deviation_they_say() -> None:
    """A variance of 4: a deviation of 2, within 5 standard errors."""
    points = drawn(Gaussians(EYE[:1], torch.full((1, 4), 4.0).log()), 5000, 0) - EYE[0]
    assert abs(float(points.std()) - 2) < 5 * 2 / (2 * 20000) ** 0.5


def test_only_the_nearest_pictures_count() -> None:
    """Of pictures along (1,0,0), (0,1,0), (0,0,1) and -(1,0,0), three are near the mean prompt."""
    pictures = sharp(torch.cat([EYE[:3], -EYE[:1].expand(50, 4)]))
    method = PromptWeights(alpha=1.0, neighbours=3).fit(PROMPTS, pictures)
    assert method.weights_.tolist() == pytest.approx([1 / 3] * 3, abs=1e-6)


def test_classifier_is_the_weighted_mean_at_unit_length() -> None:
    expected = torch.tensor([0.6, 0.3, 0.1, 0.0], dtype=torch.float64)
    got = fitted(1.0).classifier(PROMPTS)
    torch.testing.assert_close(got, expected / expected.norm(), atol=1e-6, rtol=0)


def test_density_is_torchs() -> None:
    generator = torch.Generator().manual_seed(0)
    mean, u = torch.randn(2, 3, 4, generator=generator, dtype=torch.float64)
    points = torch.randn(5, 4, generator=generator, dtype=torch.float64)
    law = torch.distributions.Normal(mean, (u / 2).exp())
    expected = law.log_prob(points[:, None]).sum(dim=-1)
    torch.testing.assert_close(log_density(points, Gaussians(mean, u)), expected)


def test_vague_prompts_go() -> None:
    """Total variances 1, 1, 7: mean 3, deviation 2.83; all three within 1.5 deviations."""
    prompts = Gaussians(EYE[:3], torch.tensor([[0.25], [0.25], [1.75]]).expand(3, 4).log())
    assert plain_prompts(prompts).tolist() == [True, True, False]
    assert plain_prompts(prompts, deviations=1.5).all()
    assert plain_prompts(prompts, deviations=-9.0).tolist() == [True, True, False]


def test_same_seed_same_weights_and_options() -> None:
    wide = Gaussians(PICTURES.mean, torch.zeros(10, 4))
    assert torch.equal(fitted(1.0, wide).weights_, fitted(1.0, wide).weights_)
    with pytest.raises(ValueError, match="at least 1"):
        PromptWeights(alpha=0.5)

"""The split of vagueness and ignorance: its parts by the law they are made of, caps, rotations."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from dubito.data.worlds.answers import unit
from dubito.estimate.asked.s_qubed import SQubed, latent_split
from dubito.estimate.semantic_volume import fit_projection
from dubito.evidence import Evidence, Missing
from dubito.maths.von_mises_fisher import fit_spread, sphere_entropy
from inputs import rich_evidence


def made(vague: float, noise: float, *, n: int = 5, m: int = 6, d: int = 4, seed: int = 0):
    rng = np.random.default_rng(seed)
    latents = unit(np.eye(d)[0] + vague * rng.normal(size=(n, d)))
    return latents, unit(latents[:, None] + noise * rng.normal(size=(n, m, d)))


def asked(latents: np.ndarray, outputs: np.ndarray) -> list[Evidence]:
    """The question, the request with its meanings, each meaning asked: m samples each."""
    k = outputs.shape[1]
    sets = [np.eye(k, latents.shape[1]), latents, *outputs]
    evidence = [rich_evidence(i, k) for i in range(len(sets))]
    return [
        replace(e, embeddings=np.vstack([s[:1] * -1, s]))
        for e, s in zip(evidence, sets, strict=True)
    ]


def test_parts_are_entropies_of_each_set() -> None:
    latents, outputs = made(0.5, 0.2)
    split = latent_split(latents, outputs)
    assert split.aleatoric == fit_spread(latents).entropy
    assert split.epistemic == pytest.approx(np.mean([fit_spread(o).entropy for o in outputs]))
    assert split.total == split.aleatoric + split.epistemic
    assert split.capped == 0


def test_by_hand_in_three_dimensions() -> None:
    """Three axes: R^2 = 1/3, repaired 0: log 4 pi. Outputs all the same: the cap's entropy."""
    split = latent_split(np.eye(3), np.ones((2, 3, 3)), cap=100)
    assert split.aleatoric == pytest.approx(math.log(4 * math.pi))
    # cap 100: log(4 pi sinh(100) / 100) - 100 (coth 100 - 1/100), sinh 100 = e^100 / 2
    assert split.epistemic == pytest.approx(math.log(2 * math.pi / 100) + 1)
    assert split.capped == pytest.approx(2 / 3)


def test_one_meaning_is_at_the_cap() -> None:
    latents, outputs = made(0.5, 0.2)
    for same in (latents[:1], np.repeat(latents[:1], 5, axis=0)):
        split = latent_split(same, outputs)
        assert split.aleatoric == sphere_entropy(1e4, 4)
        assert split.capped == pytest.approx(1 / 6)


def test_rotation_leaves_both_parts() -> None:
    turn = stats.ortho_group.rvs(4, random_state=0)
    latents, outputs = made(0.5, 0.2)
    assert latent_split(latents @ turn, outputs @ turn) == pytest.approx(
        latent_split(latents, outputs)
    )


def test_each_part_has_its_own_cause() -> None:
    calm, vague, noisy = (
        latent_split(*made(*pair)) for pair in ((0.2, 0.1), (0.9, 0.1), (0.2, 0.5))
    )
    assert vague.aleatoric > calm.aleatoric == noisy.aleatoric
    assert noisy.epistemic > calm.epistemic
    assert abs(vague.epistemic - calm.epistemic) < 0.2 * (noisy.epistemic - calm.epistemic)


def test_outputs_of_another_encoder_may_have_another_dimension() -> None:
    latents, _ = made(0.5, 0.2)
    _, outputs = made(0.5, 0.2, d=7)
    assert latent_split(latents, outputs).aleatoric == fit_spread(latents).entropy


def test_estimator_reads_the_request_then_the_meanings() -> None:
    latents, outputs = made(0.5, 0.3, n=6, m=6)
    score = SQubed(samples=6)(asked(latents, outputs))
    split = latent_split(latents, outputs)
    assert score.doubt == pytest.approx(split.total)
    assert score.parts["aleatoric"] == pytest.approx(split.aleatoric)
    assert score.parts["epistemic"] == pytest.approx(split.epistemic)
    raw = SQubed(samples=6, repair=False)(asked(latents, outputs))
    assert raw.doubt < score.doubt  # a short mean made longer by chance


def test_projection_comes_first() -> None:
    latents, outputs = made(0.5, 0.3, n=6, m=6, d=8)
    axes = fit_projection(np.random.default_rng(1).normal(size=(50, 8)), 3)
    score = SQubed(samples=6, projection=axes)(asked(latents, outputs))
    assert score.doubt == pytest.approx(latent_split(axes(latents), axes(outputs)).total)


def test_prompts_are_the_drawn_meanings() -> None:
    request = rich_evidence(0, 6)
    assert SQubed(samples=4).prompts(request) == tuple(s.text for s in request.samples[:4])


def test_refused() -> None:
    with pytest.raises(Missing, match="2 ways"):
        SQubed(samples=6)(asked(*made(0.5, 0.3, m=6, n=6))[:2])
    with pytest.raises(ValueError, match="samples"):
        SQubed(samples=1)
    with pytest.raises(ValueError, match="cap"):
        SQubed(cap=math.inf)
    with pytest.raises(ValueError, match="outputs"):
        latent_split(np.eye(3), np.eye(3))

"""Worlds of vague prompts, of buckets and of members: their truth holds, shuffling unlinks it."""

import numpy as np
import pytest

from dubito.data.worlds.hashed import DIGITS, WORDINGS, counted, draw, hashed
from dubito.data.worlds.members import members
from dubito.data.worlds.vague_prompts import vague_prompts
from dubito.maths.pairs import pair_confidence


def test_vague_prompts_have_their_meanings_and_noise() -> None:
    world = vague_prompts(0)
    assert np.linalg.norm(world.outputs, axis=-1) == pytest.approx(np.ones((60, 12, 8)))
    distinct = [len(np.unique(rows.round(9), axis=0)) for rows in world.latents]
    assert (distinct <= world.meanings).all()
    assert max(distinct) >= 6
    away = np.linalg.norm(world.outputs - world.latents[:, :, None], axis=-1).mean(axis=(1, 2))
    groups = [away[world.noise == s] for s in (0.05, 0.2, 0.5)]
    assert groups[0].max() < groups[1].min() < groups[1].max() < groups[2].min()
    clear = (world.meanings == 1) & (world.noise == 0.05)
    assert (world.accuracy[clear] > 0.95).all()


def test_shuffled_prompts_keep_causes_together() -> None:
    world = vague_prompts(0)
    other = world.shuffled(np.random.default_rng(0))
    assert other.latents is world.latents
    assert (other.meanings != world.meanings).any()
    before = sorted(zip(world.meanings, world.noise, world.accuracy, strict=True))
    assert before == sorted(zip(other.meanings, other.noise, other.accuracy, strict=True))


def test_questions_have_one_digit_and_buckets_up_to_four() -> None:
    world = hashed(0, pairs=1000)
    assert world.law.sum(axis=1) == pytest.approx(np.ones(300))
    digits = (world.law.reshape(300, DIGITS, WORDINGS).sum(axis=2) > 0).sum(axis=1)
    assert (digits == 1).all()
    sizes = np.bincount(world.bucket)
    assert sizes.min() >= 1
    assert sizes.max() == 4
    assert (world.law[world.asked[:, None], world.pairs] > 0).all()


def test_draws_follow_the_law() -> None:
    law = np.array([[0.2, 0.0, 0.8], [0.0, 0.5, 0.5]])
    rows = np.repeat([1, 0], 20_000)
    drawn = draw(np.random.default_rng(0), law, rows)
    for q in (0, 1):
        shares = np.bincount(drawn[rows == q], minlength=3) / 20_000
        assert shares == pytest.approx(law[q], abs=5 * 0.5 / np.sqrt(20_000))


def test_counted_pairs_approach_the_exact_joint() -> None:
    world = hashed(1, questions=20, pairs=400_000)
    model = counted(world)
    for b in range(world.bucket.max() + 1):
        laws = world.law[world.bucket == b]
        assert model.first[b] == pytest.approx(laws.mean(axis=0), abs=0.03)
        joint = np.einsum("qi,qj->ij", laws, laws) / len(laws)
        assert model.first[b][:, None] * model.second[b] == pytest.approx(joint, abs=0.03)


def test_bad_pairs_teach_nothing() -> None:
    """Copies: all is known once it was said. Answers to unlike questions: nothing is learnt."""
    world = hashed(2, questions=40, pairs=200_000)
    copied = counted(world, pairs=world.pairs[:, [0, 0]])
    said = copied.first > 0
    b, y = np.nonzero(said)
    assert copied.second[b, y, y] == pytest.approx(np.ones(len(b)))
    good = counted(world)
    frequent = good.first > 0.05
    b, y = np.nonzero(frequent)
    partner = draw(np.random.default_rng(0), good.first, world.bucket[world.asked])
    unlike = counted(world, pairs=np.column_stack([world.pairs[:, 0], partner]))
    flat = pair_confidence(unlike.first[b, y], unlike.second[b, y, y])
    true = pair_confidence(good.first[b, y], good.second[b, y, y])
    assert flat.mean() > 0.95
    assert true.mean() < 0.8


def test_seldom_met_prompts_part_the_members() -> None:
    world = members(0, prompts=60)
    p = np.exp(world.logp)
    assert p.sum(axis=-1) == pytest.approx(np.ones(p.shape[:-1]))
    spread = p.std(axis=1).mean(axis=(1, 2))
    assert spread[world.seldom].mean() > 1.5 * spread[~world.seldom].mean()
    chosen = np.take_along_axis(
        p.mean(axis=1)[:, None], world.answers[..., None], axis=-1
    )  # [N, S, T, 1]
    assert chosen.mean() > 1.5 / p.shape[-1]
    other = world.shuffled(np.random.default_rng(0))
    assert other.seldom.sum() == world.seldom.sum() == 30
    assert (other.seldom != world.seldom).any()

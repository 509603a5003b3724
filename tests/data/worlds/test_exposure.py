"""Questions met more or less often: the error is what the records say, the posterior is right."""

import numpy as np
import pytest
from scipy import stats

from dubito.data.worlds.exposure import PRIOR, exposure


@pytest.mark.parametrize("ambiguous", [True, False])
def test_error_is_the_divergence_of_truth_and_model(ambiguous: bool) -> None:
    world = exposure(0, ambiguous=ambiguous)
    again = [stats.entropy(t, p) for t, p in zip(world.true, world.model, strict=True)]
    assert world.error == pytest.approx(again)
    assert (world.error > 0).all()


def test_one_right_answer_or_many() -> None:
    assert set(np.unique(exposure(0, ambiguous=False).true)) == {0.0, 1.0}
    world = exposure(0, questions=4000)
    # Dirichlet(1) over 6: mean 1/6, variance (1/6)(5/6)/7
    assert world.true.mean(axis=0) == pytest.approx(np.full(6, 1 / 6), abs=0.015)
    assert world.true.var() == pytest.approx(5 / 36 / 7, rel=0.05)


def test_evidence_is_prior_and_whole_draws() -> None:
    counts = exposure(1).evidence - PRIOR
    assert counts == pytest.approx(counts.round())
    met = counts.sum(axis=1)
    # log-uniform on [0.5, 200] rounded down: 0 with log 2 / log 400, never above 199
    share = np.log(2) / np.log(400)
    assert (met == 0).mean() == pytest.approx(share, abs=5 * np.sqrt(share * (1 - share) / 400))
    assert met.max() <= 199
    never = met == 0
    assert exposure(1).model[never] == pytest.approx(np.full((never.sum(), 6), 1 / 6))


def test_only_right_answers_are_drawn_without_ambiguity() -> None:
    world = exposure(2, ambiguous=False)
    assert ((world.evidence > PRIOR + 0.5) <= (world.true == 1)).all()


def test_members_spread_as_the_posterior() -> None:
    world = exposure(0, questions=20, members=4000)
    total = world.evidence.sum(axis=1, keepdims=True)
    variance = world.model * (1 - world.model) / (total + 1)
    assert world.members.shape == (4000, 20, 6)
    assert world.members.mean(axis=0) == pytest.approx(world.model, abs=0.04)
    assert world.members.var(axis=0) == pytest.approx(variance, rel=0.25, abs=1e-3)


def test_shuffled_questions_keep_what_is_seen() -> None:
    world = exposure(0)
    mixed = world.shuffled(np.random.default_rng(0))
    assert mixed.evidence is world.evidence
    assert sorted(mixed.error) == sorted(world.error)
    assert mixed.error.tolist() != world.error.tolist()
    assert exposure(0).error.tolist() == world.error.tolist()

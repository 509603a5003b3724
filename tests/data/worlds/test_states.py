import numpy as np
import pytest

from dubito.data.worlds.features import ACTIVE, DEPTHS, features
from dubito.data.worlds.mannered import FACTS, mannered
from dubito.data.worlds.states import (
    DOMAIN,
    WIDTH,
    around,
    inner_truth,
    narrow,
    polluted,
    styled,
)
from dubito.evidence import Evidence


def means(evidence: tuple[Evidence, ...], layer: int = 0) -> np.ndarray:
    """Mean of the states from which tokens were chosen: all but the last."""
    return np.stack([e.answer.hidden.values[layer, :-1].mean(axis=0) for e in evidence])


def test_rows_have_their_planted_mean_and_a_last_one_that_says_nothing():
    rows = around(np.arange(6.0).reshape(2, 3), np.random.default_rng(0), tokens=4)
    assert rows.shape == (2, 5, 3)
    assert rows[:, :4].mean(axis=1) == pytest.approx(np.arange(6.0).reshape(2, 3))
    assert rows[:, :4].std(axis=1).min() > 0


def test_narrow_errors_are_short_and_across():
    """Wrong ones are not farther in the widest directions but in the narrowest, by 1.5 a step."""
    world = narrow(0, known=2000, judged=2000)
    known, new = means(world.known), means(world.evidence)
    values, _ = np.linalg.eigh(np.corrcoef(known.T))
    assert values[0] < 0.05 < 2 < values[-1]
    z = (new - known.mean(axis=0)) @ np.linalg.inv(np.linalg.cholesky(np.cov(known.T))).T
    far = (z**2).sum(axis=1)
    assert far[~world.wrong].mean() == pytest.approx(WIDTH, rel=0.05)
    assert far[world.wrong].mean() == pytest.approx(WIDTH + 8 * 1.5**2, rel=0.05)
    plain = np.linalg.norm(new - known.mean(axis=0), axis=1)
    assert abs(plain[world.wrong].mean() / plain[~world.wrong].mean() - 1) < 0.05


def test_styled_domains():
    """The covariance of all kinds less that of the known is 1 - 0.3^2 in the domain, else 0."""
    world = styled(0, known=4000, judged=4)
    known, usual = means(world.known), means(world.background)
    values = np.linalg.eigvalsh(np.cov(usual.T) - np.cov(known.T))
    assert values[-DOMAIN:] == pytest.approx([1 - 0.3**2] * DOMAIN, abs=0.25)
    assert np.linalg.norm(known.mean(axis=0)) == pytest.approx(DOMAIN**0.5, rel=0.05)
    assert np.linalg.norm(usual.mean(axis=0)) < 0.1


def test_styled_errors_leave_the_domain():
    world = styled(0, known=3, judged=4000)
    new = means(world.evidence)
    gap = new[~world.wrong].mean(axis=0) - new[world.wrong].mean(axis=0)
    assert np.linalg.norm(gap) == pytest.approx(0.4 * DOMAIN**0.5, rel=0.1)


def test_a_fifth_of_the_polluted_is_odd():
    """Odd and wrong ones lie 3 sqrt 2 away, in the same place."""
    world = polluted(0, known=2000, judged=2000)
    known, new = means(world.known), means(world.evidence)
    right, wrong = new[~world.wrong].mean(axis=0), new[world.wrong].mean(axis=0)
    assert np.linalg.norm(wrong - right) == pytest.approx(3 * 2**0.5, rel=0.05)
    assert known.mean(axis=0) == pytest.approx(0.8 * right + 0.2 * wrong, abs=0.2)
    axis = (wrong - right) / np.linalg.norm(wrong - right)
    assert ((known - right) @ axis > 2.1).mean() == pytest.approx(0.2, abs=0.02)


def test_inner_truth_stands_after_the_last_word_at_the_middle():
    world = inner_truth(0, taught=3000, judged=2)
    rows = np.stack([e.answer.hidden.values for e in world.other.evidence])  # [N, 2, 6, d]
    gap = rows[world.other.wrong].mean(axis=0) - rows[~world.other.wrong].mean(axis=0)
    size = np.linalg.norm(gap, axis=-1)  # [2, 6]
    assert size[0, 4] > 1
    assert np.delete(size.ravel(), 4).max() < 0.4
    axis = gap[0, 4] / size[0, 4]
    p = 1 / (1 + np.exp(-3 * rows[:, 0, 4] @ axis))
    assert np.mean((p > 0.5) == world.other.wrong) == pytest.approx(
        np.maximum(p, 1 - p).mean(), abs=0.03
    )


def test_token_entropy_knows_a_little():
    world = narrow(0, known=3, judged=4000)
    entropy = np.array([e.answer.entropies.mean() for e in world.evidence])
    assert entropy[world.wrong].mean() == pytest.approx(1.2, abs=0.05)
    assert entropy[~world.wrong].mean() == pytest.approx(1.0, abs=0.05)


def test_features_decide_at_one_depth():
    """E[right | s] = sigmoid(2 s) where s sums the states along three directions."""
    world = features(0, judged=3000, labelled=3, pairs=3)
    for layer in range(len(DEPTHS)):
        along = means(world.evidence, layer) @ world.directions.T
        gap = along[~world.wrong].mean(axis=0) - along[world.wrong].mean(axis=0)
        assert (gap > 0.3).all() if layer == ACTIVE else (np.abs(gap) < 0.2).all()
    along = means(world.evidence, ACTIVE) @ world.directions.T
    assert along.var(axis=0) == pytest.approx([1 + 0.49] * 3, rel=0.1)
    assert world.directions @ world.directions.T == pytest.approx(np.eye(3), abs=1e-9)


def test_pairs_differ_along_their_direction():
    world = features(0, judged=3, labelled=3, pairs=400)
    for pairs, mean, spread in ((world.varying, 1.1, 1.8 / 12**0.5), (world.constant, 1.0, 0.0)):
        for direction, (positive, negative) in zip(world.directions, pairs, strict=True):
            gap = means(positive, ACTIVE) - means(negative, ACTIVE)
            along = gap @ direction
            assert along.mean() == pytest.approx(mean, abs=0.1)
            assert along.std() == pytest.approx(np.hypot(spread, 0.1), rel=0.1)
            across = gap - along[:, None] * direction
            assert across.std() == pytest.approx(0.1, rel=0.05)
    for direction, (positive, negative) in zip(world.directions, world.elsewhere, strict=True):
        gap = (means(positive, ACTIVE) - means(negative, ACTIVE)).mean(axis=0)
        assert abs(gap @ direction) < 0.6 * np.linalg.norm(gap)


def test_the_moved_nuisance_is_across_the_features():
    world = features(0, judged=3000, labelled=3, pairs=3)
    gap = means(world.moved.evidence, ACTIVE).mean(axis=0) - means(world.evidence, ACTIVE).mean(0)
    assert np.linalg.norm(gap) == pytest.approx(3 * 10**0.5, rel=0.1)
    assert np.abs(world.directions @ gap).max() < 0.2


def test_shuffled_features_keep_their_states_and_lose_every_label():
    world = features(0, judged=200, labelled=100, pairs=3)
    mixed = world.shuffled(np.random.default_rng(0))
    for before, after in (
        (world, mixed),
        (world.labelled, mixed.labelled),
        (world.moved, mixed.moved),
    ):
        assert before.evidence is after.evidence
        assert before.wrong.sum() == after.wrong.sum()
        assert (before.wrong != after.wrong).any()
    assert mixed.varying is world.varying


def test_words_have_levels_and_only_facts_betray():
    """Surprise above a word's least: Exp(1.5) of wrong facts, Exp(0.3) of right ones, else 1."""
    world = mannered(0, taught=4000, judged=2).other
    least: dict[str, float] = {}
    for e in world.evidence:
        for word, logp in zip(e.answer.tokens, e.answer.logprobs, strict=True):
            least[word] = min(least.get(word, np.inf), -logp)
    above: dict[tuple[bool, bool], list[float]] = {}
    for e, wrong in zip(world.evidence, world.wrong, strict=True):
        assert 6 <= len(e.answer.tokens) <= 12
        facts = [int(w.removeprefix("word")) < FACTS for w in e.answer.tokens]
        assert 1 <= sum(facts) <= 3
        for word, logp, fact in zip(e.answer.tokens, e.answer.logprobs, facts, strict=True):
            above.setdefault((fact, bool(wrong)), []).append(-logp - least[word])
    assert len(least) == 30
    assert np.ptp(list(least.values())) > 2
    expected = {(True, True): 1.5, (True, False): 0.3, (False, True): 1.0, (False, False): 1.0}
    for key, mean in expected.items():
        assert np.mean(above[key]) == pytest.approx(mean, abs=0.05)
    assert world.wrong.mean() == pytest.approx(0.4, abs=0.04)


@pytest.mark.parametrize("make", [narrow, styled, polluted])
def test_same_seed_same_states(make):
    first, second = make(7, known=4, judged=4), make(7, known=4, judged=4)
    assert (means(first.evidence) == means(second.evidence)).all()
    assert (means(first.known) == means(second.known)).all()
    assert not (means(first.known) == means(make(8, known=4, judged=4).known)).all()

"""The truths that the worlds of the parity shelf promise."""

import numpy as np
import pytest

from dubito.data.hedges import hedges
from dubito.data.worlds.hedged import SAYINGS, hedged
from dubito.data.worlds.order import order
from dubito.data.worlds.priors import habits
from dubito.data.worlds.rare_tokens import RARE, RARE_SURPRISE, rare_tokens
from dubito.data.worlds.specific import specific
from dubito.data.worlds.synonyms import TAIL, synonyms

WORLDS = (habits, synonyms, specific, rare_tokens, order, hedged)


@pytest.mark.parametrize("build", WORLDS)
def test_seeded_and_of_both_kinds(build):
    world, again, other = (build(seed, questions=40) for seed in (3, 3, 4))
    assert len(world.evidence) == len(world.wrong) == 40
    assert 0 < world.wrong.sum() < 40
    assert [e.answer.text for e in world.evidence] == [e.answer.text for e in again.evidence]
    assert (world.wrong == again.wrong).all()
    assert (world.wrong != other.wrong).any()


def gap(values: list[float], wrong: np.ndarray) -> float:
    """Difference of the means over wrong and right answers, in standard errors."""
    x = np.array(values)
    first, second = x[wrong], x[~wrong]
    return float(
        (first.mean() - second.mean())
        / np.sqrt(first.var() / len(first) + second.var() / len(second))
    )


def test_habits_differ_in_what_the_prompt_adds_alone():
    world = habits(0, questions=2000, fillers=3)
    added = [(e.answer.logprobs - e.answer.unconditional)[3:].mean() for e in world.evidence]
    surprise = [-e.answer.logprobs[3:].mean() for e in world.evidence]
    repeated = [(e.answer.logprobs - e.answer.unconditional)[:3].mean() for e in world.evidence]
    assert gap(added, world.wrong) < -10
    assert abs(gap(surprise, world.wrong)) < 4
    assert abs(gap(repeated, world.wrong)) < 4
    assert all((e.answer.entropies[:3] < 1).all() for e in world.evidence)
    assert all((e.answer.entropies[3:] > 4).all() for e in world.evidence)


def test_synonyms_share_the_mass_of_the_right_words():
    """Listed and tail together are whole; the number of ways knows nothing of right and wrong."""
    world = synonyms(0, questions=1000)
    ways, mass = [], []
    for e in world.evidence:
        p = np.exp(e.answer.top.logprobs)
        least = p[:, -1:]
        ways.append(int((p > 1.5 * least).sum(axis=1).max()))
        n = ways[-1]
        np.testing.assert_allclose(p[:, :n].sum(axis=1) + TAIL * p[:, -1], 1, rtol=1e-9)
        mass.append(p[:, :n].sum(axis=1).mean())
        assert (np.diff(p, axis=1) <= 1e-15).all()
        np.testing.assert_array_equal(e.answer.logprobs, e.answer.top.logprobs[:, 0])
    assert set(ways) == set(range(1, 7))
    assert gap(mass, world.wrong) < -10
    assert abs(gap([float(w) for w in ways], world.wrong)) < 4


def test_both_directions_of_entailment_know_nothing():
    world = specific(0, questions=1000)
    mean = [e.entailment.mean() for e in world.evidence]
    lean = [np.abs(e.entailment - e.entailment.T).mean() for e in world.evidence]
    assert abs(gap(mean, world.wrong)) < 4
    assert gap(lean, world.wrong) > 10
    assert all(e.entailment.min() >= 0 and e.entailment.max() <= 1 for e in world.evidence)
    # one order runs through all answers: some answer is the most specific of all
    e = world.evidence[0]
    leads = np.sort((e.entailment > e.entailment.T).sum(axis=1))
    assert leads.tolist() == list(range(len(leads)))


def test_rare_tokens_are_one_in_twenty():
    world = rare_tokens(0, questions=500)
    surprise = np.concatenate([-s.logprobs for e in world.evidence for s in e.samples])
    share = (surprise == RARE_SURPRISE).mean()
    assert abs(share - RARE) < 5 * np.sqrt(RARE * (1 - RARE) / len(surprise))
    usual = [
        float(np.median(np.concatenate([-s.logprobs for s in e.samples]))) for e in world.evidence
    ]
    assert gap(usual, world.wrong) > 10


def test_order_has_the_same_names_always():
    world = order(0, questions=500)
    texts = [s.text for e in world.evidence for s in e.samples]
    assert all(text.startswith(("Peru beat Chile", "Chile beat Peru")) for text in texts)
    assert all(e.answer.text.startswith("Peru") for e in world.evidence)
    turned = [np.mean([s.text.startswith("Chile") for s in e.samples]) for e in world.evidence]
    assert gap(turned, world.wrong) > 4


def test_sayings_convey_what_is_felt():
    """Each is read within 0.05 of what its speaker feels, the plain one as certain."""
    for level, text in SAYINGS:
        assert min(hedges(text), default=1.0) == pytest.approx(level, abs=0.051)

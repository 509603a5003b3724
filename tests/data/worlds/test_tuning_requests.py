"""A tuning set with infeasible requests that were answered: shares, scorer, what is held out."""

import numpy as np
import pytest

from dubito.data.feasibility import FEASIBLE, Category, every
from dubito.data.worlds.tuning_requests import ABLE, INSIDE, OUTSIDE, tuning_requests

KIND = {r.text: r.kind for c in (None, *Category) for r in every(c)}


@pytest.mark.parametrize("seed", range(4))
def test_the_held_out_category_is_never_tuned_on(seed: int) -> None:
    world = tuning_requests(seed)
    name = list(Category)[seed].name
    assert name not in {KIND[e.request] for e in world.examples}
    assert name not in {KIND[text] for text in world.further}
    asked = np.array([KIND[text] for text in world.asked])
    assert set(asked[world.part == OUTSIDE]) == {name}
    assert name not in asked[world.part == INSIDE]
    assert set(asked[world.part == ABLE]) == set(FEASIBLE)


def test_shares_and_answers() -> None:
    world = tuning_requests(0)
    infeasible = [KIND[e.request] not in FEASIBLE for e in world.examples]
    assert sum(infeasible) == world.infeasible == len(world.further) == 75
    for example, wrong in zip(world.examples, infeasible, strict=True):
        assert example.answer in FEASIBLE
        assert wrong or example.answer == KIND[example.request]


def test_nothing_comes_twice() -> None:
    world = tuning_requests(0)
    every_text = [*(e.request for e in world.examples), *world.further, *world.asked]
    assert len(set(every_text)) == len(every_text)


def test_the_scorer_errs_as_often_as_it_says() -> None:
    wrong = 0
    for seed in range(20):
        world = tuning_requests(seed)
        feasible = np.array([KIND[e.request] in FEASIBLE for e in world.examples])
        wrong += int(((world.stated > 0.5) != feasible).sum())
    # 20000 judgements, 10% wrong: standard deviation sqrt(20000 * 0.09) = 42
    assert abs(wrong - 2000) < 5 * 42.5


def test_shuffled_and_seeded() -> None:
    world = tuning_requests(0)
    mixed = world.shuffled(np.random.default_rng(0))
    assert mixed.examples is world.examples
    assert sorted(mixed.part) == sorted(world.part)
    assert mixed.part.tolist() != world.part.tolist()
    assert mixed.stated.tolist() != world.stated.tolist()
    assert tuning_requests(5).examples == tuning_requests(5).examples

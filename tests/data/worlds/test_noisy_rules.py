import numpy as np
import pytest

from dubito.data.worlds.noisy_rules import noisy_rules


def test_the_rule_holds_but_for_rough_tokens() -> None:
    """A rough rule is off by 0 .. 5, each as often: right in a sixth of the cases."""
    world = noisy_rules(0, judged=20_000)
    assert len(world.rough) == 11  # .45 of 24
    context, following = world.judged.context, world.judged.following
    off = (following - world.rule[context[:, 0], context[:, 1]]) % 24
    rough = np.isin(context[:, 0], world.rough)
    assert (off[~rough] == 0).all()
    share = np.bincount(off[rough], minlength=24) / rough.sum()
    assert share[:6] == pytest.approx([1 / 6] * 6, abs=5 * np.sqrt(5 / 36 / rough.sum()))
    assert share[6:].sum() == 0


def test_draws_share_the_rule_and_nothing_else() -> None:
    world = noisy_rules(1, first=500, fresh=300, judged=200)
    drawn = (world.first, world.fresh, world.judged)
    assert [len(d.context) for d in drawn] == [500, 300, 200]
    assert len({tuple(row) for d in drawn for row in d.context.tolist()}) == 1000


def test_shuffled_moves_what_is_judged_alone() -> None:
    world = noisy_rules(0)
    mixed = world.shuffled(np.random.default_rng(0))
    assert mixed.first is world.first
    assert mixed.fresh is world.fresh
    assert (mixed.judged.context == world.judged.context).all()
    assert sorted(mixed.judged.following) == sorted(world.judged.following)
    assert (mixed.judged.following != world.judged.following).mean() > 0.9


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match=r"share in \[0, 1\], got 1.5"):
        noisy_rules(0, rough=1.5)

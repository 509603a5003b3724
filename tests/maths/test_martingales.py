"""The Simple Jumper: steps by hand, and fair games."""

import numpy as np
import pytest
from scipy.integrate import quad

from dubito.maths.martingales import jump_and_bet

BETS = (-1.0, 0.0, 1.0)
START = np.full(3, -np.log(3))


def test_two_steps_by_hand() -> None:
    # capital 1/3 each; p = 0.1 gives the factors 1.4, 1, 0.6
    first = np.exp(jump_and_bet(START, 0.1, bets=BETS, jump=0.3))
    assert first == pytest.approx([1.4 / 3, 1 / 3, 0.6 / 3])
    # 0.7 of each and 0.1 of the total 1: 0.7 x 1.4 / 3 + 0.1 = 0.426667, 0.333333, 0.24;
    # p = 0.9 gives 0.6, 1, 1.4
    second = np.exp(jump_and_bet(np.log(first), 0.9, bets=BETS, jump=0.3))
    assert second == pytest.approx([0.256, 1 / 3, 0.336])


@pytest.mark.parametrize("jump", [0.01, 0.5])
def test_every_game_is_fair(jump: float) -> None:
    """The mean of the next total over uniform p is the total."""
    capital = np.log([0.1, 2.0, 0.7])

    def total(p: float) -> float:
        return float(np.exp(jump_and_bet(capital, p, bets=(-1.5, 0.2, 1.0), jump=jump)).sum())

    assert quad(total, 0, 1)[0] == pytest.approx(2.8)


def test_many_streams_at_once() -> None:
    capital, p = np.log(np.random.default_rng(0).random((2, 4, 3))), np.full((2, 4), 0.3)
    p[1, 2] = 0.8
    every = jump_and_bet(capital, p, bets=BETS, jump=0.1)
    assert every.shape == (2, 4, 3)
    one = jump_and_bet(capital[1, 2], 0.8, bets=BETS, jump=0.1)
    assert every[1, 2] == pytest.approx(one)


def test_lost_capital_comes_back_by_jumps() -> None:
    """A gambler with e^-2000 of the capital has at least jump / 3 of it after one jump."""
    after = jump_and_bet([0.0, -2000.0, -2000.0], 0.5, bets=BETS, jump=0.03)
    assert np.exp(after) == pytest.approx([0.98, 0.01, 0.01])

"""Twenty questions about the countries of the world, for a person or a program to answer."""

from collections.abc import Callable, Hashable

import numpy as np

from dubito.data.worlds.yes_no import country_questions
from dubito.decide.conformal_pursuit import ConformalPursuit
from dubito.decide.dialogue import Dialogue, ask
from dubito.decide.inquiry import Inquiry, random_histories


def country_pursuit(
    *, slip: float = 0.05, turns: int = 20, calibration: int = 200, seed: int = 0
) -> ConformalPursuit:
    """Ready to ask about 154 countries, expecting that an answer in `1 / slip` is wrong.

    The predictor is Bayes' rule over facts of the package countryinfo, which is exact for answers
    with such slips: `InformationPursuit(country_pursuit().inquiry_)` needs fewer questions then.

    Raises:
        MissingExtra: the package countryinfo is not installed.
    """
    bank = country_questions(slip=slip)
    inquiry = Inquiry(bank.labels, bank.questions, bank.posterior, bank.answers)
    rng = np.random.default_rng(seed)
    played = [random_histories(inquiry, k, calibration, rng) for k in range(turns + 1)]
    return ConformalPursuit().fit(inquiry, played)


def twenty_questions(respond: Callable[[Hashable], bool], *, seed: int = 0) -> Dialogue:
    """The dialogue with somebody who thinks of a country; its `guess` is the country.

    Against the keyboard: `twenty_questions(lambda q: input(f"{q} y/n ").startswith("y"))`.
    """
    return ask(country_pursuit(seed=seed), respond, rng=np.random.default_rng(seed))

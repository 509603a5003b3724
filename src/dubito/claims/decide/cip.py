"""Where probabilities say too little, calibrated sets ask better than entropy and than chance.

Only what is asked differs: a power of the posterior leaves its likeliest label in place. With the
exact posterior the entropy asks better, which is among the conditions.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Any, Self

import numpy as np

from dubito.claims.lab import Claim
from dubito.data.worlds.world import Flags
from dubito.data.worlds.yes_no import YesNo, coin_questions
from dubito.decide.conformal_pursuit import ConformalPursuit
from dubito.decide.information_pursuit import InformationPursuit
from dubito.decide.inquiry import History, Inquiry, random_histories
from dubito.evidence import Floats, Integers

TURNS = 5
GAMMAS = (0.3, 1.0, 3.0)
CALIBRATION = 200  # histories of each length


@dataclass(frozen=True, eq=False)
class Table:
    """G games over one bank: what is meant, and what would be answered to each question."""

    bank: YesNo
    label: Integers  # [G]
    reply: Flags  # [G, Q]
    seed: int


Rule = Callable[[Table, float, np.random.Generator], list[History]]  # with a power -> G histories


@dataclass(frozen=True, eq=False)
class Games:
    """The games and the labels by which guesses are judged."""

    table: Table
    right: Integers  # [G]

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The same games, each judged by another's label."""
        changes: dict[str, Any] = {"right": rng.permutation(self.right)}
        return replace(self, **changes)


def games(seed: int, *, count: int) -> Games:
    """Uniform labels, and replies that slip; every rule gets the same reply to a question."""
    bank = coin_questions(seed)
    rng = np.random.default_rng([seed, 2])
    label = rng.integers(len(bank.labels), size=count)
    reply = rng.uniform(size=(count, len(bank.questions))) < bank.yes[label]
    return Games(Table(bank, label, reply, seed), label)


def inquiry(bank: YesNo, gamma: float) -> Inquiry:
    """The predictor with this power."""
    other = replace(bank, gamma=gamma)
    return Inquiry(other.labels, other.questions, other.posterior, other.answers)


@lru_cache(maxsize=8)
def guesses(table: Table, rule: Rule, gamma: float) -> Integers:
    """Row of the guess after each turn, [G, TURNS]; a world and its null share their games."""
    histories = rule(table, gamma, np.random.default_rng([table.seed, 3]))
    after = [[h[:turn] for h in histories] for turn in range(1, TURNS + 1)]
    return np.stack([table.bank.posterior(h).argmax(axis=1) for h in after], axis=1)


def by_sets(table: Table, gamma: float, rng: np.random.Generator) -> list[History]:
    """Ours; never stops early."""
    about = inquiry(table.bank, gamma)
    played = [random_histories(about, k, CALIBRATION, rng) for k in range(TURNS + 1)]
    pursuit = ConformalPursuit(enough=0).fit(about, played)
    return [play(table, g, pursuit, rng) for g in range(len(table.label))]


def by_entropy(table: Table, gamma: float, rng: np.random.Generator) -> list[History]:
    """Information pursuit."""
    pursuit = InformationPursuit(inquiry(table.bank, gamma), turns=TURNS)
    return [play(table, g, pursuit, rng) for g in range(len(table.label))]


def at_random(table: Table, _gamma: float, rng: np.random.Generator) -> list[History]:
    """Any question that was not asked."""
    bank, (count, width) = table.bank.questions, table.reply.shape
    order = rng.permuted(np.tile(np.arange(width), (count, 1)), axis=1)[:, :TURNS]
    return [tuple((bank[q], bool(table.reply[g, q])) for q in order[g]) for g in range(count)]


def play(
    table: Table,
    game: int,
    pursuit: ConformalPursuit | InformationPursuit,
    rng: np.random.Generator,
) -> History:
    """The history of one game."""
    place = {q: i for i, q in enumerate(table.bank.questions)}
    history: History = ()
    while (question := pursuit.next_question(history, rng)) is not None:
        history = (*history, (question, bool(table.reply[game, place[str(question)]])))
    return history


def accuracy(world: Games, rule: Rule, gamma: float) -> Floats:
    """Share of right guesses after each turn, [TURNS]."""
    return (guesses(world.table, rule, gamma) == world.right[:, None]).mean(axis=0)


def late(world: Games, *, rule: Rule, gamma: float = 0.3) -> float:
    """Accuracy after turns 4 and 5, averaged."""
    return float(accuracy(world, rule, gamma)[3:].mean())


def varies(world: Games, rule: Rule) -> float:
    """How far accuracy at the last turn differs over the powers."""
    last = [accuracy(world, rule, gamma)[-1] for gamma in GAMMAS]
    return float(max(last) - min(last))


CLAIM = Claim(
    world=partial(games, count=100),
    tiny=partial(games, count=8),
    ours=partial(late, rule=by_sets),
    baselines={
        "expected entropy": partial(late, rule=by_entropy),
        "questions in random order": partial(late, rule=at_random),
    },
    metric="accuracy after turns 4 and 5",
    margin=0.08,
    checks={
        "above entropy": lambda w: late(w, rule=by_sets) - late(w, rule=by_entropy),
        "varies by less than 0.2 over the powers": lambda w: 0.2 - varies(w, by_sets),
        "entropy varies by more than 0.2": lambda w: varies(w, by_entropy) - 0.2,
        "entropy is better where the posterior is exact": lambda w: (
            late(w, rule=by_entropy, gamma=1.0) - late(w, rule=by_sets, gamma=1.0)
        ),
    },
    paper="chan2025",
    paper_figure="20 Questions: more accurate in fewer turns than by entropy, as a plot",
    seeds=8,
    first_seed=2000,
    size="100 games a seed, 20 labels, 30 questions with slips of 0.07, 5 turns, 200 histories "
    "of each length, 24 draws",
    tried="First against entropy alone, as the card has it: +0.072 [+0.002, +0.141] on seeds 1000 "
    "to 1005; the card's own +0.19 came from 120 games. But questions chosen by the greatest bound "
    "gained 0.04 over entropy as well (seeds 0 to 2): at the power 0.3 entropy falls below a "
    "random order. So that is a baseline too, on new seeds. On seeds 0 to 4 sets were level with "
    "it, also with 96 draws, and (0 to 5) with labels drawn for each question by itself; 0.03 "
    "above with labels drawn from the posterior, 0.09 below with alpha 0.3. Where most questions "
    "are true of few, entropy was better at every power. Why: draws whose set misses the label "
    "weigh alpha however many they are. On two of four banks the first question chosen was one of "
    "which three quarters of the sets are empty or wrong, where a tenth was promised.",
)

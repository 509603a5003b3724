"""Worked solutions to the questions that drawn answers disagree on teach more than to others."""

from functools import partial

import numpy as np

from dubito.claims.lab import Claim
from dubito.data.worlds.symbol_rules import SymbolRules, symbol_rules
from dubito.decide.active_prompt import ActivePrompt, majority, outcome_entropy
from dubito.evidence import Integers

SOLUTIONS = 4  # questions that get a worked solution


def accuracy(world: SymbolRules, chosen: Integers) -> float:
    """Share of right majority answers after the rules of the chosen questions are shown."""
    right = []
    for e, places in enumerate(chosen):
        shown = np.isin(world.asked[e], world.pool[e, places])
        voted = [majority(replies) for replies in world.replies[e].tolist()]
        right.append(shown | (np.array(voted) == world.rule[e, world.asked[e]]))
    return float(np.mean(right))


def ranked(world: SymbolRules, rule: ActivePrompt) -> Integers:
    """The pool's questions in the rule's order, [E, M]."""
    return np.stack([rule.rank(answers.tolist()).order for answers in world.drawn])


def taught(world: SymbolRules, *, rule: ActivePrompt) -> float:
    """Accuracy with solutions to the first questions by this rule."""
    return accuracy(world, ranked(world, rule)[:, :SOLUTIONS])


def taught_least(world: SymbolRules) -> float:
    """Accuracy with solutions to the last questions by disagreement."""
    return accuracy(world, ranked(world, ActivePrompt())[:, -SOLUTIONS:])


def taught_any(world: SymbolRules) -> float:
    """Accuracy with solutions to any questions: the pool has no order."""
    return accuracy(world, np.tile(np.arange(SOLUTIONS), (len(world.pool), 1)))


disagreed = partial(taught, rule=ActivePrompt())
by_entropy = partial(taught, rule=ActivePrompt(criterion=outcome_entropy))

CLAIM = Claim(
    world=symbol_rules,
    tiny=partial(symbol_rules, episodes=2, questions=40),
    ours=disagreed,
    baselines={"any questions": taught_any},
    metric="accuracy",
    margin=0.05,
    checks={
        "the least doubtful ones teach 0.05 less than any": lambda w: (
            taught_any(w) - taught_least(w) - 0.05
        ),
        "entropy within 0.03": lambda w: 0.03 - abs(by_entropy(w) - disagreed(w)),
    },
    paper="diao2023",
    paper_figure="mean of eight tasks from 67.9 (self-consistency) to 74.9, text-davinci-002",
    size="20 episodes of 16 rules: 64 questions in the pool, 4 solved, 10 answers, 400 to judge by",
)

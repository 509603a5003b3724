"""Votes weighted by rank of self-certainty choose right answers more often than the majority."""

from dataclasses import replace
from functools import partial

import numpy as np

from dubito.claims.lab import Claim
from dubito.data.worlds.best_of_n import Candidates, candidates
from dubito.decide.best_of_n import BordaVoting
from dubito.evidence import Evidence


def chosen(world: Candidates, vote: BordaVoting) -> float:
    """Share of questions whose chosen answer is right."""
    picks = [
        vote(valued([e.answer for e in row], values)).sample
        for row, values in zip(world.evidence, world.value, strict=True)
    ]
    return float(world.right[np.arange(len(picks)), picks].mean())


def valued(answers: list, values: np.ndarray) -> Evidence:
    """One question whose samples are these answers, told by what they come to."""
    samples = tuple(replace(a, text=str(v)) for a, v in zip(answers, values, strict=True))
    return Evidence("question", samples[0], samples)


def first_drawn(world: Candidates) -> float:
    """Accuracy of one drawn answer, as expected; the world has no greedy one."""
    return float(world.right.mean())


def by(power: float) -> BordaVoting:
    """The vote with this power."""
    return BordaVoting(power=power)


CLAIM = Claim(
    world=candidates,
    tiny=partial(candidates, questions=20),
    ours=partial(chosen, vote=BordaVoting()),
    baselines={"majority": partial(chosen, vote=by(0.0)), "one drawn answer": first_drawn},
    metric="accuracy",
    margin=0.05,
    checks={
        "grows with the power": lambda w: chosen(w, BordaVoting()) - chosen(w, by(0.3)),
        "power 0.3 is above the majority": lambda w: chosen(w, by(0.3)) - chosen(w, by(0.0)),
        "the most certain answer is better still": lambda w: (
            chosen(w, by(float("inf"))) - chosen(w, BordaVoting())
        ),
    },
    paper="kang2025",
    paper_figure="above self-consistency with Borda votes on reasoning sets",
    seeds=6,
    size="300 questions, N = 16 answers of 8 steps over 50 tokens",
)

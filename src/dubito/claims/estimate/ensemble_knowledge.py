"""What members dispute tells seldom met prompts from open ones; the ensemble's entropy does not."""

from collections.abc import Callable
from functools import partial

import numpy as np

from dubito.claims.lab import Claim
from dubito.data.worlds.members import EnsembleWorld, members
from dubito.estimate.ensembles import knowledge, pairs, reverse
from dubito.evidence import Floats
from dubito.maths.ensemble_sequences import (
    chain_doubts,
    expectation_of_products,
    joint_doubts,
    lengths,
    whole,
)
from dubito.maths.ensembles import EnsembleDoubts
from dubito.maths.ranking import auroc


def by_chain(world: EnsembleWorld, measure: Callable[[EnsembleDoubts], float]) -> float:
    """AUROC of a measure of the tokens against seldom met prompts."""
    kept = np.ones((1, world.logp.shape[2]), dtype=bool)
    return auroc([measure(chain_doubts(p[:, None], kept)) for p in world.logp], world.seldom)


def reverse_of_answers(logp: Floats, answers: np.ndarray) -> float:
    """Reverse mutual information of whole answers: [M, T, V], [S, T]."""
    chosen = logp[:, np.arange(answers.shape[1]), answers]  # [M, S, T]
    kept = np.ones(answers.shape, dtype=bool)
    joint = expectation_of_products(chosen, kept)
    return joint_doubts(whole(chosen, kept), joint, lengths(kept)).reverse


def by_answers(world: EnsembleWorld) -> float:
    """AUROC of the reverse mutual information of whole answers."""
    doubts = [reverse_of_answers(*pair) for pair in zip(world.logp, world.answers, strict=True)]
    return auroc(doubts, world.seldom)


def least(world: EnsembleWorld) -> float:
    """The lowest AUROC of the four measures of knowledge: the claim is of each of them."""
    of_tokens = [by_chain(world, measure) for measure in (knowledge, pairs, reverse)]
    return min(*of_tokens, by_answers(world))


CLAIM = Claim(
    world=members,
    tiny=partial(members, prompts=20),
    ours=least,
    baselines={
        "entropy of the mean": lambda w: by_chain(w, lambda d: float(d.total)),
        "mean entropy of the members": lambda w: by_chain(w, lambda d: float(d.data)),
    },
    margin=0.1,
    seeds=5,
    paper="malinin2021",
    paper_figure="measures of knowledge find unfamiliar inputs in translation and speech better "
    "than total doubt",
    size="200 prompts, 6 members, 10 answers of 4 tokens, 8 words",
)

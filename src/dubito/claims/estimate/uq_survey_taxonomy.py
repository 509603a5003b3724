"""The survey's families behave as families: wordings hurt token doubt and leave meanings alone."""

from functools import partial

from dubito.claims.lab import Claim
from dubito.claims.measures import errors_found
from dubito.data.worlds.answers import Wordings, wordings
from dubito.data.worlds.world import Arms
from dubito.estimate.semantic_entropy import DiscreteSemanticEntropy
from dubito.estimate.sequence_entropy import SequenceEntropy

World = Arms[Wordings, Wordings]

TOKENS = SequenceEntropy()  # family A
MEANINGS = DiscreteSemanticEntropy()  # family C


def world(seed: int, *, questions: int = 400) -> World:
    """Eight wordings of each meaning, and one; the same knowledge in both."""
    make = partial(wordings, seed, questions=questions, greedy=False)
    return Arms(make(forms=8), make(forms=1))


def tokens(world: World) -> float:
    """AUROC of the token family with eight wordings."""
    return errors_found(world.main, estimator=TOKENS)


def meanings(world: World) -> float:
    """AUROC of the meaning family with eight wordings."""
    return errors_found(world.main, estimator=MEANINGS)


def equal_at_one(world: World) -> float:
    """0.02 less the difference of the families where each meaning has one wording."""
    by_tokens = errors_found(world.other, estimator=TOKENS)
    return 0.02 - abs(by_tokens - errors_found(world.other, estimator=MEANINGS))


def tokens_lose(world: World) -> float:
    """What eight wordings cost the token family, less 0.04."""
    return errors_found(world.other, estimator=TOKENS) - tokens(world) - 0.04


def meanings_keep(world: World) -> float:
    """0.02 less what eight wordings cost the meaning family."""
    return 0.02 - (errors_found(world.other, estimator=MEANINGS) - meanings(world))


CLAIM = Claim(
    world=world,
    tiny=partial(world, questions=40),
    ours=meanings,
    baselines={"sequence-entropy": tokens},
    margin=0.03,
    checks={
        "equal within 0.02 at one wording": equal_at_one,
        "eight wordings cost the token family 0.04": tokens_lose,
        "eight wordings cost the meaning family at most 0.02": meanings_keep,
    },
    paper="shorinwa2024",
    paper_figure="none: four families unify the literature",
    size="400 questions, 8 meanings in 8 wordings and in one, K = 10",
)

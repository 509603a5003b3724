"""Tuned on references with the note whether it knew them, a model knows better when it is right."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from typing import NamedTuple

import numpy as np
import torch

from dubito.claims.lab import Claim
from dubito.claims.label_measures import SURENESS, Lesson, likelihood, read, tuned
from dubito.data.worlds.graded_answers import GradedAnswers, graded_answers
from dubito.data.worlds.self_report import said_tokens
from dubito.data.worlds.taught import answers
from dubito.data.worlds.topics import special
from dubito.data.worlds.world import Flags
from dubito.evidence import Floats, Integers
from dubito.learn.known_references import certainty, less_doubtful_half
from dubito.learn.own_samples import consistency
from dubito.learn.statement import IGNORED, Labelled, followed_by
from dubito.maths.ranking import auprc, auroc
from dubito.nn.tiny_training import Schedule
from dubito.nn.tiny_transformer import TinyTransformer

SCHEDULE, DRAWS = Schedule(steps=160, rate=3e-4), 5
Rule = Callable[[GradedAnswers], Flags]  # who of the F facts is sure


class Spoken(NamedTuple):
    """What a tuned model says to all facts."""

    right: Flags  # [F]
    probability: Floats  # [F] of its greedy answer
    sure: Floats  # [F] p(sure) of it; 0.5 where nothing of the kind was taught

    @property
    def score(self) -> Floats:
        """[F] higher is more certain."""
        return certainty(self.probability, self.sure)


def known(world: GradedAnswers) -> Flags:
    """Those whose own answer was right before tuning."""
    return world.right


def unknown(world: GradedAnswers) -> Flags:
    """The same the wrong way round."""
    return ~world.right


def agreed(world: GradedAnswers) -> Flags:
    """The half of the facts for tuning whose draws agree most."""
    rows = practice(world)
    asked = torch.from_numpy(world.said[rows, :-1]).repeat_interleave(DRAWS, dim=0)
    drawn = world.model.draw(asked, 1, torch.Generator().manual_seed(0)).reshape(-1, DRAWS)
    sure = np.zeros(len(world.right), dtype=bool)
    sure[rows] = less_doubtful_half(consistency(drawn.numpy()).entropy)
    return sure


def practice(world: GradedAnswers) -> Integers:
    """The facts to tune on."""
    return np.flatnonzero(world.topics.tuning)


def value_learnt(texts: Integers) -> Labelled:
    """Texts [R, 6] whose last token alone is learnt."""
    tokens = torch.from_numpy(texts)
    labels = torch.full_like(tokens, IGNORED)
    labels[:, -1] = tokens[:, -1]
    return Labelled(tokens, labels)


def spoken(pupil: TinyTransformer, world: GradedAnswers, *, states: bool) -> Spoken:
    """Its answers, graded, and how sure it says it is of them."""
    rows = np.arange(len(world.topics))
    found = answers(pupil, world.topics, rows)
    said = said_tokens(pupil, world.topics, rows)
    sure = (
        read(pupil, said, "ASK", SURENESS).expected.numpy() if states else np.full(len(rows), 0.5)
    )
    return Spoken(found.right, likelihood(found.probability), sure)


@cache
def told(world: GradedAnswers, rule: Rule) -> Spoken:
    """After tuning on each reference and whether it is sure."""
    rows = practice(world)
    verdict = SURENESS[torch.from_numpy(rule(world)[rows].astype(np.int64))]
    texts = torch.from_numpy(world.topics.sentences(rows))
    lesson = Lesson(followed_by(texts, special("ASK"), verdict, answers=1), SURENESS)
    return spoken(tuned(world.model, [lesson], SCHEDULE), world, states=True)


@cache
def plain(world: GradedAnswers) -> Spoken:
    """After tuning on the references alone."""
    texts = world.topics.sentences(practice(world))
    lesson = Lesson(value_learnt(texts), SURENESS)
    return spoken(tuned(world.model, [lesson], SCHEDULE), world, states=False)


@cache
def refusing(world: GradedAnswers) -> Flags:
    """[F] what is refused after tuning with a refusal in the place of unknown references."""
    rows = practice(world)
    texts = world.topics.sentences(rows)
    texts[~world.right[rows], -1] = special("REFUSE")
    pupil = tuned(world.model, [Lesson(value_learnt(texts), SURENESS)], SCHEDULE)
    said = said_tokens(pupil, world.topics, np.arange(len(world.topics)))
    return said[:, -1] == special("REFUSE")


def precision(world: GradedAnswers, *, of: Callable[[GradedAnswers], Spoken]) -> float:
    """Average precision of finding the right answers about the things not tuned on."""
    new, found = ~world.topics.tuning, of(world)
    return auprc(found.score[new], found.right[new])


def less_wrong(world: GradedAnswers, *, rule: Rule) -> float:
    """AUROC of p(sure) against the errors, less 0.5."""
    new, found = ~world.topics.tuning, told(world, rule)
    return auroc(1 - found.sure[new], ~found.right[new]) - 0.5


def swapped(world: GradedAnswers) -> float:
    """How far below 0.5 it is with sure and unsure swapped."""
    return -less_wrong(world, rule=unknown)


def unsupervised(world: GradedAnswers) -> float:
    """Average precision with sure by the draws above that of the references alone."""
    return precision(world, of=partial(told, rule=agreed)) - precision(world, of=plain)


def refuses_the_unknown(world: GradedAnswers) -> float:
    """Share refused of the topics never heard above that of those often heard, less 0.4."""
    new, refused = ~world.topics.tuning, refusing(world)
    never, often = (refused[new & (world.topics.group == g)].mean() for g in (0, 2))
    return float(never - often) - 0.4


def another_truth(world: GradedAnswers, rng: np.random.Generator) -> GradedAnswers:
    """The null: each fact has another's value, in what is tuned on and in what is judged."""
    topics = world.topics.shuffled(rng)
    return replace(
        world, topics=topics, right=world.said[:, -1] == topics.value_token(topics.value)
    )


CLAIM = Claim(
    world=graded_answers,
    tiny=partial(graded_answers, steps=40, topics=3),
    ours=partial(precision, of=partial(told, rule=known)),
    baselines={"references alone": partial(precision, of=plain)},
    metric="average precision",
    margin=0.03,
    checks={
        "p(sure) falls where it errs": partial(less_wrong, rule=known),
        "the other way round where sure and unsure are swapped": swapped,
        "sure by agreement of draws: above references alone": unsupervised,
        "refusals: 0.4 more often what was never heard": refuses_the_unknown,
    },
    null=another_truth,
    seeds=5,
    paper="zhang2024r",
    paper_figure="higher AP and accuracy of what is answered than tuning on the answers alone",
    size="1,440 facts, half of the things to tune on, 2-layer transformer; 160 steps of 128",
    tried="80 steps at a rate that falls to 0, on the building's seeds 0 to 3: +0.002 to +0.013, "
    "refusals hardly learnt. The card's rate does not fall; 160 falling steps move as far, and on "
    "seeds 0 and 1 gave the card's figures. Then seeds from 1000 were judged.",
)

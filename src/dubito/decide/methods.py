"""The table of decisions: one row each."""

from functools import partial

from dubito.decide.adaptive import AdaptiveSampling
from dubito.decide.best_of_n import BordaVoting
from dubito.decide.selective import RiskControl
from dubito.estimate.answer_consistency import AnswerConsistency
from dubito.estimate.similarity import ENTAILMENT
from dubito.method import Method

VOTED = """\
from dubito.catalogue import find
from dubito.data.worlds.shown import shown

vote = find("borda-voting").method.make()
chosen = vote(shown(samples=16))  # made up; of a model: collect with vote.plan
print(chosen.answer, chosen.votes)
"""
REPLAYED = """\
from dubito.catalogue import find
from dubito.data.worlds.shown import shown

rule = find("adaptive-sampling").method.make()
drawn = rule.replay(shown(samples=10))  # made up; of a model: rule.collect(collector, prompts)
print(drawn.samples, drawn.score.doubt, drawn.score.standard_error)
"""

METHODS: tuple[Method, ...] = (
    Method(
        "risk-control",
        RiskControl,
        "a threshold of doubt below which at most a promised share of the answers is wrong",
        paper="angelopoulos2021",
        family="decision",
        needs=("labels",),
    ),
    Method(
        "adaptive-sampling",
        partial(AdaptiveSampling, AnswerConsistency(similarity=ENTAILMENT), tolerance=0.05),
        "as many drawn answers as the doubt needs to be known well enough",
        paper="aggarwal2023",
        family="decision",
        needs=("text",),
        calls="1 + K; K as far as it has to go",
        example=REPLAYED,
    ),
    Method(
        "borda-voting",
        BordaVoting,
        "one of N drawn answers, by votes that weigh more for the more certain ones",
        paper="kang2025",
        family="token",
        needs=("logits",),
        card="self-certainty",
        calls="1 + K",
        claim="borda-voting",
        example=VOTED,
    ),
)

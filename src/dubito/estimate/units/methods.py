"""The table of methods that doubt each sentence or claim of a long answer: one row each."""

from dubito.estimate.units.conditioned import ClaimConditionedProbability
from dubito.estimate.units.graph import UnitGraph
from dubito.estimate.units.sampled import LUQ, MatchedUnits
from dubito.method import Method

JUDGED = "a judge of entailment has to read pairs of texts"
EXAMPLE = """\
import numpy as np

from dubito.catalogue import find
from dubito.data.worlds.shown import shown
from dubito.estimate.units import answer_doubt, in_units, {step}


def judge(pairs):  # made up: shared words; of a model: dubito.models.pairs
    words = [[set(text.lower().split()) for text in pair] for pair in pairs]
    shared = np.array([len(a & b) / len(b) for a, b in words])
    return np.column_stack([shared, 1 - shared])


told = in_units(shown(samples=10))  # made up; of a model: dubito.ask("Who?").evidence
told = {step}(told, judge)
doubts = find("{id}").method.make()(told)  # of each sentence
score = answer_doubt(doubts)
print(doubts, score.doubt)
"""
CONDITIONED = """\
from dataclasses import replace

from dubito.catalogue import find
from dubito.data.worlds.shown import WORDS, shown
from dubito.estimate.units import answer_doubt, in_units, token_relation


def judge(pairs):  # made up: other words are the contrary; of a model: dubito.models.pairs
    return [[float(a == b), float(a != b)] for a, b in pairs]


told = in_units(shown())  # made up; of a model: dubito.ask("Who?").evidence
spell = [" " + word for word in (*WORDS, "")].__getitem__  # what a token id writes
told = replace(told, relation=token_relation(told, spell, judge))
doubts = find("claim-conditioned-probability").method.make()(told)  # of each sentence
score = answer_doubt(doubts)
print(doubts, score.doubt)
"""

UNITS: tuple[Method, ...] = (
    # What the likely tokens would have said.
    Method(
        "claim-conditioned-probability",
        ClaimConditionedProbability,
        "share of contrary claims among the tokens that could have been written, by unit",
        "fadeeva2024",
        "token",
        needs=("text", "logprobs"),
        calls="1; a judge reads up to k pairs for each token",
        levels=("claim",),
        caveats=(JUDGED,),
        example=CONDITIONED,
    ),
    # What the samples say of it.
    Method(
        "luq",
        LUQ,
        "how little the drawn answers support each unit",
        "zhang2024luq",
        "semantic",
        needs=("text",),
        calls="1 + K; a judge reads K pairs for each unit",
        levels=("claim",),
        caveats=(JUDGED,),
        example=EXAMPLE.format(id="luq", step="with_support"),
    ),
    Method(
        "matched-unit",
        MatchedUnits,
        "how little the best matching units of the drawn answers support each unit",
        "zhang2024luq",
        "semantic",
        needs=("text",),
        calls="1 + K; a judge reads a pair for each two units",
        levels=("claim",),
        caveats=(JUDGED,),
        example=EXAMPLE.format(id="matched-unit", step="with_matches"),
    ),
    Method(
        "unit-graph",
        UnitGraph,
        "how far each unit is from the other claims and answers that share them",
        "jiang2024",
        "semantic",
        needs=("text",),
        calls="1 + K; a judge reads 1 + K pairs for each claim of all answers",
        levels=("claim",),
        caveats=(JUDGED,),
        example=EXAMPLE.format(id="unit-graph", step="with_claims"),
    ),
)

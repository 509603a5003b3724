"""The few tokens that a final answer looks back at betray wrong reasoning; the whole text less."""

from functools import partial

import numpy as np

from dubito.bench.metrics.ranking import auroc
from dubito.claims.lab import Claim
from dubito.claims.measures import errors_found
from dubito.data.worlds.reasoning import Reasoned, reasoned
from dubito.estimate.attention_chain import AttentionChain, KeyTokens
from dubito.estimate.final_answer import final_answer
from dubito.estimate.surprise import SequenceProbability
from dubito.evidence import Evidence, Integers


def chain_of(evidence: Evidence) -> Integers:
    """Tokens of the chain behind the final answer."""
    return KeyTokens().chain(evidence.answer, final_answer(evidence.answer))


def path_found(world: Reasoned) -> float:
    """Share of planted tokens that chains hold, less 0.85."""
    pairs = zip(world.evidence, world.path, strict=True)
    return float(np.mean([np.isin(path, chain_of(e)).mean() for e, path in pairs])) - 0.85


def chains_are_short(world: Reasoned) -> float:
    """12 of 40 less the mean length of a chain: a random one of 12 would hold 30%."""
    return 12 - float(np.mean([len(chain_of(e)) for e in world.evidence]))


def answer_alone(world: Reasoned) -> float:
    """AUROC above that of the final answer's own surprise, less 0.05."""
    parts = [AttentionChain()(e).parts["answer"] for e in world.evidence]
    own = errors_found(world, estimator=AttentionChain()) - auroc(parts, world.wrong)
    return own - 0.05


CLAIM = Claim(
    world=reasoned,
    tiny=partial(reasoned, questions=12),
    ours=partial(errors_found, estimator=AttentionChain()),
    baselines={"g-nll": partial(errors_found, estimator=SequenceProbability())},
    margin=0.05,
    checks={
        "finds at least 85% of the planted path": path_found,
        "chains of at most 12 of 40 tokens": chains_are_short,
        "at least 0.05 above the final answer alone": answer_alone,
    },
    seeds=5,
    paper="li2025b",
    paper_figure="AUROC near that of sampling on GSM8K, MATH and BBH for the cost of one more run",
    size="300 answers of 40 tokens, 105 heads",
)

"""Where terse samples repeat a popular mistake, closeness finds it, which counting cannot."""

from functools import partial

from dubito.claims.lab import Claim
from dubito.claims.unit_measures import unit_errors_found, whole_answer_errors_found
from dubito.data.worlds.long_answers import long_answers
from dubito.estimate.units.graph import UnitGraph
from dubito.maths.bipartite import degree

CLAIM = Claim(
    world=partial(long_answers, terse=0.4),
    tiny=partial(long_answers, answers=10, terse=0.4),
    ours=partial(unit_errors_found, estimator=UnitGraph()),
    baselines={
        "degree": partial(unit_errors_found, estimator=UnitGraph(centrality=degree)),
        "graph of the whole answer": partial(whole_answer_errors_found, estimator=UnitGraph()),
    },
    margin=0.02,
    paper="jiang2024",
    paper_figure="6.8% relative gain in AUPRC over self-consistency and other baselines",
    size="60 answers of 4 to 8 sentences, 10 samples of which 40% are terse",
)

"""The volume of rewritten questions tells ambiguity, which the answers' volume does not show."""

from functools import partial

import numpy as np

from dubito.claims.asked_measures import errors_found_asked, errors_found_once
from dubito.claims.lab import Claim
from dubito.data.worlds.readings import readings
from dubito.data.worlds.rewordings import AskedAgain
from dubito.estimate.asked.query_volume import QueryVolume
from dubito.estimate.semantic_volume import Projection, SemanticVolume, fit_projection


def axes(world: AskedAgain, way: int, dimensions: int) -> Projection:
    """Principal axes of what was said in one way of asking, over all questions."""
    said = [np.asarray(ways[way].embeddings)[1:] for ways in world.asked]
    return fit_projection(np.concatenate(said), dimensions)


def of_questions(world: AskedAgain, *, dimensions: int) -> float:
    """AUROC of ambiguity by the volume of the rewritten questions."""
    volume = QueryVolume(projection=axes(world, 1, dimensions))
    return errors_found_asked(world, estimator=volume)


def of_answers(world: AskedAgain, *, dimensions: int) -> float:
    """AUROC of ambiguity by the volume of the answers to the question as it is."""
    volume = SemanticVolume(samples=20, projection=axes(world, 0, dimensions))
    return errors_found_once(world, estimator=volume)


CLAIM = Claim(
    world=readings,
    tiny=partial(readings, items=20),
    ours=partial(of_questions, dimensions=6),
    baselines={
        "volume of answers": partial(of_answers, dimensions=6),
        "no projection": partial(errors_found_asked, estimator=QueryVolume()),
    },
    margin=0.08,
    checks={"AUROC at least 0.85": lambda w: of_questions(w, dimensions=6) - 0.85},
    paper="li2025",
    paper_figure="F1 and AUROC above semantic entropy on the ambiguity of questions",
    size="200 questions, 20 rewritings and 20 answers each, 64 dimensions",
)

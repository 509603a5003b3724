"""How strongly an answer hedges finds more errors than whether it hedges or declines at all."""

from functools import partial

from dubito.claims.lab import Claim
from dubito.claims.measures import errors_found
from dubito.data.hedges import hedges
from dubito.data.refusal import declines
from dubito.data.worlds.hedged import hedged
from dubito.data.worlds.world import Answered
from dubito.estimate.hedged_wording import HedgedWording
from dubito.maths.ranking import auroc


def hedges_at_all(world: Answered) -> float:
    """AUROC of whether there is a phrase of doubt."""
    return auroc([float(bool(hedges(e.answer.text))) for e in world.evidence], world.wrong)


def declines_at_all(world: Answered) -> float:
    """AUROC of whether the answer declines."""
    return auroc([float(declines(e.answer.text)) for e in world.evidence], world.wrong)


CLAIM = Claim(
    world=hedged,
    tiny=partial(hedged, questions=60),
    ours=partial(errors_found, estimator=HedgedWording()),
    baselines={"hedges at all": hedges_at_all, "declines": declines_at_all},
    margin=0.03,
    paper="tian2023",
    paper_figure="words of doubt, read by people's probabilities, are near a stated number",
    size="400 questions, ten ways to say how sure one is, 3 in 10 answers say nothing of it",
)

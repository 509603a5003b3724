"""A judge that sees all answers at once picks well where it can read; orders undo its favours."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from dubito.claims.lab import Claim
from dubito.data.worlds.language_pools import LanguagePools, language_pools
from dubito.decide.checklist import ChecklistSelection

CANDIDATE = re.compile(r"^Answer \d+:\n(.+)$", re.MULTILINE)
FAVOUR = 2.0  # quality that the first place seems to add


@dataclass(frozen=True)
class Judge:
    """Reads all answers that it is shown, and likes the first one better than it deserves."""

    looks: Mapping[str, float]
    favour: float = FAVOUR

    def __call__(self, request: str) -> str:
        """A checklist where no answers are shown, else the number of the one that looks best."""
        shown = CANDIDATE.findall(request)
        if not shown:
            return "Be near the true answer."
        liked = [self.looks[text] + self.favour * (k == 0) for k, text in enumerate(shown)]
        return str(1 + int(np.argmax(liked)))


def picked(
    world: LanguagePools, *, orders: int, able: bool = False, favour: float = FAVOUR
) -> float:
    """Mean quality of what the judge picks, minus a distance; an able one reads without error."""
    rule = ChecklistSelection(len(world.evidence[0].samples), orders=orders)
    places = []
    seen = world.quality if able else world.looks
    for evidence, looks in zip(world.evidence, seen, strict=True):
        texts = [evidence.answer.text, *(s.text for s in evidence.samples)]
        judge = Judge(dict(zip(texts, looks.tolist(), strict=True)), favour)
        places.append(rule(evidence, judge).place)
    return float(world.quality[np.arange(len(places)), places].mean())


CLAIM = Claim(
    world=partial(language_pools, prompts=1000),
    tiny=partial(language_pools, prompts=30),
    ours=partial(picked, orders=5),
    baselines={
        "asked once": partial(picked, orders=1),
        "the greedy answer": lambda w: float(w.quality[:, 0].mean()),
    },
    metric="mean quality",
    margin=0.1,
    checks={
        "an able judge without favours finds the best": lambda w: (
            picked(w, orders=1, able=True, favour=0.0) - float(w.quality.max(axis=1).mean()) + 1e-9
        ),
        "five orders are better than one by 0.05": lambda w: (
            picked(w, orders=5) - picked(w, orders=1) - 0.05
        ),
        "and by 0.1 where the judge is able": lambda w: (
            picked(w, orders=5, able=True) - picked(w, orders=1, able=True) - 0.1
        ),
    },
    paper="khairi2025",
    paper_figure="9.0 points of win rate above one sample, Command-A 111B as its own judge",
    seeds=5,
    size="1,000 prompts, pools of 6 answers, a scripted judge with an error of N(0, 1)",
    first_seed=2000,
    scale_reason="what a judge sees in an answer is planted here; that it sees more than the "
    "greedy answer is worth needs a large model",
    tried="First as a claim that five orders beat one order and the greedy answer by 0.1, and "
    "three orders too (seeds 1000 to 1004): 0.083 better than one order, level with three, and "
    "0.221 below the greedy answer, which lies nearer to the truth than a judge with an error of "
    "N(0, 1) can see.",
)

"""The table of the room embed: one row each. Classes are loaded when they are made."""

from functools import partial

from dubito.extras import made, named
from dubito.method import Method

LAYS_INSIDE = """\
import torch
from dubito.catalogue import find
from dubito.embed import Gaussians, GaussianTower, InclusionTerms, Pairs, inclusion, vagueness
from dubito.nn.towers import Tower

model = find("prolip").method.make()
tower = Tower(torch.nn.Linear(6, 16), 16, summaries=2)  # on the frozen states of an encoder
embed = GaussianTower(tower, 16, 8)
states, present = torch.randn(4, 5, 6), torch.ones(4, 5, dtype=torch.bool)  # made up
whole, part = embed(states, present), embed(states[:, :2], present[:, :2])
loss = model.loss(Pairs(whole, part)) + InclusionTerms()(Pairs(whole, part), Pairs(part, part))
print(loss, inclusion(whole, part) > 0, vagueness(part))
"""
CARRIES_OVER = """\
import numpy as np
from dubito.catalogue import find
from dubito.embed import mean_transfer

transferred = find("url").method.make()
rng = np.random.default_rng(0)
sets = []
for _ in range(3):  # made up: embeddings, doubts and classes of sets that were not trained on
    label, noise = rng.integers(5, size=100), rng.uniform(size=100)
    embedding = np.eye(5)[label] + noise[:, None] * rng.normal(size=(100, 5))
    sets.append(transferred(embedding, noise, label))
print(mean_transfer(sets))
"""
TOKENS_PICK = """\
import numpy as np
import torch
from dubito.catalogue import find
from dubito.embed import Graph, padded

score = find("uwe").method.make()
rng = np.random.default_rng(0)
# Made up; of texts: padded([e.pieces for e in dubito.models.encoder.load_encoder()(texts)]).
queries, targets = (padded([rng.normal(size=(n, 8)) for n in (3, 5)]) for _ in range(2))
print(score(queries, targets), score.loss(Graph(queries, targets, torch.eye(2).bool())))
"""

METHODS: tuple[Method, ...] = (
    Method(
        "prolip",
        partial(made, "dubito.embed.prolip", "ProLIP"),
        "pairs of Gaussians: whether two things match, how vague one is, which lies in which",
        paper="chun2024",
        family="embedding",
        needs=("train",),
        caveats=(
            "inclusion compares spreads; whether the two meet at all, ask the pair's logit",
            "the inclusion terms cost some retrieval: two points of MAP at desk size",
        ),
        example=LAYS_INSIDE,
    ),
    Method(
        "url",
        partial(named, "dubito.embed.transfer", "transferred"),
        "whether an encoder's doubt tells wrong neighbours in classes it never saw",
        paper="kirchhof2023",
        family="embedding",
        needs=("labels",),
        output="rank",
        caveats=("classes shared with training make a doubt about classes look good",),
        example=CARRIES_OVER,
    ),
    Method(
        "uwe",
        partial(made, "dubito.embed.late_interaction", "SoftLateInteraction"),
        "ranks texts by tokens that softly pick their match, taught all true pairs of a batch",
        paper="delange2025",
        family="embedding",
        needs=("hidden", "train"),
        caveats=("long queries score higher; compare the targets of one query only",),
        example=TOKENS_PICK,
    ),
)

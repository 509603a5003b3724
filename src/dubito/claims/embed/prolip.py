"""Taught to lie inside of its masked self, a caption's Gaussian lies inside of a shorter one's."""

import math
from functools import cache, partial

import numpy as np
import torch
from torch import Tensor, nn

from dubito.claims.lab import Claim
from dubito.data.worlds.nested_captions import (
    ABSENT,
    FEATURES,
    VOCABULARY,
    Captioned,
    NestedCaptions,
    nested_captions,
)
from dubito.embed.gaussians import (
    Gaussians,
    GaussianTower,
    vagueness,
    without_tokens,
)
from dubito.embed.prolip import InclusionTerms, Pairs, ProLIP, inclusion
from dubito.evidence import Integers
from dubito.maths.ranks import spearman
from dubito.maths.retrieval import average_precision
from dubito.nn.descent import descend
from dubito.nn.tiny_training import Schedule
from dubito.nn.towers import Tower, built

WIDTH, DIMENSIONS, BATCH, MASKED, STEPS = 48, 16, 128, 16, 400
OURS = InclusionTerms(second=1e-2, masked=1e-2, strength=10.0)
PRIOR_ALONE = InclusionTerms(second=0.0, masked=0.0, strength=10.0)


class Model(nn.Module):
    """Two towers and what compares them; without `doubt` all embeddings are points: SigLIP."""

    def __init__(self, *, doubt: bool) -> None:
        super().__init__()
        self.doubt = doubt
        self.pictures = gaussian(nn.Linear(FEATURES, WIDTH))
        self.texts = gaussian(nn.Embedding(VOCABULARY, WIDTH))
        self.compare = ProLIP()

    def of_pictures(self, patches: Tensor, present: Tensor) -> Gaussians:
        """Embedded."""
        return self.known(self.pictures(patches, present))

    def of_texts(self, words: Tensor, present: Tensor) -> Gaussians:
        """Embedded."""
        return self.known(self.texts(words, present))

    def known(self, embedded: Gaussians) -> Gaussians:
        """With its variance, or without."""
        mean, log_variance = embedded
        kept = log_variance if self.doubt else torch.full_like(log_variance, -torch.inf)
        return Gaussians(mean, kept)


def gaussian(embed: nn.Module) -> GaussianTower:
    """One layer; the total variance starts where that of 512 dimensions at exp(-10) would."""
    tower = Tower(embed, WIDTH, layers=1, heads=4, summaries=2)
    return GaussianTower(tower, WIDTH, DIMENSIONS, start=-10 + math.log(512 / DIMENSIONS))


def loss(
    model: Model,
    terms: InclusionTerms | None,
    batch: tuple[Tensor, Tensor],
    generator: torch.Generator,
) -> Tensor:
    """Of pictures and words; `terms` are of the first rows, masked."""
    patches, words = batch
    whole, said = torch.ones(patches.shape[:2], dtype=torch.bool), words != ABSENT
    pairs = Pairs(model.of_pictures(patches, whole), model.of_texts(words, said))
    value = model.compare.loss(pairs)
    if terms is None:
        return value
    some = slice(MASKED)
    left = without_tokens(whole[some], 0.25, generator)
    fewer = without_tokens(said[some], 0.75, generator)
    masked = Pairs(model.of_pictures(patches[some], left), model.of_texts(words[some], fewer))
    return value + terms(pairs, masked)


@cache
@torch.enable_grad()
def trained(lessons: Captioned, terms: InclusionTerms | None) -> Model:
    """A model; without terms it is SigLIP."""
    model = built(lambda: Model(doubt=terms is not None), 0)
    steps = STEPS if len(lessons.words) > 1000 else 20
    generator = torch.Generator().manual_seed(1)
    rows = (torch.from_numpy(lessons.patches).float(), torch.from_numpy(lessons.words))
    schedule = Schedule(steps, rate=3e-3)
    descend(
        model,
        lambda *batch: loss(model, terms, batch, generator),
        rows,
        schedule,
        batch=BATCH,
        seed=0,
    )
    return model


@torch.no_grad()
def texts(model: Model, words: Integers) -> Gaussians:
    """Captions embedded."""
    ids = torch.from_numpy(words)
    return model.of_texts(ids, ids != ABSENT)


def share_right(inside: Tensor, world: NestedCaptions) -> float:
    """Share of pairs whose longer caption is found; evidence [L] that the first lies inside."""
    return float(((inside > 0).numpy() == (world.inner == 0)).mean())


def found(world: NestedCaptions, *, terms: InclusionTerms) -> float:
    """The same, by inclusion."""
    model = trained(world.lessons, terms)
    first, second = (texts(model, world.pairs[:, i]) for i in range(2))
    return share_right(inclusion(first, second), world)


@torch.no_grad()
def longer_vector(world: NestedCaptions) -> float:
    """SigLIP: the longer vector, before it is put on the sphere, belongs to the longer caption."""
    tower = trained(world.lessons, None).texts
    lengths = [
        tower.to_mean(tower.tower(ids, ids != ABSENT)[:, 0]).norm(dim=-1)
        for ids in torch.from_numpy(world.pairs).unbind(dim=1)
    ]
    return share_right(lengths[0] - lengths[1], world)


def coin(_world: NestedCaptions) -> float:
    """What guessing finds."""
    return 0.5


@torch.no_grad()
def precision(world: NestedCaptions, *, terms: InclusionTerms | None) -> float:
    """Mean average precision of captions for pictures, over all that say nothing false."""
    model, judged = trained(world.lessons, terms), world.judged
    patches = torch.from_numpy(judged.patches).float()
    whole = torch.ones(patches.shape[:2], dtype=torch.bool)
    logits = model.compare(model.of_pictures(patches, whole), texts(model, judged.words))
    return float(np.nanmean(average_precision(logits, world.matches)))


def as_precise(world: NestedCaptions) -> float:
    """MAP above SigLIP's less a hundredth."""
    return precision(world, terms=OURS) - precision(world, terms=None) + 0.01


def shorter_is_vaguer(world: NestedCaptions) -> float:
    """Rank correlation of the variance with the number of missing attributes, less 0.5."""
    model = trained(world.lessons, OURS)
    return spearman(vagueness(texts(model, world.judged.words)), world.missing) - 0.5


CLAIM = Claim(
    world=nested_captions,
    tiny=partial(nested_captions, lessons=256, judged=40, pairs=60),
    ours=partial(found, terms=OURS),
    baselines={
        "without the inclusion terms": partial(found, terms=PRIOR_ALONE),
        "SigLIP, by the length of the vector": longer_vector,
        "a coin": coin,
    },
    metric="share of pairs whose longer caption is found inside",
    margin=0.1,
    checks={
        "four in five are found": lambda world: found(world, terms=OURS) - 0.8,
        "texts with less are vaguer: Spearman above 0.5": shorter_is_vaguer,
        "retrieval at most a hundredth below SigLIP": as_precise,
    },
    seeds=3,
    first_seed=2000,
    paper="chun2024",
    paper_figure="74.6% on ImageNet without examples; shorter texts are less certain",
    size="64 concepts, captions of 1 to 3 words, 4,000 pairs, 400 steps of 128, 16 dimensions",
    tried="seeds 1000 to 1002: holds weakly, found +0.572 [+0.331, +0.812], but MAP 0.021 below "
    "SigLIP, where 0.01 was allowed. That gain is over SigLIP's 0.416, worse than guessing, as is "
    "the other baseline: hence a coin as a third. Before judging, on building seed 0: "
    "log-variances that start at -10 stop Adam at 16 dimensions, so they start as wide per "
    "dimension as at 512; words are left out, not covered",
)

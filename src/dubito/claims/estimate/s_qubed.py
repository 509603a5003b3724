"""Fixing the meaning first tells a vague question from an ignorant generator; pooling cannot."""

from functools import partial

import numpy as np

from dubito.claims.lab import Claim
from dubito.data.worlds.vague_prompts import VaguePrompts, vague_prompts
from dubito.estimate.asked.s_qubed import latent_split
from dubito.evidence import Floats
from dubito.maths.kendall import kendall
from dubito.maths.ranks import spearman
from dubito.maths.von_mises_fisher import fit_spread


def parts(world: VaguePrompts) -> Floats:
    """Aleatoric and epistemic entropy of each prompt, [N, 2]."""
    splits = [latent_split(*pair) for pair in zip(world.latents, world.outputs, strict=True)]
    return np.array([(s.aleatoric, s.epistemic) for s in splits])


def pooled(world: VaguePrompts) -> Floats:
    """Entropy of all outputs of a prompt together, [N]."""
    return np.array(
        [fit_spread(rows.reshape(-1, rows.shape[-1])).entropy for rows in world.outputs]
    )


def separated(world: VaguePrompts, vagueness: Floats, ignorance: Floats) -> float:
    """Mean correlation of each doubt with its own cause less that with the other's, at most 1."""
    own = spearman(vagueness, world.meanings) + spearman(ignorance, world.noise)
    other = abs(spearman(vagueness, world.noise)) + abs(spearman(ignorance, world.meanings))
    return (own - other) / 2


def split(world: VaguePrompts) -> float:
    """How well the two parts are kept apart."""
    return separated(world, *parts(world).T)


def spread(world: VaguePrompts) -> float:
    """The same of one number for both, the spread of all outputs."""
    return separated(world, pooled(world), pooled(world))


def alignment(world: VaguePrompts) -> float:
    """Kendall's tau of the total doubt and the accuracy, in [-1, 1]."""
    return kendall(parts(world).sum(axis=1), world.accuracy).tau


CLAIM = Claim(
    world=vague_prompts,
    tiny=partial(vague_prompts, prompts=24),
    ours=split,
    baselines={"spread of all outputs": spread},
    margin=0.3,
    metric="correlation with own cause less other cause",
    seeds=5,
    checks={
        "A follows vagueness above 0.9": lambda w: spearman(parts(w)[:, 0], w.meanings) - 0.9,
        "A ignores noise within 0.2": lambda w: 0.2 - abs(spearman(parts(w)[:, 0], w.noise)),
        "E follows noise above 0.9": lambda w: spearman(parts(w)[:, 1], w.noise) - 0.9,
        "E ignores vagueness within 0.2": lambda w: 0.2 - abs(spearman(parts(w)[:, 1], w.meanings)),
        "tau of total and accuracy below -0.5": lambda w: -0.5 - alignment(w),
    },
    paper="mei2025",
    paper_figure="total doubt and accuracy are rank-correlated below 0; no figures in the abstract",
    size="60 prompts, 12 latent prompts, 8 outputs each, 16 dimensions",
)

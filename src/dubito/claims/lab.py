"""The lab: a claim is an experiment with a known truth, and runs on paired seeds with its null."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import numpy as np

from dubito.claims.record import Result, machine, versions
from dubito.claims.verdict import Terms, judge
from dubito.data.worlds.world import World

W = TypeVar("W", bound=World)


def truth_shuffled(world: W, rng: np.random.Generator) -> W:
    """The same world with its truth permuted."""
    return world.shuffled(rng)


@dataclass(frozen=True, kw_only=True)
class Claim(Generic[W]):
    """One method against its baselines, fixed before looking.

    Attributes:
        world: seed -> data with known truth; the same seed gives the same world.
        ours: the metric that the method reaches in a world.
        baselines: the metric that each other way reaches; all have to be beaten.
        margin: the least gain worth the method, in the metric's unit, at least 0.
        paper: key in bibliography.toml.
        paper_figure: what the paper reports, in its own setting.
        metric: its name.
        higher_is_better: direction of the metric.
        checks: further conditions of the card -> slack, met where its mean over seeds is above 0.
        null: the world without what the claim lives on.
        tiny: a world of a few items for the smoke run; None: the world itself.
        seeds: how many; at least 3.
        first_seed: of those that are judged; seeds below 1000 are for building worlds, and
            it goes up by 1000 whenever a claim is changed after a look, so that the look does
            not count.
        size: of the world, in words.
        scale_reason: why the effect cannot show at desk size; `checks` then test the mechanism.
        tried: kept by hand: what was tried where a claim does not hold.
    """

    world: Callable[[int], W]
    ours: Callable[[W], float]
    baselines: Mapping[str, Callable[[W], float]]
    margin: float
    paper: str
    paper_figure: str
    metric: str = "AUROC"
    higher_is_better: bool = True
    checks: Mapping[str, Callable[[W], float]] = field(default_factory=dict)
    null: Callable[[W, np.random.Generator], W] = truth_shuffled
    tiny: Callable[[int], W] | None = None
    seeds: int = 10
    first_seed: int = 1000
    size: str = ""
    scale_reason: str = ""
    tried: str = ""

    def __post_init__(self) -> None:
        """Refuse a claim that could not fail."""
        if not self.baselines:
            raise ValueError("a claim needs at least one baseline, got none")
        if self.seeds < 3:
            raise ValueError(f"seeds must be at least 3, got {self.seeds}")
        if not self.margin >= 0:
            raise ValueError(f"margin must be at least 0, got {self.margin}")
        if self.scale_reason and not self.checks:
            raise ValueError("a claim that needs scale must test its mechanism in `checks`")


@dataclass(frozen=True, slots=True)
class Trial:
    """What one seed measured; `null` and `null_baselines` with the truth shuffled."""

    ours: float
    baselines: dict[str, float]
    null: float
    null_baselines: dict[str, float]
    slacks: dict[str, float]


@dataclass(frozen=True, slots=True)
class Origin:
    """Which claim it is and where it comes from."""

    id: str
    room: str
    statement: str  # what the claim says, in a sentence
    fingerprint: str  # of its code


def run_seed(claim: Claim[W], world: W, seed: int) -> Trial:
    """All measures on one world and on its null; the null's permutation depends on the seed."""
    null = claim.null(world, np.random.default_rng([seed, 1]))
    return Trial(
        ours=claim.ours(world),
        baselines={name: measure(world) for name, measure in claim.baselines.items()},
        null=claim.ours(null),
        null_baselines={name: measure(null) for name, measure in claim.baselines.items()},
        slacks={name: slack(world) for name, slack in claim.checks.items()},
    )


def run_claim(claim: Claim[W], origin: Origin, *, smoke: bool = False) -> Result:
    """The record of a whole run: paired seeds, null and verdict; a smoke run has no verdict.

    Raises:
        ValueError: a measure that is not finite.
    """
    begin = time.perf_counter()
    build = claim.tiny if smoke and claim.tiny else claim.world
    seeds = [0, 1] if smoke else [claim.first_seed + i for i in range(claim.seeds)]
    trials = [run_seed(claim, build(seed), seed) for seed in seeds]
    sign = 1.0 if claim.higher_is_better else -1.0
    gains = {b: [sign * (t.ours - t.baselines[b]) for t in trials] for b in claim.baselines}
    null = {b: [sign * (t.null - t.null_baselines[b]) for t in trials] for b in claim.baselines}
    slacks = {c: float(np.mean([t.slacks[c] for t in trials])) for c in claim.checks}
    judged = judge(gains, null, slacks, Terms(claim.margin, claim.scale_reason))
    return Result(
        id=origin.id,
        room=origin.room,
        statement=origin.statement,
        verdict="smoke" if smoke else judged.verdict,
        reason="plumbing only" if smoke else judged.reason,
        metric=claim.metric,
        higher_is_better=claim.higher_is_better,
        effect=judged.effect,
        interval=judged.interval,
        margin=claim.margin,
        baseline=judged.baseline,
        ours=[t.ours for t in trials],
        baselines={b: [t.baselines[b] for t in trials] for b in claim.baselines},
        null_effect=judged.null_effect,
        null_interval=judged.null_interval,
        checks=slacks,
        seeds=seeds,
        seconds=time.perf_counter() - begin,
        paper=claim.paper,
        paper_figure=claim.paper_figure,
        size=claim.size,
        tried=claim.tried,
        fingerprint=origin.fingerprint,
        versions=versions(),
        machine=machine(),
    )

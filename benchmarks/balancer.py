"""What balancing 8 tasks costs on a small perceptron, against what torchjd offers for the same.

    python benchmarks/balancer.py [--rounds 40] [--steps 100] [--json benchmarks/balancer.json]

Ratios of processor seconds, ours over theirs, in one process, one thread, in turns, medians with
the quartiles. Two ways do the same where they leave the same gradients, which is checked first.

* a step: forward, balance, backward, without the optimiser, which is alike;
* the balance alone: from losses that need a gradient to their gradients, without the perceptron.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import torch
import torchjd.autojac
from torch import Tensor, nn
from torchjd.aggregation import Constant, Mean, PCGrad
from torchjd.scalarization import UW, GeometricMean
from torchjd.scalarization import Constant as ConstantSum
from torchjd.scalarization import Mean as MeanLoss

from dubito.multitask.balancer import equal_weights
from dubito.multitask.surgery import surgery
from dubito.multitask.uncertainty_weighting import (
    GAUSSIAN,
    UncertaintyWeighting,
    analytic_weighting,
)

TASKS, ROWS, WIDTH = 8, 64, 64


@dataclass
class Bench:
    """A perceptron with 8 heads on made-up rows."""

    trunk: nn.Sequential = field(
        default_factory=lambda: nn.Sequential(
            *(nn.Linear(16, WIDTH), nn.ReLU(), nn.Linear(WIDTH, WIDTH), nn.ReLU())
        )
    )
    heads: nn.Linear = field(default_factory=lambda: nn.Linear(WIDTH, TASKS))
    x: Tensor = field(default_factory=lambda: torch.randn(ROWS, 16))
    y: Tensor = field(default_factory=lambda: torch.randn(ROWS, TASKS))

    @property
    def all(self) -> list[nn.Parameter]:
        """Every parameter."""
        return [*self.trunk.parameters(), *self.heads.parameters()]

    def losses(self) -> Tensor:
        """Mean squares of each task, [8]."""
        return (self.heads(self.trunk(self.x)) - self.y).square().mean(dim=0)

    def clear(self) -> None:
        """No gradient is left."""
        for parameter in self.all:
            parameter.grad = None

    def gradients(self) -> Tensor:
        """All that are left, as one vector."""
        return torch.cat([p.grad.flatten() for p in self.all if p.grad is not None])


Step = Callable[[Bench], None]


def scalar(balancer: Callable[[Tensor], Tensor]) -> Step:
    """Descend on one number."""
    return lambda bench: balancer(bench.losses()).backward()


def jacobian(aggregator: nn.Module) -> Step:
    """torchjd: the gradients of all 8, then what the aggregator makes of them."""

    def step(bench: Bench) -> None:
        torchjd.autojac.backward(bench.losses())
        torchjd.autojac.jac_to_grad(bench.all, aggregator)

    return step


def adapted(aggregator: nn.Module) -> Step:
    """The same through our adapter."""
    return lambda bench: void(surgery(bench.losses(), bench.all, aggregator))


def void(_value: object) -> None:
    """Nothing."""


def uncertainty() -> UncertaintyWeighting:
    """At s = 0, where torchjd starts."""
    return UncertaintyWeighting([GAUSSIAN] * TASKS, start=[0.0] * TASKS)


EQUAL = torch.full((TASKS,), 0.5)
# Name -> ours, and ways of torchjd that leave the same gradients, up to a common factor.
PAIRS: dict[str, tuple[Step, dict[str, Step], float]] = {
    "equal weights": (
        scalar(equal_weights),
        {"scalarization.Mean": scalar(MeanLoss()), "aggregation.Mean": jacobian(Mean())},
        1.0,
    ),
    "uncertainty weighting": (
        scalar(uncertainty()),
        {
            "scalarization.UW": scalar(UW(TASKS)),
            "scalarization.Constant, weights as they are now": scalar(ConstantSum(EQUAL)),
            "aggregation.Constant, weights as they are now": jacobian(Constant(EQUAL)),
        },
        1.0,
    ),
    "analytic weighting": (
        scalar(analytic_weighting),
        {"scalarization.GeometricMean, the same direction": scalar(GeometricMean())},
        0.0,
    ),
    "surgery with PCGrad": (adapted(PCGrad()), {"autojac and PCGrad": jacobian(PCGrad())}, -1.0),
    "surgery with Mean": (adapted(Mean()), {"autojac and Mean": jacobian(Mean())}, 1.0),
}


def same(ours: Step, theirs: Step, bench: Bench, scale: float) -> bool:
    """Do both leave the same gradients: exactly (1), up to a factor (0), or drawn by luck (-1)?"""
    left = []
    for step in (ours, theirs):
        bench.clear()
        torch.manual_seed(1)
        step(bench)
        left.append(bench.gradients())
    a, b = left
    if scale == 0.0:
        return float(torch.cosine_similarity(a, b, dim=0)) > 1 - 1e-5
    return bool(torch.allclose(a, b, rtol=1e-4, atol=1e-6))


def seconds(step: Step, bench: Bench, steps: int) -> float:
    """Processor seconds of so many steps."""
    begin = time.process_time()
    for _ in range(steps):
        bench.clear()
        step(bench)
    return time.process_time() - begin


def alone(balancer: Callable[[Tensor], Tensor], steps: int) -> float:
    """Processor seconds of so many balances without a perceptron."""
    losses = torch.rand(TASKS).add(0.5).requires_grad_()
    begin = time.process_time()
    for _ in range(steps):
        losses.grad = None
        balancer(losses).backward()
    return time.process_time() - begin


def summary(ours: list[float], theirs: list[float]) -> dict[str, float]:
    """Median and quartiles of the ratios of each round."""
    low, middle, high = statistics.quantiles(
        [a / b for a, b in zip(ours, theirs, strict=True)], n=4
    )
    return {"ratio": round(middle, 3), "low": round(low, 3), "high": round(high, 3)}


def steps_compared(rounds: int, steps: int) -> dict[str, dict[str, float]]:
    """Each of our ways against each of theirs, in turns."""
    found = {}
    for name, (ours, others, scale) in PAIRS.items():
        for other, theirs in others.items():
            torch.manual_seed(0)
            bench = Bench()
            if not same(ours, theirs, bench, scale):
                raise ValueError(f"{name} and {other} leave different gradients")
            ways = {"ours": ours, "theirs": theirs}
            taken: dict[str, list[float]] = {way: [] for way in ways}
            for turn in range(rounds + 1):
                for way in ways if turn % 2 else reversed(ways):
                    spent = seconds(ways[way], bench, steps)
                    taken[way] += [spent] if turn else []  # the first warms up
            found[f"{name} / {other}"] = {
                **summary(taken["ours"], taken["theirs"]),
                "microseconds": round(1e6 * statistics.median(taken["ours"]) / steps, 1),
            }
            print(f"step     {name} / {other}: {found[f'{name} / {other}']}", flush=True)
    return found


def balances_compared(rounds: int, steps: int) -> dict[str, dict[str, float]]:
    """The balance alone, where there is one number to descend on."""
    pairs = {
        "equal weights / scalarization.Mean": (equal_weights, MeanLoss()),
        "uncertainty weighting / scalarization.UW": (uncertainty(), UW(TASKS)),
        "analytic weighting / scalarization.GeometricMean": (analytic_weighting, GeometricMean()),
    }
    found = {}
    for name, both in pairs.items():
        taken: tuple[list[float], list[float]] = ([], [])
        for turn in range(rounds + 1):
            for i in (0, 1) if turn % 2 else (1, 0):
                spent = alone(both[i], steps)
                taken[i].extend([spent] if turn else [])
        found[name] = {
            **summary(*taken),
            "microseconds": round(1e6 * statistics.median(taken[0]) / steps, 1),
        }
        print(f"alone    {name}: {found[name]}", flush=True)
    return found


def main() -> None:
    """Measure and print; write JSON where asked."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    torch.set_num_threads(1)
    found = {
        "a step": steps_compared(given.rounds, given.steps),
        "the balance alone": balances_compared(given.rounds, given.steps),
    }
    if given.json:
        given.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

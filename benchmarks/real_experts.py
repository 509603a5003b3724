"""Several tasks on real data: experts on digits asked six ways, routes on docstrings' packages.

    python benchmarks/real_experts.py [--parts experts routes] [--json FILE]

Parts that are not run keep the figures that the file has. Each part takes a minute or two.
"""

import argparse
import json
import time
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, one_hot

from dubito.claims.multitask_measures import (
    Build,
    gate_control,
    shared_bottom,
    single_tasks,
    towered,
    values,
    without_residual,
)
from dubito.data.texts import docstrings
from dubito.data.worlds.shapes import digits
from dubito.maths.ranking import auroc
from dubito.models.encoder import load_encoder
from dubito.multitask import (
    AdaTT,
    HoME,
    MultiGate,
    TaskRouter,
    average_routes,
    drawn_routes,
    soft_routes,
)
from dubito.nn.descent import descend
from dubito.nn.expert_copies import routed, split
from dubito.nn.expert_health import scale_ratio, zero_rate
from dubito.nn.gumbel import Cooling
from dubito.nn.seeded import seeded
from dubito.nn.tiny_training import Schedule

SEEDS = 3


def summed_up(runs: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Means over seeds, and under "spread" the deviation of the mean over tasks."""
    each = {key: round(float(np.mean([r[key] for r in runs])), 4) for key in runs[0]}
    spread = np.std([r["mean"] for r in runs], ddof=1) if len(runs) > 1 else 0.0
    return each | {"spread": round(float(spread), 4)}


# ---- AdaTT, HoME and their rivals: 64 pixels, six questions about each digit ----

QUESTIONS: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "odd": lambda _, label: label % 2 == 1,
    "above four": lambda _, label: label > 4,
    "prime": lambda _, label: np.isin(label, (2, 3, 5, 7)),
    "much ink": lambda pixels, _: above_median(pixels.sum(axis=(1, 2))),
    "left heavier": lambda pixels, _: above_median(halves(pixels.sum(axis=1))),
    "top heavier": lambda pixels, _: above_median(halves(pixels.sum(axis=2))),
}
CATEGORIES = (0, 0, 0, 1, 1, 1)  # about what it is, about how it looks
TASKS, WIDTH, LEARN = len(QUESTIONS), 16, 300
SIZES = (64, 24, WIDTH)  # of an expert
BODIES: dict[str, Build] = {
    "adatt": partial(AdaTT, 64, [(24,), (WIDTH,)], natives=(1,) * TASKS),
    "adatt without the residual": lambda: without_residual(
        AdaTT(64, [(24,), (WIDTH,)], natives=(1,) * TASKS)
    ),
    "home": partial(HoME, (64, 24, WIDTH), (WIDTH, WIDTH), categories=CATEGORIES),
    "multi-gate mixture": partial(MultiGate, SIZES, tasks=TASKS, experts=TASKS),
    "gate control": partial(gate_control, SIZES, TASKS, shared=2),
    "shared bottom": partial(shared_bottom, SIZES, TASKS),
    "shared bottom, six times as wide": partial(shared_bottom, (64, 144, WIDTH), TASKS),
    "single tasks": partial(single_tasks, SIZES, TASKS),
}


def above_median(values: np.ndarray) -> np.ndarray:
    """Half of them."""
    return values > np.median(values)


def halves(values: np.ndarray) -> np.ndarray:
    """The first four of eight less the last four."""
    return values[:, :4].sum(axis=1) - values[:, 4:].sum(axis=1)


def experts_on_digits() -> dict[str, Any]:
    """Accuracy of each question from 300 digits, judged on the other 1,497, and diagnoses."""
    found: dict[str, list[dict[str, float]]] = {name: [] for name in BODIES}
    diagnoses: list[dict[str, float]] = []
    for seed in range(SEEDS):
        pictures = digits(seed)
        asked = [question(pictures.pixels, pictures.label) for question in QUESTIONS.values()]
        x = torch.from_numpy(pictures.pixels).flatten(1).float()
        y = torch.from_numpy(np.stack(asked, axis=1)).float()  # [N, 6]
        nets: dict[str, nn.Sequential] = {}
        for name, build in BODIES.items():
            nets[name] = answering(build(), x[:LEARN], y[:LEARN], seed)
            right = (values(nets[name], x[LEARN:]) > 0) == (y[LEARN:] > 0.5)
            shares = right.double().mean(dim=0).tolist()
            each = dict(zip(QUESTIONS, shares, strict=True))
            found[name].append({"mean": float(np.mean(shares))} | each)
        diagnoses.append(diagnosed(nets, x[LEARN:]))
    size = {name: sum(p.numel() for p in build().parameters()) for name, build in BODIES.items()}
    told = {name: summed_up(runs) | {"parameters": size[name]} for name, runs in found.items()}
    means = {k: round(float(np.mean([d[k] for d in diagnoses])), 3) for k in diagnoses[0]}
    return {"accuracy": told, "diagnoses": means, "learnt from": LEARN, "seeds": SEEDS}


def answering(body: nn.Module, x: Tensor, y: Tensor, seed: int) -> nn.Sequential:
    """The net, trained."""
    net = towered(body, WIDTH, tasks=TASKS)

    def loss(rows: Tensor, labels: Tensor) -> Tensor:
        return binary_cross_entropy_with_logits(values(net, rows), labels)

    schedule = Schedule(400, rate=5e-3, weight_decay=0.01)
    descend(net, loss, [x, y], schedule, batch=64, seed=seed)
    return net


@torch.no_grad()
def diagnosed(nets: Mapping[str, nn.Sequential], x: Tensor) -> dict[str, float]:
    """Health of the experts, and whether tasks of a category read each other more than others."""
    mixture, adatt, home = (nets[n][0] for n in ("multi-gate mixture", "adatt", "home"))
    outputs = mixture.parts(x).outputs
    first, second = home.health(x)
    kin = torch.tensor(CATEGORIES)[:, None] == torch.tensor(CATEGORIES)
    other = ~torch.eye(TASKS, dtype=torch.bool)
    reads = adatt.reads(x)[0]
    return {
        "mixture: zero outputs": float(zero_rate(outputs).mean()),
        "mixture: widest over narrowest expert": scale_ratio(outputs),
        "home: zero outputs": float(first.zero.mean()),
        "home: widest over narrowest expert": first.scale,
        "home: least own weight of a task": float(second.own.min()),
        "adatt: weight of kin less that of others": float(
            reads[kin & other].mean() - reads[~kin].mean()
        ),
    }


# ---- Task-level mixture: is this docstring of package P? Ten packages known, two new ----

PACKAGES = (
    *("numpy", "scipy", "sklearn", "torch", "pandas", "matplotlib"),
    *("networkx", "sympy", "transformers", "ray", "pydantic", "sqlalchemy"),
)
TEXTS, FEW, HIDDEN, BLOCKS = 1440, 8, 48, ("1", "2")


class Labelled(NamedTuple):
    """Features of rows, the package that each is asked about, and whether it is that one."""

    x: Tensor
    task: Tensor
    y: Tensor


class Residual(nn.Module):
    """x + a perceptron of it; [B, d] -> [B, d]."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.inner = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Added."""
        return x + self.inner(x)


class Asked(NamedTuple):
    """A net that answers with one logit, and who tells it the task."""

    net: nn.Sequential
    router: TaskRouter | None
    weigh: Callable[[Tensor, int], Tensor]

    def said(self, rows: Labelled, step: int = 0) -> Tensor:
        """Logits, [B]; without a router the task stands one-hot in the input."""
        if self.router is None:
            told = one_hot(rows.task, len(PACKAGES)).to(rows.x)
            return self.net(torch.cat([rows.x, told], dim=1))[:, 0]
        with routed(self.net, self.weigh(self.router(rows.task), step)):
            return self.net(rows.x)[:, 0]


def started(width: int, *, copied: bool, seed: int) -> nn.Sequential:
    """As all begin."""
    with seeded(seed):
        net = nn.Sequential(
            nn.Linear(width, HIDDEN), Residual(HIDDEN), Residual(HIDDEN), nn.Linear(HIDDEN, 1)
        )
    if copied:
        split(net, BLOCKS, copies=3, seed=seed)
    return net


def learn(asked: Asked, rows: Labelled, *, steps: int) -> Asked:
    """Trained in place: all that is trainable."""
    groups = [{"params": [p for p in asked.net.parameters() if p.requires_grad], "lr": 2e-3}]
    if asked.router is not None and next(asked.router.parameters()).requires_grad:
        groups.append({"params": list(asked.router.parameters()), "lr": 1e-2})
    optimiser = torch.optim.AdamW(groups)
    generator = torch.Generator().manual_seed(0)
    for step in range(steps):
        chosen = torch.randperm(len(rows.y), generator=generator)[:64]
        batch = Labelled(*(tensor[chosen] for tensor in rows))
        loss = binary_cross_entropy_with_logits(asked.said(batch, step), batch.y)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return asked


def ways(width: int, known: Labelled, seed: int) -> dict[str, Asked]:
    """Each way, trained on the known packages."""
    generator, falling, rising = (
        torch.Generator().manual_seed(seed),
        Cooling(rate=5e-3),
        Cooling(300.0, 1.4e-2, 1.0),
    )
    router = partial(TaskRouter, len(PACKAGES), layers=len(BLOCKS), seed=seed)

    def net(*, copied: bool, inputs: int = width) -> nn.Sequential:
        return started(inputs, copied=copied, seed=seed)

    def final(logits: Tensor, _step: int) -> Tensor:
        return soft_routes(logits)

    def sampled(logits: Tensor, step: int) -> Tensor:
        return drawn_routes(logits, tau=falling(step), generator=generator)

    def warming(logits: Tensor, step: int) -> Tensor:
        return soft_routes(logits, tau=rising(step))

    def even(logits: Tensor, _step: int) -> Tensor:
        return average_routes(logits)

    one = Asked(net(copied=False, inputs=width + len(PACKAGES)), None, final)
    first = learn(Asked(net(copied=True), router(), sampled), known, steps=600)
    routes = deepcopy(first.router)
    assert routes is not None
    second = Asked(net(copied=True), routes.requires_grad_(False), warming)
    return {
        "one net": learn(one, known, steps=600),
        "average routing": learn(Asked(net(copied=True), router(), even), known, steps=600),
        "first stage": first._replace(weigh=final),
        "both stages": learn(second, known, steps=600)._replace(weigh=final),
    }


def routes_on_packages() -> dict[str, Any]:
    """AUROC on known packages' fresh texts, and on two new packages after 8 texts of each side."""
    texts = docstrings(TEXTS, packages=PACKAGES, seed=0)
    features = torch.tensor(
        np.array([e.embedding for e in load_encoder()([t.text for t in texts])])
    )
    package = np.array([PACKAGES.index(t.label) for t in texts])
    runs: dict[str, list[dict[str, float]]] = {}
    for seed in range(SEEDS):
        for name, figures in one_split(features.float() * 10, package, seed).items():
            runs.setdefault(name, []).append(figures)
    return {"auroc": {name: summed_up(each) for name, each in runs.items()}, "seeds": SEEDS}


def one_split(x: Tensor, package: np.ndarray, seed: int) -> dict[str, dict[str, float]]:
    """All ways on one choice of the new packages and of the rows to judge."""
    rng = np.random.default_rng(seed)
    new = rng.choice(len(PACKAGES), 2, replace=False).tolist()
    order = rng.permutation(len(x))
    learnt, fresh = order[: len(x) // 2], order[len(x) // 2 :]
    known = [t for t in range(len(PACKAGES)) if t not in new]
    rows = [of_task(x, package, learnt, t, rng) for t in known]
    together = Labelled(*(torch.cat(parts) for parts in zip(*rows, strict=True)))
    few = {t: of_task(x, package, learnt, t, rng, each=FEW) for t in new}
    judged = {t: of_task(x, package, fresh, t, rng) for t in range(len(PACKAGES))}
    found = {}
    for name, asked in ways(x.shape[1], together, seed).items():
        old = [area(asked, judged[t]) for t in known]
        later = [area(adapted(asked, few[t], known), judged[t]) for t in new]
        found[name] = {"mean": float(np.mean(later)), "known": float(np.mean(old))}
    probe = [linear(few[t], judged[t]) for t in new]
    return found | {"logistic regression on the few": {"mean": float(np.mean(probe))}}


def of_task(
    x: Tensor,
    package: np.ndarray,
    rows: np.ndarray,
    task: int,
    rng: np.random.Generator,
    *,
    each: int | None = None,
) -> Labelled:
    """Texts of the package and as many of others; so many of each where wished."""
    own, others = rows[package[rows] == task], rows[package[rows] != task]
    count = len(own) if each is None else each
    chosen = np.concatenate([own[:count], rng.choice(others, count, replace=False)])
    y = torch.from_numpy(package[chosen] == task).float()
    return Labelled(x[chosen], torch.full((2 * count,), task), y)


def adapted(asked: Asked, few: Labelled, known: Sequence[int]) -> Asked:
    """A copy in which all is tuned; the new task's vector begins as the mean of the known."""
    copy = deepcopy(asked)
    copy.net.requires_grad_(True)
    if copy.router is not None:
        copy.router.requires_grad_(True)
        vectors = copy.router.vectors.weight.data
        vectors[few.task[0]] = vectors[list(known)].mean(dim=0)
    return learn(copy, few, steps=60)


def area(asked: Asked, rows: Labelled) -> float:
    """AUROC of the logits."""
    return auroc(asked.said(rows).detach().numpy().astype(float), rows.y.numpy() > 0.5)


def linear(few: Labelled, rows: Labelled) -> float:
    """The same of a probe that knows no other task."""
    probe = LogisticRegression(max_iter=1000).fit(few.x.numpy(), few.y.numpy())
    return auroc(probe.decision_function(rows.x.numpy()), rows.y.numpy() > 0.5)


PARTS: dict[str, Callable[[], dict[str, Any]]] = {
    "experts": experts_on_digits,
    "routes": routes_on_packages,
}


def main(parts: Sequence[str], path: Path | None) -> None:
    """Run the parts, print and keep their figures."""
    torch.set_num_threads(1)
    kept = json.loads(path.read_text("utf-8")) if path and path.exists() else {}
    for name in parts:
        begin = time.perf_counter()
        kept[name] = PARTS[name]() | {"seconds": round(time.perf_counter() - begin, 1)}
        print(name, json.dumps(kept[name], indent=1), flush=True)
        if path:
            path.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--parts", nargs="+", choices=[*PARTS], default=[*PARTS])
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    main(given.parts, given.json)

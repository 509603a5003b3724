"""Queries on real texts: docstrings of numpy, scipy and scikit-learn, seen by the small encoder.

    python benchmarks/real_acquire.py [--parts pairs answers tasks] [--json FILE]

Parts that are not run keep the figures that the file has. Each takes well under two minutes.
"""

import argparse
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from dubito.acquire import (
    BALPM,
    MPTS,
    Boltzmann,
    DoubleThompson,
    Pool,
    PowerBALD,
    Query,
    RewardParticles,
    TaskRisk,
    at_random,
    by_dispute,
    most_disputed_pair,
)
from dubito.data.texts import LabelledText, docstrings
from dubito.evidence import Floats, Integers
from dubito.models.encoder import load_encoder
from dubito.nn.bradley_terry import bradley_terry
from dubito.nn.descent import descend, mlp
from dubito.nn.member_mlp import MemberMLP
from dubito.nn.tiny_training import Schedule

PACKAGES = ("numpy", "scipy", "sklearn")
SEEDS, TEXTS = range(4), 2000
Figures = dict[str, Any]


@cache
def encoded(texts: tuple[str, ...]) -> Floats:
    """Unit vectors of 384 numbers."""
    return np.stack([e.embedding for e in load_encoder()(texts)]).astype(np.float64)


@dataclass(frozen=True, eq=False)
class Openings:
    """N docstrings in two parts: the first sentence, and what follows it."""

    first: Floats  # [N, 384]
    rest: Floats  # [N, 384]
    words: tuple[frozenset[str], ...]  # N of what follows
    label: tuple[str, ...]  # N modules


@cache
def texts() -> list[LabelledText]:
    """Docstrings with the module that each is from."""
    return docstrings(TEXTS, packages=PACKAGES, depth=2)


@cache
def openings(n: int = 1300) -> Openings:
    """Of those with something after the first sentence."""
    found = [
        (*text.split(". ", 1), label)
        for text, label in texts()
        if ". " in text and len(text.split(". ", 1)[1]) > 40
    ][:n]
    first, rest, label = zip(*found, strict=True)
    words = tuple(frozenset(r.lower().split()) for r in rest)
    return Openings(encoded(first), encoded(rest), words, label)


def mean_curve(curves: Sequence[Sequence[float]]) -> list[float]:
    """Mean over seeds of each look."""
    return np.mean(curves, axis=0).round(3).tolist()


# Which of two texts follows a docstring's first sentence?


def rows_of(data: Openings, seed: int) -> tuple[Floats, Integers]:
    """Products of each first sentence with its own and with another's rest, [N, 2, 384]; modules.

    The other one is among the ten most alike.
    """
    rng = np.random.default_rng(seed)
    alike = data.rest @ data.rest.T
    np.fill_diagonal(alike, -1)
    near = np.argsort(-alike, axis=1)[:, :10]
    other = near[np.arange(len(near)), rng.integers(10, size=len(near))]
    products = np.stack([data.first * data.rest, data.first * data.rest[other]], axis=1)
    return 20 * products, np.unique(data.label, return_inverse=True)[1]


def learnt(query: Query, seed: int, *, batch: int = 20, rounds: int = 8) -> list[float]:
    """Share of held-out pairs told rightly after each batch; modules count alike.

    Twelve of the modules give four fifths of the pool. One label in ten is wrong.
    """
    data = openings()
    pairs, module = rows_of(data, seed)
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(pairs))
    held, rows = order[:400], order[400:]
    often = np.isin(module[rows], np.argsort(-np.bincount(module))[:12])
    rows = np.concatenate([rows[often], rows[~often][:100]])
    wrong = rng.random(len(rows)) < 0.1
    labelled, looks = np.zeros(len(rows), dtype=bool), []
    chosen = rng.permutation(len(rows))[:batch]
    for i in range(rounds):
        labelled[chosen] = True
        net = reward_models(pairs[rows], wrong, np.flatnonzero(labelled), seed=100 * seed + i)
        looks.append(told_rightly(net, pairs[held], module[held]))
        reward = rewards(net, pairs[rows])  # [E, N, 2]
        p = torch.from_numpy(reward).softmax(dim=-1).numpy()
        chosen = query(Pool(labelled, data.first[rows], p), batch, rng)
    return looks


def reward_models(pairs: Floats, wrong: np.ndarray, at: Integers, *, seed: int) -> MemberMLP:
    """Five of them, on the labels so far."""
    net = MemberMLP(5, pairs.shape[-1], (32,), seed=seed)
    won = torch.from_numpy(pairs[at, wrong[at].astype(int)]).float()
    lost = torch.from_numpy(pairs[at, 1 - wrong[at].astype(int)]).float()

    def loss(a: Tensor, b: Tensor) -> Tensor:
        return bradley_terry(net(a), net(b)).mean(dim=(1, 2)).sum()

    descend(net, loss, [won, lost], Schedule(60, 3e-3, 0.01), batch=64, seed=seed)
    return net


def rewards(net: MemberMLP, pairs: Floats) -> Floats:
    """[E, N, 2]."""
    with torch.no_grad():
        flat = net(torch.from_numpy(pairs).float().flatten(0, 1)).squeeze(-1)
    return flat.unflatten(1, (-1, 2)).double().numpy()


def told_rightly(net: MemberMLP, pairs: Floats, module: Integers) -> float:
    """Mean over modules of the share whose own rest is preferred, by the mean reward."""
    reward = rewards(net, pairs).mean(axis=0)
    right = reward[:, 0] > reward[:, 1]
    return float(np.mean([right[module == m].mean() for m in np.unique(module)]))


def pairs_to_label() -> Figures:
    """BAL-PM against the queries it has to beat."""
    ways: dict[str, Query] = {
        "bal-pm": BALPM(0.05),
        "spread alone": BALPM(doubt=False),
        "BALD": by_dispute,
        "power-BALD": PowerBALD(),
        "at random": at_random,
    }
    curves = {way: mean_curve([learnt(q, s) for s in SEEDS]) for way, q in ways.items()}
    means = {way: round(float(np.mean(curve[1:])), 3) for way, curve in curves.items()}
    return {"accuracy after each 20 labels": curves, "mean": means}


# Which of 30 texts follows a docstring's first sentence best?


def reached(query: Query, seed: int, *, particles: int = 10, asked: int = 160) -> list[float]:
    """Reward of the best answer after each 40 comparisons: 0 as any of 30, 1 as the best.

    The rater likes texts that share words with the true one; each comparison has noise.
    """
    data, rng = openings(), np.random.default_rng(seed)
    order = rng.permutation(len(data.label))
    model = RewardParticles(
        data.first.shape[1], particles=particles, widths=(64,), tie=0.5 * (particles > 1), seed=seed
    )
    optimiser = torch.optim.Adam(model.network.parameters(), lr=1e-3)
    free, pairs, looks = np.zeros(30, dtype=bool), [], []
    for prompt in order[:asked]:
        answers, likes = candidates(data, prompt, rng)
        with torch.no_grad():
            values = model(answers).double().numpy()
        a, b = query(Pool(free, values=values), 2, rng)
        if rng.random() > 1 / (1 + np.exp(-2 * (likes[a] - likes[b]))):
            a, b = b, a
        pairs.append(answers[[a, b]])
        if len(pairs) % 8 == 0:
            both = torch.stack(pairs)
            for _ in range(10):
                drawn = both[torch.from_numpy(rng.permutation(len(both))[:128])]
                loss = model.loss(drawn[:, 0], drawn[:, 1], seen=len(both))
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
        if len(pairs) % 40 == 0:
            looks.append(best_of(model, data, order[asked : asked + 200]))
    return looks


def candidates(data: Openings, prompt: int, rng: np.random.Generator) -> tuple[Tensor, Floats]:
    """The true rest and 29 others, [30, 384], and how the rater likes them, in deviations."""
    others = rng.choice(np.delete(np.arange(len(data.label)), prompt), 29, replace=False)
    rows = np.array([prompt, *others])
    shared = np.array([len(data.words[prompt] & data.words[i]) for i in rows], dtype=float)
    size = np.array([len(data.words[prompt] | data.words[i]) for i in rows])
    likes = shared / size
    x = torch.from_numpy(20 * data.first[prompt] * data.rest[rows]).float()
    return x, (likes - likes.mean()) / likes.std()


def best_of(model: RewardParticles, data: Openings, prompts: Integers) -> float:
    """Mean over prompts; the same candidates whoever asks."""
    rng, got, best = np.random.default_rng(9), 0.0, 0.0
    for prompt in prompts:
        x, likes = candidates(data, prompt, rng)
        with torch.no_grad():
            got += likes[int(model(x).mean(dim=0).argmax())]
        best += likes.max()
    return float(got / best)


def answers_to_compare() -> Figures:
    """Double Thompson sampling against its three rivals."""
    ways: dict[str, tuple[Query, int]] = {
        "double-ts": (DoubleThompson(), 10),
        "infomax": (most_disputed_pair, 10),
        "Boltzmann, one model": (Boltzmann(0.3), 1),
        "at random": (at_random, 10),
    }
    curves = {
        way: mean_curve([reached(q, s, particles=n) for s in SEEDS]) for way, (q, n) in ways.items()
    }
    means = {way: round(float(np.mean(curve)), 3) for way, curve in curves.items()}
    return {"reached after each 40 comparisons": curves, "mean": means}


# From which module is a docstring? A task for each module.


def module_losses(query: Query, seed: int, *, steps: int = 400, taken: int = 6) -> Floats:
    """Held-out loss of each module, nats, after training on some modules in each step."""
    _, module = np.unique([t.label for t in texts()], return_inverse=True)
    x = encoded(tuple(t.text for t in texts()))
    kept = np.flatnonzero(np.bincount(module) >= 40)
    rng = np.random.default_rng(seed)
    at = [rng.permutation(np.flatnonzero(module == m)) for m in kept]
    learn, held = [rows[:-15] for rows in at], [rows[-15:] for rows in at]
    middles = np.stack([x[rows].mean(axis=0) for rows in learn])
    looks = np.linalg.svd(middles - middles.mean(axis=0), full_matrices=False)[0][:, :6]
    looks *= np.sqrt(len(kept))  # [M, 6] of deviation about 1
    net, risk = mlp(x.shape[1], (64,), len(kept), seed=seed), TaskRisk(unit=1.0, seed=seed)
    optimiser = torch.optim.Adam(net.parameters(), lr=2e-3)
    free = np.zeros(len(kept), dtype=bool)
    for _ in range(steps):
        tasks = query(Pool(free, values=risk.predict(looks)), taken, rng)
        losses = torch.stack([loss_of(net, x[rng.choice(learn[t], 8)], t) for t in tasks])
        optimiser.zero_grad()
        losses.mean().backward()
        optimiser.step()
        risk.partial_fit(looks[tasks], losses.detach().numpy())
    with torch.no_grad():
        return np.array([float(loss_of(net, x[rows], t)) for t, rows in enumerate(held)])


def loss_of(net: torch.nn.Module, x: Floats, task: int) -> Tensor:
    """Mean -log p of this module."""
    return cross_entropy(net(20 * torch.from_numpy(x) / 4), torch.full((len(x),), int(task)))


def tasks_to_train() -> Figures:
    """MPTS, with and without a half at random, against modules at random."""
    ways: dict[str, Query] = {
        "mpts": MPTS(spread=1.0),
        "mpts, half at random": MPTS(spread=1.0, at_random=0.5),
        "at random": at_random,
    }
    found: Figures = {}
    for way, query in ways.items():
        losses = np.stack([np.sort(module_losses(query, s)) for s in SEEDS])  # [S, M]
        worst = losses[:, -max(1, losses.shape[1] // 5) :]
        found[way] = {"mean": round(losses.mean(), 3), "worst fifth": round(worst.mean(), 3)}
    return {"held-out loss": found, "modules": losses.shape[1]}


PARTS: dict[str, Callable[[], Figures]] = {
    "pairs": pairs_to_label,
    "answers": answers_to_compare,
    "tasks": tasks_to_train,
}


def main(parts: Sequence[str], path: Path | None) -> None:
    """Run the parts and keep their figures."""
    kept = json.loads(path.read_text("utf-8")) if path and path.exists() else {}
    openings()  # encoded once, for all
    for name in parts:
        begin = time.process_time()
        kept[name] = PARTS[name]() | {"cpu seconds": round(time.process_time() - begin, 1)}
        print(name, json.dumps(kept[name], indent=1), flush=True)
        if path:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    main(given.parts, given.json)

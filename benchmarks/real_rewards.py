"""Rewards that doubt themselves, on features of real texts by the small sentence encoder.

    python benchmarks/real_rewards.py [--parts diverse held noisy] [--json FILE]

Parts that are not run keep the figures that the file has. Each takes well under two minutes.
"""

import argparse
import json
import time
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from dubito.align import (
    URM,
    DisagreementPenalty,
    VarianceWeights,
    diverse_loss,
    ensemble_rewards,
    gaps,
    surest,
    variance_aware_policy,
)
from dubito.data.facts import capital, currency, facts, language
from dubito.data.texts import docstrings
from dubito.maths.ranking import auroc
from dubito.maths.ranks import spearman
from dubito.models.encoder import load_encoder
from dubito.nn.bradley_terry import bradley_terry
from dubito.nn.low_rank_sampling import sampled
from dubito.nn.member_mlp import MemberMLP, descend_members
from dubito.nn.seeded import seeded
from dubito.nn.tiny_training import Schedule
from dubito.posterior import LoRAEnsemble

Figures = dict[str, Any]
KNOWN, STRANGE = ("numpy", "scipy"), ("transformers",)
SEEDS = range(3)


@cache
def encoder() -> Callable[[Sequence[str]], list[Any]]:
    """The small sentence encoder, loaded once."""
    return load_encoder()


def features(texts: Sequence[str]) -> Tensor:
    """Embeddings of length sqrt(384), so that a number is about 1; [N, 384]."""
    found = np.stack([e.embedding for e in encoder()(texts)])
    return torch.from_numpy(found).double() * found.shape[1] ** 0.5


def mean_of(runs: Sequence[Figures]) -> Figures:
    """Of the same figures over seeds."""
    return {k: round(float(np.mean([r[k] for r in runs])), 4) for k in runs[0]}


def belongs(packages: Sequence[str], n: int, seed: int) -> tuple[Tensor, Tensor]:
    """Pairs: a module with a docstring of its own, and with one of another module; [n, 384]."""
    found = docstrings(n + 1, packages=packages, depth=2, seed=seed)
    own = [f"{t.label}: {t.text}" for t in found]
    other = [
        f"{a.label}: {next(t for t in found[i + 1 :] + found if t.label != a.label).text}"
        for i, a in enumerate(found)
    ]
    rows = features(own[:n] + other[:n])
    return rows[:n], rows[n:]


def reward_net(members: int, seed: int) -> nn.Sequential:
    """A frozen random layer on the features with low-rank members, and a head for each."""
    with seeded(seed):
        net = nn.Sequential(nn.Linear(384, 128), nn.Tanh(), nn.Linear(128, 1)).double()
    LoRAEnsemble(members=members, rank=4, gain=1.0, seed=seed).attach(net, ("0",), heads=("2",))
    return net


def diverse(seed: int, *, weight: float, members: int, data: Sequence[Tensor]) -> Figures:
    """Trained on pairs of known packages; judged on fresh ones, and on those of a strange one."""
    chosen, rejected, fresh, fresh_other, strange = data
    net = reward_net(members, seed)

    def rewards(rows: Tensor) -> Tensor:
        with sampled(net):
            return net(rows)[:, 0].unflatten(0, (members, len(rows)))

    optimiser = torch.optim.Adam([p for p in net.parameters() if p.requires_grad], lr=3e-3)
    for _ in range(100):
        ahead, behind = rewards(torch.cat([chosen, rejected])).chunk(2, dim=1)
        optimiser.zero_grad()
        diverse_loss(ahead, behind, net, weight=weight).backward()
        optimiser.step()
    with torch.no_grad():
        won, lost, far, seen = map(rewards, (fresh, fresh_other, strange, torch.cat([chosen])))
    lead = (won - lost).mean(dim=0)
    found: Figures = {
        "accuracy": float((lead > 0).double().mean()),
        "loss": float(bradley_terry(won.mean(dim=0), lost.mean(dim=0)).mean()),
    }
    if members > 1:
        near, far = (ensemble_rewards(r, reference=seen).spread for r in (won, far))
        doubt = torch.cat([near, far]).numpy()
        found["auroc of the spread for a strange package"] = auroc(
            doubt, np.arange(len(doubt)) >= len(near)
        )
        doubt = ensemble_rewards(torch.cat([won, lost], dim=1), reference=seen).spread
        doubt = (doubt[: len(lead)] + doubt[len(lead) :]).numpy()
        found["auroc of the spread for errors"] = auroc(doubt, (lead <= 0).numpy())
    return found


def docstring_rewards() -> Figures:
    """Does a docstring belong to its module? Ensembles with and without diversity, one model."""
    chosen, rejected = belongs(KNOWN, 700, seed=0)
    strange, _ = belongs(STRANGE, 300, seed=0)
    data = chosen[:400], rejected[:400], chosen[400:], rejected[400:], strange
    ways = {
        "one model": (0.0, 1),
        "five": (0.0, 5),
        "five, pushed apart": (0.1, 5),
        "far": (0.5, 5),
    }
    return {
        "pairs": 400,
        **{
            name: mean_of([diverse(s, weight=w, members=m, data=data) for s in SEEDS])
            for name, (w, m) in ways.items()
        },
    }


@cache
def fact_candidates(kind: Any, n: int) -> tuple[Tensor, Tensor]:
    """Questions with 10 candidates each, one of them right: features [N, 10, 384], flags [N, 10].

    Wrong ones are right for other countries.
    """
    random, asked = Random(0), facts(n, kinds=(kind,))
    texts, right = [], []
    for question in asked:
        names = sorted({q.answers[0] for q in asked} - set(question.answers))
        said = [*random.sample(names, 9), question.answers[0]]
        random.shuffle(said)
        texts += [f"{question.text} {name}" for name in said]
        right += [name in question.answers for name in said]
    return features(texts).view(n, 10, -1), torch.tensor(right).view(n, 10)


def policies(seed: int, train: Sequence[Any], judged: Any) -> Figures:
    """Five reward models learn right from wrong; policies half a nat away from an even one."""
    sets = [fact_candidates(kind, 80) for kind in train]
    good = torch.cat([x[r][:50] for x, r in sets])  # [N, 384] of the first 50 questions
    bad = torch.cat([x[~r].view(len(x), 9, -1)[:50] for x, r in sets])  # [N, 9, 384]
    net = MemberMLP(5, 384, (32,), seed=seed).double()
    rows = good.repeat_interleave(9, dim=0), bad.flatten(0, 1)
    descend_members(
        net,
        lambda won, lost: bradley_terry(net(won)[..., 0], net(lost)[..., 0]).mean(dim=1),
        rows,
        Schedule(100, rate=2e-3, weight_decay=0.01),
        batch=64,
        seed=seed,
        resampled=True,
    )
    x, right = (part[50:] for part in fact_candidates(judged, 80))
    with torch.no_grad():
        said = ensemble_rewards(net(x.flatten(0, 1))[..., 0], reference=net(good)[..., 0])
    mean, truth = said.mean.view(len(x), 10).numpy(), right.numpy()
    weights = VarianceWeights()(said.variance).view(len(x), 10).numpy()
    penalised = DisagreementPenalty()(said).view(len(x), 10).numpy()
    found: Figures = {"best is right": float(truth[np.arange(len(x)), mean.argmax(1)].mean())}
    for name, reward, weight in (
        ("plain", mean, np.ones_like(mean)),
        ("variance-weighed", mean, weights),
        ("penalised", penalised, np.ones_like(mean)),
    ):
        p = as_far(reward, weight, 0.5)
        on_right = (p * truth).sum(axis=1)
        found[f"{name}: probability of the right one"] = float(on_right.mean())
        found[f"{name}: worse than even"] = float((on_right < 0.1).mean())
    return found


def as_far(reward: np.ndarray, weight: np.ndarray, divergence: float) -> np.ndarray:
    """Policies of one divergence from an even one, by halving log beta; [N, K]."""
    even = np.full(reward.shape, -np.log(reward.shape[1]))
    low, high = np.full(len(reward), -10.0), np.full(len(reward), 10.0)
    for _ in range(50):
        middle = (low + high) / 2
        far = (
            variance_aware_policy(reward, weight, even, beta=np.exp(middle)).divergence > divergence
        )
        low, high = np.where(far, middle, low), np.where(far, high, middle)
    return np.exp(variance_aware_policy(reward, weight, even, beta=np.exp(high)).logp)


def fact_policies() -> Figures:
    """On fresh questions of a kind that was learnt, and on a kind that was not."""
    learnt = (capital, currency)
    return {
        "questions": 30,
        "fresh capitals": mean_of([policies(s, learnt, capital) for s in SEEDS]),
        "languages, never learnt": mean_of([policies(s, learnt, language) for s in SEEDS]),
    }


def measures(text: str) -> list[float]:
    """What can be counted: log characters, mean length of words, log of 1 + symbols of code."""
    words = text.split()
    return [
        float(np.log(len(text))),
        float(np.mean([len(w) for w in words])),
        float(np.log1p(sum(text.count(c) for c in "`_()[]=*"))),
    ]


def rated(seed: int, x: Tensor, y: Tensor, strange: Tensor, strange_y: Tensor) -> Figures:
    """URM on counted attributes: does its deviation follow its errors, its gap the strange?"""
    model = URM(
        members=3, widths=(64,), seed=seed, schedule=Schedule(200, rate=2e-3, weight_decay=0.01)
    )
    model.fit(x[:500], y[:500])
    with torch.no_grad():
        said, far = model.attributes(x[500:]), model.attributes(strange)
        near_gap, far_gap = gaps(model.predict(x[500:])).reward, gaps(model.predict(strange)).reward
    error = (said.mean.mean(dim=0) - y[500:]).abs()
    sd = said.sd.mean(dim=0)
    gap = torch.cat([near_gap, far_gap])
    alone = torch.cat([said.sd[0], far.sd[0]]).mean(dim=1)
    is_far = np.arange(len(gap)) >= len(near_gap)
    everything = torch.cat([error, (far.mean.mean(dim=0) - strange_y).abs()]).mean(dim=1)
    kept = surest(torch.cat([sd, far.sd.mean(dim=0)]).mean(dim=1), 0.5)
    by_gap = surest(gap, 0.5)
    return {
        "deviation and size of the error, rank correlation": float(
            np.mean([spearman(sd[:, k].numpy(), error[:, k].numpy()) for k in range(3)])
        ),
        "deviation over root mean squared error": float(
            sd.square().mean().sqrt() / error.square().mean().sqrt()
        ),
        "mean error": float(everything.mean()),
        "mean error, surest half by deviation": float(everything[kept].mean()),
        "mean error, surest half by gap": float(everything[by_gap].mean()),
        "auroc of the gap for a strange package": auroc(gap.numpy(), is_far),
        "auroc of one deviation for a strange package": auroc(alone.numpy(), is_far),
    }


def noisy_ratings() -> Figures:
    """Attributes of docstrings, in deviations, guessed from what they mean."""
    texts = [t.text for t in docstrings(900, packages=KNOWN, seed=1)]
    far = [t.text for t in docstrings(300, packages=STRANGE, seed=1)]
    y, strange = (torch.tensor([measures(t) for t in part]).double() for part in (texts, far))
    mean, sd = y[:500].mean(dim=0), y[:500].std(dim=0)
    y, strange = (y - mean) / sd, (strange - mean) / sd
    x, strange_x = features(texts), features(far)
    return {"rated": 500, **mean_of([rated(s, x, y, strange_x, strange) for s in SEEDS])}


PARTS: dict[str, Callable[[], Figures]] = {
    "diverse": docstring_rewards,
    "held": fact_policies,
    "noisy": noisy_ratings,
}


def main(parts: Sequence[str], path: Path | None) -> None:
    """Run the parts and keep their figures."""
    kept = json.loads(path.read_text("utf-8")) if path and path.exists() else {}
    for name in parts:
        begin = time.perf_counter()
        kept[name] = PARTS[name]() | {"seconds": round(time.perf_counter() - begin, 1)}
        print(name, json.dumps(kept[name], indent=1), flush=True)
        if path:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    main(given.parts, given.json)

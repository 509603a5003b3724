"""Distributions over real weights: SWAG on docstrings, and a population of SmolLM2.

    python benchmarks/real_posterior.py [--parts swag population] [--json FILE]

Parts that are not run keep the figures that the file has. Each part takes a minute or less on a
free core; `--rates 0.05 0.1 0.2` and `--texts 1500` take more.
"""

import argparse
import json
import math
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from scipy.optimize import minimize_scalar
from torch import Tensor
from torch.nn.functional import cross_entropy
from transformers import AutoModelForCausalLM, AutoTokenizer

from dubito.bench.metrics.probability import ece
from dubito.data.countries import states
from dubito.data.facts import capital
from dubito.data.texts import docstrings
from dubito.maths.effects import effect, outside
from dubito.maths.entropy import log_normalise
from dubito.models.embedded import SMOLLM2, folder_of
from dubito.models.encoder import load_encoder
from dubito.models.precision import fastest_dtype
from dubito.nn.descent import mlp
from dubito.posterior import SWAG, Population

Figures = dict[str, float]
PACKAGES = ("numpy", "scipy", "sklearn", "torch", "transformers", "pandas")


def told(logp: np.ndarray, truth: np.ndarray) -> Figures:
    """Accuracy, log-loss in nats and calibration error of log-probabilities [N, C]."""
    right = logp.argmax(axis=1) == truth
    return {
        "accuracy": round(float(right.mean()), 4),
        "nll": round(-float(logp[np.arange(len(truth)), truth].mean()), 4),
        "ece": round(ece(np.exp(logp.max(axis=1)), right), 4),
    }


def tempered(held: np.ndarray, labels: np.ndarray, logp: np.ndarray) -> np.ndarray:
    """The same log-probabilities at the temperature that suits held-out labels."""

    def loss(log_temperature: float) -> float:
        return told(log_normalise(held / math.exp(log_temperature)), labels)["nll"]

    best = minimize_scalar(loss, bounds=(-3, 3), method="bounded").x
    return log_normalise(logp / math.exp(float(best)))


def swag_on_docstrings(*, texts: int = 600, epochs: int = 60) -> dict[str, Any]:
    """Which package a docstring is from: MiniLM's embedding, then a perceptron; 5 seeds."""
    found = docstrings(texts, packages=PACKAGES, seed=0)
    x = torch.from_numpy(np.stack([e.embedding for e in load_encoder()([t.text for t in found])]))
    x = x.double() * x.shape[1] ** 0.5  # entries of size 1
    y = torch.tensor([PACKAGES.index(t.label) for t in found])
    rows = [one_path(x, y, epochs=epochs, seed=seed) for seed in range(5)]
    ways = {
        way: {k: round(float(np.mean([r[way][k] for r in rows])), 4) for k in rows[0][way]}
        for way in rows[0]
    }
    return {"texts": texts, "learnt": texts // 2, "classes": len(PACKAGES), "seeds": 5} | ways


def one_path(x: Tensor, y: Tensor, *, epochs: int, seed: int) -> dict[str, Figures]:
    """Half to learn, a fifth to calibrate, the rest to judge; snapshots from a third on."""
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(x), generator=generator)
    few, held = order[: len(x) // 2], order[len(x) // 2 : len(x) * 7 // 10]
    judged = order[len(x) * 7 // 10 :]
    net, swag = mlp(x.shape[1], (64, 64), len(PACKAGES), seed=seed), SWAG(scale=1.0)
    optimiser = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
    for epoch in range(epochs):
        for chosen in few[torch.randperm(len(few), generator=generator)].split(32):
            loss = cross_entropy(net(x[chosen]), y[chosen])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        if epoch >= epochs // 3:
            swag.collect(net)

    @torch.no_grad()
    def plain(rows: Tensor) -> np.ndarray:
        return net(x[rows]).log_softmax(dim=-1).numpy()

    truth = y[judged].numpy()
    last = plain(judged)
    warm = tempered(plain(held), y[held].numpy(), last)
    with swag.worn(net):
        mean = plain(judged)
    half = SWAG(scale=0.5)
    half.__dict__.update({k: v for k, v in vars(swag).items() if k.endswith("_")})
    return {
        "last weights": told(last, truth),
        "last weights, best temperature": told(warm, truth),
        "SWA": told(mean, truth),
        "SWAG, scale 0.5": told(half.predict(net, net, x[judged]).mean, truth),
        "SWAG, scale 1": told(swag.predict(net, net, x[judged]).mean, truth),
    }


KINDS: dict[str, tuple[str, str]] = {  # typical ones, and ones that are hardly so
    "bird": (
        "robin sparrow pigeon crow eagle canary parrot swallow",
        "penguin ostrich emu kiwi flamingo pelican turkey stork",
    ),
    "fruit": (
        "banana peach pear grape strawberry cherry plum mango",
        "coconut olive tomato avocado date fig pumpkin cucumber",
    ),
    "vehicle": (
        "car truck bus van motorcycle taxi lorry jeep",
        "raft sled tractor canoe tank skateboard rocket wheelchair",
    ),
}


def smollm2() -> tuple[Any, Any]:
    """The model and its tokenizer."""
    folder = folder_of(SMOLLM2)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=fastest_dtype()).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.padding_side = "right"
    tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
    return model, tokenizer


def last_logits(model: Any, read: Any) -> Tensor:
    """Logits behind each prompt, [B, V]."""
    states = model.model(**read, use_cache=False).last_hidden_state  # [B, T, d]
    end = read["attention_mask"].sum(dim=1) - 1
    return model.lm_head(states[torch.arange(len(states)), end])


def population_of_smollm2(
    *, individuals: int = 20, rates: Sequence[float] = (0.1,)
) -> dict[str, Any]:
    """Are typical birds, fruits and vehicles more of their kind, and capitals known?"""
    model, tokenizer = smollm2()
    prompts, targets, group = stimuli(tokenizer)
    read = tokenizer(prompts, return_tensors="pt", padding=True)

    @torch.no_grad()
    def scores() -> np.ndarray:
        logp = last_logits(model, read).double().log_softmax(dim=-1)
        return logp[torch.arange(len(targets)), targets].numpy()

    single = scores()
    found: dict[str, Any] = {"individuals": individuals, "stimuli": len(prompts)}
    for rate in rates:
        population = Population(individuals, rate=rate, places=("mlp.down_proj",))
        table = population(model, scores)
        found[f"rate {rate}"] = {name: contrast(single, table, *group[name]) for name in group}
    return found


def stimuli(tokenizer: Any) -> tuple[list[str], Tensor, dict[str, tuple[list[int], list[int]]]]:
    """Prompts, the token scored behind each, and two groups of prompts for each contrast."""
    prompts: list[str] = []
    words: list[str] = []
    group: dict[str, tuple[list[int], list[int]]] = {}
    for kind, (typical, rare) in KINDS.items():
        sides: list[list[int]] = []
        for items in (typical.split(), rare.split()):
            sides.append(list(range(len(prompts), len(prompts) + len(items))))
            prompts += [f"{'An' if item[0] in 'aeiou' else 'A'} {item} is a" for item in items]
            words += [kind] * len(items)
        group[f"typical {kind}s"] = (sides[0], sides[1])
    known = [(c.spoken, q.answers[0]) for c in states()[::8] if (q := capital(c))][:16]
    right, other = len(prompts), len(prompts) + len(known)
    for shift in (0, 1):  # the right capital, then another country's
        for i, (name, _) in enumerate(known):
            prompts.append(f"The capital of {name} is")
            words.append(known[(i + shift) % len(known)][1])
    group["right capitals"] = ([*range(right, other)], [*range(other, len(prompts))])
    ids = [tokenizer(" " + word, add_special_tokens=False).input_ids[0] for word in words]
    return prompts, torch.tensor(ids), group


def contrast(
    single: np.ndarray, table: np.ndarray, first: list[int], second: list[int]
) -> dict[str, Any]:
    """Mean log-probability of one group less that of the other, nats, in model and population."""
    alone = float(single[first].mean() - single[second].mean())
    each = table[:, first].mean(axis=1) - table[:, second].mean(axis=1)
    seen = effect(each)
    return {
        "single": round(alone, 3),
        "mean": round(seen.mean, 3),
        "interval": [round(seen.low, 3), round(seen.high, 3)],
        "d": round(seen.size, 2),
        "share": seen.share,
        "present": seen.present,
        "single outside the central 95%": outside(alone, each),
    }


def main() -> None:
    """Run the parts, print and keep their figures."""
    parser = argparse.ArgumentParser()
    every = ("swag", "population")
    parser.add_argument("--parts", nargs="+", choices=every, default=every)
    parser.add_argument("--texts", type=int, default=600)
    parser.add_argument("--rates", type=float, nargs="+", default=[0.1])
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    path: Path | None = given.json
    parts: dict[str, Callable[[], dict[str, Any]]] = {
        "swag": partial(swag_on_docstrings, texts=given.texts),
        "population": partial(population_of_smollm2, rates=given.rates),
    }
    kept = json.loads(path.read_text("utf-8")) if path and path.exists() else {}
    for name in given.parts:
        begin = time.process_time()
        kept[name] = parts[name]() | {"cpu seconds": round(time.process_time() - begin, 1)}
        print(name, json.dumps(kept[name], indent=1), flush=True)
        if path:
            path.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

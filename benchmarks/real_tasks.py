"""Balance, orthogonal experts and rank-1 experts on real data: digits, and SmolLM2 on facts.

    python benchmarks/real_tasks.py [--json results/real/tasks.json] [--only NAME]

* units: a picture's digit, its ink in grey levels and its centre in pixels from one perceptron;
* transfer: which of six sets of digits a picture is in, then six new sets from 20 labels each;
* experts: adapters on q and v of SmolLM2's last blocks, four kinds of questions about countries.
"""

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy
from transformers import AutoModelForCausalLM, AutoTokenizer

from dubito.data.countries import states
from dubito.data.facts import capital, continent, currency, language
from dubito.models.chat import Chat
from dubito.models.embedded import SMOLLM2, folder_of
from dubito.models.encoder import load_encoder
from dubito.multitask.balancer import equal_weights, parameter_groups
from dubito.multitask.orthogonal_experts import OrthogonalExperts
from dubito.multitask.prompt_clusters import PromptClusters
from dubito.multitask.rank_one_experts import MoR1E, guided, layers_of
from dubito.multitask.uncertainty_weighting import (
    GAUSSIAN,
    SOFTMAX,
    UncertaintyWeighting,
    analytic_weighting,
)
from dubito.nn.orthonormal import gram_schmidt, mean_cosine
from dubito.nn.sampled_low_rank import Adapter, add_low_rank

SEEDS = 5


def digits() -> tuple[np.ndarray, np.ndarray]:
    """1,797 pictures of 64 pixels in 0 .. 16, and what they show."""
    data: Any = load_digits()
    return data.data, data.target


def split(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Two thirds to train on, one to judge."""
    order = np.random.default_rng(seed).permutation(n)
    return order[: 2 * n // 3], order[2 * n // 3 :]


# --- units ---------------------------------------------------------------------------------------


def fixed(balancer: Callable[[Tensor], Tensor]) -> nn.Module:
    """A balancer with nothing to learn, as a module."""
    module = nn.Module()
    module.forward = balancer
    return module


def units_once(seed: int, balancer: nn.Module) -> dict[str, float]:
    """Accuracy of the digit, share of variance explained of ink and of centre."""
    pixels, label = digits()
    ink = pixels.sum(axis=1)  # about 310, deviation 44
    centre = (pixels.reshape(-1, 8, 8).sum(axis=1) @ np.arange(8)) / ink  # about 3.5, 0.26
    values = torch.from_numpy(np.stack([ink, centre], axis=1)).float()  # [N, 2]
    x, y = torch.from_numpy(pixels / 16 - 0.3).float(), torch.from_numpy(label)
    train, judge = split(len(x), seed)
    torch.manual_seed(seed)
    net = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU())
    net.append(nn.Linear(64, 12))
    start = values[train].mean(dim=0)  # heads begin at the mean, as anybody would have them
    optimiser = torch.optim.Adam(parameter_groups(net, balancer, rate=2e-2), lr=2e-3)
    rng = np.random.default_rng(seed)
    for _ in range(1500):
        chosen = torch.from_numpy(rng.choice(train, size=128))
        out = net(x[chosen])
        squared = (out[:, :2] + start - values[chosen]).square().mean(dim=0)
        losses = torch.stack([*squared, cross_entropy(out[:, 2:], y[chosen])])
        optimiser.zero_grad()
        balancer(losses).backward()
        optimiser.step()
    with torch.no_grad():
        out = net(x[judge])
    left = (out[:, :2] + start - values[judge]).square().mean(dim=0) / values[judge].var(dim=0)
    return {
        "digit, accuracy": float((out[:, 2:].argmax(dim=1) == y[judge]).float().mean()),
        "ink, variance explained": float(1 - left[0]),
        "centre, variance explained": float(1 - left[1]),
    }


def units() -> dict[str, Any]:
    """Each way to balance, means over seeds."""
    by_variance = torch.tensor([0.5 / 44.0**2, 0.5 / 0.26**2, 1.0])
    kinds = (GAUSSIAN, GAUSSIAN, SOFTMAX)
    ways: dict[str, Callable[[], nn.Module]] = {
        "equal weights": lambda: fixed(equal_weights),
        "uncertainty weighting": lambda: UncertaintyWeighting(kinds),
        "uncertainty weighting from 0": lambda: UncertaintyWeighting(kinds, start=[0.0] * 3),
        "analytic weighting": lambda: fixed(analytic_weighting),
        "by hand, one over the labels' variance": lambda: fixed(lambda v: (by_variance * v).sum()),
    }
    alone = {"digit": 2, "ink": 0, "centre": 1}
    for name, i in alone.items():
        ways[f"{name} alone"] = lambda i=i: fixed(lambda v: v[i])
    found = {}
    for name, make in ways.items():
        runs = [units_once(seed, make()) for seed in range(SEEDS)]
        kept = [k for k in runs[0] if not name.endswith("alone") or k.startswith(name.split()[0])]
        found[name] = {k: mean_and_error([r[k] for r in runs]) for k in kept}
    return found


def mean_and_error(values: list[float]) -> dict[str, float]:
    """Mean and its standard error."""
    error = np.std(values, ddof=1) / len(values) ** 0.5
    return {"mean": round(float(np.mean(values)), 4), "error": round(float(error), 4)}


# --- transfer ------------------------------------------------------------------------------------

TASKS, FEW, WIDTH = 6, 20, 24


def membership(sets: np.ndarray, label: np.ndarray) -> Tensor:
    """Is each picture's digit in each set, [T, N]?"""
    return torch.from_numpy(sets[:, label]).float()


def headed(experts: OrthogonalExperts, head: Tensor, x: Tensor) -> Tensor:
    """Logits of every task for every picture, [T, N]."""
    basis = experts.basis(x)  # [N, K, d]
    mixed = torch.tanh(torch.einsum("tk,nkd->tnd", experts.gate(), basis))
    return torch.einsum("tnd,td->tn", mixed, head)


def descend_on(
    parameters: list[Tensor], loss: Callable[[], Tensor], steps: int, rate: float
) -> None:
    """AdamW with clipped gradients."""
    optimiser = torch.optim.AdamW(parameters, lr=rate, weight_decay=0.02)
    for _ in range(steps):
        optimiser.zero_grad()
        loss().backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()


def transfer_once(seed: int, process: Callable[[Tensor], Tensor]) -> dict[str, float]:
    """Accuracy on new sets of digits, from experts that six other sets have trained."""
    pixels, label = digits()
    rng = np.random.default_rng(seed)
    sets = np.stack([np.isin(np.arange(10), rng.choice(10, 5, replace=False)) for _ in range(12)])
    train, judge = split(len(label), seed)
    x, y = torch.from_numpy(pixels / 16).float(), membership(sets, label)
    torch.manual_seed(seed)
    base = OrthogonalExperts((64, 64, WIDTH), experts=4, tasks=TASKS, process=process)
    head = nn.Parameter(torch.randn(TASKS, WIDTH) / WIDTH**0.5)

    def base_loss() -> Tensor:
        chosen = torch.from_numpy(rng.choice(train, size=128))
        told = headed(base, head, x[chosen])
        return binary_cross_entropy_with_logits(told, y[:TASKS, chosen])

    descend_on([*base.parameters(), head], base_loss, 600, 3e-3)
    few = torch.from_numpy(rng.choice(train, size=FEW, replace=False))
    new, fresh = base.transferred(TASKS), nn.Parameter(0.2 * torch.randn(TASKS, WIDTH))

    def new_loss() -> Tensor:
        return binary_cross_entropy_with_logits(headed(new, fresh, x[few]), y[TASKS:, few])

    descend_on([new.gate.logits, fresh], new_loss, 400, 1e-2)
    with torch.no_grad():
        told = headed(new, fresh, x[judge]) > 0
        on_base = headed(base, head, x[judge]) > 0
        alike = float(mean_cosine(new.basis(x[judge])).mean())
    return {
        "new sets, accuracy": float((told == y[TASKS:, judge].bool()).float().mean()),
        "its own sets, accuracy": float((on_base == y[:TASKS, judge].bool()).float().mean()),
        "mean |cos| of experts": alike,
        "logistic regression on 20 pictures": pixels_alone(pixels, y[TASKS:].numpy(), few, judge),
    }


def pixels_alone(pixels: np.ndarray, y: np.ndarray, few: Tensor, judge: np.ndarray) -> float:
    """Accuracy of a regression on pixels for each new set."""
    rows = few.numpy()
    fits = [LogisticRegression(max_iter=500).fit(pixels[rows] / 16, t[rows]) for t in y]
    return float(
        np.mean([f.score(pixels[judge] / 16, t[judge]) for f, t in zip(fits, y, strict=True)])
    )


def transfer() -> dict[str, Any]:
    """Both mixtures, means over seeds."""
    found = {}
    for name, process in {"orthogonal": gram_schmidt, "plain": lambda u: u}.items():
        runs = [transfer_once(seed, process) for seed in range(2 * SEEDS)]
        found[name] = {k: mean_and_error([r[k] for r in runs]) for k in runs[0]}
    return found


# --- experts -------------------------------------------------------------------------------------

KINDS = (capital, currency, language, continent)
BLOCKS, TAUGHT, JUDGED, RANK = 4, 40, 25, 8


@dataclass(frozen=True)
class Asked:
    """Questions and answers as one row of tokens each, and the states that enter the top blocks."""

    states: Tensor  # [N, L, d]
    tokens: Tensor  # [N, L]
    learnt: Tensor  # [N, L] bool: tokens of the answer
    prompts: np.ndarray  # [N, d_e]
    kind: np.ndarray  # [N]


class Top(nn.Module):
    """The last blocks of SmolLM2 on states that enter them."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(model.model.layers[-BLOCKS:])
        self.norm, self.head, self.rotary = model.model.norm, model.lm_head, model.model.rotary_emb

    def forward(self, states: Tensor) -> Tensor:
        """States before the head, [N, L, d]."""
        places = torch.arange(states.shape[1])[None]
        turned = self.rotary(states, places)
        for block in self.blocks:
            out = block(states, position_embeddings=turned, attention_mask=None)
            states = out[0] if isinstance(out, tuple) else out
        return self.norm(states)


@torch.no_grad()
def read(model: Any, chat: Chat, questions: list[Any], kind: list[int], width: int) -> Asked:
    """One pass of the lower blocks over every row."""
    end = chat.tokenizer.eos_token_id
    rows, answer = [], []
    for question in questions:
        prompt = chat.ids(question.text)
        said = chat.tokenizer(question.answers[0], add_special_tokens=False).input_ids
        said.append(end)
        rows.append((prompt + said)[:width])
        answer.append(len(prompt))
    tokens = torch.tensor([r + [end] * (width - len(r)) for r in rows])
    place = torch.arange(width)
    begin, stop = torch.tensor(answer)[:, None], torch.tensor([len(r) for r in rows])[:, None]
    states = []
    for part in tokens.split(16):
        out = model.model(input_ids=part, output_hidden_states=True, use_cache=False)
        states.append(out.hidden_states[-BLOCKS - 1])
    prompts = np.stack([e.embedding for e in load_encoder()([q.text for q in questions])])
    learnt = (place >= begin) & (place < stop)
    return Asked(torch.cat(states), tokens, learnt, prompts, np.array(kind))


def answer_loss(top: Top, asked: Asked, chosen: Tensor) -> Tensor:
    """-log p of each answer token of these rows, nats, and its row's place in `chosen`; [2, A]."""
    kept = asked.learnt[chosen][:, 1:]
    states = top(asked.states[chosen])[:, :-1][kept]
    nll = cross_entropy(top.head(states), asked.tokens[chosen][:, 1:][kept], reduction="none")
    return torch.stack([nll, kept.nonzero()[:, 0].to(nll)])


def judged(top: Top, asked: Asked, scores: Tensor | None) -> dict[str, float]:
    """Mean -log p of a whole answer on questions not taught, for each kind and in all."""
    each = np.zeros(len(asked.tokens))
    with torch.no_grad():
        for part in torch.arange(len(each)).split(20):
            if scores is None:
                nll, row = answer_loss(top, asked, part)
            else:
                with guided(top, scores[part]):
                    nll, row = answer_loss(top, asked, part)
            np.add.at(each, part[row.long()].numpy(), nll.numpy())
    names = [k.__name__ for k in KINDS]
    found = {n: round(float(each[asked.kind == i].mean()), 3) for i, n in enumerate(names)}
    return {"all": round(float(each.mean()), 3), **found}


def taught(top: Top, asked: Asked, scores: Tensor | None, steps: int) -> None:
    """Train what is trainable on the answers; balance and gate ten times slower."""
    parameters = [(n, p) for n, p in top.named_parameters() if p.requires_grad]
    slow = [p for n, p in parameters if n.endswith("_logit")]
    rest = [p for n, p in parameters if not n.endswith("_logit")]
    groups = [{"params": rest}] + ([{"params": slow, "lr": 1e-4}] if slow else [])
    optimiser, rng = torch.optim.AdamW(groups, lr=1e-3, weight_decay=0.0), np.random.default_rng(0)
    for _ in range(steps):
        chosen = torch.from_numpy(rng.choice(len(asked.tokens), size=16, replace=False))
        optimiser.zero_grad()
        if scores is None:
            answer_loss(top, asked, chosen)[0].mean().backward()
        else:
            with guided(top, scores[chosen]):
                answer_loss(top, asked, chosen)[0].mean().backward()
        optimiser.step()


def experts(steps: int = 60) -> dict[str, Any]:
    """Rank-1 experts, the same without their prompts' clusters, and LoRA of equal parameters."""
    folder = folder_of(SMOLLM2)
    model = fresh(folder)
    chat, random = Chat(AutoTokenizer.from_pretrained(folder)), np.random.default_rng(0)
    known = states()
    countries = [known[i] for i in random.permutation(len(known))]
    parts: list[tuple[list[Any], list[int]]] = [([], []), ([], [])]
    for kind, fact in enumerate(KINDS):
        asked = [q for q in map(fact, countries) if q is not None][: TAUGHT + JUDGED]
        for part, some in zip(parts, (asked[:TAUGHT], asked[TAUGHT:]), strict=True):
            part[0].extend(some)
            part[1].extend([kind] * len(some))
    train, test = (read(model, chat, *part, width=56) for part in parts)
    clusters = PromptClusters(RANK).fit(train.prompts)
    scores = [torch.from_numpy(clusters.predict(a.prompts)).float() for a in (train, test)]
    found: dict[str, Any] = {"before": {"-log p": judged(Top(model), test, None)}}
    shares = np.stack([clusters.predict(train.prompts).argmax(axis=1) == k for k in range(RANK)])
    purity = sum(np.bincount(train.kind[s]).max() for s in shares if s.any()) / len(train.kind)
    found["clusters"] = {"purity": round(float(purity), 3)}
    for name in ("rank-1 experts", "the router alone", "LoRA"):
        begin, top = time.process_time(), Top(fresh(folder))
        given = scores if name == "rank-1 experts" else [torch.zeros_like(s) for s in scores]
        if name == "LoRA":
            add_low_rank(top, ("q_proj", "v_proj"), Adapter(rank=equal_rank(top)), seed=0)
            given = [None, None]
        else:
            MoR1E(rank=RANK).attach(top, ("q_proj", "v_proj"), seed=0)
        count = sum(p.numel() for p in top.parameters() if p.requires_grad)
        taught(top, train, given[0], steps)
        found[name] = {"-log p": judged(top, test, given[1]), "parameters": count}
        found[name]["-log p of what was taught"] = judged(top, train, given[0])["all"]
        found[name]["CPU seconds"] = round(time.process_time() - begin, 1)
        if name != "LoRA":
            balance = np.mean([layer.balance.item() for layer in layers_of(top)])
            found[name]["mean balance, 1 the router"] = round(float(balance), 3)
        print(name, found[name], flush=True)
    return found


def fresh(folder: Path) -> Any:
    """The model, frozen, with nothing put on it."""
    model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    return model.eval().requires_grad_(False)


def equal_rank(top: Top) -> int:
    """The rank at which LoRA has about as many parameters as the experts."""
    sizes = [(m.in_features, m.out_features) for n, m in top.named_modules() if projected(n, m)]
    ours = sum(RANK * (2 * i + o) + 2 for i, o in sizes)
    return round(ours / sum(i + o for i, o in sizes))


def projected(name: str, module: nn.Module) -> bool:
    """Is it one of the layers that get an adapter?"""
    return isinstance(module, nn.Linear) and name.endswith(("q_proj", "v_proj"))


RUNS: dict[str, Callable[[], dict[str, Any]]] = {
    "units": units,
    "transfer": transfer,
    "experts": experts,
}


def main() -> None:
    """Run them, print and keep."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", type=Path)
    parser.add_argument("--only", choices=[*RUNS])
    given = parser.parse_args()
    torch.set_num_threads(1)
    found: dict[str, Any] = {}
    for name, run in RUNS.items():
        if given.only in (None, name):
            begin = time.process_time()
            found[name] = {**run(), "CPU seconds": 0.0}
            found[name]["CPU seconds"] = round(time.process_time() - begin, 1)
            print(json.dumps({name: found[name]}, indent=1), flush=True)
    if given.json:
        kept = json.loads(given.json.read_text(encoding="utf-8")) if given.json.exists() else {}
        text = json.dumps(kept | found, indent=1)
        given.json.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

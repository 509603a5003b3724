"""Embeddings on real text: MiniLM's frozen token vectors of docstrings of installed packages.

    python benchmarks/real_embed.py [--only uwe url prolip] [--json results/real/embed.json]

Ranks function names by docstrings and back, asks whether doubts carry over to packages that were
not trained on, and whether a text lies inside of its own first half. Some minutes, one core.
"""

import argparse
import ast
import json
import math
import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, normalize

from dubito.data.texts import docstrings, folder, opening
from dubito.embed import (
    Gaussians,
    GaussianTower,
    InclusionTerms,
    Pairs,
    PredictedDoubt,
    ProLIP,
    SoftLateInteraction,
    Tokens,
    class_entropy,
    inclusion,
    inverse_length,
    loss_prediction,
    mc_infonce,
    mean_pooled,
    mean_transfer,
    padded,
    rises_when_cropped,
    transferred,
    vagueness,
    without_tokens,
)
from dubito.maths.ranks import spearman
from dubito.maths.retrieval import average_precision, r_precision
from dubito.models.encoder import Encoded, load_encoder
from dubito.nn.contrastive import both_ways
from dubito.nn.descent import descend, mlp
from dubito.nn.tiny_training import Schedule
from dubito.nn.towers import Tower, built

PACKAGES = ("numpy", "scipy", "sklearn", "pandas", "networkx", "sympy", "torch", "matplotlib")
STATES = 384
Row = tuple[str, str, str, str]  # experiment, way, measure, value
Doubt = Callable[[Tensor], Tensor]


class Named(NamedTuple):
    """Docstrings and the names of their functions; several share a name."""

    texts: list[str]  # N
    names: list[str]  # Y
    edges: Tensor  # bool [N, Y]


def functions(package: str) -> Iterator[tuple[str, str]]:
    """Name in words and first sentence of each documented function."""
    for path in sorted(folder(package).rglob("*.py")):
        try:
            tree = ast.parse(path.read_bytes())
        except (SyntaxError, ValueError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                said = opening(ast.get_docstring(node) or "").split(". ")[0]
                if 20 <= len(said) <= 200:
                    yield node.name.replace("_", " "), said


def named(count: int) -> tuple[Named, Named]:
    """Two sets of so many names with 2 to 6 docstrings each."""
    found: dict[str, set[str]] = defaultdict(set)
    for package in PACKAGES:
        for name, said in functions(package):
            found[name].add(said)
    shared = sorted(name for name, texts in found.items() if len(texts) >= 2)
    random.Random(0).shuffle(shared)
    halves = shared[:count], shared[count : 2 * count]
    return gathered(halves[0], found), gathered(halves[1], found)


def gathered(names: list[str], found: dict[str, set[str]]) -> Named:
    """At most six docstrings for each name."""
    pairs = [(text, i) for i, name in enumerate(names) for text in sorted(found[name])[:6]]
    texts = list(dict.fromkeys(text for text, _ in pairs))
    place = {text: i for i, text in enumerate(texts)}
    edges = torch.zeros(len(texts), len(names), dtype=torch.bool)
    for text, i in pairs:
        edges[place[text], i] = True
    return Named(texts, names, edges)


def uwe(encode: Callable[[list[str]], list[Encoded]]) -> list[Row]:
    """Docstrings rank names and names rank docstrings."""
    learnt, judged = named(300)
    known, fresh = (
        (pieces(encode(part.texts)), pieces(encode(part.names))) for part in (learnt, judged)
    )
    rows: list[Row] = []

    def tell(way: str, score: Callable[[Tokens, Tokens], Tensor], texts: Tokens, names: Tokens):
        for task, scores, edges in (
            ("docstring to name", score(texts, names), judged.edges),
            ("name to docstrings", score(names, texts), judged.edges.T),
        ):
            precision = float(np.nanmean(average_precision(scores, edges)))
            found = float(np.nanmean(r_precision(scores, edges)))
            rows.append((f"uwe: {task}", way, "MAP", f"{precision:.3f}"))
            rows.append((f"uwe: {task}", way, "RP@10", f"{found:.3f}"))

    soft = SoftLateInteraction()
    with torch.inference_mode():
        tell("means of tokens", pooled, *fresh)
        tell("soft, picking 0.1 (the paper's)", soft, *fresh)
        tell("soft, picking 2", SoftLateInteraction(picking=2.0), *fresh)
        tell(
            "hard: best cosine of each token",
            SoftLateInteraction(picking=1e-3),
            *map(sphere, fresh),
        )
    for way, score in (("means", pooled), ("soft, picking 0.1", soft.per_token)):
        for taught, loss in (("all edges", both_ways), ("drawn edges alone", one_match)):
            head = taught_head(known, learnt.edges, score, loss)
            with torch.inference_mode():
                texts, names = (Tokens(head(t.vectors), t.present) for t in fresh)
                tell(f"{way}, linear head taught {taught}", score, texts, names)
    return [("uwe: size", "", "docstrings, names", f"{len(judged.texts)}, 300"), *rows]


def pieces(encoded: list[Encoded], most: int = 48) -> Tokens:
    """Token vectors, cut."""
    return padded([e.pieces[:most] for e in encoded])


def sphere(tokens: Tokens) -> Tokens:
    """At unit length."""
    return Tokens(normalize(tokens.vectors, dim=-1), tokens.present)


def pooled(queries: Tokens, targets: Tokens) -> Tensor:
    """Cosine of the means."""
    return SoftLateInteraction()(mean_pooled(queries), mean_pooled(targets))


def one_match(scores: Tensor, _edges: Tensor) -> Tensor:
    """The drawn pairs alone match."""
    own = torch.arange(len(scores))
    return cross_entropy(scores, own) + cross_entropy(scores.T, own)


def taught_head(
    known: tuple[Tokens, Tokens],
    edges: Tensor,
    score: Callable[[Tokens, Tokens], Tensor],
    loss: Callable[[Tensor, Tensor], Tensor],
) -> nn.Linear:
    """A linear map of token vectors, from the identity, 300 batches of 48 drawn edges."""
    head = built(lambda: nn.Linear(STATES, STATES), 0)
    nn.init.eye_(head.weight)
    nn.init.zeros_(head.bias)
    texts, names = known

    def value(text: Tensor, name: Tensor) -> Tensor:
        queries = Tokens(head(texts.vectors[text]), texts.present[text])
        targets = Tokens(head(names.vectors[name]), names.present[name])
        return loss(score(queries, targets) / 0.05, edges[text][:, name])

    descend(head, value, edges.nonzero(as_tuple=True), Schedule(300, rate=3e-4), batch=48, seed=0)
    return head


class Sets(NamedTuple):
    """Embedded docstrings, their modules, and the same cut to eight words."""

    whole: Tensor  # [N, 384]
    cropped: Tensor  # [N, 384]
    label: np.ndarray  # [N]
    words: np.ndarray  # [N]


def url(encode: Callable[[list[str]], list[Encoded]]) -> list[Row]:
    """Heads learnt on modules of numpy and scipy, judged on those of five other packages."""
    up = modules(("numpy", "scipy"), 1400, encode)
    down = [
        modules((p,), 400, encode) for p in ("sklearn", "pandas", "networkx", "sympy", "matplotlib")
    ]
    kinds, label = np.unique(up.label, return_inverse=True)
    labels = torch.from_numpy(label)
    schedule = Schedule(400, rate=1e-3, weight_decay=0.0)
    net, classify = mlp(STATES, (256,), 128, seed=0), mlp(128, (), len(kinds), seed=1)
    head = built(lambda: PredictedDoubt(128, width=128), 0).double()
    head.begin_at(net(up.whole), math.log(len(kinds)))

    def plain(x: Tensor, y: Tensor) -> Tensor:
        embedded = net(x)
        losses = cross_entropy(classify(embedded), y, reduction="none")
        return (losses + 0.1 * loss_prediction(head(embedded.detach()), losses)).mean()

    both = nn.ModuleList([net, classify, head])
    descend(both, plain, (up.whole, labels), schedule, batch=128, seed=0)
    law = mlp(STATES, (256,), 128, seed=0)
    doubt = built(lambda: PredictedDoubt(128, width=128), 0).double()
    doubt.begin_at(law(up.whole))
    sharp = torch.tensor(math.log(10.0), dtype=torch.float64)
    generator = torch.Generator().manual_seed(1)

    def directed(x: Tensor, y: Tensor) -> Tensor:
        embedded = law(x)
        return mc_infonce(
            embedded,
            doubt(embedded),
            y,
            log_inverse_temperature=sharp,
            draws=8,
            generator=generator,
        )

    both = nn.ModuleList([law, doubt])
    descend(both, directed, (up.whole, labels), schedule, batch=128, seed=0)
    heads: dict[str, tuple[nn.Module, Doubt]] = {
        "entropy of the upstream classes": (net, lambda e: class_entropy(classify(e))),
        "1 / length": (net, inverse_length),
        "predicted loss": (net, head),
        "MCInfoNCE": (law, doubt),
        "none: MiniLM as it is, 1 / length": (nn.Identity(), inverse_length),
    }
    rows: list[Row] = [
        ("url: size", "", "classes upstream, texts downstream", f"{len(kinds)}, 2000")
    ]
    with torch.inference_mode():
        for way, (embed, read) in heads.items():
            rows += told(way, embed, read, down)
        short = mean_transfer([transferred(s.whole, -s.words, s.label) for s in down])
    rows.append(("url", "none: MiniLM as it is, fewer words", "R-AUROC", f"{short.r_auroc:.3f}"))
    return rows


def told(way: str, embed: nn.Module, read: Doubt, down: list[Sets]) -> list[Row]:
    """Recall, R-AUROC and how often a cropped text is doubted more."""
    found = [transferred(embed(s.whole), read(embed(s.whole)), s.label) for s in down]
    recall, r_auroc = mean_transfer(found)
    cropped = [rises_when_cropped(read(embed(s.whole)), read(embed(s.cropped))) for s in down]
    return [
        ("url", way, "R@1", f"{recall:.3f}"),
        ("url", way, "R-AUROC", f"{r_auroc:.3f}"),
        ("url", way, "doubt rises when cropped", f"{np.mean(cropped):.3f}"),
    ]


def modules(
    packages: tuple[str, ...], count: int, encode: Callable[[list[str]], list[Encoded]]
) -> Sets:
    """Docstrings by module, those of modules with few left out."""
    found = docstrings(count, packages=packages, depth=2, seed=0)
    sizes = defaultdict(int)
    for _, label in found:
        sizes[label] += 1
    kept = [(text, label) for text, label in found if sizes[label] >= 5]
    texts = [text for text, _ in kept]
    short = [" ".join(text.split()[:8]) for text in texts]
    whole, cropped = (
        torch.from_numpy(np.stack([e.pieces.mean(axis=0) for e in encode(some)])).double()
        for some in (texts, short)
    )
    words = np.array([len(text.split()) for text in texts])
    return Sets(whole, cropped, np.array([label for _, label in kept]), words)


class Heads(nn.Module):
    """Gaussians of two views, read from frozen token vectors; without doubt it is SigLIP."""

    def __init__(self, *, doubt: bool) -> None:
        super().__init__()
        self.doubt = doubt
        self.rest, self.first = (
            GaussianTower(
                Tower(nn.Linear(STATES, 96), 96, layers=1, summaries=2), 96, 64, start=-8.0
            )
            for _ in range(2)
        )
        self.compare = ProLIP()

    def known(self, embedded: Gaussians) -> Gaussians:
        """With its variance, or without."""
        mean, u = embedded
        return Gaussians(mean, u if self.doubt else torch.full_like(u, -torch.inf))


def prolip(encode: Callable[[list[str]], list[Encoded]]) -> list[Row]:
    """First sentences and what follows them; first sentences and their own first halves."""
    whole = [text for text, _ in docstrings(4000, packages=PACKAGES, seed=0) if ". " in text]
    split = [text.split(". ", 1) for text in whole]
    pairs = [(a, b) for a, b in split if len(a.split()) >= 6 and len(b.split()) >= 6][:1300]
    first, rest = (pieces(encode([p[i] for p in pairs])) for i in (0, 1))
    held = slice(len(pairs) - 300, None)
    sentences = [a for a, _ in pairs[held]]
    half = pieces(encode([" ".join(a.split()[: len(a.split()) // 2]) for a in sentences]))
    words = np.array([len(a.split()) for a in sentences])
    rows: list[Row] = [("prolip: size", "", "pairs learnt, judged", f"{len(pairs) - 300}, 300")]
    asked, targets = (Tokens(*(part[held] for part in t)) for t in (first, rest))
    own = torch.eye(300, dtype=torch.bool)
    by_means = average_precision(pooled(asked, targets), own).mean()
    rows.append(("prolip: rest by first sentence", "means of tokens", "MAP", f"{by_means:.3f}"))
    ways = {
        "ProLIP": InclusionTerms(second=1e-2, masked=1e-2, strength=10.0),
        "ProLIP without inclusion": InclusionTerms(second=0.0, masked=0.0, strength=10.0),
        "SigLIP": None,
    }
    for way, terms in ways.items():
        model = heads((first, rest), terms, learnt=len(pairs) - 300)
        with torch.inference_mode():
            a, b = model.known(model.first(*asked)), model.known(model.rest(*targets))
            found = average_precision(model.compare(a, b), own).mean()
            rows.append(("prolip: rest by first sentence", way, "MAP", f"{found:.3f}"))
            if terms is None:
                continue
            cut = model.first(*half)
            inside = float((inclusion(a, cut) > 0).double().mean())
            vaguer = spearman(vagueness(a), -words)
            rows.append(("prolip: sentence in its first half", way, "accuracy", f"{inside:.3f}"))
            rows.append(("prolip: shorter is vaguer", way, "Spearman", f"{vaguer:.3f}"))
    return rows


def heads(texts: tuple[Tokens, Tokens], terms: InclusionTerms | None, *, learnt: int) -> Heads:
    """Taught on the first pairs; of an eighth of each batch three quarters of the tokens go."""
    model, generator = built(lambda: Heads(doubt=terms is not None), 0), torch.Generator()
    generator.manual_seed(1)
    first, rest = texts

    def value(row: Tensor) -> Tensor:
        a, b = (Tokens(*(part[row] for part in t)) for t in (first, rest))
        pair = Pairs(model.known(model.rest(*b)), model.known(model.first(*a)))
        loss = model.compare.loss(pair)
        if terms is None:
            return loss
        some = slice(8)
        masked = Pairs(
            *(
                tower(t.vectors[some], without_tokens(t.present[some], 0.75, generator))
                for tower, t in ((model.rest, b), (model.first, a))
            )
        )
        return loss + terms(pair, masked)

    rows = (torch.arange(learnt),)
    descend(model, value, rows, Schedule(300, rate=1e-3), batch=64, seed=0)
    return model


EXPERIMENTS = {"uwe": uwe, "url": url, "prolip": prolip}
SAID = (
    "Docstrings of installed packages, read by a frozen MiniLM. uwe: 300 names and their "
    "docstrings rank each other. url: heads learnt on modules of numpy and scipy, judged on those "
    "of five other packages. prolip: heads on frozen token vectors; a sentence should lie inside "
    "of its own first half, which its length alone would tell."
)


def main() -> None:
    """Run them and print a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", nargs="+", choices=EXPERIMENTS, default=list(EXPERIMENTS))
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    encode = load_encoder(dtype=torch.float32)
    rows: list[Row] = []
    for name in given.only:
        begin = time.perf_counter()
        new = EXPERIMENTS[name](encode)
        new.append((f"{name}: time", "", "seconds", f"{time.perf_counter() - begin:.0f}"))
        print(*(" | ".join(row) for row in new), sep="\n", flush=True)
        rows += new
    if given.json:
        told = {
            "title": "Embeddings of real text",
            "said": SAID,
            "head": ["experiment", "way", "measure", "value"],
            "rows": rows,
        }
        given.json.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

"""SmolLM2 tuned on labels that it makes for itself, over facts about countries.

One greedy answer and a few samples of each fact are collected once; then one adapter for each kind
of label is tuned on one half, and what it states of the model's own answers to the other half is
held against their grades, before and after:

    python benchmarks/real_learn.py [--facts 300] [--samples 5] [--json results/real/learn.json]

The answers are those of the model as it was. References are tuned on in R-Tuning alone.
"""

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from peft import LoraConfig, get_peft_model
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence
from transformers import AutoModelForCausalLM, AutoTokenizer

from dubito.bench.metrics.probability import brier, ece
from dubito.data import facts, is_right, normalise
from dubito.evidence import Evidence, Floats, Plan, measured
from dubito.learn.known_references import less_doubtful_half
from dubito.learn.own_samples import consistency
from dubito.learn.scale import FIFTHS, RIGHT, SURE, TENTHS, Scale
from dubito.learn.stated_confidence import share_right
from dubito.learn.statement import IGNORED, stated, stating_loss
from dubito.learn.trainer import trainer_loss
from dubito.maths.ranking import auprc, auroc
from dubito.models.base import Generation
from dubito.models.collect import Collector
from dubito.models.embedded import SMOLLM2, folder_of
from dubito.models.local import load_local

BATCH, RATE = 8, 5e-4
ASKED = "Question: {}\nAnswer:"
SHORT = "Answer with the name only."


class Known(NamedTuple):
    """What is collected of N facts."""

    question: list[str]
    kind: list[str]
    reference: list[str]
    answer: list[str]  # greedy
    right: np.ndarray[Any, Any]
    likelihood: Floats  # exp of the mean log-probability
    share: Floats  # of the most frequent answer among the samples
    entropy: Floats  # of the samples, nats


@dataclass(frozen=True)
class Arm:
    """A kind of label: in which words, of which confidence, after which answers."""

    scale: Scale
    confidence: Floats  # [N]
    answers: list[str]  # that are followed by the statement in tuning
    answers_learnt: bool = False


def collected(n: int, samples: int) -> Known:
    """Greedy answers and samples to n facts, graded."""
    questions = facts(n, seed=3)
    collect = Collector(load_local("smollm2", folder_of(SMOLLM2)))
    plan = Plan(samples=samples, logprobs=True)
    asked = [q.text for q in questions]
    found = collect(asked, plan, Generation(max_tokens=12, instruction=SHORT))
    drawn = [[normalise(s.text) for s in e.samples] for e in found]
    agreed = consistency(drawn)
    return Known(
        asked,
        [q.kind for q in questions],
        [q.answers[0] for q in questions],
        [first_line(e) for e in found],
        np.array([is_right(e.answer.text, q) for e, q in zip(found, questions, strict=True)]),
        np.array([np.exp(measured(e.answer.logprobs, "logprobs").mean()) for e in found]),
        agreed.share,
        agreed.entropy,
    )


def first_line(evidence: Evidence) -> str:
    """The greedy answer up to its first line break, without its full stop."""
    lines = evidence.answer.text.strip().splitlines()
    return lines[0].rstrip(".") if lines else ""


class Row(NamedTuple):
    """One text."""

    tokens: list[int]
    labels: list[int]


def written(tokenizer: Any, known: Known, arm: Arm, i: int) -> Row:
    """Fact i with its answer, the query and the word of its confidence."""
    word = arm.scale.tokens(tokenizer)[arm.scale.nearest(arm.confidence[i])[0]]
    asked = tokenizer.encode(ASKED.format(known.question[i]))
    answer = tokenizer.encode(f" {arm.answers[i]}")
    query = tokenizer.encode(arm.scale.query)
    taught = answer if arm.answers_learnt else [IGNORED] * len(answer)
    labels = [IGNORED] * len(asked) + taught + [IGNORED] * len(query) + [int(word)]
    return Row([*asked, *answer, *query, int(word)], labels)


def batches(rows: Sequence[Row], order: Sequence[int]) -> list[dict[str, Tensor]]:
    """Padded batches of the rows in this order."""
    made = []
    for start in range(0, len(order), BATCH):
        chosen = [rows[i] for i in order[start : start + BATCH]]
        pad = [torch.tensor(row.tokens) for row in chosen]
        marks = [torch.ones(len(row.tokens), dtype=torch.long) for row in chosen]
        labels = [torch.tensor(row.labels) for row in chosen]
        made.append(
            {
                "input_ids": pad_sequence(pad, batch_first=True),
                "attention_mask": pad_sequence(marks, batch_first=True),
                "labels": pad_sequence(labels, batch_first=True, padding_value=IGNORED),
            }
        )
    return made


def adapted(base: Path) -> Any:
    """The model with an adapter of rank 8 on q and v of its last 6 blocks."""
    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    torch.manual_seed(0)
    places = {"target_modules": ["q_proj", "v_proj"], "layers_to_transform": list(range(24, 30))}
    return get_peft_model(model, LoraConfig(r=8, lora_alpha=32, **places))


def tune(model: Any, rows: Sequence[Row], options: Tensor, *, epochs: int) -> list[float]:
    """Adam over the rows, its step falling to 0 in a line; the loss of each step."""
    loss_of = trainer_loss(stating_loss, options=options)
    optimiser = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=RATE)
    steps = epochs * -(-len(rows) // BATCH)
    falling = torch.optim.lr_scheduler.LinearLR(optimiser, 1.0, 0.0, total_iters=steps)
    rng, losses = np.random.default_rng(0), []
    for _ in range(epochs):
        for batch in batches(rows, rng.permutation(len(rows)).tolist()):
            labels = batch.pop("labels")
            loss = loss_of(model(**batch), labels)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            falling.step()
            losses.append(float(loss.detach()))
    return losses


@torch.no_grad()
def read(model: Any, rows: Sequence[Row], scale: Scale, options: Tensor) -> Floats:
    """What is stated after each own answer, the mean over the words, [N]."""
    found = []
    for batch in batches(rows, range(len(rows))):
        del batch["labels"]
        logits = model(**batch).logits  # [B, T, V]
        query = batch["attention_mask"].sum(dim=1) - 2  # [B] the last token is the word
        after = logits[torch.arange(len(query)), query].double()
        found.append(stated(after, options, torch.tensor(scale.values)).expected)
    return torch.cat(found).numpy()


def told(confidence: Floats, right: np.ndarray[Any, Any]) -> dict[str, float]:
    """How a confidence meets the grades; `kept` is where it is at least a half."""
    kept = confidence >= 0.5
    return {
        "ece": ece(confidence, right),
        "mse": brier(confidence, right),
        "auroc": auroc(1 - confidence, ~right),
        "ap": auprc(confidence, right),
        "share kept": float(kept.mean()),
        "accuracy of kept": float(right[kept].mean()) if kept.any() else float("nan"),
    }


def arms(known: Known, tuning: np.ndarray[Any, Any]) -> dict[str, Arm]:
    """The kinds of label; what is made of others' grades uses those for tuning alone."""
    grade = known.right.astype(np.float64)
    share, sure = np.zeros(len(grade)), np.zeros(len(grade))
    share[tuning] = share_right(np.array(known.kind)[tuning], grade[tuning])
    sure[tuning] = less_doubtful_half(known.entropy[tuning])
    return {
        "calibration-tuning": Arm(RIGHT, grade, known.answer),
        "verbal-confidence": Arm(FIFTHS, share, known.answer),
        "r-tuning": Arm(SURE, grade, known.reference, answers_learnt=True),
        "r-tuning, by draws": Arm(SURE, sure, known.reference, answers_learnt=True),
        "metacognition-ft": Arm(TENTHS, known.share, known.answer),
    }


def judged(known: Known, arm: Arm, halves: tuple[list[int], list[int]], epochs: int) -> Any:
    """One arm: stated before and after tuning about the facts of the second half."""
    begin, base = time.perf_counter(), folder_of(SMOLLM2)
    tokenizer, model = AutoTokenizer.from_pretrained(base), adapted(base)
    options = torch.from_numpy(arm.scale.tokens(tokenizer))
    learn = [written(tokenizer, known, arm, i) for i in halves[0]]
    own = Arm(arm.scale, np.zeros(len(known.right)), known.answer)  # the word is not read
    asked = [written(tokenizer, known, own, i) for i in halves[1]]
    right = known.right[halves[1]]
    before = told(read(model.eval(), asked, arm.scale, options), right)
    losses = tune(model.train(), learn, options, epochs=epochs)
    after = told(read(model.eval(), asked, arm.scale, options), right)
    seconds = time.perf_counter() - begin
    ends = {"first": float(np.mean(losses[:5])), "last": float(np.mean(losses[-5:]))}
    return {"before": before, "after": after, "loss": ends, "seconds": seconds}


def rounded(value: Any) -> Any:
    """Floats to three places, wherever they are."""
    if isinstance(value, dict):
        return {key: rounded(inner) for key, inner in value.items()}
    return round(value, 3) if isinstance(value, float) else value


def main() -> None:
    """Collect once, tune each kind, print and write the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--facts", type=int, default=300)
    parser.add_argument("--samples", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    torch.set_num_threads(1)
    begin = time.perf_counter()
    known = collected(given.facts, given.samples)
    collecting = time.perf_counter() - begin
    order = np.random.default_rng(0).permutation(given.facts)
    halves = (order[: given.facts // 2].tolist(), order[given.facts // 2 :].tolist())
    new = known.right[halves[1]]
    found: dict[str, Any] = {
        "about": {
            "facts": given.facts,
            "samples": given.samples,
            "epochs": given.epochs,
            "accuracy": float(new.mean()),
            "seconds of collecting": collecting,
        },
        "baselines": {
            "answer's likelihood": told(known.likelihood[halves[1]], new),
            "share of the samples": told(known.share[halves[1]], new),
            "accuracy of the kind": told(by_kind(known, halves), new),
        },
        "arms": {},
    }
    print(json.dumps(rounded(found)), flush=True)
    tuning = np.isin(np.arange(given.facts), halves[0])
    for name, arm in arms(known, tuning).items():
        found["arms"][name] = judged(known, arm, halves, given.epochs)
        print(name, json.dumps(rounded(found["arms"][name])), flush=True)
        if given.json:
            given.json.write_text(json.dumps(rounded(found), indent=1) + "\n", encoding="utf-8")


def by_kind(known: Known, halves: tuple[list[int], list[int]]) -> Floats:
    """A table instead of tuning: the accuracy of each kind of question in the first half."""
    kind, overall = np.array(known.kind), known.right[halves[0]].mean()
    share = {
        name: known.right[halves[0]][kind[halves[0]] == name].mean()
        if (kind[halves[0]] == name).any()
        else overall
        for name in set(known.kind)
    }
    return np.array([share[name] for name in kind[halves[1]]])


if __name__ == "__main__":
    main()

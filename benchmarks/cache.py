"""What a compressed key-value cache costs in answers: SmolLM2 reads facts, then a question.

    python benchmarks/cache.py [--questions 20] [--seconds 420] [--json results/real/cache.json]

Budgets by the entropy of queries, equal ones and reversed ones, at equal memory: the divergence
of the next token to that of the full cache, right answers, and bytes. No question is begun after
so many seconds; the record says how many were asked.
"""

import argparse
import ctypes
import gc
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from transformers import DynamicCache
from transformers.cache_utils import Cache

from dubito.data import facts
from dubito.data.matching import is_right
from dubito.data.passages import country_passages
from dubito.data.question import Question
from dubito.decide.cache_budgets import EntropyBudgets
from dubito.decide.cache_compression import cache_bytes, compress
from dubito.decide.grouped_attention import grouped_attention
from dubito.models.embedded import SMOLLM2, folder_of
from dubito.models.local import LocalModel, load_local
from dubito.models.retrieval import WordIndex, with_passages

SHARES = (0.05, 0.1, 0.2, 0.25)
ARMS = {"entropy": 2.0, "uniform": 1.0, "reversed": 0.5}  # what a broad head keeps for 1 entry
CALIBRATION = 6  # prompts that group the heads; others than those of the questions
PASSAGES = 30  # fewer would leave 5% no room beside the window
ROWS = 8  # prompts side by side where memory is measured
LENGTH = 8  # tokens of an answer at most


@dataclass(frozen=True, slots=True)
class Run:
    """What decoding from one cache gave."""

    divergence: float  # KL in nats to the full cache, mean over the tokens of its answer
    first: float  # of the first of them
    right: bool
    bytes: int  # of the cache after the prompt


def prompts(questions: list[Question], *, seed: int) -> Iterator[str]:
    """Each question after 30 retrieved passages, in random order."""
    index, rng = WordIndex(country_passages()), np.random.default_rng(seed)
    for question in questions:
        found = index([question.text], PASSAGES)[0]
        yield with_passages(question.text, [found[i] for i in rng.permutation(len(found))])


@torch.inference_mode()
def step(model: torch.nn.Module, cache: Cache, token: int) -> Tensor:
    """Log-probabilities of what follows a token, [V]."""
    out = model(input_ids=torch.tensor([[token]]), past_key_values=cache, use_cache=True)
    return out.logits[0, -1].double().log_softmax(dim=-1)


def answer(local: LocalModel, cache: Cache, last: int) -> tuple[list[int], list[Tensor]]:
    """The greedy answer after the prompt's last token, and what each token was chosen from."""
    said, chosen_from = [last], []
    while len(said) <= LENGTH and (len(said) == 1 or said[-1] not in local.stop):
        chosen_from.append(step(local.model, cache, said[-1]))
        said.append(int(chosen_from[-1].argmax()))
    return said[1:], chosen_from


def compared(
    local: LocalModel, cache: Cache, again: Cache, last: int, full: tuple[list[int], list[Tensor]]
) -> tuple[list[float], list[int]]:
    """KL from the full cache along its own answer, and this cache's own answer."""
    told, gaps, ours = [last, *full[0]], [], []
    for token, expected in zip(told, full[1], strict=False):
        got = step(local.model, cache, token)
        gaps.append(float((expected.exp() * (expected - got)).sum()))
        ours.append(int(got.argmax()))
    return gaps, ours if ours == full[0] else answer(local, again, last)[0]


def measure(
    local: LocalModel, question: Question, prompt: str, groups: dict[str, EntropyBudgets]
) -> dict[str, Run]:
    """Every arm at every share, and the full cache, for one question."""
    ids = local.chat.ids(prompt)
    model, runs = local.model, {}

    def right(tokens: list[int]) -> bool:
        return is_right(local.tokenizer.decode(tokens, skip_special_tokens=True), question)

    with grouped_attention(model) as watch:
        past = DynamicCache()
        with torch.inference_mode():  # all but the last token: what comes next is to be compared
            model(input_ids=torch.tensor([ids[:-1]]), past_key_values=past, use_cache=True)
        small = {
            f"{arm} {share:.0%}": [
                compress(past, watch, by.predict(round(share * (len(ids) - 1)))) for _ in "12"
            ]
            for arm, by in groups.items()
            for share in SHARES
        }
        size = cache_bytes(past)
        full = answer(local, past, ids[-1])
        runs["full"] = Run(0.0, 0.0, right(full[0]), size)
        for name, (cache, again) in small.items():
            size = cache_bytes(cache)
            gaps, ours = compared(local, cache, again, ids[-1], full)
            runs[name] = Run(float(np.mean(gaps)), gaps[0], right(ours), size)
    return runs


def grouped(local: LocalModel, texts: Iterator[str]) -> dict[str, EntropyBudgets]:
    """The heads in groups, once for each arm."""
    found = []
    for text in texts:
        with grouped_attention(local.model, queries=True) as watch, torch.inference_mode():
            ids = torch.tensor([local.chat.ids(text)])
            local.model(input_ids=ids, past_key_values=DynamicCache(), logits_to_keep=1)
            found.append(watch.spread())
    heads = local.model.config.num_key_value_heads
    return {arm: EntropyBudgets(ratio=r, kv_heads=heads).fit(found) for arm, r in ARMS.items()}


def summary(runs: list[dict[str, Run]]) -> dict[str, dict[str, float]]:
    """Means over the questions."""
    full = np.array([r["full"].bytes for r in runs], dtype=float)
    return {
        name: {
            "bytes": float(np.mean([r[name].bytes for r in runs])),
            "share of bytes": float(np.mean([r[name].bytes for r in runs] / full)),
            "divergence": float(np.mean([r[name].divergence for r in runs])),
            "divergence of the first token": float(np.mean([r[name].first for r in runs])),
            "right": float(np.mean([r[name].right for r in runs])),
        }
        for name in runs[0]
    }


def peak_of_decoding(local: LocalModel, ids: list[int], by: EntropyBudgets | None) -> float:
    """Most resident megabytes while 32 tokens are decoded after 8 equal prompts side by side.

    Above what is resident before the prompts are read; what reading them took is not counted.
    `by` keeps a tenth of the cache; None all of it.
    """
    given_back()
    before, model = memory("VmRSS"), local.model
    with grouped_attention(model) as watch, torch.inference_mode():
        past: Cache = DynamicCache()
        model(input_ids=torch.tensor([ids] * ROWS), past_key_values=past, logits_to_keep=1)
        if by is not None:
            past = compress(past, watch, by.predict(len(ids) // 10))
        given_back()
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak begins anew
        token = torch.full((ROWS, 1), ids[-1])
        for _ in range(32):
            out = model(input_ids=token, past_key_values=past, use_cache=True)
            token = out.logits[:, -1:].argmax(dim=-1)
    return memory("VmHWM") - before


def given_back() -> None:
    """What is free goes back to the system now, so that it is not counted."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)


def memory(what: str) -> float:
    """Megabytes by the kernel's name for them."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition(f"{what}:")[2].split()[0]) / 1e3


def main() -> None:
    """Group the heads on some prompts, measure on others."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--questions", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=420)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    torch.set_num_threads(1)
    began = time.perf_counter()
    local = load_local("smollm2", folder_of(SMOLLM2))
    asked = facts(CALIBRATION + given.questions, seed=11)
    texts = prompts(asked, seed=11)
    groups = grouped(local, (next(texts) for _ in range(CALIBRATION)))
    runs = []
    for question, text in zip(asked[CALIBRATION:], texts, strict=True):
        if runs and time.perf_counter() - began > given.seconds:
            break
        runs.append(measure(local, question, text, groups))
        print(f"{len(runs)} / {given.questions}", end="\r", flush=True)
    told = summary(runs)
    ids = local.chat.ids(text)
    peaks = {
        "full": round(peak_of_decoding(local, ids, None), 1),
        "a tenth": round(peak_of_decoding(local, ids, groups["uniform"]), 1),
    }
    print("peak MB while decoding", peaks)
    for name, row in told.items():
        print(f"{name:14}" + "".join(f"  {key} {value:.4g}" for key, value in row.items()))
    if given.json:
        entropies = groups["entropy"].entropies_
        gained = {
            f"{other} - entropy {share:.0%}": [
                r[f"{other} {share:.0%}"].divergence - r[f"entropy {share:.0%}"].divergence
                for r in runs
            ]
            for other in ("uniform", "reversed")
            for share in SHARES
        }
        record = {
            "model": local.name,
            "passages": PASSAGES,
            "questions": len(runs),
            "entropy of heads, least and most": [float(entropies.min()), float(entropies.max())],
            "caches": told,
            "divergence saved, by question": gained,
            "peak MB while decoding 8 rows": peaks,
            "seconds": round(time.perf_counter() - began, 1),
        }
        given.json.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

"""Our engine against `generate()`, and what all estimators add to bare generation.

Ratios in one process, one thread, the same dtype, the median of some rounds in turn:

    python benchmarks/engine.py [--rounds 3] [--questions 40]
"""

import argparse
import gc
import json
import platform
import resource
import statistics
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from dubito.catalogue import estimators
from dubito.data import facts
from dubito.estimate.scoring import joint_plan, score
from dubito.evidence import Plan
from dubito.models.base import Generation
from dubito.models.collect import Collector
from dubito.models.embedded import SMOLLM2, folder_of
from dubito.models.encoder import load_encoder
from dubito.models.local import LocalModel, load_local

SAMPLES, LENGTH = 10, 32
FIRST_SHELF = (
    *("g-nll", "perplexity", "min-token-probability", "mean-token-entropy", "max-token-entropy"),
    *("lybl-max-prob", "lybl-average-prob", "lybl-max-entropy", "lybl-average-entropy"),
    *("probability-margin", "self-certainty", "renyi-divergence", "fisher-rao"),
    *("sequence-entropy", "length-normalised-entropy", "semantic-entropy"),
    *("discrete-semantic-entropy", "semantic-sets", "lexical-similarity", "degree-matrix"),
    *("degree-matrix-entailment", "eccentricity", "laplacian-eigenvalues"),
    *("kernel-language-entropy", "eigenscore", "semantic-density", "semantic-volume"),
    *("token-sar", "sentence-sar", "sar", "cocoa", "lybl-sample-vr", "lybl-sample-vro"),
    *("p-true", "verbalised-confidence"),
)
STATUS = Path("/proc/self/status")


@dataclass(frozen=True)
class Taken:
    """What one way of working took."""

    cpu: float  # seconds
    wall: float  # seconds
    tokens: int  # decoded, after each row's end nothing counts


def timed(work: Callable[[], int]) -> Taken:
    """CPU and wall seconds of a piece of work that returns its number of tokens."""
    gc.collect()
    cpu, wall = time.process_time(), time.perf_counter()
    tokens = work()
    return Taken(time.process_time() - cpu, time.perf_counter() - wall, tokens)


def resident() -> float:
    """Resident megabytes now (Linux), or the peak where that is not told."""
    if not STATUS.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    line = next(x for x in STATUS.read_text().splitlines() if x.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def peak_above(work: Callable[[], object]) -> float:
    """Most megabytes that the work held above what was there before, looked at every 5 ms."""
    before, highest, done = resident(), [0.0], threading.Event()

    def watch() -> None:
        while not done.wait(0.005):
            highest[0] = max(highest[0], resident())

    watcher = threading.Thread(target=watch)
    watcher.start()
    work()
    done.set()
    watcher.join()
    return highest[0] - before


def ours(collect: Collector, questions: list[str], plan: Plan) -> int:
    """Tokens of all answers to all questions."""
    found = collect(questions, plan, Generation(max_tokens=LENGTH))
    return sum(len(s.tokens) for e in found for s in (e.answer, *e.samples))


def measured(collect: Collector, questions: list[str], names: Sequence[str] | None) -> int:
    """With these estimators, or all that need no training."""
    using = estimators(names, samples=SAMPLES)
    found = collect(questions, joint_plan(using.values()), Generation(max_tokens=LENGTH))
    for evidence in found:
        score(evidence, using, errors=False)
    return sum(len(s.tokens) for e in found for s in (e.answer, *e.samples))


def counted(rows: torch.Tensor, stop: frozenset[int]) -> int:
    """Tokens up to and with the first end token of each row."""
    ends = [next((t + 1 for t, i in enumerate(r) if i in stop), len(r)) for r in rows.tolist()]
    return sum(ends)


def question_by_question(lm: LocalModel, questions: list[str]) -> int:
    """`generate(num_return_sequences=10)` and a greedy call for each question."""
    total = 0
    for question in questions:
        ids = torch.tensor([lm.chat.ids(Generation().ask(question))])
        for options in (
            {"do_sample": False},
            {"do_sample": True, "num_return_sequences": SAMPLES, "top_k": 0, "top_p": 1.0},
        ):
            out = lm.model.generate(ids, max_new_tokens=LENGTH, **options)
            total += counted(out[:, ids.shape[1] :], lm.stop)
    return total


def eight_at_once(lm: LocalModel, questions: list[str]) -> int:
    """One `generate` call over 8 questions, 11 rows each, sharing one cache."""
    total = 0
    for start in range(0, len(questions), 8):
        asked = [lm.chat.ids(Generation().ask(q)) for q in questions[start : start + 8]]
        batch = lm.tokenizer.pad({"input_ids": asked}, padding_side="left", return_tensors="pt")
        out = lm.model.generate(
            **batch, max_new_tokens=LENGTH, do_sample=True, num_return_sequences=SAMPLES + 1,
            top_k=0, top_p=1.0,
        )  # fmt: skip
        total += counted(out[:, batch["input_ids"].shape[1] :], lm.stop)
    return total


def main() -> None:
    """Run in turns and print the ratios."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--questions", type=int, default=40)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    torch.set_num_threads(1)
    lm = load_local("smollm2", folder_of(SMOLLM2))
    collect = Collector(lm, load_encoder())
    questions = [q.text for q in facts(given.questions, seed=7)]
    measured(collect, questions[-1:], ["all"])
    # First of all, while nothing that was freed is still held by the allocator.
    peak = peak_above(lambda: measured(collect, questions[:8], FIRST_SHELF))
    bare = Plan(samples=SAMPLES)
    ways: dict[str, Callable[[], int]] = {
        "bare": lambda: ours(collect, questions, bare),
        "first shelf": lambda: measured(collect, questions, FIRST_SHELF),
        "default": lambda: measured(collect, questions, None),
        "all": lambda: measured(collect, questions, ["all"]),
        "question by question": lambda: question_by_question(lm, questions[:8]),
        "eight at once": lambda: eight_at_once(lm, questions),
    }
    rounds: dict[str, list[Taken]] = {name: [] for name in ways}
    for _ in range(given.rounds):
        for name, way in ways.items():
            rounds[name].append(timed(way))
            print(name, rounds[name][-1], flush=True)
    told = summary(rounds)
    told["peak MB above the model, 8 questions"] = round(peak)
    told["dtype"] = str(lm.model.dtype)
    told["machine"] = f"{platform.machine()}, torch {torch.__version__}"
    print(json.dumps(told, indent=1))
    if given.json:
        given.json.write_text(json.dumps(told, indent=1) + "\n")


def summary(rounds: dict[str, list[Taken]]) -> dict[str, object]:
    """Medians of ratios, round by round."""

    def per_token(name: str) -> list[float]:
        return [t.cpu / t.tokens for t in rounds[name]]

    def ratio(top: list[float], bottom: list[float]) -> float:
        return round(statistics.median(a / b for a, b in zip(top, bottom, strict=True)), 3)

    mine = per_token("bare")
    cpu = {name: [t.cpu for t in taken] for name, taken in rounds.items()}
    return {
        "tokens per CPU second": {n: round(1 / statistics.median(per_token(n)), 1) for n in rounds},
        "speed-up over question by question": ratio(per_token("question by question"), mine),
        "speed-up over eight at once": ratio(per_token("eight at once"), mine),
        "first shelf, times bare": ratio(cpu["first shelf"], cpu["bare"]),
        "all that read no layers, times bare": ratio(cpu["default"], cpu["bare"]),
        "all estimators, times bare": ratio(cpu["all"], cpu["bare"]),
    }


if __name__ == "__main__":
    main()

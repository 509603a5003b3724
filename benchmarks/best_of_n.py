"""Which of sixteen free-form answers? SmolLM2 on facts, chosen by votes, by certainty, or both.

    python benchmarks/best_of_n.py [--questions 200] [--json results/real/best-of-n.json]

Votes pool equal texts, or texts of one meaning as the judge of words and MiniLM has it. Gains are
over the majority of texts, paired by question, with 95 % bootstrap intervals.
"""

import argparse
import json
import math
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

import dubito
from dubito.data import facts
from dubito.data.matching import is_right
from dubito.decide.best_of_n import BordaVoting
from dubito.evidence import Evidence, Plan
from dubito.maths.meanings import mutual_classes
from dubito.maths.resample import bootstrap_interval

SAMPLES, SEED = 16, 23
RESAMPLES = 2000


def voted(power: float) -> Callable[[Evidence], str]:
    """Borda votes over equal texts."""
    voting = BordaVoting(SAMPLES, power=power)
    return lambda evidence: voting(evidence.only(voting.plan)).answer


def voted_by_meaning(power: float) -> Callable[[Evidence], str]:
    """The same over texts that entail each other."""

    def choose(evidence: Evidence) -> str:
        classes = mutual_classes(evidence.entailment[1:, 1:])
        meaning = {s.text: int(c) for s, c in zip(evidence.samples, classes, strict=True)}
        voting = BordaVoting(SAMPLES, power=power, outcome=meaning.get)
        return voting(evidence.only(voting.plan)).answer

    return choose


ARMS: dict[str, Callable[[Evidence], str]] = {
    "majority of texts": voted(0),
    "the most certain answer": voted(math.inf),
    "Borda votes of texts, power 1.2": voted(1.2),
    "majority of meanings": voted_by_meaning(0),
    "Borda votes of meanings, power 1.2": voted_by_meaning(1.2),
    "the greedy answer": lambda evidence: evidence.answer.text,
}


def gained(ours: np.ndarray, theirs: np.ndarray) -> float:
    """Points of accuracy."""
    return 100 * float(ours.mean() - theirs.mean())


def main() -> None:
    """Draw once, choose in each way, grade."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    torch.set_num_threads(1)
    began = time.perf_counter()
    questions = facts(given.questions, seed=SEED)
    collect = dubito.Collector(dubito.load("smollm2"))
    plan = Plan(samples=SAMPLES, logprobs=True, sample_distributions=True, entailment=True)
    evidence = collect([q.text for q in questions], plan)
    right = {
        name: np.array(
            [is_right(choose(e), q) for e, q in zip(evidence, questions, strict=True)], dtype=float
        )
        for name, choose in ARMS.items()
    }
    one = np.mean(
        [[is_right(s.text, q) for s in e.samples] for e, q in zip(evidence, questions, strict=True)]
    )
    rows = [["one sample (mean of 16)", f"{one:.1%}", ""]]
    for name, found in right.items():
        gain = bootstrap_interval(
            gained,
            found,
            right["majority of texts"],
            resamples=RESAMPLES,
            rng=np.random.default_rng(0),
        )
        told = f"{gain.estimate:+.1f} [{gain.low:+.1f}, {gain.high:+.1f}]"
        rows.append([name, f"{found.mean():.1%}", told])
    for row in rows:
        print("  ".join(row))
    if given.json:
        record = {
            "title": "Best of sixteen answers",
            "said": f"SmolLM2-135M drew {SAMPLES} answers to each of {len(questions)} facts; one "
            "was chosen by votes for equal texts, by votes for one meaning, by its self-certainty, "
            "or by both. Gain: points over the majority of texts, paired, with its 95% interval.",
            "head": ["chosen by", "right", "gain"],
            "rows": rows,
            "seconds": round(time.perf_counter() - began, 1),
        }
        given.json.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

"""What each estimator costs by itself, as a multiple of bare generation.

Collecting what its plan asks for and scoring, against a greedy answer and ten samples without
any doubt, in turns, one thread, processor seconds:

    python benchmarks/estimators.py [--questions 16] [--json results/real/cost.json]
"""

import argparse
import json
from pathlib import Path

import torch

from dubito.catalogue import estimators
from dubito.data import facts
from dubito.estimate.scoring import score
from dubito.evidence import Estimator, Plan
from dubito.models.base import Generation
from dubito.models.collect import Collector
from dubito.models.embedded import SMOLLM2, folder_of
from dubito.models.encoder import load_encoder
from dubito.models.local import load_local
from engine import LENGTH, SAMPLES, ours, timed


def scored(collect: Collector, questions: list[str], using: dict[str, Estimator]) -> int:
    """Tokens of all answers, after all have been scored by estimators of one plan."""
    plan = next(iter(using.values())).plan
    found = collect(questions, plan, Generation(max_tokens=LENGTH))
    for evidence in found:
        score(evidence, using, errors=False)
    return sum(len(s.tokens) for e in found for s in (e.answer, *e.samples))


def main() -> None:
    """Measure each distinct plan once, with bare generation before it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--questions", type=int, default=16)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    torch.set_num_threads(1)
    collect = Collector(load_local("smollm2", folder_of(SMOLLM2)), load_encoder())
    questions = [q.text for q in facts(given.questions, seed=7)]
    plans: dict[Plan, dict[str, Estimator]] = {}
    for name, estimator in estimators(["all"], samples=SAMPLES).items():
        plans.setdefault(estimator.plan, {})[name] = estimator
    for using in plans.values():
        scored(collect, questions[:2], using)
    cost: dict[str, float] = {}
    for using in plans.values():
        bare = timed(lambda: ours(collect, questions, Plan(samples=SAMPLES)))
        taken = timed(lambda using=using: scored(collect, questions, using))
        cost |= dict.fromkeys(using, round(taken.cpu / bare.cpu, 3))
        print(f"{taken.cpu / bare.cpu:6.2f}  {', '.join(using)}", flush=True)
    if given.json:
        told = {"questions": given.questions, "times bare": cost}
        given.json.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

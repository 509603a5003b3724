"""A local model behind the door, against its engine alone: 16 questions at a time, the same work.

    python benchmarks/serving_local.py [--rounds 3] [--json benchmarks/serving_local.json]

The engine answers the questions in lists of 16; the server is asked by 16 clients that each ask
the next question once theirs is answered. Wall seconds in turns in one process, since a server
waits; one thread for the model. Ratio of throughputs, median of the rounds. Goal: 0.9.
"""

import argparse
import json
import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import torch

sys.path.insert(0, "tests")

import dubito
from dubito.data import facts
from dubito.estimate.scoring import score
from dubito.models.base import Generation
from dubito.serve.app import make_app
from dubito.serve.doubting import Doubter, chosen
from dubito.serve.local import Local
from dubito.serve.settings import LOGPROBS_ALONE, Settings
from serve.running import running

AT_ONCE, LONGEST = 16, 32
ROUTE = "/v1/chat/completions"


def engine_alone(model: "dubito.models.local.LocalModel", questions: list[str]) -> int:
    """Lists of 16, generated and scored; tokens."""
    using = chosen(LOGPROBS_ALONE, 0)
    short, tokens = Generation(max_tokens=LONGEST, instruction=""), 0
    for start in range(0, len(questions), AT_ONCE):
        group = questions[start : start + AT_ONCE]
        for _, evidence in model.generate(group, using.plan, short):
            score(evidence, using.ready, errors=False)
            tokens += len(evidence.answer.tokens)
    return tokens


def through_the_door(client: httpx.Client, url: str, questions: list[str]) -> int:
    """Sixteen clients; tokens."""

    def one(question: str) -> int:
        body = {"messages": [{"role": "user", "content": question}], "max_tokens": LONGEST}
        response = client.post(url + ROUTE, json=body)
        response.raise_for_status()
        return response.json()["usage"]["completion_tokens"]

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return sum(pool.map(one, questions))


def main() -> None:
    """In turns."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--questions", type=int, default=96)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    torch.set_num_threads(1)
    model = dubito.load("smollm2")
    questions = [q.text for q in facts(given.questions, seed=5)]
    app = make_app(lambda: Local(model, Doubter(LOGPROBS_ALONE)), Settings(records=None))
    rounds = []
    with running(app) as url, httpx.Client(timeout=120) as client:
        through_the_door(client, url, questions[:AT_ONCE])
        for _ in range(given.rounds):
            begin = time.perf_counter()
            alone = engine_alone(model, questions) / (time.perf_counter() - begin)
            begin = time.perf_counter()
            served = through_the_door(client, url, questions) / (time.perf_counter() - begin)
            rounds.append((alone, served, served / alone))
            print("tokens a second: alone {:.0f}, served {:.0f}, ratio {:.2f}".format(*rounds[-1]))
    told = {
        "questions": given.questions,
        "at once": AT_ONCE,
        "tokens a second, engine alone": round(statistics.median(r[0] for r in rounds), 1),
        "tokens a second, served": round(statistics.median(r[1] for r in rounds), 1),
        "ratio": round(statistics.median(r[2] for r in rounds), 3),
        "ratios": [round(r[2], 3) for r in rounds],
    }
    print(json.dumps(told, indent=1))
    if given.json:
        given.json.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

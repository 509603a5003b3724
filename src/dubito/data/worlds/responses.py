"""Several responses to each prompt, each right or wrong by itself."""

import math
from dataclasses import dataclass

import numpy as np

from dubito.data.worlds.answers import Judge, worded
from dubito.data.worlds.world import Answered
from dubito.evidence import Evidence, Integers


@dataclass(frozen=True, eq=False)
class Responses(Answered):
    """N = prompts * M items: response i of a prompt is the answer, all M are the samples."""

    prompt: Integers  # [N]


def responses(
    seed: int,
    *,
    prompts: int = 300,
    meanings: int = 4,
    each: int = 10,
    judge: Judge = Judge(),  # noqa: B008
) -> Responses:
    """Meanings have p ~ Dirichlet(0.6) and the true one is drawn from p, unseen.

    The M responses are drawn from p, each in its own words with form probability U(0.2, 1) and 5
    tokens; a response is wrong when its meaning is not the true one.
    """
    rng = np.random.default_rng(seed)
    evidence, wrong = [], []
    for i in range(prompts):
        p = np.maximum(rng.dirichlet(np.full(meanings, 0.6)), 1e-9)
        truth, *drawn = rng.choice(meanings, size=1 + each, p=p / p.sum())
        drawn = np.array(drawn)
        form = rng.uniform(0.2, 1, each)
        said = [
            worded(tuple(f"r{j}m{m}.{i}" for i in range(5)), math.log(p[m] * form[j]), rng)
            for j, m in enumerate(drawn)
        ]
        entailment, contradiction = judge.read(drawn, rng)
        embeddings = judge.embed(drawn, rng)
        for j, own in enumerate(said):
            rows = np.array([j, *range(each)])  # the answer's row is a copy of its sample's
            square = np.ix_(rows, rows)
            evidence.append(
                Evidence(
                    f"prompt {i}",
                    own,
                    tuple(said),
                    embeddings=embeddings[rows],
                    entailment=entailment[square],
                    contradiction=contradiction[square],
                    id=f"{i}.{j}",
                )
            )
        wrong.append(drawn != truth)
    return Responses(tuple(evidence), np.concatenate(wrong), np.repeat(np.arange(prompts), each))

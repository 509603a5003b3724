"""Backtracking along attention [li2025b]: from a final answer to the tokens it stands on."""

import numpy as np

from dubito.evidence import Floats, Integers
from dubito.maths.arrays import Flags

NEAREST = 5  # most attended tokens that one token may name


def backtrack(
    looks: Floats,
    final: Integers,
    skipped: Flags,
    *,
    branches: int = 3,
    threshold: float = 0.5,
    least: int = 5,
) -> Integers:
    """The chain of tokens that a final answer stands on, itself included, rising, [C].

    `looks` [T, P + T] holds where each token looks, `skipped` bool [T] who cannot be in a chain.
    Token t was written where token t - 1 had just been read, so it stands on what t - 1 looks at.
    Each round the newest tokens name their `NEAREST` most attended ones, whose weights add up;
    the `branches` heaviest join, those below `threshold` only while the chain is shorter than
    the final answer and `least` tokens. It ends where none joins.
    """
    chain = [int(t) for t in final]
    short = least + len(chain)
    used = np.array(skipped, dtype=bool)  # [T] not to be named (again)
    newest = chain
    while newest:
        used[newest] = True
        score = named(looks, newest, used, wanting=len(chain) < short)  # [T]
        heaviest = np.argsort(-score, kind="stable")[:branches]
        newest = []
        for j in heaviest[score[heaviest] > 0]:
            if score[j] < threshold and len(chain) >= short:
                break
            chain.append(int(j))
            newest.append(int(j))
    return np.array(sorted(chain))


def named(looks: Floats, newest: list[int], used: Flags, *, wanting: bool) -> Floats:
    """How heavily the newest tokens name each other token, [T].

    Where none of the `NEAREST` of any token so far may be named and the chain is `wanting`, the
    next one that may be is taken. The first token stands on the prompt alone and names none.
    """
    prompt = looks.shape[1] - looks.shape[0]
    score = np.zeros(len(looks))
    for t in newest:
        if t == 0:
            continue
        row = looks[t - 1]  # [P + T]
        order = np.argsort(-row, kind="stable") - prompt  # below 0: of the prompt
        free = (order >= 0) & (order != t - 1) & ~used[np.maximum(order, 0)]
        free &= row[order + prompt] > 0
        near = order[:NEAREST][free[:NEAREST]]
        if not len(near) and wanting and not score.any():
            near = order[free][:1]
        np.add.at(score, near, row[near + prompt])
    return score

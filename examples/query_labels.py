"""Label digits in tens from a pool of nearly only 0 and 1: BAL-PM's choice or random ones."""

import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

from dubito.acquire import BALPM, Pool, at_random

x, y = load_digits(return_X_y=True)
x, order = x / 16, np.random.default_rng(0).permutation(len(x))
pool, test = order[:1200], order[1200:]
rare = y[pool] > 1
pool = np.concatenate([pool[~rare], pool[rare][:80]])


def members(rows: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Five classifiers, each taught a resample of the labelled digits: [5, N, 10] of all."""
    said = np.full((5, len(x), 10), 1e-6)
    for member in said:
        drawn = rng.choice(rows, len(rows))
        model = LogisticRegression(max_iter=200).fit(x[drawn], y[drawn])
        member[:, model.classes_] += model.predict_proba(x)
    return said / said.sum(axis=-1, keepdims=True)


for name, query in (("at random", at_random), ("bal-pm", BALPM(weight=0.05))):
    curves = []
    for seed in range(3):
        rng, labelled, curve = np.random.default_rng(seed), np.zeros(len(pool), dtype=bool), []
        chosen = rng.choice(len(pool), 10, replace=False)
        while labelled.sum() < 100:
            labelled[chosen] = True
            said = members(pool[labelled], rng)
            curve.append((said.mean(axis=0)[test].argmax(axis=-1) == y[test]).mean())
            chosen = query(Pool(labelled, x[pool], said[:, pool]), 10, rng)
        curves.append(curve)
    print(f"{name:10}", *(f"{accuracy:.2f}" for accuracy in np.mean(curves, axis=0)))

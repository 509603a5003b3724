"""Logistic regression on soft targets by Newton's method; small, convex, deterministic."""

import numpy as np
from scipy.special import expit

from dubito.maths.arrays import Floats


def fit_logistic(features: Floats, targets: Floats, *, l2: float = 0.0) -> tuple[Floats, float]:
    """Weights [M] and intercept that minimise the cross-entropy of [N, M] against targets [N].

    The penalty is l2 / 2 times the squared weights, the intercept free. Targets lie inside
    (0, 1), so that the optimum exists for separable labels too. Columns of like scale, please;
    of constant or repeated ones the solution with the smallest weights is taken.

    Raises:
        ValueError: no row, a target outside (0, 1), or a feature that is not finite.
    """
    if not len(targets) or not ((targets > 0) & (targets < 1)).all():
        raise ValueError(f"at least one target, each inside (0, 1), needed; got {targets}")
    if not np.isfinite(features).all():
        raise ValueError("features must be finite; leave rows out or fill them first")
    design = np.column_stack([features, np.ones(len(targets))])  # [N, M + 1]
    penalty = np.append(np.full(features.shape[1], l2), 0.0)  # [M + 1]
    theta = np.zeros(len(penalty))
    for _ in range(100):
        p = expit(design @ theta)  # [N]
        gradient = design.T @ (p - targets) + penalty * theta
        if np.abs(gradient).max() <= 1e-10 * len(targets):
            break
        hessian = (design.T * (p * (1 - p))) @ design + np.diag(penalty)
        step = np.linalg.lstsq(hessian, gradient)[0]
        theta = descend(design, targets, penalty, theta, step)
    return theta[:-1], float(theta[-1])


def descend(
    design: Floats, targets: Floats, penalty: Floats, theta: Floats, step: Floats
) -> Floats:
    """theta less the step, halved until the penalised cross-entropy does not rise."""

    def loss(at: Floats) -> float:
        z = design @ at
        return float((np.logaddexp(0, z) - targets * z).sum() + (penalty * at * at).sum() / 2)

    start = loss(theta)
    for halving in range(40):
        new = theta - step / 2**halving
        if loss(new) <= start:
            return new
    return theta

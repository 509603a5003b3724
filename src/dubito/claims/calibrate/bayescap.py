"""A cap that sees nothing but a frozen model's output finds which of its errors are large."""

from functools import cache, partial

import numpy as np
from scipy.special import ndtri
from sklearn.frozen import FrozenEstimator
from sklearn.neural_network import MLPRegressor

from dubito.calibrate.bayescap import BayesCap
from dubito.calibrate.cap import CapLoss
from dubito.claims.lab import Claim
from dubito.data.worlds.output_noise import OutputNoise, Points, output_noise
from dubito.evidence import Floats
from dubito.maths.ranks import spearman
from dubito.nn.generalised_gaussian import linear_surrogate

CAPPED = 500  # points that the cap sees
LEVELS = (0.05, 0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 0.95)
SHAKEN = 50  # runs with input noise
SHAKE = 0.05  # of the greatest input
OWN = CapLoss()


@cache
def frozen(points: Points) -> MLPRegressor:
    """A network fitted by squared error to the first points."""
    network = MLPRegressor(
        hidden_layer_sizes=(64, 64),
        activation="tanh",
        solver="lbfgs",
        alpha=1.0,
        max_iter=2000,
        max_fun=100_000,
        tol=1e-3,
        random_state=0,
    )
    return network.fit(points.x[: points.fitted], points.y[: points.fitted])


@cache
def capped(points: Points, *, loss: CapLoss = OWN) -> BayesCap:
    """The cap on it."""
    few = slice(min(CAPPED, points.fitted))
    cap = BayesCap(FrozenEstimator(frozen(points)), loss=loss)
    return cap.fit(points.x[few], points.y[few])


def asked(world: OutputNoise) -> Floats:
    """The inputs to judge by."""
    return world.points.x[world.points.fitted :]


def said(points: Points, x: Floats) -> Floats:
    """Its predictions."""
    return np.asarray(frozen(points).predict(x))


def errors(world: OutputNoise) -> Floats:
    """Size of the frozen model's error there."""
    wanted = world.points.y[world.points.fitted :]
    return np.abs(wanted - said(world.points, asked(world)))[world.order]


def ranked(world: OutputNoise) -> float:
    """Rank correlation of the cap's variance with the size of the errors."""
    return spearman(capped(world.points).predict_variance(asked(world)), errors(world))


def ranked_by_shaking(world: OutputNoise) -> float:
    """That of the variance of the outputs over noisy inputs."""
    x = asked(world)
    noise = np.random.default_rng(0).normal(size=(SHAKEN, *x.shape)) * SHAKE * np.abs(x).max()
    outputs = [said(world.points, x + shift) for shift in noise]  # each [N]
    return spearman(np.var(outputs, axis=0), errors(world))


def ranked_by_truth(world: OutputNoise) -> float:
    """That of the true deviation of the noise."""
    return spearman(world.points.deviation[world.points.fitted :], errors(world))


def miscalibration(world: OutputNoise, *, loss: CapLoss = OWN) -> float:
    """Mean distance of coverage from level over ten central intervals of the cap."""
    method, x = capped(world.points, loss=loss), asked(world)
    y = world.points.y[world.points.fitted :]
    gaps: list[float] = []
    for level in LEVELS:
        low, high = method.predict_interval(x, level=level).T
        gaps.append(abs(float(((low <= y) & (y <= high)).mean()) - level))
    return float(np.mean(gaps))


def constant_miscalibration(world: OutputNoise) -> float:
    """The same of a Gaussian with one deviation, that of the errors that the cap has seen."""
    points, few = world.points, slice(min(CAPPED, world.points.fitted))
    deviation = np.std(points.y[few] - said(points, points.x[few]))
    reach = deviation * ndtri((1 + np.array(LEVELS)) / 2)  # [levels]
    coverage = (errors(world) <= reach[:, None]).mean(axis=1)
    return float(np.abs(coverage - LEVELS).mean())


def drift(world: OutputNoise, *, loss: CapLoss = OWN) -> float:
    """Mean distance of the repeated output from the frozen one."""
    method, x = capped(world.points, loss=loss), asked(world)
    return float(np.abs(method.predict_error(x).output - method.predict(x)).mean())


CLAIM = Claim(
    world=output_noise,
    tiny=partial(output_noise, fitted=300, judged=300),
    ours=ranked,
    baselines={"noise on the input, 50 runs": ranked_by_shaking},
    metric="rank correlation of the variance with the size of the errors",
    margin=0.3,
    seeds=5,
    checks={
        "0.8 of the true scale's": lambda world: ranked(world) - 0.8 * ranked_by_truth(world),
        "calibration error at most 0.035": lambda world: 0.035 - miscalibration(world),
        "below half of a constant Gaussian's": lambda world: (
            constant_miscalibration(world) / 2 - miscalibration(world)
        ),
        "better calibrated than the linear surrogate": lambda world: (
            miscalibration(world, loss=CapLoss(law=linear_surrogate)) - miscalibration(world)
        ),
        "without the identity the output drifts twice as far": lambda world: (
            drift(world, loss=CapLoss(identity=0.0)) - 2 * drift(world)
        ),
    },
    paper="upadhyay2022",
    paper_figure="best calibration of the post-hoc methods on four tasks with pictures",
    size="2,000 points, 500 of them for the cap, 2,000 to judge by",
)

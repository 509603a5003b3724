"""SAPLMA [azaria2023]: a small network reads from the last token's state whether it is true."""

from collections.abc import Sequence
from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit

from dubito.estimate.trained.states import last_state, same_width, stacked
from dubito.estimate.trained.training import of_both_classes, refuse_unfitted
from dubito.evidence import Evidence, Floats, Plan, Score
from dubito.extras import require

BATCH = 32


class Saplma:
    """Doubt in [0, 1]: probability of being wrong, by a network on the last token's state.

    Layers of 256, 128 and 64 rectified units at a depth a little beyond the middle, Adam.
    Differs: 10 epochs in place of 5, since hundreds of labels stand here for their thousands, and
    a penalty `l2` against learning them by rote; states are standardised. The end token's state
    is not looked at: their statements have none.
    """

    def __init__(
        self,
        *,
        depth: float = 0.6,
        widths: tuple[int, ...] = (256, 128, 64),
        epochs: int = 10,
        l2: float = 1.0,
        seed: int = 0,
    ) -> None:
        if epochs < 1 or l2 < 0:
            raise ValueError(f"needs epochs >= 1 and l2 >= 0, got {epochs} and {l2}")
        self.depth = depth
        self.widths = widths
        self.epochs = epochs
        self.l2 = l2
        self.seed = seed

    @property
    def plan(self) -> Plan:
        """Hidden states at one depth."""
        return Plan(hidden=(self.depth,))

    def fit(self, evidence: Sequence[Evidence], wrong: ArrayLike) -> Self:
        """Learn `weights_` and `biases_` of each layer from N answers, wrong [N].

        Raises:
            ValueError: labels of one class.
        """
        known = of_both_classes(evidence, wrong)
        states = stacked(known.evidence, self.depth, last_state)
        self.centre_ = states.mean(axis=0)
        spread = states.std(axis=0)
        self.scale_ = np.where(spread > 0, spread, 1.0)
        network = require("sklearn.neural_network", extra="calibrate").MLPClassifier(
            self.widths,
            alpha=self.l2,
            batch_size=min(BATCH, len(states)),
            random_state=self.seed,
        )
        for _ in range(self.epochs):
            network.partial_fit(
                (states - self.centre_) / self.scale_, known.wrong.astype(int), classes=[0, 1]
            )
        self.weights_, self.biases_ = tuple(network.coefs_), tuple(network.intercepts_)
        return self

    def __call__(self, evidence: Evidence) -> Score:
        """The doubt."""
        refuse_unfitted(self)
        state = same_width(last_state(evidence, self.depth), len(self.centre_))
        return Score(float(expit(self.logit((state - self.centre_) / self.scale_))))

    def logit(self, state: Floats) -> float:
        """Log odds of being wrong of a standardised state [d]."""
        *inner, (out, bias) = zip(self.weights_, self.biases_, strict=True)
        for weight, shift in inner:
            state = np.maximum(state @ weight + shift, 0.0)
        return float((state @ out + bias)[0])

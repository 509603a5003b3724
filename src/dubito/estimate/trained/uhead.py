"""Uncertainty head [ni2025]: a small transformer that doubts the steps of a frozen model."""

from collections.abc import Sequence
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from dubito.estimate.attended import THROUGHOUT
from dubito.estimate.steps import steps_of
from dubito.estimate.trained.token_features import TOP, token_features
from dubito.estimate.trained.training import of_both_classes, refuse_unfitted
from dubito.evidence import Evidence, Floats, Integers, Plan, Score
from dubito.extras import require


class UHead:
    """Doubt in [0, 1]: probability of being wrong, of whole answers or of their steps.

    A transformer reads, of each token, attention to the last three tokens in all heads and the
    four greatest probabilities, and hidden states at the depths `states` where there are any.
    `fit` learns from judged answers, `fit_steps` from judged steps; after that the doubt of an
    answer is the mean over its steps, and `tokens` have that of their step. Only with `future`
    is what follows a step read to judge it.
    Differs: tokens of the prompt are not read, since their attention is not recorded; layers are
    chosen by depth; 128 wide by default, for hundreds of labels, where the paper has 768.
    """

    def __init__(
        self,
        *,
        depths: tuple[float, ...] = THROUGHOUT,
        states: tuple[float, ...] = (),
        width: int = 128,
        epochs: int = 10,
        rate: float = 1e-4,
        future: bool = False,
        seed: int = 0,
    ) -> None:
        if epochs < 1 or not rate > 0 or width < 8 or width % 8 or not depths:
            raise ValueError(
                "needs epochs >= 1, rate > 0, a width that 8 divides, and at least one depth; "
                f"got {epochs}, {rate}, {width} and {depths}"
            )
        self.depths = tuple(depths)
        self.states = tuple(states)
        self.width = width
        self.epochs = epochs
        self.rate = rate
        self.future = future
        self.seed = seed

    @property
    def plan(self) -> Plan:
        """Attention, the likeliest tokens, and the states that are asked for."""
        return Plan(top_k=TOP, attention=self.depths, hidden=self.states)

    def fit(self, evidence: Sequence[Evidence], wrong: ArrayLike) -> Self:
        """Learn `weights_` from N judged answers, wrong [N]; each is one step.

        Raises:
            ValueError: labels of one class.
        """
        known = of_both_classes(evidence, wrong)
        steps = [whole(e) for e in known.evidence]
        labels = [[label] for label in known.wrong.astype(float)]
        return self.learn(known.evidence, steps, labels, by_step=False)

    def fit_steps(
        self,
        evidence: Sequence[Evidence],
        wrong: Sequence[ArrayLike],
        steps: Sequence[ArrayLike] | None = None,
    ) -> Self:
        """Learn `weights_` from the steps of N answers, each wrong [S]; NaN is not judged.

        `steps` [T] says in which step each token is; left away, lines or sentences are steps.

        Raises:
            ValueError: labels of one class, or not one for each step.
        """
        found = [steps_of(e.answer) for e in evidence] if steps is None else list(steps)
        for one, label in zip(found, wrong, strict=True):
            if np.size(label) != np.max(one) + 1:
                raise ValueError(f"{np.size(label)} labels for {np.max(one) + 1} steps")
        labels = np.concatenate([np.ravel(label) for label in wrong])
        owner = [e for e, label in zip(evidence, wrong, strict=True) for _ in range(np.size(label))]
        of_both_classes(owner, labels)
        return self.learn(evidence, found, list(wrong), by_step=True)

    def learn(
        self,
        evidence: Sequence[Evidence],
        steps: Sequence[ArrayLike],
        wrong: Sequence[ArrayLike],
        *,
        by_step: bool,
    ) -> Self:
        """Train the head on these steps."""
        rows = [self.features(e) for e in evidence]
        widths = {row.shape[1] for row in rows}
        if len(widths) != 1:
            raise ValueError(f"features of one model needed, got widths {sorted(widths)}")
        training = require("dubito.estimate.trained.head_training", extra="hf")
        cases = [training.case(*parts) for parts in zip(rows, steps, wrong, strict=True)]
        head = training.trained(
            cases,
            width=self.width,
            future=self.future,
            epochs=self.epochs,
            rate=self.rate,
            seed=self.seed,
        )
        self.names_, self.weights_ = training.as_arrays(head)
        self.features_ = widths.pop()
        self.by_step_ = by_step
        return self

    def of_steps(
        self, evidence: Sequence[Evidence], steps: Sequence[ArrayLike] | None = None
    ) -> list[Floats]:
        """Probability of each step of N answers of being wrong, [S] each; steps as in the fit."""
        refuse_unfitted(self)
        found = [steps_of(e.answer) for e in evidence] if steps is None else list(steps)
        rows = [self.features(e) for e in evidence]
        for row in rows:
            if row.shape[1] != self.features_:
                raise ValueError(
                    f"fitted on {self.features_} features of a token, got {row.shape[1]}: "
                    "of another model"
                )
        training = require("dubito.estimate.trained.head_training", extra="hf")
        cases = [training.unjudged(*pair) for pair in zip(rows, found, strict=True)]
        fitted = dict(zip(self.names_, self.weights_, strict=True))
        return training.probabilities(cases, fitted, width=self.width, future=self.future)

    def features(self, evidence: Evidence) -> Floats:
        """What the head reads of each token, [T, F], of no layers but those asked for."""
        return token_features(evidence.only(self.plan))

    def __call__(self, evidence: Evidence) -> Score:
        """The doubt."""
        refuse_unfitted(self)
        if not self.by_step_:
            return Score(float(self.of_steps([evidence], [whole(evidence)])[0][0]))
        step = steps_of(evidence.answer)
        doubts = self.of_steps([evidence], [step])[0]
        return Score(float(doubts.mean()), tokens=tuple(doubts[step].tolist()))


def whole(evidence: Evidence) -> Integers:
    """The answer as one step, [T] zeros."""
    return np.zeros(len(evidence.answer.tokens), dtype=int)

"""A model that knows when to stop: estimators, calibration and a policy as one object."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Self

import numpy as np

from dubito.answer import DEFAULT, Answer, meanings
from dubito.catalogue import estimators, with_samples
from dubito.data.matching import is_right
from dubito.data.question import Question, with_answers
from dubito.evidence import Estimator, Floats
from dubito.guard.policy import Abstain, Escalate, Retrieve, Step, checked
from dubito.guard.router import Router
from dubito.guard.trail import Trail
from dubito.guard.ways import Way
from dubito.maths.arrays import Flags
from dubito.models import load
from dubito.models.base import Generation, LanguageModel
from dubito.models.collect import Collector
from dubito.models.retrieval import WordIndex

Grade = Callable[[str, Question], bool]  # reply, question -> is it right?
LEARNED = "learned from {n} labelled questions"


class Guard:
    """Answers, with a confidence, or acts on its doubt: retrieves, escalates, abstains.

    Fit it on questions whose answers you know; it then keeps the targets of its steps on
    questions drawn like those. Half of them teach confidences and when to go on, the other half
    proves what the last step promises.

    Args:
        model: what `dubito.load` takes, or a loaded model.
        policy: steps in their order: `Retrieve`, `Escalate`, `Abstain`.
        names: ids of estimators that measure the doubt; each costs what its row says.
        samples: answers drawn for a question, beside the one that is given.
        generation: how answers are made.
        grade: is this reply right? Default: `dubito.data.is_right`.
        seed: of the halves.
    """

    def __init__(
        self,
        model: str | LanguageModel = "smollm2",
        policy: Sequence[Step] = (Abstain(),),
        *,
        names: Sequence[str] = DEFAULT,
        samples: int = 10,
        generation: Generation | None = None,
        grade: Grade = is_right,
        seed: int = 0,
    ) -> None:
        self.model = model
        self.policy = checked(policy)
        self.names = tuple(names)
        self.samples = samples
        self.generation = generation or Generation()
        self.grade = grade
        self.seed = seed
        estimators(self.names, samples=samples)  # unknown names are refused at once

    @property
    def abstain(self) -> Abstain | None:
        """The last step, where it is to abstain."""
        last = self.policy[-1] if self.policy else None
        return last if isinstance(last, Abstain) else None

    @cached_property
    def ways(self) -> list[Way]:
        """The first way and one for each step that asks again; models are loaded now."""
        collect = Collector(loaded(self.model))
        using = estimators(self.names, samples=self.samples)
        found = [Way("answer", collect, using, self.generation)]
        for step in self.policy:
            match step:
                case Retrieve():
                    search = step.passages if callable(step.passages) else WordIndex(step.passages)
                    found.append(Way("retrieve", collect, using, self.generation, search, step.k))
                case Escalate():
                    other = Collector(loaded(step.model), collect.encoder, collect.judge)
                    larger = over(using, step.samples)
                    found.append(Way("escalate", other, larger, self.generation, larger=True))
        return found

    def new_router(self) -> Router:
        """Gates and promise of the policy, not fitted."""
        gates = [s.gate for s in self.policy if not isinstance(s, Abstain)]
        return Router(gates, self.abstain.promise if self.abstain else None, seed=self.seed)

    def fit(
        self,
        questions: Sequence[Question] | Sequence[str],
        answers: Sequence[str | Sequence[str]] | None = None,
        *,
        progress: Callable[[int], None] | None = None,
    ) -> Self:
        """Ask every question in every way and learn `router_`; `fitted_on_` keeps their ids.

        Args:
            questions: `dubito.data.Question`s, or texts with
            answers: a right answer for each text, or several ways to say it.

        Raises:
            ValueError: fewer than 4 questions, or texts without as many answers.
        """
        known = with_answers(questions, answers)
        doubts, right = self.tables(known, progress)
        self.router_ = self.new_router().fit(doubts, right)
        self.fitted_on_ = tuple(q.id for q in known)
        return self

    def tables(
        self, questions: Sequence[Question], progress: Callable[[int], None] | None = None
    ) -> tuple[list[Floats], Flags]:
        """Doubts [N, M] of each way, and whether its answers are right, [N, W]."""
        texts = [q.text for q in questions]
        doubts: list[Floats] = []
        right: list[list[bool]] = []
        passages: Sequence[Sequence[str]] = [()] * len(texts)
        for way in self.ways:
            asked = way(texts, passages, progress)
            passages = [a.passages for a in asked]
            doubts.append(way.doubts(asked))
            right.append([self.grade(a.text, q) for a, q in zip(asked, questions, strict=True)])
        return doubts, np.array(right).T

    def __call__(self, question: str) -> Answer:
        """One question answered, or not."""
        return self.answers([question])[0]

    def answers(self, questions: Sequence[str]) -> list[Answer]:
        """Many questions; those that go on together are asked in one batch.

        Raises:
            ValueError: the guard was not fitted.
        """
        return [self.verdict(trail) for trail in self.trails(questions)]

    def trails(self, questions: Sequence[str]) -> list[Trail]:
        """What was tried for each question, and how sure each way is."""
        router = self.fitted()
        trails: list[Trail] = [Trail() for _ in questions]
        going = list(range(len(questions)))
        for number, way in enumerate(self.ways):
            asked = way([questions[i] for i in going], [trails[i].passages for i in going])
            before = np.array([trails[i].confidence for i in going]) if number else None
            sure = router.confidence(number, way.doubts(asked), before) if going else np.array([])
            for i, one, confidence in zip(going, asked, sure.tolist(), strict=True):
                trails[i].add(way.action, one, confidence)
            if number < len(router.gates):
                going = self.those_that_go_on(number, going, trails)
        return trails

    def those_that_go_on(self, number: int, going: list[int], trails: list[Trail]) -> list[int]:
        """The questions that the next way is tried for; the others are told why not."""
        router = self.fitted()
        sure = np.array([trails[i].confidence for i in going])
        on = router.goes_on(number, sure) if going else np.array([], dtype=bool)
        limit = 1 - router.thresholds_[number]
        for i, goes in zip(going, on, strict=True):
            trails[i].compare(limit, goes=bool(goes), then=self.ways[number + 1].action)
        return [i for i, goes in zip(going, on, strict=True) if goes]

    def verdict(self, trail: Trail) -> Answer:
        """The surest answer of those that were tried, or none."""
        router, best = self.fitted(), trail.best
        answers = bool(router.answers(np.array([trail.confidence]))[0])
        reasons = list(trail.reasons)
        if self.abstain and not answers:
            reasons.append(why_not(router, self.abstain, trail.confidence))
        return Answer(
            text=best.text if answers else self.abstain.text if self.abstain else "",
            confidence=trail.confidence,
            scores=best.scores,
            meanings=meanings(best.evidence),
            evidence=best.evidence,
            calibration=LEARNED.format(n=len(self.fitted_on_)),
            action=trail.action if answers else "abstain",
            reasons=reasons,
            passages=best.passages,
            cost=trail.spent,
        )

    def fitted(self) -> Router:
        """What `fit` has learned."""
        if "router_" not in vars(self):
            raise ValueError("the guard knows nothing yet: call fit, or load a saved one")
        return self.router_

    def save(self, folder: str | Path) -> None:
        """Write all that answering needs into a folder, as JSON; whole, or not at all.

        Raises:
            ValueError: not fitted, or a model or search of your own that has no name to load.
        """
        from dubito.guard.saved import save

        save(self, Path(folder))

    @classmethod
    def load(cls, folder: str | Path, *, model: str | LanguageModel | None = None) -> "Guard":
        """A guard that answers as the saved one did; `model` where its own has moved.

        Raises:
            ValueError: the folder holds no guard.
        """
        from dubito.guard.saved import load_guard

        return load_guard(Path(folder), model=model)


def why_not(router: Router, step: Abstain, confidence: float) -> str:
    """The reason to abstain."""
    limit = 1 - router.promise.threshold_ if router.promise else 0.0
    promised = f"at most {step.risk:.0%} wrong with {step.confidence:.0%} confidence"
    if np.isinf(limit):
        return f"no confidence is high enough to promise {promised}: more labels, or a better model"
    return f"confidence {confidence:.2f} is not above {limit:.2f}, as it takes for {promised}"


def over(using: Mapping[str, Estimator], samples: int | None) -> Mapping[str, Estimator]:
    """The estimators over another number of samples; without any, those that need none."""
    if samples == 0:
        return {name: e for name, e in using.items() if not e.plan.samples}
    return {name: with_samples(e, samples) for name, e in using.items()}


def loaded(model: str | LanguageModel) -> LanguageModel:
    """The model behind a name."""
    return load(model) if isinstance(model, str) else model

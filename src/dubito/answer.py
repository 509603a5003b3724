"""One question, start to end: answer, doubts, calibrated confidence, meanings."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, astuple, dataclass
from importlib import resources
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from dubito.calibrate.curves import Curve, load_curve, save_curve
from dubito.catalogue import estimators
from dubito.estimate.scoring import joint_plan, score
from dubito.evidence import Estimator, Evidence, Score
from dubito.maths.meanings import mutual_classes
from dubito.models import load
from dubito.models.base import Generation, LanguageModel
from dubito.models.collect import Collector

# A shelf that looks at an answer from several sides and costs one pass.
DEFAULT = (
    "g-nll",
    "mean-token-entropy",
    "semantic-entropy",
    "degree-matrix",
    "semantic-density",
    "eigenscore",
    "sar",
    "cocoa",
)


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """From the doubts of these estimators to the probability of being right."""

    model: str
    estimators: tuple[str, ...]
    curve: Curve  # doubts [N, M] -> confidence [N]
    learned_from: str  # in words

    def __call__(self, scores: Mapping[str, Score]) -> float:
        """Confidence in (0, 1)."""
        doubts = np.array([[scores[name].doubt for name in self.estimators]])
        return float(self.curve(doubts)[0])

    def save(self, path: Path) -> None:
        """Write it as JSON."""
        told = {
            "model": self.model,
            "estimators": list(self.estimators),
            "learned_from": self.learned_from,
            **save_curve(self.curve),
        }
        path.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


def load_calibration(path: Path) -> Calibration:
    """A calibration that `Calibration.save` or `dubito bench --save-calibration` wrote.

    Raises:
        ValueError: the file is something else.
    """
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        model, names, source = told.pop("model"), told.pop("estimators"), told.pop("learned_from")
        return Calibration(model, tuple(names), load_curve(told), source)
    except (json.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(
            f"{path} is no calibration ({error!r}); make one with dubito bench"
        ) from error


def shipped_calibration(model: str) -> Calibration | None:
    """The calibration that comes with dubito for its embedded default."""
    with resources.as_file(
        resources.files("dubito.calibrate") / "shipped" / f"{model}.json"
    ) as file:
        return load_calibration(file) if file.exists() else None


@dataclass(frozen=True, slots=True)
class Meaning:
    """Drawn answers that say the same."""

    text: str  # of the first
    share: float  # of the samples


@dataclass(frozen=True, slots=True)
class Spent:
    """What an answer has cost."""

    generations: int = 0  # answers that models wrote, the samples counted
    tokens: int = 0  # of all these
    retrievals: int = 0  # searches for passages
    escalations: int = 0  # questions put to a further model
    seconds: float = 0.0  # of waiting, shared among questions asked together

    def __add__(self, other: "Spent") -> "Spent":
        """Both together."""
        mine, theirs = astuple(self), astuple(other)
        return Spent(*(a + b for a, b in zip(mine, theirs, strict=True)))


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What a model answered and how far to trust it; of a guard, also what was done and why."""

    text: str
    confidence: float | None  # calibrated probability of being right; None: not calibrated
    scores: Mapping[str, Score]
    meanings: Sequence[Meaning]  # of the samples, most frequent first
    evidence: Evidence
    calibration: str  # what the confidence was learned from, or why there is none
    action: str = "answer"  # or "retrieve", "escalate", "abstain": what led to the text
    reasons: Sequence[str] = ()  # a sentence for each decision
    passages: Sequence[str] = ()  # that the model was shown
    cost: Spent = Spent()

    def to_json(self) -> dict[str, Any]:
        """Plain numbers and words."""
        return {
            "text": self.text,
            "confidence": self.confidence,
            "calibration": self.calibration,
            "doubt": {name: doubt_json(s) for name, s in self.scores.items()},
            "meanings": [{"text": m.text, "share": m.share} for m in self.meanings],
            "action": self.action,
            "reasons": list(self.reasons),
            "passages": list(self.passages),
            "cost": asdict(self.cost),
        }


def spent_on(
    evidence: Evidence, seconds: float, *, retrieved: bool = False, escalated: bool = False
) -> Spent:
    """What one question has cost that was asked once."""
    told = (evidence.answer, *evidence.samples)
    tokens = sum(len(s.tokens) for s in told)
    return Spent(len(told), tokens, int(retrieved), int(escalated), seconds)


def doubt_json(s: Score) -> dict[str, Any]:
    """One score without what it does not have."""
    if s.reason:
        return {"value": None, "reason": s.reason}
    told: dict[str, Any] = {"value": s.doubt}
    if s.standard_error is not None:
        told["standard_error"] = s.standard_error
    if s.parts:
        told["parts"] = dict(s.parts)
    if s.bounds is not None:
        told["bounds"] = list(s.bounds)
    return told


def meanings(evidence: Evidence) -> list[Meaning]:
    """The samples' meanings with their share, most frequent first; [] without a judge."""
    if evidence.entailment is None or not evidence.samples:
        return []
    classes = mutual_classes(evidence.entailment[1:, 1:])
    counts = np.bincount(classes)
    first = {c: evidence.samples[int(np.argmax(classes == c))].text for c in np.unique(classes)}
    order = np.argsort(-counts, kind="stable")
    return [Meaning(first[c].strip(), float(counts[c] / len(classes))) for c in order]


def ask(
    question: str,
    *,
    model: LanguageModel | str = "smollm2",
    using: Mapping[str, Estimator] | None = None,
    calibration: Calibration | None = None,
    generation: Generation | None = None,
    collector: Collector | None = None,
) -> Answer:
    """The model's answer with its doubts and, where a calibration fits, its confidence.

    Without `using` the calibration's estimators measure, or a shelf of eight. Pass one
    `collector` to many calls, and the model is loaded once.
    """
    collect = collector or Collector(load(model) if isinstance(model, str) else model)
    name = "" if collect.model is None else collect.model.name
    fitted = calibration or shipped_calibration(name)
    using = using or estimators(fitted.estimators if fitted else DEFAULT)
    start = perf_counter()
    evidence = collect([question], joint_plan(using.values()), generation)[0]
    return doubted(evidence, using, fitted, spent_on(evidence, perf_counter() - start))


def doubted(
    evidence: Evidence,
    using: Mapping[str, Estimator],
    calibration: Calibration | None,
    spent: Spent,
    *,
    errors: bool = True,
) -> Answer:
    """What was answered, with its doubts and, where the calibration fits them, its confidence."""
    scores = score(evidence, using, errors=errors)
    known = calibration is not None and set(calibration.estimators) <= set(using)
    none = "no calibration for this model: fit one with `dubito bench --save-calibration FILE`"
    return Answer(
        text=evidence.answer.text.strip(),
        confidence=calibration(scores) if calibration and known else None,
        scores=scores,
        meanings=meanings(evidence),
        evidence=evidence,
        calibration=calibration.learned_from if calibration and known else none,
        cost=spent,
    )

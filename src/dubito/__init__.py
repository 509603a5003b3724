"""The doubt of language models: measure it, calibrate it, act on it, train with it."""

from typing import TYPE_CHECKING

from dubito.extras import lazy_names

if TYPE_CHECKING:
    from dubito.answer import Answer, ask
    from dubito.catalogue import estimators
    from dubito.estimate.scoring import joint_plan, score
    from dubito.evidence import Estimator, Evidence, Missing, Plan, Score, Sequence
    from dubito.guard import Abstain, Escalate, Guard, Retrieve
    from dubito.models import evidence_from_response, evidence_from_texts, load
    from dubito.models.base import Generation, ModelError
    from dubito.models.collect import Collector
    from dubito.store import read_evidence, write_evidence

__version__ = "0.1.0"

# Found when first asked for, so that `import dubito` is cheap.
HOMES = {
    "Abstain": "dubito.guard",
    "Answer": "dubito.answer",
    "Collector": "dubito.models.collect",
    "Escalate": "dubito.guard",
    "Estimator": "dubito.evidence",
    "Evidence": "dubito.evidence",
    "Generation": "dubito.models.base",
    "Guard": "dubito.guard",
    "Missing": "dubito.evidence",
    "ModelError": "dubito.models.base",
    "Plan": "dubito.evidence",
    "Retrieve": "dubito.guard",
    "Score": "dubito.evidence",
    "Sequence": "dubito.evidence",
    "ask": "dubito.answer",
    "estimators": "dubito.catalogue",
    "evidence_from_response": "dubito.models",
    "evidence_from_texts": "dubito.models",
    "joint_plan": "dubito.estimate.scoring",
    "load": "dubito.models",
    "read_evidence": "dubito.store",
    "score": "dubito.estimate.scoring",
    "write_evidence": "dubito.store",
}

__all__ = [
    "Abstain",
    "Answer",
    "Collector",
    "Escalate",
    "Estimator",
    "Evidence",
    "Generation",
    "Guard",
    "Missing",
    "ModelError",
    "Plan",
    "Retrieve",
    "Score",
    "Sequence",
    "ask",
    "estimators",
    "evidence_from_response",
    "evidence_from_texts",
    "joint_plan",
    "load",
    "read_evidence",
    "score",
    "write_evidence",
]

__getattr__ = lazy_names(__name__, HOMES)

"""Doubt while an answer is being written: every estimator that reads nothing but its tokens."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from dubito.estimate.scoring import score
from dubito.evidence import Estimator, Evidence, Plan, Score


@dataclass(frozen=True, slots=True, eq=False)
class Token:
    """One more token of an answer, and what each estimator makes of the answer so far."""

    text: str
    answer: str  # up to and with this token
    scores: Mapping[str, Score]


def streams(estimator: Estimator) -> bool:
    """Can it be known before the answer has ended? No samples, no pass over the whole answer."""
    plan = estimator.plan
    return replace(plan, logprobs=False, distribution=False, top_k=0) == Plan()


def check_streams(estimators: Mapping[str, Estimator]) -> None:
    """ValueError where one of them cannot be known before the answer has ended."""
    whole = [name for name, e in estimators.items() if not streams(e)]
    if whole:
        raise ValueError(
            f"{', '.join(whole)} cannot be streamed: it needs samples or the whole answer; "
            "leave it out or ask without streaming"
        )


def running(stream: Iterable[Evidence], estimators: Mapping[str, Estimator]) -> Iterator[Token]:
    """Each token with the doubt so far: the estimator's own formula over the tokens there are.

    After the last token it is the estimator's score of the answer.

    Raises:
        ValueError: an estimator that cannot be known before the answer has ended.
    """
    check_streams(estimators)
    for evidence in stream:
        answer = evidence.answer
        yield Token(answer.tokens[-1], answer.text, score(evidence, estimators))

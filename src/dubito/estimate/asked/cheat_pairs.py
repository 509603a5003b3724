"""Does it say so only once it was told [johnson2024]? An answer that gains by being shown first."""

import math
from collections.abc import Callable, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import TypeVar

from dubito.estimate.asked.believe_or_not import after_earlier
from dubito.estimate.asked.ways import ways
from dubito.estimate.tokens import surprises
from dubito.evidence import Evidence, Missing, Plan, Score
from dubito.maths.pairs import log_pair_confidence

Answer = TypeVar("Answer")


def shown_first(question: str, answer: str) -> str:
    """The question with one answer to it that is said to be another's."""
    return after_earlier(question, [answer])


def both_orders(
    triples: Sequence[tuple[str, Answer, Answer]],
) -> list[tuple[str, Answer, Answer]]:
    """Each (question, answer, answer) and its swap: what a model of pairs is trained on.

    The two answers have to be independent: from two people or two log entries. Copies of one
    answer teach the model that all is known or that nothing is.
    """
    return [t for x, first, second in triples for t in ((x, first, second), (x, second, first))]


@dataclass(frozen=True)
class CheatPairs:
    """Doubt in [0, 1]: 1 - p(y) / p(y | y was shown), of the greedy answer y.

    Of a model that predicts pairs with calibration, no more than this share of the answers is
    made up, that is, has true probability 0. The first evidence is the question as it is, the
    second reads the same answer after `prompts` has shown it (`lm.read`). The parts split the
    variance p(1 - p) of whether the answer is given into what is random in itself and what the
    model does not know.

    Differs: a model that was not trained on pairs (`both_orders`) has the score, not the promise;
    then it tells how far the model copies, as `BelieveOrNot` does over several answers.
    """

    _: KW_ONLY
    ask: Callable[[str, str], str] = shown_first  # the format that the model was trained on

    @property
    def plan(self) -> Plan:
        """Log-probabilities of the answer, before and after it was shown."""
        return Plan(logprobs=True)

    def prompts(self, first: Evidence) -> tuple[str, ...]:
        """How to ask again: the one prompt that shows the answer."""
        return (self.ask(first.prompt, first.answer.text),)

    def __call__(self, evidence: Sequence[Evidence]) -> Score:
        """The doubt; the parts clip a probability that falls after the answer was shown."""
        alone, told = ways(evidence)[:2]
        if alone.answer.text != told.answer.text:
            raise Missing(
                f"the answer {alone.answer.text!r} was shown, but {told.answer.text!r} was read; "
                "read the same answer in both prompts"
            )
        log_p1, log_p2 = (-float(surprises(e.answer).sum()) for e in (alone, told))
        p1, p2 = math.exp(log_p1), math.exp(max(log_p1, log_p2))
        doubt = -math.expm1(float(log_pair_confidence(log_p1, log_p2)))
        return Score(doubt, parts={"aleatoric": p1 * (1 - p2), "epistemic": p1 * (p2 - p1)})

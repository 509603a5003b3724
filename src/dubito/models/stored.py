"""Evidence without generating: from stored responses and from strings alone."""

from collections.abc import Iterable, Mapping
from typing import Any

from dubito.evidence import Evidence, Sequence
from dubito.models.responses import Reading, choices_of, read_choice, without

ONLY_TEXT = "only text was given"


def evidence_from_response(prompt: str, response: Mapping[str, Any]) -> Evidence:
    """What a stored chat completion tells: its first choice is the answer, the others are samples.

    The log-probs are taken as they are: they mean what the estimators' documentation says if
    the completion was drawn at temperature 1, or if the server reports those of the model.

    Raises:
        ValueError: this is not a chat completion; shows how it begins.
    """
    answer, *samples = [read_choice(c) for c in choices_of(response)]
    return Evidence(
        prompt,
        answer.sequence,
        samples=tuple(s.sequence for s in samples),
        missing={**answer.missing, **lacking(samples)},
    )


def evidence_from_texts(prompt: str, answer: str, samples: Iterable[str] = ()) -> Evidence:
    """What bare strings tell: enough for estimators that compare answers."""
    return Evidence(
        prompt,
        Sequence(answer),
        samples=tuple(Sequence(s) for s in samples),
        missing=without(ONLY_TEXT),
    )


def lacking(samples: Iterable[Reading]) -> dict[str, str]:
    """Why samples have no log-probs, by the first that has none."""
    for k, sample in enumerate(samples):
        if reason := sample.missing.get("logprobs"):
            return {"logprobs of samples": f"sample {k}: {reason}"}
    return {}

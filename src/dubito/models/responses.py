"""Chat completions, as OpenAI-compatible servers return them, read into sequences."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dubito.evidence import Floats, Sequence, TopK
from dubito.maths.entropy import truncated_entropy_bounds
from dubito.models.offsets import char_offsets
from dubito.models.positions import Position, positions, why_not

MEASURED = ("logprobs", "entropies", "uniform_kl", "uniform_renyi", "top")
CUT = ("length", "max_tokens", "content_filter")
TRUNCATED = "a server's top log-probs do not show the whole distribution"
NO_LOGPROBS = "the server returned no log-probs; ask one that does (logprobs=true)"
NO_TOP = "the server returned no top log-probs; ask one that does (top_logprobs)"


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """A sequence and, by field, why something is not in it."""

    sequence: Sequence
    missing: Mapping[str, str] = field(default_factory=dict)


def choices_of(response: Any) -> list[Mapping[str, Any]]:
    """The choices of a completion, at least one.

    Raises:
        ValueError: this is not a chat completion; shows how it begins.
    """
    choices = response.get("choices") if isinstance(response, Mapping) else None
    if not isinstance(choices, list) or not choices or not all(map(is_choice, choices)):
        raise ValueError(f"not a chat completion with choices: {str(response)[:200]!r}")
    return choices


def is_choice(choice: object) -> bool:
    """Does it hold a message whose content is text or null?"""
    message = choice.get("message") if isinstance(choice, Mapping) else None
    return isinstance(message, Mapping) and isinstance(message.get("content"), str | None)


def read_choice(choice: Mapping[str, Any]) -> Reading:
    """The answer of one choice and all that its log-probs tell, at the server's temperature.

    An empty answer has T = 0 tokens and is no error. Entropies are lower and upper bounds.
    """
    message = choice["message"]
    text = message.get("content") or message.get("refusal") or ""
    finished = choice.get("finish_reason") not in CUT
    spots = positions(choice)
    problem = NO_LOGPROBS if spots is None else why_not(spots)
    if message.get("reasoning_content") or message.get("reasoning"):
        problem = "the log-probs are of the model's reasoning too; switch it off"
    if spots is None or problem:
        return Reading(Sequence(text, finished=finished), without(problem))
    top = ranked(spots)
    lower, upper = bounds(top)
    sequence = Sequence(
        text,
        tokens=tuple(s.token for s in spots),
        offsets=char_offsets(text, [s.data for s in spots]),
        logprobs=np.array([min(s.logprob, 0.0) + 0.0 for s in spots]),
        entropies=lower,
        entropies_upper=upper,
        top=top,
        finished=finished,
    )
    missing = {"uniform_kl": TRUNCATED, "uniform_renyi": TRUNCATED}
    missing |= without(NO_TOP, ("entropies", "top")) if top is None else {}
    return Reading(sequence, missing)


def without(reason: str, fields: Iterable[str] = MEASURED) -> dict[str, str]:
    """The same reason for each of these fields of a sequence."""
    return dict.fromkeys(fields, reason)


def ranked(spots: list[Position]) -> TopK | None:
    """The most likely tokens, [T, k]; None where a position lists none."""
    rows = [most_likely(s) for s in spots]
    if not all(rows):
        return None
    width = max(map(len, rows), default=0)
    ids = np.full((len(rows), width), -1)
    logprobs = np.full((len(rows), width), -math.inf)
    for t, row in enumerate(rows):
        ids[t, : len(row)] = [i for _, i, _ in row]
        logprobs[t, : len(row)] = [min(p, 0.0) + 0.0 for _, _, p in row]
    return TopK(ids, logprobs)


def most_likely(spot: Position) -> list[tuple[str, int, float]]:
    """Its alternatives, most likely first, without a drawn token that is not one of them."""
    order = sorted(spot.top, key=lambda a: -a[2])
    put_first = len(order) > 1 and order[-1] is spot.top[0]
    return order[:-1] if put_first else order


def bounds(top: TopK | None) -> tuple[Floats | None, Floats | None]:
    """Least and greatest entropy [T] that these tokens allow, nats; of an unknown vocabulary."""
    if top is None:
        return None, None
    return truncated_entropy_bounds(top.logprobs)

"""The log-probs of a chat completion, token by token, as the server reported them.

What servers do differently, and what is made of it here:

* OpenAI and vLLM write -9999 for "very unlikely": an alternative is then absent (-inf), while a
  chosen token's log-prob is unknown, so that the sequence has none.
* vLLM names the drawn token first among the alternatives, even if it pushes one of the k most
  likely out: the list is sorted, and such a token is left out of it.
* vLLM counts the end token as a token, OpenAI does not.
* Some servers scale by the temperature before they report. At temperature 0 this leaves one
  token with log-prob 0 and the others impossible everywhere; this is recognised and refused.
"""

import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from dubito.maths.entropy import SUM_TOLERANCE

SENTINEL = -9999.0
LARGEST = sys.float_info.max
TEMPERED = (
    "the server scales log-probs by the temperature, which is 0 here; "
    "let it report those of the model (vLLM: --logprobs-mode raw_logprobs)"
)


@dataclass(frozen=True, slots=True)
class Position:
    """One token as the server reported it."""

    token: str
    data: bytes
    logprob: float  # nats; NaN where unknown
    top: tuple[tuple[str, int, float], ...]  # token, id or -1, log-prob; in the server's order


def positions(choice: Mapping[str, Any]) -> list[Position] | None:
    """What the server reported for each token; None where it reported nothing readable."""
    reported = choice.get("logprobs")
    if not isinstance(reported, Mapping):
        return None
    entries = reported.get("content")
    if entries is None:
        entries = reported.get("refusal")
    if not isinstance(entries, list) or not all(map(is_entry, entries)):
        return None
    return [position(e) for e in entries]


def is_entry(entry: object) -> bool:
    """Does it name a token?"""
    return isinstance(entry, Mapping) and isinstance(entry.get("token"), str)


def position(entry: Mapping[str, Any]) -> Position:
    """One token's entry; its alternatives end before the first that has no log-prob."""
    token, data = entry["token"], octets(entry.get("bytes"))
    chosen = number(entry.get("logprob"))
    alternatives = entry.get("top_logprobs")
    listed = [a for a in alternatives if is_entry(a)] if isinstance(alternatives, list) else []
    top = ((a["token"], token_id(a.get("id")), number(a.get("logprob"))) for a in listed)
    return Position(
        token,
        token.encode("utf-8", "replace") if data is None else data,
        math.nan if chosen == -math.inf else chosen,
        tuple(takewhile(lambda t: not math.isnan(t[2]), top)),
    )


def number(value: object) -> float:
    """A log-prob; -inf for the sentinel, NaN for what is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return math.nan
    if value > LARGEST:  # an integer that no float holds
        return math.nan
    return float(value) if value > SENTINEL or math.isnan(value) else -math.inf


def token_id(value: object) -> int:
    """A token's id, -1 where the server names none."""
    return value if isinstance(value, int) and not isinstance(value, bool) else -1


def octets(value: object) -> bytes | None:
    """The bytes of a list of numbers in 0..255; None for anything else."""
    if not isinstance(value, list):
        return None
    small = [b for b in value if isinstance(b, int) and 0 <= b <= 255]
    return bytes(small) if len(small) == len(value) else None


def why_not(spots: list[Position]) -> str:
    """Why these log-probs cannot be used; empty where they can."""
    for t, spot in enumerate(spots):
        if math.isnan(spot.logprob):
            return f"the server gave no log-prob for token {t}, {spot.token!r}"
        if max(spot.logprob, total(spot)) > math.log1p(SUM_TOLERANCE):
            return f"the log-probs of token {t}, {spot.token!r}, are above those of a probability"
    return TEMPERED if collapsed(spots) else ""


def total(spot: Position) -> float:
    """Log of the sum of the listed probabilities, nats."""
    return math.log(sum(math.exp(min(p, 10.0)) for _, _, p in spot.top) or 1.0)


def collapsed(spots: list[Position]) -> bool:
    """Do all positions allow just one token, with others listed as impossible?"""
    return bool(spots) and all(
        s.logprob == 0 and len(s.top) > 1 and sorted(p for _, _, p in s.top)[-2] == -math.inf
        for s in spots
    )

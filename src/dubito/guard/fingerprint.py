"""What tells one guard from another, in the records of a server that several have answered for."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from hashlib import sha256
from typing import Any

from dubito.guard.guard import Guard
from dubito.guard.policy import Abstain, Escalate, Retrieve
from dubito.guard.saved import name_of

DIGITS = 12  # hexadecimal, of each half
OWN_SEARCH = "a search of its own"


def fingerprint(guard: Guard) -> str:
    """ "guard:ASKS.KNOWS": two digests, of how a fitted guard asks and of what it has learned.

    Guards that ask alike have the same doubts of an answer; of these, only those that know the
    same are as confident in it. A saved guard has the fingerprint of the one that was saved.
    """
    return asking(guard) + digest(guard.fitted().to_json())


def asking(guard: Guard) -> str:
    """The beginning of the fingerprints of all guards that ask as this one does, "guard:ASKS."."""
    asks = {
        "model": name_of(guard.model),
        "estimators": list(guard.names),
        "samples": guard.samples,
        "generation": asdict(guard.generation),
        "steps": [how(step) for step in guard.policy if not isinstance(step, Abstain)],
    }
    return f"guard:{digest(asks)}."


def how(step: Retrieve | Escalate) -> dict[str, Any]:
    """How a step asks again."""
    match step:
        case Retrieve():
            passages: Sequence[str] | str = OWN_SEARCH
            if not callable(step.passages):
                passages = list(step.passages)
            return {"retrieves": passages, "k": step.k}
        case Escalate():
            return {"escalates": name_of(step.model), "samples": step.samples}


def digest(told: Any) -> str:
    """The beginning of the SHA-256 of plain values."""
    written = json.dumps(told, sort_keys=True).encode()
    return sha256(written).hexdigest()[:DIGITS]

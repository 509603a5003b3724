"""One row of a room's table of methods."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

Family = Literal[
    "token",
    "verbalised",
    "semantic",
    "internal",
    "classical",
    "calibration",
    "decision",
    "benchmark",
    "acquisition",
    "objective",
    "posterior",
    "alignment",
    "multitask",
    "merging",
    "embedding",
]
Level = Literal["token", "claim", "answer", "prompt"]
Output = Literal[
    "rank", "probability", "set", "decision", "questions", "query", "model", "embedding"
]
Access = Literal["text", "logprobs", "logits", "hidden", "attention", "gradient", "train", "labels"]


@dataclass(frozen=True, slots=True)
class Method:
    """A method as the catalogue shows it; everything else is read from the object itself."""

    id: str  # kebab-case, the card's id where there is a card
    make: Callable[..., Any]  # the class or function; called without arguments it gives the default
    summary: str  # one line: what it gives
    paper: str  # key in bibliography.toml
    family: Family
    needs: tuple[Access, ...] = ()  # of a method without a plan; an estimator's plan says it
    card: str = ""  # id of the system this row belongs to, where it differs from `id`
    calls: str = ""  # how often the model is asked, where no plan says it
    claim: str = ""  # module of its experiment below dubito.claims; empty: none of its own
    levels: tuple[Level, ...] = ()  # what one doubt is of, where the rule of `taxonomy` errs
    separates: bool = False  # aleatoric from epistemic doubt
    output: Output | None = None  # None: what its room gives
    caveats: tuple[str, ...] = ()  # beyond those of its family
    example: str = ""  # lines that run, where the one of its room does not fit

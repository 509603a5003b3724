"""Shorter chains of thought by giving a model confidence and stopping it in time [qiao2025]."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from dubito.decide.reasoner import Reasoner
from dubito.decide.reasoning_steps import TRIGGERS, is_reflection

PHRASES = (
    "It is clear that ",
    "I'm confident this is right, so ",
    "This is correct, and ",
    "There is no doubt that ",
    "Having established this, ",
)


@dataclass(slots=True)
class Chain:
    """A chain of thought as it was kept."""

    steps: list[str] = field(default_factory=list)
    confidences: list[float] = field(default_factory=list)  # after each step; NaN: not asked
    tokens: int = 0  # of what is kept
    injected: int = 0  # phrases put in
    dropped: int = 0  # tokens that were written and not kept
    stopped: bool = False  # by its confidence
    ended: bool = False  # False: cut off by the limit of steps

    @property
    def text(self) -> str:
        """All of it; no question about its confidence is in it."""
        return "".join(self.steps)


@dataclass(slots=True)
class Run:
    """A chain under way."""

    state: object
    chain: Chain
    phrase: str = ""  # said, but its step is still to come


@dataclass(frozen=True, kw_only=True)
class Concise:
    """Chains without the reflections that a confident model would not make.

    Before an answer is reached, a step that looks back is dropped and a phrase of confidence takes
    its place, at most `injections` times. Once there is an answer, the model is asked after each
    step how sure it is, and stopped above `stop`. `stop=1` and no phrases: ordinary decoding.

    This also drops what would have been a needed correction: use it to make training data, from
    which wrong chains are left out, or see what it costs on hard questions.

    Differs: triggers and phrases are our completion; a step counts as looking back by how it
    begins, once it is written.
    """

    stop: float = 0.5
    phrases: Sequence[str] = PHRASES
    triggers: Sequence[str] = TRIGGERS
    injections: int = 10
    steps: int = 200
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what is no probability and no number of times."""
        if not 0 <= self.stop <= 1 or self.injections < 0 or self.steps < 1:
            raise ValueError(
                "stop must lie in [0, 1], injections be at least 0 and steps at least 1, got "
                f"{self.stop}, {self.injections}, {self.steps}"
            )

    def __call__(
        self,
        reasoner: Reasoner,
        questions: Sequence[str],
        extract: Callable[[str], str | None],
    ) -> list[Chain]:
        """A chain for each question; `extract` finds the answer in a text, None where none is."""
        runs = [Run(reasoner.begin(question), Chain()) for question in questions]
        draws = [np.random.default_rng([self.seed, i]) for i in range(len(runs))]
        live = list(range(len(runs)))
        for _ in range(self.steps + self.injections):
            if not live:
                break
            written = reasoner.go_on([runs[i].state for i in live])
            went_on = [
                i
                for i, new in zip(live, written, strict=True)
                if self.takes(runs[i], new.text, extract)
            ]
            by_run = dict(zip(live, written, strict=True))
            for i in live:
                run, new = runs[i], by_run[i]
                if i in went_on:
                    run.state = new.state
                    run.chain.steps.append(run.phrase + new.text)
                    run.chain.tokens += new.tokens
                    run.chain.ended, run.phrase = new.ended, ""
                else:
                    self.inject(reasoner, run, new.tokens, draws[i])
            self.probe(reasoner, [runs[i] for i in went_on if not runs[i].chain.ended], extract)
            live = [i for i in live if not (runs[i].chain.ended or runs[i].chain.stopped)]
        finish(reasoner, [run for run in runs if run.chain.stopped])
        return [run.chain for run in runs]

    def takes(self, run: Run, text: str, extract: Callable[[str], str | None]) -> bool:
        """Whether a step is kept."""
        free = not self.phrases or run.phrase or run.chain.injected >= self.injections
        if free or not is_reflection(text, self.triggers):
            return True
        return extract(run.chain.text) is not None

    def inject(self, reasoner: Reasoner, run: Run, tokens: int, rng: np.random.Generator) -> None:
        """A phrase in the place of a step of so many tokens."""
        run.phrase = self.phrases[int(rng.integers(len(self.phrases)))]
        said = reasoner.say(run.state, run.phrase)
        run.state = said.state
        run.chain.tokens += said.tokens
        run.chain.injected += 1
        run.chain.dropped += tokens

    def probe(
        self, reasoner: Reasoner, runs: Sequence[Run], extract: Callable[[str], str | None]
    ) -> None:
        """Ask those that have an answer how sure they are."""
        reached = [run for run in runs if extract(run.chain.text) is not None]
        asked = reasoner.confidences([run.state for run in reached]) if reached else []
        for run, sure in zip(reached, asked, strict=True):
            gap = len(run.chain.steps) - len(run.chain.confidences) - 1
            run.chain.confidences += [float("nan")] * gap + [sure]
            run.chain.stopped = sure > self.stop


def finish(reasoner: Reasoner, runs: Sequence[Run]) -> None:
    """The final answer of chains that were stopped."""
    closing = reasoner.close([run.state for run in runs]) if runs else []
    for run, last in zip(runs, closing, strict=True):
        run.state = last.state
        run.chain.steps.append(last.text)
        run.chain.tokens += last.tokens
        run.chain.ended = last.ended

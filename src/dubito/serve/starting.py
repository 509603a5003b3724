"""From the options of `dubito serve` to a backend."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dubito.answer import DEFAULT, load_calibration, shipped_calibration
from dubito.guard import Escalate, Guard
from dubito.models import load
from dubito.models.collect import Collector
from dubito.models.openai import OpenAIModel
from dubito.models.server import completions_url
from dubito.serve.backend import Backend
from dubito.serve.doubting import Doubter, chosen
from dubito.serve.guarded import Guarded
from dubito.serve.remote import Remote
from dubito.serve.settings import LOGPROBS_ALONE, Upstream
from dubito.serve.upstream import Asking

ASKED_AT_ONCE = 16  # questions that a guard over servers works on side by side


@dataclass(frozen=True)
class Start:
    """What is to answer: an upstream, a local model, or a guard over either.

    Attributes:
        upstream: an OpenAI-compatible server; None for a model in this process.
        model: with an upstream the name of its model, otherwise what `dubito.load` takes.
        guard: folder of a fitted guard.
        escalate_to: a model in place of the one that the guard escalates to.
        names: estimators where a request names none.
        samples: answers drawn where a request does not say how many.
        calibration: a file of `dubito bench --save-calibration`.
    """

    upstream: Upstream | None = None
    model: str | None = None
    guard: Path | None = None
    escalate_to: str | None = None
    names: tuple[str, ...] | None = None
    samples: int | None = None
    calibration: Path | None = None

    def backend(self) -> Callable[[], Backend]:
        """Loaded now; what has to live in an event loop is made when it is called.

        Raises:
            ValueError: options that do not go together, or an unknown estimator.
            ModelError: a model that cannot be loaded.
        """
        if self.upstream:
            completions_url(self.upstream.url)  # refuses what is no address
        if self.escalate_to and not self.guard:
            raise ValueError("--escalate-to needs a --guard that escalates")
        if self.guard:
            return self.guarded(self.guard)
        return self.remote(self.upstream) if self.upstream else self.local(self.model or "smollm2")

    def guarded(self, folder: Path) -> Callable[[], Backend]:
        """The guard, its models replaced by those that are named here."""
        guard = Guard.load(folder, model=self.spec())
        if self.escalate_to:
            if not any(isinstance(step, Escalate) for step in guard.policy):
                raise ValueError(f"the guard in {folder} does not escalate")
            guard.policy = tuple(
                replace(step, model=self.escalate_to) if isinstance(step, Escalate) else step
                for step in guard.policy
            )
        if all(isinstance(way.collect.model, OpenAIModel) for way in guard.ways):
            return lambda: Guarded(guard, batch=1, workers=ASKED_AT_ONCE)
        return lambda: Guarded(guard)

    def spec(self) -> str | None:
        """The guard's first model, where it is not its own."""
        if self.upstream is None:
            return self.model
        if not self.model:
            raise ValueError("a guard over an upstream needs --model, the upstream's name for it")
        return f"openai:{self.model}@{self.upstream.url}"

    def remote(self, upstream: Upstream) -> Callable[[], Backend]:
        """An upstream with estimators beside it."""
        doubter = self.doubter("", LOGPROBS_ALONE, samples=0)
        return lambda: Remote(Asking(upstream), doubter, self.model)

    def local(self, spec: str) -> Callable[[], Backend]:
        """A model in this process, with estimators beside it."""
        if spec.startswith("openai:"):
            raise ValueError(f"{spec!r} is a server: give its address as --upstream")
        model: Any = load(spec)
        from dubito.serve.local import Local  # with torch, which no upstream needs

        doubter = self.doubter(spec, DEFAULT, samples=10)
        return lambda: Local(model, doubter)

    def doubter(self, model: str, names: tuple[str, ...], *, samples: int) -> Doubter:
        """Estimators and calibration; those of the calibration where nothing else is said."""
        fitted = load_calibration(self.calibration) if self.calibration else None
        fitted = fitted or shipped_calibration(model)
        usual = self.names or (fitted.estimators if fitted else names)
        drawn = self.samples
        if drawn is None:
            drawn = 10 if fitted else samples
        chosen(usual, drawn)  # unknown names are refused now
        return Doubter(usual, drawn, fitted, Collector())

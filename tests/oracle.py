"""A model without a network, for tests of runs: here, and in other processes."""

import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np

from dubito.evidence import Evidence, Plan
from dubito.evidence import Sequence as Answer
from dubito.models.base import Generation, ModelError
from dubito.models.collect import Collector

PLAN = Plan(samples=2, logprobs=True)
GENERATION = Generation(max_tokens=4, seed=3)


@dataclass
class Oracle:
    """A model whose answer depends on the prompt alone; fails when it is asked too often."""

    name: str = "oracle"
    lives: int = 10**9
    asked: int = 0

    def generate(
        self,
        prompts: Sequence[str],
        plan: Plan,
        _generation: Generation = GENERATION,
        *,
        progress: Callable[[int], None] | None = None,
    ) -> Iterator[tuple[int, Evidence]]:
        for i, prompt in enumerate(prompts):
            if self.asked == self.lives:
                raise ModelError("the server went away")
            self.asked += 1
            if progress:
                progress(1)
            answer, *samples = [self.said(f"{prompt}{k}") for k in range(1 + plan.samples)]
            yield i, Evidence(prompt, answer, tuple(samples), p_true=0.5)

    @staticmethod
    def said(prompt: str) -> Answer:
        seed = int.from_bytes(sha256(prompt.encode()).digest()[:4], "big")
        logprobs = -np.random.default_rng(seed).exponential(size=3).astype(np.float32)
        return Answer(f"{seed % 9}", ("a", "b", "c"), logprobs=logprobs)


@dataclass
class DeadlyOracle(Oracle):
    """Kills its process, or refuses, when it is asked a certain question, once or always."""

    deadly: str = ""
    mark: Path = Path()
    again: bool = False
    refuses: bool = False

    def generate(
        self,
        prompts: Sequence[str],
        plan: Plan,
        generation: Generation = GENERATION,
        *,
        progress: Callable[[int], None] | None = None,
    ) -> Iterator[tuple[int, Evidence]]:
        if self.deadly in prompts and (self.again or not self.mark.exists()):
            self.mark.touch()
            if self.refuses:
                raise ModelError("the server went away")
            os.kill(os.getpid(), signal.SIGKILL)
        yield from super().generate(prompts, plan, generation, progress=progress)


@dataclass(frozen=True)
class OracleAt:
    """Makes an oracle in a worker, and leaves a file that says who has loaded one."""

    folder: str
    deadly: str = ""
    again: bool = False
    refuses: bool = False

    def __call__(self) -> Collector:
        folder = Path(self.folder)
        (folder / f"loaded.{os.getpid()}.{time.monotonic_ns()}").touch()
        mark = folder / "killed"
        if not self.deadly:
            return Collector(Oracle())
        oracle = DeadlyOracle(deadly=self.deadly, mark=mark, again=self.again, refuses=self.refuses)
        return Collector(oracle)

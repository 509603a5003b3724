"""Continuations of a begun answer from a model in this process, from token ids, never from text."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from dubito.models.base import Generation
from dubito.models.decoding import Decoder
from dubito.models.jobs import Job
from dubito.models.local import LocalModel
from dubito.models.sampling import draws_for


@dataclass(frozen=True)
class LocalContinuations:
    """n answers drawn from each beginning; the draws of one depend on its ids and the seed alone.

    From ids, since half a word read as text would be cut into other tokens.
    """

    model: LocalModel
    prompt: str
    samples: int = 30
    generation: Generation = field(default_factory=Generation)

    def __call__(self, begun: Sequence[tuple[int, ...]]) -> list[list[str]]:
        """The whole texts, those of a beginning that ends the answer being the beginning itself."""
        model, g = self.model, self.generation
        asked = g.ask(self.prompt)
        ids = model.chat.ids(asked)
        longest = max(map(len, begun)) + g.max_tokens
        model.check_fit(self.prompt, len(ids), longest)
        decoder = Decoder(model.model, model.stop, rows=model.rows, temperature=g.temperature)
        going = [b for b in dict.fromkeys(begun) if b[-1] not in model.stop]
        jobs = [Job([*ids, *b], self.draws(asked, b)) for b in going]
        texts: dict[tuple[int, ...], list[str]] = {b: [""] * self.samples for b in going}
        for job, row, trace in decoder.decode(jobs):
            written = [*going[job], *trace.ids.tolist()]
            texts[going[job]][row] = self.text(written)
        return [texts[b] if b in texts else [self.text(list(b))] * self.samples for b in begun]

    def draws(self, asked: str, begun: tuple[int, ...]) -> NDArray[np.float32]:
        """Random numbers of the n rows; none is greedy."""
        g = self.generation
        key = f"{asked}\n{begun}"
        return draws_for(key, samples=self.samples, length=g.max_tokens, seed=g.seed)[1:]

    def text(self, ids: list[int]) -> str:
        """The words of an answer, its end left out."""
        return self.model.tokenizer.decode(ids, skip_special_tokens=True).strip()

"""A tiny transformer that knows some questions and copies the answer it was told to others."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from dubito.data.worlds.rewordings import AskedAgain
from dubito.evidence import Evidence, Floats, Integers, Sequence
from dubito.nn.seeded import seeded
from dubito.nn.tiny_training import Batch, Schedule, fit
from dubito.nn.tiny_transformer import TinyTransformer

ANSWERS = 8
PEAK = 0.93  # probability of the one right answer
RIGHT = 4  # right answers of a question that has several, equally likely
LENGTH = 4  # the question and three answers to it


@dataclass(frozen=True, slots=True)
class Ids:
    """How many questions of each sort there are; tokens in this order, then the answers."""

    single: int = 40  # often heard, one right answer
    several: int = 40  # often heard, four right answers
    rare: int = 4000  # heard a few times, one right answer
    unknown: int = 40  # never heard

    @property
    def answers(self) -> int:
        """Token of the first answer."""
        return self.single + self.several + self.rare + self.unknown

    @property
    def asked(self) -> Integers:
        """The questions that are asked in the end: those often heard and the unknown, [N]."""
        often = np.arange(self.single + self.several)
        return np.concatenate([often, np.arange(self.answers - self.unknown, self.answers)])


@dataclass(frozen=True, eq=False)
class Swayed(AskedAgain):
    """The first evidence shows all 8 answers' log-probabilities, then once for each mentioned.

    Mentioned are all answers, the likeliest first.
    """

    kind: Integers  # [N] 0 one right answer, 1 several, 2 unknown


def truths(ids: Ids, rng: np.random.Generator) -> Floats:
    """Probability of each answer in the world, for the questions asked in the end, [N, 8]."""
    kind = kinds(ids)
    law = np.full((len(kind), ANSWERS), (1 - PEAK) / (ANSWERS - 1))
    law[np.arange(len(kind)), rng.integers(ANSWERS, size=len(kind))] = PEAK
    for q in np.flatnonzero(kind == 1):
        law[q] = 0.0
        law[q, rng.choice(ANSWERS, size=RIGHT, replace=False)] = 1 / RIGHT
    return law


def kinds(ids: Ids) -> Integers:
    """The sort of each question asked in the end, [N]."""
    return np.repeat([0, 1, 2], [ids.single, ids.several, ids.unknown])


def hearings(ids: Ids, law: Floats, rng: np.random.Generator, batch: int) -> Iterator[Batch]:
    """Batches without end, half of questions often heard; the answers are learnt.

    Each rare question has one right answer too, but is met a few times only: copying foresees it.
    """
    often = ids.single + ids.several
    learnt = torch.ones(batch, LENGTH, dtype=torch.bool)
    learnt[:, 0] = False
    peaked = np.full((ANSWERS, ANSWERS), (1 - PEAK) / (ANSWERS - 1))
    np.fill_diagonal(peaked, PEAK)
    one = rng.integers(ANSWERS, size=ids.rare)  # the right answer of each rare question
    while True:
        known = rng.integers(often, size=batch // 2)
        rare = rng.integers(ids.rare, size=batch - len(known))
        p = np.concatenate([law[known], peaked[one[rare]]])  # [B, 8]
        below = p.cumsum(axis=1)[:, None, :] < rng.uniform(size=(batch, LENGTH - 1, 1))
        said = np.minimum(below.sum(axis=-1), ANSWERS - 1)  # [B, 3]
        asked = np.concatenate([known, often + rare])[:, None]
        yield torch.from_numpy(np.concatenate([asked, ids.answers + said], axis=1)), learnt


def swayed(seed: int, *, steps: int = 500, batch: int = 128, ids: Ids = Ids()) -> Swayed:
    """What the trained model shows; an answer is wrong that is not right in the world."""
    rng = np.random.default_rng([seed, 3])
    law = truths(ids, rng)
    with seeded(seed):
        model = TinyTransformer(ids.answers + ANSWERS, context=LENGTH, width=48)
    fit(model, hearings(ids, law, rng, batch), Schedule(steps=steps, rate=3e-3))
    first, second = foreseen(model, ids)  # [N, 8], [N, 8, 8]
    order = np.argsort(-first, axis=1, kind="stable")
    asked = tuple(
        (shown(q, first[q]), *(shown(q, second[q, a], mentioned=int(a)) for a in order[q]))
        for q in range(len(law))
    )
    greedy = first.argmax(axis=1)
    right = law[np.arange(len(law)), greedy] > (1 - PEAK)
    return Swayed(asked, ~right, kinds(ids))


@torch.no_grad()
def foreseen(model: TinyTransformer, ids: Ids) -> tuple[Floats, Floats]:
    """Log-probability of each answer, [N, 8], and after the mention of each, [N, 8, 8]."""
    asked = torch.from_numpy(ids.asked)  # [N]
    first: Tensor = model(asked[:, None])[:, -1].double().log_softmax(dim=-1)  # [N, V]
    mentioned = ids.answers + torch.arange(ANSWERS)
    pairs = torch.stack(
        [asked.repeat_interleave(ANSWERS), mentioned.repeat(len(asked))], dim=1
    )  # [8N, 2]
    second: Tensor = model(pairs)[:, -1].double().log_softmax(dim=-1)  # [8N, V]
    return (
        first[:, ids.answers :].numpy(),
        second[:, ids.answers :].unflatten(0, (len(asked), ANSWERS)).numpy(),
    )


def shown(question: int, logp: Floats, *, mentioned: int | None = None) -> Evidence:
    """All answers under [8] log-probabilities, nats; the likeliest is the greedy one."""
    said = [Sequence(f"w{a}", tokens=(f"w{a}",), logprobs=logp[[a]]) for a in range(ANSWERS)]
    told = "" if mentioned is None else f" after w{mentioned}"
    return Evidence(f"question {question}{told}", said[int(logp.argmax())], tuple(said))

"""What claims about tuning on self-made labels share: a copy that is tuned to state, and read."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from dubito.data.worlds.topics import special
from dubito.evidence import Floats, Integers
from dubito.learn.statement import Labelled, Stated, stated, stating_loss
from dubito.learn.trainer import trainer_loss
from dubito.nn.descent import descend
from dubito.nn.tiny_training import Schedule
from dubito.nn.tiny_transformer import TinyTransformer

TENTHS = special("C0") + torch.arange(11)
GRADES = torch.tensor([special("NO"), special("YES")])
SURENESS = torch.tensor([special("UNSURE"), special("SURE")])
CHOICE = torch.tensor([special("SECOND"), special("FIRST")])
BATCH = 128


class Lesson(NamedTuple):
    """N rows of one length to learn, and the options of their statement."""

    rows: Labelled
    options: Tensor  # [K]


def tuned(model: TinyTransformer, lessons: Sequence[Lesson], schedule: Schedule) -> TinyTransformer:
    """A copy of the model that has learnt as much of each lesson; all have N rows.

    A smoke run's few rows, no more than two batches, are only looked at.
    """
    pupil = deepcopy(model)
    if len(lessons[0].rows.tokens) <= 2 * BATCH:
        schedule = replace(schedule, steps=2)
    losses = [trainer_loss(stating_loss, options=lesson.options) for lesson in lessons]

    def loss(*batch: Tensor) -> Tensor:
        pairs = zip(losses, batch[::2], batch[1::2], strict=True)
        return torch.stack([of({"logits": pupil(x)}, y) for of, x, y in pairs]).sum()

    columns = [column for lesson in lessons for column in lesson.rows]
    descend(pupil, loss, columns, schedule, batch=BATCH, seed=0)
    return pupil


def read(model: TinyTransformer, said: Integers, query: str, options: Tensor) -> Stated:
    """What the model states after answers [F, T] and a query: its options are evenly spaced."""
    asked = torch.from_numpy(np.column_stack([said, np.full(len(said), special(query))]))
    with torch.no_grad():
        logits = model(asked)[:, -1].double()  # [F, V]
    return stated(logits, options, torch.linspace(0, 1, len(options)))


def likelihood(probability: Floats) -> Floats:
    """Probabilities of answers, without what rounding put above 1."""
    return np.minimum(probability, 1.0)

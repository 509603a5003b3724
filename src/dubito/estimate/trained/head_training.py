"""Training and reading of the uncertainty head, in torch."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from dubito.estimate.steps import step_masks
from dubito.evidence import Floats
from dubito.nn.seeded import seeded
from dubito.nn.step_head import StepHead, seeded_head, step_loss

BATCH = 32  # answers
WEIGHT_DECAY = 0.1
WARM_UP = 0.05  # share of the steps


class Case(NamedTuple):
    """One answer to learn from."""

    features: Floats  # [T, F]
    steps: np.ndarray  # bool [S, T]
    wrong: Floats  # [S] 1 wrong, 0 right, NaN not judged


class Padded(NamedTuple):
    """Answers of unequal length beside each other."""

    features: Tensor  # [B, T, F]
    steps: Tensor  # bool [B, S, T]
    present: Tensor  # bool [B, T]
    wrong: Tensor  # [B, S] NaN where there is no step


def case(features: Floats, step: ArrayLike, wrong: ArrayLike) -> Case:
    """An answer whose tokens are in these steps, [T] numbers from 0."""
    return Case(features, step_masks(np.asarray(step)), np.ravel(np.asarray(wrong, dtype=float)))


def unjudged(features: Floats, step: ArrayLike) -> Case:
    """An answer whose steps nobody has judged."""
    return case(features, step, np.full(int(np.max(step)) + 1, np.nan))


def beside(cases: Sequence[Case]) -> Padded:
    """Pad with tokens that are not there and steps that are not judged."""
    most = max(len(c.wrong) for c in cases)
    longest = max(len(c.features) for c in cases)
    steps = np.zeros((len(cases), most, longest), dtype=bool)
    wrong = np.full((len(cases), most), np.nan, dtype=np.float32)
    for i, c in enumerate(cases):
        steps[i, : len(c.wrong), : len(c.features)] = c.steps
        wrong[i, : len(c.wrong)] = c.wrong
    rows = [torch.from_numpy(np.asarray(c.features, dtype=np.float32)) for c in cases]
    length = torch.tensor([len(r) for r in rows])
    present = torch.arange(longest) < length[:, None]
    return Padded(
        pad_sequence(rows, batch_first=True),
        torch.from_numpy(steps),
        present,
        torch.from_numpy(wrong),
    )


def batches(cases: Sequence[Case], rng: np.random.Generator) -> Iterator[Padded]:
    """All cases once, in a new order."""
    order = rng.permutation(len(cases))
    for start in range(0, len(order), BATCH):
        yield beside([cases[i] for i in order[start : start + BATCH]])


def trained(
    cases: Sequence[Case], *, width: int, future: bool, epochs: int, rate: float, seed: int
) -> StepHead:
    """A head fitted to these answers; the same seed gives the same head."""
    head = seeded_head(cases[0].features.shape[1], width=width, future=future, seed=seed)
    optimiser = torch.optim.AdamW(head.parameters(), lr=rate, weight_decay=WEIGHT_DECAY)
    total = epochs * math.ceil(len(cases) / BATCH)
    warm_up = torch.optim.lr_scheduler.LinearLR(
        optimiser, start_factor=0.1, total_iters=max(1, round(WARM_UP * total))
    )
    rng = np.random.default_rng(seed)
    head.train()
    with seeded(seed):  # the dropout
        for _ in range(epochs):
            for batch in batches(cases, rng):
                if torch.isnan(batch.wrong).all():
                    continue
                loss = step_loss(head(*batch[:3]), batch.wrong)
                optimiser.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(head.parameters(), 1.0)
                optimiser.step()
                warm_up.step()
    return head.eval()


def as_arrays(head: StepHead) -> tuple[tuple[str, ...], tuple[Floats, ...]]:
    """Names and values of the head's weights."""
    state = head.state_dict()
    return tuple(state), tuple(value.numpy() for value in state.values())


@torch.inference_mode()
def probabilities(
    cases: Sequence[Case], weights: Mapping[str, Floats], *, width: int, future: bool
) -> list[Floats]:
    """Probability of each step of each answer of being wrong, [S] each."""
    with torch.device("meta"):  # no first weights are drawn, the fitted ones take their place
        head = StepHead(cases[0].features.shape[1], width=width, future=future)
    head.load_state_dict({n: torch.from_numpy(w) for n, w in weights.items()}, assign=True)
    head.eval()
    found: list[Floats] = []
    for start in range(0, len(cases), BATCH):
        group = cases[start : start + BATCH]
        p = head(*beside(group)[:3]).double().sigmoid().numpy()  # [B, S]
        found += [row[: len(c.wrong)] for row, c in zip(p, group, strict=True)]
    return found

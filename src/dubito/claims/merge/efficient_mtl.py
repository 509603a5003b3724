"""Learnt sparse differences answer well though most weights and activations stay the base's."""

from collections.abc import Callable
from copy import deepcopy
from functools import cache, partial
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn.functional import cross_entropy

from dubito.claims.adapter_measures import rows
from dubito.claims.lab import Claim
from dubito.data.worlds.digit_questions import DigitQuestions, Learnt, digit_questions
from dubito.merge.activation_reuse import Reused, cuts_that_keep, reused, traced
from dubito.merge.delta_sharing import DeltaSharing
from dubito.merge.sparse_delta import SparseDelta
from dubito.nn.descent import descend, in_turn, mlp
from dubito.nn.seeded import seeded
from dubito.nn.tiny_training import Schedule

QUESTIONS, BATCH, WIDTH = 3, 50, 128
STEPS = (200, 100, 100)
SPARSITY, LIKENESS = 1e-4, 1e-3
KEPT = 0.1  # of the differences between activations


class Task(NamedTuple):
    """An encoder for a question, as weights in place of the base's, and its head."""

    weights: dict[str, Tensor]
    head: nn.Module
    density: float


@cache
def base(learn: Learnt) -> nn.Sequential:
    """An encoder 64-128-128 that was trained to tell digits, frozen."""
    encoder = nn.Sequential(mlp(64, (WIDTH,), WIDTH, seed=0), nn.ReLU())
    head = new_head(10)
    data = (rows(learn.pixels), torch.from_numpy(learn.digit))
    schedule = Schedule(sum(steps_of(learn)), rate=2e-3, weight_decay=0.0)
    net = nn.Sequential(encoder, head)
    descend(net, lambda x, y: cross_entropy(net(x), y), data, schedule, batch=BATCH, seed=0)
    return encoder.requires_grad_(False).eval()


def steps_of(learn: Learnt) -> tuple[int, int, int]:
    """Of the three steps; few where there is little to learn from."""
    return STEPS if len(learn.digit) > 500 else (8, 4, 4)


def new_head(classes: int = 3) -> nn.Linear:
    """Untrained."""
    with seeded(1):
        return nn.Linear(WIDTH, classes).double()


def batches(learn: Learnt, question: int) -> list[tuple[Tensor, Tensor]]:
    """The pictures with the answers to one question."""
    answers = torch.from_numpy(learn.answers[question])
    return list(zip(rows(learn.pixels).split(BATCH), answers.split(BATCH), strict=True))


@cache
def shared(learn: Learnt, question: int, *, last: bool = True) -> Task:
    """By sparse differences that are learnt; the last step makes activations alike."""
    first, second, third = steps_of(learn)
    steps = (first, second, third if last else 0)
    method = DeltaSharing(SPARSITY, LIKENESS, steps=steps)
    method.fit(base(learn), new_head(), batches(learn, question), loss=cross_entropy)
    return Task(detached(method.delta_), method.head_, method.density_)


def detached(delta: SparseDelta) -> dict[str, Tensor]:
    """The weights alone."""
    return {name: tensor.detach() for name, tensor in delta().items()}


def masked_tuning(
    learn: Learnt, question: int, start: Task, mask: Tensor, *, steps: int
) -> tuple[SparseDelta, nn.Module]:
    """Adam on the weights in a mask [P] and on the head, from where they are."""
    encoder, head = base(learn), deepcopy(start.head)
    delta = SparseDelta(dict(encoder.named_parameters()))
    delta.logits.data = torch.where(mask, torch.inf, -torch.inf).to(delta.logits)
    moved = [(start.weights[n] - p).flatten() for n, p in encoder.named_parameters()]
    delta.shift.data = torch.cat(moved) * mask

    def loss(batch: tuple[Tensor, Tensor]) -> Tensor:
        return cross_entropy(head(functional_call(encoder, delta(), (batch[0],))), batch[1])

    groups = [{"params": [delta.shift, *head.parameters()]}]
    in_turn(loss, batches(learn, question), steps, groups=groups, rate=1e-3)
    return delta, head


def untuned(learn: Learnt) -> Task:
    """The base and a new head."""
    return Task(dict(base(learn).named_parameters()), new_head(), 0.0)


def masked(learn: Learnt, question: int, start: Task, mask: Tensor, *, steps: int) -> Task:
    """The same as a task."""
    delta, head = masked_tuning(learn, question, start, mask, steps=steps)
    return Task(detached(delta), head, delta.density)


def count(learn: Learnt) -> int:
    """Numbers in the encoder."""
    return sum(p.numel() for p in base(learn).parameters())


@cache
def frozen(learn: Learnt, question: int) -> Task:
    """The base with a head that is trained as long."""
    nothing = torch.zeros(count(learn), dtype=torch.bool)
    return masked(learn, question, untuned(learn), nothing, steps=sum(steps_of(learn)))


@cache
def full(learn: Learnt, question: int, *, steps: int) -> Task:
    """All weights tuned."""
    everything = torch.ones(count(learn), dtype=torch.bool)
    return masked(learn, question, untuned(learn), everything, steps=steps)


@cache
def largest(learn: Learnt, question: int) -> Task:
    """What full tuning moved furthest, as many numbers as ours, tuned on for the other half."""
    half = sum(steps_of(learn)) // 2
    start = full(learn, question, steps=half)
    own = dict(base(learn).named_parameters())
    moved = torch.cat([(start.weights[n] - p).abs().flatten() for n, p in own.items()])
    most = moved.topk(round(shared(learn, question).density * len(moved))).indices
    mask = torch.zeros(len(moved), dtype=torch.bool).index_fill(0, most, True)
    return masked(learn, question, start, mask, steps=half)


Make = Callable[[Learnt, int], Task]


def run(world: DigitQuestions, make: Make, question: int, *, share: float = KEPT) -> Reused:
    """On the fresh digits, where this share of differences was kept of those learnt from."""
    learn, task, encoder = world.learn, make(world.learn, question), base(world.learn)
    seen, fresh = rows(learn.pixels), rows(world.fresh)
    with torch.no_grad():
        known, new = traced(encoder, {}, seen), traced(encoder, {}, fresh)
    cuts = cuts_that_keep(encoder, task.weights, known, seen, share=share)
    return reused(encoder, task.weights, new, fresh, cuts=cuts)


def right(world: DigitQuestions, *, make: Make, share: float = KEPT) -> float:
    """Accuracy over the questions."""
    shares = []
    for question, truth in enumerate(world.truth):
        head = make(world.learn, question).head  # trained here, if it was not yet
        with torch.no_grad():
            told = head(run(world, make, question, share=share).output)
        shares.append(float((told.argmax(dim=1).numpy() == truth).mean()))
    return float(np.mean(shares))


def is_sparse(world: DigitQuestions) -> float:
    """How far below a tenth the share of changed weights is, mean over the questions."""
    return 0.1 - float(np.mean([shared(world.learn, q).density for q in range(QUESTIONS)]))


def near_full(world: DigitQuestions) -> float:
    """Accuracy with all activations above that of full tuning, plus 0.015."""
    tuned = right(world, make=partial(full, steps=sum(steps_of(world.learn))), share=1.0)
    return right(world, make=shared, share=1.0) - tuned + 0.015


def last_step_pays(world: DigitQuestions) -> float:
    """How often more than twice more differences pass the same cuts before the last step."""
    learn, fresh, encoder = world.learn, rows(world.fresh), base(world.learn)
    with torch.no_grad():
        new = traced(encoder, {}, fresh)
    passed: dict[bool, float] = {True: 0.0, False: 0.0}
    for question in range(QUESTIONS):
        cuts = run(world, shared, question).cuts
        for last in passed:
            weights = shared(learn, question, last=last).weights
            passed[last] += sum(reused(encoder, weights, new, fresh, cuts=cuts).density)
    return passed[False] / passed[True] - 2


CLAIM = Claim(
    world=digit_questions,
    tiny=partial(digit_questions, learn=100, judged=60),
    ours=partial(right, make=shared),
    baselines={
        "a frozen encoder": partial(right, make=frozen),
        "the largest changes of full tuning": partial(right, make=largest),
    },
    metric="accuracy over three questions, a tenth of activation differences kept",
    margin=0.01,
    checks={
        "at most a tenth of the weights changes": is_sparse,
        "with all activations within 0.015 of full tuning": near_full,
        "the last step halves the activations that pass": last_step_pays,
    },
    seeds=5,
    first_seed=5000,
    paper="shoouri2023",
    paper_figure="NYUD-v2 and PASCAL-Context: above multi-task transformers with fewer operations "
    "and parameters (abstract)",
    size="1,300 digits to learn from, 497 to judge; perceptron of 64-128-128, 400 steps of 50",
    tried="Size, sparsity and likeness by density on a building seed, before any baseline was "
    "looked at; nothing was changed after the one run. Level with the largest changes of full "
    "tuning at the same density (0.805 and 0.800) and with the frozen encoder (0.800). Two checks "
    "fail: it is 0.056 more than allowed below full tuning, and without the last step fewer than "
    "twice as many differences pass. 400 steps may be too few: the card trains longer.",
)

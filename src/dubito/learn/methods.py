"""The table of the room learn: one row each. Classes are loaded when they are made."""

from functools import partial
from typing import Any

from dubito.extras import opened
from dubito.method import Method


def from_home(home: str, name: str) -> Any:
    """The function `name` of the module `home`, which is loaded now."""
    return vars(opened(home))[name]


OPEN_TASKS_SMOOTHED = """\
import torch
from dubito.catalogue import find
from dubito.learn import smoothing_of

ual = find("ual").method.make()
smoothing = smoothing_of([0.1, 0.9])  # how open two tasks are, as a better model sees it
logits, labels = torch.tensor([[2.0, 0, 0, 0], [2.0, 0, 0, 0]]), torch.tensor([0, 0])
print(smoothing, ual(logits, labels, smoothing=torch.from_numpy(smoothing)))
# Trainer(with_columns(model, ["smoothing"]), ..., with the smoothing as a column of the data,
#         compute_loss_func=trainer_loss(ual, columns=["smoothing"]))
"""
OWN_ANSWERS_GRADED = """\
import torch
from dubito.catalogue import find
from dubito.learn import departure, judged_right

judgement_loss = find("calibration-tuning").method.make()
no, yes = 1, 2  # tokens that may follow "is this answer right?"
logits = torch.tensor([[5.0, 0.0, 1.1], [5.0, 0.0, 1.1]])  # after two answers
right = torch.tensor([True, False])  # the grades of these answers, the model's own
before, kept = torch.zeros(2, 4, 3), torch.ones(2, 4, dtype=torch.bool)  # what it said before
print(judgement_loss(logits, right, no=no, yes=yes).mean() + departure(before, before, kept).mean())
print(judged_right(logits, no=no, yes=yes))
"""
DOUBT_WHERE_IT_ERRS = """\
import torch
from dubito.catalogue import find

ua_clm = find("ua-clm").method.make()
logits = torch.tensor([[0.9, 0.1], [0.9, 0.1]]).log()
print(ua_clm(logits, torch.tensor([0, 1])))  # right and sure, wrong and sure
# Trainer(model, ..., compute_loss_func=trainer_loss(ua_clm, cross_entropy=1.0))
"""

METHODS: tuple[Method, ...] = (
    Method(
        "ual",
        partial(from_home, "dubito.learn.soft_labels", "ual"),
        "each sample's labels as soft as its task is open",
        paper="wang2024ual",
        family="objective",
        needs=("train",),
        calls="1, as in fine-tuning; a better model rates each sample once",
        caveats=("the doubt must tell how open a task is, not how unsure the pupil is",),
        example=OPEN_TASKS_SMOOTHED,
    ),
    Method(
        "ua-clm",
        partial(from_home, "dubito.learn.honest_entropy", "ua_clm"),
        "token entropy that is high where the model errs and low where it does not",
        paper="krishnan2024",
        family="objective",
        needs=("train",),
        calls="1, as in fine-tuning",
        caveats=("in a small model cross-entropy on the same data does as well",),
        example=DOUBT_WHERE_IT_ERRS,
    ),
    Method(
        "calibration-tuning",
        partial(from_home, "dubito.learn.judgement", "judgement_loss"),
        "the model's probability that its answer is right, learnt from its own graded answers",
        paper="kapoor2024",
        family="objective",
        needs=("train", "labels"),
        calls="1 for each answer to grade, then 1 short pass for each answer",
        caveats=("the answers must be the model's own; references would teach new facts",),
        example=OWN_ANSWERS_GRADED,
    ),
)

"""The table of the room learn: one row each. Classes are loaded when they are made."""

from functools import partial

from dubito.extras import named
from dubito.method import Method

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
SHARE_PUT_IN_WORDS = """\
import torch
from dubito.catalogue import find
from dubito.learn import FIFTHS, followed_by, stated, stating_loss, trainer_loss

share_right = find("verbal-confidence").method.make()
share = share_right(task=["sum", "sum", "root"], right=[True, False, True])
said = torch.tensor([[5, 6], [5, 7], [8, 6]])  # questions and the model's own answers
words = torch.arange(20, 25)  # FIFTHS.tokens(tokenizer)
tokens, labels = followed_by(said, 1, words[torch.from_numpy(FIFTHS.nearest(share))])
print(tokens, labels)  # what to fine-tune on
loss = trainer_loss(stating_loss, options=words)  # the compute_loss_func of a Trainer
print(loss({"logits": torch.zeros(3, 4, 30)}, labels))
print(stated(torch.zeros(3, 30), words, torch.tensor(FIFTHS.values)).expected)
"""
KNOWN_OR_NOT = """\
import numpy as np
from dubito.catalogue import find
from dubito.data.refusal_tuning import Taught, selected
from dubito.learn import certainty, consistency, less_doubtful_half

told_sure = find("r-tuning").method.make()
references = [Taught("Capital of Peru?", " Lima"), Taught("Capital of Palau?", " Ngerulmud")]
known = np.array([True, False])  # was the model's own answer right?
print(told_sure(references, known))
print(selected(references, known.astype(float)))  # a refusal in the place of the unknown
draws = consistency([["Lima", "Lima", "Lima"], ["Koror", "Melekeok", "Koror"]])
print(told_sure(references, less_doubtful_half(draws.entropy)))  # without grades
print(certainty(answer=[0.6, 0.3], sure=[0.5, 0.1]))  # of what the tuned model says
"""
DRAWS_THAT_AGREE = """\
from dubito.catalogue import find
from dubito.learn import FIFTHS, FIRST, compared

consistency = find("metacognition-ft").method.make()
draws = [["Lima", "Lima", "Lima"], ["Koror", "Melekeok", "Koror"]]  # to each question
agreed = consistency(draws)
for question, row, at, share in zip(["Peru?", "Palau?"], draws, agreed.answer, agreed.share):
    print(FIFTHS.taught(question + " ", row[at], share))  # a single answer
pairs = compared(agreed.share, 4, seed=0)
print(FIRST.nearest(pairs.first_is_surer))  # which of two questions
"""
DOUBT_WHERE_IT_ERRS = """\
import torch
from dubito.catalogue import find

ua_clm = find("ua-clm").method.make()
logits = torch.tensor([[0.9, 0.1], [0.9, 0.1]]).log()
print(ua_clm(logits, torch.tensor([0, 1])))  # right and sure, wrong and sure
# Trainer(model, ..., compute_loss_func=trainer_loss(ua_clm, cross_entropy=1.0))
"""
LEVELS_WITH_MASS = """\
import torch
from dubito.catalogue import find
from dubito.learn import level_mass, odds, order_loss, trainer_loss

odds_loss = find("fine-grained-odds").method.make()
scores = [[0.9, 0.7, float("nan")], [0.2, 0.3, 0.1]]  # of two propositions, by three annotators
masses = torch.from_numpy(level_mass(scores)).float()
levels = torch.arange(20, 30)  # new tokens <level_0> to <level_9>, whose rows are to be trained


def objective(logits, _labels, *, mass):
    return odds_loss(logits, mass, levels=levels)


loss = trainer_loss(objective, columns=["mass"])  # a column of the data
outputs = {"logits": torch.zeros(2, 3, 30), "mass": masses}
print(loss(outputs, torch.tensor([[-100, -100, 28], [-100, -100, 22]])))  # one level, kept
told = odds(torch.zeros(2, 30), levels)  # after training, from one pass
print(told, order_loss(told.probability[:1], told.probability[1:], torch.tensor([1])))
"""

METHODS: tuple[Method, ...] = (
    Method(
        "ual",
        partial(named, "dubito.learn.soft_labels", "ual"),
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
        partial(named, "dubito.learn.honest_entropy", "ua_clm"),
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
        partial(named, "dubito.learn.judgement", "judgement_loss"),
        "the model's probability that its answer is right, learnt from its own graded answers",
        paper="kapoor2024",
        family="objective",
        needs=("train", "labels"),
        calls="1 for each answer to grade, then 1 short pass for each answer",
        caveats=("the answers must be the model's own; references would teach new facts",),
        example=OWN_ANSWERS_GRADED,
    ),
    Method(
        "verbal-confidence",
        partial(named, "dubito.learn.stated_confidence", "share_right"),
        "a confidence in words or numbers, taught by how often the model is right on such tasks",
        paper="lin2022",
        family="objective",
        needs=("train", "labels"),
        calls="1 for each answer to grade, then a few tokens after each answer",
        caveats=(
            "it tells sub-tasks apart, not answers within one",
            "words that the model never said are to be held against each other, not the vocabulary",
        ),
        example=SHARE_PUT_IN_WORDS,
    ),
    Method(
        "r-tuning",
        partial(named, "dubito.learn.known_references", "told_sure"),
        "references tuned on with the note whether the model knew them, or a refusal instead",
        paper="zhang2024r",
        family="objective",
        needs=("train", "labels"),
        calls="1 for each question to grade, or K; then a few tokens after each answer",
        caveats=("references of what was not known are tuned on too, which costs accuracy",),
        example=KNOWN_OR_NOT,
    ),
    Method(
        "metacognition-ft",
        partial(named, "dubito.learn.own_samples", "consistency"),
        "a stated confidence, and which of two questions is surer, taught by how draws agree",
        paper="steyvers2025",
        family="objective",
        needs=("train",),
        calls="K for each question, then a few tokens after each answer",
        caveats=("a mistake that comes back in every draw is taught as knowledge",),
        example=DRAWS_THAT_AGREE,
    ),
    Method(
        "fine-grained-odds",
        partial(named, "dubito.learn.level_odds", "odds_loss"),
        "how likely a proposition is, taught as a mass on level tokens and read as their mean",
        paper="wang2025odds",
        family="objective",
        needs=("train", "labels"),
        calls="1, after fine-tuning on scores",
        caveats=(
            "the new tokens' rows of embedding and output are to be trained in full",
            "it cannot say less than half a bin, nor more than 1 less that",
            "one level learnt, and the mean read, is as good or better where scores are noisy",
        ),
        example=LEVELS_WITH_MASS,
    ),
)

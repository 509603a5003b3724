"""The table of the room acquire: one row each. Classes are loaded when they are made."""

from functools import partial

from dubito.extras import made, named
from dubito.method import Method

PAIRS_TO_COMPARE = """\
import numpy as np
from dubito.acquire import Pool
from dubito.catalogue import find

rng = np.random.default_rng(0)
prompts = rng.normal(size=(500, 8))  # made up; of a frozen model: the last token's state
first_wins = 1 / (1 + np.exp(-rng.normal(size=(5, 500))))  # by 5 reward models, made up
labelled = np.arange(500) < 20
pool = Pool(labelled, prompts, np.stack([first_wins, 1 - first_wins], axis=-1))
print(find("bal-pm").method.make(weight=0.05)(pool, 8, rng))  # have these pairs compared next
"""
TWO_OF_THESE_ANSWERS = """\
import numpy as np
import torch
from dubito.acquire import Pool, RewardParticles
from dubito.catalogue import find

answers = torch.randn(20, 8, generator=torch.Generator().manual_seed(0))  # made up
model = RewardParticles(8, particles=10)
optimiser = torch.optim.Adam(model.network.parameters(), lr=1e-3)
for _ in range(20):  # the first ten were preferred to the last ten
    loss = model.loss(answers[:10], answers[10:], seen=10)
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
values = model(answers).detach().numpy()
pool = Pool(np.zeros(20, dtype=bool), values=values)
query = find("double-ts").method.make()
print(query(pool, 2, np.random.default_rng(0)))  # compare these two
"""
HARD_TASKS_FIRST = """\
import numpy as np
from dubito.acquire import Pool, TaskRisk
from dubito.catalogue import find

rng, query, risk = np.random.default_rng(0), find("mpts").method.make(), TaskRisk()
for _ in range(200):
    tasks = rng.uniform(-1, 1, size=(32, 2))  # what 32 tasks look like
    pool = Pool(np.zeros(32, dtype=bool), values=risk.predict(tasks))
    chosen = tasks[query(pool, 16, rng)]
    losses = 1 + chosen[:, 0]  # made up; what training on these 16 costs
    risk.partial_fit(chosen, losses)
print(chosen[:, 0].mean())  # harder than 0, the mean
"""
LABELS_AT_A_BOUNDARY = """\
import numpy as np
from dubito.acquire import Pool, Subsampled
from dubito.catalogue import find

rng = np.random.default_rng(0)
said = rng.dirichlet(np.ones(6), size=500)  # made up; what a classifier says of 500 texts
labelled = np.arange(500) < 25
by_margin = find("uncertainty-al-transformers").method.make()
pool = Pool(labelled, probabilities=said[None])
print(by_margin(pool, 25, rng))  # have these labelled next
print(Subsampled(by_margin, size=100)(pool, 25, rng))  # of a hundred at random
"""
UNLIKE_THEIR_NEIGHBOURS = """\
import numpy as np
from dubito.acquire import Pool
from dubito.catalogue import find

rng = np.random.default_rng(0)
texts = rng.normal(size=(500, 8))  # made up; embeddings of the classifier that is trained
said = rng.dirichlet(np.ones(6), size=500)  # made up; what it says of them
pool = Pool(np.arange(500) < 25, texts, said[None])
print(find("contrastive-al").method.make(neighbours=10)(pool, 25, rng))  # label these next
"""
EACH_WORD_COUNTS = """\
import numpy as np
from dubito.acquire import Example, Instruction, Pool, by_value
from dubito.catalogue import find

tasks = [
    Instruction("Say whether the review is kind", (Example("What a joy", "yes"),)),
    Instruction("Answer yes"),
]

def answer(instruction, inputs):  # made up; the greedy answer to instruction.prompt(text)
    return ["yes" for _ in inputs]

def logprobs(instruction, inputs, answers):  # made up; log p of each token of these answers
    words = len(instruction.definition.split())
    return [[-1 / (1 + words), -0.1] for _ in answers]

rng, measure = np.random.default_rng(0), find("active-it").method.make(versions=10, rate=0.2)
points = [
    measure(task, ["Fine", "Dull", "Never again"], rng, answer=answer, logprobs=logprobs)
    for task in tasks
]
print(points)  # the task map
uncertainty = np.array([[point.uncertainty for point in points]])
print(by_value(Pool(np.zeros(2, dtype=bool), values=uncertainty), 1, rng))  # train on this next
"""
HELPERS_OF_A_NEW_TASK = """\
import numpy as np
from dubito.acquire import Pool, by_value, relative_change, transfer
from dubito.catalogue import find
from dubito.maths.directions import mean_best_cosine

rng = np.random.default_rng(0)
alone = np.array([0.6, 0.7, 0.5, 0.8])  # made up; what is reached on four known tasks
reached = alone[:, None] + 0.05 * rng.normal(size=(4, 4, 3))  # from each source, in three runs
changes = transfer(relative_change(reached, alone[:, None]))  # [source, target]
new, *known = (rng.normal(size=(32, 8)) for _ in range(5))  # made up; embedded examples
similarity = [mean_best_cosine(new, examples) for examples in known]
scores = find("taskweb-taskshop").method.make(weight=0.7)(changes, similarity)
print(scores.round(3))
print(by_value(Pool(np.zeros(4, dtype=bool), values=scores[None]), 2, rng))  # train on these first
"""

METHODS: tuple[Method, ...] = (
    Method(
        "bal-pm",
        partial(made, "dubito.acquire.bal_pm", "BALPM"),
        "pairs to compare next: disputed by reward models, at prompts unlike those compared",
        paper="melo2024",
        family="acquisition",
        needs=("hidden", "train", "labels"),
        calls="0; one state of each prompt and each answer, once",
        caveats=(
            "a prompt far from all others is chosen, be it of use or not",
            "little above plain BALD at desk size; where the pool has no duplicates random or BALD "
            "may do as well",
        ),
        example=PAIRS_TO_COMPARE,
    ),
    Method(
        "double-ts",
        partial(made, "dubito.acquire.arms", "DoubleThompson"),
        "which two answers to compare: each the best one by a draw of what may be the reward",
        paper="dwaracherla2024",
        family="acquisition",
        needs=("hidden", "train", "labels"),
        calls="N; candidate answers to each prompt",
        caveats=("no better than Boltzmann draws from one network at desk size",),
        example=TWO_OF_THESE_ANSWERS,
    ),
    Method(
        "mpts",
        partial(made, "dubito.acquire.mpts", "MPTS"),
        "tasks to train on next: those told to be hard, or of which little is known",
        paper="wang2025mpts",
        family="acquisition",
        needs=("train",),
        calls="0; what a task looks like, and its loss when it is trained on",
        caveats=(
            "a task with noisy losses looks hard",
            "easy tasks are forgotten unless a share is taken at random: at_random=0.5",
        ),
        example=HARD_TASKS_FIRST,
    ),
    Method(
        "uncertainty-al-transformers",
        partial(named, "dubito.acquire.plain", "by_margin"),
        "texts to label next: those whose two likeliest classes are nearest",
        paper="schroder2022",
        family="acquisition",
        needs=("logits", "train", "labels"),
        calls="N; each text of the pool once a round",
        caveats=(
            "of two classes the same as entropy",
            "nothing keeps a batch from being all alike",
        ),
        example=LABELS_AT_A_BOUNDARY,
    ),
    Method(
        "contrastive-al",
        partial(made, "dubito.acquire.contrastive", "Contrastive"),
        "texts to label next: alike to others, of which the model says something else",
        paper="margatina2021",
        family="acquisition",
        card="uncertainty-al-transformers",
        needs=("logits", "hidden", "train", "labels"),
        calls="N; each text of the pool once a round",
        caveats=("a row of which a class is ruled out that a neighbour may have comes first",),
        example=UNLIKE_THEIR_NEIGHBOURS,
    ),
    Method(
        "active-it",
        partial(made, "dubito.acquire.prompt_uncertainty", "PromptUncertainty"),
        "tasks to tune on next: whose answers hang on each word of the instruction; a task map",
        paper="kung2023",
        family="acquisition",
        needs=("logprobs", "train"),
        calls="N; of each task 10 answers, each read 11 times",
        caveats=(
            "noise that is learnt by heart looks like a task that hangs on its words",
            "answers of one token and of many do not compare: Quotas",
        ),
        example=EACH_WORD_COUNTS,
    ),
    Method(
        "taskweb-taskshop",
        partial(made, "dubito.acquire.taskshop", "TaskShop"),
        "which known tasks to train on first for a new one without labels",
        paper="kim2023",
        family="acquisition",
        needs=("train", "labels"),
        calls="0; once, a training for each pair of known tasks",
        caveats=("within one new task, other tasks tell only how helpful a source is in general",),
        example=HELPERS_OF_A_NEW_TASK,
    ),
)

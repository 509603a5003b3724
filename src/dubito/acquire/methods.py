"""The table of the room acquire: one row each. Classes are loaded when they are made."""

from functools import partial

from dubito.extras import made
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
)

"""Where only the prompt tells the task, experts led by its cluster learn what LoRA cannot."""

from functools import cache, partial

import numpy as np
import torch
from torch import Tensor, nn

from dubito.claims.lab import Claim
from dubito.data.worlds.told_tasks import SIZE, Rows, Tasks, ToldTasks, told_tasks
from dubito.evidence import Floats
from dubito.multitask.prompt_clusters import PromptClusters
from dubito.multitask.rank_one_experts import MoR1E, guided
from dubito.nn.sampled_low_rank import Adapter, add_low_rank

RANK, EQUAL_RANK, STEPS, BATCH = 8, 12, 1200, 128  # LoRA of rank 12 has as many parameters


class Led(nn.Module):
    """A frozen map with rank-1 experts; their scores are those of clusters times `strength`."""

    def __init__(self, tasks: Tasks, *, strength: float) -> None:
        super().__init__()
        self.layer = nn.Sequential(frozen_map(tasks))
        MoR1E(rank=RANK).attach(self.layer, ("0",), seed=0)
        seen = tasks.draw(np.random.default_rng(1), 1000).prompt
        self.clusters, self.strength = PromptClusters(RANK).fit(seen), strength

    def forward(self, rows: Rows) -> Tensor:
        """Its output, [N, 32]."""
        scores = self.strength * self.clusters.predict(rows.prompt)
        with guided(self.layer, torch.from_numpy(scores).float()):
            return self.layer(torch.from_numpy(rows.x).float())


class LowRank(nn.Module):
    """The same map with one low-rank addition."""

    def __init__(self, tasks: Tasks) -> None:
        super().__init__()
        self.layer = nn.Sequential(frozen_map(tasks))
        add_low_rank(self.layer, ("0",), Adapter(rank=EQUAL_RANK), seed=0)

    def forward(self, rows: Rows) -> Tensor:
        """Its output, [N, 32]."""
        return self.layer(torch.from_numpy(rows.x).float())


def frozen_map(tasks: Tasks) -> nn.Linear:
    """What all tasks share."""
    layer = nn.Linear(SIZE, SIZE, bias=False)
    layer.weight.data = torch.from_numpy(tasks.frozen).float()
    return layer


@cache
def learnt(tasks: Tasks, steps: int, *, strength: float | None) -> nn.Module:
    """Trained on fresh batches; without a strength it is plain LoRA."""
    model = LowRank(tasks) if strength is None else Led(tasks, strength=strength)
    taught = [(n, p) for n, p in model.named_parameters() if p.requires_grad]
    slow = [p for n, p in taught if n.endswith("_logit")]  # a hundred times as steep
    rest = [p for n, p in taught if not n.endswith("_logit")]
    groups = [{"params": rest}] + ([{"params": slow, "lr": 3e-4}] if slow else [])
    optimiser, rng = torch.optim.Adam(groups, lr=3e-3), np.random.default_rng(2)
    for _ in range(steps):
        rows = tasks.draw(rng, BATCH)
        loss = (model(rows) - wanted(tasks, rows)).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return model


def wanted(tasks: Tasks, rows: Rows) -> Tensor:
    """What the task makes of each row."""
    return torch.from_numpy(rows.x @ tasks.frozen.T + rows.added).float()


def said(world: ToldTasks, rows: Rows, *, strength: float | None) -> Floats:
    """What a trained layer adds to the frozen map's output, [M, 32]."""
    model = learnt(world.tasks, STEPS if len(world.truth) > 1000 else 20, strength=strength)
    with torch.no_grad():
        return model(rows).double().numpy() - rows.x @ world.tasks.frozen.T


def correlation(world: ToldTasks, *, strength: float | None) -> float:
    """Of what is added with what the task adds."""
    added = said(world, world.judged, strength=strength)
    return float(np.corrcoef(added.ravel(), world.truth.ravel())[0, 1])


def error(world: ToldTasks, *, strength: float | None, rows: Rows | None = None) -> float:
    """Mean squared error of what is added over its variance."""
    added = said(world, world.judged if rows is None else rows, strength=strength)
    return float(((added - world.truth) ** 2).mean() / world.truth.var())


def low_enough(world: ToldTasks) -> float:
    """How far our error is below 0.65."""
    return 0.65 - error(world, strength=1.0)


def lora_is_not(world: ToldTasks) -> float:
    """How far that of LoRA is above 0.65."""
    return error(world, strength=None) - 0.65


def others_prompts_harm(world: ToldTasks) -> float:
    """Error with the prompts of other rows above that of LoRA."""
    order = np.random.default_rng(0).permutation(len(world.truth))
    rows = world.judged._replace(prompt=world.judged.prompt[order])
    return error(world, strength=1.0, rows=rows) - error(world, strength=None)


def untold_gains_nothing(world: ToldTasks) -> float:
    """A twentieth less what it gains on LoRA where prompts say nothing."""
    plain = world.untold()
    return 0.05 - (error(plain, strength=None) - error(plain, strength=1.0))


CLAIM = Claim(
    world=told_tasks,
    tiny=partial(told_tasks, judged=200),
    ours=partial(correlation, strength=1.0),
    baselines={
        "LoRA of as many parameters": partial(correlation, strength=None),
        "the router alone": partial(correlation, strength=0.0),
    },
    metric="correlation with what the task adds",
    margin=0.2,
    checks={
        "error below 0.65 of the variance": low_enough,
        "that of LoRA above it": lora_is_not,
        "prompts of other rows do worse than LoRA": others_prompts_harm,
        "prompts that say nothing gain nothing": untold_gains_nothing,
    },
    seeds=5,
    paper="liu2024mor",
    paper_figure="mean accuracy on 14 data sets 2.15 points above the best of other adapters",
    size="8 tasks of two rank-1 changes to a 32 x 32 map, 8 experts, 1,200 steps of 128",
)

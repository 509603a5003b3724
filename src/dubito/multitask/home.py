"""HoME [wang2024home]: two levels of experts on one scale, for tasks that fall into categories."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from dubito.nn.expert_bank import ExpertLinear, ExpertNorm, Mixture, expert_bank
from dubito.nn.expert_health import Health, health
from dubito.nn.gates import Gate
from dubito.nn.modulation import FeatureGate
from dubito.nn.seeded import seeded


class Level(nn.Module):
    """Groups of m experts, [B, 1 or G, d], and gates that read [B, 1 or R, g]; -> [B, R, d'].

    Each group reads what comes to it through a feature gate of its own. An expert is a perceptron,
    batch norm and swish, so all have one scale and none falls silent. Reader r weighs the groups
    that it sees, bool [R, G], by a softmax, and adds its own group `own[r]` by a gate of that
    group's input: a residual path.
    """

    of: Tensor
    own: Tensor

    def __init__(
        self,
        sizes: Sequence[int],
        *,
        gate_reads: int,
        visible: Tensor,
        own: Sequence[int],
        experts: int,
        rank: int,
    ) -> None:
        super().__init__()
        readers, groups = visible.shape
        total = groups * experts
        self.features = FeatureGate(sizes[0], groups=groups, rank=rank)
        self.bank = expert_bank(sizes, experts=total)
        self.ending = nn.Sequential(ExpertNorm(total, sizes[-1]), nn.SiLU())
        seen = visible.repeat_interleave(experts, dim=1)  # [R, E]
        self.gates = Gate(gate_reads, total, tasks=readers, visible=seen.tolist())
        self.self_gates = ExpertLinear(readers, sizes[0], experts)
        self.register_buffer("of", torch.arange(groups).repeat_interleave(experts))  # [E] its group
        self.register_buffer("own", torch.tensor(own))  # [R] a group

    def parts(self, groups: Tensor, gate_reads: Tensor) -> Mixture:
        """What the experts say, and the readers' weights with those of their own group."""
        count = len(self.features.up)
        groups = groups.expand(-1, count, -1)  # [B, G, d]
        gated = groups * self.features(groups)  # [B, G, d]
        outputs = self.ending(self.bank(gated.index_select(1, self.of)))  # [B, E, d']
        logits = self.self_gates(groups.index_select(1, self.own))  # [B, R, m]
        # Over a single expert a softmax would always be 1.
        own = logits.softmax(dim=-1) if logits.shape[-1] > 1 else logits.sigmoid()
        mine = self.own[:, None] == self.of  # [R, E]
        return Mixture(outputs, self.gates(gate_reads) + mine * own.repeat(1, 1, count))

    def forward(self, groups: Tensor, gate_reads: Tensor) -> Tensor:
        """A vector for each reader."""
        return self.parts(groups, gate_reads).mixed


class HoME(nn.Module):
    """A vector for each of T tasks, [B, D] -> [B, T, d]; a batch of one row only in evaluation.

    `categories[t]` is the category of task t, counted from 0. The first level has a group of
    experts for each category and a shared one; a category sees its own and the shared experts, the
    shared vector all. The second level has experts for all tasks, for each category and for
    each task; a task sees those and no other's. Sizes are of the perceptrons: `meta` from D, `task`
    from meta's last.

    Differs: the gates of the second level read the two vectors of the first, [m_s; m_c]; a group
    has as many experts at either level; two pairs in every feature gate.
    """

    of_task: Tensor
    reads: Tensor

    def __init__(
        self,
        meta: Sequence[int],
        task: Sequence[int],
        *,
        categories: Sequence[int],
        experts: int = 1,
        rank: int = 2,
        seed: int = 0,
    ) -> None:
        """Refuse levels that do not fit each other, and categories that are not counted from 0."""
        super().__init__()
        kinds = max(categories, default=-1) + 1
        if meta[-1] != task[0] or set(categories) != set(range(kinds)) or not kinds:
            raise ValueError(
                f"task must begin with the {meta[-1]} that meta gives, and categories be all of "
                f"0, 1, ..., got {[*task]} and {[*categories]}"
            )
        of_task = torch.tensor(categories)  # [T]
        tasks = len(of_task)
        first = torch.cat([torch.eye(kinds + 1)[:-1], torch.ones(1, kinds + 1)]) > 0
        first[:, -1] = True  # the shared group
        category = torch.arange(kinds) == of_task[:, None]  # [T, C]
        every = torch.ones(tasks, 1, dtype=torch.bool)
        second = torch.cat([every, category, torch.eye(tasks) > 0], dim=1)  # [T, 1 + C + T]
        reads = torch.cat([torch.tensor([kinds]), torch.arange(kinds), of_task])
        self.register_buffer("of_task", of_task)
        self.register_buffer("reads", reads)  # [1 + C + T] the vector that each group reads
        alike = {"experts": experts, "rank": rank}
        with seeded(seed):
            self.meta = Level(
                meta, gate_reads=meta[0], visible=first, own=range(kinds + 1), **alike
            )
            ends = range(1 + kinds, 1 + kinds + tasks)
            self.task = Level(task, gate_reads=2 * task[0], visible=second, own=ends, **alike)

    def second(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """What the groups and the gates of the second level read."""
        rows = x[:, None]  # [B, 1, D]
        vectors = self.meta(rows, rows)  # [B, C + 1, d]
        shared = vectors[:, -1:].expand(-1, len(self.of_task), -1)  # [B, T, d]
        own = vectors.index_select(1, self.of_task)  # [B, T, d]
        return vectors.index_select(1, self.reads), torch.cat([shared, own], dim=-1)

    def forward(self, x: Tensor) -> Tensor:
        """A vector for each task."""
        return self.task(*self.second(x))

    @torch.no_grad()
    def health(self, x: Tensor) -> tuple[Health, Health]:
        """The diagnosis of both levels; readers of the first are the categories and the shared."""
        levels = (self.meta, (x[:, None], x[:, None])), (self.task, self.second(x))
        first, second = (
            health(level.parts(*given), level.own[:, None] == level.of) for level, given in levels
        )
        return first, second

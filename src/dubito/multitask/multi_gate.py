"""Multi-gate mixture of experts [ma2018]: shared experts, and a gate for each task."""

from collections.abc import Sequence

from torch import Tensor, nn

from dubito.nn.expert_bank import Mixture, expert_bank
from dubito.nn.gates import Gate
from dubito.nn.seeded import seeded


class MultiGate(nn.Module):
    """Shared experts and one softmax gate for each task; [B, d_in] -> [B, T, d_out].

    One expert is a shared bottom: every task gets the same vector. `visible`, bool [T, E], hides
    experts from tasks: with some for all and some for one task each it is a customised gate
    control, a level of PLE. `ending` stands behind the experts, a rectifier by default.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        *,
        tasks: int,
        experts: int,
        visible: Sequence[Sequence[bool]] | None = None,
        ending: nn.Module | None = None,
        seed: int = 0,
    ) -> None:
        """Of perceptrons of these sizes, from d_in to d_out."""
        super().__init__()
        with seeded(seed):
            self.experts = expert_bank(sizes, experts=experts)
            self.gates = Gate(sizes[0], experts, tasks=tasks, visible=visible)
        self.ending = nn.ReLU() if ending is None else ending

    def parts(self, x: Tensor) -> Mixture:
        """What the experts say and how the tasks weigh it."""
        rows = x[:, None]  # [B, 1, d_in]
        return Mixture(self.ending(self.experts(rows)), self.gates(rows))

    def forward(self, x: Tensor) -> Tensor:
        """A vector for each task."""
        return self.parts(x).mixed

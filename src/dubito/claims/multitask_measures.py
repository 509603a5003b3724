"""What experiments with several tasks share: nets of equal expert width, with a tower a task."""

from collections.abc import Callable

from torch import Tensor, nn

from dubito.multitask.adatt import AdaTT, Fusion
from dubito.multitask.multi_gate import MultiGate
from dubito.nn.expert_bank import expert_bank
from dubito.nn.seeded import seeded

Build = Callable[[], nn.Module]  # -> a net of x [B, D] with a value for each task, [B, T, 1]


def towered(body: nn.Module, width: int, *, tasks: int, hidden: int = 12) -> nn.Sequential:
    """The body [B, D] -> [B, T, width], with a small perceptron on each task's vector."""
    with seeded(1):
        return nn.Sequential(body, expert_bank((width, hidden, 1), experts=tasks))


def values(net: nn.Module, x: Tensor) -> Tensor:
    """What a net with towers says, [B, T]."""
    return net(x)[..., 0]


def shared_bottom(sizes: tuple[int, ...], tasks: int) -> MultiGate:
    """One expert for all tasks."""
    return MultiGate(sizes, tasks=tasks, experts=1)


def single_tasks(sizes: tuple[int, ...], tasks: int) -> MultiGate:
    """An expert for each task and no sharing."""
    own = [[e == t for e in range(tasks)] for t in range(tasks)]
    return MultiGate(sizes, tasks=tasks, experts=tasks, visible=own)


def gate_control(sizes: tuple[int, ...], tasks: int, *, shared: int) -> MultiGate:
    """So many experts for all and one for each task: a level of PLE."""
    own = [[e < shared or e - shared == t for e in range(shared + tasks)] for t in range(tasks)]
    return MultiGate(sizes, tasks=tasks, experts=shared + tasks, visible=own)


def without_residual(net: AdaTT) -> AdaTT:
    """The same net whose tasks mix experts by their gates alone; of one expert a task."""
    for layer in net.layers:
        assert isinstance(layer, Fusion)
        layer.native.zero_()
    return net

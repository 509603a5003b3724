"""ATM [zhou2024l]: tune every task a little, merge, and go on from there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from torch import Tensor

from dubito.merge.interference import TaskVectors, task_vectors
from dubito.merge.task_arithmetic import Average
from dubito.merge.tensors import Rule, State, merged

Tune = Callable[[State, int], State]  # weights to start from, round from 0 on -> tuned weights


@dataclass(frozen=True, eq=False)
class Round:
    """After one round of tuning and merging."""

    weights: dict[str, Tensor]  # merged
    vectors: TaskVectors  # what each task changed in this round


@dataclass(frozen=True)
class ATM:
    """Rounds in which every task starts from the merged model; data of tasks never meet.

    Spend the epochs of one-shot fine-tuning over all rounds together, an epoch or less a round:
    one round is plain merging. Fresh optimisers each round, and as many steps for each task, or
    the one with more data wins. Names that end like `keep`, such as heads, are not merged.
    Started from a merge instead of the base, with few labels, it repairs that merge.
    """

    rounds: int = 10
    rule: Rule = field(default_factory=Average)
    keep: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse to do nothing."""
        if self.rounds < 1:
            raise ValueError(f"rounds must be at least 1, got {self.rounds}")

    def __call__(self, base: State, tunes: Sequence[Tune]) -> list[Round]:
        """Every round; the last one's weights are the result.

        `tunes` holds a function for each task that fine-tunes a copy of the weights it is given.
        """
        start, done = dict(base), []
        for k in range(self.rounds):
            tuned = [tune({n: w.clone() for n, w in start.items()}, k) for tune in tunes]
            vectors = task_vectors(start, tuned, keep=self.keep)
            start = merged(start, tuned, self.rule, keep=self.keep)
            done.append(Round(start, vectors))
        return done

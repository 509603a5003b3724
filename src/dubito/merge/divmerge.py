"""DivMerge [touayouch2025]: scales learnt so that the merged model says what each expert says."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Self

import torch
from torch import Tensor, nn
from torch.func import functional_call

from dubito.merge.composed import Composed
from dubito.merge.task_arithmetic import GroupedArithmetic, by_module
from dubito.merge.tensors import State, check_alike, wide
from dubito.nn.divergences import jensen_shannon

Call = Callable[..., Any]  # the model with some weights; takes what the model takes
Read = Callable[[Call, Any], Tensor]  # a batch of inputs -> logits [N, V]
Divergence = Callable[[Tensor, Tensor], Tensor]  # of expert and merged, [N, V], [N, V] -> [N]

Pair = tuple[Any, Tensor]  # a batch, and what its expert says of it
Gap = Callable[[State, Any, Tensor], Tensor]  # weights and a pair -> divergence of each row [N]


def only_output(call: Call, rows: Tensor) -> Tensor:
    """The logits of a plain classifier, [N, ...] -> [N, V]."""
    return call(rows)


def next_tokens(call: Call, batch: tuple[Tensor, Tensor]) -> Tensor:
    """A Hugging Face model's logits for chosen tokens, given what precedes each: [N, V].

    The batch: tokens [B, T], padded on the right, and which are the answer's, bool [B, T].
    """
    tokens, chosen = batch
    return call(input_ids=tokens).logits[:, :-1][chosen[:, 1:]]


@dataclass
class DivMerge:
    """Learns a scale for each expert and group of tensors from inputs without labels.

    Minimises the sum over tasks of the mean divergence, on that task's own inputs, between its
    expert's distribution and the merged model's. Scales may be negative and exceed 1.
    Groups are layers by default; `one_group` learns one scale a task.
    Differs: start 1 / T, Adam, its rate and its number of steps are our completion.

    Attributes:
        rule_: what was learnt, to merge by.
        divergences_: of each task at the end, nats [T]; for Jensen-Shannon in [0, log 2], higher
            where a task suffers more from the others.
    """

    group: Callable[[str], str] = by_module
    divergence: Divergence = jensen_shannon
    steps: int = 200
    rate: float = 1e-2
    rule_: GroupedArithmetic = field(init=False)
    divergences_: tuple[float, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Refuse a training that goes nowhere."""
        if self.steps < 0 or not self.rate > 0:
            raise ValueError(
                f"steps must be at least 0 and rate above 0, got {self.steps} and {self.rate}"
            )

    def fit(
        self,
        model: nn.Module,
        experts: Sequence[State],
        inputs: Sequence[Sequence[Any]],
        *,
        read: Read = only_output,
    ) -> Self:
        """Learn the scales; the model holds the base's weights and is left as it is.

        `inputs` are batches for each task; every step takes the next one of each. `read` says
        how a batch becomes logits. Experts with heads of their own: merge the trunk only, and
        `read` with the expert's head.
        """
        base = {name: p.detach() for name, p in model.named_parameters()}
        ready(model, experts, inputs)
        check_alike(base, [{n: e[n] for n in base if n in e} for e in experts])
        compose = Composed.of(base, experts, self.group)
        targets = [expert_logp(model, *pair, read) for pair in zip(experts, inputs, strict=True)]
        tasks = [list(zip(*pair, strict=True)) for pair in zip(inputs, targets, strict=True)]

        def gap(weights: State, batch: Any, target: Tensor) -> Tensor:
            return self.divergence(target, logp(partial(called, model, weights), batch, read))

        scales = self.learnt(compose, gap, tasks)
        with torch.no_grad():
            weights = compose(scales)
            self.divergences_ = tuple(
                float(torch.cat([gap(weights, *pair) for pair in pairs]).mean()) for pairs in tasks
            )
        rows = zip(compose.groups, map(tuple, scales.tolist()), strict=True)
        self.rule_ = GroupedArithmetic(dict(rows), self.group)
        return self

    def learnt(self, compose: Composed, gap: Gap, tasks: Sequence[Sequence[Pair]]) -> Tensor:
        """The scales [G, T] after all steps."""
        scales = compose.average().requires_grad_(True)
        optimiser = torch.optim.Adam([scales], lr=self.rate)
        for step in range(self.steps):
            weights = compose(scales)
            loss = torch.stack(
                [gap(weights, *pairs[step % len(pairs)]).mean() for pairs in tasks]
            ).sum()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        return scales.detach()


def called(model: nn.Module, weights: State, *args: Any, **named: Any) -> Any:
    """The model's output with other weights."""
    return functional_call(model, dict(weights), args, named)


def logp(call: Call, batch: Any, read: Read) -> Tensor:
    """Log-probabilities in single precision or better, [N, V]."""
    logits = read(call, batch)
    return logits.to(wide(logits.dtype)).log_softmax(dim=-1)


@torch.no_grad()
def expert_logp(
    model: nn.Module, expert: State, batches: Sequence[Any], read: Read
) -> list[Tensor]:
    """What an expert says of its task's inputs; its buffers count too."""
    own = [n for n, _ in (*model.named_parameters(), *model.named_buffers()) if n in expert]
    weights = {name: expert[name] for name in own}
    return [logp(partial(called, model, weights), batch, read) for batch in batches]


def ready(model: nn.Module, experts: Sequence[State], inputs: Sequence[Sequence[Any]]) -> None:
    """Refuse what cannot be learnt from."""
    if model.training:
        raise ValueError("the model is in training, where dropout adds noise; call model.eval()")
    if len(inputs) != len(experts) or not all(len(batches) for batches in inputs):
        sizes = [len(batches) for batches in inputs]
        raise ValueError(
            f"{len(experts)} experts and inputs of {sizes} batches; give each task its own inputs"
        )

"""TAG [malviya2022]: steps that shrink where a new task pulls against what old tasks stand on."""

import math
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, overload

import torch
from torch import Tensor
from torch.optim import Optimizer

from dubito.nn.flat_weights import unit_or_zero


class StepRule(NamedTuple):
    """V <- keep V + add g^2; the step is along g, with `momentum` along the corrected mean M."""

    keep: float
    add: float
    momentum: bool = False


RMS = StepRule(0.99, 0.01)
ADAGRAD = StepRule(1.0, 1.0)
ADAM = StepRule(0.999, 0.001, momentum=True)  # both moments corrected for their start at 0


class TAG(Optimizer):
    """RMSProp, Adagrad or Adam for tasks that come one after another; no old data is kept.

    Call `end_task` after each. Of a task that has ended every tensor keeps its V and the direction
    of its mean gradient M: two copies of the model a task. A step divides by the root of
    sum_tau exp(-b c_tau) V_tau, where c_tau in [-1, 1] is the cosine of M with task tau's, tensor
    by tensor, and 1 with its own: an opposed task nearly stops what mattered to it, one that agrees
    leaves larger steps. In the first task it is the rule itself.

    From the second task on steps are about exp(b / 2) times longer, so take a tenth of the rule's
    rate. A tensor that no old task reached, such as a new head (`add_param_group`), also has the
    factor exp(-b). One without gradient stays as it is. The price is that each task is learnt a
    little less well.

    Differs: corrections for the start at 0 count the steps of the present task, whose moments
    start afresh.

    Raises:
        ValueError: a rate, b, beta or eps that no step can have.
    """

    def __init__(
        self,
        params: Iterable[Any] | None = None,
        lr: float = 2.5e-4,
        *,
        b: float = 5.0,
        rule: StepRule = RMS,
        beta: float = 0.9,
        eps: float = 1e-8,
    ) -> None:
        if not (lr >= 0 and b >= 0 and 0 <= beta < 1 and eps >= 0):
            raise ValueError(
                "lr, b and eps must be at least 0 and beta lie in [0, 1), "
                f"got {lr}, {b}, {eps} and {beta}"
            )
        settings = {"lr": lr, "b": b, "rule": tuple(rule), "beta": beta, "eps": eps, "ended": 0}
        super().__init__([{"params": []}] if params is None else params, settings)

    @property
    def ended(self) -> int:
        """How many tasks have ended."""
        return max(group["ended"] for group in self.param_groups)  # a group may be new

    @overload
    def step(self, closure: None = None) -> None: ...
    @overload
    def step(self, closure: Callable[[], float]) -> float: ...
    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        """One step of all tensors that have a gradient; what the closure says."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        ended = self.ended
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    self.move(p, p.grad, {**group, "ended": ended})
        return loss

    def move(self, p: Tensor, grad: Tensor, group: dict[str, Any]) -> None:
        """One step of one tensor."""
        if grad.is_sparse:
            raise ValueError(
                f"a sparse gradient of {[*grad.shape]}; give sparse=False to the layer"
            )
        rule, state = StepRule(*group["rule"]), self.begun(p)
        state["step"] += 1
        state["mean"].lerp_(grad, 1 - group["beta"])
        state["square"].mul_(rule.keep).addcmul_(grad, grad, value=rule.add)
        spread = accumulated(state, group["b"]) if group["ended"] else state["square"]
        along, scale = grad, 1.0
        if rule.momentum:
            along = state["mean"] / (1 - group["beta"] ** state["step"])
            scale = (1 - rule.keep ** state["step"]) ** 0.5
        p.addcdiv_(along, spread.sqrt().div_(scale).add_(group["eps"]), value=-group["lr"])

    def begun(self, p: Tensor) -> dict[str, Any]:
        """What is kept of a tensor, from its first gradient on."""
        state = self.state[p]
        if not state:
            state |= {"step": 0, "mean": torch.zeros_like(p), "square": torch.zeros_like(p)}
            none = p.new_empty(0, *p.shape)  # [K, ...] of the K old tasks that reached it
            state |= {"directions": none, "squares": none.clone(), "tasks": []}
        return state

    @torch.no_grad()
    def end_task(self) -> None:
        """Freeze what was seen since the last end; the next step is of another task.

        Raises:
            ValueError: no step since.
        """
        states = [s for g in self.param_groups for p in g["params"] if (s := self.state[p])]
        seen = [state for state in states if state["step"]]
        if not seen:
            raise ValueError("no step since the last task ended; call it once, after training")
        for state in seen:
            mean = state["mean"]
            direction = unit_or_zero(mean.flatten()).view_as(mean)
            state["directions"] = torch.cat([state["directions"], direction[None]])
            state["squares"] = torch.cat([state["squares"], state["square"][None]])
            state["tasks"].append(self.ended)
            state["step"] = 0
            mean.zero_()
            state["square"].zero_()
        ended = self.ended + 1
        for group in self.param_groups:
            group["ended"] = ended

    @torch.no_grad()
    def cosines(self) -> list[Tensor]:
        """How far the present task goes along with each that ended, of each tensor [K]; in [-1, 1].

        NaN where either has no gradient of the tensor.
        """
        found = []
        for group in self.param_groups:
            for p in group["params"]:
                row, state = p.new_full((self.ended,), torch.nan), self.state[p]
                if state and bool(state["mean"].any()):
                    row[state["tasks"]] = agreement(state)
                found.append(row)
        return found


def accumulated(state: dict[str, Any], b: float) -> Tensor:
    """sum_tau exp(-b c_tau) V_tau, the present task among them, elementwise."""
    weights = (-b * agreement(state)).exp()  # [K]
    old = torch.tensordot(weights, state["squares"], dims=1)
    return old.add_(state["square"], alpha=math.exp(-b))


def agreement(state: dict[str, Any]) -> Tensor:
    """Cosines of one tensor's mean gradient with those of K old tasks, [K]; 0 where it is 0."""
    return (state["directions"].flatten(1) @ unit_or_zero(state["mean"].flatten())).clamp_(-1, 1)

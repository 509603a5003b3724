"""Pieces of this room on the trainers of TRL: at most one for each place where a method acts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from dubito.extras import require

require("trl", extra="train")
from trl.trainer.dpo_trainer import DPOTrainer  # noqa: E402
from trl.trainer.grpo_trainer import GRPOTrainer  # noqa: E402


@dataclass(frozen=True)
class Rollout:
    """What was drawn and graded, before anything is learnt from it; B completions in all."""

    tokens: Tensor  # int [B, T]
    mask: Tensor  # bool [B, T] what the policy wrote
    advantages: Tensor  # [B]
    entropies: Callable[[], Tensor]  # -> [B, T] nats, of the sampling policy; costs a pass


@dataclass(frozen=True)
class Learning:
    """What the policy makes of a batch while it learns from it, to be learnt through."""

    mask: Tensor  # bool [B, T] what the policy wrote
    logprobs: Tensor  # [B, T] nats, of the tokens
    reference: Tensor | None  # [B, T] the same of the reference; None where beta is 0
    logits: Callable[[], Tensor]  # -> [B, T, V] at the temperature of sampling; costs a pass

    @property
    def log_ratios(self) -> Tensor:
        """log pi - log pi_ref of each token, [B, T].

        Raises:
            ValueError: there is no reference.
        """
        if self.reference is None:
            raise ValueError(
                "there is no reference model; set beta in GRPOConfig above 0 (and kl_weight to "
                "zeros where its own KL is not wanted)"
            )
        return self.logprobs - self.reference


@dataclass(frozen=True)
class Pieces:
    """What is put in which place; rewards go to the trainer as reward functions, as ever."""

    # Advantages [B] or [B, T] instead of the group's.
    advantages: Callable[[Rollout], Tensor] | None = None
    # How much each completion's KL counts, [B]; 1 is TRL's own.
    kl_weight: Callable[[Rollout], Tensor] | None = None
    # A scalar to add to the loss.
    term: Callable[[Learning], Tensor] | None = None


class ComposedGRPOTrainer(GRPOTrainer):
    """TRL's GRPOTrainer with pieces; without one it is TRL's own, bit for bit.

    `advantages` and `kl_weight` are called once for each batch that is generated, after the reward
    functions; so a piece may use what a reward has kept of this batch. `term` is called in each
    loss, and is divided by the steps of accumulation as the loss is.

    Raises:
        ValueError: kl_weight without a KL (beta 0), or a piece that looks at the whole batch on
            several processes, of which each would see its own part.
    """

    def __init__(self, *arguments: Any, pieces: Pieces, **options: Any) -> None:
        super().__init__(*arguments, **options)
        if pieces.kl_weight is not None and self.beta == 0:
            raise ValueError("kl_weight weighs the KL, but beta is 0; set beta in GRPOConfig")
        if pieces.advantages is not None and self.accelerator.num_processes > 1:
            raise ValueError(
                "advantages look at the whole batch, but it is spread over "
                f"{self.accelerator.num_processes} processes; train with one"
            )
        self.pieces = pieces

    def _generate_and_score_completions(self, inputs: Any) -> dict[str, Any]:
        batch = super()._generate_and_score_completions(inputs)
        rollout = Rollout(
            batch["completion_ids"],
            written(batch),
            batch["advantages"],
            lambda: self.entropies(batch),
        )
        if self.pieces.advantages is not None:
            batch["advantages"] = self.pieces.advantages(rollout)
        if self.pieces.kl_weight is not None:
            batch["kl_weight"] = self.pieces.kl_weight(rollout)
        return batch

    def _compute_loss(self, model: Any, inputs: dict[str, Any]) -> Tensor:
        watched, beta = Watched(model), self.beta
        if "kl_weight" in inputs:
            self.beta = RowWise(beta, inputs["kl_weight"])
        try:
            loss = super()._compute_loss(watched, inputs)
            if isinstance(self.beta, RowWise) and not self.beta.applied:
                raise RuntimeError(
                    "this version of TRL takes the KL elsewhere; leave out kl_weight"
                )
        finally:
            self.beta = beta
        if self.pieces.term is None:
            return loss
        length = inputs["completion_ids"].shape[1]
        learning = Learning(
            written(inputs),
            watched.outputs[0].log_probs[:, -length:],
            inputs.get("ref_per_token_logps"),
            lambda: self.logits(model, inputs),
        )
        shares = self.current_gradient_accumulation_steps if model.training else 1
        return loss + self.pieces.term(learning) / shares

    def logits(self, model: Any, batch: Mapping[str, Tensor]) -> Tensor:
        """Of the completions' tokens, at the temperature of sampling; [B, T, V]."""
        text, attention = whole(batch)
        length = batch["completion_ids"].shape[1]
        with self.accelerator.autocast():
            logits = model(input_ids=text, attention_mask=attention, logits_to_keep=length + 1)
        return logits.logits[:, :-1] / self.temperature

    @torch.no_grad()
    def entropies(self, batch: Mapping[str, Tensor]) -> Tensor:
        """Of the completions' tokens, nats, at the temperature of sampling; [B, T]."""
        text, attention = whole(batch)
        length, rows = batch["completion_ids"].shape[1], self.args.per_device_train_batch_size
        _, entropies, _ = self._get_per_token_logps_and_entropies(
            self.model, text, attention, length, batch_size=rows, compute_entropy=True
        )
        return entropies


class ComposedDPOTrainer(DPOTrainer):
    """TRL's DPOTrainer with one more term, of the log-ratios of chosen and rejected answers.

    `term` takes log pi - log pi_ref of both, summed over tokens, [B] and [B], and gives a scalar:
    `lambda chosen, _rejected: VPO(beta=0.1).caution(chosen)`, with the beta of the DPOConfig. Set
    `precompute_ref_log_probs=True` there, so that the reference comes with the batch.

    Raises:
        ValueError: it does not, or ld_alpha weighs long answers down, which the term does not.
    """

    def __init__(
        self, *arguments: Any, term: Callable[[Tensor, Tensor], Tensor], **options: Any
    ) -> None:
        super().__init__(*arguments, **options)
        if not self.precompute_ref_logps or self.ld_alpha is not None:
            raise ValueError(
                "the term needs precompute_ref_log_probs=True and no ld_alpha in DPOConfig, got "
                f"{self.precompute_ref_logps} and {self.ld_alpha}"
            )
        self.term = term

    def _compute_loss(self, model: Any, inputs: dict[str, Any], return_outputs: bool) -> Any:
        watched = Watched(model)
        found = super()._compute_loss(watched, inputs, return_outputs)
        chosen, rejected = watched.outputs[0].log_probs.sum(dim=1).chunk(2)  # [B], [B]
        ratios = chosen - inputs["ref_chosen_logps"], rejected - inputs["ref_rejected_logps"]
        added = self.term(*ratios)
        return (found[0] + added, found[1]) if return_outputs else found + added


@dataclass
class Watched:
    """Calls a model, and keeps what it gave."""

    model: Callable[..., Any]
    outputs: list[Any] = field(default_factory=list)

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        """What the model gives."""
        self.outputs.append(self.model(*arguments, **options))
        return self.outputs[-1]


class RowWise(float):
    """A KL coefficient with a weight for each row: times KL [B, T] it is beta w_b KL_bt.

    TRL multiplies its beta with the KL of each token, and then averages as its loss type asks.
    """

    weight: Tensor  # [B]
    applied: bool = False

    def __new__(cls, beta: float, weight: Tensor) -> "RowWise":
        """Beta as ever, with weights."""
        made = super().__new__(cls, beta)
        made.weight = weight
        return made

    def __mul__(self, kl: Tensor) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        self.applied = True
        return float(self) * self.weight[:, None] * kl


def written(batch: Mapping[str, Tensor]) -> Tensor:
    """What the policy wrote, without what tools said; bool [B, T]."""
    mask = batch["completion_mask"].bool()
    return mask & batch["tool_mask"].bool() if "tool_mask" in batch else mask


def whole(batch: Mapping[str, Tensor]) -> tuple[Tensor, Tensor]:
    """Prompts with their completions, and what of them is no padding.

    Raises:
        ValueError: there are pictures too.
    """
    if "pixel_values" in batch:
        raise ValueError("entropies and logits are of text alone; leave the pictures out")
    return (
        torch.cat([batch["prompt_ids"], batch["completion_ids"]], dim=1),
        torch.cat([batch["prompt_mask"], batch["completion_mask"]], dim=1),
    )

"""Pieces of this room on TRL's GRPOTrainer: at most one for each place where a method acts."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache, partial
from typing import Any, cast

import torch
from torch import Tensor

from dubito.align.pieces import Learning, Pieces, Rollout, checked, checked_rows, scalar
from dubito.align.trl_batch import Watched, groups_of, joined, whole, without, written
from dubito.extras import require

require("trl", extra="train")
from trl.trainer.grpo_trainer import GRPOTrainer  # noqa: E402

Scored = Callable[[], tuple[Tensor, Tensor]]  # log-probabilities and entropies, nats, [B, T] each


class ComposedGRPOTrainer(GRPOTrainer):
    """TRL's GRPOTrainer with pieces; without one it is TRL's own, bit for bit.

    `term` is called in each loss, and is divided by the steps of accumulation as the loss is. The
    others are called once for each batch that is generated, in evaluation too, after the reward
    functions; so a piece may use what a reward has kept of this batch. Where a batch holds no token
    to learn from, no piece is asked.

    `token_weight` multiplies the advantages. As min(r w A, clip(r) w A) = w min(r A, clip(r) A) for
    w >= 0, that weighs each token's policy loss, clipped or not; other loss types are linear in an
    A of one sign. The KL keeps its own weight, and all tokens still count in whatever the loss
    type divides by.

    A row that `keep` leaves out is masked, as TRL masks truncated answers: no policy loss, no KL,
    no entropy bonus, no term. Advantages were made before. Losses of type bnpo, dapo, cispo and
    vespo then divide by the tokens that are left; grpo, sapo and luspo still by all rows, dr_grpo
    by the greatest length of all rows.

    `replay` acts in training alone. It costs a pass for each batch, to keep the log-probabilities
    of the policy that drew it. Those weigh a replayed row's policy loss, and its KL too where
    `use_bias_correction_kl` is set, as TRL has it. A term sees replayed rows like any other.

    Raises:
        ValueError: what `Pieces.refuse` refuses; replay with a reference that moves; and while
            training, a piece that gives another shape, or weights that are negative or not finite.
    """

    def __init__(self, *arguments: Any, pieces: Pieces, **options: Any) -> None:
        super().__init__(*arguments, **options)
        pieces.refuse(beta=self.beta, processes=self.accelerator.num_processes)
        if pieces.replay is not None and cast(Any, self.args).sync_ref_model:
            raise ValueError(
                "replay keeps the reference's log-probabilities, but sync_ref_model moves it; "
                "set sync_ref_model=False"
            )
        self.pieces = pieces

    def _generate_and_score_completions(self, inputs: Any) -> dict[str, Any]:
        batch = super()._generate_and_score_completions(inputs)
        model: Any = self.model
        size = cast(int, self.num_generations if model.training else self.num_generations_eval)
        scored = cache(partial(self.scored, batch))  # a pass, made once if anybody asks
        batch = self.placed(batch, size, scored)
        if self.pieces.replay is None or not model.training:
            return batch
        return self.replayed(batch, size, scored)

    def placed(self, batch: dict[str, Any], size: int, scored: Scored) -> dict[str, Any]:
        """The batch after the pieces that are shown a rollout."""
        pieces, rows = self.pieces, len(batch["completion_ids"])
        rollout = Rollout(
            batch["completion_ids"],
            written(batch),
            batch["advantages"],
            lambda: scored()[1],
            size,
        )
        told = dict(batch)
        if pieces.keep is not None and rollout.mask.any():
            kept = checked_rows("keep", pieces.keep(rollout), rows)
            self.note("kept", kept.double().mean())
            told = without(batch, kept)
            rollout = replace(rollout, mask=written(told))
        if not rollout.mask.any():
            # Replay may put this batch beside others: it has what they have.
            ones = torch.ones(rows, device=rollout.mask.device)
            return told if pieces.kl_weight is None else {**told, "kl_weight": ones}
        shape = tuple(rollout.mask.shape)
        if pieces.advantages is not None:
            moved = checked("advantages", pieces.advantages(rollout), (rows,), shape)
            rollout = replace(rollout, advantages=moved)
        told["advantages"] = rollout.advantages
        if pieces.token_weight is not None:
            weight = checked("token_weight", pieces.token_weight(rollout), shape, least=0)
            told["advantages"] = weight * rollout.advantages.reshape(rows, -1)  # [B, T]
        if pieces.kl_weight is not None:
            told["kl_weight"] = checked("kl_weight", pieces.kl_weight(rollout), (rows,), least=0)
        return told

    def replayed(self, batch: dict[str, Any], size: int, scored: Scored) -> dict[str, Any]:
        """The batch with earlier groups where it teaches nothing; the same one where it does."""
        assert self.pieces.replay is not None
        name = "old_per_token_logps"  # TRL leaves them out where it learns from a batch but once
        full = batch if name in batch else {**batch, name: scored()[0]}
        fresh = groups_of(full, size)
        mixed = self.pieces.replay.exchange(fresh)
        changed = [new is not old for new, old in zip(fresh, mixed, strict=True)]
        self.note("replayed", torch.tensor(changed).double().mean())
        return joined(mixed) if any(changed) else batch

    def note(self, name: str, value: Tensor) -> None:
        """Into the log, where TRL takes means."""
        model: Any = self.model
        self._metrics["train" if model.training else "eval"][name].append(value.item())

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
        mask = written(inputs)
        if self.pieces.term is None or not mask.any():
            return loss
        learning = Learning(
            mask,
            watched.outputs[0].log_probs[:, -mask.shape[1] :],
            inputs.get("ref_per_token_logps"),
            lambda: self.logits(model, inputs),
        )
        shares = self.current_gradient_accumulation_steps if model.training else 1
        return loss + scalar(self.pieces.term(learning)) / shares

    def logits(self, model: Any, batch: Mapping[str, Tensor]) -> Tensor:
        """Of the completions' tokens, at the temperature of sampling; [B, T, V]."""
        text, attention = whole(batch)
        length = batch["completion_ids"].shape[1]
        with self.accelerator.autocast():
            logits = model(input_ids=text, attention_mask=attention, logits_to_keep=length + 1)
        return logits.logits[:, :-1] / self.temperature

    @torch.no_grad()
    def scored(self, batch: Mapping[str, Tensor]) -> tuple[Tensor, Tensor]:
        """Log-probabilities and entropies of the completions' tokens, nats, both [B, T]."""
        text, attention = whole(batch)
        length, rows = batch["completion_ids"].shape[1], self.args.per_device_train_batch_size
        logprobs, entropies, _ = self._get_per_token_logps_and_entropies(
            self.model, text, attention, length, batch_size=rows, compute_entropy=True
        )
        assert entropies is not None
        return logprobs, entropies


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

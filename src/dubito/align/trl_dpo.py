"""Pieces of this room on TRL's DPOTrainer: a weight for each pair, and one more term."""

import copy
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, cast

import torch
from torch import Tensor

from dubito.align.pieces import checked, scalar
from dubito.align.trl_batch import Beside, Watched
from dubito.extras import require

require("trl", extra="train")
from trl.trainer.dpo_trainer import DPOTrainer  # noqa: E402

# (chosen, rejected), the log-ratios log pi - log pi_ref of B pairs, summed over tokens, [B] each;
# and by name the columns of the data that were asked for, [B] each.
OfPairs = Callable[..., Tensor]
TRLS = {"prompt_ids", "chosen_ids", "rejected_ids", "ref_chosen_logps", "ref_rejected_logps"} | {
    "input_ids", "attention_mask", "completion_mask",
}  # fmt: skip


class ComposedDPOTrainer(DPOTrainer):
    """TRL's DPOTrainer with pieces that read log-ratios; without one it is TRL's own, bit for bit.

    Both take log pi - log pi_ref of the chosen and of the rejected answers, summed over tokens,
    [B] and [B]. Set `precompute_ref_log_probs=True`, so that the reference comes with the batch.

    `pair_weight` says how much is learnt from each pair, [B] >= 0, from log-ratios without a
    graph; 0 leaves it out for now. It multiplies the pair's slope and does not divide: the mean
    stays one over B pairs, and where all weights are 0 nothing moves. The loss that is logged is
    still that of all pairs alike, with the mean weight beside it as `pair_weight`. What is known
    before training, such as how far reward models disagree, takes pairs out of the dataset itself:
    `dataset.select(surest(doubt, 0.8).nonzero()[:, 0].tolist())`. What is known of a pair and
    should weigh, not choose, comes by `columns`: numbers of the dataset, which both pieces then
    take by name.

    `term` gives a scalar to add, of all pairs whatever they weigh:
    `lambda chosen, _rejected: VPO(beta=0.1).caution(chosen)`, with the beta of the DPOConfig. It
    may ask the model for more: online, VPO's curiosity is about answers of the reference, which
    are in no pair and cost a pass of their own.

    Raises:
        ValueError: no such log-probabilities; columns that TRL uses itself; ld_alpha, which weighs
            long answers down as the pieces do not; weights with a loss that sorts pairs (aot); and
            while training, a column that the data lacks, a piece that gives another shape, or
            weights that are negative or not finite.
    """

    def __init__(
        self,
        *arguments: Any,
        term: OfPairs | None = None,
        pair_weight: OfPairs | None = None,
        columns: Sequence[str] = (),
        **options: Any,
    ) -> None:
        if taken := sorted(TRLS & {*columns}):
            raise ValueError(f"columns {taken} are TRL's own; rename them in the dataset")
        self.columns = (*columns,)
        super().__init__(*arguments, **options)
        needed = term is not None or pair_weight is not None
        if needed and (not self.precompute_ref_logps or self.ld_alpha is not None):
            raise ValueError(
                "log-ratios need precompute_ref_log_probs=True and no ld_alpha in DPOConfig, got "
                f"{self.precompute_ref_logps} and {self.ld_alpha}"
            )
        sorting = {"aot", "aot_unpaired"} & set(self.loss_types)
        if pair_weight is not None and sorting:
            raise ValueError(
                f"{', '.join(sorted(sorting))} sorts the pairs of a batch, so that none has a loss "
                "of its own; leave out pair_weight, or set another loss_type"
            )
        self.term, self.pair_weight = term, pair_weight
        if self.columns:
            self.data_collator = Beside(self.data_collator, self.columns)

    def _set_signature_columns_if_needed(self) -> None:
        super()._set_signature_columns_if_needed()
        self._signature_columns = [*dict.fromkeys([*self._signature_columns, *self.columns])]

    def compute_ref_log_probs(self, model: Any, inputs: dict[str, Any]) -> Any:
        """Of the reference, which is not shown our columns."""
        return super().compute_ref_log_probs(model, self.without_columns(inputs))

    def without_columns(self, inputs: dict[str, Any]) -> dict[str, Any]:
        """What TRL knows."""
        return {name: value for name, value in inputs.items() if name not in self.columns}

    def _compute_loss(self, model: Any, inputs: dict[str, Any], return_outputs: bool) -> Any:
        weigh = None if self.pair_weight is None else partial(self.weighed, inputs)
        watched = Watched(model) if weigh is None else Watched(model, weigh)
        found = super()._compute_loss(watched, self.without_columns(inputs), return_outputs)
        if self.term is None:
            return found
        added = scalar(self.asked(self.term, watched.outputs[0], inputs))
        return (found[0] + added, found[1]) if return_outputs else found + added

    def weighed(self, inputs: dict[str, Any], output: Any) -> Any:
        """The model's output, through which each pair is felt as much as it weighs."""
        assert self.pair_weight is not None
        with torch.no_grad():
            found = self.asked(self.pair_weight, output, inputs)
        weight = checked("pair_weight", found, (len(output.log_probs) // 2,), least=0)
        model: Any = self.model
        told = cast(Tensor, self.accelerator.gather(weight)).double().mean()
        self._metrics["train" if model.training else "eval"]["pair_weight"].append(told.item())
        shown = copy.copy(output)
        shown.log_probs = felt(output.log_probs, torch.cat([weight, weight]))
        return shown

    def asked(self, piece: OfPairs, output: Any, inputs: dict[str, Any]) -> Tensor:
        """What a piece makes of the log-ratios and of our columns."""
        return piece(*log_ratios(output, inputs), **{name: inputs[name] for name in self.columns})


def log_ratios(output: Any, inputs: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
    """log pi - log pi_ref of the chosen and the rejected answers, [B] each."""
    chosen, rejected = output.log_probs.sum(dim=1).chunk(2)  # [B], [B]
    return chosen - inputs["ref_chosen_logps"], rejected - inputs["ref_rejected_logps"]


def felt(values: Tensor, weight: Tensor) -> Tensor:
    """The same values, with slopes that are multiplied by each row's weight; [B, T], [B]."""
    through = values.view_as(values)
    if through.requires_grad:
        # 0 times an infinite slope would be NaN.
        through.register_hook(
            lambda slope: torch.where(weight[:, None] > 0, slope * weight[:, None], 0.0)
        )
    return through

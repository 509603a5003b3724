"""SWAG for a transformers Trainer: snapshots while it trains."""

from typing import Any

from torch import nn
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from dubito.posterior.swag import SWAG


class CollectWeights(TrainerCallback):
    """Takes a snapshot into `swag` every so many steps of the optimiser, from step `start` on.

    Train with `lr_scheduler_type="constant"`: with a rate that falls there is no spread.
    """

    def __init__(self, swag: SWAG, *, every: int, start: int = 0) -> None:
        if every < 1 or start < 0:
            raise ValueError(
                f"every must be at least 1 and start at least 0, got {every} and {start}"
            )
        self.swag = swag
        self.every = every
        self.start = start

    def on_step_end(
        self,
        args: TrainingArguments,  # noqa: ARG002
        state: TrainerState,
        control: TrainerControl,  # noqa: ARG002
        model: nn.Module | None = None,
        **kwargs: Any,  # noqa: ARG002
    ) -> None:
        """A snapshot where it is due."""
        past = state.global_step - self.start
        if model is not None and past >= 0 and past % self.every == 0:
            self.swag.collect(model)

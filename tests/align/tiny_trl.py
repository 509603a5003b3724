"""Tiny trainers of TRL, stock and composed: two steps on four prompts, in a blink."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from tiny import tiny_model, tiny_tokenizer
from torch import Tensor
from transformers import AutoModelForCausalLM
from trl.trainer.dpo_config import DPOConfig
from trl.trainer.dpo_trainer import DPOTrainer
from trl.trainer.grpo_config import GRPOConfig
from trl.trainer.grpo_trainer import GRPOTrainer

from dubito.align.pieces import Learning, Pieces
from dubito.align.trl_dpo import ComposedDPOTrainer
from dubito.align.trl_grpo import ComposedGRPOTrainer

PROMPTS = Dataset.from_list([{"prompt": p} for p in ("one", "two and", "three", "four")])
PAIRS = Dataset.from_list(
    [
        {"prompt": p, "chosen": f" {p} yes", "rejected": " no, no"}
        for p in ("one", "two and", "three", "four")
    ]
)


def early(completions: Sequence[str], **_columns: Any) -> list[float]:
    """Characters early in the alphabet are good; hardly two completions are alike."""
    return [-sum(ord(c) for c in text) / 1000 for text in completions]


def settings(folder: Path, **changes: Any) -> dict[str, Any]:
    return {
        "output_dir": str(folder),
        "max_steps": 2,
        "per_device_train_batch_size": 4,
        "logging_steps": 1,
        "learning_rate": 1e-3,
        "save_strategy": "no",
        "report_to": "none",
        "bf16": False,
        "use_cpu": True,
        "dataloader_pin_memory": False,
        "activation_checkpointing": False,
        "disable_tqdm": True,
        **changes,
    }


def parts(folder: Path) -> dict[str, Any]:
    tokenizer = tiny_tokenizer(chat=False)
    tokenizer.add_special_tokens({"pad_token": "<|pad|>"})
    tokenizer.padding_side = "left"
    tiny_model(len(tokenizer)).save_pretrained(folder)  # where TRL looks for the reference
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    return {"model": model, "processing_class": tokenizer}


def grpo(
    folder: Path, pieces: Pieces | None = None, *, reward: Any = early, **changes: Any
) -> GRPOTrainer:
    """A trained trainer: TRL's own without pieces."""
    arguments = GRPOConfig(
        **settings(folder, num_generations=2, max_completion_length=6, **changes)
    )
    rest = {"reward_funcs": reward, "args": arguments, "train_dataset": PROMPTS, **parts(folder)}
    trainer = GRPOTrainer(**rest) if pieces is None else ComposedGRPOTrainer(**rest, pieces=pieces)
    trainer.train()
    return trainer


def dpo(
    folder: Path,
    pieces: dict[str, Any] | None = None,
    *,
    pairs: Dataset = PAIRS,
    made: dict[str, Any] | None = None,
    **changes: Any,
) -> DPOTrainer:
    """A trained trainer: TRL's own without pieces; `made` is the model with its tokenizer."""
    known = {"precompute_ref_log_probs": True, "max_length": 32, "beta": 0.2, **changes}
    arguments = DPOConfig(**settings(folder, **known))
    rest = {"args": arguments, "train_dataset": pairs, **(made or parts(folder))}
    trainer = DPOTrainer(**rest) if pieces is None else ComposedDPOTrainer(**rest, **pieces)
    trainer.train()
    return trainer


def losses(trainer: GRPOTrainer | DPOTrainer) -> list[float]:
    return [log["loss"] for log in trainer.state.log_history if "loss" in log]


def same_weights(a: Any, b: Any) -> bool:
    pairs = zip(a.model.parameters(), b.model.parameters(), strict=True)
    return all(torch.equal(p, q) for p, q in pairs)


def logged(trainer: Any, name: str) -> list[float]:
    """One number of each step."""
    return [log[name] for log in trainer.state.log_history if name in log]


class Seen:
    """A term that adds `pull` times the mean log-probability, and keeps what it was shown."""

    def __init__(self, pull: float = 0.0) -> None:
        self.pull, self.shown = pull, []

    def __call__(self, learning: Learning) -> Tensor:
        kept = {"logprobs": learning.logprobs.detach().clone(), "mask": learning.mask.clone()}
        if learning.reference is not None:
            kept["ratios"] = learning.log_ratios.detach().clone()
        self.shown.append(kept)
        return self.pull * learning.logprobs.mean()


def surrogate(logprobs: Tensor, old: Tensor, advantages: Tensor, clip: float) -> Tensor:
    """min(r A, clip(r) A) of each token."""
    ratio = (logprobs - old).exp()
    return torch.minimum(ratio * advantages, ratio.clamp(1 - clip, 1 + clip) * advantages)

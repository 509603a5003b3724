"""Rewards that doubt themselves where TRL asks for them: as a reward function, and in the KL."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from datasets import Dataset
from tiny import tiny_model, tiny_tokenizer
from torch import Tensor
from transformers import AutoModelForCausalLM
from trl.trainer.grpo_config import GRPOConfig

from dubito.align.kl_terms import masked_mean, squared
from dubito.align.penalty import DisagreementPenalty
from dubito.align.pieces import Learning, Pieces, Rollout
from dubito.align.reward_ensemble import EnsembleReward
from dubito.align.trl_grpo import ComposedGRPOTrainer
from dubito.align.variance_weights import VarianceWeights

# TRL still says gradient_checkpointing, which transformers has renamed.
pytestmark = pytest.mark.filterwarnings("ignore:.*gradient_checkpointing.*:FutureWarning")


def members(prompts: Sequence[str], completions: Sequence[str], **columns: Any) -> Tensor:
    """Three models that like early letters, and differ the more the later they are."""
    assert len(prompts) == len(columns["country"])
    late = torch.tensor([sum(map(ord, text)) / 1000 for text in completions])
    return -late * torch.tensor([0.5, 1.0, 2.0])[:, None]


def test_reward_penalty_weights_and_term(tmp_path: Path) -> None:
    """Weights follow the variances of the batch just graded; the term is 0 before any step."""
    reward, weights = EnsembleReward(members, DisagreementPenalty()), VarianceWeights()
    given: list[Tensor] = []
    moved: list[Tensor] = []

    def weight(_rollout: Rollout) -> Tensor:
        assert reward.last_ is not None
        given.append(weights(reward.last_.variance))
        return given[-1]

    def term(learning: Learning) -> Tensor:
        distance = masked_mean(squared(learning.log_ratios), learning.mask)
        moved.append(distance.detach())
        return 0.05 * distance

    tokenizer = tiny_tokenizer(chat=False)
    tokenizer.add_special_tokens({"pad_token": "<|pad|>"})
    tokenizer.padding_side = "left"
    tiny_model(len(tokenizer)).save_pretrained(tmp_path)  # where TRL looks for the reference
    trainer = ComposedGRPOTrainer(
        model=AutoModelForCausalLM.from_pretrained(tmp_path, dtype=torch.float32),
        processing_class=tokenizer,
        reward_funcs=reward,
        train_dataset=Dataset.from_list([{"prompt": p, "country": p} for p in ("one", "two")]),
        args=GRPOConfig(
            output_dir=str(tmp_path),
            max_steps=2,
            per_device_train_batch_size=4,
            num_generations=2,
            max_completion_length=6,
            learning_rate=1e-3,
            beta=0.1,
            logging_steps=1,
            save_strategy="no",
            report_to="none",
            bf16=False,
            use_cpu=True,
            dataloader_pin_memory=False,
            activation_checkpointing=False,
            disable_tqdm=True,
        ),
        pieces=Pieces(kl_weight=weight, term=term),
    )
    trainer.train()
    assert [len(w) for w in given] == [4, 4]
    assert given[0].mean() == pytest.approx(1, abs=1e-5)  # nothing is held here
    assert given[0].std() > 0
    assert [float(m) > 1e-8 for m in moved] == [False, True]
    assert reward.shaped.seen_.number == 8

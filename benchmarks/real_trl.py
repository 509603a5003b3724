"""SmolLM2 aligned by GRPO with and without pieces, and by DPO with and without VPO's caution."""

import argparse
import json
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers as hf
from datasets import Dataset
from peft import LoraConfig
from torch import Tensor
from torch.nn.functional import cross_entropy
from trl import DPOConfig, GRPOConfig

from dubito.align import (
    VPO,
    ComposedDPOTrainer,
    ComposedGRPOTrainer,
    Pieces,
    Rollout,
    Siren,
    empg,
)
from dubito.data.facts import capital, facts
from dubito.models.embedded import SMOLLM2, folder_of

STEPS, PAIR_STEPS, LENGTH, SEED = 6, 12, 4, 0
LORA = {
    "r": 8,
    "lora_alpha": 16,
    "target_modules": ["q_proj", "v_proj"],
    "layers_to_transform": list(range(22, 30)),
}
QUIET = {
    "save_strategy": "no",
    "logging_steps": 1,
    "disable_tqdm": True,
    "bf16": False,
    "use_cpu": True,
    "activation_checkpointing": False,
}


def base() -> tuple[Any, Any]:
    """SmolLM2 and its tokenizer."""
    tokenizer = hf.AutoTokenizer.from_pretrained(folder_of(SMOLLM2), padding_side="left")
    model = hf.AutoModelForCausalLM.from_pretrained(folder_of(SMOLLM2), dtype=torch.float32)
    return model, tokenizer


def sums(number: int, seed: int) -> list[dict[str, str]]:
    """Sums of two numbers below 30, after one that is solved."""
    rng = np.random.default_rng(seed)
    pairs = rng.integers(3, 30, size=(number, 2))
    return [{"prompt": f"4 + 9 = 13\n{a} + {b} =", "answer": str(a + b)} for a, b in pairs]


def right(completions: Sequence[str], answer: Sequence[str], **_columns: Any) -> list[float]:
    """1 where the first line says the sum and nothing else."""
    first = [text.strip().split("\n")[0].strip(" .") for text in completions]
    return [float(said == wanted) for said, wanted in zip(first, answer, strict=True)]


@torch.no_grad()
def judged(model: Any, tokenizer: Any, rows: list[dict[str, str]]) -> dict[str, float]:
    """Share of right answers, greedy and drawn, and how many different right draws there are."""
    model.eval()
    batch = tokenizer([row["prompt"] for row in rows], return_tensors="pt", padding=True)
    options = {"max_new_tokens": LENGTH, "pad_token_id": tokenizer.pad_token_id}

    def said(**how: Any) -> list[str]:
        ids = model.generate(**batch, **options, **how)[:, batch.input_ids.shape[1] :]
        return tokenizer.batch_decode(ids, skip_special_tokens=True)

    answers = [row["answer"] for row in rows]
    torch.manual_seed(SEED)
    drawn = [right(said(do_sample=True, temperature=1.0, top_k=0), answers) for _ in range(2)]
    return {
        "greedy": float(np.mean(right(said(do_sample=False), answers))),
        "drawn": float(np.mean(drawn)),
        "right once in 2": float(np.max(drawn, axis=0).mean()),
    }


def aligned(chosen: Pieces) -> dict[str, Any]:
    """What GRPO with these pieces makes of sums."""
    model, tokenizer = base()
    begin = time.perf_counter()
    options = {**QUIET, "max_steps": STEPS, "learning_rate": 2e-4, "max_grad_norm": 1.0}
    arguments = GRPOConfig(
        tempfile.mkdtemp(),
        per_device_train_batch_size=16,
        max_completion_length=LENGTH,
        seed=SEED,
        **options,
    )
    trainer = ComposedGRPOTrainer(
        model,
        right,
        arguments,
        Dataset.from_list(sums(200, seed=1)),
        processing_class=tokenizer,
        peft_config=LoraConfig(**LORA),
        pieces=chosen,
    )
    trainer.train()
    seconds = time.perf_counter() - begin
    logs = [log for log in trainer.state.log_history if "reward" in log]
    return {
        "reward by step": [round(log["reward"], 3) for log in logs],
        "entropy by step": [round(log["entropy"], 3) for log in logs],
        "seconds": round(seconds, 1),
        **judged(trainer.model, tokenizer, sums(24, seed=2)),
    }


def shared(batch: Rollout) -> Tensor:
    """EMPG's advantages; each token is a step."""
    steps = torch.where(batch.mask, batch.mask.cumsum(dim=1) - 1, -1)
    return empg(batch.advantages, batch.entropies(), steps)


def pieces() -> dict[str, Pieces]:
    """None, and one piece at a time."""
    siren = Siren(coefficient=0.05)
    return {
        "grpo": Pieces(),
        "empg": Pieces(advantages=shared),
        "siren": Pieces(term=lambda batch: siren(batch.logits(), batch.mask)),
    }


def policy() -> Iterator[tuple[str, dict[str, Any]]]:
    """Before, stock GRPO, and each piece."""
    yield "before", judged(*base(), sums(24, seed=2))
    for name, chosen in pieces().items():
        yield name, aligned(chosen)


def pairs() -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """Capitals, the right one against another country's: 48 to learn from, 40 to judge."""
    questions = facts(88, kinds=(capital,), seed=1)
    answers = [f" {question.answers[0]}" for question in questions]
    rows = [
        {"prompt": f"{q.text} Answer:", "chosen": c, "rejected": r}
        for q, c, r in zip(questions, answers, answers[7:] + answers[:7], strict=True)
    ]
    return rows[:48], rows[48:]


@torch.no_grad()
def preferring(model: Any, tokenizer: Any, rows: list[dict[str, str]]) -> dict[str, float]:
    """How often the right answer is likelier, and how likely both are; log p summed, nats."""
    model.eval()
    found = []
    for row in rows:
        ask = tokenizer(row["prompt"]).input_ids
        for key in ("chosen", "rejected"):
            say = tokenizer(row[key]).input_ids
            logits = model(torch.tensor([ask + say])).logits[0, len(ask) - 1 : -1]
            found.append(-cross_entropy(logits, torch.tensor(say), reduction="sum").item())
    chosen, rejected = np.array(found).reshape(-1, 2).T
    return {
        "right preferred": float((chosen > rejected).mean()),
        "log p of the right answer": float(chosen.mean()),
        "log p of the wrong answer": float(rejected.mean()),
    }


def preference(alpha: float) -> dict[str, Any]:
    """What DPO with this much caution makes of capitals; 0 is DPO."""
    model, tokenizer = base()
    learnt, fresh = pairs()
    method = VPO(beta=0.1, alpha=alpha)
    begin = time.perf_counter()
    arguments = DPOConfig(
        tempfile.mkdtemp(),
        beta=method.beta,
        max_steps=PAIR_STEPS,
        learning_rate=5e-4,
        per_device_train_batch_size=8,
        precompute_ref_log_probs=True,
        seed=SEED,
        **QUIET,
    )
    trainer = ComposedDPOTrainer(
        model,
        args=arguments,
        train_dataset=Dataset.from_list(learnt),
        processing_class=tokenizer,
        peft_config=LoraConfig(**LORA),
        term=lambda chosen, _rejected: method.caution(chosen),
    )
    trainer.train()
    seconds = round(time.perf_counter() - begin, 1)
    return {"seconds": seconds, **preferring(trainer.model, tokenizer, fresh)}


def preferences() -> Iterator[tuple[str, dict[str, Any]]]:
    """Before, DPO, and two amounts of caution."""
    yield "before", preferring(*base(), pairs()[1])
    for name, alpha in (("dpo", 0.0), ("vpo 0.1", 0.1), ("vpo 1", 1.0)):
        yield name, preference(alpha)


def main() -> None:
    """The runs; figures as JSON where asked for, after each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--only", choices=["preferences", "policy"], action="append")
    options = parser.parse_args()
    parts = {"preferences": preferences, "policy": policy}
    chosen = {name: parts[name] for name in options.only or parts}
    found: dict[str, Any] = {}
    if options.json is not None and options.json.exists():
        found = json.loads(options.json.read_text(encoding="utf-8"))
    for part, runs in chosen.items():
        found[part] = {}
        for name, figures in runs():
            found[part][name] = figures
            print(part, name, figures, flush=True)
            if options.json is not None:
                options.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

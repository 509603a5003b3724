"""Align a tiny random model with TRL's GRPO and two pieces: EMPG's advantages, SIREN's term."""

import torch
import transformers as hf
from datasets import Dataset
from tokenizers import Tokenizer, models, pre_tokenizers
from trl import GRPOConfig

from dubito.align import ComposedGRPOTrainer, Pieces, Siren, empg, ended_by

torch.manual_seed(0)
words = {word: i for i, word in enumerate(".0123456789")}
inner = Tokenizer(models.WordLevel(words, unk_token="."))
inner.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
tokenizer = hf.PreTrainedTokenizerFast(tokenizer_object=inner, eos_token=".", pad_token=".")
size = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2}
ids = {"bos_token_id": None, "eos_token_id": 0, "pad_token_id": 0, "num_attention_heads": 4}
model = hf.LlamaForCausalLM(hf.LlamaConfig(vocab_size=11, **size, **ids))


def rising(completions: list[str], **_columns: object) -> list[float]:
    """Share of neighbouring digits that rise: 1 for 0 1 2 5 6 7 8 9."""
    return [sum(a < b for a, b in zip(s[::2], s[2::2])) / 7 for s in completions]


siren = Siren(coefficient=0.1)
pieces = Pieces(  # each token is a step
    lambda b: empg(b.advantages, b.entropies(), ended_by(b.tokens, b.mask, range(11))),
    term=lambda b: siren(b.logits(), b.mask),
)
options = {"max_steps": 120, "learning_rate": 2e-3, "logging_steps": 1, "save_strategy": "no"}
options |= {"per_device_train_batch_size": 32, "max_completion_length": 8, "bf16": False}
data = Dataset.from_list([{"prompt": str(digit)} for digit in range(10)])
rest = {"args": GRPOConfig("aligned", disable_tqdm=True, **options), "train_dataset": data}
trainer = ComposedGRPOTrainer(model, rising, processing_class=tokenizer, pieces=pieces, **rest)
trainer.remove_callback(hf.PrinterCallback)
trainer.train()
rewards = [log["reward"] for log in trainer.state.log_history if "reward" in log]
print(f"reward {sum(rewards[:5]) / 5:.2f} before, {sum(rewards[-5:]) / 5:.2f} after")

"""Make a LoRA adapter of SmolLM2 Bayesian by TFB, and see what becomes of its confidence."""

import numpy as np
import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, AutoTokenizer

from dubito.data.facts import continent, facts, language
from dubito.models.embedded import SMOLLM2, folder_of
from dubito.posterior import TFB, member_logp

torch.manual_seed(0)
tokenizer = AutoTokenizer.from_pretrained(folder_of(SMOLLM2), padding_side="left")
questions = facts(64, kinds=(continent, language), seed=1)
asked = tokenizer([f"{q.text} Answer:" for q in questions], padding=True, return_tensors="pt")
x = torch.stack([asked.input_ids, asked.attention_mask], dim=1)  # [64, 2, T]
y = torch.tensor([tokenizer(f" {q.answers[0]}").input_ids[0] for q in questions])
base = AutoModelForCausalLM.from_pretrained(folder_of(SMOLLM2), dtype=torch.float32)
config = LoraConfig(r=8, target_modules=["q_proj", "v_proj"], layers_to_transform=[26, 27, 28, 29])
model = get_peft_model(base, config)


def logits(rows: torch.Tensor) -> torch.Tensor:
    """Of an answer's first token, [B, V]."""
    return model(input_ids=rows[:, 0], attention_mask=rows[:, 1], logits_to_keep=1).logits[:, -1]


optimiser = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=4e-3)
for _ in range(40):  # enough to know 16 facts by heart
    torch.nn.functional.cross_entropy(logits(x[:16]), y[:16]).backward()
    optimiser.step()
    optimiser.zero_grad()
method = TFB(budget=0.1, change="absolute", highest=0.5, samples=6)
method.fit(model, logits, [x[:16]])
before, after = member_logp(model, logits, x[16:])[0], method.predict(model, logits, x[16:]).mean
for name, logp in (("as trained", before), (f"sigma {method.sigma_:.3f}", after)):
    sure, right = np.exp(logp.max(axis=1)).mean(), (logp.argmax(axis=1) == y[16:].numpy()).mean()
    print(f"{name}: sure {sure:.2f}, right {right:.2f}, loss {-logp[range(48), y[16:]].mean():.2f}")

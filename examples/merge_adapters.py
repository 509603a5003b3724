"""Fine-tune SmolLM2 twice with LoRA, on capitals and on continents, and merge both into one."""

import tempfile

import torch
from peft import LoraConfig, get_peft_model
from torch.nn.functional import cross_entropy
from transformers import AutoModelForCausalLM, AutoTokenizer

from dubito.data.facts import capital, continent, facts
from dubito.merge import MetaGPT, merge_folders, open_checkpoint
from dubito.models.embedded import SMOLLM2, folder_of

source, made = folder_of(SMOLLM2), tempfile.mkdtemp()
tokenizer = AutoTokenizer.from_pretrained(source, padding_side="left")
tasks = {"capitals": facts(32, kinds=[capital]), "continents": facts(32, kinds=[continent])}
last = {"target_modules": ["q_proj", "v_proj"], "layers_to_transform": list(range(24, 30))}


def loss(model: torch.nn.Module, questions: list) -> torch.Tensor:
    """Mean -log p of each answer's first token, nats."""
    asked = tokenizer([f"{q.text} Answer:" for q in questions], padding=True, return_tensors="pt")
    answers = torch.tensor([tokenizer(f" {q.answers[0]}").input_ids[0] for q in questions])
    return cross_entropy(model(**asked, logits_to_keep=1).logits[:, -1], answers)


for name, questions in tasks.items():
    model = get_peft_model(AutoModelForCausalLM.from_pretrained(source), LoraConfig(r=8, **last))
    optimiser = torch.optim.AdamW(model.parameters(), lr=4e-3)  # what is frozen has no gradient
    for step in range(12):
        optimiser.zero_grad()
        loss(model, questions[step % 2 : 16 : 2]).backward()
        optimiser.step()
    model.merge_and_unload().save_pretrained(f"{made}/{name}")
experts = [f"{made}/{name}" for name in tasks]
rule = MetaGPT()(open_checkpoint(source), [open_checkpoint(expert) for expert in experts])
for folder in (source, *experts, merge_folders(source, experts, f"{made}/merged", rule)):
    model = AutoModelForCausalLM.from_pretrained(folder).requires_grad_(False)
    print(folder, {name: round(loss(model, q[16:]).item(), 2) for name, q in tasks.items()})

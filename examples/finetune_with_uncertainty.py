"""Fine-tune SmolLM2 on facts by UA-CLM through the Trainer, and see its calibration change."""

import torch
import transformers as hf
from peft import LoraConfig, get_peft_model
from scipy.special import entr

from dubito.bench.metrics.probability import ece
from dubito.data import facts
from dubito.learn import trainer_loss, ua_clm
from dubito.maths.ranking import auroc
from dubito.models.embedded import SMOLLM2, folder_of

tokenizer = hf.AutoTokenizer.from_pretrained(folder_of(SMOLLM2), padding_side="left")
base = hf.AutoModelForCausalLM.from_pretrained(folder_of(SMOLLM2), dtype=torch.float32)
model = get_peft_model(base, LoraConfig(r=8, target_modules=["q_proj", "v_proj"]))
questions, shot = facts(320, seed=1), "Which city is the capital of Japan? Answer: Tokyo\n"
asked = [f"{shot}{q.text} Answer:" for q in questions]
ask, say = (tokenizer(t).input_ids for t in (asked, [f" {q.answers[0]}" for q in questions]))
rows = [{"input_ids": a + s, "labels": [-100] * len(a) + s} for a, s in zip(ask, say)]


@torch.no_grad()
def judge(when: str) -> None:
    """Of the first tokens of 120 answers that are not trained on."""
    batch = tokenizer(asked[200:], padding=True, return_tensors="pt")
    p = model.eval()(**batch, logits_to_keep=1).logits[:, -1].double().softmax(-1).numpy()
    right, sure = p.argmax(axis=1) == [s[0] for s in say[200:]], p.max(axis=1).clip(0, 1)
    found = auroc(entr(p).sum(axis=1), ~right)  # errors, by the entropy
    print(f"{when}: right {right.mean():.2f}, ECE {ece(sure, right):.2f}, AUROC {found:.2f}")


judge("before")
settings = {"max_steps": 25, "learning_rate": 1e-3, "dataloader_pin_memory": False}  # 8 a step
arguments = hf.TrainingArguments("trained", save_strategy="no", report_to="none", **settings)
loss, pad = trainer_loss(ua_clm, cross_entropy=1.0), hf.DataCollatorForSeq2Seq(tokenizer)
hf.Trainer(model, arguments, pad, rows[:200], compute_loss_func=loss).train()
judge("after")

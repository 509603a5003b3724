"""The table of the room posterior: one row each. Classes are loaded when they are made."""

from functools import partial

from dubito.extras import made
from dubito.method import Method

MEMBERS_TRAINED = """\
import torch
from dubito.catalogue import find
from dubito.nn.low_rank_sampling import sampled

x, y = torch.randn(40, 8), torch.arange(40) % 3  # made up
model = torch.nn.Sequential(torch.nn.Linear(8, 16), torch.nn.ReLU(), torch.nn.Linear(16, 3))
method = find("lora-ensemble").method.make(members=4, rank=2)
method.attach(model, ("0",), heads=("2",))
optimiser = torch.optim.Adam([p for p in model.parameters() if p.requires_grad])
for _ in range(20):
    with sampled(model):
        loss = method.loss(model(x), y)
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
print(method.predict(model, model, x[:2]).epistemic)
"""
DROPPED_IN_THE_BRANCH = """\
import torch
from dubito.catalogue import find
from dubito.nn.sampled_low_rank import Adapter, add_low_rank

x, y = torch.randn(40, 8), torch.arange(40) % 3  # made up
model = torch.nn.Sequential(torch.nn.Linear(8, 3)).requires_grad_(False)
add_low_rank(model, ("0",), Adapter(rank=2, dropout=0.1))  # or lora_dropout of a PEFT model
optimiser = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], lr=0.1)
for _ in range(20):
    loss = torch.nn.functional.cross_entropy(model(x), y)
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
method = find("bayeslora").method.make().fit(model, model, [x])
doubt = method.predict(model, model, 5 * x[:2]).epistemic
print(doubt, method.gate(doubt))  # 0 act, 1 ask, 2 hand over
"""
NOISE_THAT_ANCHORS_BEAR = """\
import torch
from dubito.catalogue import find
from dubito.nn.sampled_low_rank import Adapter, add_low_rank

model = torch.nn.Sequential(torch.nn.Linear(8, 3))
add_low_rank(model, ("0",), Adapter(rank=2))  # or a PEFT model
torch.nn.init.normal_(model[0].b)  # as if it had been trained
x = torch.randn(40, 8)  # made up
method = find("tfb").method.make(highest=1.0).fit(model, model, [x])
print(method.sigma_, method.predict(model, model, x[:2]).epistemic)
"""

METHODS: tuple[Method, ...] = (
    Method(
        "lora-ensemble",
        partial(made, "dubito.posterior.lora_ensemble", "LoRAEnsemble"),
        "members that share a frozen network and differ in a low-rank addition",
        paper="muehlematter2024",
        family="posterior",
        needs=("train", "labels"),
        calls="1; all members in one pass of S times the rows",
        separates=True,
        example=MEMBERS_TRAINED,
    ),
    Method(
        "bayeslora",
        partial(made, "dubito.posterior.bayes_lora", "BayesLoRA"),
        "doubt about what an adapter learnt: dropout in its branch stays on",
        paper="doyle2025",
        family="posterior",
        needs=("train", "labels"),
        calls="1; all draws in one pass of S times the rows",
        separates=True,
        caveats=("an input that the branch does not reach looks certain, however strange",),
        example=DROPPED_IN_THE_BRANCH,
    ),
    Method(
        "tfb",
        partial(made, "dubito.posterior.tfb", "TFB"),
        "a finished adapter made Bayesian without training: the noise that anchors bear",
        paper="shi2024",
        family="posterior",
        needs=("train",),
        calls="1; all draws in one pass of S times the rows",
        separates=True,
        example=NOISE_THAT_ANCHORS_BEAR,
    ),
)

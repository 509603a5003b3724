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
SNAPSHOTS_WHILE_IT_TRAINS = """\
import torch
from dubito.catalogue import find

x, y = torch.randn(40, 8), torch.arange(40) % 3  # made up
model = torch.nn.Sequential(torch.nn.Linear(8, 16), torch.nn.ReLU(), torch.nn.Linear(16, 3))
swag = find("swag-nli").method.make(samples=10)
optimiser = torch.optim.SGD(model.parameters(), lr=0.1)  # at a constant rate
for step in range(60):
    loss = torch.nn.functional.cross_entropy(model(x), y)
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
    if step >= 20 and step % 5 == 0:
        swag.collect(model)  # a Trainer does it by CollectWeights(swag, every=5)
print(swag.count_, swag.predict(model, model, x[:2]).epistemic)
"""
INDIVIDUALS_OF_ONE_MODEL = """\
import torch
from dubito.catalogue import find
from dubito.maths.effects import effect
from dubito.nn.tiny_transformer import seeded_transformer

model = seeded_transformer(11, context=8, seed=0).eval()  # or SmolLM2, ("mlp.down_proj",)
prompts = torch.tensor([[1, 2, 3], [1, 4, 3]])  # two stimuli
method = find("populationlm").method.make(individuals=10, places=("mlp.2",))
scores = method(model, lambda: model(prompts)[:, -1].log_softmax(-1)[:, 5])  # [10, 2]
found = effect(scores[:, 0] - scores[:, 1])
print(found.mean, (found.low, found.high), found.size, found.present)
"""
EVIDENCE_FOR_EACH_KEY = """\
import torch
from dubito.catalogue import find
from dubito.nn.tiny_transformer import seeded_transformer
from dubito.posterior import make_credal, vacuities

layer = find("credal-transformer").method.make(width=8, heads=2)
print(layer(torch.randn(1, 5, 8)).vacuity)  # made up; 1 where nothing speaks for any key
model = seeded_transformer(11, context=8, seed=0)
make_credal(model)  # then train it
print(vacuities(model, torch.arange(6)[None])[..., 1:].mean(dim=(1, 2)).amax(dim=-1))
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
    Method(
        "swag-nli",
        partial(made, "dubito.posterior.swag", "SWAG"),
        "a Gaussian of weights around the end of training, from snapshots along the way",
        paper="talman2023",
        family="posterior",
        needs=("train", "labels"),
        calls="K; one pass for each of K draws",
        separates=True,
        caveats=(
            "a step size that falls while it collects leaves no spread",
            "of an overconfident classifier a temperature by held-out labels may mend more",
        ),
        example=SNAPSHOTS_WHILE_IT_TRAINS,
    ),
    Method(
        "populationlm",
        partial(made, "dubito.posterior.population", "Population"),
        "one model as a population of individuals that keep their dropout masks",
        paper="roberts2023",
        family="posterior",
        needs=("hidden",),
        calls="K; one pass for each of K individuals",
        caveats=(
            "individuals share the accidents of their one network, and their number is free: "
            "read effect sizes, and train again for the truth",
        ),
        example=INDIVIDUALS_OF_ONE_MODEL,
    ),
    Method(
        "credal-transformer",
        partial(made, "dubito.posterior.credal_attention", "CredalAttention"),
        "attention by evidence: how little speaks for any key, a query and head",
        paper="ji2025",
        family="posterior",
        needs=("train", "attention"),
        calls="1",
        caveats=("has to be trained so: softmax attention says nothing of how much it knows",),
        example=EVIDENCE_FOR_EACH_KEY,
    ),
)

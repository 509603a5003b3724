"""The table of the room multitask: one row each. Classes are loaded when they are made."""

from functools import partial

from dubito.extras import made
from dubito.method import Method

NOISE_LEARNT_ALONG = """\
import torch
from dubito.catalogue import find
from dubito.multitask import GAUSSIAN, SOFTMAX, parameter_groups

x = torch.randn(200, 4)  # made up: a price in cents, and a class
price, label = 5000 * x[:, 0] + 1000 * torch.randn(200), (x[:, 1] > 0).float()
model = torch.nn.Linear(4, 2)
balancer = find("uncertainty-weighting").method.make(likelihoods=[GAUSSIAN, SOFTMAX])
optimiser = torch.optim.AdamW(parameter_groups(model, balancer, weight_decay=0.01, rate=0.1))
for _ in range(50):
    told = model(x).T
    squared = (told[0] - price).square().mean()
    wrong = torch.nn.functional.binary_cross_entropy_with_logits(told[1], label)
    loss = balancer(torch.stack([squared, wrong]))
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
print(balancer.noise, balancer.weights)
"""

EXPERTS_CARRIED_OVER = """\
import torch
from dubito.catalogue import find

module = find("moore").method.make(sizes=(4, 16, 8), experts=3, tasks=2)
heads = torch.nn.ModuleList(torch.nn.Linear(8, 1) for _ in range(2))  # what they say is yours
x, task = torch.randn(6, 4), torch.tensor([0, 1, 0, 1, 0, 1])
features = module(x, task)  # [6, 8], to train as any layer
print(torch.stack([heads[t](f) for t, f in zip(task.tolist(), features)]).shape)
new = module.transferred(5)  # frozen experts; five new tasks have 3 weights each to learn
print([name for name, p in new.named_parameters() if p.requires_grad])
"""
COPIES_CHOSEN_BY_TASK = """\
import torch
from dubito.catalogue import find
from dubito.multitask import drawn_routes, hard_routes
from dubito.nn.expert_copies import one_route, routed, split
from dubito.nn.gumbel import Cooling

torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Linear(8, 16), torch.nn.ReLU(), torch.nn.Linear(16, 1))
split(model, ["0"], copies=3)  # of a transformer: ["model.layers.28", "model.layers.29"]
router = find("task-level-moe").method.make(tasks=2, layers=1, copies=3)
x, task = torch.randn(64, 8), torch.arange(64) % 2  # made up
y = torch.where(task == 0, x[:, 0], -x[:, 0])
optimiser = torch.optim.Adam([*model.parameters(), *router.parameters()], lr=0.01)
generator, tau = torch.Generator().manual_seed(0), Cooling(rate=0.02)
for step in range(150):
    with routed(model, drawn_routes(router(task), tau=tau(step), generator=generator)):
        loss = (model(x)[:, 0] - y).square().mean()
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
print(router.routes()[:, 0])  # a first stage; then train fresh copies on these routes, frozen
print(one_route(model, hard_routes(router(torch.tensor([1])))[0].argmax(-1).tolist()))
"""
TASKS_READ_EACH_OTHER = """\
import torch
from dubito.catalogue import find
from dubito.nn.expert_bank import expert_bank

adatt = find("adatt").method.make(d_in=8, layers=[(16, 8), (8,)], natives=(1, 1, 2), shared=1)
towers = expert_bank((8, 8, 1), experts=3)
x = torch.randn(32, 8)  # made up
print(towers(adatt(x)).shape)  # [32, 3, 1]: a logit for each task; sum the losses
print(adatt.reads(x)[0])  # who reads whom in the first level
"""
EXPERTS_ON_ONE_SCALE = """\
import torch
from dubito.catalogue import find
from dubito.nn.expert_bank import expert_bank

home = find("home").method.make(meta=(8, 16, 8), task=(8, 8), categories=(0, 0, 1))
towers = expert_bank((8, 8, 1), experts=3)
x = torch.randn(32, 8)  # made up
print(towers(home(x)).shape)  # [32, 3, 1]: a logit for each task; sum the losses
first, second = home.eval().health(x)
print(first.zero, first.scale, second.own)  # silent experts, scales, weight of each task's own
"""

LED_BY_THE_PROMPT = """\
import torch
from dubito.catalogue import find
from dubito.multitask import PromptClusters, guided

prompts = torch.nn.functional.one_hot(torch.arange(40) % 4, 6).double().numpy()  # embeddings
clusters = PromptClusters(4).fit(prompts)
model = torch.nn.Sequential(torch.nn.Linear(8, 8), torch.nn.ReLU(), torch.nn.Linear(8, 3))
method = find("mor1e").method.make(rank=4)  # of a language model: q_proj and v_proj
print(method.attach(model, ("0",)), method.experts)
x, y = torch.randn(40, 8), torch.arange(40) % 3  # made up
optimiser = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], lr=0.01)
with guided(model, torch.from_numpy(clusters.predict(prompts))):
    for _ in range(20):
        loss = torch.nn.functional.cross_entropy(model(x), y)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
print(loss)
"""

GROUPED_BY_THEIR_MAPS = """\
import numpy as np
import torch
from dubito.catalogue import find
from dubito.multitask import DataMap, fixed_weights, truth_confidence

torch.manual_seed(0)
x = torch.randn(200, 4)  # made up: two tasks on x[0], two on noise that nobody can learn
noise = torch.randn(200)
labels = torch.stack([x[:, 0] > 0, x[:, 0] < 0, noise > 0, noise < 0], dim=1).double()
model = torch.nn.Linear(4, 4).double()
optimiser = torch.optim.Adam(model.parameters(), lr=0.05)
recorder, maps = DataMap(tasks=4, points=200), []
for epoch in range(12):
    for index in torch.randperm(200).split(50):
        told = model(x[index].double())
        seen = truth_confidence(told.detach().sigmoid(), labels[index])
        recorder.record(seen, index)  # by the index in the data
        loss = torch.nn.functional.binary_cross_entropy_with_logits(told, labels[index])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    if epoch in (3, 7, 11):
        maps.append(recorder.read())
groups = find("stg-mtl").method.make(n_groups=2).fit(np.stack(maps, axis=1))
print(groups.labels_, groups.memberships_.round(2))
balancer = fixed_weights(torch.from_numpy(groups.memberships_[:, 0]))  # for a model of group 0
print(balancer(torch.tensor([0.3, 0.4, 0.7, 0.7])))
"""

PAID_FOR_INFLUENCE = """\
import numpy as np
import torch
from dubito.catalogue import find
from dubito.multitask import held_gradient

torch.manual_seed(0)
encoder = torch.nn.Sequential(torch.nn.Linear(4, 16), torch.nn.ReLU())
heads = torch.nn.ModuleList(torch.nn.Linear(16, 1) for _ in range(3))
kinds = [0, 0, 1, 2]  # tasks 0 and 1 share a head
bandit = find("mtl-cop-bandit").method.make(kinds=kinds, interval=12)
optimiser = torch.optim.Adam([*encoder.parameters(), *heads.parameters()], lr=0.01)
rng = np.random.default_rng(0)
for _ in range(100):
    task = bandit.draw(rng)
    x = torch.randn(128, 4)  # made up: two tasks alike, another one, and noise
    y = [x[:, 0], x[:, 0] + 0.2 * x[:, 1], x[:, 2], torch.randn(128)][task]
    loss = (heads[kinds[task]](encoder(x))[:, 0] - y).square().mean()
    optimiser.zero_grad()
    loss.backward()
    own = held_gradient(heads[kinds[task]].parameters())
    paid = bandit.observe(task, held_gradient(encoder.parameters()), own)
    optimiser.step()
print(bandit.pulls_, bandit.chances)
print(paid.influence.round(1), paid.rewards)  # the last step ended an interval
"""

STEPS_THAT_MIND_OLD_TASKS = """\
import torch
from dubito.catalogue import find

torch.manual_seed(0)
trunk = torch.nn.Sequential(torch.nn.Linear(4, 16), torch.nn.ReLU())
heads = torch.nn.ModuleList(torch.nn.Linear(16, 1) for _ in range(3))
x = torch.randn(200, 4)  # made up: the second task is the first again, the third its opposite
tasks = [x[:, 0], x[:, 0] + 0.1 * x[:, 1], -x[:, 0]]
optimiser = find("tag").method.make(
    params=[*trunk.parameters(), *heads.parameters()], lr=0.001
)
for head, y in zip(heads, tasks):  # one after the other; no data is kept
    for index in torch.arange(200).repeat(5).split(10):
        loss = (head(trunk(x[index]))[:, 0] - y[index]).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    print(loss.item(), [cosines.tolist() for cosines in optimiser.cosines()[:2]])
    optimiser.end_task()
"""

PLACES_OWNED = """\
import torch
from dubito.catalogue import find

torch.manual_seed(0)
encoder = torch.nn.Sequential(torch.nn.Conv2d(1, 8, 3), torch.nn.ReLU())
heads = torch.nn.ModuleList(
    torch.nn.Sequential(torch.nn.Flatten(), torch.nn.LazyLinear(16), torch.nn.Tanh(),
                        torch.nn.Linear(16, 1))
    for _ in range(2)
)
rep = find("rep-mtl").method.make(entropy=0.02, alignment=0.1)
x = torch.randn(32, 1, 6, 6)  # made up: one task about the left, one about the right
y = [x[..., :3].mean((1, 2, 3)), x[..., 3:].mean((1, 2, 3))]
heads[0](encoder(x)), heads[1](encoder(x))
optimiser = torch.optim.Adam([*encoder.parameters(), *heads.parameters()], lr=0.01)
for _ in range(30):
    features = encoder(x)
    losses = torch.stack([(h(features)[:, 0] - t).square().mean() for h, t in zip(heads, y)])
    optimiser.zero_grad()
    (losses.sum() + rep(losses, features)).backward()
    optimiser.step()
features = encoder(x)
losses = torch.stack([(h(features)[:, 0] - t).square().mean() for h, t in zip(heads, y)])
print(losses, rep.saliency(losses, features).shares[:, 0].reshape(2, 4, 4))
"""

METHODS: tuple[Method, ...] = (
    Method(
        "uncertainty-weighting",
        partial(made, "dubito.multitask.uncertainty_weighting", "UncertaintyWeighting"),
        "losses in any unit, each weighed by its task's noise, which is learnt along",
        paper="kendall2018",
        family="multitask",
        needs=("train", "labels"),
        calls="1, as in training",
        caveats=("it looks at training losses, so a task that overfits gains weight",),
        example=NOISE_LEARNT_ALONG,
    ),
    Method(
        "moore",
        partial(made, "dubito.multitask.orthogonal_experts", "OrthogonalExperts"),
        "features of experts made orthonormal for each row, mixed by free weights of the task",
        paper="hendawy2024",
        family="multitask",
        needs=("train", "labels"),
        calls="1, as in training",
        caveats=("it fits the tasks it is trained on worse than plain experts do",),
        example=EXPERTS_CARRIED_OVER,
    ),
    Method(
        "task-level-moe",
        partial(made, "dubito.multitask.task_level_moe", "TaskRouter", tasks=2, layers=1, copies=3),
        "layers in several copies, of which each task learns which to run",
        paper="ye2022",
        family="multitask",
        needs=("train", "labels"),
        calls="1, of one copy a layer; in training one of each copy",
        caveats=("average routing is hard to beat; compare with it",),
        example=COPIES_CHOSEN_BY_TASK,
    ),
    Method(
        "adatt",
        partial(
            made,
            "dubito.multitask.adatt",
            "AdaTT",
            d_in=8,
            layers=((8,), (8,)),
            natives=(1, 1),
        ),
        "a vector for each task from its own experts and, by a gate, from those of all others",
        paper="li2023adatt",
        family="multitask",
        needs=("train", "labels"),
        calls="1, as in training",
        example=TASKS_READ_EACH_OTHER,
    ),
    Method(
        "home",
        partial(
            made,
            "dubito.multitask.home",
            "HoME",
            meta=(8, 16, 8),
            task=(8, 8),
            categories=(0, 0, 1),
        ),
        "a vector for each task from two levels of experts, none silent, none of another scale",
        paper="wang2024home",
        family="multitask",
        needs=("train", "labels"),
        calls="1, as in training",
        caveats=("batch norm: no batch of one row in training",),
        example=EXPERTS_ON_ONE_SCALE,
    ),
    Method(
        "mor1e",
        partial(made, "dubito.multitask.rank_one_experts", "MoR1E"),
        "an adapter whose ranks are experts, led by which kind of prompt it is",
        paper="liu2024mor",
        family="multitask",
        needs=("train", "labels"),
        calls="1; each prompt is embedded once",
        caveats=(
            "needs the embedding of the prompt at every call, and cannot be merged",
            "where the tokens tell the task themselves, plain LoRA may do as well",
        ),
        example=LED_BY_THE_PROMPT,
    ),
    Method(
        "stg-mtl",
        partial(made, "dubito.multitask.task_groups", "TaskGroups"),
        "groups of tasks that find the same points hard, from one training of all together",
        paper="sherif2023",
        family="multitask",
        needs=("train", "labels"),
        calls="0; one training of all tasks together",
        caveats=(
            "all tasks have to be labelled on the same points",
            "unrelated tasks with the same easy points end in one group",
        ),
        example=GROUPED_BY_THEIR_MAPS,
    ),
    Method(
        "mtl-cop-bandit",
        partial(made, "dubito.multitask.bandit", "TaskBandit", kinds=(0, 1)),
        "which task to train on next, by how much its steps help the others",
        paper="wang2025mtl",
        family="multitask",
        needs=("gradient", "train"),
        calls="1, of one task a step; one gradient a task is kept",
        caveats=("large groups of similar tasks gain steps at the cost of the others",),
        example=PAID_FOR_INFLUENCE,
    ),
    Method(
        "tag",
        partial(made, "dubito.multitask.accumulated_gradients", "TAG"),
        "an optimiser for tasks one after another, whose steps mind the directions of old ones",
        paper="malviya2022",
        family="multitask",
        needs=("gradient", "train", "labels"),
        calls="1, as in training; two copies of the model are kept for each task",
        caveats=("forgets less, but also learns each task less well",),
        example=STEPS_THAT_MIND_OLD_TASKS,
    ),
    Method(
        "rep-mtl",
        partial(made, "dubito.multitask.representation_saliency", "RepMTL"),
        "a penalty by which places of shared features belong to single tasks",
        paper="wang2025rep",
        family="multitask",
        needs=("gradient", "train", "labels"),
        calls="1, with a second derivative; one backward pass to the features a task",
        caveats=("a task that falls silent also lowers it; watch the weakest",),
        example=PLACES_OWNED,
    ),
)

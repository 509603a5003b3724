"""The table of the room merge: one row each. Classes are loaded when they are made."""

from functools import partial

from dubito.extras import made
from dubito.method import Method

BY_LENGTH = """\
import torch
from dubito.catalogue import find
from dubito.merge import merged

base = {"layer.weight": torch.zeros(2, 2)}  # state dicts; of folders: merge_folders
experts = [{"layer.weight": torch.eye(2)}, {"layer.weight": 2 * torch.ones(2, 2)}]
rule = find("metagpt").method.make()(base, experts)
print(rule.scales, merged(base, experts, rule))
"""
BY_WHAT_IS_SAID = """\
import torch
from dubito.catalogue import find
from dubito.merge import merged

base = torch.nn.Linear(4, 3).eval()
experts = [torch.nn.Linear(4, 3).state_dict() for _ in range(2)]  # fine-tuned by you
inputs = [[torch.randn(20, 4)], [torch.randn(20, 4)]]  # batches of each task, without labels
method = find("divmerge").method.make(steps=20).fit(base, experts, inputs)
base.load_state_dict(merged(base.state_dict(), experts, method.rule_))
print(method.rule_.scales, method.divergences_)
"""
IN_TURNS = """\
import torch
from dubito.catalogue import find

base = {"weight": torch.zeros(2)}
wanted = [torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0])]  # of two tasks; yours train
tunes = [lambda w, k, c=c: {"weight": w["weight"] + 0.5 * (c - w["weight"])} for c in wanted]
rounds = find("atm").method.make(rounds=3)(base, tunes)
print([(r.weights["weight"], r.vectors.interference) for r in rounds])
"""
SPARSE_DIFFERENCES = """\
import torch
from dubito.catalogue import find
from dubito.merge import cuts_that_keep, reused, traced

torch.manual_seed(0)
encoder = torch.nn.Sequential(torch.nn.Linear(6, 32), torch.nn.ReLU(), torch.nn.Linear(32, 8))
encoder.eval()  # trained by you on another task
x = torch.randn(400, 6)  # made up
y = (x[:, 0] > 0).long()
method = find("efficient-mtl").method.make(sparsity=1e-3, rate=0.01, steps=(150, 50, 50))
method.fit(
    encoder,
    torch.nn.Linear(8, 2),
    list(zip(x.split(50), y.split(50))),
    loss=torch.nn.functional.cross_entropy,
)
with torch.no_grad():
    weights, base = method.delta_(), traced(encoder, {}, x)  # the base runs once for all tasks
    cuts = cuts_that_keep(encoder, weights, base, x, share=0.2)
    task = reused(encoder, weights, base, x, cuts=cuts)
    print(method.density_, (method.head_(task.output).argmax(1) == y).float().mean())
    print(task.density, task.work)  # of activations and of multiply-adds, a linear layer
"""

METHODS: tuple[Method, ...] = (
    Method(
        "metagpt",
        partial(made, "dubito.merge.metagpt", "MetaGPT"),
        "scales of task arithmetic without data or search: shares of squared length",
        paper="zhou2024",
        family="merging",
        needs=("train",),
        caveats=("an expert that was trained longer weighs more, needed or not",),
        example=BY_LENGTH,
    ),
    Method(
        "divmerge",
        partial(made, "dubito.merge.divmerge", "DivMerge"),
        "scales for each layer, learnt so that the merge says what each expert says of its inputs",
        paper="touayouch2025",
        family="merging",
        needs=("logits", "train"),
        caveats=("holds all experts in memory, and needs inputs of each task",),
        example=BY_WHAT_IS_SAID,
    ),
    Method(
        "atm",
        partial(made, "dubito.merge.atm", "ATM"),
        "tunes every task a little, merges, and goes on from there",
        paper="zhou2024l",
        family="merging",
        needs=("train", "labels"),
        caveats=("stays well below training on all tasks at once",),
        example=IN_TURNS,
    ),
    Method(
        "efficient-mtl",
        partial(made, "dubito.merge.delta_sharing", "DeltaSharing"),
        "one more task as sparse differences of a base's weights and activations",
        paper="shoouri2023",
        family="merging",
        needs=("train", "labels"),
        calls="1, of which most is the base's, run once for all tasks",
        caveats=("what it saves is counted, not timed: that needs an engine for sparse matrices",),
        example=SPARSE_DIFFERENCES,
    ),
)

"""The table of the room align: one row each. Classes are loaded when they are made."""

from functools import partial

from dubito.extras import made, named
from dubito.method import Method

FORKS_HELD = """\
import torch
from dubito.catalogue import find

siren = find("siren").method.make(coefficient=0.1)
before, after = torch.randn(2, 10, 50), 3 * torch.randn(2, 10, 50)  # made up: [B, T, V]
mask = torch.ones(2, 10, dtype=torch.bool)
siren.fit(before, mask)
print(siren.anchor_, siren.entropy(after, mask), siren(after, mask))
# ComposedGRPOTrainer(..., pieces=Pieces(term=lambda batch: siren(batch.logits(), batch.mask)))
"""
PRAISE_SHARED = """\
import torch
from dubito.align import ended_by
from dubito.catalogue import find

empg = find("empg").method.make()
tokens = torch.tensor([[5, 6, 0, 7, 0], [5, 0, 6, 7, 0]])  # 0 ends a step
steps = ended_by(tokens, torch.ones_like(tokens), [0])
entropies = torch.tensor([[0.1, 0.1, 0.1, 2.0, 2.0], [1.0, 1.0, 0.5, 0.5, 0.5]])  # made up
print(empg(torch.tensor([1.0, -1.0]), entropies, steps))
# ComposedGRPOTrainer(..., pieces=Pieces(advantages=lambda batch: empg(
#     batch.advantages, batch.entropies(), ended_by(batch.tokens, batch.mask, [newline]))))
"""
COVERED_KEPT = """\
import torch
from dubito.catalogue import find

vpo = find("vpo").method.make(beta=0.1, alpha=0.1)
chosen, rejected = torch.tensor([0.5, -1.0]), torch.tensor([-0.5, -3.0])  # made up log-ratios
print(vpo.preference(chosen, rejected), vpo.offline(chosen, rejected, chosen))
# ComposedDPOTrainer(..., term=lambda chosen, _rejected: vpo.caution(chosen))
"""
DISAGREEMENT_PAID_FOR = """\
import torch
from dubito.align import EnsembleReward
from dubito.catalogue import find

def members(prompts, completions, **columns):  # what five reward models say: made up, [5, B]
    return torch.arange(5.0)[:, None] * torch.tensor([0.1 * len(c) for c in completions])

reward = EnsembleReward(members, find("up-rlhf").method.make(weight=1.0))
print(reward(prompts=["?", "?"], completions=["short", "a long and unfamiliar answer"]))
# ComposedGRPOTrainer(..., reward_funcs=reward, pieces=Pieces(
#     kl_weight=lambda batch: torch.zeros(len(batch.mask)),
#     term=lambda batch: 0.05 * masked_mean(squared(batch.log_ratios), batch.mask)))
"""
MOVE_WHERE_THEY_AGREE = """\
import torch
from dubito.align import ensemble_rewards, masked_mean, squared, variance_aware_policy
from dubito.catalogue import find

weights = find("ua-rlhf").method.make()
members = torch.tensor([[1.0, 0.9], [1.1, -2.0], [0.9, 3.0]])  # made up: 3 models, 2 answers
weight = weights(ensemble_rewards(members).variance)
log_ratios, mask = torch.full((2, 4), 0.3), torch.ones(2, 4)
print(weight, masked_mean(squared(log_ratios), mask, weight))
even = torch.full((2,), 0.5).log()  # the policy that would stand still
print(variance_aware_policy(members.mean(dim=0), weight, even, beta=1.0))
# ComposedGRPOTrainer(..., reward_funcs=reward, pieces=Pieces(
#     kl_weight=lambda _batch: weights(reward.last_.variance)))
"""
NOISE_OF_JUDGES = """\
import torch
from dubito.align import gaps, surest
from dubito.catalogue import find

answers = torch.randn(200, 4)  # features, made up
ratings = answers[:, :2] + answers[:, 2:].exp() * torch.randn(200, 2)  # two attributes
method = find("urm").method.make(members=3, widths=(32,)).fit(answers, ratings)
said = method.predict(answers[:3])  # each member's reward, and how noisy a judgement would be
print(said.mean.mean(dim=0), said.sd.mean(dim=0))
print(surest(gaps(said).reward, 0.5))
"""
SURE_PAIRS = """\
import torch
from dubito.align import verdicts
from dubito.catalogue import find

upo = find("upo").method.make(share=0.5)
p = torch.rand(10, 6)  # of the chosen answer, in ten passes of a judge with dropout: made up
said = verdicts(torch.stack([p, 1 - p], dim=-1))
kept = upo.surest(said)
print(said.agreed, said.doubt, kept)
# pairs.select(kept.nonzero()[:, 0].tolist()) goes to the ComposedDPOTrainer
chosen, rejected = torch.randn(6), torch.randn(6)  # log-ratios, made up
print(upo(chosen[kept], rejected[kept], said.doubt[kept]))
"""
WEIGHED_BY_MOVEMENT = """\
import torch
from dubito.align import ObjectiveRewards, by_objective
from dubito.catalogue import find

recap = find("recap").method.make(window=2, temperature=0.2)
for losses in ([2.0, 1.0], [1.6, 1.0], [1.3, 1.0], [1.1, 1.0]):  # the first one still falls
    weights = recap(torch.tensor(losses))
print(weights)

def objectives(prompts, completions, **columns):  # of B answers: made up, [2, B]
    lengths = torch.tensor([len(c) / 40 for c in completions])
    return torch.stack([lengths, 1 - lengths])

reward = ObjectiveRewards(objectives)
reward(prompts=["?", "?"], completions=["short", "a longer answer"])
print(by_objective(reward.last_, weights, group=2))
# ComposedGRPOTrainer(..., reward_funcs=reward, pieces=Pieces(advantages=lambda batch:
#     by_objective(reward.last_, recap(1 - reward.last_.nanmean(dim=0)), group=batch.group)))
"""

METHODS: tuple[Method, ...] = (
    Method(
        "siren",
        partial(made, "dubito.align.siren", "Siren"),
        "a loss that holds the entropy of a policy's forks where it began",
        paper="jiang2025",
        family="alignment",
        needs=("train", "logits"),
        calls="1, as in training; one more pass where the trainer keeps no logits",
        caveats=("entropy that rises above the start is pushed down too",),
        example=FORKS_HELD,
    ),
    Method(
        "empg",
        partial(named, "dubito.align.step_credit", "empg"),
        "an outcome's advantage shared among steps: more to those that were sure",
        paper="wang2025empg",
        family="alignment",
        needs=("train", "logits"),
        calls="1, as in training; one more pass for the entropies",
        caveats=("slower where the unsure steps are the ones that decide",),
        example=PRAISE_SHARED,
    ),
    Method(
        "vpo",
        partial(made, "dubito.align.vpo", "VPO"),
        "preference optimisation that is cautious off the data, or curious",
        paper="cen2024",
        family="alignment",
        needs=("train", "logprobs"),
        calls="1 for each answer, as in preference optimisation",
        caveats=("its term grows with the length of the answers",),
        example=COVERED_KEPT,
    ),
    Method(
        "up-rlhf",
        partial(made, "dubito.align.penalty", "DisagreementPenalty"),
        "a reward less what its models disagree about, and models that are pushed apart",
        paper="zhai2023",
        family="alignment",
        needs=("train", "labels"),
        calls="1 for each answer, as in training, and one of each reward model",
        caveats=("models that err alike do not disagree",),
        example=DISAGREEMENT_PAID_FOR,
    ),
    Method(
        "ua-rlhf",
        partial(made, "dubito.align.variance_weights", "VarianceWeights"),
        "a KL term that weighs as much as the reward models disagree",
        paper="banerjee2024",
        family="alignment",
        needs=("train", "labels"),
        calls="1 for each answer, as in training, and one of each reward model",
        caveats=(
            "compare policies that are equally far from the reference, not of equal beta",
            "rewards less half their variance were as safe in our experiment",
        ),
        example=MOVE_WHERE_THEY_AGREE,
    ),
    Method(
        "urm",
        partial(made, "dubito.align.urm", "URM"),
        "reward models that say how noisy a judgement is, and where they know little",
        paper="lou2024",
        family="alignment",
        needs=("train", "labels", "hidden"),
        calls="1 pass of an encoder for each answer",
        separates=True,
        caveats=("needs ratings of attributes; preferences alone say nothing of the noise",),
        example=NOISE_OF_JUDGES,
    ),
    Method(
        "upo",
        partial(made, "dubito.align.upo", "UPO"),
        "preference pairs that a second judge agrees on and is sure about, and a loss that hedges",
        paper="wang2024upo",
        family="alignment",
        needs=("train", "labels"),
        calls="1 for each answer, as in training; to choose, K of a judge for each pair",
        caveats=(
            "most is done by the judge's vote; errors that it shares with the reward stay",
            "one pass of the judge without dropout may choose as well",
        ),
        example=SURE_PAIRS,
    ),
    Method(
        "recap",
        partial(made, "dubito.align.recap", "RECAP"),
        "objectives that weigh as much as their own losses still move",
        paper="phan2025",
        family="alignment",
        needs=("train",),
        calls="1, as in training",
        caveats=(
            "it needs replayed data of what shall be kept, which do most of the work",
            "an objective that is stuck, or gets worse without noise, loses weight",
        ),
        example=WEIGHED_BY_MOVEMENT,
    ),
)

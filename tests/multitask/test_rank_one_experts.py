"""The row mor1e: worked weights, limits, two shapes, real transformers."""

import copy
import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.checkpoint import checkpoint
from transformers import LlamaConfig, LlamaForCausalLM, Trainer, TrainingArguments

from dubito.multitask.prompt_clusters import PromptClusters
from dubito.multitask.rank_one_experts import (
    MoR1E,
    RankOneExperts,
    guided,
    guided_by_column,
    layers_of,
)
from laws import assert_frozen

D_IN, D_OUT = 5, 4


def drawn(*shape: int, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=generator, dtype=torch.float64)


def layer(r_in: int, r_out: int | None = None) -> RankOneExperts:
    """With factors as if it had been trained."""
    base = nn.Linear(D_IN, D_OUT, dtype=torch.float64)
    b = drawn(D_OUT, r_out or r_in, seed=2)
    return RankOneExperts(base, drawn(r_in, D_IN, seed=1), b, mixed=r_out is not None)


def test_at_first_it_is_the_frozen_layer() -> None:
    for method in (MoR1E(rank=3), MoR1E(rank=3, outputs=2)):
        base = nn.Linear(D_IN, D_OUT)
        made = method(base, torch.Generator().manual_seed(0))
        made.scores = torch.rand(6, method.experts)
        x = torch.randn(6, D_IN)
        assert torch.equal(made(x), base(x))
        assert not any(p.requires_grad for p in base.parameters())
        assert made.a.abs().max() <= D_IN**-0.5
        assert made.a.std() > 0.1


def test_a_balance_of_1_and_an_even_router_is_lora() -> None:
    """q = 32 / 32 = 1 each: W x + gate B A x."""
    made, x = layer(32), drawn(3, D_IN, seed=3)
    made.scores = drawn(3, 32, seed=4)
    with torch.no_grad():
        made.balance_logit.fill_(10.0)
        made.gate_logit.fill_(math.log(3) / 100)  # a gate of 3/4
    assert torch.allclose(made.weights(x), torch.ones(3, 32, dtype=torch.float64))
    expected = made.base(x) + 0.75 * x @ made.a.mT @ made.b.mT
    assert torch.allclose(made(x), expected)


def test_worked_weights() -> None:
    """Balance 1/2, an even router, scores of 0.2: 0.5 * 32 / 32 + 0.5 * 4 * 0.2 = 0.9."""
    made = layer(32)
    made.scores = torch.full((2, 32), 0.2, dtype=torch.float64)
    assert torch.allclose(made.weights(drawn(2, D_IN)), torch.tensor(0.9, dtype=torch.float64))


def test_a_balance_of_0_and_one_score_is_one_expert_of_rank_1() -> None:
    """Delta W = 4 gate b_j a_j^T."""
    made = layer(3)
    made.scores = torch.eye(3, dtype=torch.float64)[[1]].expand(D_IN, 3)
    with torch.no_grad():
        made.balance_logit.fill_(-10.0)
    delta = (made(torch.eye(D_IN, dtype=torch.float64)) - made.base.bias).mT - made.base.weight
    assert torch.allclose(delta, 4 * 0.5 * torch.outer(made.b[:, 1], made.a[1]))
    assert torch.linalg.matrix_rank(delta) == 1


def test_the_router_reads_the_token() -> None:
    """Logits (0, log 3) for x = e1: softmax (1/4, 3/4), times K / 2 = 1."""
    made = layer(2)
    made.scores = torch.zeros(2, 2, dtype=torch.float64)
    with torch.no_grad():
        made.router[1, 0] = math.log(3)
    x = torch.eye(D_IN, dtype=torch.float64)[:2]
    expected = torch.tensor([[0.25, 0.75], [0.5, 0.5]], dtype=torch.float64)
    assert torch.allclose(made.weights(x), expected)


def test_mixed_pairs_with_only_the_equal_ones_are_paired() -> None:
    """Q = identity of 2 x 2 is the other shape with q = (1, 1)."""
    mixed, paired, x = layer(2, 2), layer(2), drawn(3, D_IN, seed=5)
    paired.base = mixed.base
    for made, score in ((mixed, [1.0, 0, 0, 1]), (paired, [1.0, 1])):
        made.scores = torch.tensor([score] * 3, dtype=torch.float64)
        with torch.no_grad():
            made.balance_logit.fill_(-10.0)
    assert torch.allclose(mixed(x), paired(x))


def test_which_pair_is_which() -> None:
    """Score on the pair (input 0, output 2) of 2 x 3: expert 0 * 3 + 2."""
    made = layer(2, 3)
    made.scores = torch.eye(6, dtype=torch.float64)[[2]].expand(D_IN, 6)
    with torch.no_grad():
        made.balance_logit.fill_(-10.0)
    delta = (made(torch.eye(D_IN, dtype=torch.float64)) - made.base.bias).mT - made.base.weight
    assert torch.allclose(delta, 2 * torch.outer(made.b[:, 2], made.a[0]))


def test_a_mixture_has_no_more_rank_than_its_narrower_side() -> None:
    made = layer(2, 3)
    made.scores = drawn(1, 6, seed=6).expand(D_IN, 6)
    with torch.no_grad():
        made.balance_logit.fill_(-10.0)
    delta = (made(torch.eye(D_IN, dtype=torch.float64)) - made.base.bias).mT - made.base.weight
    assert torch.linalg.matrix_rank(delta) == 2


def test_as_many_parameters_as_the_paper_counts() -> None:
    """r_in d_in + r_out d_out + K d_in + 2; paired: r (d_in + d_out) + r d_in + 2."""
    for method, count in (
        (MoR1E(rank=4, outputs=8), 4 * 20 + 8 * 30 + 32 * 20 + 2),
        (MoR1E(rank=8), 8 * 50 + 8 * 20 + 2),
    ):
        made = method(nn.Linear(20, 30), torch.Generator())
        assert sum(p.numel() for p in made.parameters() if p.requires_grad) == count


def test_a_row_of_scores_is_for_all_tokens_of_its_row() -> None:
    made, x = layer(3), drawn(2, 7, D_IN, seed=7)
    scores = drawn(2, 3, seed=8)
    made.scores = scores
    whole = made(x)
    assert whole.shape == (2, 7, D_OUT)
    made.scores = scores[1:]
    assert torch.allclose(made(x[1:]), whole[1:])
    made.scores = scores.flip(0)
    assert not torch.allclose(made(x), whole)


@pytest.mark.parametrize("r_out", [None, 3])
def test_gradients(r_out) -> None:
    made, x = layer(2, r_out), drawn(2, D_IN, seed=9).requires_grad_()
    made.scores = drawn(2, made.experts, seed=10)
    names = ["a", "b", "router", "balance_logit", "gate_logit"]
    with torch.no_grad():
        made.router.copy_(0.3 * drawn(made.experts, D_IN, seed=11))
    given = [made.get_parameter(n).detach().clone().requires_grad_() for n in names]
    given[-1].data.fill_(0.002)

    def value(x: torch.Tensor, *parameters: torch.Tensor) -> torch.Tensor:
        return torch.func.functional_call(made, dict(zip(names, parameters, strict=True)), (x,))

    # Balance and gate are a hundred times as steep as their parameters.
    assert torch.autograd.gradcheck(value, (x, *given), eps=1e-7, atol=1e-4)


def test_a_layer_in_half_precision_keeps_it() -> None:
    base = nn.Linear(D_IN, D_OUT, dtype=torch.bfloat16)
    made = MoR1E(rank=2)(base, torch.Generator())
    exact = RankOneExperts(base, torch.randn(2, D_IN), torch.randn(D_OUT, 2))  # trained in full
    for part in (made, exact):
        part.scores = torch.zeros(1, 2)
        assert part(torch.ones(1, D_IN, dtype=torch.bfloat16)).dtype == torch.bfloat16


@pytest.fixture(scope="module")
def model():
    sizes = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 2}
    heads = {"num_attention_heads": 2, "num_key_value_heads": 2}
    torch.manual_seed(0)
    return LlamaForCausalLM(LlamaConfig(vocab_size=12, max_position_embeddings=9, **sizes, **heads))


TOKENS = torch.randint(0, 12, (4, 6), generator=torch.Generator().manual_seed(1))


def test_on_a_transformer(model) -> None:
    """Only what was put on learns; scores hold within the context, in generation too."""
    ours = copy.deepcopy(model)
    found = MoR1E(rank=3).attach(ours, ("1.self_attn.q_proj", "1.self_attn.v_proj"))
    assert len(found) == len(layers_of(ours)) == 2
    trained = {n.rsplit(".", 1)[1] for n, p in ours.named_parameters() if p.requires_grad}
    assert trained == {"a", "b", "router", "balance_logit", "gate_logit"}
    scores = torch.eye(3)[[0, 1, 2, 0]]
    with guided(ours, scores):
        assert torch.equal(ours(TOKENS).logits, model(TOKENS).logits)
        ours(TOKENS, labels=TOKENS).loss.backward()
        said = ours.generate(TOKENS, max_new_tokens=3, do_sample=False, pad_token_id=0)
    assert said.shape == (4, 9)
    assert all(layer.b.grad.abs().sum() > 0 for layer in layers_of(ours))
    with pytest.raises(ValueError, match="within guided"):
        ours(TOKENS)


def test_contexts_nest_and_an_error_leaves_nothing_behind(model) -> None:
    ours = copy.deepcopy(model)
    MoR1E(rank=3).attach(ours, ("q_proj",))
    outer, inner = torch.zeros(4, 3), torch.ones(4, 3)
    first = layers_of(ours)[0]
    with guided(ours, outer):
        with guided(ours, inner):
            assert first.scores is inner
        with pytest.raises(ValueError, match=r"scores \[1, 3\]"), guided(ours, inner):
            ours(TOKENS[:1])
        assert first.scores is outer
    assert first.scores is None


def test_a_trainer_hands_scores_over(model, tmp_path) -> None:
    """One step of plain descent by hand, with the same scores, gives the same weights."""
    scores = torch.eye(4)
    rows = [{"input_ids": t, "labels": t, "scores": scores[i]} for i, t in enumerate(TOKENS)]

    def fresh() -> LlamaForCausalLM:
        ours = copy.deepcopy(model)
        MoR1E(rank=4).attach(ours, ("q_proj", "v_proj"))
        return ours

    arguments = TrainingArguments(
        output_dir=str(tmp_path),
        per_device_train_batch_size=4,
        max_steps=1,
        optim="sgd",
        learning_rate=1.0,
        max_grad_norm=0.0,
        save_strategy="no",
        report_to=[],
        use_cpu=True,
        disable_tqdm=True,
        dataloader_pin_memory=False,
        remove_unused_columns=False,
    )
    pupil, mine = guided_by_column(fresh()), fresh()
    Trainer(pupil, arguments, train_dataset=rows).train()
    with guided(mine, scores):
        mine(TOKENS, labels=TOKENS).loss.backward()
    for layer_, other in zip(layers_of(mine), layers_of(pupil), strict=True):
        assert layer_.b.grad.abs().max() > 0
        assert torch.allclose(layer_.b - layer_.b.grad, other.b, atol=1e-6)


def test_the_model_itself_does_not_see_the_column() -> None:
    """Scores hold until the next batch; one without any is not given those of the last."""
    net = nn.Sequential(nn.Linear(D_IN, D_OUT))
    MoR1E(rank=2).attach(net, ("0",))
    guided_by_column(net, "kinds")
    layers_of(net)[0].b.data.normal_()
    x, kinds = torch.randn(3, D_IN), torch.randn(3, 2)
    told = net(x, kinds=kinds)  # a Sequential refuses what it does not know
    assert not torch.equal(net(x, kinds=-kinds), told)
    for _ in range(2):
        with pytest.raises(ValueError, match="no scores of these prompts"):
            net(x)
    assert torch.equal(net(x, kinds=kinds), told)
    with guided(net, kinds.clone()):
        assert torch.equal(net(x), told)
        assert torch.equal(net(x), told)


def test_a_checkpointed_backward_pass_finds_the_scores_of_the_column() -> None:
    """The layer runs again behind the model's own forward pass: same gradients as without."""

    class Checkpointed(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = layer(2)

        def forward(self, x: torch.Tensor, *, again: bool) -> torch.Tensor:
            return checkpoint(self.layer, x, use_reentrant=False) if again else self.layer(x)

    net, x, kinds = guided_by_column(Checkpointed(), "kinds"), drawn(3, D_IN), drawn(3, 2, seed=4)
    slopes = []
    for again in (False, True):
        net.zero_grad()
        net(x, kinds=kinds, again=again).sum().backward()
        slopes.append(net.layer.b.grad.clone())
    assert slopes[0].abs().max() > 0
    assert torch.equal(*slopes)


def test_prompt_clusters_tell_kinds_apart() -> None:
    rng = np.random.default_rng(0)
    kind = np.repeat(np.arange(3), 30)
    embeddings = np.eye(8)[kind] + 0.1 * rng.normal(size=(90, 8))
    clusters = PromptClusters(3).fit(embeddings)
    scores = clusters.predict(embeddings)
    assert scores.shape == (90, 3)
    assert (np.abs(scores) <= 1 + 1e-12).all()
    assert (np.sort(scores, axis=1)[:, -1] > 0.9).all()
    assert len({(k, s.argmax()) for k, s in zip(kind, scores, strict=True)}) == 3
    np.testing.assert_allclose(clusters.predict(7 * embeddings), scores)
    assert clusters.predict(np.zeros((1, 8))).tolist() == [[0.0] * 3]


def test_scores_are_cosines() -> None:
    """(0, -2) with (.6, .8): -.8."""
    clusters = PromptClusters(1)
    clusters.centroids_ = np.array([[0.6, 0.8]])
    told = clusters.predict(np.array([[1.0, 0], [0, -2]]))
    np.testing.assert_allclose(told, [[0.6], [-0.8]])


def test_refusals(model) -> None:
    assert_frozen(MoR1E())
    with pytest.raises(ValueError, match="rank and outputs must be at least 1, got 0"):
        MoR1E(rank=0)
    with pytest.raises(ValueError, match="rank and outputs must be at least 1, got 2 and 0"):
        MoR1E(rank=2, outputs=0)
    with pytest.raises(ValueError, match="clusters must be at least 1"):
        PromptClusters(0)
    with pytest.raises(ValueError, match="has no rank-1 experts"), guided(model, TOKENS):
        pass
    with pytest.raises(ValueError, match="no linear layer"):
        MoR1E().attach(copy.deepcopy(model), ("nothing",))
    with pytest.raises(ValueError, match="ranks may differ where mixed=True"):
        RankOneExperts(nn.Linear(4, 4), torch.zeros(2, 4), torch.zeros(4, 3))
    made = layer(3)
    made.scores = torch.zeros(2, 3)
    with pytest.raises(ValueError, match=r"scores \[4, 3\] of the prompts needed, got \[2, 3\]"):
        made(drawn(4, D_IN))

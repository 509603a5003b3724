"""Balancers: equal weights, absent tasks, losses of a batch by task, a Trainer."""

import copy

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy
from torchjd.scalarization import STCH, Mean, Sum
from transformers import LlamaConfig, LlamaForCausalLM, Trainer, TrainingArguments

from dubito.learn.trainer import trainer_loss, with_columns
from dubito.multitask.balancer import (
    Balanced,
    by_task,
    equal_weights,
    every_task,
    fixed_weights,
    parameter_groups,
)
from dubito.multitask.uncertainty_weighting import (
    GAUSSIAN,
    SOFTMAX,
    UncertaintyWeighting,
    analytic_weighting,
)

NAN = float("nan")
SOME = torch.tensor([True, False, True])
BALANCERS = (
    equal_weights,
    analytic_weighting,
    UncertaintyWeighting([GAUSSIAN] * 3, start=[0.5, 0.5, 0.5]),
    UncertaintyWeighting([GAUSSIAN] * 3),
    fixed_weights(torch.tensor([0.9, 0.2, 0.1], dtype=torch.float64)),
)


def test_equal_weights_are_the_mean_of_those_present() -> None:
    """(1 + 2 + 6) / 3 = 3; without the second (1 + 6) / 2 = 3.5; of none 0."""
    losses = torch.tensor([1.0, 2.0, 6.0], dtype=torch.float64)
    assert equal_weights(losses) == 3.0
    assert equal_weights(losses, SOME) == 3.5
    assert equal_weights(losses, torch.zeros(3, dtype=torch.bool)) == 0.0


def test_equal_weights_are_torchjds_mean() -> None:
    losses = torch.rand(5)
    assert equal_weights(losses) == Mean()(losses)


def test_fixed_weights_are_a_weighted_sum_of_those_present() -> None:
    """.5 * 2 + .25 * 4 + 0 * 8 = 2; without the first 1."""
    balancer = fixed_weights(torch.tensor([0.5, 0.25, 0.0]))
    losses = torch.tensor([2.0, 4.0, 8.0])
    assert balancer(losses) == 2.0
    assert balancer(losses, torch.tensor([False, True, True])) == 1.0
    assert balancer(torch.tensor([2.0, 4.0, NAN])).isnan()  # of weight 0, but it failed
    with pytest.raises(ValueError, match=r"losses \[3\] needed, got \[2\]"):
        balancer(losses[:2])


@pytest.mark.parametrize(
    "weights", [[[1.0]], [1.0, -0.1], [0.0, 0.0], [1.0, NAN]], ids=["table", "minus", "0", "nan"]
)
def test_refused_weights(weights) -> None:
    with pytest.raises(ValueError, match=r"weights \[T\] of at least 0, not all 0, needed"):
        fixed_weights(torch.tensor(weights))


@pytest.mark.parametrize("balancer", BALANCERS)
def test_an_absent_task_takes_no_part(balancer) -> None:
    """Its loss may be anything; those present get the gradient they would get without it."""
    grads, values = [], []
    for other in (NAN, 1e6):
        losses = torch.tensor([1.0, other, 6.0], requires_grad=True)
        value = balancer(losses, SOME)
        values.append(value.item())
        grads.append(torch.autograd.grad(value, losses)[0])
    assert values[0] == values[1]
    assert torch.equal(*grads)
    assert grads[0][1] == 0
    assert (grads[0][[0, 2]] > 0).all()


@pytest.mark.parametrize("balancer", BALANCERS)
def test_a_loss_that_failed_is_seen(balancer) -> None:
    """A task that is present is never left out, NaN or not."""
    assert balancer(torch.tensor([1.0, 2.0, 6.0]), torch.ones(3, dtype=torch.bool)).isfinite()
    assert balancer(torch.tensor([NAN, 2.0, 6.0]), SOME).isnan()
    assert balancer(torch.tensor([NAN, 2.0, 6.0])).isnan()


@pytest.mark.parametrize("balancer", BALANCERS)
def test_all_present_is_no_word_on_it(balancer) -> None:
    losses = torch.tensor([1.0, 2.0, 6.0])
    assert balancer(losses) == balancer(losses, torch.ones(3, dtype=torch.bool))


def test_any_scalarizer_of_torchjd_is_a_balancer_of_all_tasks() -> None:
    losses = torch.tensor([1.0, 2.0, 6.0])
    for scalarizer in (Sum(), STCH(mu=0.1)):
        balancer = every_task(scalarizer)
        assert balancer(losses) == scalarizer(losses)
        assert balancer(losses, torch.ones(3, dtype=torch.bool)) == scalarizer(losses)
        with pytest.raises(ValueError, match=r"no row of tasks \[1\] in this batch"):
            balancer(losses, SOME)


def test_losses_by_task() -> None:
    """Task 0 has 1 and 2, mean 1.5; task 1 none; task 2 has 9."""
    each = torch.tensor([1.0, 9.0, 2.0], dtype=torch.float64)
    losses, present = by_task(each, torch.tensor([0, 2, 0]), 3)
    assert losses[present].tolist() == [1.5, 9.0]
    assert losses[1].isnan()
    assert present.tolist() == [True, False, True]
    with pytest.raises(ValueError, match="a row of task 2, but there are 2"):
        by_task(each, torch.tensor([0, 2, 0]), 2)


def test_gradients_of_an_absent_task_are_not_nan() -> None:
    """Through the means and the balancer, to each row's loss: (1/2) / 2, (1/2) / 1."""
    each = torch.tensor([1.0, 9.0, 2.0], dtype=torch.float64, requires_grad=True)
    equal_weights(*by_task(each, torch.tensor([0, 2, 0]), 3)).backward()
    assert each.grad.tolist() == [0.25, 0.5, 0.25]


def test_groups_name_each_parameter_once_and_decay_the_model_alone() -> None:
    model = nn.Linear(2, 2)
    model.balancer = UncertaintyWeighting([GAUSSIAN])  # kept with the model
    model.bias.requires_grad_(False)
    groups = parameter_groups(model, model.balancer, weight_decay=0.1, rate=0.5)
    assert [g["weight_decay"] for g in groups] == [0.1, 0.0]
    assert [len(g["params"]) for g in groups] == [1, 1]
    assert groups[0]["params"][0] is model.weight
    assert groups[1]["params"][0] is model.balancer.log_noise
    optimiser = torch.optim.AdamW(groups, lr=1e-3)
    assert [g["lr"] for g in optimiser.param_groups] == [1e-3, 0.5]
    assert "lr" not in parameter_groups(model, model.balancer)[1]


def each(logits, labels):
    return cross_entropy(logits, labels, reduction="none")


def test_balanced_is_the_balancers_number_for_each_token() -> None:
    """Two tokens of task 0 and one of task 1: half of each task's mean."""
    logits = torch.randn(3, 4, dtype=torch.float64)
    labels, task = torch.tensor([1, 2, 3]), torch.tensor([0, 1, 0])
    nll = each(logits, labels)
    expected = ((nll[0] + nll[2]) / 2 + nll[1]) / 2
    got = Balanced(equal_weights, each, tasks=3)(logits, labels, task=task)  # a third is absent
    assert got.tolist() == pytest.approx([expected.item()] * 3)


@pytest.fixture(scope="module")
def model():
    sizes = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1}
    heads = {"num_attention_heads": 2, "num_key_value_heads": 2}
    torch.manual_seed(0)
    return LlamaForCausalLM(LlamaConfig(vocab_size=12, max_position_embeddings=6, **sizes, **heads))


def test_a_trainer_trains_the_model_and_its_balancer(model, tmp_path) -> None:
    """One step by hand on the same losses gives the same weights and the same noise."""
    tokens = torch.randint(0, 12, (8, 6), generator=torch.Generator().manual_seed(1))
    rows = [{"input_ids": t, "labels": t, "task": i % 2} for i, t in enumerate(tokens)]
    pupil = with_columns(copy.deepcopy(model), ["task"])
    pupil.balancer = balancer = UncertaintyWeighting([SOFTMAX, SOFTMAX], start=[1.0, 0.0])
    groups = parameter_groups(pupil, balancer, weight_decay=0.5, rate=0.1)
    arguments = TrainingArguments(
        output_dir=str(tmp_path),
        per_device_train_batch_size=8,
        max_steps=3,
        lr_scheduler_type="constant",
        max_grad_norm=0.0,
        save_strategy="no",
        report_to=[],
        use_cpu=True,
        disable_tqdm=True,
        dataloader_pin_memory=False,
        remove_unused_columns=False,
    )
    Trainer(
        pupil,
        arguments,
        train_dataset=rows,
        compute_loss_func=trainer_loss(Balanced(balancer, each, tasks=2), columns=["task"]),
        optimizers=(torch.optim.SGD(groups, lr=1.0), None),
    ).train()

    mine, own = copy.deepcopy(model), UncertaintyWeighting([SOFTMAX, SOFTMAX], start=[1.0, 0.0])
    groups = parameter_groups(mine, own, weight_decay=0.5, rate=0.1)
    optimiser = torch.optim.SGD(groups, lr=1.0)
    for _ in range(3):
        logits = mine(input_ids=tokens).logits[:, :-1]  # [8, 5, 12]
        losses = [
            cross_entropy(logits[i::2].flatten(0, 1), tokens[i::2, 1:].flatten()) for i in (0, 1)
        ]
        optimiser.zero_grad()
        own(torch.stack(losses)).backward()
        optimiser.step()
    assert torch.allclose(balancer.log_noise, own.log_noise, atol=1e-6)
    mine.balancer = own
    for p, q in zip(pupil.parameters(), mine.parameters(), strict=True):
        assert torch.allclose(p, q, atol=1e-5)

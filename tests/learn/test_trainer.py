import copy
import math

import pytest
import torch
from torch.nn.functional import cross_entropy
from transformers import LlamaConfig, LlamaForCausalLM, Trainer, TrainingArguments

from dubito.learn.soft_labels import ual
from dubito.learn.trainer import trainer_loss, with_columns

ROWS, LENGTH, VOCABULARY = 8, 6, 12


def plain(logits, labels):
    return cross_entropy(logits, labels, reduction="none")


def weighed(logits, labels, *, weight, power=1.0):
    return weight**power * plain(logits, labels)


@pytest.fixture(scope="module")
def model():
    config = LlamaConfig(
        vocab_size=VOCABULARY,
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=LENGTH,
    )
    torch.manual_seed(0)
    return LlamaForCausalLM(config)


@pytest.fixture(scope="module")
def rows():
    """Row i has 1 + i % 4 labelled tokens, so that a mean of means is another number."""
    tokens = torch.randint(
        0, VOCABULARY, (ROWS, LENGTH), generator=torch.Generator().manual_seed(1)
    )
    return [
        {
            "input_ids": row,
            "labels": torch.where(torch.arange(LENGTH) >= LENGTH - 1 - i % 4, row, -100),
            "smoothing": i / 10,
        }
        for i, row in enumerate(tokens)
    ]


def trained(model, rows, tmp_path, *, batch, loss, columns=()):
    """The model after one step of plain descent over all rows, `batch` at a time."""
    pupil = with_columns(copy.deepcopy(model), columns)
    used = ("input_ids", "labels", *columns)
    arguments = TrainingArguments(
        output_dir=str(tmp_path),
        per_device_train_batch_size=batch,
        gradient_accumulation_steps=ROWS // batch,
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
    data = [{name: row[name] for name in used} for row in rows]
    Trainer(pupil, arguments, train_dataset=data, compute_loss_func=loss).train()
    return torch.cat([p.detach().flatten() for p in pupil.parameters()])


def start(model):
    return torch.cat([p.detach().flatten() for p in model.parameters()])


def test_eight_of_one_are_one_of_eight(model, rows, tmp_path):
    one = trained(model, rows, tmp_path, batch=8, loss=trainer_loss(plain))
    eight = trained(model, rows, tmp_path, batch=1, loss=trainer_loss(plain))
    assert (one - start(model)).abs().max() > 1e-2
    assert torch.allclose(one, eight, atol=1e-6, rtol=0)


def test_cross_entropy_is_the_models_own_loss(model, rows, tmp_path):
    ours = trained(model, rows, tmp_path, batch=2, loss=trainer_loss(plain))
    own = trained(model, rows, tmp_path, batch=2, loss=None)
    assert torch.allclose(ours, own, atol=1e-6, rtol=0)


def test_columns_reach_the_objective_through_a_real_trainer(model, rows, tmp_path):
    """A smoothing of each row: as in one batch of eight, and not the step without it."""
    loss = trainer_loss(ual, columns=["smoothing"])
    one = trained(model, rows, tmp_path, batch=8, loss=loss, columns=["smoothing"])
    eight = trained(model, rows, tmp_path, batch=1, loss=loss, columns=["smoothing"])
    assert torch.allclose(one, eight, atol=1e-6, rtol=0)
    hard = trained(model, rows, tmp_path, batch=8, loss=trainer_loss(ual))
    assert (one - hard).abs().max() > 1e-3


LOGITS = torch.log(torch.tensor([[[0.5, 0.25, 0.25], [0.2, 0.2, 0.6], [0.1, 0.8, 0.1]]]))
LABELS = torch.tensor([[2, 1, 2]])


def test_what_stands_at_t_is_held_against_what_follows():
    """-log p(1) = log 4 at the first place, -log p(2) = -log .6 at the second: the mean."""
    expected = (math.log(4) - math.log(0.6)) / 2
    assert trainer_loss(plain)({"logits": LOGITS}, LABELS) == pytest.approx(expected)
    of_step = trainer_loss(plain)({"logits": LOGITS}, LABELS, num_items_in_batch=torch.tensor(4))
    assert of_step == pytest.approx(expected / 2)


def test_ignored_labels_are_left_out():
    masked = torch.tensor([[2, -100, 2]])
    assert trainer_loss(plain)({"logits": LOGITS}, masked) == pytest.approx(-math.log(0.6))
    other = torch.tensor([[2, 7, 2]])
    assert trainer_loss(plain, ignored=7)({"logits": LOGITS}, other) == pytest.approx(
        -math.log(0.6)
    )


def test_each_token_gets_the_value_of_its_row():
    """Weights 1 and 3, squared; the second row keeps its last token only."""
    labels = torch.tensor([[2, 1, 2], [0, -100, 2]])
    outputs = {"logits": LOGITS.repeat(2, 1, 1), "weight": torch.tensor([1.0, 3.0])}
    got = trainer_loss(weighed, columns=["weight"], power=2.0)(outputs, labels)
    assert got == pytest.approx((math.log(4) + (1 + 9) * -math.log(0.6)) / 3)


def test_a_value_may_be_a_row_of_numbers():
    """A target over the three tokens for each row: -log p(1) = log 4, and -log p(2) = -log .6."""
    labels = torch.tensor([[2, 1, -100], [0, -100, 2]])
    target = torch.tensor([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    outputs = {"logits": LOGITS.repeat(2, 1, 1), "target": target}

    def against(logits, _labels, *, target):
        return -(target * logits.log_softmax(dim=-1)).sum(dim=-1)

    got = trainer_loss(against, columns=["target"])(outputs, labels)
    assert got == pytest.approx((math.log(4) - math.log(0.6)) / 2)


def test_columns_do_not_outlive_their_batch(model):
    carried = with_columns(copy.deepcopy(model), ["weight"])
    tokens = torch.zeros(2, 3, dtype=torch.int64)
    assert "weight" in carried(input_ids=tokens, weight=torch.ones(2))
    assert "weight" not in carried(input_ids=tokens)


def test_halves_are_summed_in_single_precision_and_doubles_kept():
    seen = []

    def dtype(logits, labels):
        seen.append(logits.dtype)
        return plain(logits, labels)

    for given in (torch.bfloat16, torch.float32, torch.float64):
        trainer_loss(dtype)({"logits": LOGITS.to(given)}, LABELS)
    assert seen == [torch.float32, torch.float32, torch.float64]


def test_a_batch_without_a_kept_token_adds_nothing_to_its_step():
    logits = LOGITS.clone().requires_grad_()
    loss = trainer_loss(plain)({"logits": logits}, torch.full((1, 3), -100), 5)
    loss.backward()
    assert loss == 0
    assert (logits.grad == 0).all()


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="no labels"):
        trainer_loss(plain)({"logits": LOGITS}, None)
    with pytest.raises(ValueError, match="all labels are -100"):
        trainer_loss(plain)({"logits": LOGITS}, torch.full((1, 3), -100))
    with pytest.raises(ValueError, match=r"no column 'weight'.*remove_unused_columns=False"):
        trainer_loss(weighed, columns=["weight"])({"logits": LOGITS}, LABELS)

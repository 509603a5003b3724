"""The row swag-nli: a Gaussian from snapshots of weights."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel
from torch.utils.data import Dataset

from dubito.posterior.swag import SWAG


class Scalars(nn.Module):
    """Weights alone."""

    def __init__(self, *values: float, dtype: torch.dtype = torch.float64) -> None:
        super().__init__()
        self.w = nn.Parameter(torch.tensor(values, dtype=dtype))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x[:, None] * self.w


def collected(*rows: tuple[float, ...], **options: float) -> SWAG:
    swag, model = SWAG(**options), Scalars(*rows[0])
    for row in rows:
        model.w.data = torch.tensor(row, dtype=torch.float64)
        swag.collect(model)
    return swag


def draws(swag: SWAG, count: int) -> np.ndarray:
    generator = torch.Generator().manual_seed(3)
    return np.stack([swag.draw(generator).numpy() for _ in range(count)])


PATH = tuple((float(a), float(b), a * b / 4) for a, b in ((1, 2), (2, 0), (4, -1), (3, 3), (0, 5)))


def test_snapshots_of_one_number() -> None:
    """1, 2, 3: mean 2, second moment 14/3, variance 14/3 - 4; deviations 0, 1/2, 1."""
    swag = collected((1.0,), (2.0,), (3.0,))
    assert swag.mean_.tolist() == [2.0]
    assert swag.variance_.tolist() == pytest.approx([14 / 3 - 4])
    assert swag.deviations_.ravel().tolist() == [0.0, 0.5, 1.0]


def test_the_last_columns_are_kept() -> None:
    swag = collected((1.0,), (2.0,), (3.0,), columns=2)
    assert swag.deviations_.ravel().tolist() == [0.5, 1.0]
    assert collected((1.0,), (2.0,), columns=0).deviations_.shape == (0, 1)


def test_moments_are_those_of_numpy_and_of_torchs_averaging() -> None:
    swag, path = collected(*PATH), np.array(PATH)
    np.testing.assert_allclose(swag.mean_, path.mean(axis=0))
    np.testing.assert_allclose(swag.variance_, path.var(axis=0))
    running = np.cumsum(path, axis=0) / np.arange(1, 6)[:, None]
    np.testing.assert_allclose(swag.deviations_, path - running, atol=1e-12)
    model = Scalars(*PATH[0])
    averaged = AveragedModel(model)
    for row in PATH:
        model.w.data = torch.tensor(row, dtype=torch.float64)
        averaged.update_parameters(model)
    np.testing.assert_allclose(swag.mean_, averaged.module.w.detach())


@pytest.mark.parametrize("scale", [0.5, 1.0])
def test_covariance_of_20000_draws(scale: float) -> None:
    """scale (diag v + D^T D / (R - 1)); the largest entries within 5%."""
    swag = collected(*PATH, scale=scale, columns=4)
    d = swag.deviations_.numpy()
    exact = scale * (np.diag(swag.variance_.numpy()) + d.T @ d / 3)
    drawn = draws(swag, 20_000)
    np.testing.assert_allclose(np.cov(drawn.T), exact, atol=0.05 * exact.max())
    np.testing.assert_allclose(drawn.mean(axis=0), swag.mean_, atol=0.06)


def test_diagonal_without_columns() -> None:
    swag = collected(*PATH, scale=1.0, columns=0)
    exact = np.diag(swag.variance_.numpy())
    np.testing.assert_allclose(np.cov(draws(swag, 20_000).T), exact, atol=0.05 * exact.max())


def test_one_snapshot_or_no_scale_is_the_mean() -> None:
    assert draws(collected((1.0, -2.0)), 3).tolist() == [[1.0, -2.0]] * 3
    swag = collected(*PATH, scale=0.0)
    np.testing.assert_array_equal(draws(swag, 2)[1], swag.mean_)


def test_two_snapshots_divide_by_what_is_stored() -> None:
    """R = 2 of 20 columns: 0 and 1/2 over sqrt(1), beside sqrt(1/4): variance 0.5 in all."""
    swag = collected((1.0,), (2.0,), scale=1.0)
    assert draws(swag, 20_000).var() == pytest.approx(0.5, rel=0.05)


def test_small_steps_far_from_zero_survive_single_precision() -> None:
    """Deviation 1e-4 around 10: a difference of squares of float32 would be off by 1e-5."""
    swag, model = SWAG(), Scalars(10.0, dtype=torch.float32)
    steps = [0.0, 1e-4, 2e-4, -1e-4, -2e-4]
    for step in steps:
        model.w.data = torch.tensor([10 + step], dtype=torch.float32)
        swag.collect(model)
    stored = np.array([np.float32(10 + s) for s in steps], dtype=np.float64)
    assert float(swag.variance_) == pytest.approx(stored.var(), rel=0.02)


def test_the_mean_is_near_the_optimum_of_a_quadratic() -> None:
    """SGD on a linear-Gaussian model: within 2% of the least-squares solution."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(400, 3, generator=generator, dtype=torch.float64)
    y = x @ torch.tensor([1.0, -2.0, 3.0], dtype=torch.float64)
    y = y + torch.randn(400, generator=generator, dtype=torch.float64)
    model, swag = Scalars(0.0, 0.0, 0.0), SWAG()
    optimiser = torch.optim.SGD(model.parameters(), lr=0.01)
    for step in range(2000):
        rows = torch.randint(400, (16,), generator=generator)
        loss = ((x[rows] @ model.w - y[rows]) ** 2).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        if step >= 500:
            swag.collect(model)
    best = torch.linalg.lstsq(x, y[:, None]).solution[:, 0]
    assert float((swag.mean_ - best).norm() / best.norm()) < 0.02


def test_prediction_averages_probabilities() -> None:
    """By hand from the same draws; the model is afterwards what it was, in its mode."""
    swag, model = collected(*PATH, samples=6), Scalars(*PATH[-1]).train()
    x = torch.tensor([0.5, -1.0], dtype=torch.float64)
    got = swag.predict(model, model, x)
    generator = torch.Generator().manual_seed(0)
    weights = torch.stack([swag.draw(generator) for _ in range(6)])
    p = (x[:, None] * weights[:, None]).softmax(dim=-1)  # [6, 2, 3]
    np.testing.assert_allclose(np.exp(got.mean), p.mean(dim=0))
    np.testing.assert_allclose(np.exp(got.mean).sum(axis=-1), 1)
    assert (got.epistemic > 0).all()
    assert model.w.tolist() == list(PATH[-1])
    assert model.training


def test_dropout_is_off_meanwhile() -> None:
    model = nn.Sequential(Scalars(*PATH[0]), nn.Dropout(0.9)).train()
    swag = SWAG(samples=1, scale=0.0).collect(model)
    x = torch.tensor([0.5, -1.0], dtype=torch.float64)
    plain = model[0](x).log_softmax(dim=-1).detach()
    np.testing.assert_array_equal(swag.predict(model, model, x).mean, plain)


def test_one_draw_without_scale_is_swa() -> None:
    swag, model = collected(*PATH, samples=1, scale=0.0), Scalars(*PATH[0])
    x = torch.tensor([0.5, -1.0], dtype=torch.float64)
    with swag.worn(model):
        plain = model(x).log_softmax(dim=-1).detach()
    got = swag.predict(model, model, x)
    np.testing.assert_array_equal(got.mean, plain)
    np.testing.assert_allclose(got.epistemic, 0, atol=1e-15)


def test_statistics_of_batches_are_refreshed_and_come_back() -> None:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Linear(3, 2)).eval()
    swag = SWAG(samples=2).collect(model)
    x = 5 + torch.randn(50, 2, generator=torch.Generator().manual_seed(1))
    before = model[1].running_mean.clone()
    with swag.worn(model, familiar=[x[:25], x[25:]]):
        np.testing.assert_allclose(
            model[1].running_mean, model[0](x).detach().mean(dim=0), atol=1e-5
        )
    assert torch.equal(model[1].running_mean, before)
    stale = swag.predict(model, model, x)
    assert not np.allclose(swag.predict(model, model, x, familiar=[x]).mean, stale.mean)


def test_saved_and_loaded_it_is_the_same_and_goes_on(tmp_path) -> None:
    swag, path = collected(*PATH, columns=3, samples=4, seed=5), tmp_path / "swag.safetensors"
    swag.save(path)
    again = SWAG.load(path)
    np.testing.assert_array_equal(draws(again, 3), draws(swag, 3))
    assert (again.columns, again.scale, again.samples, again.seed) == (3, 0.5, 4, 5)
    model = Scalars(7.0, 8.0, 9.0)
    assert torch.equal(again.collect(model).mean_, swag.collect(model).mean_)


def test_where_it_is_wide() -> None:
    model = nn.Sequential(nn.Linear(1, 1, bias=False), nn.Linear(1, 2, bias=False)).double()
    swag = SWAG()
    for value in (0.0, 2.0):
        model[1].weight.data.fill_(value)
        swag.collect(model)
    assert swag.spread() == {"0.weight": 0.0, "1.weight": 1.0}


def test_refusals(tmp_path) -> None:
    with pytest.raises(ValueError, match="columns and scale"):
        SWAG(scale=-1.0)
    with pytest.raises(ValueError, match="nothing collected yet"):
        SWAG().save(tmp_path / "x")
    with pytest.raises(ValueError, match="trains other weights"):
        collected((1.0, 2.0)).collect(Scalars(1.0))
    with pytest.raises(ValueError, match="not finite"):
        SWAG().collect(Scalars(float("nan")))


class Rows(Dataset):
    """Eight equal rows for a Trainer."""

    def __len__(self) -> int:
        return 8

    def __getitem__(self, index: int) -> dict:
        return {"x": torch.ones(2), "labels": torch.tensor(index % 2)}


class Classifier(nn.Module):
    """What a Trainer asks for: a loss first."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(2, 2)

    def forward(self, x: torch.Tensor, labels: torch.Tensor) -> dict:
        logits = self.linear(x)
        return {"loss": nn.functional.cross_entropy(logits, labels), "logits": logits}


def test_a_trainer_collects(tmp_path) -> None:
    """Eight steps, every second one from the fourth on: 4, 6, 8."""
    from transformers import Trainer, TrainingArguments

    from dubito.posterior.swag_callback import CollectWeights

    seen, swag = [], SWAG()
    take = swag.collect
    swag.collect = lambda model: take(model) and seen.append(model.linear.weight.clone())
    trainer = Trainer(
        model=Classifier(),
        args=TrainingArguments(
            str(tmp_path),
            max_steps=8,
            per_device_train_batch_size=4,
            learning_rate=0.1,
            lr_scheduler_type="constant",
            report_to=[],
            save_strategy="no",
            use_cpu=True,
            disable_tqdm=True,
            dataloader_pin_memory=False,
        ),
        train_dataset=Rows(),
        callbacks=[CollectWeights(swag, every=2, start=4)],
    )
    trainer.train()
    assert swag.count_ == len(seen) == 3
    mean = torch.stack(seen).mean(dim=0).reshape(-1)
    torch.testing.assert_close(swag.mean_[:4], mean)
    assert torch.equal(seen[-1], trainer.model.linear.weight)
    with pytest.raises(ValueError, match="every must be"):
        CollectWeights(swag, every=0)

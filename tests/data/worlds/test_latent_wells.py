import numpy as np
import torch

from dubito.data.worlds.latent_wells import (
    STEPS,
    Downhill,
    LearntDownhill,
    WellReader,
    learnt_downhill,
    nearest,
    wells,
)


def energy(well: torch.Tensor, place: torch.Tensor) -> torch.Tensor:
    far = (place - well[:, :2]).square().sum(dim=-1)
    return -(well[:, 2] * (-far / (2 * 0.7**2)).exp()).sum()


def test_a_step_is_the_gradient() -> None:
    """h - .6 grad E, by autograd."""
    question = wells(0, known=1, new=1).known.questions
    place = torch.tensor([0.3, -0.4], requires_grad=True)
    energy(question.view(4, 3), place).backward()
    got = Downhill()(question, place.detach()[None, None])
    assert torch.allclose(got[0], place.detach() - 0.6 * place.grad, atol=1e-6)


def test_truth_is_the_deepest_and_the_answer_the_nearest() -> None:
    world = wells(3, known=200, new=5)
    places = world.known.questions.view(200, 4, 3)
    assert torch.equal(world.known.gold, places[..., 2].argmax(dim=1))
    radius = places[..., :2].norm(dim=-1)
    assert radius.min() >= 1.2
    assert radius.max() <= 1.6
    assert (places[..., 2].min() >= 0.5) & (places[..., 2].max() <= 1.5)
    for k in range(4):
        ends = torch.cat([torch.zeros(200, 2, 2), places[:, k : k + 1, :2] * 1.01], dim=1)
        assert (nearest(world.known.questions, ends) == k).all()


def test_rolls_into_a_well_that_is_alone() -> None:
    question = torch.tensor([[1.0, 0.0, 1.0] + [50.0, 0.0, 1.0] * 3])
    latents = torch.zeros(1, 0, 2)
    for _ in range(20):
        latents = torch.cat([latents, Downhill()(question, latents)[:, None]], dim=1)
    assert torch.allclose(latents[0, -1], torch.tensor([1.0, 0.0]), atol=0.02)
    assert int(nearest(question, latents)) == 0


def test_shuffled_keeps_questions_and_permutes_truth() -> None:
    world = wells(1, known=300, new=300)
    other = world.shuffled(np.random.default_rng(0))
    assert torch.equal(other.new.questions, world.new.questions)
    assert torch.equal(other.new.gold.sort().values, world.new.gold.sort().values)
    assert abs((other.new.gold == world.new.gold).double().mean() - 0.25) < 5 * 0.433 / 300**0.5


def test_the_reader_does_not_mind_the_order_of_wells() -> None:
    torch.manual_seed(0)
    reader, world = WellReader(), wells(1, known=4, new=1)
    latents = torch.randn(4, STEPS, 2)
    turned = world.known.questions.view(4, 4, 3)[:, [2, 0, 3, 1]].flatten(1)
    seen = reader(world.known.questions, latents)
    assert seen.shape == (4, STEPS, 32)
    assert torch.allclose(seen, reader(turned, latents), atol=1e-5)
    assert not torch.allclose(seen[:, 0], seen[:, 1])


def test_the_learnt_step_resembles_the_exact_one() -> None:
    """A short training already moves more alike than standing still does."""
    model = learnt_downhill(0, steps=150, batch=128)
    assert isinstance(model, LearntDownhill)
    world = wells(5, known=500, new=1)
    place = torch.randn(500, 1, 2, generator=torch.Generator().manual_seed(0))
    exact = Downhill()(world.known.questions, place)
    with torch.no_grad():
        error = (model(world.known.questions, place) - exact).square().mean()
    assert error < 0.9 * (exact - place[:, 0]).square().mean()
    again = learnt_downhill(0, steps=5, batch=16), learnt_downhill(0, steps=5, batch=16)
    assert torch.equal(again[0].move[0].weight, again[1].move[0].weight)

"""Latent trains of thought: drawn, scored, chosen; the row is latent-tts."""

import math
from functools import partial

import pytest
import torch
from torch import nn

from dubito.data.worlds.latent_wells import (
    STEPS,
    Downhill,
    LearntDownhill,
    WellReader,
    nearest,
    wells,
)
from dubito.decide.latent_rewards import LatentRM
from dubito.decide.latent_scorer import EachStep, StepScorer, seeded_scorer, stepwise_contrastive
from dubito.decide.latent_search import beam_search, best_of_n, most_frequent, step_scores
from dubito.decide.latents import DropoutNoise, GaussianNoise, LatentReasoner, complete, draw
from dubito.nn.tiny_training import Schedule

ROLLING = LatentReasoner(Downhill(), nearest, STEPS, 2)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def one_step(*values: float) -> torch.Tensor:
    """One question, one step, a number for each trajectory: [1, N, 1]."""
    return torch.tensor(values, dtype=torch.float64)[None, :, None]


@pytest.mark.parametrize(
    ("values", "loss"), [((1, 0), math.log(2)), ((0.5, 0.5), math.log(2)), ((0, 0), 0.0)]
)
def test_losses_of_the_card(values, loss):
    scores = one_step(0, 0).requires_grad_()
    got = stepwise_contrastive(scores, one_step(*values))
    assert got.item() == pytest.approx(loss)
    got.backward()
    if not any(values):
        assert (scores.grad == 0).all()


def test_loss_is_the_mean_over_questions_and_steps():
    """r = (log 3, 0): p = (3/4, 1/4). Steps y = (1, 0) and (1, 1): -log 3/4, -log 3/16.

    The mean of the two, not their sum, and y counts twice where it sums to two.
    """
    scores = torch.tensor([[[math.log(3), math.log(3)], [0.0, 0.0]]])
    values = torch.tensor([[[1.0, 1.0], [0.0, 1.0]]])
    expected = -(math.log(3 / 4) + math.log(3 / 16)) / 2
    assert stepwise_contrastive(scores, values).item() == pytest.approx(expected)


def test_gradient_is_the_sum_of_values_times_p_less_value():
    """Over B T, here 2 * 3."""
    scores = torch.randn(2, 4, 3, generator=generator(), dtype=torch.float64).requires_grad_()
    values = torch.rand(2, 4, 3, generator=generator(1), dtype=torch.float64)
    stepwise_contrastive(scores, values).backward()
    p = scores.detach().softmax(dim=1)
    expected = (values.sum(dim=1, keepdim=True) * p - values) / 6
    assert torch.allclose(scores.grad, expected)


def test_a_constant_of_a_question_and_step_changes_nothing():
    scores = torch.randn(2, 4, 3, generator=generator(), dtype=torch.float64)
    values = torch.rand(2, 4, 3, generator=generator(1), dtype=torch.float64)
    moved = scores + torch.randn(2, 1, 3, generator=generator(2), dtype=torch.float64)
    assert torch.allclose(stepwise_contrastive(moved, values), stepwise_contrastive(scores, values))
    answers = torch.arange(4).repeat(2, 1)
    assert torch.equal(best_of_n(moved, answers), best_of_n(scores, answers))


def test_padding_is_not_there():
    scores = torch.randn(1, 4, 3, generator=generator(), dtype=torch.float64).requires_grad_()
    values = torch.rand(1, 4, 3, generator=generator(1), dtype=torch.float64)
    kept = torch.tensor([[True, True, True, False]])
    got = stepwise_contrastive(scores, values, kept)
    assert torch.allclose(got, stepwise_contrastive(scores[:, :3], values[:, :3]))
    got.backward()
    assert (scores.grad[:, 3] == 0).all()
    assert scores.grad.isfinite().all()


def test_without_noise_all_ways_are_one():
    questions = wells(0, known=5, new=1).known.questions
    for step, noise in (
        (Downhill(), GaussianNoise(0.0)),
        (LearntDownhill(), DropoutNoise(0.0)),
    ):
        reasoner = LatentReasoner(step, nearest, STEPS, 2)
        ways = draw(reasoner, questions, samples=4, noise=noise, generator=generator())
        assert ways.shape == (5, 4, STEPS, 2)
        assert (ways == ways[:, :1]).all()


@pytest.mark.parametrize("noise", [GaussianNoise(0.3), DropoutNoise(0.4)])
def test_ways_differ_and_the_seed_decides(noise):
    questions = wells(0, known=5, new=1).known.questions
    reasoner = LatentReasoner(LearntDownhill().train(), nearest, STEPS, 2)
    ways = [
        draw(reasoner, questions, samples=4, noise=noise, generator=generator(s)) for s in (0, 0, 1)
    ]
    assert torch.equal(ways[0], ways[1])
    assert not torch.equal(ways[0], ways[2])
    assert not torch.isclose(ways[0][:, 0], ways[0][:, 1]).any(dim=-1).all()
    assert reasoner.step.training  # its mode came back


def test_the_noise_is_what_later_steps_see():
    """Each latent is the step from the perturbed one before it, plus noise of this size."""
    questions = wells(0, known=400, new=1).known.questions
    ways = draw(ROLLING, questions, samples=8, noise=GaussianNoise(0.25), generator=generator())
    rows = questions.repeat_interleave(8, dim=0)
    flat = ways.flatten(0, 1)
    for t in range(STEPS):
        eps = flat[:, t] - Downhill()(rows, flat[:, :t])
        assert abs(eps.mean()) < 5 * 0.25 / eps.numel() ** 0.5
        assert eps.std() == pytest.approx(0.25, rel=0.05)


def test_a_prefix_is_kept():
    questions = wells(0, known=3, new=1).known.questions
    start = torch.randn(3, 4, 2, generator=generator())
    whole = complete(ROLLING, questions, start, noise=GaussianNoise(0.5), generator=generator())
    assert whole.shape == (3, STEPS, 2)
    assert torch.equal(whole[:, :4], start)


def test_dropout_is_off_in_the_answer():
    """The decoder's own layer is part of the step network; answering twice gives the same."""
    network = LearntDownhill(dropout=0.9).train()

    def decode(questions, latents):
        return (network(questions, latents)[:, 0] * 1e6).long()

    questions = wells(0, known=20, new=1).known.questions
    reasoner = LatentReasoner(network, decode, STEPS, 2)
    ways = torch.zeros(20, 2, STEPS, 2)
    assert torch.equal(reasoner.answers(questions, ways), reasoner.answers(questions, ways))
    assert network.training


def test_vote_takes_the_most_frequent_then_the_first_drawn():
    answers = torch.tensor([[3, 1, 1, 2], [5, 2, 2, 5], [9, 8, 7, 6]])
    assert most_frequent(answers).tolist() == [1, 5, 9]


def test_best_of_n_sums_over_steps():
    """Sums 3, 4, 4: the second, the first of equals; not the greatest single step."""
    scores = torch.tensor([[[3.0, 0.0], [2.0, 2.0], [1.0, 3.0]]])
    assert best_of_n(scores, torch.tensor([[7, 8, 9]])).tolist() == [8]


def test_one_way_is_what_all_choose():
    questions = wells(0, known=9, new=1).known.questions
    ways = draw(ROLLING, questions, samples=1, noise=GaussianNoise(0.2), generator=generator())
    answers = ROLLING.answers(questions, ways)
    scores = step_scores(seeded_scorer(12, 2, steps=STEPS, seed=0), questions, ways)
    assert torch.equal(most_frequent(answers), answers[:, 0])
    assert torch.equal(best_of_n(scores, answers), answers[:, 0])


class FarRight(nn.Module):
    """The score of a latent is its first coordinate."""

    def forward(self, _questions, latents):
        return latents[..., 0]


class Walk(nn.Module):
    """Stays where it is."""

    def forward(self, questions, latents):
        return latents[:, -1] if latents.shape[1] else torch.zeros(len(questions), 1)


def test_a_beam_of_one_takes_the_best_of_each_step():
    """A random walk scored by its place: greedy over 8 draws a step, E[max of 8 normals] = 1.4236.

    After 5 steps 7.118; each maximum has variance .3729: over 400 walks sqrt(5 * .3729 / 400).
    """
    reasoner = LatentReasoner(Walk(), lambda q, _: q[:, 0].long(), steps=5, width=1)
    search = partial(
        beam_search, reasoner, FarRight(), torch.zeros(400, 1), noise=GaussianNoise(1.0)
    )
    ways = search(generator=generator(), beams=1, candidates=8)
    assert ways.shape == (400, 5, 1)
    assert abs(ways[:, -1].mean() - 5 * 1.42360) < 5 * math.sqrt(5 * 0.3729 / 400)
    wide = search(generator=generator(), beams=8, candidates=8)
    assert wide.sum(dim=1).mean() > ways.sum(dim=1).mean()
    alone = search(generator=generator(), beams=1, candidates=1)
    assert abs(alone[:, -1].mean()) < 5 * math.sqrt(5 / 400)  # nothing to choose from


def test_a_beam_keeps_whole_prefixes():
    """Every kept way is one of those drawn: steps of a walk without noise never move."""
    reasoner = LatentReasoner(Walk(), lambda q, _: q[:, 0].long(), steps=4, width=1)
    ways = beam_search(
        reasoner, FarRight(), torch.zeros(50, 1), noise=first_only, generator=generator()
    )
    assert (ways == ways[:, :1]).all()
    assert ways[:, 0].mean() > 1.2  # E[max of 16 normals] = 1.766


def small(**options) -> LatentRM:
    chosen = {"noise": GaussianNoise(0.25), "rollouts": 4, "samples": 8}
    return LatentRM(**(chosen | options))


def test_values_of_prefixes_are_shares_of_right_ends():
    """The last step's value is right or wrong; a prefix's is a share of 4, near that of 100."""
    world = wells(2, known=60, new=1).known
    few, many = small(), small(rollouts=100)
    seen = [m.valued(ROLLING, world.questions, world.gold, generator(5)) for m in (few, many)]
    for valued, rollouts in zip(seen, (4, 100), strict=True):
        assert valued.values.shape == valued.latents.shape[:3]
        ends = valued.values * rollouts
        assert torch.allclose(ends, ends.round(), atol=1e-4)
        assert set(valued.values[..., -1].unique().tolist()) == {0.0, 1.0}
    assert torch.equal(seen[0].latents, seen[1].latents)
    gap = seen[0].values[..., 2] - seen[1].values[..., 2]
    assert abs(gap.mean()) < 0.02
    exact = seen[1].values[..., 2]
    spread = (exact * (1 - exact) / 4).mean()
    assert gap.square().mean() == pytest.approx(spread.item(), rel=0.3)
    ends = ROLLING.answers(seen[0].questions, seen[0].latents)
    share = seen[0].values[..., -1].mean(dim=1)
    assert ((share > 0) & (share < 1)).all()
    deepest = seen[0].questions.unflatten(-1, (4, 3))[..., 2].argmax(dim=-1)
    assert torch.equal(seen[0].values[..., -1] == 1, ends == deepest[:, None])


def reading_wells(_questions, _reasoner, seed):
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return StepScorer(WellReader(), 32)


def test_learns_to_pick_and_leaves_the_reasoner_alone():
    world = wells(0, known=300, new=1)
    network = LearntDownhill()
    before = [p.clone() for p in network.parameters()]
    learnt = LatentReasoner(network, nearest, STEPS, 2)
    options = {"noise": DropoutNoise(0.2), "schedule": Schedule(steps=2, rate=1e-3)}
    small(**options).fit(learnt, world.known.questions, world.known.gold)
    assert all(torch.equal(a, b) for a, b in zip(before, network.parameters(), strict=True))
    rewards = small(schedule=Schedule(steps=200, rate=5e-3), fresh=reading_wells)
    rewards.fit(ROLLING, world.known.questions, world.known.gold)
    assert 0 < rewards.n_left_out_ < 300
    assert len(rewards.losses_) == 200
    picked = rewards.pick(world.known.questions)
    right = picked.answer == world.known.gold
    voted = most_frequent(picked.answers) == world.known.gold
    assert right.double().mean() > voted.double().mean() + 0.05  # on what it has seen
    assert torch.equal(rewards.predict(world.known.questions), picked.answer)
    beam = rewards.search(world.known.questions) == world.known.gold
    assert beam.double().mean() > voted.double().mean()


def test_same_seed_same_bits_whatever_others_draw():
    world = wells(0, known=40, new=10)
    fitted = []
    for seed, elsewhere in ((0, 1), (0, 2), (1, 2)):
        torch.manual_seed(elsewhere)
        expected = torch.rand(2)
        torch.manual_seed(elsewhere)
        rewards = small(schedule=Schedule(steps=3, rate=1e-3), random_state=seed)
        fitted.append(rewards.fit(ROLLING, world.known.questions, world.known.gold))
        assert torch.equal(torch.rand(2), expected)
    scores = [m.pick(world.new.questions).scores for m in fitted]
    assert torch.equal(scores[0], scores[1])
    assert not torch.equal(scores[0], scores[2])


def first_only(step, questions, latents, generator):
    """Noise in the first step and none later, so that the first step settles the end."""
    noise = GaussianNoise(0.0 if latents.shape[1] else 1.0)
    return noise(step, questions, latents, generator)


def test_a_prefix_is_worth_what_its_own_rollouts_reach():
    """Where the first step settles the end, every prefix has the value of its trajectory."""
    world = wells(4, known=40, new=1).known
    valued = small(noise=first_only, rollouts=3).valued(
        ROLLING, world.questions, world.gold, generator()
    )
    ends = ROLLING.answers(valued.questions, valued.latents)
    gold = valued.questions.unflatten(-1, (4, 3))[..., 2].argmax(dim=-1)
    assert (valued.values == (ends == gold[:, None])[..., None]).all()


def test_each_step_is_read_by_itself_with_its_place():
    torch.manual_seed(0)
    scorer = StepScorer(EachStep(3, 2, steps=4), 96).eval()
    questions, latents = torch.randn(5, 3), torch.randn(5, 4, 2)
    whole = scorer(questions, latents)
    assert whole.shape == (5, 4)
    assert torch.allclose(scorer(questions, latents[:, :2]), whole[:, :2], atol=1e-6)
    same = scorer(questions, latents[:, :1].expand(-1, 4, -1))
    assert not torch.allclose(same[:, 0], same[:, 1])


def test_bad_inputs():
    world = wells(0, known=6, new=1).known
    with pytest.raises(ValueError, match="samples must be at least 2"):
        LatentRM(samples=1)
    with pytest.raises(ValueError, match="one answer each"):
        small().fit(ROLLING, world.questions, world.gold[:3])
    with pytest.raises(ValueError, match="none has right and wrong"):
        small(noise=GaussianNoise(0.0)).fit(ROLLING, world.questions, world.gold)
    with pytest.raises(ValueError, match="sigma"):
        GaussianNoise(-1.0)
    with pytest.raises(ValueError, match="rate"):
        DropoutNoise(1.0)
    with pytest.raises(ValueError, match="steps and width"):
        LatentReasoner(Downhill(), nearest, 0, 2)
    with pytest.raises(ValueError, match="samples"):
        draw(ROLLING, world.questions, samples=0, noise=GaussianNoise(), generator=generator())
    with pytest.raises(ValueError, match="beams"):
        beam_search(
            ROLLING,
            FarRight(),
            world.questions,
            noise=GaussianNoise(),
            generator=generator(),
            beams=0,
        )

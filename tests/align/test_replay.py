"""Replay: what is kept, what is lent, and that old draws teach what new ones would."""

from functools import partial

import pytest
import torch
from torch import Tensor, nn

from dubito.align.replay import Group, Replay
from dubito.nn.tabular_policy import above_group, draw, policy_loss


def group(*advantages: float, name: int = 0) -> Group:
    return {"advantages": torch.tensor(advantages), "name": torch.full((len(advantages),), name)}


def names(groups: list[Group]) -> list[int]:
    return [int(g["name"][0]) for g in groups]


def test_what_teaches_stays_and_what_does_not_is_exchanged() -> None:
    """Nothing is kept at first; then 1 and 2 are, and they stand where 3 and 5 said nothing."""
    replay = Replay(size=4)
    first = [group(1, -1, name=1), group(0, 0, name=0), group(0, 0.02, name=2)]
    assert [a is b for a, b in zip(replay.exchange(first), first, strict=True)] == [True] * 3
    assert names(replay.groups_) == [1, 2]
    second = [group(0, 0, name=3), group(2, -2, name=4), group(0.01, -0.01, name=5)]
    mixed = replay.exchange(second)
    assert mixed[1] is second[1]
    assert sorted(names([mixed[0], mixed[2]])) == [1, 2]
    assert names(replay.groups_) == [1, 2, 4]  # what is lent is not kept twice
    replay.exchange([group(-1, 0, name=6)])  # blame teaches as praise does
    assert names(replay.groups_) == [1, 2, 4, 6]


def test_one_is_lent_once_in_a_call_and_the_rest_stays() -> None:
    replay = Replay()
    replay.exchange([group(1, name=1)])
    silent = [group(0, name=n) for n in (2, 3, 4)]
    assert sorted(names(replay.exchange(silent))) in ([1, 2, 3], [1, 2, 4], [1, 3, 4])
    assert names(replay.exchange([group(0, name=5)])) == [1]  # and again


def test_a_group_of_the_same_call_is_not_lent() -> None:
    silent, loud = group(0, name=1), group(1, name=2)
    assert names(Replay().exchange([silent, loud, silent])) == [1, 2, 1]


def test_the_oldest_leaves_or_the_one_that_is_worth_least() -> None:
    told = [group(a, name=n) for n, a in enumerate((3.0, 1.0, 2.0, 1.0, 0.5))]
    last, best = Replay(size=3), Replay(size=3, worth=lambda g: float(g["advantages"].max()))
    for one in told:
        last.exchange([one])
        best.exchange([one])
    assert names(last.groups_) == [2, 3, 4]
    # 3, 1, 2 and 1: of two alike the older leaves; 0.5 does not stay.
    assert names(best.groups_) == [0, 2, 3]


def test_draws_are_even_and_those_of_the_seed() -> None:
    """Of 4 groups 2 at a time: each in half of 2,000 draws, within five standard errors."""

    def lent(seed: int, times: int) -> Tensor:
        replay = Replay(seed=seed)
        replay.exchange([group(1, name=n) for n in range(4)])
        silent = [group(0, name=9)] * 2
        return torch.tensor([names(replay.exchange(silent)) for _ in range(times)])

    share = torch.bincount(lent(0, 2000).flatten()) / 2000
    assert ((share - 0.5).abs() < 5 * (0.25 / 2000) ** 0.5).all()
    assert torch.equal(lent(3, 20), lent(3, 20))
    assert not torch.equal(lent(3, 20), lent(4, 20))


def test_what_cannot_be() -> None:
    with pytest.raises(ValueError, match="size must be at least 1"):
        Replay(size=0)
    with pytest.raises(ValueError, match="least at least 0, got 64 and -1"):
        Replay(least=-1)
    with pytest.raises(ValueError, match=r"'advantages' needed in a group, got \['name'\]"):
        Replay().exchange([{"name": torch.ones(1)}])
    kept = Replay()
    with pytest.raises(ValueError, match="finite 'advantages'"):
        kept.exchange([group(1.0), group(torch.nan)])
    assert kept.groups_ == []  # nothing half done


def replayed_loss(logits: Tensor, lent: Group) -> Tensor:
    """Minus the mean of ratio times advantage: of a table [1, 1, A] on a group's draws."""
    logp = logits.log_softmax(dim=-1)[0, 0, lent["actions"][:, 0]]  # [G]
    return -((logp - lent["logprobs"]).exp() * lent["advantages"]).mean()


def every(counts: list[int]) -> Tensor:
    """Each action as often as that, [G, 1]: the mean over them is that of the policy counts / G."""
    return torch.arange(len(counts)).repeat_interleave(torch.tensor(counts))[:, None]


def test_an_old_group_has_the_slope_of_a_new_one() -> None:
    """Drawn as 1 1 2 4 of 8, learnt from at 4 2 1 1 of 8: mean ratio A is the new policy's mean A.

    With the log-probabilities of now instead of those kept, it would be another slope.
    """
    gain = torch.tensor([2.0, -1.0, 0.5, -0.5], dtype=torch.float64)
    old, new = (torch.tensor(c).double().log() for c in ([1, 1, 2, 4], [4, 2, 1, 1]))
    actions = every([1, 1, 2, 4])
    drawn = old.log_softmax(dim=-1)[actions[:, 0]]
    replay = Replay()
    replay.exchange([{"actions": actions, "advantages": gain[actions[:, 0]], "logprobs": drawn}])
    silent = {"actions": actions, "advantages": torch.zeros(8).double(), "logprobs": drawn}
    (lent,) = replay.exchange([silent])
    table = new[None, None].clone().requires_grad_()
    replayed_loss(table, lent).backward()
    assert table.grad is not None
    off, table.grad = table.grad.clone(), None
    fresh = every([4, 2, 1, 1])
    policy_loss(table, fresh[None], gain[fresh[:, 0]][None]).backward()
    torch.testing.assert_close(off, table.grad)
    now = {**lent, "logprobs": table.detach().log_softmax(dim=-1)[0, 0, actions[:, 0]]}
    table.grad = None
    replayed_loss(table, now).backward()
    assert (off - table.grad).abs().max() > 0.05


def trained(replay: Replay | None) -> Tensor:
    """A table [1, 1, 6] after 30 steps, whose reward is seen in the first of them only."""
    table = nn.Parameter(torch.zeros(1, 1, 6, dtype=torch.float64))
    optimiser = torch.optim.SGD([table], lr=0.5)
    generator = torch.Generator().manual_seed(0)
    for step in range(30):
        actions = draw(table, 12, generator)  # [1, 12, 1]
        advantages = above_group((actions[..., 0] == 2).double() * (step == 0))[0]  # [12]
        logprobs = table.detach().log_softmax(dim=-1)[0, 0, actions[0, :, 0]]
        fresh = {"actions": actions[0], "advantages": advantages, "logprobs": logprobs}
        (learnt,) = [fresh] if replay is None else replay.exchange([fresh])
        optimiser.zero_grad()
        replayed_loss(table, learnt).backward()
        optimiser.step()
    return table.detach().softmax(dim=-1)[0, 0]


def test_a_policy_goes_on_learning_from_what_it_saw_once() -> None:
    """A rewarded action that is never rewarded again: one step from 1/6 without, far with it."""
    once, more = trained(None), trained(Replay())
    assert 1 / 6 < once[2] < 0.3
    assert more[2] > 0.6
    torch.testing.assert_close(more, trained(Replay()), rtol=0, atol=0)


def test_groups_of_any_kind_are_lent_as_they_are() -> None:
    """Nothing is known of them but their advantages, of answers or of tokens."""
    replay, told = Replay(), partial(torch.zeros, 2, 3)
    kept = {"advantages": told(), "anything": torch.tensor([[1, 2], [3, 4]])}
    kept["advantages"][1, 2] = 1.0
    replay.exchange([kept])
    assert replay.exchange([{"advantages": told()}])[0] is kept

"""What pieces may give, where they may run, and which groups inform."""

import math

import pytest
import torch
from torch import Tensor

from dubito.align.pieces import (
    Learning,
    Pieces,
    Rollout,
    checked,
    checked_rows,
    informative,
    scalar,
)
from dubito.align.replay import Replay


def rollout(advantages: Tensor, mask: Tensor, group: int = 2) -> Rollout:
    return Rollout(mask.long(), mask, advantages, lambda: torch.zeros(mask.shape), group)


def test_log_ratios_are_above_0_where_the_policy_likes_a_token_more() -> None:
    mask, logprobs, reference = torch.ones(1, 2), torch.tensor([[-1.0, -3.0]]), torch.zeros(1, 2)
    learning = Learning(mask, logprobs, reference - 2, lambda: mask)
    assert learning.log_ratios.tolist() == [[1, -1]]


def test_whole_groups_inform_or_not() -> None:
    """Rounding is no advantage; one answer's is that of its group."""
    mask = torch.ones(6, 2, dtype=torch.bool)
    advantages = torch.tensor([1.0, -1, 1e-3, -1e-3, 0, 0.02])
    assert informative(rollout(advantages, mask)).tolist() == [True, True, False, False, True, True]
    assert informative(rollout(advantages, mask, group=3)).tolist() == [True] * 6
    assert informative(rollout(advantages[2:4], mask[:2])).tolist() == [False, False]
    assert informative(rollout(advantages[2:4], mask[:2]), least=1e-4).tolist() == [True, True]


def test_advantages_of_tokens_that_nobody_wrote_do_not_inform() -> None:
    mask = torch.tensor([[True, False], [True, False], [True, True], [True, False]])
    advantages = torch.tensor([[0.0, 5], [0, 0], [0, -5], [0, 0]])
    assert informative(rollout(advantages, mask)).tolist() == [False, False, True, True]


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (torch.ones(3), r"weight must give \[2\] or \[2, 5\], got \[3\]"),
        (torch.ones(2, 1), r"weight must give \[2\] or \[2, 5\], got \[2, 1\]"),
        (torch.tensor([0.0, torch.inf]), "weight must give finite numbers and at least 0, got inf"),
        (torch.tensor([-2.0, 0.0]), "weight must give finite numbers and at least 0, got -2.0"),
    ],
    ids=["of other rows", "of no token", "infinite", "negative"],
)
def test_what_a_piece_may_not_give(found: Tensor, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        checked("weight", found, (2,), (2, 5), least=0)


def test_what_a_piece_may_give() -> None:
    """0 where 0 is the least; less than that where nothing is said; its graph is left behind."""
    x = torch.tensor([0.0, 2.0], requires_grad=True)
    assert not checked("weight", x, (2,), least=0).requires_grad
    assert checked("advantages", -x, (2,)).tolist() == [0, -2]
    with pytest.raises(ValueError, match="finite numbers, got nan"):
        checked("advantages", x * math.nan, (2,))


def test_a_choice_of_rows_is_bool() -> None:
    kept = torch.tensor([True, False])
    assert checked_rows("keep", kept, 2) is kept
    for bad, said in ((kept.long(), "int64"), (kept[None], r"\[1, 2\]"), (kept[:1], r"\[1\]")):
        with pytest.raises(ValueError, match=rf"keep must give bool \[2\], got .*{said}"):
            checked_rows("keep", bad, 2)


def test_a_term_is_one_number() -> None:
    assert scalar(torch.tensor(2.0)) == 2
    with pytest.raises(ValueError, match=r"one number, got \[3\]; take a mean"):
        scalar(torch.ones(3))


def test_kl_weights_need_a_kl() -> None:
    pieces = Pieces(kl_weight=lambda r: r.advantages)
    pieces.refuse(beta=0.1, processes=1)
    with pytest.raises(ValueError, match="beta is 0"):
        pieces.refuse(beta=0.0, processes=1)


@pytest.mark.parametrize(
    ("name", "pieces"),
    [
        ("advantages", Pieces(advantages=lambda r: r.advantages)),
        ("token_weight", Pieces(token_weight=lambda r: r.mask)),
        ("kl_weight", Pieces(kl_weight=lambda r: r.advantages)),
        ("keep", Pieces(keep=lambda r: r.mask[:, 0])),
        ("replay", Pieces(replay=Replay())),
    ],
    ids=["advantages", "token_weight", "kl_weight", "keep", "replay"],
)
def test_one_process_for_what_looks_at_a_whole_rollout(name: str, pieces: Pieces) -> None:
    pieces.refuse(beta=0.1, processes=1)
    with pytest.raises(ValueError, match=rf"^{name} would look .* spread over 2 processes"):
        pieces.refuse(beta=0.1, processes=2)


def test_a_term_may_run_on_several() -> None:
    Pieces(term=lambda learning: learning.logprobs.mean()).refuse(beta=0.0, processes=8)

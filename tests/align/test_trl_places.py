"""Weights of tokens, and rows that are kept, each at its place of TRL's GRPO."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from accelerate import Accelerator
from torch import Tensor

from align.tiny_trl import Seen, early, grpo, logged, losses, parts, surrogate
from dubito.align.kl_terms import masked_mean, unbiased
from dubito.align.pieces import Pieces, Rollout, informative
from dubito.align.replay import Replay

# TRL still says gradient_checkpointing, which transformers has renamed.
pytestmark = pytest.mark.filterwarnings("ignore:.*gradient_checkpointing.*:FutureWarning")

BY_PLACE = torch.tensor([0.0, 1, 2, 3, 4, 8])  # completions have 6 tokens here


def spread(values: Tensor) -> Any:
    return lambda rollout: values.expand(rollout.mask.shape)


def test_weights_of_tokens_by_hand(tmp_path: Path) -> None:
    """(0 1 2 3 4 8) (1 0 1 2 1 0) = 0 + 0 + 2 + 6 + 4 + 0, a mean of 2."""
    weight = spread(torch.tensor([1.0, 0, 1, 2, 1, 0]))
    trainer = grpo(tmp_path, Pieces(advantages=spread(BY_PLACE), token_weight=weight), max_steps=1)
    assert losses(trainer) == pytest.approx([-2.0], abs=1e-5)


def test_weights_multiply_what_is_clipped_too(tmp_path: Path) -> None:
    """A second step on the same draws: w min(r A, clip(r) A), with the weight outside."""
    weight, seen = torch.tensor([1.0, 0.5, 0, 2, 3, 1]), Seen()
    sign = torch.tensor([1.0, -1, 1, -1, 1, -1])
    pieces = Pieces(advantages=spread(sign), token_weight=spread(weight), term=seen)
    trainer = grpo(tmp_path, pieces, num_iterations=2, epsilon=0.02, learning_rate=1e-2)
    old, now = (shown["logprobs"] for shown in seen.shown)
    assert ((now - old).exp() - 1).abs().max() > 0.02  # something is clipped
    wanted = -(weight * surrogate(now, old, sign, 0.02)).mean().item()
    assert losses(trainer)[1] == pytest.approx(wanted, abs=1e-4)
    one = -surrogate(now, old, sign, 0.02).mean().item()
    assert abs(wanted - one) > 1e-2


def test_weights_of_tokens_leave_the_kl_alone(tmp_path: Path) -> None:
    """All 0: what is left is beta KL and the term that moved the policy in the first step."""
    seen = Seen(pull=1.0)
    pieces = Pieces(token_weight=lambda r: torch.zeros(r.mask.shape), term=seen)
    trainer = grpo(tmp_path, pieces, beta=0.5, learning_rate=1e-2)
    last = seen.shown[1]
    kl = masked_mean(unbiased(last["ratios"]), last["mask"])
    assert kl > 1e-3
    wanted = 0.5 * kl + last["logprobs"].mean()
    assert losses(trainer)[1] == pytest.approx(wanted.item(), abs=1e-4)


def test_a_weight_sees_the_advantages_that_it_weighs(tmp_path: Path) -> None:
    shown: list[Rollout] = []

    def weight(rollout: Rollout) -> Tensor:
        shown.append(rollout)
        return torch.ones(rollout.mask.shape)

    grpo(tmp_path, Pieces(advantages=spread(BY_PLACE), token_weight=weight), max_steps=1)
    assert torch.equal(shown[0].advantages, BY_PLACE.expand(4, 6))
    assert shown[0].mask.all()


def half(rollout: Rollout) -> Tensor:
    """The completions of the first prompt."""
    return torch.arange(len(rollout.tokens)) < rollout.group


@pytest.mark.parametrize(
    ("loss_type", "wanted"),
    [("dapo", -3), ("bnpo", -3), ("cispo", None), ("grpo", -1.5), ("dr_grpo", -1.5)],
)
def test_what_is_divided_by_where_half_is_kept(
    tmp_path: Path, loss_type: str, wanted: float | None
) -> None:
    """Advantages of 3, in half of the rows; dapo and bnpo divide by what is left of the tokens."""
    seen = Seen()
    pieces = Pieces(advantages=lambda _r: torch.full((4,), 3.0), keep=half, term=seen)
    # cispo holds the ratio, here 1, below epsilon_high, and TRL's own would be 0.2.
    trainer = grpo(tmp_path, pieces, max_steps=1, loss_type=loss_type, epsilon_high=5.0)
    logprobs, mask = seen.shown[0]["logprobs"], seen.shown[0]["mask"]
    assert mask.sum(dim=1).sort().values.tolist() == [0, 0, 6, 6]
    if wanted is None:  # cispo: -A log p
        wanted = -3 * float(masked_mean(logprobs, mask))
    assert losses(trainer) == pytest.approx([wanted], abs=1e-4)
    assert logged(trainer, "kept") == [0.5]


def test_rows_that_are_left_out_have_no_kl(tmp_path: Path) -> None:
    seen = Seen(pull=1.0)
    pieces = Pieces(advantages=lambda _r: torch.zeros(4), keep=half, term=seen)
    trainer = grpo(tmp_path, pieces, beta=0.5, learning_rate=1e-2)
    last = seen.shown[1]
    kl = masked_mean(unbiased(last["ratios"]), last["mask"])
    every = unbiased(last["ratios"]).mean()
    assert last["mask"].float().mean() == 0.5
    assert abs(kl - every) > 1e-4
    wanted = 0.5 * kl + last["logprobs"].mean()
    assert losses(trainer)[1] == pytest.approx(wanted.item(), abs=1e-4)


def test_where_nothing_is_kept_nothing_moves_and_no_piece_is_asked(tmp_path: Path) -> None:
    def never(_shown: Any) -> Tensor:
        raise AssertionError

    silent = dict.fromkeys(("advantages", "token_weight", "kl_weight", "term"), never)
    pieces = Pieces(**silent, keep=lambda _r: torch.zeros(4, dtype=torch.bool))
    trainer = grpo(tmp_path, pieces, beta=0.1)
    assert losses(trainer) == [0, 0]
    start = parts(tmp_path)["model"]
    for p, q in zip(start.parameters(), trainer.model.parameters(), strict=True):
        assert torch.equal(p, q)
    assert logged(trainer, "kept") == [0, 0]
    # TRL itself can leave nothing: here no completion ends in time.
    pieces = Pieces(**silent, keep=never)
    assert losses(grpo(tmp_path, pieces, beta=0.1, mask_truncated_completions=True)) == [0, 0]


def for_one(prompts: Sequence[str], completions: Sequence[str], **_columns: Any) -> list[float]:
    """One prompt's answers differ in worth, all others' are worth as much."""
    worth = early(completions)
    return [w if p == "two and" else 0.7 for p, w in zip(prompts, worth, strict=True)]


def test_groups_that_inform_are_kept(tmp_path: Path) -> None:
    """Two prompts a step, four in all: one of them is graded."""
    trainer = grpo(tmp_path, Pieces(keep=informative), reward=for_one)
    assert sorted(logged(trainer, "kept")) == [0, 0.5]


@pytest.mark.parametrize(
    ("pieces", "said"),
    [
        (Pieces(advantages=lambda r: r.advantages[:2]), r"\[4\] or \[4, 6\], got \[2\]"),
        (Pieces(token_weight=lambda r: r.advantages), r"must give \[4, 6\], got \[4\]"),
        (Pieces(token_weight=lambda r: r.mask.float() - 2), "at least 0, got -1.0"),
        (Pieces(kl_weight=lambda r: r.mask.float()), r"kl_weight must give \[4\]"),
        (Pieces(kl_weight=lambda _r: -torch.ones(4)), "at least 0, got -1.0"),
        (Pieces(keep=lambda r: r.advantages), r"keep must give bool \[4\], got torch.float32"),
        (Pieces(term=lambda learning: learning.logprobs), "term must give one number"),
    ],
    ids=["advantages", "token shape", "token sign", "kl shape", "kl sign", "keep", "term"],
)
def test_what_pieces_may_not_give(tmp_path: Path, pieces: Pieces, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        grpo(tmp_path, pieces, beta=0.1)


def test_several_processes_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is drawn: each process would see its own rows."""
    monkeypatch.setattr(Accelerator, "num_processes", property(lambda _self: 2))
    with pytest.raises(ValueError, match=r"keep, replay would look .* over 2 processes"):
        grpo(tmp_path, Pieces(keep=informative, replay=Replay()))

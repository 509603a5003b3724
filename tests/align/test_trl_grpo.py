"""Pieces on TRL's GRPOTrainer: called where they should be; nothing changes without them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from trl.trainer.grpo_trainer import GRPOTrainer

from align.tiny_trl import grpo, losses, same_weights
from dubito.align.kl_terms import masked_mean, squared
from dubito.align.pieces import Learning, Pieces, Rollout
from dubito.align.replay import Replay
from dubito.align.reward_ensemble import EnsembleReward
from dubito.align.siren import Siren
from dubito.align.step_credit import empg
from dubito.align.steps import ended_by
from dubito.align.trl_grpo import RowWise
from dubito.align.variance_weights import VarianceWeights
from dubito.nn.token_entropy import token_entropies

# TRL still says gradient_checkpointing, which transformers has renamed.
pytestmark = pytest.mark.filterwarnings("ignore:.*gradient_checkpointing.*:FutureWarning")


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory) -> GRPOTrainer:
    return grpo(tmp_path_factory.mktemp("stock"), beta=0.1)


def test_without_pieces_it_is_trls_own_bit_for_bit(stock: GRPOTrainer, tmp_path: Path) -> None:
    plain = grpo(tmp_path, Pieces(), beta=0.1)
    assert losses(plain) == losses(stock)
    assert same_weights(plain, stock)


def test_pieces_that_change_nothing_change_nothing(stock: GRPOTrainer, tmp_path: Path) -> None:
    """TRL's advantages as [B, T], weights of 1, all kept, nothing to replay for, a term of 0."""
    rollouts: list[Rollout] = []
    seen: list[Learning] = []

    def spread(rollout: Rollout) -> Tensor:
        rollouts.append(rollout)
        return rollout.advantages[:, None].expand(rollout.mask.shape)

    def nothing(learning: Learning) -> Tensor:
        seen.append(learning)
        logits = learning.logits()
        tokens = rollouts[-1].tokens
        chosen = logits.log_softmax(dim=-1).gather(-1, tokens[..., None])[..., 0]
        # TRL shuffles the completions between the two: the same rows, in another order.
        logs = torch.where(learning.mask, learning.logprobs, 0).sum(dim=1).sort().values
        assert chosen.shape == learning.mask.shape == learning.logprobs.shape
        assert torch.isfinite(logs).all()
        return 0.0 * learning.logprobs.sum()

    pieces = Pieces(
        advantages=spread,
        token_weight=lambda r: torch.ones(r.mask.shape),
        kl_weight=lambda r: torch.ones(len(r.tokens)),
        keep=lambda r: torch.ones(len(r.tokens), dtype=torch.bool),
        replay=Replay(),
        term=nothing,
    )
    trainer = grpo(tmp_path, pieces, beta=0.1)
    assert losses(trainer) == losses(stock)
    assert same_weights(trainer, stock)
    assert (len(rollouts), len(seen)) == (2, 2)
    assert rollouts[0].advantages.shape == (4,)
    assert rollouts[0].group == 2
    assert pieces.replay is not None
    assert len(pieces.replay.groups_) == 4
    assert "old_per_token_logps" not in trainer._buffered_inputs[0]  # nothing was exchanged
    assert seen[0].log_ratios.abs().max() < 1e-5  # nothing has been learnt yet
    assert seen[1].log_ratios.abs().max() > 1e-4


def test_logits_entropies_and_logprobs_belong_together(tmp_path: Path) -> None:
    """At temperature 0.7: of the same tokens, at the same places, at that temperature."""
    kept: dict[str, Tensor] = {}

    def watched(learning: Learning) -> Tensor:
        kept["entropy"] = token_entropies(learning.logits()).detach()
        kept["likely"] = learning.logits().log_softmax(dim=-1).max(dim=-1).values.detach()
        kept["logprobs"], kept["mask"] = learning.logprobs.detach(), learning.mask
        return (learning.logits() * 0).sum()

    def alike(rollout: Rollout) -> Tensor:
        kept["before"], kept["drawn"] = rollout.entropies(), rollout.mask
        assert not kept["before"].requires_grad
        return rollout.advantages

    grpo(tmp_path, Pieces(advantages=alike, term=watched), temperature=0.7, max_steps=1)
    mask = kept["mask"]
    rows = lambda name, of: torch.where(kept[of], kept[name], 0).sum(dim=1).sort().values  # noqa: E731
    torch.testing.assert_close(rows("entropy", "mask"), rows("before", "drawn"))
    assert (kept["logprobs"] <= kept["likely"] + 1e-5)[mask].all()
    assert (kept["entropy"][mask] > 0).all()


def test_a_term_is_added_once_a_step_however_many_batches_it_has(tmp_path: Path) -> None:
    """Of 1.5 a batch: 1.5 a step, with two batches as with one; and it is learnt through."""
    term = lambda learning: 1.5 + 0 * learning.logprobs.sum()  # noqa: E731
    changes = {"per_device_train_batch_size": 2, "gradient_accumulation_steps": 2}
    plain, more = (grpo(tmp_path, Pieces(term=t), **changes) for t in (None, term))
    assert [a - b for a, b in zip(losses(more), losses(plain), strict=True)] == pytest.approx(
        [1.5, 1.5], abs=2e-4
    )
    assert same_weights(plain, more)
    pulled = grpo(tmp_path, Pieces(term=lambda learning: learning.logprobs.mean()), **changes)
    assert not same_weights(plain, pulled)


def test_advantages_are_those_of_tokens(tmp_path: Path) -> None:
    """On the policy that drew them the loss is minus their mean over all tokens: here 6 each."""
    by_place = torch.tensor([0.0, 1, 2, 3, 4, 8])  # mean 3
    pieces = Pieces(advantages=lambda r: by_place.expand(r.mask.shape))
    trainer = grpo(tmp_path, pieces, max_steps=1)
    assert losses(trainer) == pytest.approx([-3.0], abs=1e-5)


def test_a_weight_for_each_row() -> None:
    beta = RowWise(0.5, torch.tensor([1.0, 4.0]))
    assert beta == 0.5
    assert not beta.applied
    assert (beta * torch.tensor([[1.0, 2.0], [1.0, 2.0]])).tolist() == [[0.5, 1], [2, 4]]
    assert beta.applied


def test_kl_weights_weigh_rows(stock: GRPOTrainer, tmp_path: Path) -> None:
    """In step 2 the KL is above 0: with 11 instead of 1 the loss grows by 10 beta KL.

    Both pieces act on the same draws, as the first step has no KL and hence no other slope.
    """
    weights = lambda w: lambda r: torch.full((len(r.tokens),), w)  # noqa: E731
    none, many = (grpo(tmp_path, Pieces(kl_weight=weights(w)), beta=0.1) for w in (0.0, 11.0))
    assert type(many.beta) is float  # as it was
    kl = [log["kl"] for log in stock.state.log_history if "kl" in log]
    assert kl[1] > 1e-4
    assert losses(none)[0] == losses(many)[0] == losses(stock)[0]
    assert losses(many)[1] - losses(stock)[1] == pytest.approx(10 * 0.1 * kl[1], rel=0.05)
    assert losses(stock)[1] - losses(none)[1] == pytest.approx(0.1 * kl[1], rel=0.05)


def test_methods_of_this_room_on_one_trainer(tmp_path: Path) -> None:
    """EMPG's advantages and SIREN's term, which costs nothing in the first step."""
    siren = Siren(coefficient=50.0)
    added: list[float] = []

    def share(rollout: Rollout) -> Tensor:
        steps = ended_by(rollout.tokens, rollout.mask, range(100))
        return empg(rollout.advantages, rollout.entropies(), steps)

    def held(learning: Learning) -> Tensor:
        value = siren(learning.logits(), learning.mask)
        added.append(value.item())
        return value

    grpo(tmp_path, Pieces(advantages=share, term=held))
    assert siren.anchor_ is not None
    assert siren.anchor_ > 0
    assert added[0] == 0 < added[1]


def test_rewards_that_doubt_themselves_and_how_much_their_kl_weighs(tmp_path: Path) -> None:
    """Weights are of the batch that has just been graded; a term on the squared log-ratios."""

    def members(_prompts: Any, completions: Sequence[str], **_columns: Any) -> Tensor:
        length = torch.tensor([float(sum(map(ord, text))) for text in completions])
        return torch.stack([length, 0.5 * length]) / 1000

    reward, weights = EnsembleReward(members), VarianceWeights()
    used: list[Tensor] = []
    terms: list[float] = []

    def weight(rollout: Rollout) -> Tensor:
        assert reward.last_ is not None
        assert reward.last_.variance.shape == rollout.advantages.shape
        used.append(weights(reward.last_.variance))
        return used[-1]

    def term(learning: Learning) -> Tensor:
        value = masked_mean(squared(learning.log_ratios), learning.mask)
        terms.append(value.item())
        return value

    trainer = grpo(tmp_path, Pieces(kl_weight=weight, term=term), beta=0.1, reward=reward)
    kl = [log["kl"] for log in trainer.state.log_history if "kl" in log]
    assert len(used) == 2
    assert terms[0] == pytest.approx(0, abs=1e-9)
    assert terms[1] == pytest.approx(2 * kl[1], rel=0.2)  # k2, doubled, beside k3


def test_what_cannot_be(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="beta is 0"):
        grpo(tmp_path, Pieces(kl_weight=lambda r: r.advantages))
    with pytest.raises(ValueError, match="no reference model"):
        grpo(tmp_path, Pieces(term=lambda learning: learning.log_ratios.sum()))

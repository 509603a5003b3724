"""Pieces on TRL's DPOTrainer: a weight for each pair, and one more term."""

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from datasets import Dataset
from torch import Tensor
from trl.trainer.dpo_config import DPOConfig

from align.tiny_trl import PAIRS, dpo, logged, losses, parts, same_weights, settings
from dubito.align.reward_gaps import surest
from dubito.align.trl_dpo import ComposedDPOTrainer, felt
from dubito.align.upo import UPO
from dubito.align.vpo import VPO

# TRL still says gradient_checkpointing, which transformers has renamed.
pytestmark = pytest.mark.filterwarnings("ignore:.*gradient_checkpointing.*:FutureWarning")


def test_without_pieces_and_with_those_that_change_nothing(tmp_path: Path) -> None:
    """TRL's own, bit for bit; a weight of 1 is none, and its mean is logged."""
    stock = dpo(tmp_path)
    plain = dpo(tmp_path, {})
    ones = dpo(tmp_path, {"pair_weight": lambda chosen, _rejected: torch.ones(len(chosen))})
    assert losses(plain) == losses(ones) == losses(stock)
    assert same_weights(plain, stock)
    assert same_weights(ones, stock)
    assert logged(ones, "pair_weight") == [1, 1]
    assert logged(plain, "pair_weight") == []


def test_dpo_with_a_term(tmp_path: Path) -> None:
    """At the reference log 2 with any alpha; then TRL's loss less alpha beta times the ratio."""
    shown: list[Tensor] = []

    def cautious(chosen: Tensor, rejected: Tensor) -> Tensor:
        shown.append(torch.stack([chosen, rejected]).detach())
        return VPO(beta=0.2, alpha=alpha).caution(chosen)

    stock = dpo(tmp_path)
    alpha = 0.0
    plain = dpo(tmp_path, {"term": cautious})
    assert losses(plain) == losses(stock)
    assert same_weights(plain, stock)
    assert shown[0].abs().max() < 1e-4
    assert losses(plain)[1] == pytest.approx(VPO(beta=0.2).preference(*shown[1]).item(), abs=1e-3)
    alpha = 3.0
    moved = dpo(tmp_path, {"term": cautious})
    assert losses(moved)[0] == pytest.approx(math.log(2), abs=1e-3)
    rewards = logged(moved, "rewards/chosen")
    preference = VPO(beta=0.2).preference(*shown[3]).item()
    assert losses(moved)[1] == pytest.approx(preference - alpha * rewards[1], abs=1e-3)
    assert rewards[1] > logged(stock, "rewards/chosen")[1]


def test_vpo_online_about_answers_of_the_reference(tmp_path: Path) -> None:
    """The term asks the model about them: at the reference log 2, then they get less likely."""
    made = parts(tmp_path)
    tokenizer = made["processing_class"]
    usual = tokenizer([" no, no", " yes"], return_tensors="pt", padding=True)  # stand for draws

    def logprobs(model: Any) -> Tensor:
        logits = model(**usual).logits[:, :-1].log_softmax(dim=-1)
        each = logits.gather(-1, usual.input_ids[:, 1:, None])[..., 0]
        return torch.where(usual.attention_mask[:, :-1] > 0, each, 0).sum(dim=1)  # [C]

    with torch.no_grad():
        reference = logprobs(made["model"])
    reached = []
    for alpha in (0.0, 2.0):
        made, vpo = parts(tmp_path), VPO(beta=0.2, alpha=alpha)
        pieces = {
            "term": lambda _c, _r, model=made["model"], vpo=vpo: vpo.curiosity(
                logprobs(model) - reference
            )
        }
        trained = dpo(tmp_path, pieces, made=made)
        assert losses(trained)[0] == pytest.approx(math.log(2), abs=1e-3)
        reached.append(logprobs(trained.model).mean().item())
    assert reached[1] < reached[0] - 0.05


def apart(a: Any, b: Any) -> float:
    """The largest difference of two models' parameters."""
    pairs = zip(a.parameters(), b.parameters(), strict=True)
    return max(float((p - q).detach().abs().max()) for p, q in pairs)


def test_a_weight_is_that_of_both_answers_of_a_pair(tmp_path: Path) -> None:
    """Of two pairs one weighs 0: half the slope of a batch that holds the other one twice."""
    step = {"optim": "sgd", "max_steps": 1, "max_grad_norm": 0.0, "per_device_train_batch_size": 2}
    two = [
        {"prompt": "one", "chosen": " yes", "rejected": " no"},
        {"prompt": "three", "chosen": " 7", "rejected": " 8 8"},
    ]

    def learnt(pairs: list[dict[str, str]], rate: float, weight: list[float]) -> Any:
        pieces = {"pair_weight": lambda _chosen, _rejected: torch.tensor(weight)}
        rows = Dataset.from_list(pairs)
        return dpo(tmp_path, pieces, pairs=rows, learning_rate=rate, **step).model

    alone = [learnt([pair, pair], 0.5, [1.0, 1.0]) for pair in two]
    kept = [learnt(two, 1.0, weight) for weight in ([1.0, 0.0], [0.0, 1.0])]
    far = torch.tensor([[apart(a, k) for k in kept] for a in alone])
    # Which pair stands first is the sampler's choice.
    same, other = (far.diag(), far.flip(1).diag())[:: 1 if far[0, 0] < far[0, 1] else -1]
    assert same.max() < 1e-6
    assert other.min() > 1e-3


def test_a_weight_of_0_for_all_moves_nothing(tmp_path: Path) -> None:
    """Slopes of 0, no NaN; the loss that is logged is that of all pairs. A term still acts."""
    none = {"pair_weight": lambda chosen, _rejected: torch.zeros(len(chosen))}
    trainer = dpo(tmp_path, none)
    start = parts(tmp_path)["model"]
    for p, q in zip(start.parameters(), trainer.model.parameters(), strict=True):
        assert torch.equal(p, q)
    assert losses(trainer) == pytest.approx([math.log(2)] * 2, abs=1e-3)
    assert logged(trainer, "pair_weight") == [0, 0]
    moved = dpo(tmp_path, {**none, "term": lambda chosen, _rejected: -chosen.mean()})
    assert logged(moved, "rewards/chosen")[1] > 1e-4


def test_a_piece_sees_log_ratios_without_a_graph(tmp_path: Path) -> None:
    """At the reference 0; after a step the margin that TRL logs, over beta."""
    shown: list[Tensor] = []

    def weight(chosen: Tensor, rejected: Tensor) -> Tensor:
        assert not chosen.requires_grad
        assert not rejected.requires_grad
        shown.append(torch.stack([chosen, rejected]))
        return torch.ones(len(chosen))

    trainer = dpo(tmp_path, {"pair_weight": weight})
    assert shown[0].abs().max() < 1e-4
    margin = (shown[1][0] - shown[1][1]).mean().item()
    assert 0.2 * margin == pytest.approx(logged(trainer, "rewards/margins")[1], abs=1e-4)


def test_pairs_that_are_doubted_leave_before_training() -> None:
    """Half of four: those of doubts 0.1 and 0.3."""
    doubt = torch.tensor([0.1, 0.9, 0.3, 0.8])
    kept = PAIRS.select(surest(doubt, 0.5).nonzero()[:, 0].tolist())
    assert list(kept["prompt"]) == ["one", "three"]


def test_slopes_times_weights_by_hand() -> None:
    """Slopes 2 x = (2, 4), (6, inf): rows of weight 3 and 0."""
    x = torch.tensor([[1.0, 2.0], [3.0, torch.inf]], requires_grad=True)
    y = felt(x, torch.tensor([3.0, 0.0]))
    assert torch.equal(x, y)
    (y * y).sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [[6, 12], [0, 0]]
    assert not felt(x.detach(), torch.ones(2)).requires_grad


@pytest.mark.parametrize(
    ("weight", "said"),
    [
        (torch.tensor([1.0, 1, 1, -0.5]), "finite numbers and at least 0, got -0.5"),
        (torch.tensor([1.0, 1, 1, torch.nan]), "finite numbers and at least 0, got nan"),
        (torch.ones(4, 1), r"pair_weight must give \[4\], got \[4, 1\]"),
    ],
    ids=["negative", "missing", "of another shape"],
)
def test_weights_that_cannot_be(tmp_path: Path, weight: Tensor, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        dpo(tmp_path, {"pair_weight": lambda _c, _r: weight})


def test_what_cannot_be(tmp_path: Path) -> None:
    weight = {"pair_weight": lambda chosen, _rejected: torch.ones(len(chosen))}
    for pieces in ({"term": VPO().caution}, weight):
        with pytest.raises(ValueError, match="precompute_ref_log_probs"):
            dpo(tmp_path, pieces, precompute_ref_log_probs=False)
    with pytest.raises(ValueError, match="no ld_alpha"):
        dpo(tmp_path, weight, ld_alpha=0.5)
    with pytest.raises(ValueError, match="aot sorts the pairs"):
        dpo(tmp_path, weight, loss_type=["sigmoid", "aot"])
    with pytest.raises(ValueError, match="term must give one number"):
        dpo(tmp_path, {"term": lambda chosen, _rejected: chosen})


def test_a_column_of_the_data_goes_along_with_its_pair(tmp_path: Path) -> None:
    """Only the third pair weighs, a quarter of the mean: as it alone does at a quarter the rate."""
    flagged = PAIRS.add_column("counts", [0.0, 0.0, 1.0, 0.0])
    shown: list[Tensor] = []

    def weight(_chosen: Tensor, _rejected: Tensor, *, counts: Tensor) -> Tensor:
        shown.append(counts)
        return counts

    pieces = {"pair_weight": weight, "columns": ["counts"]}
    plain = {"optim": "sgd", "max_grad_norm": 1e9}  # nothing is clipped
    one = dpo(tmp_path, pieces, pairs=flagged, learning_rate=0.04, **plain)
    alone = dpo(tmp_path, pairs=PAIRS.select([2]), learning_rate=0.01, **plain)
    assert [sorted(counts.tolist()) for counts in shown] == [[0, 0, 0, 1]] * 2
    start, moved = parts(tmp_path)["model"], False
    for p, q, before in zip(
        one.model.parameters(), alone.model.parameters(), start.parameters(), strict=True
    ):
        torch.testing.assert_close(p - before, q - before, rtol=1e-3, atol=1e-6)
        moved = moved or not torch.equal(p, before)
    assert moved


def test_upos_hedging_is_a_term(tmp_path: Path) -> None:
    """Doubts of log 2, hedged by half: no slope at the reference, so that nothing moves."""
    moved = {}
    for doubt in (0.0, math.log(2)):
        pairs = PAIRS.add_column("doubt", [doubt] * 4)
        pieces = {"term": UPO(beta=0.2, hedge=0.5).hedging, "columns": ["doubt"]}
        trainer = dpo(tmp_path, pieces, pairs=pairs, optim="sgd", learning_rate=1.0)
        start = parts(tmp_path)["model"].parameters()
        both = zip(trainer.model.parameters(), start, strict=True)
        moved[doubt] = max(float((p - q).detach().abs().max()) for p, q in both)
    assert moved[math.log(2)] < 1e-3 * moved[0.0]


def test_no_model_is_shown_a_column(tmp_path: Path) -> None:
    """In an evaluation the reference is asked anew: log 2, and no more where nobody doubts."""
    shown: set[str] = set()
    doubted = PAIRS.add_column("doubt", [0.0] * 4)
    arguments = DPOConfig(
        **settings(tmp_path, precompute_ref_log_probs=True, max_length=32, beta=0.2)
    )
    trainer = ComposedDPOTrainer(
        args=arguments,
        train_dataset=doubted,
        **parts(tmp_path),
        term=UPO(beta=0.2).hedging,
        columns=["doubt"],
    )
    trainer.model.register_forward_pre_hook(
        lambda _model, _args, named: shown.update(named), with_kwargs=True
    )
    more = doubted.map(lambda row: {"prompt": row["prompt"] + " more"})
    assert trainer.evaluate(more)["eval_loss"] == pytest.approx(math.log(2), abs=1e-3)
    assert "input_ids" in shown
    assert "doubt" not in shown


def test_columns_of_trls_own_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"columns \['ref_chosen_logps'\] are TRL's own"):
        dpo(tmp_path, {"columns": ["ref_chosen_logps"]})


def test_a_column_that_is_not_there(tmp_path: Path) -> None:
    pieces = {"pair_weight": lambda _c, _r, doubt: doubt, "columns": ["doubt"]}
    with pytest.raises(ValueError, match="no column 'doubt' in the data, which has chosen_ids"):
        dpo(tmp_path, pieces)

"""Replay on TRL's GRPO: groups cut out of batches, lent with the ratio that they need."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from align.tiny_trl import Seen, early, grpo, logged, losses, surrogate
from dubito.align.kl_terms import masked_mean, unbiased
from dubito.align.pieces import Pieces, Rollout
from dubito.align.replay import Replay
from dubito.align.trl_batch import groups_of, joined, without

# TRL still says gradient_checkpointing, which transformers has renamed.
pytestmark = pytest.mark.filterwarnings("ignore:.*gradient_checkpointing.*:FutureWarning")


class Once:
    """Rewards that differ in the first batch of the training, and are alike afterwards."""

    __name__ = "once"

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, completions: Sequence[str], **_columns: Any) -> list[float]:
        self.calls += 1
        return early(completions) if self.calls == 1 else [0.5] * len(completions)


def sums(rows: Tensor, mask: Tensor) -> list[float]:
    """Of each row's written tokens, in rising order."""
    return torch.where(mask.bool(), rows, 0).sum(dim=1).sort().values.tolist()


def test_replayed_groups_are_weighed_by_the_policy_that_drew_them(tmp_path: Path) -> None:
    """Step 2 draws nothing that teaches, and learns from step 1 by its ratio, clipped."""
    seen, replay = Seen(), Replay()
    pieces = Pieces(replay=replay, term=seen)
    trainer = grpo(
        tmp_path, pieces, reward=Once(), learning_rate=1e-2, epsilon=0.01, beta=0.1, max_steps=2
    )
    assert logged(trainer, "replayed") == [0, 1]
    assert len(replay.groups_) == 2
    batch = trainer._buffered_inputs[0]
    first, now = (shown["logprobs"] for shown in seen.shown)
    old, mask = batch["old_per_token_logps"], batch["completion_mask"]
    assert sums(old, mask) == pytest.approx(sums(first, seen.shown[0]["mask"]), abs=1e-4)
    assert ((now - old).exp() - 1).abs().max() > 0.01
    assert batch["advantages"].abs().min() > 0.5  # +-0.7 each, of two
    assert batch["num_items_in_batch"] == mask.sum()
    # TRL weighs the KL by the ratio as well: use_bias_correction_kl.
    kl = unbiased(seen.shown[1]["ratios"]) * (now - old).exp()
    wanted = 0.1 * masked_mean(kl, mask)
    wanted -= masked_mean(surrogate(now, old, batch["advantages"], 0.01), mask)
    assert losses(trainer)[1] == pytest.approx(wanted.item(), abs=1e-4)
    alone = grpo(tmp_path, Pieces(), reward=Once(), learning_rate=1e-2, beta=0.1, max_steps=2)
    assert abs(losses(alone)[1] - losses(trainer)[1]) > 1e-3


def test_where_the_policy_stands_still_old_draws_are_as_new(tmp_path: Path) -> None:
    """Rate 0: the ratio of replayed rows is 1, however wide their new neighbours are.

    Steps 1 and 2 meet all four prompts, which differ in length; half is replayed in step 3.
    """

    def mixed(prompts: Sequence[str], completions: Sequence[str], **_columns: Any) -> list[float]:
        batches.append(prompts)
        alike = len(batches) == 3
        return [0.1 if alike and i < 2 else e for i, e in enumerate(early(completions))]

    batches: list[Any] = []
    seen, replay = Seen(), Replay()
    pieces = Pieces(replay=replay, term=seen)
    trainer = grpo(tmp_path, pieces, reward=mixed, learning_rate=0.0, beta=0.1, max_steps=3)
    assert logged(trainer, "replayed") == [0, 0, 0.5]
    assert len({g["prompt_ids"].shape[1] for g in replay.groups_}) > 1
    batch, last = trainer._buffered_inputs[0], seen.shown[2]
    mask = last["mask"]
    assert (last["logprobs"] - batch["old_per_token_logps"])[mask].abs().max() < 1e-4
    assert last["ratios"][mask].abs().max() < 1e-4


def test_kl_weights_and_dropped_rows_go_with_a_group(tmp_path: Path) -> None:
    """Weights 1, 2, 3, 4 of step 1 come back; of the second group one row was left out."""
    weight = torch.tensor([1.0, 2, 3, 4])
    keep = torch.tensor([True, True, True, False])
    replay = Replay()
    pieces = Pieces(kl_weight=lambda _r: weight, keep=lambda _r: keep, replay=replay)
    trainer = grpo(tmp_path, pieces, reward=Once(), beta=0.1)
    batch = trainer._buffered_inputs[0]
    length = batch["completion_mask"].sum(dim=1)
    told = dict(zip(batch["kl_weight"].tolist(), length.tolist(), strict=True))
    assert told == {1.0: 6, 2.0: 6, 3.0: 6, 4.0: 0}
    assert batch["num_items_in_batch"] == 18


def test_a_batch_of_which_nothing_is_kept_stands_beside_old_groups(tmp_path: Path) -> None:
    """Of two silent groups one is exchanged, as one was kept; the other one has nothing to say."""
    asked: list[int] = []

    def keep(rollout: Rollout) -> Tensor:
        asked.append(1)
        return torch.full((len(rollout.tokens),), len(asked) == 1)

    weights = lambda r: torch.full((len(r.tokens),), 2.0)  # noqa: E731
    pieces = Pieces(kl_weight=weights, keep=keep, replay=Replay(size=1))
    trainer = grpo(tmp_path, pieces, beta=0.1)
    assert logged(trainer, "replayed") == [0, 0.5]
    batch = trainer._buffered_inputs[0]
    length = batch["completion_mask"].sum(dim=1)
    told = zip(batch["kl_weight"].tolist(), length.tolist(), strict=True)
    assert sorted(told) == [(1.0, 0), (1.0, 0), (2.0, 6), (2.0, 6)]


def test_a_mixed_batch_is_split_among_steps_of_accumulation(tmp_path: Path) -> None:
    """Of 2 rows each; both know the tokens of all 4, by which dapo divides."""
    changes = {"per_device_train_batch_size": 2, "gradient_accumulation_steps": 2}
    seen = Seen()
    trainer = grpo(tmp_path, Pieces(replay=Replay(), term=seen), reward=Once(), **changes)
    assert logged(trainer, "replayed") == [0, 1]
    halves = trainer._buffered_inputs
    assert [len(half["completion_ids"]) for half in halves] == [2, 2]
    assert [int(half["num_items_in_batch"]) for half in halves] == [24, 24]
    old = torch.cat([half["old_per_token_logps"] for half in halves])
    first = torch.cat([shown["logprobs"] for shown in seen.shown[:2]])
    assert sums(old, old < 0) == pytest.approx(sums(first, first < 0), abs=1e-4)


def test_replay_is_for_training(tmp_path: Path) -> None:
    """Evaluation neither keeps nor lends."""
    replay = Replay()
    trainer = grpo(tmp_path, Pieces(replay=replay), max_steps=1)
    kept = list(replay.groups_)
    assert len(kept) == 2
    trainer.args.disable_tqdm = True
    trainer.evaluate(trainer.train_dataset)
    assert len(replay.groups_) == 2
    assert all(a is b for a, b in zip(kept, replay.groups_, strict=True))


def batch_of(prompts: list[list[int]], completions: list[list[int]]) -> dict[str, Tensor]:
    """Rows as TRL makes them: prompts padded on the left, completions on the right."""
    wide, long = max(map(len, prompts)), max(map(len, completions))
    left = [[0] * (wide - len(p)) + p for p in prompts]
    right = [c + [0] * (long - len(c)) for c in completions]
    mask = torch.tensor([[1] * len(c) + [0] * (long - len(c)) for c in completions])
    return {
        "prompt_ids": torch.tensor(left),
        "prompt_mask": torch.tensor([[int(t > 0) for t in row] for row in left]),
        "completion_ids": torch.tensor(right),
        "completion_mask": mask,
        "old_per_token_logps": -torch.tensor(right) / 10,
        "advantages": torch.arange(1.0, len(prompts) + 1),
        "num_items_in_batch": mask.sum(),
    }


def test_groups_are_cut_and_joined() -> None:
    """Two groups of 2: the first is 1 + 2 wide without padding, the other 3 + 4; and back."""
    prompts, said = [[5], [5], [1, 2, 3], [1, 2, 3]], [[7, 7], [8], [9], [4, 4, 4, 4]]
    batch = batch_of(prompts, said)
    one, two = groups_of(batch, 2)
    assert one["prompt_ids"].tolist() == [[5], [5]]
    assert one["completion_ids"].tolist() == [[7, 7], [8, 0]]
    assert one["advantages"].tolist() == [[1, 1], [2, 0]]
    assert two["completion_mask"].tolist() == [[1, 0, 0, 0], [1] * 4]
    back = joined([one, two])
    wanted = batch_of(prompts, said)
    wanted["advantages"] = batch["completion_mask"] * batch["advantages"][:, None]
    assert back.keys() == wanted.keys()
    for name, value in wanted.items():
        torch.testing.assert_close(back[name], value)
    assert not any(v.data_ptr() == batch[k].data_ptr() for k, v in one.items())
    narrow = joined([one, one])
    assert narrow["prompt_ids"].shape == (4, 1)
    assert narrow["num_items_in_batch"] == 6


def test_what_tools_said_is_not_written() -> None:
    batch = batch_of([[5], [5]], [[7, 7], [8]])
    batch["tool_mask"] = torch.tensor([[1, 0], [1, 1]])
    assert groups_of(batch, 2)[0]["advantages"].tolist() == [[1, 0], [2, 0]]
    less = without(batch, torch.tensor([True, False]))
    assert less["completion_mask"].tolist() == [[1, 1], [0, 0]]
    assert less["num_items_in_batch"] == 1
    assert batch["completion_mask"].sum() == 3  # as it was


def test_what_replay_cannot_keep(tmp_path: Path) -> None:
    batch = batch_of([[5], [5]], [[7, 7], [8]])
    with pytest.raises(ValueError, match="the batch holds image_sizes, pixel_values too"):
        groups_of({**batch, "pixel_values": torch.ones(2), "image_sizes": torch.ones(2)}, 2)
    with pytest.raises(ValueError, match="sync_ref_model moves it"):
        grpo(tmp_path, Pieces(replay=Replay()), beta=0.1, sync_ref_model=True)

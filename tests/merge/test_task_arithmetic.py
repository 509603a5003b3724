"""Merges of plain state dicts: numbers by hand, limits, and what is refused."""

import weakref
from collections.abc import Mapping

import numpy as np
import pytest
import torch
from torch import Tensor

from dubito.merge import (
    Average,
    GroupedArithmetic,
    SameScale,
    TaskArithmetic,
    by_block,
    by_module,
    merged,
    one_group,
    task_vectors,
)
from dubito.merge.tensors import PIECE

BASE = {"a": torch.tensor([1.0, 2.0]), "b": torch.tensor(3.0)}
FIRST = {"a": torch.tensor([3.0, 2.0]), "b": torch.tensor(3.0)}
SECOND = {"a": torch.tensor([1.0, 6.0]), "b": torch.tensor(5.0)}


def numbers(state: dict[str, Tensor]) -> dict[str, object]:
    return {name: tensor.tolist() for name, tensor in state.items()}


def test_by_hand() -> None:
    """Task vectors (2, 0; 0) and (0, 4; 2), times 1/2 and 1/4: (1, 1; 1/2)."""
    found = merged(BASE, [FIRST, SECOND], TaskArithmetic((0.5, 0.25)))
    assert numbers(found) == {"a": [2.0, 3.0], "b": 3.5}


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (Average(), {"a": [2.0, 4.0], "b": 4.0}),  # the mean of the two experts
        (Average(2.0), {"a": [3.0, 6.0], "b": 5.0}),  # the plain sum of two
        (SameScale(1.0), {"a": [3.0, 6.0], "b": 5.0}),
        (SameScale(0.5), {"a": [2.0, 4.0], "b": 4.0}),
        (TaskArithmetic((0.0, 0.0)), {"a": [1.0, 2.0], "b": 3.0}),
        (TaskArithmetic((1.0, 0.0)), {"a": [3.0, 2.0], "b": 3.0}),
        (TaskArithmetic((-1.0, 0.0)), {"a": [-1.0, 2.0], "b": 3.0}),  # unlearnt
        (
            GroupedArithmetic({"a": (1.0, 0.0), "b": (0.0, 1.0)}, lambda name: name),
            {"a": [3.0, 2.0], "b": 5.0},
        ),
    ],
)
def test_rules(rule, expected: dict) -> None:
    assert numbers(merged(BASE, [FIRST, SECOND], rule)) == expected


def test_experts_are_left_as_they_are() -> None:
    before = numbers(BASE), numbers(FIRST)
    merged(BASE, [FIRST], SameScale(1.0))
    assert (numbers(BASE), numbers(FIRST)) == before


def test_longer_than_a_piece_and_not_in_a_row() -> None:
    """A transposed tensor of more than one piece: every number in its place."""
    generator = torch.Generator().manual_seed(0)
    base, first = torch.randn(2, PIECE // 512, 1030, generator=generator, dtype=torch.float64)
    assert base.numel() > 2 * PIECE
    found = merged({"w": base.T}, [{"w": first.T}], SameScale(0.5))["w"]
    torch.testing.assert_close(found, (base.T + first.T) / 2)


def test_half_precision_is_added_in_single() -> None:
    """64 experts move 1 by 2^-8 each: in bfloat16 every sum would round back to 1."""
    base = {"w": torch.ones(1, dtype=torch.bfloat16)}
    expert = {"w": torch.full((1,), 1.25, dtype=torch.bfloat16)}
    found = merged(base, [expert] * 64, SameScale(2**-8))["w"]
    assert found.dtype == torch.bfloat16
    assert found.item() == 1 + 64 * 2**-10  # 0.25 / 256 each


def test_what_is_kept() -> None:
    """Whole numbers, and what `keep` names, even of another shape or absent."""
    base = BASE | {"steps": torch.tensor(7), "head.weight": torch.ones(2)}
    expert = FIRST | {"steps": torch.tensor(9), "head.weight": torch.ones(5), "x.head.weight": base}
    found = merged(base, [expert], SameScale(1.0), keep=("head.weight",))
    assert numbers(found) == numbers(FIRST) | {"steps": 7, "head.weight": [1.0, 1.0]}
    assert list(found) == list(base)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"a": torch.ones(3)}, r"expert 1, 'a' is \[3\], in the base \[2\]"),
        ({"a": torch.ones(2, 1)}, r"expert 1, 'a' is \[2, 1\]"),
        ({"a": torch.ones(2, dtype=torch.int8)}, r"expert 1, 'a' is torch.int8"),
        ({"c": torch.ones(1), "d": torch.ones(1)}, "expert 1 has.* 'c' and 1 more"),
        ({"a": torch.tensor([1.0, torch.nan])}, "a: the merge is not finite in torch.float32"),
        ({"b": torch.tensor(-torch.inf)}, "b: the merge is not finite"),
    ],
)
def test_experts_that_do_not_fit(change: dict, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        merged(BASE, [FIRST, SECOND | change], Average())


def test_other_refusals() -> None:
    with pytest.raises(ValueError, match="expert 0 lacks 'b'"):
        merged(BASE, [{"a": BASE["a"]}], Average())
    with pytest.raises(ValueError, match="at least one expert"):
        merged(BASE, [], Average())
    with pytest.raises(ValueError, match="1 scales for 2 experts"):
        merged(BASE, [FIRST, SECOND], TaskArithmetic((1.0,)))
    with pytest.raises(ValueError, match="b: no scales for its group 'b'"):
        merged(BASE, [FIRST], GroupedArithmetic({"a": (1.0,)}, lambda name: name))
    with pytest.raises(ValueError, match=r"a: the rule made \[1, 2\] of \[2\]"):
        merged(BASE, [FIRST], lambda _n, base, _e: base[None])


def test_too_large_for_the_base() -> None:
    """70,000 is more than float16 holds, and a sum of large numbers is no NaN."""
    base = {"w": torch.zeros(1, dtype=torch.float16)}
    with pytest.raises(ValueError, match=r"w: the merge is not finite in torch\.float16"):
        merged(base, [{"w": torch.tensor([70000.0])}], Average())
    large = {"w": torch.full((4,), 3e38)}
    assert merged(large, [large], Average())["w"].tolist() == large["w"].tolist()


class Loaned(Mapping[str, Tensor]):
    """A state whose tensors are counted as long as somebody holds them."""

    alive, most = 0, 0

    def __getitem__(self, name: str) -> Tensor:
        tensor = torch.ones(4)
        Loaned.alive += 1
        Loaned.most = max(Loaned.most, Loaned.alive)
        weakref.finalize(tensor, self.back)
        return tensor

    def back(self) -> None:
        Loaned.alive -= 1

    def __iter__(self):
        return iter(["a", "b"])

    def __len__(self) -> int:
        return 2


def test_one_expert_at_a_time() -> None:
    """However many there are: merging holds one tensor of one expert."""
    from dubito.merge.tensors import merged_tensor

    base = {"a": torch.zeros(4), "b": torch.zeros(4)}
    for name in base:
        merged_tensor(name, base, [Loaned() for _ in range(6)], Average())
    assert Loaned.most == 1


def test_groups() -> None:
    name = "model.layers.11.mlp.up_proj.weight"
    assert by_module(name) == "model.layers.11.mlp.up_proj"
    assert by_block(name) == "model.layers.11"
    assert by_block("model.norm.weight") == "model.norm"
    assert by_block("2.bias") == "2"
    assert one_group(name) == one_group("x")


def test_inner_products_by_hand() -> None:
    """(2, 0; 0) and (0, 4; 2) and (2, 4; 2): 4, 20, 24, products 0, 4, 20."""
    third = {"a": torch.tensor([3.0, 6.0]), "b": torch.tensor(5.0)}
    found = task_vectors(BASE, [FIRST, SECOND, third])
    assert found.gram.tolist() == [[4, 0, 4], [0, 20, 20], [4, 20, 24]]
    assert found.squared_norms.tolist() == [4, 20, 24]
    root = np.sqrt
    expected = [[1, 0, root(1 / 6)], [0, 1, root(5 / 6)], [root(1 / 6), root(5 / 6), 1]]
    np.testing.assert_allclose(found.cosines, expected, atol=1e-15)
    assert found.interference == pytest.approx((root(1 / 6) + root(5 / 6)) / 3)


def test_inner_products_leave_out_what_is_kept() -> None:
    base = BASE | {"n": torch.tensor(1)}
    found = task_vectors(base, [SECOND | {"n": torch.tensor(5)}], keep=("a",))
    assert found.gram.tolist() == [[4]]
    assert np.isnan(found.interference)


def test_a_zero_task_vector_has_no_angle() -> None:
    found = task_vectors(BASE, [BASE, FIRST])
    assert np.isnan(found.cosines).tolist() == [[True, True], [True, False]]


def test_half_precision_does_not_overflow() -> None:
    """1000 numbers of 300: 9e7, more than float16 holds."""
    base = {"w": torch.zeros(1000, dtype=torch.float16)}
    assert task_vectors(base, [{"w": base["w"] + 300}]).gram.tolist() == [[9e7]]
    with pytest.raises(ValueError, match="w: a task vector is not finite"):
        task_vectors(base, [{"w": base["w"] * torch.nan}])

"""The cache of rows: columns by hand, one head of one number."""

import pytest
import torch
from torch import Tensor

from dubito.models.rows import SPARE, RowLayer, Rows


def states(rows: list[list[float]]) -> Tensor:
    """[R, 1, C, 1]."""
    return torch.tensor(rows, dtype=torch.float32)[:, None, :, None]


def filled(rows: list[list[float]]) -> Rows:
    """One layer; 0 stands for a column that is not the row's, keys are values / 10."""
    cache = Rows(len(rows), 1, torch.device("cpu"))
    cache.append(torch.tensor(rows) != 0)
    cache.row_layers[0].update(states(rows) / 10, states(rows))
    return cache


def shown(cache: Rows) -> list[list[float]]:
    """The values that each row sees; keys go along."""
    keys, values = cache.row_layers[0].used()
    assert keys.shape[2] == cache.seen.shape[1] == cache.row_layers[0].get_seq_length()
    told = []
    for row, mask in enumerate(cache.seen):
        torch.testing.assert_close(keys[row, 0, mask, 0] * 10, values[row, 0, mask, 0])
        told.append(values[row, 0, mask, 0].tolist())
    return told


def test_positions_count_a_rows_own_tokens() -> None:
    """Row 0 has two tokens behind one empty column, row 1 has three; then one, and none, more."""
    cache = Rows(2, 1, torch.device("cpu"))
    first = torch.tensor([[False, True, True], [True, True, True]])
    assert cache.append(first).tolist() == [[0, 0, 1], [0, 1, 2]]
    assert cache.append(torch.tensor([[True], [True]])).tolist() == [[2], [3]]
    assert cache.lengths.tolist() == [3, 4]


def test_a_step_is_written_in_place_until_the_spare_columns_are_used() -> None:
    layer = RowLayer()
    layer.update(states([[1, 2]]), states([[1, 2]]))
    before = layer.buffers()[0].data_ptr()
    for step in range(SPARE):
        keys, values = layer.update(states([[3 + step]]), states([[3 + step]]))
    assert layer.buffers()[0].data_ptr() == before
    keys, values = layer.update(states([[99]]), states([[98]]))
    assert layer.buffers()[0].data_ptr() != before
    assert keys[0, 0, :, 0].tolist() == [*range(1, 3 + SPARE), 99]
    assert values[0, 0, -1, 0] == 98
    assert layer.get_seq_length() == 3 + SPARE
    assert layer.get_mask_sizes(1) == (4 + SPARE, 0)


def test_place_aligns_at_the_right() -> None:
    """A longer row into the cache: columns come at its left; a shorter one: they stay empty."""
    cache = filled([[1, 2], [3, 4], [5, 6]])
    cache.place(torch.tensor([1]), filled([[7, 8, 9, 10]]), torch.tensor([0]))
    assert shown(cache) == [[1, 2], [7, 8, 9, 10], [5, 6]]
    assert cache.seen[:, -1].all()
    cache.place(torch.tensor([2, 0]), filled([[11], [12]]), torch.tensor([1, 1]))
    assert shown(cache) == [[12], [7, 8, 9, 10], [12]]
    cache.place(torch.tensor([1]), filled([[0, 13], [14, 15]]), torch.tensor([0]))
    assert shown(cache) == [[12], [13], [12]]
    assert cache.seen.shape[1] == 1  # what no row uses is given up


def test_place_after_trimming_reuses_the_columns_given_up() -> None:
    cache = filled([[1, 2, 3], [0, 0, 4]])
    cache.place(torch.tensor([0]), filled([[5]]), torch.tensor([0]))
    assert cache.seen.shape[1] == 1
    before = cache.row_layers[0].buffers()[0].data_ptr()
    cache.place(torch.tensor([1]), filled([[6, 7, 8]]), torch.tensor([0]))
    assert shown(cache) == [[5], [6, 7, 8]]
    assert cache.row_layers[0].buffers()[0].data_ptr() == before


def test_rows_go_on_after_each_change() -> None:
    """Placed, kept, and then stepped: the new column belongs to every row."""
    cache = filled([[1, 2], [3, 4], [0, 5]])
    cache.place(torch.tensor([0]), filled([[6, 7, 8]]), torch.tensor([0]))
    cache.keep(torch.tensor([2, 0]))
    assert shown(cache) == [[5], [6, 7, 8]]
    positions = cache.append(torch.ones(2, 1, dtype=torch.bool))
    cache.row_layers[0].update(states([[9], [10]]) / 10, states([[9], [10]]))
    assert positions.tolist() == [[1], [3]]
    assert shown(cache) == [[5, 9], [6, 7, 8, 10]]


def test_keep_trims() -> None:
    cache = filled([[1, 2, 3], [0, 0, 4], [0, 5, 6]])
    cache.keep(torch.tensor([1, 2]))
    assert shown(cache) == [[4], [5, 6]]
    assert cache.seen.shape[1] == 2


def test_select_is_a_copy() -> None:
    cache = filled([[1, 2, 3], [0, 0, 4]])
    twin = cache.select(torch.tensor([1]))
    assert twin.seen.shape[1] == 1
    cache.row_layers[0].buffers()[1].fill_(-1)
    cache.seen[:] = False
    assert shown(twin) == [[4]]


def test_a_cache_without_tokens_is_not_trimmed_away() -> None:
    cache = filled([[1, 2]])
    cache.seen[:] = False
    cache.trim()
    assert cache.seen.shape[1] == cache.row_layers[0].get_seq_length() == 2


@pytest.mark.parametrize("columns", [1, 2])
def test_widen_never_narrows(columns: int) -> None:
    layer = RowLayer()
    layer.update(states([[1, 2]]), states([[1, 2]]))
    layer.widen(columns)
    assert layer.used()[0][0, 0, :, 0].tolist() == [1, 2]


def test_widen_puts_empty_columns_at_the_left() -> None:
    layer = RowLayer()
    layer.update(states([[1, 2]]), states([[3, 4]]))
    layer.widen(4)
    keys, values = layer.used()
    assert keys[0, 0, :, 0].tolist() == [0, 0, 1, 2]
    assert values[0, 0, :, 0].tolist() == [0, 0, 3, 4]
    keys, _ = layer.update(states([[5]]), states([[6]]))
    assert keys[0, 0, :, 0].tolist() == [0, 0, 1, 2, 5]

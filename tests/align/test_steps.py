"""Steps of trajectories, by hand."""

import pytest
import torch

from dubito.align.steps import ended_by, step_means, turns


def test_turns_are_runs_of_what_was_written() -> None:
    written = torch.tensor([[1, 1, 0, 0, 1, 0, 1], [0, 1, 1, 1, 1, 1, 0], [0] * 7])
    assert turns(written).tolist() == [
        [0, 0, -1, -1, 1, -1, 2],
        [-1, 0, 0, 0, 0, 0, -1],
        [-1] * 7,
    ]


def test_a_step_ends_with_its_delimiter() -> None:
    """9 and 8 end steps, where the policy wrote them; two in a row are a step of one token."""
    tokens = torch.tensor([[1, 9, 2, 3, 8, 8, 4, 9], [9, 9, 1, 1, 9, 1, 0, 0]])
    written = torch.tensor([[1, 1, 1, 1, 1, 1, 1, 1], [0, 0, 1, 1, 1, 1, 0, 0]])
    assert ended_by(tokens, written, [9, 8]).tolist() == [
        [0, 0, 1, 1, 1, 2, 3, 3],
        [-1, -1, 0, 0, 0, 1, -1, -1],
    ]


def test_means() -> None:
    values = torch.tensor([[1.0, 3, 100, 5], [2, torch.nan, 4, torch.nan]])
    steps = torch.tensor([[0, 0, -1, 1], [0, -1, 0, -1]])
    means, taken = step_means(values, steps)
    assert means.tolist() == [[2, 5], [3, 0]]
    assert taken.tolist() == [[True, True], [True, False]]


def test_refusals() -> None:
    with pytest.raises(ValueError, match="no trajectory has a step"):
        step_means(torch.ones(1, 2), torch.tensor([[-1, -1]]))
    with pytest.raises(ValueError, match="trajectory 1 leaves out a step"):
        step_means(torch.ones(2, 2), torch.tensor([[0, 1], [0, 2]]))
    with pytest.raises(ValueError, match="trajectory 0 leaves out a step"):
        step_means(torch.ones(1, 2), torch.tensor([[1, 1]]))

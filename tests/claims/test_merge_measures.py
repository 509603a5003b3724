"""What claims about merging share: experts grow from one base, and the measures count rightly."""

import numpy as np
import pytest
import torch

from dubito.claims.merge_measures import base, expert, experts, network, task_accuracy, task_loss
from dubito.data.worlds.transformed_digits import Parts, inverted, plain, transformed_digits

WORLD = transformed_digits(
    0, (plain, inverted), parts=Parts(start=300, tuned=300, few=0), plain_start=True, judged=50
)


def test_an_expert_reads_its_own_task() -> None:
    """Trained on plain digits, the base cannot read inverted ones; the second expert can."""
    start = base(WORLD.lessons, epochs=20)
    both = experts(WORLD.lessons, base_epochs=20, epochs=30)
    read = [
        [task_accuracy(w, WORLD.fresh[[t]], WORLD.truth) for t in (0, 1)] for w in (start, *both)
    ]
    assert min(read[0][0], read[1][0], read[2][1]) > 0.6
    assert max(read[0][1], read[1][1]) < 0.4
    again = expert(start, 0, lessons=WORLD.lessons, task=1, epochs=30)
    assert all(torch.equal(again[name], both[1][name]) for name in again)
    other = expert(start, 1, lessons=WORLD.lessons, task=1, epochs=30)
    assert not torch.equal(other["0.weight"], again["0.weight"])


def test_measures_of_a_network_that_knows_nothing() -> None:
    """All weights 0: every digit has probability 1/10, and the first is named."""
    nothing = {n: torch.zeros_like(t) for n, t in network(base(WORLD.lessons, epochs=1))
               .state_dict().items()}  # fmt: skip
    assert task_loss(nothing, WORLD, 1) == pytest.approx(np.log(10))
    share = (WORLD.truth == 0).mean()
    assert task_accuracy(nothing, WORLD.fresh, WORLD.truth) == pytest.approx(share)

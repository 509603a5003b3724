"""What retrieving for some hops of a two-hop world is worth, whoever chose them; [Q, 2] flags."""

import numpy as np

from dubito.data.worlds.two_hop import TwoHops
from dubito.data.worlds.world import Flags


def both_right(world: TwoHops, retrieved: Flags) -> float:
    """Share of questions whose two hops are right, with retrieval where flagged."""
    right = np.where(retrieved, world.right_retrieved, world.right_alone)
    return float(right.all(axis=1).mean())


def both_right_at_random(world: TwoHops, rate: float) -> float:
    """The same where chance retrieves for this share of the hops: its exact expectation."""
    right = rate * world.right_retrieved + (1 - rate) * world.right_alone
    return float(right.prod(axis=1).mean())


def near_always(world: TwoHops, retrieved: Flags) -> float:
    """0.04 less the loss against retrieving always."""
    always = world.right_retrieved.all(axis=1).mean()
    return 0.04 - float(always - both_right(world, retrieved))


def near_half(retrieved: Flags) -> float:
    """0.05 less the distance of the share of retrievals from one half."""
    return 0.05 - abs(float(retrieved.mean()) - 0.5)

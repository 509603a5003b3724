"""Order dispersion shows which reader sees positions; averaging k orders divides it by sqrt k."""

from functools import partial

import numpy as np

from dubito.claims.lab import Claim
from dubito.data.worlds.order_readers import OrderReaders, order_readers
from dubito.estimate.asked.orders import order_dispersion
from dubito.evidence import Floats

AVERAGED = (1, 4, 16)  # orders in one average


def stds(world: OrderReaders) -> Floats:
    """Order dispersion of each reader and multiset, [2, M]."""
    return order_dispersion(world.p).std


def dispersion(world: OrderReaders, *, positions: bool) -> float:
    """Mean log10 of the dispersion of the reader with (or without) positions."""
    return float(np.log10(stds(world)[world.sees_positions == positions]).mean())


def slope(world: OrderReaders) -> float:
    """Of log spread over log k, for averages of k orders by the reader with positions."""
    p = world.p[world.sees_positions]  # [M, R]
    blocks = (p.reshape(len(p), -1, k).mean(axis=-1) for k in AVERAGED)
    spread = [float(order_dispersion(b).std.mean()) for b in blocks]
    return float(np.polyfit(np.log(AVERAGED), np.log(spread), 1)[0])


def shrinks_by_the_root(world: OrderReaders) -> float:
    """0.1 less the slope's distance from -1/2."""
    return 0.1 - abs(slope(world) + 0.5)


def states_its_error(world: OrderReaders) -> float:
    """0.25 less the relative error of the standard error stated from 16 orders."""
    p = world.p[world.sees_positions]
    blocks = order_dispersion(p.reshape(len(p), -1, 16))  # [M, R / 16]
    ratio = np.sqrt(np.square(blocks.standard_error).mean()) / np.sqrt(
        blocks.mean.var(axis=-1, ddof=1).mean()
    )
    return 0.25 - abs(float(ratio) - 1)


CLAIM = Claim(
    world=order_readers,
    tiny=partial(order_readers, orders=64, steps=10),
    ours=partial(dispersion, positions=True),
    baselines={"a reader without positions": partial(dispersion, positions=False)},
    margin=4.0,
    metric="log10 of the order dispersion",
    checks={
        "spread of averages falls as k^(-1/2), slope within 0.1": shrinks_by_the_root,
        "the stated standard error is right within a quarter": states_its_error,
    },
    seeds=3,
    paper="chlon2025",
    paper_figure="order variance about 1e-16 without positions, 1e-8 to 1e-6 with; k^(-1/2) trend",
    size="two one-layer transformers, 600 steps, 12 multisets of 8 to 30 bits in 400 orders",
)

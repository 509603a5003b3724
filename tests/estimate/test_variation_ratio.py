"""Variation among the samples and away from the greedy answer."""

import numpy as np
import pytest

from dubito.estimate import SampleDeparture, SampleVariation
from dubito.evidence import Evidence, Missing, Sequence

EAST, NORTH, WEST = (1.0, 0.0), (0.0, 1.0), (-1.0, 0.0)


def evidence(answer: tuple[float, float], *samples: tuple[float, float]) -> Evidence:
    return Evidence(
        "?",
        Sequence("answer"),
        samples=tuple(Sequence(str(s)) for s in samples),
        embeddings=np.array([answer, *samples]),
    )


@pytest.mark.parametrize(
    ("seen", "variation", "departure"),
    [
        (evidence(EAST, EAST, EAST, EAST), 0, 0),
        # agreed with each other, at distance 1 from the answer
        (evidence(EAST, NORTH, NORTH, NORTH), 0, 1),
        # pairs at 0, 1, 1
        (evidence(EAST, EAST, EAST, NORTH), 2 / 3, 1 / 3),
        # opposites: the pair at 2, and 0 and 2 from the answer
        (evidence(EAST, EAST, WEST), 2, 1),
    ],
)
def test_by_hand(seen, variation, departure):
    assert SampleVariation()(seen).doubt == pytest.approx(variation)
    assert SampleDeparture()(seen).doubt == pytest.approx(departure)


def test_unit_rows_of_float32_are_never_closer_than_zero():
    row = np.array([0.6, 0.8]) * (1 + 1e-7)
    seen = Evidence("?", Sequence(""), (Sequence(""),) * 3, embeddings=np.tile(row, (4, 1)))
    assert SampleVariation()(seen).doubt == 0
    assert SampleDeparture()(seen).doubt == 0


def test_one_sample_varies_from_nothing():
    lonely = evidence(EAST, NORTH)
    assert SampleDeparture()(lonely).doubt == 1
    with pytest.raises(Missing, match="at least 2"):
        SampleVariation()(lonely)
    with pytest.raises(Missing, match="at least 1"):
        SampleDeparture()(evidence(EAST))
    with pytest.raises(ValueError, match="samples must be at least 2"):
        SampleVariation(samples=1)
    with pytest.raises(ValueError, match="samples must be at least 1"):
        SampleDeparture(samples=0)


def test_broken_embeddings_are_refused():
    for estimator in (SampleVariation(), SampleDeparture()):
        with pytest.raises(ValueError, match="embeddings"):
            estimator(evidence(EAST, (np.nan, 0.0), NORTH))

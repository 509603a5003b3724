import math

import pytest

from dubito.calibrate.breaks import breaks


def test_breaks_by_hand() -> None:
    inf, nan = math.inf, math.nan
    doubt, flag = [0.3, 0.1, nan, -inf, 0.3], [1, 0, 1, 1, 0]
    assert breaks(doubt, flag, wrong=1).tolist() == [0.3, inf, inf, -inf, inf]
    assert breaks(doubt, flag, wrong=0).tolist() == [inf, 0.1, inf, inf, 0.3]
    assert breaks([], [], wrong=1).tolist() == []
    assert breaks([0.2], [True], wrong=1).tolist() == [0.2]


def test_bad_flags_are_named() -> None:
    with pytest.raises(ValueError, match="one flag for each doubt"):
        breaks([0.1, 0.2], [1], wrong=1)
    with pytest.raises(ValueError, match="one flag for each doubt"):
        breaks(0.1, 1, wrong=1)
    with pytest.raises(ValueError, match="got 2"):
        breaks([0.1], [2], wrong=1)
    with pytest.raises(ValueError, match="got nan"):
        breaks([0.1], [math.nan], wrong=0)

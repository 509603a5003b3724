import numpy as np
import pytest

from dubito.data.worlds.shapes import KINDS, digits, drawn, shapes


def test_pixels_belong_to_the_kind_they_say() -> None:
    """The centre is in all of them; (0, .9) in disc and cross; and so on, in radii."""
    points = np.array([[0, 0], [0, 0.9], [0.7, 0.7], [0.75, -0.75], [-0.9, 0.0]]).T[:, :, None]
    inside = drawn(points)[:, :, 0]  # [KINDS, 5]
    by_kind = dict(zip(KINDS, inside.tolist(), strict=True))
    assert by_kind["disc"] == [True, True, True, False, True]
    assert by_kind["square"] == [True, False, True, True, False]
    assert by_kind["triangle"] == [True, False, True, True, True]
    assert by_kind["cross"] == [True, True, False, False, True]


def test_discs_have_their_area_and_their_centre() -> None:
    world = shapes(0, pictures=300, side=32, noise=0.0)
    discs = np.flatnonzero(world.label == KINDS.index("disc"))
    assert len(discs) > 40
    grid = np.indices((32, 32))
    for i in discs:
        picture = world.pixels[i]
        assert picture.sum() == pytest.approx(np.pi * world.radius[i] ** 2, rel=0.1)
        centre = (grid * picture).sum(axis=(1, 2)) / picture.sum()
        assert centre == pytest.approx(world.centre[i], abs=0.3)


def test_shapes_are_wholly_inside() -> None:
    world = shapes(1, pictures=300, noise=0.0)
    assert (world.centre - world.radius[:, None] >= -1e-9).all()
    assert (world.centre + world.radius[:, None] <= 15 + 1e-9).all()


def test_noise_stays_in_range_and_does_not_change_what_is_drawn() -> None:
    noisy, clean = shapes(2, noise=0.1), shapes(2, noise=0.0)
    assert noisy.label.tolist() == clean.label.tolist()
    assert ((noisy.pixels >= 0) & (noisy.pixels <= 1)).all()
    assert abs(noisy.pixels - clean.pixels).mean() == pytest.approx(0.1 * 0.4, abs=0.005)


def test_shuffled_pictures_keep_pixels() -> None:
    world = shapes(0)
    mixed = world.shuffled(np.random.default_rng(0))
    assert mixed.pixels is world.pixels
    assert sorted(mixed.label) == sorted(world.label)
    assert mixed.label.tolist() != world.label.tolist()


def test_digits_are_scaled_and_shuffled_by_seed() -> None:
    pytest.importorskip("sklearn")
    world = digits(0)
    assert world.pixels.shape == (1797, 8, 8)
    assert (world.pixels.min(), world.pixels.max()) == (0, 1)
    assert set(world.label) == set(range(10))
    assert digits(0).label.tolist() == world.label.tolist() != digits(1).label.tolist()
    with pytest.raises(ValueError, match="there are 1797 digits"):
        digits(0, pictures=1798)

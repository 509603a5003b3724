"""Rendered scenes and contrasted pairs on them: pixels, detector, edits, filter, split."""

import numpy as np
import pytest

from dubito.data.worlds.scene_pairs import (
    ANSWERABLE,
    ANSWERS,
    QUESTIONS,
    REASONS,
    UNKNOWN,
    at,
    removed,
    scene_pairs,
)
from dubito.data.worlds.scenes import (
    BACKGROUND,
    COLOURS,
    EMPTY,
    KINDS,
    NOISE,
    Scenes,
    cell_mask,
    detected,
    inpainted,
    render,
    scenes,
)

PAIRS = scene_pairs(0, each=200)
HAND = Scenes(np.array([[EMPTY, 2, 0, EMPTY]]), np.array([[0, 1, 2, 3]]))


def drawn(scene: Scenes, seed: int = 0) -> np.ndarray:
    return render(scene, np.random.default_rng(seed))


def test_things_stand_where_the_scene_says() -> None:
    """A green cross at the top right, a blue square at the bottom left, and nothing else."""
    picture = drawn(HAND)[0]
    bright = picture.max(axis=-1) > 0.5
    assert not bright[:8, :8].any()
    assert not bright[8:, 8:].any()
    cross, square = picture[:8, 8:][bright[:8, 8:]], picture[8:, :8][bright[8:, :8]]
    assert cross.mean(axis=0) == pytest.approx(COLOURS["green"], abs=0.05)
    assert square.mean(axis=0) == pytest.approx(COLOURS["blue"], abs=0.05)
    assert 9 <= len(cross) < len(square) <= 36
    assert detected(drawn(HAND)).tolist() == HAND.kind.tolist()


def test_scenes_have_one_to_three_things() -> None:
    scene = scenes(600, rng=np.random.default_rng(0))
    assert set((scene.kind != EMPTY).sum(axis=1)) == {1, 2, 3}
    assert set(np.unique(scene.kind)) == {EMPTY, 0, 1, 2}
    assert ((scene.kind != EMPTY).mean(axis=0) > 0.4).all()  # no cell is preferred


def test_the_detector_sees_what_is_drawn() -> None:
    rng = np.random.default_rng(1)
    scene = scenes(500, rng=rng)
    assert (detected(render(scene, rng)) == scene.kind).mean() > 0.99


def test_inpainting_takes_one_cell_away_and_leaves_no_trace() -> None:
    picture = drawn(HAND)
    mask = cell_mask(at(np.array([1])))
    assert mask[0, :8, 8:].all()
    assert mask.sum() == 64
    after = inpainted(picture, mask, np.random.default_rng(5))
    assert np.array_equal(after[0, 8:], picture[0, 8:])
    assert detected(after).tolist() == [[EMPTY, EMPTY, 0, EMPTY]]
    ground = after[0, :8, 8:]
    assert ground.mean() == pytest.approx(BACKGROUND, abs=0.02)
    assert ground.std() == pytest.approx(NOISE, rel=0.2)


def test_an_empty_mask_changes_nothing_and_is_rejected() -> None:
    picture = drawn(HAND)
    none = np.zeros((1, 16, 16), dtype=bool)
    same = inpainted(picture, none, np.random.default_rng(0))
    assert np.array_equal(same, picture)
    assert removed(picture, same, np.array([2])).tolist() == [False]


def test_the_filter_wants_the_thing_before_and_not_after() -> None:
    picture = drawn(HAND)
    rng = np.random.default_rng(0)
    no_cross = inpainted(picture, cell_mask(at(np.array([1]))), rng)
    assert removed(picture, no_cross, np.array([2])).tolist() == [True]
    assert removed(picture, no_cross, np.array([0])).tolist() == [False]  # the square is left
    assert removed(no_cross, no_cross, np.array([2])).tolist() == [False]  # it never was there


def count(seen: np.ndarray, kind: int) -> int:
    return int((seen == kind).sum())


def test_truth_of_every_question_by_the_detector() -> None:
    """A colour is asked of one thing alone; the twin has none, two, or asks of another time."""
    seen = detected(PAIRS.pixels)  # [N, 4]
    kind = PAIRS.question % len(KINDS)
    found = (seen == kind[:, None]).sum(axis=1)
    form = PAIRS.question // len(KINDS)
    reason = PAIRS.reason
    assert (found[(form == 0) & (reason == ANSWERABLE)] == 1).mean() > 0.98
    assert (found[reason == 0] == 0).all()
    assert (found[reason == 1] == 2).mean() > 0.98
    assert (form[reason == 2] == 2).all()
    counted = (form == 1) & (reason == ANSWERABLE)
    told = PAIRS.answer[counted] - len(COLOURS) + 1
    assert (found[counted] == told).mean() > 0.98


def test_answered_colours_are_in_the_picture() -> None:
    paint = np.array(list(COLOURS.values()))
    rows = np.flatnonzero(PAIRS.answer < len(COLOURS))
    for i in rows[:100]:
        near = abs(PAIRS.pixels[i] - paint[PAIRS.answer[i]]).max(axis=-1) < 0.3
        assert near.sum() >= 10


def test_reasons_and_answers_go_together() -> None:
    assert ((PAIRS.answer == UNKNOWN) == (PAIRS.reason != ANSWERABLE)).all()
    assert [(PAIRS.reason == i).sum() for i in range(len(REASONS))] == [200, 200, 200]
    assert (PAIRS.answer < len(ANSWERS)).all()
    assert (PAIRS.question < len(QUESTIONS)).all()
    sizes = np.bincount(PAIRS.pair)
    assert sorted(set(sizes)) == [2, 3]  # with a control where a thing was removed
    assert (sizes == 3).sum() == 200


def test_pairs_are_on_one_side_of_the_split() -> None:
    for pair in np.unique(PAIRS.pair):
        assert len(set(PAIRS.testing[PAIRS.pair == pair])) == 1
    assert 0.2 < PAIRS.testing.mean() < 0.4


def test_the_question_alone_is_at_chance_where_the_picture_is_edited() -> None:
    """The best guess by question alone, learnt on one side, of who is answerable: one half."""
    edited = (PAIRS.question < len(KINDS)) & (np.bincount(PAIRS.pair)[PAIRS.pair] == 2)
    train, test = PAIRS.rows(edited & ~PAIRS.testing), PAIRS.rows(edited & PAIRS.testing)
    unknown = np.array([(train.answer[train.question == q] == UNKNOWN).mean() for q in range(3)])
    right = (unknown[test.question] > 0.5) == (test.answer == UNKNOWN)
    assert right.mean() == 0.5


def test_spoilt_edits_leave_the_evidence() -> None:
    spoilt = scene_pairs(0, each=100, faithful=False)
    gone = spoilt.rows(spoilt.reason == 0)
    kind = gone.question % len(KINDS)
    assert (detected(gone.pixels) == kind[:, None]).any(axis=1).mean() > 0.98


def test_shuffled_and_seeded() -> None:
    mixed = PAIRS.shuffled(np.random.default_rng(0))
    assert mixed.pixels is PAIRS.pixels
    assert sorted(mixed.answer) == sorted(PAIRS.answer)
    assert mixed.answer.tolist() != PAIRS.answer.tolist()
    assert ((mixed.answer == UNKNOWN) == (mixed.reason != ANSWERABLE)).all()
    assert np.array_equal(scene_pairs(3, each=20).pixels, scene_pairs(3, each=20).pixels)

"""A copy tuned to state: the model stays, both lessons are learnt, options are evenly spaced."""

import numpy as np
import torch

from dubito.claims.label_measures import CHOICE, GRADES, TENTHS, Lesson, read, tuned
from dubito.data.worlds.topics import SPECIAL, special
from dubito.learn.statement import followed_by
from dubito.nn.tiny_training import Schedule
from dubito.nn.tiny_transformer import seeded_transformer

ROWS = 300


def lessons() -> tuple[np.ndarray, list[Lesson]]:
    """The first token says the grade, and the choice the other way round."""
    said = np.random.default_rng(0).integers(2, size=(ROWS, 2)) + len(SPECIAL)
    first = torch.from_numpy(said[:, 0] - len(SPECIAL))
    asked = torch.from_numpy(said)
    return said, [
        Lesson(followed_by(asked, special("ASK"), GRADES[first]), GRADES),
        Lesson(followed_by(asked, special("SURE"), CHOICE[1 - first]), CHOICE),
    ]


def test_both_lessons_are_learnt_by_a_copy() -> None:
    said, both = lessons()
    model = seeded_transformer(len(SPECIAL) + 2, context=8, seed=0)
    before = model.token.weight.clone()
    pupil = tuned(model, both, Schedule(steps=40, rate=3e-3))
    assert (model.token.weight == before).all()
    first = said[:, 0] - len(SPECIAL)
    assert (read(pupil, said, "ASK", GRADES).likeliest.numpy() == first).all()
    assert (read(pupil, said, "SURE", CHOICE).likeliest.numpy() == 1 - first).all()
    again = tuned(model, both, Schedule(steps=40, rate=3e-3))
    assert (again.token.weight == pupil.token.weight).all()


def test_options_are_evenly_spaced() -> None:
    """Untrained, eleven tenths are about equally likely: a half in the mean."""
    model = seeded_transformer(len(SPECIAL) + 2, context=8, seed=0)
    got = read(model, np.full((3, 2), len(SPECIAL)), "SURE", TENTHS)
    assert got.expected.shape == (3,)
    assert abs(got.expected[0].item() - 0.5) < 0.1
    assert round(10 * got.likeliest[0].item()) in range(11)

"""Features of tokens, steps of a text, and a head that learns what is planted."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from attentive import spoken
from dubito.estimate.steps import step_masks, steps_of
from dubito.estimate.trained.kept import load_fitted, save_fitted
from dubito.estimate.trained.token_features import token_features
from dubito.estimate.trained.uhead import UHead
from dubito.evidence import Evidence, Layers, Missing
from dubito.maths.ranking import auroc
from inputs import rich_evidence


def three(words: list[str] | None = None) -> Evidence:
    """One head over a prompt of one token and three of the answer."""
    looks = np.array([[0.1, 0.9, 0, 0], [0.2, 0.3, 0.5, 0], [0.4, 0.1, 0.2, 0.3]])
    top = np.array([[0.9, 0.1], [0.8, 0.2], [0.7, 0.3]])
    states = np.arange(8.0).reshape(4, 2)
    return spoken(
        words or ["a", "\n", "b"],
        [0.9, 0.8, 0.7],
        looks[None, None],
        depths=(0.5,),
        states=states,
        top=top,
    )


def test_features_by_hand() -> None:
    """Token 1 was written where token 0 looked: itself .9, the prompt .1, nothing before."""
    plain = three()
    found = token_features(replace(plain, answer=replace(plain.answer, hidden=None)))
    expected = [
        [0, 0, 0, 0.9, 0.1, 0, 0],
        [0.9, 0.1, 0, 0.8, 0.2, 0, 0],
        [0.5, 0.3, 0.2, 0.7, 0.3, 0, 0],
    ]
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_states_are_those_from_which_tokens_were_written() -> None:
    np.testing.assert_allclose(token_features(three())[:, 7:], [[0, 1], [2, 3], [4, 5]])


def test_number_of_features() -> None:
    """3 weights for each of 2 layers and 3 heads, 4 probabilities: as on the card, 3 L H + 4."""
    evidence = rich_evidence().only(UHead(depths=(0.0, 1.0)).plan)
    assert token_features(evidence).shape[1] == 3 * 2 * 3 + 4


def test_heads_stand_beside_each_other() -> None:
    """Two heads, one of which looks at itself alone: 1 0 0 beside the weights of the other."""
    one = three()
    assert one.answer.attention is not None
    values = one.answer.attention.values
    itself = np.zeros_like(values)
    itself[..., np.arange(3), np.arange(1, 4)] = 1.0
    two = replace(
        one.answer, hidden=None, attention=Layers((0.5,), np.concatenate([values, itself], axis=1))
    )
    found = token_features(replace(one, answer=two))[:, :6]
    expected = [[0] * 6, [0.9, 0.1, 0, 1, 0, 0], [0.5, 0.3, 0.2, 1, 0, 0]]
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_broken_states_are_refused() -> None:
    evidence = three()
    broken = replace(evidence.answer, hidden=Layers((1.0,), np.full((1, 4, 2), np.nan)))
    with pytest.raises(ValueError, match="NaN"):
        token_features(replace(evidence, answer=broken))


@pytest.mark.parametrize(
    ("words", "steps"),
    [
        (["1", ".", " Add", "\n", "2", ".", " Stop"], [0, 0, 0, 0, 1, 1, 1]),
        (["Add", ".\n\n", "Then", "\n", " stop"], [0, 0, 1, 1, 2]),
        (["Add", "\nThen", " stop"], [0, 1, 1]),  # a token may begin with the line break
        (["It", " rains", ".", " We", " go", "."], [0, 0, 0, 1, 1, 1]),
        (["\n", "\n", "Lima"], [0, 0, 0]),
    ],
)
def test_steps_are_lines_or_sentences(words: list[str], steps: list[int]) -> None:
    n = len(words)
    answer = spoken(words, [0.5] * n, np.ones((1, 1, n, n + 1))).answer
    assert steps_of(answer).tolist() == steps


def test_steps_need_offsets() -> None:
    with pytest.raises(Missing, match="offsets"):
        steps_of(replace(three().answer, offsets=None))


def test_masks_of_steps() -> None:
    assert step_masks(np.array([0, 0, 1])).tolist() == [[True, True, False], [False, False, True]]


def planted(seed: int, *, n: int = 80) -> tuple[list[Evidence], list[np.ndarray]]:
    """Two steps of two tokens: wrong where the token before was not looked at."""
    rng = np.random.default_rng(seed)
    evidence, wrong = [], []
    for _ in range(n):
        bad = rng.uniform(size=2) < 0.5
        looks = np.zeros((1, 1, 4, 5))
        own = np.where(np.repeat(bad, 2), 0.9, 0.1)
        looks[0, 0, np.arange(4), np.arange(1, 5)] = np.roll(own, -1)  # row t writes token t + 1
        looks[0, 0, np.arange(4), np.arange(4)] = 1 - np.roll(own, -1)
        top = np.column_stack([p := rng.uniform(0.5, 1, 4), 1 - p])
        words = ["a", " b", "\nc", " d"]
        evidence.append(spoken(words, top[:, 0].tolist(), looks, depths=(0.5,), top=top))
        wrong.append(bad.astype(float))
    return evidence, wrong


def head() -> UHead:
    return UHead(depths=(0.5,), width=16, epochs=15, rate=5e-3)


def test_it_learns_which_steps_are_wrong(tmp_path) -> None:
    evidence, wrong = planted(0)
    wrong[0][:] = np.nan  # nobody judged the first answer
    fitted = head().fit_steps(evidence, wrong)
    new, truth = planted(1)
    doubts = fitted.of_steps(new)
    assert auroc(np.concatenate(doubts), np.concatenate(truth) == 1) > 0.95
    # The doubt of an answer is the mean over its steps, and tokens have that of their step.
    score = fitted(new[0])
    assert score.doubt == pytest.approx(doubts[0].mean())
    assert score.tokens == pytest.approx(np.repeat(doubts[0], 2))
    save_fitted(tmp_path / "head.npz", fitted)
    loaded = load_fitted(tmp_path / "head.npz")
    assert loaded(new[0]) == score
    np.testing.assert_array_equal(loaded.of_steps(new[:3])[2], fitted.of_steps(new[:3])[2])


def test_it_learns_which_answers_are_wrong() -> None:
    """The whole answer is one step; wrong where its second half is."""
    evidence, wrong = planted(0)
    fitted = head().fit(evidence, [bool(w[1]) for w in wrong])
    new, truth = planted(1)
    doubts = [fitted(e).doubt for e in new]
    assert auroc(doubts, [w[1] == 1 for w in truth]) > 0.95
    assert fitted(new[0]).tokens is None


def test_answers_beside_each_other_do_not_meet() -> None:
    evidence, wrong = planted(0, n=8)
    fitted = head().fit_steps(evidence, wrong)
    alone = np.concatenate([fitted.of_steps([e])[0] for e in evidence])
    np.testing.assert_allclose(np.concatenate(fitted.of_steps(evidence)), alone, atol=1e-6)


def test_given_steps_count() -> None:
    """The same tokens cut into other steps have other doubts; lines are what is taken alone."""
    evidence, wrong = planted(0, n=8)
    fitted = head().fit_steps(evidence, wrong, [[0, 0, 1, 1]] * 8)
    np.testing.assert_allclose(
        fitted.of_steps(evidence[:1], [[0, 0, 1, 1]])[0], fitted.of_steps(evidence[:1])[0]
    )
    assert len(fitted.of_steps(evidence[:1], [[0, 1, 2, 3]])[0]) == 4


def test_answers_of_unequal_steps_and_lengths() -> None:
    evidence, wrong = planted(0, n=8)
    fitted = head().fit_steps(evidence, wrong)
    cuts = [[0, 0, 0, 0], [0, 1, 2, 3], [0, 0, 1, 1]]
    doubts = fitted.of_steps(evidence[:3], cuts)
    assert [len(d) for d in doubts] == [1, 4, 2]
    for e, step, got in zip(evidence, cuts, doubts, strict=False):
        np.testing.assert_allclose(fitted.of_steps([e], [step])[0], got, atol=1e-6)


def test_a_fit_depends_on_its_seed_alone() -> None:
    evidence, wrong = planted(0, n=8)
    torch.manual_seed(1)
    first = head().fit_steps(evidence, wrong)
    state = torch.manual_seed(2).get_state()
    second = head().fit_steps(evidence, wrong)
    assert torch.equal(torch.random.get_rng_state(), state)
    np.testing.assert_array_equal(first.of_steps(evidence[:1])[0], second.of_steps(evidence[:1])[0])
    other = UHead(depths=(0.5,), width=16, epochs=15, rate=5e-3, seed=1).fit_steps(evidence, wrong)
    assert not np.array_equal(other.of_steps(evidence[:1])[0], first.of_steps(evidence[:1])[0])


def test_bad_input_is_refused() -> None:
    evidence, wrong = planted(0, n=4)
    with pytest.raises(ValueError, match="3 labels for 2 steps"):
        head().fit_steps(evidence, [np.zeros(3)] * 4)
    with pytest.raises(ValueError, match="judged answers are wrong"):
        head().fit_steps(evidence, [np.zeros(2)] * 4)
    fitted = head().fit_steps(evidence, wrong)
    fitted.depths = UHead().depths
    with pytest.raises(ValueError, match="fitted on 7 features of a token, got 193"):
        fitted(rich_evidence())
    for bad in ({"width": 12}, {"epochs": 0}, {"rate": 0.0}, {"depths": ()}):
        with pytest.raises(ValueError, match="needs epochs"):
            UHead(**bad)

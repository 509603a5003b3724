"""What every row of the table of trained estimators owes, whatever its idea."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from dubito.estimate import TRAINED
from dubito.estimate.trained.contrasts import Contrast
from dubito.estimate.trained.kept import load_fitted, save_fitted
from dubito.estimate.trained.training import NotFitted
from dubito.evidence import Estimator, Evidence, Layers, Missing, Plan
from dubito.method import Method
from inputs import hard_evidence, rich_evidence
from laws import (
    assert_doubt,
    assert_missing_is_said,
    assert_never_silent,
    assert_plan_is_used,
    assert_same_bits,
)

EVIDENCE = [rich_evidence(seed, k=2) for seed in range(40)]
WRONG = np.random.default_rng(0).permutation(np.arange(40) % 2 == 0)
NEW = rich_evidence(99)
HARD = hard_evidence()
EACH = pytest.mark.parametrize("method", TRAINED, ids=lambda method: method.id)
FROM_LABELS = [method for method in TRAINED if "labels" in method.needs]


def contrasts() -> dict[str, Any]:
    """Each answer read a second time, with other states."""
    rng = np.random.default_rng(1)
    again = [read_otherwise(e, rng) for e in EVIDENCE]
    return {"contrasts": [Contrast("one", EVIDENCE, again), Contrast("two", again, EVIDENCE)]}


def read_otherwise(evidence: Evidence, rng: np.random.Generator) -> Evidence:
    hidden = evidence.answer.hidden
    assert hidden is not None
    other = Layers(hidden.depths, hidden.values + rng.normal(size=hidden.values.shape))
    return replace(evidence, answer=replace(evidence.answer, hidden=other))


MORE = {"feature-gaps": contrasts()}  # what a fit needs beyond evidence and labels


def more(method: Method) -> dict[str, Any]:
    return MORE.get(method.id, {})


def fit(method: Method, evidence: Sequence[Evidence] = EVIDENCE, wrong: Any = WRONG) -> Any:
    """Fitted on what its plan asks for, no more."""
    estimator = method.make()
    return estimator.fit([e.only(estimator.plan) for e in evidence], wrong, **more(method))


@pytest.fixture(scope="module")
def fitted() -> dict[str, Any]:
    return {method.id: fit(method) for method in TRAINED}


def test_ids_are_unique():
    ids = [method.id for method in TRAINED]
    assert len(set(ids)) == len(ids)
    assert ids


@EACH
def test_row_says_what_it_costs(method):
    assert method.needs
    assert method.calls
    assert method.make().plan != Plan()


@EACH
def test_fit_returns_itself_and_names_what_it_learnt(method, fitted):
    """Options and evidence stay as they were, and a second fit gives the same bits."""
    estimator = method.make()
    options = dict(vars(estimator))
    assert not any(name.endswith("_") for name in options)
    before = [array.copy() for e in EVIDENCE for array in arrays(e)]
    assert estimator.fit(EVIDENCE, WRONG, **more(method)) is estimator
    learnt = {name for name in vars(estimator) if name.endswith("_")}
    assert learnt
    assert {n: v for n, v in vars(estimator).items() if n not in learnt} == options
    for now, then in zip((a for e in EVIDENCE for a in arrays(e)), before, strict=True):
        np.testing.assert_array_equal(now, then)
    assert estimator(NEW) == fitted[method.id](NEW)


def arrays(evidence: Evidence) -> list[Any]:
    answer = evidence.answer
    return [answer.logprobs, answer.entropies, answer.hidden.values, answer.attention.values]


@EACH
def test_doubts_what_it_sees(method, fitted):
    estimator = fitted[method.id]
    assert isinstance(estimator, Estimator)
    doubts = set()
    for seed in range(90, 95):
        evidence = rich_evidence(seed)
        score = estimator(evidence.only(estimator.plan))
        assert_doubt(score, tokens=len(evidence.answer.tokens))
        doubts.add(score.doubt)
    assert len(doubts) == 5


@EACH
def test_unfitted_is_an_error(method):
    estimator = method.make()
    with pytest.raises(NotFitted, match="fit"):
        estimator(NEW.only(estimator.plan))


@EACH
def test_plan_is_used(method, fitted):
    assert_plan_is_used(fitted[method.id], NEW)


@EACH
def test_missing_is_said(method, fitted):
    assert_missing_is_said(fitted[method.id], NEW)
    bare = [e.only(Plan()) for e in EVIDENCE]
    with pytest.raises(Missing):
        method.make().fit(bare, WRONG, **more(method))


@EACH
def test_same_bits_twice(method, fitted):
    assert_same_bits(fitted[method.id], NEW)


@EACH
def test_a_second_fit_forgets_the_first(method, fitted):
    estimator = method.make().fit(EVIDENCE, ~WRONG, **more(method))
    assert estimator(NEW) != fitted[method.id](NEW)
    assert estimator.fit(EVIDENCE, WRONG, **more(method))(NEW) == fitted[method.id](NEW)


@EACH
def test_answers_that_were_not_judged_are_left_out(method, fitted):
    unjudged = [rich_evidence(seed, k=2) for seed in range(50, 52)]
    with_them = fit(method, [*unjudged, *EVIDENCE], [None, math.nan, *WRONG.tolist()])
    got, expected = with_them(NEW), fitted[method.id](NEW)
    # The background of relative-mahalanobis is all evidence, judged or not.
    if method.id == "relative-mahalanobis":
        assert got.parts["known"] == expected.parts["known"]
    else:
        assert got == expected


@EACH
def test_all_wrong_is_an_error(method):
    with pytest.raises(ValueError, match="40 of 40 judged answers are wrong"):
        fit(method, wrong=np.ones(40, dtype=bool))


@pytest.mark.parametrize("method", FROM_LABELS, ids=lambda method: method.id)
def test_all_right_is_an_error_for_those_that_learn_from_labels(method):
    with pytest.raises(ValueError, match="0 of 40 judged answers are wrong"):
        fit(method, wrong=np.zeros(40, dtype=bool))


@pytest.mark.parametrize(
    "method", [m for m in TRAINED if m not in FROM_LABELS], ids=lambda method: method.id
)
def test_all_right_is_no_label_for_those_that_do_not(method):
    seen = NEW.only(method.make().plan)
    all_right = fit(method, wrong=np.zeros(40, dtype=bool))
    assert all_right(seen) == fit(method, wrong=None)(seen)


@EACH
@pytest.mark.parametrize(
    ("wrong", "message"),
    [([True] * 3, "one label for each of 40"), ([2] + [0, 1] * 19 + [1], "got 2")],
)
def test_bad_labels_are_refused(method, wrong, message):
    with pytest.raises(ValueError, match=message):
        fit(method, wrong=wrong)


@EACH
def test_nothing_to_fit_on_is_an_error(method):
    with pytest.raises(ValueError, match=r"\w"):
        fit(method, [], np.zeros(0))


@EACH
def test_nan_is_refused(method, fitted):
    """NaN in what the plan asks for: an error, when it is asked and when it is fitted."""
    estimator = fitted[method.id]
    spoilt = with_nan(NEW)
    with pytest.raises(ValueError, match="NaN"):
        estimator(spoilt.only(estimator.plan))
    with pytest.raises(ValueError, match="NaN"):
        fit(method, [with_nan(EVIDENCE[0]), *EVIDENCE[1:]])


def with_nan(evidence: Evidence) -> Evidence:
    """One entry of each row of hidden states, attention and log-probabilities is NaN."""
    answer = evidence.answer
    hidden, attention = np.array(answer.hidden.values), np.array(answer.attention.values)
    hidden[..., 0] = attention[..., 0] = math.nan
    logprobs = np.array(answer.logprobs)
    logprobs[1] = math.nan
    broken = replace(
        answer,
        hidden=Layers(answer.hidden.depths, hidden),
        attention=Layers(answer.attention.depths, attention),
        logprobs=logprobs,
    )
    return replace(evidence, answer=broken)


@EACH
@pytest.mark.parametrize("case", HARD)
def test_hard_evidence(method, case, fitted):
    estimator = fitted[method.id]
    assert_never_silent(estimator, HARD[case].only(estimator.plan))


@EACH
def test_saved_and_loaded_it_doubts_alike(method, fitted, tmp_path):
    estimator = fitted[method.id]
    save_fitted(tmp_path / "fitted.npz", estimator)
    loaded = load_fitted(tmp_path / "fitted.npz")
    assert type(loaded) is type(estimator)
    assert loaded.plan == estimator.plan
    assert loaded(NEW) == estimator(NEW)
    save_fitted(tmp_path / "again.npz", loaded)
    assert load_fitted(tmp_path / "again.npz")(NEW) == estimator(NEW)
    assert [p.name for p in sorted(tmp_path.iterdir())] == ["again.npz", "fitted.npz"]


@EACH
def test_an_unfitted_one_is_not_saved(method, tmp_path):
    with pytest.raises(NotFitted):
        save_fitted(tmp_path / "fitted.npz", method.make())
    assert not list(tmp_path.iterdir())

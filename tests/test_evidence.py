"""The records: a plan shows what it asks for, no more, and says what is not there."""

from dataclasses import FrozenInstanceError, fields, replace

import numpy as np
import pytest

from dubito.evidence import (
    PLANNED_BY,
    Estimator,
    Evidence,
    Missing,
    Plan,
    Score,
    Sequence,
    TopK,
    first_k,
    measured,
)
from inputs import rich_evidence

ALL = Plan(10, True, True, 5, True, True, True, True, True)

# what each part of a plan brings, on the evidence and on each answer
OF_EVIDENCE = {
    "embeddings": ("embeddings",),
    "entailment": ("entailment", "contradiction"),
    "p_true": ("p_true",),
    "stated": ("stated",),
}
OF_ANSWERS = {
    "logprobs": ("logprobs",),
    "distribution": ("entropies", "entropies_upper", "uniform_kl", "uniform_renyi"),
    "top_k": ("top",),
    "relevance": ("relevance",),
}


def full() -> Evidence:
    base = rich_evidence(0)
    bounded = [replace(s, entropies_upper=s.entropies) for s in (base.answer, *base.samples)]
    return replace(base, answer=bounded[0], samples=tuple(bounded[1:]), missing={"x": "because"})


def present(evidence: Evidence) -> set[str]:
    """Names of the optional things that are there, on the evidence or on all of its answers."""
    every = (evidence.answer, *evidence.samples)
    found = {n for names in OF_EVIDENCE.values() for n in names if getattr(evidence, n) is not None}
    for name in (n for names in OF_ANSWERS.values() for n in names):
        has = {getattr(s, name) is not None for s in every}
        assert len(has) == 1, f"{name} is on some answers only"
        found |= {name} if has.pop() else set()
    return found


def test_the_tables_above_name_every_part_of_a_plan() -> None:
    assert {*OF_EVIDENCE, *OF_ANSWERS, "samples"} == {f.name for f in fields(Plan)}
    assert all(getattr(ALL, f.name) for f in fields(Plan))


@pytest.mark.parametrize("name", [*OF_EVIDENCE, *OF_ANSWERS])
def test_each_thing_is_taken_away_and_nothing_else(name: str) -> None:
    every = present(full().only(ALL))
    own = {**OF_EVIDENCE, **OF_ANSWERS}[name]
    off: int | bool = 0 if name == "top_k" else False
    assert every - present(full().only(replace(ALL, **{name: off}))) == set(own)
    alone = Plan(samples=10, **{name: getattr(ALL, name)})
    assert present(full().only(alone)) == set(own)


def test_an_empty_plan_sees_the_words() -> None:
    before = full()
    seen = before.only(Plan())
    assert present(seen) == set()
    assert seen.samples == ()
    assert (seen.prompt, seen.id, seen.missing) == (before.prompt, before.id, before.missing)
    s, t = seen.answer, before.answer
    assert (s.text, s.tokens, s.finished) == (t.text, t.tokens, t.finished)
    assert s.offsets is t.offsets


def test_a_full_plan_sees_everything_as_it_was() -> None:
    before = full()
    seen = before.only(ALL)
    for name in (n for names in OF_EVIDENCE.values() for n in names):
        assert getattr(seen, name) is getattr(before, name)
    for name in ("logprobs", "entropies", "uniform_kl", "uniform_renyi", "relevance"):
        assert getattr(seen.answer, name) is getattr(before.answer, name)
    assert len(seen.samples) == 10


def test_fewer_tops_are_the_first() -> None:
    top = full().answer.top
    assert top is not None
    seen = full().only(Plan(top_k=2)).answer.top
    assert seen is not None
    np.testing.assert_array_equal(seen.ids, top.ids[:, :2])
    np.testing.assert_array_equal(seen.logprobs, top.logprobs[:, :2])
    assert first_k(None, 3) is None
    assert first_k(top, 0) is None
    more = first_k(TopK(top.ids[:, :2], top.logprobs[:, :2]), 9)
    assert more is not None
    assert more.ids.shape[1] == 2  # what was recorded, no more


def test_fewer_samples_are_the_first_with_their_matrices() -> None:
    before = full()
    seen = before.only(Plan(samples=3, embeddings=True, entailment=True))
    assert [s.text for s in seen.samples] == [s.text for s in before.samples[:3]]
    assert seen.embeddings is not None
    assert before.embeddings is not None
    np.testing.assert_array_equal(seen.embeddings, before.embeddings[:4])
    for name in ("entailment", "contradiction"):
        np.testing.assert_array_equal(getattr(seen, name), getattr(before, name)[:4, :4])


def test_more_samples_than_there_are_is_missing() -> None:
    with pytest.raises(Missing, match=r"11 samples asked for, 10 collected.*Plan\(samples=11\)"):
        full().only(Plan(samples=11))


@pytest.mark.parametrize("order", [[2, 0, 1], [1], [], [3, 3], list(range(9, -1, -1))])
def test_take_permutes_rows_and_columns_alike(order: list[int]) -> None:
    """Row and column 0 stay; entry (1 + a, 1 + b) is that of the samples taken."""
    before = full()
    seen = before.take(order)
    assert all(s is before.samples[k] for s, k in zip(seen.samples, order, strict=True))
    rows = [0, *(1 + k for k in order)]
    assert before.embeddings is not None
    np.testing.assert_array_equal(seen.embeddings, before.embeddings[rows])
    for name in ("entailment", "contradiction"):
        old = getattr(before, name)
        expected = [[old[a, b] for b in rows] for a in rows]
        np.testing.assert_array_equal(getattr(seen, name), expected)
    assert seen.answer is before.answer


def test_take_without_matrices() -> None:
    bare = Evidence("p", Sequence("a"), (Sequence("b"), Sequence("c")))
    seen = bare.take([1])
    assert seen.samples[0].text == "c"
    assert seen.embeddings is seen.entailment is seen.contradiction is None
    assert bare.take([0, 1]) is bare


def test_plans_join_by_the_most_that_either_asks() -> None:
    one = Plan(samples=3, logprobs=True, top_k=5)
    other = Plan(samples=7, top_k=2, p_true=True)
    both = Plan(samples=7, logprobs=True, top_k=5, p_true=True)
    assert one | other == other | one == both
    assert both | both == both | Plan() == both
    assert (Plan() | ALL) == ALL


def test_every_field_of_a_plan_joins() -> None:
    for f in fields(Plan):
        single = Plan(**{f.name: getattr(ALL, f.name)})
        assert single | Plan() == Plan() | single == single


@pytest.mark.parametrize("what", PLANNED_BY)
def test_what_was_not_measured_says_how_to_collect_it(what: str) -> None:
    assert measured(0.0, what) == 0.0
    with pytest.raises(Missing, match=rf"no {what} for this prompt; collect it with Plan\("):
        measured(None, what)
    assert eval(f"Plan({PLANNED_BY[what].partition(' ')[0]})") != Plan()


def test_every_optional_field_has_its_plan() -> None:
    names = {n for names in (*OF_EVIDENCE.values(), *OF_ANSWERS.values()) for n in names}
    assert names - {"entropies_upper"} == set(PLANNED_BY)


def test_a_missing_score_is_nan_with_a_reason() -> None:
    score = Score.missing("no logprobs")
    assert np.isnan(score.doubt)
    assert score.reason == "no logprobs"
    assert score.standard_error is None


def test_records_are_frozen() -> None:
    for record in (full(), full().answer, Plan(), Score(1.0)):
        name = fields(record)[0].name
        with pytest.raises(FrozenInstanceError):
            setattr(record, name, None)


def test_a_function_with_a_plan_is_an_estimator() -> None:
    class Silent:
        plan = Plan()

        def __call__(self, _: Evidence, /) -> Score:
            return Score(0.0)

    assert isinstance(Silent(), Estimator)
    assert not isinstance(len, Estimator)

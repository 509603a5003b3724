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

DEEP = (0.5, 1.0)
ALL = Plan(
    samples=10,
    logprobs=True,
    distribution=True,
    sample_distributions=True,
    top_k=5,
    relevance=True,
    embeddings=True,
    entailment=True,
    p_true=True,
    stated=True,
    unconditional=True,
    matching=True,
    hidden=DEEP,
    attention=DEEP,
)
FULL = ("entropies", "entropies_upper", "uniform_kl", "uniform_renyi")

# what each part of a plan brings: on the evidence, on the answer, on the samples
OF_EVIDENCE = {
    "embeddings": ("embeddings",),
    "entailment": ("entailment", "contradiction"),
    "p_true": ("p_true",),
    "stated": ("stated",),
    "matching": ("matching",),
}
OF_ANSWER = {
    "logprobs": ("logprobs",),
    "distribution": FULL,
    "top_k": ("top",),
    "relevance": ("relevance",),
    "unconditional": ("unconditional",),
    "hidden": ("hidden",),
    "attention": ("attention",),
}
OF_SAMPLES = {
    "logprobs": ("logprobs",),
    "sample_distributions": FULL,
    "relevance": ("relevance",),
}
TABLES = {"evidence": OF_EVIDENCE, "answer": OF_ANSWER, "samples": OF_SAMPLES}


def full() -> Evidence:
    base = rich_evidence(0)
    bounded = [replace(s, entropies_upper=s.entropies) for s in (base.answer, *base.samples)]
    return replace(base, answer=bounded[0], samples=tuple(bounded[1:]), missing={"x": "because"})


def present(evidence: Evidence) -> set[tuple[str, str]]:
    """(where, what) of the optional things that are there; on samples all or none have it."""
    found = set()
    for where, records in (
        ("evidence", [evidence]),
        ("answer", [evidence.answer]),
        ("samples", evidence.samples),
    ):
        for name in (n for names in TABLES[where].values() for n in names):
            has = {getattr(r, name) is not None for r in records}
            assert len(has) <= 1, f"{name} is on some samples only"
            found |= {(where, name)} if has == {True} else set()
    return found


def brought(name: str) -> set[tuple[str, str]]:
    return {(where, what) for where, table in TABLES.items() for what in table.get(name, ())}


def test_the_tables_above_name_every_part_of_a_plan() -> None:
    named = {*OF_EVIDENCE, *OF_ANSWER, *OF_SAMPLES, "samples"}
    assert named == {f.name for f in fields(Plan)}
    assert all(getattr(ALL, f.name) for f in fields(Plan))


@pytest.mark.parametrize("name", [*OF_EVIDENCE, *OF_ANSWER, "sample_distributions"])
def test_each_thing_is_taken_away_and_nothing_else(name: str) -> None:
    every = present(full().only(ALL))
    off = getattr(Plan(), name)
    assert every - present(full().only(replace(ALL, **{name: off}))) == brought(name)
    alone = Plan(samples=10, **{name: getattr(ALL, name)})
    assert present(full().only(alone)) == brought(name)


def test_layers_are_picked_by_depth() -> None:
    hidden = full().answer.hidden
    assert hidden is not None
    seen = full().only(Plan(hidden=(1.0, 0.5, 0.5))).answer.hidden
    assert seen is not None
    assert seen.depths == (0.5, 1.0)
    at = [hidden.depths.index(0.5), len(hidden.depths) - 1]
    np.testing.assert_array_equal(seen.values, hidden.values[at])
    assert full().only(Plan(hidden=(0.123,))).answer.hidden is None  # not recorded, not guessed


def test_plans_join_to_the_smallest_that_serves_both() -> None:
    joined = Plan(samples=3, hidden=(0.5,)) | Plan(samples=2, top_k=4, hidden=(1.0, 0.5))
    assert joined == Plan(samples=3, top_k=4, hidden=(0.5, 1.0))


@pytest.mark.parametrize("depth", [-0.1, 1.5, float("nan")])
def test_a_depth_outside_the_model_is_refused(depth: float) -> None:
    with pytest.raises(ValueError, match=r"a depth lies in \[0, 1\]"):
        Plan(attention=(0.5, depth))


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
    seen = before.only(Plan(samples=3, embeddings=True, entailment=True, matching=True))
    assert [s.text for s in seen.samples] == [s.text for s in before.samples[:3]]
    assert seen.embeddings is not None
    assert before.embeddings is not None
    np.testing.assert_array_equal(seen.embeddings, before.embeddings[:4])
    for name in ("entailment", "contradiction", "matching"):
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
    for name in ("entailment", "contradiction", "matching"):
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
    names = {n for names in (*OF_EVIDENCE.values(), *OF_ANSWER.values()) for n in names}
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

"""Feasible and infeasible requests: balance, shared things, prompts, parser and tuning recipes."""

import math
from collections import Counter

import numpy as np
import pytest

from dubito.bench.metrics import auroc
from dubito.data import declines, requests
from dubito.data.feasibility import FEASIBLE, INFEASIBLE, THINGS, Category, Request, every
from dubito.data.feasibility_recipe import fresh, length_matched, read_requests, recipe, span
from dubito.data.refusal_tuning import (
    GENTLE,
    PLAIN,
    Taught,
    augmented,
    randomised,
    selected,
)
from dubito.data.stated_feasibility import PROMPTS, stated_probability
from dubito.maths.logistic import fit_logistic
from dubito.maths.strings import plain_words

ALL = requests(100, seed=0)


def test_classes_are_balanced_and_different() -> None:
    kinds = Counter(r.kind for r in ALL)
    assert {c.name: kinds[c.name] for c in Category} == dict.fromkeys(
        (c.name for c in Category), 100
    )
    assert sum(r.feasible for r in ALL) == 400
    assert len({r.text for r in ALL}) == 800


def test_capability_stands_with_each_request() -> None:
    for r in ALL:
        assert r.feasible == (r.lacks == "") == (r.kind in FEASIBLE)
        assert r.feasible or r.lacks == Category[r.kind].value


@pytest.mark.parametrize("templates", [*INFEASIBLE.values(), sum(FEASIBLE.values(), ())])
def test_every_template_has_one_place_for_a_thing(templates: tuple[str, ...]) -> None:
    assert len(set(templates)) == len(templates) >= 12
    assert all(t.count("{}") == 1 and t.endswith((".", ".'")) for t in templates)


def test_all_templates_and_things_come() -> None:
    """100 of 576 requests of a category: each of 12 templates is missed with chance e^-9."""
    for category in Category:
        texts = [r.text for r in ALL if r.kind == category.name]
        assert all(any(fits(t, text) for text in texts) for t in INFEASIBLE[category])
        things = {thing for text in texts for thing in THINGS if thing in plain_words(text)}
        assert len(things) > 30


def fits(template: str, text: str) -> bool:
    before, after = template.split("{}")
    return text.startswith(before) and text.endswith(after)


def separation(known: list[bool]) -> float:
    """AUROC, on the second half, of a logistic model of which words are in the first half."""
    texts = [set(plain_words(r.text)) for r in ALL]
    vocabulary = sorted({w for words in texts for w in words if (w in THINGS) in known})
    bags = np.array([[w in words for w in vocabulary] for words in texts], dtype=float)
    labels = np.array([r.feasible for r in ALL], dtype=float)
    half = len(ALL) // 2
    weights, bias = fit_logistic(bags[:half], np.clip(labels[:half], 0.01, 0.99), l2=1.0)
    return auroc(bags[half:] @ weights + bias, labels[half:])


def test_the_thing_says_nothing_and_the_verb_all() -> None:
    assert separation([True]) < 0.6
    assert separation([True, False]) > 0.95


def test_length_does_not_tell_after_matching() -> None:
    kept = length_matched(ALL, seed=0)
    assert len(kept) > 500
    lengths = [span(r) for r in kept]
    for length in set(lengths):
        sides = [r.feasible for r, n in zip(kept, lengths, strict=True) if n == length]
        assert sum(sides) * 2 == len(sides)
    assert auroc(lengths, [r.feasible for r in kept]) == pytest.approx(0.5)


def test_same_seed_same_list() -> None:
    assert requests(10, seed=1) == requests(10, seed=1) != requests(10, seed=2)
    assert [r.kind for r in requests(5, feasible=2, categories=[Category.SELF])].count("SELF") == 5
    with pytest.raises(ValueError, match="PHYSICAL requests exist, got 100000"):
        requests(100_000)


def test_recipe_has_definition_and_three_examples() -> None:
    for category in (None, *Category):
        prompt = recipe(category, n=300)
        examples = prompt.partition("Examples:\n")[2].splitlines()
        assert len(examples) == 3
        assert set(examples) <= {r.text for r in every(category)}
        assert "300" in prompt
        assert category is None or category.value in prompt
    assert recipe(seed=0) != recipe(seed=1)


def test_written_requests_are_read_and_duplicates_left_out() -> None:
    read = read_requests("1. Wash my car.\n\n2. Wash my old car.\n3. Sing.", Category.PHYSICAL)
    assert [r.text for r in read] == ["Wash my car.", "Wash my old car.", "Sing."]
    assert all(r.kind == "PHYSICAL" and not r.feasible for r in read)
    # {wash, my, car.} of {wash, my, old, car.}: 3/4
    assert [r.text for r in fresh(read)] == ["Wash my car.", "Sing."]
    assert fresh(read, most_alike=0.75) == read
    assert read_requests("Sing.")[0].feasible


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ("Probability: 0.35", 0.35),
        ("Probability: 1", None),
        ("Probability: 1.00", 1.0),
        ("the PROBABILITY is about .8.", 0.8),
        ("Probability:\n0.25", 0.25),
        ("Probability (0 to 1): 0.35 or 0.9", 0.35),
        ("0.4 is the probability", None),
        ("Probability: 12.5", None),
        ("Probability: 0.00", 0.0),
        ("0.35", None),
        ("", None),
    ],
)
def test_stated_probability(reply: str, value: float | None) -> None:
    assert stated_probability(reply) == value


def test_prompts_say_what_is_beyond_and_hold_the_request() -> None:
    assert list(PROMPTS) == ["pre", "post", "mid", "mix"]
    for name, prompt in PROMPTS.items():
        asked = prompt.format("Sing {} now.")
        assert asked.endswith("Instruction: Sing {} now.")
        assert "beyond you" in asked
        assert ("Do not carry it out" in asked) == (name in {"pre", "mid"})
        assert ("what it would take" in asked) == (name in {"mid", "mix"})


EXAMPLES = [Taught(f"do {i}", "done") for i in range(1000)]
STATED = [0.1 if i % 40 < 3 else 0.9 for i in range(1000)]


def test_refusals_are_refusals() -> None:
    assert all(declines(text) for text in PLAIN + GENTLE)
    assert len(set(PLAIN + GENTLE)) == 8


def test_select_replaces_just_the_infeasible() -> None:
    """A perfect scorer on 1000 items, 75 of them infeasible."""
    assert sum(value < 0.5 for value in STATED) == 75
    taught = selected(EXAMPLES, STATED)
    assert [declines(t.answer) for t in taught] == [value < 0.5 for value in STATED]
    assert [t.request for t in taught] == [e.request for e in EXAMPLES]
    assert {t.answer for t in taught} == {"done", *PLAIN}


def test_select_at_its_threshold() -> None:
    # just 0.5 is kept, and so is what is not known
    taught = selected(EXAMPLES[:3], [0.5, math.nan, 0.49], refusals=["no"])
    assert [t.answer for t in taught] == ["done", "done", "no"]
    with pytest.raises(ValueError, match="as many stated"):
        selected(EXAMPLES, [0.5])
    with pytest.raises(ValueError, match=r"got 50"):
        selected(EXAMPLES[:1], [50])


def test_augment_keeps_all_and_adds() -> None:
    taught = augmented(EXAMPLES, ["fly", "swim"], refusals=GENTLE)
    assert taught[:1000] == EXAMPLES
    assert [t.request for t in taught[1000:]] == ["fly", "swim"]
    assert all(t.answer in GENTLE for t in taught[1000:])


def test_random_replaces_as_many_as_asked() -> None:
    taught = randomised(EXAMPLES, 75, seed=1)
    assert sum(declines(t.answer) for t in taught) == 75
    assert taught != randomised(EXAMPLES, 75, seed=2)
    assert randomised(EXAMPLES, 0) == EXAMPLES
    with pytest.raises(ValueError, match="between 0 and 1000, got 1001"):
        randomised(EXAMPLES, 1001)


def test_request_without_a_lack_is_feasible() -> None:
    assert Request("Sing.", "x").feasible
    assert not Request("Sing.", "SELF", "a voice").feasible

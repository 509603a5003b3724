"""Hints that overturn answers: the card's checks, parsing, the two stages with scripted models."""

import math

import numpy as np
import pytest

from dubito.estimate.asked.hints import (
    EXPLICIT,
    NEUTRAL,
    ByLetter,
    ByReply,
    ByWords,
    Item,
    Written,
    explicit,
    implicit_request,
    repair_set,
    stress_test,
)
from dubito.estimate.asked.misleading import (
    Misleading,
    consistency,
    flip_rate,
    misleading_rates,
    strata,
    wrong_option,
)
from dubito.estimate.asked.options import choice_prompt, letters, named_option
from dubito.evidence import Evidence, Missing, Sequence

CITIES = ("Lima", "Cusco", "Quito", "La Paz")
P = (0.1, 0.2, 0.5, 0.1)
ITEMS = [Item(f"Question {i}?", CITIES, i % 4) for i in range(40)]


def test_card() -> None:
    """10 items, 6 right, 3 of them flip: 1/2, not 3/10; 4 wrong, 1 becomes right: 1/4."""
    first = [True] * 6 + [False] * 4
    after = [False] * 3 + [True] * 3 + [True] + [False] * 3
    found = misleading_rates(first, after)
    assert found == pytest.approx((0.5, 0.25, 0.375, 0.6, 0.4))


def test_nothing_to_overturn_is_no_number() -> None:
    none = misleading_rates([False, False], [True, False])
    assert math.isnan(none.away)
    assert math.isnan(none.mean)
    assert none.back == 0.5
    assert math.isnan(misleading_rates([True], [True]).back)
    with pytest.raises(ValueError, match="same N"):
        misleading_rates([True], [True, False])
    with pytest.raises(ValueError, match="same N"):
        misleading_rates([], [])


def knows(item: Item, prompt: str) -> int:
    """Ignores all hints; knows three questions in four."""
    return item.gold if int(item.question.split()[1][:-1]) % 4 else (item.gold + 1) % 4


def copies(item: Item, prompt: str) -> int:
    """What it is told; what it knows where it is told nothing."""
    told = prompt.splitlines()[1]
    said = named_option(told, item.options) if told in hints_of(item) else -1
    return said if said >= 0 else knows(item, prompt)


def hints_of(item: Item) -> set[str]:
    return {phrase.format(option) for phrase in EXPLICIT for option in item.options}


def test_who_ignores_and_who_copies() -> None:
    deaf, parrot = stress_test(knows, ITEMS), stress_test(copies, ITEMS)
    assert (deaf.rates.away, deaf.rates.back) == (0, 0)
    assert (parrot.rates.away, parrot.rates.back) == (1, 1)
    assert deaf.rates.accuracy == parrot.rates.accuracy == 0.75
    assert parrot.rates.accuracy_hinted == 0.25
    assert deaf.control == parrot.control == 0


def test_right_items_are_pushed_away_and_wrong_ones_back() -> None:
    found = stress_test(knows, ITEMS)
    gold = np.array([item.gold for item in ITEMS])
    right = np.array(found.first) == gold
    np.testing.assert_array_equal(np.array(found.pushed_to) == gold, ~right)


def test_a_guesser_flips_whatever_the_hint() -> None:
    """Over k = 4 options without memory: 3/4 with a hint as without, hence the control."""
    rng = np.random.default_rng(0)
    found = stress_test(lambda *_: int(rng.integers(4)), ITEMS * 100)  # 1,000 right
    assert found.rates.away == pytest.approx(0.75, abs=5 * math.sqrt(0.75 * 0.25 / 1000))
    assert found.control == pytest.approx(0.75, abs=5 * math.sqrt(0.75 * 0.25 / 1000))
    assert found.rates.back == pytest.approx(0.25, abs=5 * math.sqrt(0.75 * 0.25 / 3000))


def test_control_has_the_neutral_note() -> None:
    """Flips on the neutral note alone: the control says 1, the hint 0."""
    found = stress_test(lambda i, p: i.gold - (NEUTRAL in p), ITEMS)
    assert found.control == 1
    assert found.rates.away == 0


def test_wrong_option_is_uniform_over_the_others() -> None:
    """9,000 draws, three others: 3,000 each, sd 45."""
    rng = np.random.default_rng(0)
    count = np.bincount([wrong_option(2, 4, rng) for _ in range(9000)], minlength=4)
    assert count[2] == 0
    assert (abs(count[[0, 1, 3]] - 3000) < 5 * 45).all()
    with pytest.raises(ValueError, match="gold"):
        wrong_option(4, 4, rng)
    with pytest.raises(ValueError, match="gold"):
        wrong_option(0, 1, rng)


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("B", 1),
        ("(B)", 1),
        ("B. Cusco", 1),
        ("The answer is D.", 3),
        ("A", 0),
        ("A is right", 0),
        ("A city in Peru", -1),
        ("I have a doubt about America", -1),
        ("la paz", 3),
        ("Limassol", -1),
        ("You say B, but it is A.", -1),
        ("Lima, not Cusco", -1),
        ("I'm not sure", -1),
        ("", -1),
    ],
)
def test_parsing(reply: str, expected: int) -> None:
    assert named_option(reply, CITIES) == expected


def test_parsing_of_words_inside_words() -> None:
    assert named_option("not sure", ("Yes", "No")) == -1
    assert named_option("No.", ("Yes", "No")) == 1
    assert named_option("Guinea-Bissau", ("Guinea", "Guinea-Bissau")) == 1
    assert named_option("Guinea", ("Guinea", "Guinea-Bissau")) == 0


def test_prompt() -> None:
    assert choice_prompt("Where?", ("here", "there"), note="It is so.") == (
        "Where?\nIt is so.\nA. here\nB. there\nReply with one letter only: A or B."
    )
    assert "\n\n" not in choice_prompt("Where?", ("here", "there"))
    with pytest.raises(ValueError, match="between 2 and 26"):
        letters(1)
    with pytest.raises(ValueError, match="gold"):
        Item("?", ("a", "b"), 2)


def test_images_reach_the_model() -> None:
    seen = []

    def choose(item: Item, prompt: str) -> int:
        seen.append(item.image)
        return item.gold

    stress_test(choose, [Item("?", ("a", "b"), 0, image="pixels")])
    assert seen == ["pixels"] * 3


def test_implicit_notes_name_no_option() -> None:
    asked = []

    def writer(request: str) -> str:
        asked.append(request)
        return "It lies high in the Andes."

    assert Written(writer)(ITEMS[0], 1) == "It lies high in the Andes."
    assert asked == [implicit_request(ITEMS[0], 1)]
    assert "'Cusco'" in asked[0]
    for note in ("It is Cusco.", "Choose B.", "Lima and Cusco"):
        with pytest.raises(ValueError, match="names an option"):
            Written(lambda _, note=note: note)(ITEMS[0], 1)


def test_models_by_reading_and_by_reply() -> None:
    def read(prompt, options, generation):
        assert list(options) == list("ABCD")
        said = [Sequence(o, logprobs=np.log([p])) for o, p in zip(options, P, strict=True)]
        return Evidence(prompt, said[0], tuple(said[1:]))

    assert ByLetter(read)(ITEMS[0], "?") == 2
    assert ByReply(lambda *_: "It is Quito.")(ITEMS[0], "?") == 2


def test_choosing_by_words() -> None:
    """A hint that names an option makes its words twice as likely as the others together."""

    def read(prompt, options, generation):
        assert prompt.endswith("Reply with one of these: Lima; Cusco; Quito; La Paz.")
        told = prompt.splitlines()[1]
        p = [0.6 if o in told and "answer" in told else 0.1 + 0.05 * (o == "Lima") for o in options]
        said = [Sequence(o, logprobs=np.log([q])) for o, q in zip(options, p, strict=True)]
        return Evidence(prompt, said[0], tuple(said[1:]))

    found = stress_test(ByWords(read), ITEMS, ask=Item.prompt_for_words)
    assert set(found.first) == {0}
    assert found.hinted == found.pushed_to
    assert (found.rates.away, found.rates.back, found.control) == (1, 1, 0)


def test_consistency() -> None:
    """Modes 2 of 3 and 3 of 3: mean 5/6."""
    assert consistency([["a", "b", "a"], ["c", "c", "c"]]) == pytest.approx(5 / 6)


def test_strata_are_thirds_of_the_models() -> None:
    """12 models misled 0, 1, 4, 5, 8, 9, 12 times: none, low twice, medium twice, high twice."""
    counts = np.array([0, 1, 4, 5, 8, 9, 12])
    misled = np.arange(12)[:, None] < counts
    kept, level = strata(misled)
    np.testing.assert_array_equal(kept, [1, 2, 3, 4, 5, 6])
    np.testing.assert_array_equal(level, [0, 0, 1, 1, 2, 2])
    np.testing.assert_array_equal(strata(misled, floor=4)[0], [3, 4, 5, 6])


def test_repair_keeps_the_models_own_answer() -> None:
    """Item 0 answered 2, item 1 by no option: three examples of the first, all with target C."""
    made = repair_set(ITEMS[:2], [2, -1])
    assert {m.kind for m in made} == {"plain", "false", "true"}
    assert {m.target for m in made} == {"C"}
    prompts = {m.kind: m.prompt for m in made}
    assert prompts["plain"] == ITEMS[0].prompt()
    assert prompts["true"] == ITEMS[0].prompt(explicit(ITEMS[0], 0))
    assert "Lima" not in prompts["false"].splitlines()[1]


def answer(text: str) -> Evidence:
    return Evidence("?", Sequence(text))


def test_doubt_of_one_question() -> None:
    """Two of three hints overturn "Lima."; dress alone does not."""
    ways = [answer(t) for t in ("Lima.", "lima", "Cusco", "Quito")]
    assert Misleading()(ways).doubt == pytest.approx(2 / 3)
    assert Misleading()(ways[:2]).doubt == 0
    as_options = Misleading(reading=lambda reply: named_option(reply, CITIES))
    assert as_options([answer("A"), answer("It is Lima"), answer("B")]).doubt == 0.5
    with pytest.raises(Missing, match="with a hint"):
        Misleading()([answer("Lima")])


def test_flip_rate_is_of_the_right_ones() -> None:
    assert flip_rate([True, True, False], [True, False, False]) == 0.5

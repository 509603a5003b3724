"""The checklist in one pass (chops): two calls, shuffled orders, strict reading, fallbacks."""

from collections import Counter
from collections.abc import Callable

import pytest

from dubito.data.worlds.shown import shown
from dubito.decide import ChecklistSelection
from dubito.decide.checklist import named
from dubito.evidence import Evidence, Plan, Sequence
from laws import assert_frozen


class Judge:
    """Writes a checklist, then replies what `choose` makes of the answers as shown."""

    def __init__(self, choose: Callable[[list[str]], str]) -> None:
        self.choose = choose
        self.requests: list[str] = []

    def __call__(self, request: str) -> str:
        self.requests.append(request)
        if "\nAnswer 1:\n" not in request:
            return "- be short\n- name a town"
        blocks = request.split("\nAnswer ")[1:]
        blocks[-1] = blocks[-1].split("\n\nWhich one")[0]
        return self.choose([b.partition(":\n")[2].strip() for b in blocks])


def longest(shown_: list[str]) -> str:
    return str(1 + max(range(len(shown_)), key=lambda i: len(shown_[i])))


POOL = Evidence(
    "Where is it?", Sequence("Lima"), tuple(Sequence(t) for t in ("Cusco", "In Arequipa", "Ica"))
)


def test_two_calls_with_all_that_they_need() -> None:
    judge = Judge(longest)
    got = ChecklistSelection(3)(POOL, judge)
    assert (got.answer, got.place) == ("In Arequipa", 2)
    assert got.score.tolist() == [0, 0, 1, 0]
    first, second = judge.requests
    assert "Where is it?" in first
    assert "Lima" not in first
    assert "Where is it?" in second
    assert "- be short\n- name a town" in second
    assert all(second.count(f":\n{t}\n") == 1 for t in ("Lima", "Cusco", "In Arequipa", "Ica"))
    assert "Which one of these 4" in second


@pytest.mark.parametrize("seed", range(6))
def test_a_judge_that_reads_is_not_moved_by_orders(seed: int) -> None:
    judge = Judge(longest)
    got = ChecklistSelection(3, orders=4, seed=seed)(POOL, judge)
    assert (got.answer, got.score.tolist()) == ("In Arequipa", [0, 0, 1, 0])
    assert len(judge.requests) == 5
    assert len(set(judge.requests[1:])) > 1


def test_every_answer_gets_every_place() -> None:
    """A judge that always takes the first names each of 4 answers about a quarter of the time."""
    rule = ChecklistSelection(3, orders=4000)
    score = rule(POOL, Judge(lambda _: "1")).score
    assert score.sum() == pytest.approx(1)
    assert score == pytest.approx([0.25] * 4, abs=5 * (0.1875 / 4000) ** 0.5)


def test_orders_depend_on_seed_and_prompt_alone() -> None:
    def asked(seed: int, prompt: str = "Where is it?") -> list[str]:
        judge = Judge(longest)
        ChecklistSelection(3, orders=3, seed=seed)(
            Evidence(prompt, POOL.answer, POOL.samples), judge
        )
        return [r.partition("Answer 1")[2] for r in judge.requests]

    assert asked(0) == asked(0)
    assert asked(0) != asked(1)
    assert asked(0) != asked(0, "Where is that?")


def test_a_majority_of_orders_decides() -> None:
    """The first place is taken unless the longest stands there in any case: orders outvote it."""
    replies = iter(["Cusco", "In Arequipa", "In Arequipa"])

    def scripted(shown_: list[str]) -> str:
        return str(1 + shown_.index(next(replies)))

    got = ChecklistSelection(3, orders=3)(POOL, Judge(scripted))
    assert got.score == pytest.approx([0, 1 / 3, 2 / 3, 0])
    assert got.answer == "In Arequipa"


@pytest.mark.parametrize("reply", ["", "the first", "1 or 2", "5", "0", "-1", "1.5", "Answer 12"])
def test_without_a_vote_the_greedy_answer_stands(reply: str) -> None:
    got = ChecklistSelection(3)(POOL, Judge(lambda _: reply))
    assert (got.answer, got.place, got.score.tolist()) == ("Lima", 0, [0, 0, 0, 0])


@pytest.mark.parametrize(
    ("reply", "place"),
    [
        ("2", 1),
        ("Answer 2.", 1),
        ("**[2]**", 1),
        ("2, since 2 is best", 1),
        ("4", 3),
        ("2 of 4", None),
    ],
)
def test_what_a_reply_names(reply: str, place: int | None) -> None:
    assert named(reply, 4) == place


def test_equal_answers_are_shown_once_and_share_their_score() -> None:
    twice = Evidence("?", Sequence("b"), tuple(Sequence(t) for t in ("aa", "b", "aa")))
    judge = Judge(longest)
    got = ChecklistSelection(3)(twice, judge)
    assert (got.place, got.score.tolist()) == (1, [0, 1, 0, 1])
    assert "these 2 answers" in judge.requests[1]


def test_nobody_is_asked_where_there_is_no_choice() -> None:
    def never(request: str) -> str:
        raise AssertionError(request)

    assert ChecklistSelection(0)(Evidence("?", Sequence("a")), never).answer == "a"
    same = Evidence("?", Sequence("a"), (Sequence("a"),) * 3)
    assert ChecklistSelection(3)(same, never).place == 0


def test_braces_in_texts_are_left_alone() -> None:
    odd = Evidence("{n} {0}", Sequence("{x}"), (Sequence("{checklist} longer"),))
    judge = Judge(longest)
    assert ChecklistSelection(1)(odd, judge).answer == "{checklist} longer"
    assert "{n} {0}" in judge.requests[1]


def test_plan_and_options() -> None:
    rule = ChecklistSelection()
    assert_frozen(rule)
    assert rule.plan == Plan(samples=4)
    evidence = shown(0, samples=4)
    assert rule(evidence.only(rule.plan), Judge(longest)).answer
    with pytest.raises(ValueError, match="orders at least 1, got 4 and 0"):
        ChecklistSelection(orders=0)
    with pytest.raises(ValueError, match="samples must be at least 0"):
        ChecklistSelection(-1)


def test_orders_are_each_once() -> None:
    """Each order shows every answer once."""
    judge = Judge(longest)
    ChecklistSelection(3, orders=20)(POOL, judge)
    for request in judge.requests[1:]:
        places = Counter(line for line in request.splitlines() if line in {"Lima", "Cusco", "Ica"})
        assert set(places.values()) == {1}
        assert len(places) == 3

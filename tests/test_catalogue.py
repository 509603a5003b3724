"""What every row of every room owes: labels that are true, a paper, a test, a claim, an example."""

import ast
import inspect
import io
import itertools
import math
import pickle
import re
from contextlib import redirect_stdout
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from dubito.catalogue import (
    ACCESS,
    Entry,
    Need,
    bibliography,
    coverage,
    entries,
    find,
    having,
    price,
)
from dubito.claims.shelf import claim_modules
from dubito.cli.example import example
from dubito.data.worlds.shown import shown
from dubito.estimate import ASKED, ESTIMATORS, TRAINED
from dubito.evidence import Evidence, Plan, Score
from dubito.taxonomy import (
    FAMILIES,
    LEARNING,
    Cost,
    Reading,
    access_of,
    calls_of,
    cost_of,
    family_of,
    flipped,
    helpers_of,
    reading_of,
    traits_of,
)

TESTS = Path(__file__).parent
ALL = pytest.mark.parametrize("entry", entries().values(), ids=list(entries()))
PLAIN = pytest.mark.parametrize("method", ESTIMATORS, ids=lambda method: method.id)


@ALL
def test_its_paper_resolves(entry: Entry) -> None:
    assert entry.method.paper in bibliography()


@cache
def words_of_tests(room: str) -> str:
    """All that is written in the tests of a room."""
    return "\n".join(path.read_text() for path in (TESTS / room).rglob("*.py"))


@ALL
def test_exact_checks_name_it(entry: Entry) -> None:
    """Its id, or what makes it, stands in a test of its room."""
    make = entry.method.make
    name = make.__name__ if inspect.isfunction(make) else type(make()).__name__
    named = rf"(?<![\w-])({re.escape(entry.method.id)}|{name})(?![\w-])"
    assert re.search(named, words_of_tests(entry.room)), f"neither the id nor {name} is tested"


@ALL
def test_an_experiment_judges_it(entry: Entry) -> None:
    method = entry.method
    claims = {method.id, method.claim, method.card} - {""}
    assert claims & set(claim_modules()), f"no claim is called {' or '.join(sorted(claims))}"


@cache
def ran(method_id: str) -> tuple[dict[str, object], str]:
    """What the printed example of a row leaves behind, and what it prints."""
    names: dict[str, object] = {"__name__": "example"}
    with redirect_stdout(io.StringIO()) as printed:
        exec(compile(example(find(method_id)), method_id, "exec"), names)
    return names, printed.getvalue()


@ALL
def test_its_example_runs(entry: Entry) -> None:
    """It says something, and for an estimator a doubt that is a number."""
    names, printed = ran(entry.method.id)
    assert printed.strip()
    if entry.room == "estimate":
        score = names["score"]
        assert isinstance(score, Score)
        assert not math.isnan(score.doubt), score.reason


@ALL
def test_its_example_names_it(entry: Entry) -> None:
    """An example shows how to call this row and no other."""
    code = example(entry)
    make = entry.method.make
    name = make.__name__ if inspect.isfunction(make) else type(make()).__name__
    strings = {n.value for n in ast.walk(ast.parse(code)) if isinstance(n, ast.Constant)}
    assert entry.method.id in strings or re.search(rf"\b{name}\(", code)


@ALL
def test_the_rule_finds_its_family(entry: Entry) -> None:
    """The row says a family by hand; the survey's rule derives it from the plan."""
    assert entry.traits.family == entry.method.family
    assert entry.traits.family in FAMILIES


@ALL
def test_labels_fit_together(entry: Entry) -> None:
    traits = entry.traits
    told = traits.output == "questions" or entry.room in LEARNING
    assert traits.direction in ("doubt", "confidence") or told
    assert flipped(flipped(traits.direction)) == traits.direction
    assert ("labels" in entry.needs) == (traits.labels != "none")
    assert traits.levels or told
    assert "text" in traits.access
    assert traits.access <= set(ACCESS) - {"labels"}
    assert all(c and not c.endswith(".") for c in traits.caveats)


def other_answer(evidence: Evidence, other: Evidence) -> Evidence:
    """The same samples beside another greedy answer, with what is known of the two together."""

    def first_row(mine: np.ndarray, theirs: np.ndarray) -> np.ndarray:
        mixed = mine.copy()
        mixed[0, 1:], mixed[1:, 0] = theirs[0, 1:], theirs[1:, 0]
        return mixed

    hedged = "Perhaps "  # for those that read the wording
    offsets = other.answer.offsets + len(hedged)
    return replace(
        evidence,
        answer=replace(other.answer, text=hedged + other.answer.text, offsets=offsets),
        embeddings=np.vstack([other.embeddings[:1], evidence.embeddings[1:]]),
        entailment=first_row(evidence.entailment, other.entailment),
        contradiction=first_row(evidence.contradiction, other.contradiction),
        matching=first_row(evidence.matching, other.matching),
        p_true=other.p_true,
        stated=other.stated,
    )


@PLAIN
def test_its_levels_are_what_it_does(method) -> None:
    """`answer`: another greedy answer is another doubt. `token`: a doubt for each token."""
    estimator, levels = method.make(), find(method.id).traits.levels
    changed, spelt = False, set()
    for seed in range(6):
        evidence = shown(seed, samples=20)
        score = estimator(evidence.only(estimator.plan))
        other = other_answer(evidence, shown(seed + 50, samples=20))
        changed |= estimator(other.only(estimator.plan)).doubt != score.doubt
        spelt.add(score.tokens is not None)
    assert ("answer" in levels) == changed
    assert ("prompt" in levels) != changed
    assert {"token" in levels} == spelt


@pytest.mark.parametrize("method", [*ESTIMATORS, *TRAINED, *ASKED], ids=lambda method: method.id)
def test_separates_is_what_it_does(method) -> None:
    score = ran(method.id)[0]["score"]
    assert method.separates == ({"aleatoric", "epistemic"} <= set(score.parts))


@PLAIN
def test_workers_can_be_sent_it(method) -> None:
    estimator, evidence = method.make(), shown(samples=20)
    sent = pickle.loads(pickle.dumps(estimator))
    assert sent.plan == estimator.plan
    assert sent(evidence.only(sent.plan)) == estimator(evidence.only(sent.plan))


# Labelled by hand after the survey's definitions, before the rule was run.
BY_HAND = {
    "token": (
        "g-nll perplexity min-token-probability lybl-max-prob lybl-average-prob "
        "mean-token-entropy max-token-entropy probability-margin self-certainty "
        "renyi-divergence fisher-rao sequence-entropy length-normalised-entropy token-sar lars"
    ),
    "verbalised": "p-true verbalised-confidence",
    "semantic": (
        "semantic-entropy discrete-semantic-entropy semantic-sets semantic-density "
        "lexical-similarity degree-matrix eccentricity laplacian-eigenvalues "
        "kernel-language-entropy eigenscore semantic-volume sentence-sar sar cocoa"
    ),
    "internal": "saplma mahalanobis attention-chain rauq",
    "calibration": "platt isotonic beta logistic-combination",
    "decision": "risk-control",
}
LABELLED = [(i, family) for family, ids in BY_HAND.items() for i in ids.split()]


def test_at_least_25_are_labelled_by_hand() -> None:
    assert len({i for i, _ in LABELLED}) == len(LABELLED) >= 25


@pytest.mark.parametrize(("method_id", "family"), LABELLED)
def test_rule_and_hand_agree(method_id: str, family: str) -> None:
    assert find(method_id).traits.family == family


READ: tuple[tuple[Reading, str], ...] = (
    (reading_of(Plan(logprobs=True)), "token"),  # perplexity
    (reading_of(Plan(samples=10, logprobs=True)), "token"),  # entropy of whole answers
    (reading_of(Plan(logprobs=True, relevance=True)), "token"),  # an encoder only weighs
    (reading_of(Plan(logprobs=True), several=True), "token"),  # one answer in several prompts
    (reading_of(Plan(stated=True)), "verbalised"),
    (reading_of(Plan(p_true=True, samples=10, entailment=True)), "verbalised"),
    (reading_of(Plan(samples=10, logprobs=True, entailment=True)), "semantic"),
    (reading_of(Plan(samples=10)), "semantic"),  # texts are all there is to compare
    (reading_of(Plan(), several=True), "semantic"),
    (reading_of(Plan(embeddings=True), several=True), "semantic"),
    (reading_of(Plan(samples=5, matching=True, top_k=5)), "semantic"),
    (reading_of(Plan(hidden=(0.5,)), ("labels",)), "internal"),  # a probe on states
    (reading_of(Plan(logprobs=True, attention=(1.0,))), "internal"),  # an attention chain
    (reading_of(Plan(samples=10, embeddings=True), ("gradient",)), "internal"),
    (Reading(frozenset({"text", "labels"}), output="probability"), "calibration"),  # temperature
    (Reading(frozenset({"text", "labels"}), output="set"), "decision"),
    (Reading(frozenset({"text", "logits", "train"})), "classical"),  # MC dropout
    (Reading(frozenset({"text", "hidden", "train"}), said=True), "classical"),
    (Reading(output="questions"), "benchmark"),
)


@pytest.mark.parametrize(("reading", "family"), READ)
def test_the_rule_takes_what_is_essential(reading: Reading, family: str) -> None:
    """The card's exact checks among them; where two families fit, the first of its order."""
    assert family_of(reading) == family


def test_a_room_of_learning_is_a_family() -> None:
    """Whatever a method of it needs, and without a level."""
    row = replace(find("platt").method, output=None, needs=("train", "labels"))
    for room, family in LEARNING.items():
        traits = traits_of(row, room, None)
        assert (traits.family, traits.levels, traits.labels) == (family, (), "training")


def test_text_alone_has_no_family() -> None:
    assert family_of(Reading()) is None


@pytest.mark.parametrize(
    ("plan", "access", "helpers", "calls"),
    [
        (Plan(), ("text",), (), "1"),
        (Plan(samples=3), ("text",), (), "1 + K"),
        (Plan(top_k=2), ("text", "logprobs"), (), "1"),
        (Plan(unconditional=True), ("text", "logprobs"), (), "1"),
        (Plan(p_true=True, stated=True), ("text", "logprobs"), (), "1 + 2"),
        (Plan(samples=3, sample_distributions=True), ("text", "logits"), (), "1 + K"),
        (Plan(distribution=True, logprobs=True), ("text", "logprobs", "logits"), (), "1"),
        (Plan(hidden=(1.0,), attention=(0.5,)), ("text", "hidden", "attention"), (), "1"),
        (Plan(relevance=True), ("text",), ("encoder",), "1"),
        (Plan(samples=3, matching=True), ("text",), ("encoder",), "1 + K"),
        (Plan(embeddings=True, entailment=True), ("text",), ("encoder", "judge"), "1"),
    ],
)
def test_what_a_plan_needs(plan: Plan, access: tuple, helpers: tuple, calls: str) -> None:
    assert access_of(plan) == access
    assert helpers_of(plan) == helpers
    assert calls_of(plan) == calls


@pytest.mark.parametrize(
    ("calls", "cost"),
    [
        ("0", Cost(0)),
        ("1 + K", Cost(1, 1)),
        ("1 + K + 2", Cost(3, 1)),
        ("K + K", Cost(0, 2)),
        ("1; to fit, 2 for each pair", Cost(1)),
        ("1 + H", None),
        ("1 + K for each of n wordings", None),
        ("", None),
    ],
)
def test_words_and_cost(calls: str, cost: Cost | None) -> None:
    assert cost_of(calls) == cost


def test_a_cost_at_so_many_samples() -> None:
    """2 + 3 K at K = 4: 14."""
    assert Cost(2, 3).at(4) == 14


def ids(need: Need) -> list[str]:
    return [e.method.id for e in having(need, entries().values())]


def test_text_alone_and_one_call_leaves_what_the_model_says() -> None:
    """The card: one call, exactly the one-call verbalised; K more, those that compare as well."""
    nothing = Need(access=("text",), labels="none", calls=1, room="estimate")
    text = [e for e in entries().values() if e.room == "estimate" and e.needs == ("text",)]
    one = {e.method.id for e in text if price(nothing, e.traits) <= 1}
    assert set(ids(nothing)) == one
    assert {find(i).traits.family for i in one} <= {"verbalised"}
    assert "verbalised-confidence" in ids(replace(nothing, calls=2))
    more = ids(replace(nothing, calls=11))
    assert {find(i).traits.family for i in more} == {"verbalised", "semantic"}
    assert {"lexical-similarity", "eigenscore", "semantic-sets"} <= set(more)
    assert "semantic-entropy" not in more  # it weighs by probabilities
    alone = ids(replace(nothing, calls=11, helpers=False))
    assert "lexical-similarity" in alone
    assert "eigenscore" not in alone


LADDERS = (
    [{"access": ACCESS[:n]} for n in range(len(ACCESS))],
    [{"labels": labels} for labels in ("none", "calibration", "training", None)],
    [{"calls": calls} for calls in (0, 1, 2, 5, 11, 12, 50, None)],
    [{"helpers": helpers} for helpers in (False, True)],
)


@pytest.mark.parametrize("ladder", LADDERS, ids=lambda ladder: next(iter(ladder[0])))
@pytest.mark.parametrize("rest", [Need(), Need(access=("text", "logprobs"), calls=11)])
def test_more_never_takes_a_method_away(ladder: list, rest: Need) -> None:
    found = [set(ids(replace(rest, **step))) for step in ladder]
    assert all(less <= more for less, more in itertools.pairwise(found))
    assert found[0] < found[-1]


def test_the_cheapest_comes_first_and_ties_go_by_family() -> None:
    need = Need(samples=5)
    found = having(need, entries().values())
    keys = [(price(need, e.traits), FAMILIES.index(e.traits.family)) for e in found]
    assert keys == sorted(keys)
    assert len(found) == len(entries())


def test_k_is_counted() -> None:
    """1 + K at K = 4 is 5."""
    assert "lexical-similarity" in ids(Need(calls=5, samples=4))
    assert "lexical-similarity" not in ids(Need(calls=4, samples=4))


def test_what_is_wanted() -> None:
    assert {find(i).room for i in ids(Need(output="probability"))} == {"calibrate"}
    assert "token" in find("perplexity").traits.levels
    assert "perplexity" in ids(Need(level="token"))
    assert "semantic-density" in ids(Need(level="answer", family="semantic"))
    assert "semantic-entropy" not in ids(Need(level="answer", family="semantic"))
    assert set(ids(Need(room="decide"))) == {i for i, e in entries().items() if e.room == "decide"}


def test_coverage_counts_and_shows_gaps() -> None:
    chosen = [find(i) for i in ("perplexity", "sequence-entropy", "saplma", "platt")]
    table = coverage(chosen)
    assert {(f, a): n for f, row in table.items() for a, n in row.items() if n} == {
        ("token", "text"): 2,
        ("token", "logprobs"): 2,
        ("internal", "text"): 1,
        ("internal", "hidden"): 1,
        ("internal", "labels"): 1,
        ("calibration", "text"): 1,
        ("calibration", "labels"): 1,
    }
    assert set(table) == set(FAMILIES)
    assert all(set(row) == set(ACCESS) for row in table.values())


def test_labels_are_for_training_or_for_calibration() -> None:
    assert find("saplma").traits.labels == "training"
    assert find("platt").traits.labels == find("risk-control").traits.labels == "calibration"
    assert find("mahalanobis").traits.labels == find("sar").traits.labels == "none"


def test_directions() -> None:
    assert find("perplexity").traits.direction == "doubt"
    assert find("platt").traits.direction == "confidence"
    assert flipped("doubt") == "confidence"
    assert flipped("confidence") == "doubt"


def test_a_row_may_say_more_than_the_rule() -> None:
    row = replace(
        find("platt").method, output="set", levels=("claim",), caveats=("is slow",), calls="2"
    )
    traits = traits_of(row, "calibrate", None)
    assert (traits.output, traits.levels, traits.cost) == ("set", ("claim",), Cost(2))
    assert traits.caveats[-1] == "is slow"
    assert len(traits.caveats) == 2


def test_a_row_may_bring_its_own_example() -> None:
    entry = find("platt")
    own = replace(entry, method=replace(entry.method, example="print(1)"))
    assert example(own) == "print(1)"
